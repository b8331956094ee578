//! The npm package against undici, node:http, fetch, axios and a bare socket, in turns.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::report::{self, median};
use super::server;
use crate::build::Profile;
use crate::run::{Result, command, output, root, scratch};
use crate::suites::node::{Contents, Package, application, link_packages};

const CALLS: &str = "4000";
const ROUNDS: &str = "11";
const STARTS: usize = 15;
const SUBJECTS: [&str; 6] = [
    "net.Socket",
    "wotnot",
    "undici",
    "node:http",
    "fetch",
    "axios",
];

/// What one subject did in one round.
struct Run {
    subject: String,
    in_flight: u64,
    numbers: Value,
}

impl Run {
    fn number(&self, name: &str) -> f64 {
        self.numbers[name].as_f64().unwrap_or_default()
    }
}

pub fn run() -> Result<()> {
    let out = scratch("bench-node")?;
    let package = Package::build(Profile::Release)?;
    let tarball = package.pack(&out.join("packed"), Contents::WithAddon)?;
    let size = fs::metadata(package.addon())
        .map_err(|error| error.to_string())?
        .len();
    let app = application(&out.join("app"), &[&tarball])?;
    link_packages(&app, &["undici", "axios"])?;
    for script in ["node.mjs", "first.mjs"] {
        let from = root().join("crates/xtask/src/bench").join(script);
        fs::copy(&from, app.join(script)).map_err(|error| error.to_string())?;
    }
    let url = format!("http://{}", server::start()?);
    let text = output(
        command("node")
            .current_dir(&app)
            .args(["node.mjs", &url, CALLS, ROUNDS]),
    )?;
    let runs: Vec<Run> = text.lines().map(read).collect::<Result<_>>()?;
    let version = output(command("node").arg("--version"))?;
    let mut page = format!(
        "`cargo xtask bench node`, {}, Node {}. {ROUNDS} rounds in turns, {CALLS} calls each, keep-alive on \
         loopback; medians over the rounds, ratios taken round by round. Loop CPU is that of the \
         event loop's thread, CPU that of the whole process.\n\n",
        report::machine(),
        version.trim()
    );
    for in_flight in [1, 8] {
        table(&mut page, &runs, in_flight);
    }
    let (own, undici) = first_answers(&app, &url)?;
    let _ = writeln!(
        page,
        "From `require` to the first answer, {STARTS} processes each in turns: wotnot {own:.1} ms, undici \
         {undici:.1} ms ({:.2} times). The addon, stripped: {:.2} MB.",
        own / undici,
        size as f64 / 1e6
    );
    report::write("node", &page)
}

fn read(line: &str) -> Result<Run> {
    let numbers: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    Ok(Run {
        subject: numbers["subject"].as_str().unwrap_or_default().to_owned(),
        in_flight: numbers["in_flight"].as_u64().unwrap_or_default(),
        numbers,
    })
}

fn table(page: &mut String, runs: &[Run], in_flight: u64) {
    let _ = writeln!(
        page,
        "| {in_flight} in flight | calls/s | p50 µs | p99 µs | loop CPU µs a call | CPU µs a call | loop delay p99 µs | wotnot's rate against it |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    let of = |name: &str| -> Vec<&Run> {
        runs.iter()
            .filter(|run| run.subject == name && run.in_flight == in_flight)
            .collect()
    };
    let own = of("wotnot");
    for subject in SUBJECTS {
        let theirs = of(subject);
        let middle = |name: &str| median(theirs.iter().map(|run| run.number(name)));
        let ratio = median(
            own.iter()
                .zip(&theirs)
                .map(|(own, their)| own.number("rate") / their.number("rate")),
        );
        let _ = writeln!(
            page,
            "| {subject} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {:.0} | {ratio:.2} |",
            middle("rate"),
            middle("p50_us"),
            middle("p99_us"),
            middle("loop_cpu_us"),
            middle("cpu_us"),
            middle("delay_p99_us"),
        );
    }
    page.push('\n');
}

/// The medians for wotnot and undici, in milliseconds.
fn first_answers(app: &Path, url: &str) -> Result<(f64, f64)> {
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
    for _ in 0..STARTS {
        own.push(first("wotnot")?);
        undici.push(first("undici")?);
    }
    Ok((median(own), median(undici)))
}
