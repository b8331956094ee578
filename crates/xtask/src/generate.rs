//! `cargo xtask generate`: all that is made of something else in the tree, except lock files and the
//! pictures and tables of measurements. Each piece is written by the test that holds it to its source.

use crate::build;
use crate::run::{Result, cargo, check};

/// The tests of the status tables of every language, the table of the configuration, and the schemas.
/// They need a feature that a plain `cargo test` leaves out.
pub const TABLES_AND_SCHEMAS: &[&str] = &[
    "--package",
    "wotnot-json",
    "--features",
    "schema",
    "--test",
    "generated",
    "--test",
    "schema",
];

const MADE_BY_TESTS: [&[&str]; 3] = [
    TABLES_AND_SCHEMAS,
    &["--package", "wotnot-emulator", "--test", "flow_schema"],
    &["--package", "wotnot-gateway", "--lib", "openapi"],
];

/// What to do with a piece that is stale.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Write,
    /// Fail and name it.
    Check,
}

/// Writes or checks every piece.
pub fn run(mode: Mode) -> Result<()> {
    for arguments in MADE_BY_TESTS {
        let mut test = cargo();
        test.arg("test").args(arguments);
        if mode == Mode::Write {
            test.env("WOTNOT_GENERATE", "1");
        }
        check(&mut test)?;
    }
    // Last: the header is made of constants that are generated too.
    match mode {
        Mode::Write => build::header(),
        Mode::Check => build::header_is_fresh(),
    }
}
