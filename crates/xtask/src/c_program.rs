//! Programs in C against a built library: compiled strictly, and run where the loader finds the library.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Result, check, command};

/// What every program of the project passes.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What a static link needs besides.
pub const SYSTEM_LIBRARIES: &[&str] = &["-lpthread", "-ldl", "-lm"];

/// The same for Windows.
pub const WINDOWS_LIBRARIES: &[&str] = &[
    "-lws2_32",
    "-lbcrypt",
    "-luserenv",
    "-lntdll",
    "-lcrypt32",
    "-lncrypt",
    "-lsecur32",
];

/// How a program is linked.
pub enum Link<'a> {
    /// Against `libwotnot.so` in this folder.
    Shared(&'a Path),
    /// Against `libwotnot.a` in this folder.
    Static(&'a Path),
}

/// Compiles one C file strictly, as C99 unless the flags say otherwise.
pub fn compile(
    compiler: &str,
    source: &str,
    program: &Path,
    flags: &[&str],
    link: &Link,
) -> Result<PathBuf> {
    let mut build = command(compiler);
    build
        .arg("-std=c99")
        .args(STRICT)
        .args(["-g", "-O1", "-Iinclude"]);
    build.args(flags).arg(source).arg("-o").arg(program);
    match link {
        Link::Shared(folder) => build.arg("-L").arg(folder).args(["-lwotnot", "-lpthread"]),
        Link::Static(folder) => build.arg(folder.join("libwotnot.a")).arg("-lpthread").args(
            match compiler.contains("mingw") {
                true => WINDOWS_LIBRARIES,
                false => SYSTEM_LIBRARIES,
            },
        ),
    };
    check(&mut build)?;
    Ok(program.to_path_buf())
}

/// The loader looks for the SONAME; a build folder has only the plain name.
pub fn name_for_the_loader(library: &Path, out: &Path) -> Result<()> {
    let (from, to) = (library.join("libwotnot.so"), out.join("libwotnot.so.1"));
    std::fs::copy(&from, &to)
        .map(drop)
        .map_err(|error| format!("{}: {error}", from.display()))
}

/// A run of a program that loads the library from this folder.
pub fn with_library(program: &Path, folder: &Path) -> Command {
    let mut run = command(program);
    run.env("LD_LIBRARY_PATH", folder);
    run
}
