//! Building what the suites and benchmarks link against.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, cargo, check, command, output, root, target};

/// A build of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Unoptimised, with the method that panics on purpose.
    Dev,
    /// As it is shipped.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }

    /// The folder that holds `libwotnot.so` and `libwotnot.a`.
    pub fn folder(self) -> PathBuf {
        target().join(self.folder_name())
    }

    fn folder_name(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

/// Builds the C library and gives the folder that holds it.
pub fn library(profile: Profile) -> Result<PathBuf> {
    check(cargo().args(["build", "--package", "wotnot", "--profile", profile.name()]))?;
    Ok(profile.folder())
}

/// Builds the C library for others: for this platform by its name, so that flags of ours reach nothing
/// but the library, and with no folder of this machine in it. Gives the folder that holds it.
pub fn shipped(profile: Profile, platform: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", "wotnot"]).args([
        "--profile",
        profile.name(),
        "--target",
        platform,
    ]);
    check(nameless(&mut build, platform)?)?;
    Ok(target().join(platform).join(profile.folder_name()))
}

/// This machine's platform, as Rust calls it.
pub fn host() -> Result<String> {
    output(command("rustc").args(["--print", "host-tuple"])).map(|text| text.trim().to_owned())
}

/// The folders of this machine that a compiler would write into a library, and what it writes instead.
/// The later of two that match counts.
pub fn places() -> Result<Vec<(PathBuf, &'static str)>> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let cargo_home = match (std::env::var_os("CARGO_HOME"), std::env::var_os("HOME")) {
        (Some(folder), _) => PathBuf::from(folder),
        (None, Some(home)) => PathBuf::from(home).join(".cargo"),
        (None, None) => return Err("neither CARGO_HOME nor HOME is set".into()),
    };
    Ok(vec![
        (root(), "/wotnot"),
        (target(), "/wotnot/target"),
        (cargo_home, "/cargo"),
        (PathBuf::from(sysroot.trim()), "/rust"),
    ])
}

fn nameless<'a>(build: &'a mut Command, platform: &str) -> Result<&'a mut Command> {
    let (mut rust, mut c) = (Vec::new(), Vec::new());
    for (folder, instead) in places()? {
        let map = format!("{}={instead}", folder.display());
        rust.push(format!("--remap-path-prefix={map}"));
        c.push(format!("-ffile-prefix-map={map}"));
    }
    Ok(build
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env(format!("CFLAGS_{platform}"), c.join(" ")))
}

/// Builds one of the workspace's programs in the dev profile and gives its path.
pub fn program(package: &str, name: &str) -> Result<PathBuf> {
    check(cargo().args(["build", "--package", package, "--bin", name]))?;
    Ok(Profile::Dev.folder().join(name))
}

/// Builds the addon of the npm package and gives its path.
pub fn addon(profile: Profile) -> Result<PathBuf> {
    check(cargo().args([
        "build",
        "--package",
        "wotnot-node",
        "--profile",
        profile.name(),
    ]))?;
    let name = match std::env::consts::OS {
        "macos" => "libwotnot_node.dylib",
        _ => "libwotnot_node.so",
    };
    Ok(profile.folder().join(name))
}

/// Writes `include/wotnot.h` anew.
pub fn header() -> Result<()> {
    check(
        cargo()
            .args(["build", "--package", "wotnot"])
            .env("WOTNOT_UPDATE_HEADER", "1"),
    )
}
