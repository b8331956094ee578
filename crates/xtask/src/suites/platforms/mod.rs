//! Platforms other than the one that the tests run on: everything is built for them as a release does it, and run by
//! what plays them here.

pub mod arm64;
pub mod macos;
pub mod musl;
pub(crate) mod tools;
pub mod windows;
mod windows_console;
mod windows_sdk;
mod wine;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::tools::Tools;
use super::Tally;
use super::c::counted;
use super::chats::both_ways;
use crate::c_program::{Link, compile, name_for_the_loader};
use crate::dist::{notices, packages::maturin};
use crate::npm::{Portable, pack};
use crate::run::{Result, check, command, copy, make_folder, need, root, target, write};

/// A platform, and how its programs are built and run.
struct Platform {
    /// What rustc calls it.
    triple: &'static str,
    /// What npm's packages for it are called.
    npm: &'static str,
    /// npm's own names of it: operating system, processor and, where it tells them apart, C library.
    npm_flags: &'static [&'static str],
    /// Its C compiler.
    gcc: &'static str,
    /// What a program that is built here is started by.
    runner: Vec<OsString>,
    /// What plays the service for the vectors: a program that those of the platform can start.
    player: PathBuf,
    /// The folder of the vectors.
    vectors: PathBuf,
    tools: Tools,
    out: PathBuf,
}

impl Platform {
    /// `cargo build`, by `cargo` or by `cargo-zigbuild`.
    fn build(&self, mut builder: Command, packages: &[&str]) -> Result<()> {
        builder.args(["--target", self.triple]);
        for package in packages {
            builder.args(["--package", package]);
        }
        check(&mut builder)
    }

    /// Where cargo puts what it built.
    fn built(&self) -> PathBuf {
        target().join(self.triple).join("debug")
    }

    /// A program among them.
    fn program(&self, name: &str) -> PathBuf {
        self.built().join(self.file_name(name))
    }

    /// What a program of this name is called.
    fn file_name(&self, name: &str) -> String {
        match self.triple.contains("windows") {
            true => format!("{name}.exe"),
            false => name.to_owned(),
        }
    }

    /// A run of a program of this platform.
    fn run(&self, program: &Path) -> Command {
        started_by(&self.runner, program)
    }

    /// `wotnot demo` holds the whole sample conversation: client, emulator, webhooks.
    fn demo(&self, tally: &mut Tally) {
        let mut demo = self.run(&self.program("wotnot"));
        demo.arg("demo").stdin(Stdio::null());
        tally.note(
            "wotnot demo holds the sample conversation",
            check(&mut demo),
        );
    }

    /// A program in C, linked against the static library, or the shared one.
    fn c(&self, source: &str, name: &str, link: &Link, flags: &[&str]) -> Result<Command> {
        if let Link::Shared(folder) = link
            && !self.triple.contains("windows")
        {
            name_for_the_loader(folder, &self.out)?;
        }
        let program = self.out.join(self.file_name(name));
        let mut run = self.run(&compile(self.gcc, source, &program, flags, link)?);
        run.env("LD_LIBRARY_PATH", &self.out);
        Ok(run)
    }

    /// The C example chats.
    fn c_chat(&self, tally: &mut Tally, name: &str, link: &Link, flags: &[&str]) -> Result<()> {
        let program = format!("chat-{name}");
        let chat = self.c("bindings/c/examples/chat.c", &program, link, flags)?;
        both_ways(tally, &format!("the C example ({name})"), chat);
        Ok(())
    }

    /// The vectors pass in C.
    fn c_vectors(&self, tally: &mut Tally, name: &str, link: &Link, flags: &[&str]) -> Result<()> {
        let program = format!("vectors-{name}");
        let mut vectors = self.c("tests/c/vectors.c", &program, link, flags)?;
        vectors.args([&self.player, &self.vectors]);
        tally.add(counted(vectors)?);
        Ok(())
    }

    /// Makes the wheel with these arguments, and flags for rustc, and installs it as pip would on a platform of this tag,
    /// which takes its word for it.
    fn wheel(&self, arguments: &[&str], tag: &str, flags: &str) -> Result<PathBuf> {
        let wheels = self.out.join("wheels");
        notices::write_all()?;
        check(
            maturin(&self.tools, "python", self.triple)
                .args(["--profile", "dev"])
                .args(arguments)
                .arg("--out")
                .arg(&wheels)
                .env("CARGO_ENCODED_RUSTFLAGS", flags),
        )?;
        let site = self.out.join("site");
        check(
            self.tools
                .command("pip")
                .args([
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                ])
                .args([
                    "--no-index",
                    "--only-binary=:all:",
                    "--python-version",
                    "3.11",
                ])
                .args(["--platform", tag])
                .arg("--find-links")
                .arg(&wheels)
                .arg("--target")
                .args([&site, Path::new("wotnot")]),
        )?;
        Ok(site)
    }

    /// Packs the addon as the platform's package, installs it beside the package `wotnot`, and chats.
    fn addon(&self, tally: &mut Tally, addon: &Path, mut node: Command) -> Result<()> {
        let portable = Portable::get()?;
        let package = self.out.join("npm");
        for file in [
            "package.json",
            "README.md",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "THIRD-PARTY.md",
            "sbom.cdx.json",
        ] {
            copy(&portable.platform(self.npm).join(file), &package.join(file))?;
        }
        copy(addon, &package.join(format!("wotnot.{}.node", self.npm)))?;
        let platform = pack(&package, &self.out)?;
        let app = self.out.join("app");
        write(&app.join("package.json"), r#"{"private": true}"#)?;
        let flags = ["os", "cpu", "libc"]
            .iter()
            .zip(self.npm_flags)
            .map(|(name, value)| format!("--{name}={value}"));
        check(
            command("npm")
                .current_dir(&app)
                .args([
                    "install",
                    // npm takes this machine's word for a package that is named, and the flags' for those that it looks up.
                    "--force",
                    "--silent",
                    "--offline",
                    "--no-fund",
                    "--no-audit",
                ])
                .args(flags)
                .args([&portable.tarball(), &platform]),
        )?;
        copy(
            &root().join("bindings/node/examples/chat.mjs"),
            &app.join("chat.mjs"),
        )?;
        node.arg("chat.mjs").current_dir(&app);
        both_ways(tally, "the addon", node);
        Ok(())
    }
}

/// A command that another one starts, or nothing.
fn started_by(runner: &[OsString], program: &Path) -> Command {
    let Some((first, rest)) = runner.split_first() else {
        return command(program);
    };
    let mut run = command(first);
    run.args(rest).arg(program);
    run
}

/// The JSON library of the examples in C++, alone: where Debian has it are the headers of this machine too.
fn json_library(out: &Path) -> Result<PathBuf> {
    need("<nlohmann/json.hpp>", "nlohmann-json3-dev")?;
    let alone = out.join("json");
    for folder in ["include/nlohmann", "share/cmake/nlohmann_json"] {
        make_folder(&alone.join(folder))?;
        check(
            command("cp")
                .arg("-R")
                .arg(Path::new("/usr").join(folder).join("."))
                .arg(alone.join(folder)),
        )?;
    }
    Ok(alone)
}
