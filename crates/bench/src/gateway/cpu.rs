//! What the gateway's processor does: for a stream while nothing happens, for each event, for each message, and for each stream that opens.
//! Processor time, not the time that passes: what else runs on the machine changes little of it.

use std::fmt::Write as _;

use super::disk::Filled;
use super::servers::{self, Server, free_port, load};
use super::{ROUNDS, few, number};
use crate::page;
use crate::report::{self, Pace};
use crate::runs::median;
use xtask::run::Result;

pub const SECTION: &str = "gateway-cpu";
/// The head of the only column of numbers.
pub const COLUMN: &str = "µs of a core";
pub const QUIET: &str = "a quiet stream, a second";
pub const EVENT: &str = "an event: its post, kept, at its reader";
pub const MESSAGE: &str = "a message: its post, kept, claimed, at the vendor";
pub const OPENING: &str = "a stream that opens and reads two entries";

const SECONDS: usize = 15;
const EVENTS_A_SECOND: usize = 1_000;

/// What is measured: its row, the load, and how many streams, readers or messages that has.
const ROWS: [(&str, &str, usize); 4] = [
    (QUIET, "quiet", 10_000),
    (EVENT, "delay", 1_000),
    (MESSAGE, "sends", 5_000),
    (OPENING, "storm", 10_000),
];

pub fn run(pace: Pace) -> Result<()> {
    servers::build()?;
    let mut found = ROWS.map(|_| Vec::new());
    for _ in 0..pace.rounds(ROUNDS) {
        for ((_, what, full), found) in ROWS.into_iter().zip(&mut found) {
            found.push(measured(what, few(pace, full))?);
        }
    }
    let mut table = format!("| what | {COLUMN} |\n| --- | ---: |\n");
    for ((row, ..), found) in ROWS.into_iter().zip(found) {
        let _ = writeln!(table, "| {row} | {:.2} |", median(found));
    }
    let [quiet, readers, messages, opening] = ROWS.map(|(_, _, full)| few(pace, full));
    let text = format!(
        "{} Processor time of the gateway, of all its threads, the kernel's part that is counted as theirs included; it is bound to one core. Quiet: {quiet} streams for {SECONDS} s, each with a comment every \
         15 s. Events: {EVENTS_A_SECOND} a second, one a post, to {readers} readers in turns, on disk before anybody sees them. Messages: {messages}, one at a time, on disk before they are sent. \
         Opening: {opening} at the same moment, each with a cursor that is two entries behind. Medians of {} rounds.\n\n{table}",
        report::made_by(SECTION, pace),
        pace.rounds(ROUNDS)
    );
    page::write(SECTION, &text)
}

/// Microseconds for each, with a store of its own: what another one carried would be read again.
fn measured(what: &str, count: usize) -> Result<f64> {
    let filled = Filled::new("cpu", count, 0)?;
    let vendor = free_port()?;
    let server = Server::gateway_with(&filled.data, vendor, None)?;
    let options = [
        ("server", "gateway".to_owned()),
        ("incarnation", filled.incarnation.clone()),
        ("to", server.address.clone()),
        ("hook", server.address.clone()),
        ("vendor", format!("127.0.0.1:{vendor}")),
        ("pid", server.pid().to_string()),
        ("count", count.to_string()),
        ("rate", EVENTS_A_SECOND.to_string()),
        ("seconds", SECONDS.to_string()),
    ];
    Ok(number(&load(what, &options)?, "cpu_us"))
}
