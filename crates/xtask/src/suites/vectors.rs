//! The conformance vectors over the C ABI of the built library, played by the stub in processes of its own.

use super::Tally;
use super::c::counted;
use crate::build::{self, Profile};
use crate::run::{Result, command, need};

pub fn run() -> Result<Tally> {
    need("python3", "python3")?;
    let library = build::library(Profile::Dev)?.join("libwotnot.so");
    let stub = build::program("wotnot-stub", "wotnot-stub")?;
    let mut runner = command("python3");
    runner
        .arg("tests/c/vectors.py")
        .arg(library)
        .arg(stub)
        .arg("tests/vectors");
    counted(runner)
}
