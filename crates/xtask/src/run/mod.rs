//! Running other programs, and the places of the project.

mod install;

use std::borrow::BorrowMut;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use xshell::Shell;

pub use self::install::*;

/// A failure, in one line.
pub type Result<T> = std::result::Result<T, String>;

/// Names another checkout that this program is to work on.
pub const ROOT_VARIABLE: &str = "WOTNOT_XTASK_ROOT";

/// A command that starts at the top of the checkout, as a shell's line: `{name}` is the value of a variable, one
/// argument whatever is in it, and `{names...}` are several arguments.
#[macro_export]
macro_rules! sh {
    ($line:literal) => {{
        let shell = $crate::run::shell();
        std::process::Command::from(xshell::cmd!(shell, $line))
    }};
}

/// Where the commands of [`sh!`] start.
pub fn shell() -> Shell {
    let shell = Shell::new().unwrap_or_else(|why| {
        // Nothing of a task can be done where there is no current folder.
        eprintln!("xtask: {why}");
        std::process::exit(1)
    });
    shell.change_dir(root());
    shell
}

/// What went wrong with this file or folder.
pub fn at<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

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
    fs::create_dir_all(folder).map_err(at(folder))
}

/// Copies a file; makes the folders above it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    to.parent().map_or(Ok(()), make_folder)?;
    let copied = fs::copy(from, to).map(drop);
    copied.map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(at(path))
}

/// Removes a folder with all that is in it, where there is one.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(at(folder)),
        false => Ok(()),
    }
}

/// Writes a file; makes the folders above it.
pub fn write(path: &Path, text: &str) -> Result<()> {
    path.parent().map_or(Ok(()), make_folder)?;
    fs::write(path, text).map_err(at(path))
}

/// What a folder holds, in the order of the names.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let found = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut paths: Vec<_> = found
        .map_err(at(folder))?
        .iter()
        .map(fs::DirEntry::path)
        .collect();
    paths.sort();
    Ok(paths)
}

/// Every file in a folder and those below it.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        let kind = path.symlink_metadata().map_err(at(&path))?.file_type();
        if kind.is_dir() {
            files.extend(files_below(&path)?);
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A command that starts at the top of the checkout.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The files below this folder of the checkout that git knows.
pub fn tracked(folder: &str) -> Result<Vec<String>> {
    let listed = output(sh!("git ls-files {folder}"))?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// `cargo` as it was called.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_xtask(&mut cargo);
    cargo
}

/// `cargo` with the words of this line.
pub fn cargo_line(line: &str) -> Command {
    let mut cargo = cargo();
    cargo.args(line.split_whitespace());
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
pub fn check(mut command: impl BorrowMut<Command>) -> Result<()> {
    let command: &mut Command = command.borrow_mut();
    let status = command
        .status()
        .map_err(at(command.get_program().as_ref()))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{} ended with {status}", shown(command))),
    }
}

/// Runs to the end and gives back its standard output; fails unless it exits with 0.
pub fn output(mut command: impl BorrowMut<Command>) -> Result<String> {
    let command: &mut Command = command.borrow_mut();
    match captured(&mut *command)? {
        (text, true) => Ok(text),
        (_, false) => Err(format!("{} failed", shown(command))),
    }
}

/// Runs to the end; shows what it prints only when it fails, as a build that prints a line for every file.
pub fn quietly(command: impl BorrowMut<Command>) -> Result<()> {
    match captured(command)? {
        (_, true) => Ok(()),
        (text, false) => Err(text),
    }
}

/// Runs to the end and gives back its standard output, and whether it exited with 0.
pub fn captured(mut command: impl BorrowMut<Command>) -> Result<(String, bool)> {
    let command: &mut Command = command.borrow_mut();
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(at(command.get_program().as_ref()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((text, output.status.success()))
}

fn shown(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words.take(7).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// A command that starts as this one did. What it clears of its environment does not show, and is not cleared here.
pub fn again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => again.env(name, value),
            None => again.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        again.current_dir(folder);
    }
    again
}

/// The triple that `rustc` builds for by itself.
pub fn host() -> Result<String> {
    let text = output(sh!("rustc -vV"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// Where `rustc` keeps what came with it.
pub fn sysroot() -> Result<PathBuf> {
    Ok(output(sh!("rustc --print sysroot"))?.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_runs_again_as_it_did() {
        let mut first = sh!("sh -c 'echo $0 $WORD; pwd' zero");
        first.env("WORD", "one").current_dir("/");
        assert_eq!(output(again(&first)), Ok("zero one\n/\n".to_owned()));
    }
}
