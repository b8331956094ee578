//! The package for the JVM against the JDK's own HTTP clients and a bare socket, in turns.

use crate::page;
use crate::report::{self, Pace};
use crate::runs::Runs;
use crate::server;
use xtask::build::{self, Profile};
use xtask::dist::jvm;
use xtask::run::{Result, check, command, output, scratch};

const ROUNDS: usize = 7;
/// A round's calls, shared out over its threads.
const CALLS: &str = "8000";
const THREADS: [u64; 2] = [1, 8];
const COLUMNS: [(&str, &str, usize); 4] = [
    ("calls/s", "rate", 0),
    ("p50 µs", "p50_us", 1),
    ("p99 µs", "p99_us", 1),
    ("CPU µs a call", "cpu_us", 1),
];

pub fn run(pace: Pace) -> Result<()> {
    let class_path = class_path("bench-java", Profile::Release)?;
    let rounds = pace.rounds(ROUNDS);
    let url = format!("http://{}", server::start()?);
    let runs = Runs::of(
        command("java")
            .args(["-cp", &class_path, "crates/bench/programs/Throughput.java"])
            .args([&url, CALLS, &rounds.to_string()])
            .args(THREADS.map(|threads| threads.to_string())),
    )?;
    let version = output(command("java").arg("--version"))?;
    let mut text = format!(
        "{} {}. {rounds} rounds in turns after one that is not counted, {CALLS} calls a round, shared out over the \
         threads; keep-alive on loopback, a deadline of 30 s in force (the bare socket has none); every subject reads \
         the answer's JSON with the same parser. Medians over the rounds, ratios taken round by round. The threads \
         share one `WotnotClient`, or one `HttpClient`. CPU is that of the whole JVM.\n\n",
        report::made_by("java", pace),
        version.lines().next().unwrap_or_default()
    );
    text += &report::rates(
        "java",
        "Calls a second from Java",
        &runs,
        ("threads", &THREADS),
        &COLUMNS,
    )?;
    page::write("java", &text)
}

/// The package's jar, with the library of this profile, and what it depends on, in a scratch folder.
pub fn class_path(folder: &str, profile: Profile) -> Result<String> {
    let out = scratch(folder)?;
    let library = out.join("libwotnot.so");
    let built = build::library(profile)?.join("libwotnot.so");
    check(command("strip").arg("-o").args([&library, &built]))?;
    let [jar, ..] = jvm::pack(&library)?;
    check(jvm::maven().args([
        "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies",
        "-DincludeScope=runtime",
        &format!("-DoutputDirectory={}", out.display()),
    ]))?;
    Ok(format!("{}:{}/*", jar.display(), out.display()))
}
