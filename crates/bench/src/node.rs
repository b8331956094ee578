//! The npm package against undici, node:http, fetch, axios and a bare socket, in turns.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::page;
use crate::report::{self, Pace};
use crate::runs::{Runs, median};
use crate::server;
use xtask::build::Profile;
use xtask::npm::{Contents, Package, application, link_packages};
use xtask::run::{Result, command, output, root, scratch};

const CALLS: &str = "4000";
const ROUNDS: usize = 7;
const STARTS: usize = 15;
const IN_FLIGHT: [u64; 2] = [1, 8];
const COLUMNS: [(&str, &str, usize); 6] = [
    ("calls/s", "rate", 0),
    ("p50 µs", "p50_us", 1),
    ("p99 µs", "p99_us", 1),
    ("loop CPU µs a call", "loop_cpu_us", 1),
    ("CPU µs a call", "cpu_us", 1),
    ("loop delay p99 µs", "delay_p99_us", 0),
];

pub fn run(pace: Pace) -> Result<()> {
    let out = scratch("bench-node")?;
    let package = Package::build(Profile::Release)?;
    let tarball = package.pack(&out.join("packed"), Contents::WithAddon)?;
    let size = fs::metadata(package.addon())
        .map_err(|error| error.to_string())?
        .len();
    let app = application(&out.join("app"), &[&tarball])?;
    link_packages(&app, &["undici", "axios"])?;
    for script in ["node.mjs", "first.mjs"] {
        let from = root().join("crates/bench/programs").join(script);
        fs::copy(&from, app.join(script)).map_err(|error| error.to_string())?;
    }
    let url = format!("http://{}", server::start()?);
    let rounds = pace.rounds(ROUNDS);
    let runs = Runs::of(command("node").current_dir(&app).args([
        "node.mjs",
        &url,
        CALLS,
        &rounds.to_string(),
    ]))?;
    let version = output(command("node").arg("--version"))?;
    let mut page = format!(
        "{} Node {}. {rounds} rounds in turns, {CALLS} calls each, keep-alive on \
         loopback; medians over the rounds, ratios taken round by round. Loop CPU is that of the \
         event loop's thread, CPU that of the whole process.\n\n",
        report::made_by("node", pace),
        version.trim()
    );
    page += &report::rates(
        "node",
        "Calls a second from Node",
        &runs,
        ("in_flight", &IN_FLIGHT),
        &COLUMNS,
    )?;
    let (own, undici) = first_answers(&app, &url, pace.rounds(STARTS))?;
    let _ = writeln!(
        page,
        "From `require` to the first answer, {} processes each in turns: wotnot {own:.1} ms, undici \
         {undici:.1} ms ({:.2} times). The addon, stripped: {:.2} MB.",
        pace.rounds(STARTS),
        own / undici,
        size as f64 / 1e6
    );
    page::write("node", &page)
}

/// The medians for wotnot and undici, in milliseconds.
fn first_answers(app: &Path, url: &str, starts: usize) -> Result<(f64, f64)> {
    let first = |subject: &str| -> Result<f64> {
        let text = output(
            command("node")
                .current_dir(app)
                .args(["first.mjs", subject, url]),
        )?;
        text.trim()
            .parse()
            .map_err(|_| format!("first.mjs {subject}: {text}"))
    };
    let mut own = Vec::new();
    let mut undici = Vec::new();
    for _ in 0..starts {
        own.push(first("wotnot")?);
        undici.push(first("undici")?);
    }
    Ok((median(own), median(undici)))
}
