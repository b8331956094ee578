//! Building what the suites and benchmarks link against.

use std::path::PathBuf;

use crate::run::{Result, cargo, check, target};

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
        target().join(match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        })
    }
}

/// Builds the C library and gives the folder that holds it.
pub fn library(profile: Profile) -> Result<PathBuf> {
    check(cargo().args(["build", "--package", "wotnot", "--profile", profile.name()]))?;
    Ok(profile.folder())
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
