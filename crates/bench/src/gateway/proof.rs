//! The proofs of the gateway that take too long for the tests: kills under load, and runs of the vendor's
//! faults. They print what they counted, and fail over one message that was lost or sent twice.

use std::process::Command;

use crate::report::Pace;
use xtask::run::{Result, cargo, check, command, forget_xtask};

/// The gateway's process is killed so often, at random moments.
pub fn kills(pace: Pace) -> Result<()> {
    proof(
        "kill::what_was_answered_for_survives_a_hundred_kills",
        "WOTNOT_GATEWAY_KILLS",
        of(pace, 1_000),
    )
}

/// Three gateways over one Redis, of which one after the other is killed for ten minutes, while a thousand visitors speak.
pub fn nodes(pace: Pace) -> Result<()> {
    let (seconds, visitors) = match pace {
        Pace::Full => (600, 1_000),
        Pace::Quick | Pace::Trial => (12, 20),
    };
    let test = test("nodes::nodes_are_killed_and_nothing_is_lost_or_comes_twice");
    // A thousand visitors are more sockets than a process may have by default.
    let mut raised = command("sh");
    raised.args(["-c", "ulimit -n \"$(ulimit -Hn)\" && exec \"$0\" \"$@\""]);
    forget_xtask(&mut raised);
    raised.arg(test.get_program()).args(test.get_args());
    check(
        raised
            .env("WOTNOT_NODES_SECONDS", seconds.to_string())
            .env("WOTNOT_NODES_VISITORS", visitors.to_string()),
    )
}

/// So many conversations with a vendor that fails in every way that the emulator knows.
pub fn faults(pace: Pace) -> Result<()> {
    proof(
        "faults::every_state_is_true_and_nothing_is_said_twice",
        "WOTNOT_GATEWAY_RUNS",
        of(pace, 10_000),
    )
}

/// So many breaks between the library, the gateway and the vendor, and kills of the app beside them.
pub fn link_breaks(pace: Pace) -> Result<()> {
    proof(
        "link_breaks::breaks_and_kills_lose_and_double_nothing",
        "WOTNOT_LINK_BREAKS",
        of(pace, 10_000),
    )
}

fn of(pace: Pace, full: u32) -> u32 {
    match pace {
        Pace::Full => full,
        Pace::Quick | Pace::Trial => full / 50,
    }
}

fn proof(name: &str, variable: &str, times: u32) -> Result<()> {
    check(test(name).env(variable, times.to_string()))
}

fn test(name: &str) -> Command {
    let mut test = cargo();
    test.args(["test", "--package", "wotnot-gateway", "--test", "gateway"]);
    test.args(["--", "--exact", "--nocapture", name]);
    test
}
