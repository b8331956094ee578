//! The packages of a release: what each holds, and that a build in another folder gives the same bytes.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::local_paths;
use super::sdk::Sdk;
use super::{Tally, sdk};
use crate::run::{
    ROOT_VARIABLE, Result, check, command, copy, files_below, forget_xtask, make_folder, output,
    root, scratch, target,
};

/// What is made in both folders, beside the SDK archive with its jar.
const PACKAGES: [&str; 5] = ["sdist", "wheel", "npm", "gem", "php"];

/// Files of a package that its licences ask for.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Makes the packages and looks into them; then makes them elsewhere, and compares.
pub fn check_all(tally: &mut Tally, sdk: &Sdk) -> Result<()> {
    let archives = sdk::packed()?;
    let mut made = dist(&root(), None, &PACKAGES)?;
    let unpacked = scratch("packages")?;
    let mut folders = vec![sdk.top.clone()];
    folders.push(unpack(&sdk.jar(), &unpacked)?);
    for package in &made {
        folders.push(unpack(package, &unpacked)?);
    }
    for folder in &folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        tally.note(
            &format!("{name} holds licences and a bill of materials"),
            holds_what_is_owed(folder),
        );
    }
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    tally.note(
        "no package names a folder of this machine",
        local_paths::name_none(&folders),
    );
    made.extend([archives.sdk.clone(), archives.debug.clone()]);
    tally.note(
        "a build in another folder gives the same bytes",
        elsewhere().and_then(|others| same(&made, &others)),
    );
    Ok(())
}

/// Runs `cargo xtask dist --dev` on a checkout, and gives what it made.
fn dist(checkout: &Path, target: Option<&Path>, packages: &[&str]) -> Result<Vec<PathBuf>> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut make = command(this);
    forget_xtask(&mut make);
    make.args(["dist", "--dev"])
        .args(packages)
        .env(ROOT_VARIABLE, checkout);
    if let Some(target) = target {
        make.env("CARGO_TARGET_DIR", target);
    }
    let printed = output(&mut make)?;
    // Tools print there too, and some end with the code that resets a terminal's colour and no line's end.
    let files = printed.lines().map(|line| PathBuf::from(past_colour(line)));
    Ok(files
        .filter(|file| file.is_absolute() && file.is_file())
        .collect())
}

/// The line without the escape codes that it begins with.
fn past_colour(line: &str) -> &str {
    match line
        .strip_prefix('\u{1b}')
        .and_then(|code| code.split_once('m'))
    {
        Some((_, rest)) => past_colour(rest),
        None => line,
    }
}

/// Makes the packages of a copy of the checkout, in a folder of another name.
fn elsewhere() -> Result<Vec<PathBuf>> {
    let other = scratch("an other")?;
    let copy_of = other.join("check out");
    let listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
    for file in output(command("git").args(listed))?.lines() {
        let from = root().join(file);
        // What is removed and not yet committed is listed too.
        if from.is_file() {
            copy(&from, &copy_of.join(file))?;
        }
    }
    for arguments in [["init", "--quiet"], ["add", "--all"]] {
        check(command("git").args(arguments).current_dir(&copy_of))?;
    }
    // The tools are the same, which take longer to build than the packages. They are not linked to from within the
    // copy: cargo lists a package's files through links, and a tool may hold a link to the whole file system, as
    // Wine's drive Z is.
    let built = other.join("built");
    make_folder(&built)?;
    symlink(target().join("tools"), built.join("tools")).map_err(|error| error.to_string())?;
    let packages = [&["sdk"], &PACKAGES[..]].concat();
    dist(&copy_of, Some(&built), &packages)
}

/// Every file of the first has one of its name among the second, with the same bytes.
fn same(made: &[PathBuf], others: &[PathBuf]) -> Result<()> {
    let mut differ = Vec::new();
    for file in made {
        let name = file.file_name().unwrap_or_default();
        let Some(other) = others.iter().find(|other| other.file_name() == Some(name)) else {
            differ.push(format!("{} is not made again", name.to_string_lossy()));
            continue;
        };
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        if read(file)? != read(other)? {
            differ.push(format!("{} and {} differ", file.display(), other.display()));
        }
    }
    match (made.len() > PACKAGES.len(), differ.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("only {} files were made", made.len())),
        (_, false) => Err(differ.join("; ")),
    }
}

/// Unpacks an archive into a folder of its name below this one.
fn unpack(archive: &Path, below: &Path) -> Result<PathBuf> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let folder = below.join(&*name);
    make_folder(&folder)?;
    let tar = |archive: &Path| {
        check(
            command("tar")
                .arg("-xf")
                .arg(archive)
                .arg("-C")
                .arg(&folder),
        )
    };
    match name.rsplit('.').next() {
        Some("whl" | "jar") => check(
            command("python3")
                .args(["-m", "zipfile", "-e"])
                .args([archive, &folder]),
        )?,
        Some("gem") => {
            tar(archive)?;
            tar(&folder.join("data.tar.gz"))?;
        }
        _ => tar(archive)?,
    }
    Ok(folder)
}

/// The licences of ours; the bill of materials; and where code of others is linked in, its notices.
pub fn holds_what_is_owed(folder: &Path) -> Result<()> {
    let files = files_below(folder)?;
    let named = |end: &str| {
        files
            .iter()
            .find(|file| file.to_string_lossy().ends_with(end))
    };
    for licence in LICENCES {
        if named(licence).is_none() {
            return Err(format!("it has no {licence}"));
        }
    }
    let native = [
        ".so",
        ".so.1.0.0",
        ".dll",
        ".node",
        "wotnot/bindings/python/Cargo.toml",
    ]
    .iter()
    .any(|end| named(end).is_some());
    if native && named("THIRD-PARTY.md").is_none() {
        return Err("it has no THIRD-PARTY.md".into());
    }
    let bill = named(".cdx.json").ok_or("it has no .cdx.json")?;
    let text = crate::run::read(bill)?;
    let read: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let component = |name: &str| {
        let mut components = read["components"].as_array().into_iter().flatten();
        components.any(|component| component["name"] == name)
    };
    let subject = read["metadata"]["component"]["name"].as_str();
    match (read["bomFormat"] == "CycloneDX", subject, native) {
        (true, Some(_), false) => Ok(()),
        (true, Some(_), true) if component("rustls") && component("ring") => Ok(()),
        _ => Err(format!("{} is not its bill of materials", bill.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_behind_the_end_of_a_colour() {
        assert_eq!(
            past_colour("\u{1b}[0m\u{1b}[0m/dist/some.tgz"),
            "/dist/some.tgz"
        );
        assert_eq!(past_colour("/dist/some.tgz"), "/dist/some.tgz");
    }
}
