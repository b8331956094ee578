//! The SDK archive as its users have it: unpacked elsewhere, used with no Rust on the path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::build::Profile;
use crate::dist::{self, Archives, Languages};
use crate::examples::chats;
use crate::run::{Result, check, make_folder, output, path_without_rust};
use crate::sh;

/// An unpacked archive. Every suite that has one got it from the same file.
pub struct Sdk {
    /// The archive's top folder.
    pub top: PathBuf,
    path: OsString,
}

impl Sdk {
    /// Unpacks the archive and its debug symbols into a folder that is made for it.
    pub fn unpack(folder: &Path) -> Result<Self> {
        let archives = packed()?;
        make_folder(folder)?;
        for archive in [&archives.sdk, &archives.debug] {
            // Every file in the archive has the same time; by that a build tool would take a changed one for
            // the one that it knows, so `-m` gives them the time of now.
            check(sh!("tar -xmf {archive} -C {folder}"))?;
        }
        Self::at(folder.join(&archives.name))
    }

    /// The archive that was unpacked to this top folder.
    pub fn at(top: PathBuf) -> Result<Self> {
        Ok(Self {
            top,
            path: path_without_rust()?,
        })
    }

    /// A command as a user without Rust would give it.
    pub fn shell(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut shell = Command::new(program);
        shell
            .current_dir(self.top.parent().unwrap_or(&self.top))
            .env_clear()
            .env("PATH", &self.path)
            .env("PKG_CONFIG_PATH", self.top.join("lib/pkgconfig"))
            .env("LD_LIBRARY_PATH", self.top.join("lib"));
        shell
    }

    /// Compiles a program with the flags that pkg-config gives for a package of the archive.
    pub fn compile(
        &self,
        compiler: &str,
        flags: &[&str],
        source: &Path,
        package: &str,
        program: &str,
    ) -> Result<PathBuf> {
        let program = self.top.with_file_name(program);
        let found = output(
            self.shell("pkg-config")
                .args(["--cflags", "--libs", package]),
        )?;
        let found = shlex::split(&found)
            .ok_or_else(|| format!("pkg-config printed no shell words: {found}"))?;
        let mut compiler = self.shell(compiler);
        compiler
            .args("-Wall -Wextra -Wpedantic -Werror -pthread".split(' '))
            .args(flags);
        compiler.arg("-o").args([&*program, source]);
        check(compiler.args(found))?;
        Ok(program)
    }

    /// The jar for Kotlin and Java.
    pub fn jar(&self) -> PathBuf {
        self.java(".jar")
    }

    /// A file of the Maven package: `.jar`, `-sources.jar` or `.pom`.
    pub fn java(&self, kind: &str) -> PathBuf {
        let name = format!("wotnot-{}{kind}", env!("CARGO_PKG_VERSION"));
        self.top.join("share/wotnot/java").join(name)
    }

    /// Has a program of the archive's hold a conversation with an emulator.
    pub fn chat(&self, program: &Path) -> Result<()> {
        chats(&mut self.shell(program))
    }
}

/// Tells a suite in a process of its own where the archives are that were packed for all.
pub const SDK_VARIABLE: &str = "WOTNOT_XTASK_SDK";

/// Packed once for all suites. The same code packs both profiles; a release build would take minutes more.
pub fn packed() -> Result<&'static Archives> {
    static PACKED: OnceLock<Result<Archives>> = OnceLock::new();
    PACKED
        .get_or_init(|| match std::env::var(SDK_VARIABLE) {
            Ok(text) => Archives::from_variable(&text),
            Err(_) => dist::archives(Profile::Dev, Languages::All),
        })
        .as_ref()
        .map_err(Clone::clone)
}
