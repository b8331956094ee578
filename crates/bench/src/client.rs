//! One send call through the built C library, against raw TCP and libcurl, in turns and over threads.

use std::fmt::Write;

use crate::page;
use crate::plot;
use crate::program::Program;
use crate::report::{self, Pace};
use crate::runs::Runs;
use crate::server;
use xtask::run::Result;

const ROUNDS: usize = 9;
/// A round's calls, shared out over its threads.
const CALLS: usize = 8000;
const THREADS: [u64; 5] = [1, 2, 4, 8, 16];
const TLS_THREADS: [u64; 2] = [1, 8];

pub fn run(pace: Pace) -> Result<()> {
    let program = Program::build("client", pace)?;
    let (rounds, calls) = (pace.rounds(ROUNDS), pace.amount(CALLS));
    let measure = |url: &str, port: u16, ca: &str, threads: &[u64]| {
        let mut run = program.run();
        run.args([
            url,
            &port.to_string(),
            ca,
            &rounds.to_string(),
            &calls.to_string(),
        ]);
        Runs::of(run.args(threads.iter().map(u64::to_string)))
    };
    let plain = server::start()?;
    let http = measure(&format!("http://{plain}"), plain.port(), "", &THREADS)?;
    let (secure, pem) = server::start_tls()?;
    let url = format!("https://localhost:{}", secure.port());
    let ca = program.keep("ca.pem", &pem)?;
    let https = measure(&url, secure.port(), &ca, &TLS_THREADS)?;

    let mut text = format!(
        "{} {rounds} rounds in turns, {calls} calls a round, shared out over the threads; keep-alive on \
         loopback, a deadline of 30 s in force; medians over the rounds, ratios taken round by round. \
         The server shares the cores. CPU is that of the calling process.\n\n",
        report::made_by("client", pace)
    );
    text += &scaling(&http)?;
    table(&mut text, "HTTP", &http, &THREADS, &["curl", "raw"]);
    table(&mut text, "TLS 1.3", &https, &TLS_THREADS, &["curl"]);
    page::write("client", &text)
}

fn scaling(runs: &Runs) -> Result<String> {
    let series: Vec<(&str, Vec<f64>)> = ["wotnot", "curl", "raw"]
        .into_iter()
        .map(|subject| {
            let rates =
                THREADS.map(|threads| runs.with("threads", threads).median(subject, "rate"));
            (subject, rates.to_vec())
        })
        .collect();
    plot::lines(
        "client",
        "Calls a second over HTTP, by threads",
        "threads",
        &THREADS,
        &series,
    )
}

fn table(text: &mut String, title: &str, runs: &Runs, threads: &[u64], against: &[&str]) {
    let columns: String = against
        .iter()
        .map(|other| format!(" rate against {other} | p50 against {other} |"))
        .collect();
    let _ = writeln!(
        text,
        "| {title} | threads | calls/s | p50 µs | p99 µs | CPU µs a call |{columns}\n\
         | --- | ---: | ---: | ---: | ---: | ---: |{}",
        " ---: | ---: |".repeat(against.len())
    );
    for &threads in threads {
        let runs = runs.with("threads", threads);
        for subject in runs.subjects() {
            let middle = |field| runs.median(subject, field);
            let ratios: String = against
                .iter()
                .map(|other| {
                    let ratio = |field| runs.ratio(subject, other, field);
                    format!(" {:.2} | {:.2} |", ratio("rate"), ratio("p50_us"))
                })
                .collect();
            let _ = writeln!(
                text,
                "| {subject} | {threads} | {:.0} | {:.1} | {:.1} | {:.1} |{ratios}",
                middle("rate"),
                middle("p50_us"),
                middle("p99_us"),
                middle("cpu_us"),
            );
        }
    }
    text.push('\n');
}
