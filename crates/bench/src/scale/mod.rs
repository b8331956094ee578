//! From what was measured of one node to a million open streams: how many nodes, what a month costs, what is used up first,
//! and how readers come back when something is lost. It measures nothing itself, and fills `docs/scaling.md`.

mod client;
mod inputs;
mod plan;
mod storm;

use std::fmt::Write as _;

use self::client::Kind;
use self::inputs::{Assumed, FILE, Measured, Rules};
use self::plan::{Load, Plan, amount};
use self::storm::{Loss, Scenario};
use crate::page;
use crate::report::Pace;
use xtask::run::Result;

const COMMAND: &str = "`cargo xtask bench gateway-scale`";

/// What is lost, in the words of the page, and whose readers come back.
const LOSSES: [(&str, Loss, Kind); 6] = [
    ("the process of one node ends", Loss::Process, Kind::Page),
    ("one node is gone without a word", Loss::Machine, Kind::Page),
    ("one node drains, as in an upgrade", Loss::Drain, Kind::Page),
    (
        "all connections break, the nodes are there",
        Loss::Connections,
        Kind::Page,
    ),
    ("all nodes are gone, and back", Loss::Everything, Kind::Page),
    (
        "the same, and all readers are apps",
        Loss::Everything,
        Kind::App,
    ),
];

pub fn run(_: Pace) -> Result<()> {
    let (measured, assumed, rules) = (Measured::read()?, Assumed::read()?, Rules::read()?);
    let load = Load::of(&measured, &assumed, &rules)?;
    let plan = Plan::of(&measured, &assumed, &rules)?;
    page::write("scale-inputs", &inputs(&measured, &assumed, &rules, &load)?)?;
    page::write("scale-nodes", &format!("{COMMAND}\n\n{}", plan.needs()))?;
    page::write("scale-breaks", &format!("{COMMAND}\n\n{}", plan.breaks()))?;
    let prices = format!(
        "{}; {}",
        assumed.text("/prices/cloud")?,
        assumed.text("/prices/as_of")?
    );
    page::write(
        "scale-costs",
        &format!("{COMMAND}. {prices}.\n\n{}", plan.costs(&assumed)?),
    )?;
    page::write("scale-storms", &storms(&plan, &assumed, &rules)?)
}

fn inputs(measured: &Measured, assumed: &Assumed, rules: &Rules, load: &Load) -> Result<String> {
    let mut table = format!("{COMMAND}\n\n| what | figure | from |\n| --- | ---: | --- |\n");
    let memory = "`cargo xtask bench gateway-memory`";
    let processor = "`cargo xtask bench gateway-cpu`";
    let changed = format!("`{FILE}`");
    let number = |place: &str| assumed.number(place);
    let rows = [
        ("KB of the process for a stream", measured.stream_kb, memory),
        (
            "KB of the kernel for a stream, half of both ends",
            measured.kernel_kb,
            memory,
        ),
        (
            "µs of a core for a quiet stream, each second",
            measured.quiet_us,
            processor,
        ),
        ("µs of a core for an event", measured.event_us, processor),
        (
            "µs of a core for a visitor's message",
            measured.message_us,
            processor,
        ),
        (
            "µs of a core for a stream that opens",
            measured.opening_us,
            processor,
        ),
        ("s that a stream lives", rules.life_ms / 1e3, "`sse.rs`"),
        (
            "file handles of a process",
            rules.handles,
            "`deploy/wotnot-gateway.service`",
        ),
        (
            "calls to the vendor that one process makes at one time",
            rules.at_once,
            "`config/mod.rs`",
        ),
        (
            "streams that are open",
            number("/assumed/streams")?,
            &changed,
        ),
        (
            "messages of a visitor, a minute",
            number("/assumed/messages_a_stream_a_minute")?,
            &changed,
        ),
        (
            "events for each of them",
            number("/assumed/events_a_message")?,
            &changed,
        ),
        (
            "ms that a call to the vendor takes",
            number("/assumed/vendor_call_ms")?,
            &changed,
        ),
        ("cores of a node", number("/node/cores")?, &changed),
        (
            "GB of memory of a node",
            number("/node/memory_gb")?,
            &changed,
        ),
        ("messages a second, of all", load.messages, "reckoned"),
        ("events a second, of all", load.events, "reckoned"),
        (
            "streams that open a second, because one before came to its end",
            load.openings,
            "reckoned",
        ),
    ];
    for (what, figure, from) in rows {
        let _ = writeln!(table, "| {what} | {} | {from} |", amount(figure));
    }
    Ok(table)
}

fn storms(plan: &Plan, assumed: &Assumed, rules: &Rules) -> Result<String> {
    let down_ms = assumed.number("/assumed/down_ms")?;
    let notices_ms = assumed.number("/assumed/balancer_notices_ms")?;
    let mut table = "| what is lost | readers | half live after s | 99 % | all | calls a reader | nobody there | too late | calls to one node in its busiest second |\n\
                     | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for (what, loss, kind) in LOSSES {
        let found = storm::run(
            &Scenario {
                loss,
                kind,
                readers: assumed.number("/assumed/streams")? as usize,
                nodes: plan.nodes,
                opening_ms: plan.opening_ms,
                round_trip_ms: assumed.number("/assumed/round_trip_ms")?,
                balancer_notices_ms: notices_ms,
                down_ms,
            },
            rules,
        );
        let _ = writeln!(
            table,
            "| {what} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} | {} |",
            amount(found.readers as f64),
            time(found.p50_s),
            time(found.p99_s),
            time(found.last_s),
            found.calls,
            found.refused,
            found.late,
            amount(found.busiest as f64)
        );
    }
    Ok(format!(
        "{COMMAND}, with {} nodes. Each reader, each call and each node is simulated, with a fixed seed. A node opens a stream in {:.3} ms beside all else that it does. \
         The balancer sends readers to a node that is gone for {:.0} s more; all nodes are gone for {:.0} s.\n\n{table}",
        plan.nodes,
        plan.opening_ms,
        notices_ms / 1e3,
        down_ms / 1e3
    ))
}

/// Seconds; what did not happen took no time.
fn time(seconds: f64) -> String {
    match seconds.is_finite() {
        true => format!("{seconds:.1}"),
        false => "never".into(),
    }
}
