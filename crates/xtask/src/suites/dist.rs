//! The SDK archive, unpacked elsewhere and used as its reader would, with no Rust on the path.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use crate::build::Profile;
use crate::dist::{self, GLIBC_FLOOR};
use crate::emulator::Emulator;
use crate::run::{Result, apt_install, check, command, need, output, root, scratch};

/// Where the compilers are, and cargo is not.
const PATH: &str = "/usr/bin:/bin";

pub fn run() -> Result<Tally> {
    for (program, package) in [
        ("gcc", "gcc"),
        ("g++", "g++"),
        ("clang", "clang"),
        ("pkg-config", "pkg-config"),
        ("cmake", "cmake"),
    ] {
        need(program, package)?;
    }
    if !Path::new("/usr/include/nlohmann/json.hpp").exists() {
        apt_install(&["nlohmann-json3-dev"])?;
    }
    // The same code packs both profiles; a release build would take minutes more.
    let archives = dist::archives(Profile::Dev)?;
    let elsewhere = scratch("elsewhere")?;
    for archive in [&archives.sdk, &archives.debug] {
        check(
            command("tar")
                .arg("-xf")
                .arg(archive)
                .arg("-C")
                .arg(&elsewhere),
        )?;
    }
    let sdk = Sdk {
        top: elsewhere.join(&archives.name),
        out: elsewhere,
    };
    let mut tally = Tally::default();
    tally.note("there is no cargo on the path", sdk.no_rust());
    tally.note(
        "the archive names no folder of this machine",
        sdk.names_no_place(),
    );
    tally.note("glibc is as old as promised", sdk.glibc());
    tally.note("the debug symbols are split off, and found", sdk.symbols());
    for compiler in ["gcc", "clang"] {
        for package in ["wotnot", "wotnot-static"] {
            tally.note(
                &format!("a C program built with {compiler} and pkg-config {package} chats"),
                sdk.pkg_config(compiler, package)
                    .and_then(|program| sdk.chat(&program)),
            );
        }
    }
    tally.note(
        "CMake finds the package and builds the examples",
        sdk.cmake(),
    );
    for program in ["chat", "chat_static", "chat_cpp"] {
        tally.note(
            &format!("{program}, built with CMake, chats"),
            sdk.chat(&sdk.out.join("build").join(program)),
        );
    }
    tally.note(
        "what is linked statically needs no libwotnot.so",
        sdk.needs_nothing(),
    );
    Ok(tally)
}

/// An unpacked archive.
struct Sdk {
    top: PathBuf,
    out: PathBuf,
}

impl Sdk {
    /// A command as a user without Rust would give it.
    fn shell(&self, program: &str) -> Command {
        let mut shell = Command::new(program);
        shell
            .current_dir(&self.out)
            .env_clear()
            .env("PATH", PATH)
            .env("PKG_CONFIG_PATH", self.top.join("lib/pkgconfig"));
        shell
    }

    fn no_rust(&self) -> Result<()> {
        let found = self
            .shell("sh")
            .args(["-c", "command -v cargo rustc"])
            .output();
        match found.map_err(|error| error.to_string())?.stdout.is_empty() {
            true => Ok(()),
            false => Err(format!("{PATH} has it")),
        }
    }

    fn names_no_place(&self) -> Result<()> {
        let found = self
            .shell("grep")
            .args(["-rlIF", &root().to_string_lossy()])
            .arg(&self.top)
            .output()
            .map_err(|error| error.to_string())?;
        match found.stdout.is_empty() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&found.stdout).into_owned()),
        }
    }

    fn glibc(&self) -> Result<()> {
        let (major, minor) = dist::glibc(&self.top.join("lib/libwotnot.so.1"))?;
        let (floor, said) = (
            format!("glibc {}.{} or later", GLIBC_FLOOR.0, GLIBC_FLOOR.1),
            format!("glibc {major}.{minor} or later"),
        );
        for (page, floor) in [
            (root().join("bindings/c/README.md"), floor),
            (self.top.join("README.md"), said),
        ] {
            let text = std::fs::read_to_string(&page).map_err(|error| error.to_string())?;
            if !text.contains(&floor) {
                return Err(format!("{} does not say `{floor}`", page.display()));
            }
        }
        Ok(())
    }

    fn symbols(&self) -> Result<()> {
        let library = self.top.join("lib/libwotnot.so.1");
        let sections = output(command("objdump").arg("-h").arg(&library))?;
        if sections.contains(".debug_info") || !sections.contains(".gnu_debuglink") {
            return Err("the shared library is not stripped, or links to no symbols".into());
        }
        let table = output(command("nm").arg("-D").arg(&library))?;
        let address = table
            .lines()
            .find_map(|line| line.strip_suffix(" T wotnot_call"))
            .ok_or("wotnot_call is not exported")?;
        let file = std::fs::canonicalize(&library).map_err(|error| error.to_string())?;
        let symbols = format!("{}.debug", file.display());
        let place = output(command("addr2line").args(["-e", &symbols, address]))?;
        match place.contains("capi/src/lib.rs:") {
            true => Ok(()),
            false => Err(format!("wotnot_call is at {place}")),
        }
    }

    fn pkg_config(&self, compiler: &str, package: &str) -> Result<PathBuf> {
        let program = self.out.join(format!("chat-{compiler}-{package}"));
        let flags = output(
            self.shell("pkg-config")
                .args(["--cflags", "--libs", package]),
        )?;
        check(
            self.shell(compiler)
                .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-o"])
                .arg(&program)
                .arg(self.top.join("share/wotnot/examples/chat.c"))
                .args(flags.split_whitespace()),
        )?;
        Ok(program)
    }

    fn cmake(&self) -> Result<()> {
        let prefix = format!("-DCMAKE_PREFIX_PATH={}", self.top.display());
        check(
            self.shell("cmake")
                .arg("-S")
                .arg(self.top.join("share/wotnot/examples"))
                .args(["-B", "build", &prefix]),
        )?;
        check(
            self.shell("cmake")
                .args(["--build", "build", "--parallel", "2"]),
        )
    }

    fn chat(&self, program: &Path) -> Result<()> {
        let mut chat = self.shell(&program.to_string_lossy());
        chat.env("LD_LIBRARY_PATH", self.top.join("lib"));
        Emulator::start("flows/demo.yaml")?.play_demo(&mut chat)
    }

    fn needs_nothing(&self) -> Result<()> {
        for program in [
            "chat-gcc-wotnot-static",
            "chat-clang-wotnot-static",
            "build/chat_static",
        ] {
            let headers = output(command("objdump").arg("-p").arg(self.out.join(program)))?;
            if headers.contains("libwotnot") {
                return Err(format!("{program} asks for the shared library"));
            }
        }
        Ok(())
    }
}
