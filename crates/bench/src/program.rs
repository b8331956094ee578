//! The measuring programs in C, against the C library.

use std::path::PathBuf;
use std::process::Command;

use crate::report::Pace;
use xtask::build;
use xtask::c_program::{Link, compile, name_for_the_loader, with_library};
use xtask::run::{Result, apt_install, has, need, scratch};

/// A compiled program, and the folder with the library that it loads.
pub struct Program {
    program: PathBuf,
    folder: PathBuf,
}

impl Program {
    /// Compiles `NAME.c` of the folder `programs`, which may use libcurl too.
    pub fn build(name: &str, pace: Pace) -> Result<Self> {
        need("gcc", "gcc")?;
        need_libcurl()?;
        let folder = scratch(&format!("bench-{name}"))?;
        let library = build::library(pace.profile())?;
        name_for_the_loader(&library, &folder)?;
        let program = compile(
            "gcc",
            &format!("crates/bench/programs/{name}.c"),
            &folder.join(name),
            &["-O2", "-Wl,--no-as-needed", "-lcurl"],
            &Link::Shared(&library),
        )?;
        Ok(Self { program, folder })
    }

    /// A run of it, without its arguments.
    pub fn run(&self) -> Command {
        with_library(&self.program, &self.folder)
    }

    /// Writes a file beside the program and gives its path.
    pub fn keep(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path.to_string_lossy().into_owned())
    }
}

/// The header and library of libcurl.
pub fn need_libcurl() -> Result<()> {
    match has("curl-config") {
        true => Ok(()),
        false => apt_install(&["libcurl4-openssl-dev"]),
    }
}
