//! One send call through the built C library, against raw TCP and libcurl, in turns.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::report::{self, median};
use super::server;
use crate::build::{self, Profile};
use crate::run::{Result, apt_install, check, command, has, need, output, scratch};

const THREADS: &str = "8";
const CALLS: &str = "3000";
const ROUNDS: &str = "15";

/// What one subject did in one round.
struct Run {
    subject: String,
    threads: u64,
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

pub fn run() -> Result<()> {
    need("gcc", "gcc")?;
    if !has("curl-config") {
        apt_install(&["libcurl4-openssl-dev"])?;
    }
    let out = scratch("bench-client")?;
    let program = compile(&out)?;
    let plain = server::start()?;
    let (secure, pem) = server::start_tls()?;
    let ca = out.join("ca.pem");
    std::fs::write(&ca, pem).map_err(|error| error.to_string())?;

    let http = measure(&program, &out, &format!("http://{plain}"), plain.port(), "")?;
    let https = measure(
        &program,
        &out,
        &format!("https://localhost:{}", secure.port()),
        secure.port(),
        &ca.to_string_lossy(),
    )?;
    let mut text = format!(
        "`cargo xtask bench client`, {}. {ROUNDS} rounds in turns, {CALLS} calls a thread and round, \
         keep-alive on loopback, a deadline of 30 s in force; medians over the rounds, ratios taken \
         round by round. CPU is that of the calling process.\n\n",
        report::machine()
    );
    table(&mut text, "HTTP", &http, "raw");
    table(&mut text, "TLS 1.3", &https, "curl");
    report::write("client", &text)
}

fn compile(out: &Path) -> Result<PathBuf> {
    let library = build::library(Profile::Release)?;
    let from = library.join("libwotnot.so");
    std::fs::copy(&from, out.join("libwotnot.so.1")).map_err(|error| error.to_string())?;
    let program = out.join("client");
    check(
        command("gcc")
            .args([
                "-std=c99",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Iinclude",
            ])
            .arg("crates/xtask/src/bench/client.c")
            .arg("-o")
            .arg(&program)
            .arg("-L")
            .arg(&library)
            .args(["-lwotnot", "-lcurl", "-lpthread"]),
    )?;
    Ok(program)
}

fn measure(program: &Path, library: &Path, url: &str, port: u16, ca: &str) -> Result<Vec<Run>> {
    let text = output(command(program).env("LD_LIBRARY_PATH", library).args([
        url,
        &port.to_string(),
        ca,
        THREADS,
        CALLS,
        ROUNDS,
    ]))?;
    text.lines()
        .map(|line| {
            let run: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let number = |name: &str| run[name].as_f64().unwrap_or_default();
            Ok(Run {
                subject: run["subject"].as_str().unwrap_or_default().to_owned(),
                threads: run["threads"].as_u64().unwrap_or_default(),
                rate: number("rate"),
                p50: number("p50_us"),
                p99: number("p99_us"),
                cpu: number("cpu_us"),
            })
        })
        .collect()
}

fn table(text: &mut String, title: &str, runs: &[Run], limit: &str) {
    let _ = writeln!(
        text,
        "| {title} | threads | calls/s | p50 µs | p99 µs | CPU µs a call | rate against {limit} | rate against curl | p50 against {limit} |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for threads in [1, 8] {
        for subject in ["raw", "curl", "wotnot"] {
            let of = |name: &str| -> Vec<&Run> {
                runs.iter()
                    .filter(|run| run.subject == name && run.threads == threads)
                    .collect()
            };
            let mine = of(subject);
            if mine.is_empty() {
                continue;
            }
            let middle = |value: fn(&Run) -> f64| median(mine.iter().map(|run| value(run)));
            let against = |name: &str, value: fn(&Run) -> f64| {
                median(
                    mine.iter()
                        .zip(of(name))
                        .map(|(run, other)| value(run) / value(other)),
                )
            };
            let _ = writeln!(
                text,
                "| {subject} | {threads} | {:.0} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} |",
                middle(|run| run.rate),
                middle(|run| run.p50),
                middle(|run| run.p99),
                middle(|run| run.cpu),
                against(limit, |run| run.rate),
                against("curl", |run| run.rate),
                against(limit, |run| run.p50),
            );
        }
    }
    text.push('\n');
}
