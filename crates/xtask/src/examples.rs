//! The conformance crate's drivers, with the programs of this checkout.

use std::process::{Command, id};
use std::sync::atomic::{AtomicUsize, Ordering};

use wotnot_conformance::MarkedVectors;
use wotnot_conformance::examples::{self, DevGateway, Emulator};

use crate::build;
use crate::run::{Result, root, scratch};

/// An emulator with `flows/demo.yaml`.
pub fn emulator() -> Result<Emulator> {
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    Emulator::start(&wotnot, &root().join("flows/demo.yaml"))
}

/// A gateway with the emulator behind it.
pub fn dev_gateway() -> Result<DevGateway> {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    DevGateway::start(
        &wotnot,
        &scratch(&format!("dev-gateway-{}-{number}", id()))?,
    )
}

/// Has a chat program hold the conversation of `flows/demo.yaml` over its standard input.
pub fn chats(program: &mut Command) -> Result<()> {
    emulator()?.play_demo(program)
}

/// Plays the windows of many visitors against a web backend.
pub fn serves_many_visitors(program: &mut Command) -> Result<()> {
    examples::serves_many_visitors(&emulator()?, program)
}

/// Has a program play every sample flow. `program` makes a run of it.
pub fn plays_every_flow(program: impl FnMut() -> Result<Command>) -> Result<()> {
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    examples::plays_every_flow(&wotnot, &root().join("flows"), program)
}

/// The vectors with a mark in each secret, in a scratch folder of this name.
pub fn marked_vectors(name: &str) -> Result<MarkedVectors> {
    MarkedVectors::new(&root().join("tests/vectors"), scratch(name)?)
}
