//! The proof of the state file that takes too long for the tests. It prints what it counted, and fails over one
//! conversation that was lost or doubled.

use crate::report::Pace;
use xtask::run::{Result, cargo, check};

/// A program with a state file is killed so often, at random moments.
pub fn state_kills(pace: Pace) -> Result<()> {
    let kills = match pace {
        Pace::Full => 1_000,
        Pace::Quick | Pace::Trial => 20,
    };
    check(
        cargo()
            .args(["test", "--package", "wotnot-core", "--test", "state_file"])
            .args(["--", "--exact", "--nocapture"])
            .arg("a_program_that_is_killed_loses_and_doubles_no_conversation")
            .env("WOTNOT_KILLS", kills.to_string()),
    )
}
