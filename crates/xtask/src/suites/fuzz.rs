//! The fuzz targets: they build, and each runs for a bounded time from a corpus of real inputs.
//!
//! `WOTNOT_FUZZ_SECONDS` gives each target more than the few seconds of a test run, and
//! `WOTNOT_FUZZ_TARGET` names the only one to run. Neither cargo-fuzz nor a nightly compiler is needed.

use std::path::{Path, PathBuf};

use wotnot_conformance::write_seeds;

use super::Tally;
use crate::run::{Result, cargo, check, command, host, root, scratch, target};

/// One for each reader of input from outside.
const TARGETS: [&str; 13] = [
    "json_call",
    "answer",
    "webhook",
    "listener",
    "flow_parse",
    "html_to_text",
    "emulator_request",
    "config",
    "gateway_token",
    "gateway_cursor",
    "gateway_message",
    "gateway_config",
    "gateway_event",
];

const SECONDS: &str = "5";

/// How long one input may take, in seconds.
const TIMEOUT: &str = "-timeout=60";

/// What cargo-fuzz gives the compiler: AddressSanitizer, and the coverage that libFuzzer follows.
const FLAGS: [&str; 8] = [
    "--cfg=fuzzing",
    "-Zsanitizer=address",
    "-Cdebug-assertions",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

pub fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    let triple = host()?;
    let built = build(&triple);
    let is_built = built.is_ok();
    tally.note("the fuzz targets build", built);
    if !is_built {
        return Ok(tally);
    }
    let seconds = std::env::var("WOTNOT_FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let only = std::env::var("WOTNOT_FUZZ_TARGET").ok();
    let programs = target().join("fuzz").join(triple).join("release");
    for name in TARGETS {
        if only.as_ref().is_none_or(|only| only == name) {
            let outcome = fuzz(name, &programs, &seconds);
            tally.note(&format!("{name} finds nothing in {seconds} s"), outcome);
        }
    }
    Ok(tally)
}

/// A triple given by name keeps the flags away from build scripts and macros.
fn build(triple: &str) -> Result<()> {
    check(
        cargo()
            .args([
                "build",
                "--locked",
                "--release",
                "--bins",
                "--target",
                triple,
            ])
            .arg("--manifest-path")
            .arg(root().join("tests/fuzz/Cargo.toml"))
            .arg("--target-dir")
            .arg(target().join("fuzz"))
            .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"))
            // Sanitizers are unstable in name; the stable compiler has them on board.
            .env("RUSTC_BOOTSTRAP", "1"),
    )
}

fn fuzz(name: &str, programs: &Path, seconds: &str) -> Result<()> {
    let place = scratch(&format!("fuzz-{name}"))?;
    let corpus = place.join("corpus");
    crate::run::make_folder(&corpus)?;
    write_seeds(name, &root(), &corpus)?;
    let found = check(
        command(programs.join(name))
            .arg(&corpus)
            .arg(format!("-artifact_prefix={}/", place.display()))
            .arg(format!("-max_total_time={seconds}"))
            .args([TIMEOUT, "-rss_limit_mb=2048", "-max_len=65536"])
            .arg("-print_final_stats=1")
            .args(["-verbosity=0", "-print_funcs=0"]),
    );
    match (found, slow_input(&place)?) {
        // libFuzzer goes by the clock on the wall: a machine that was halted, or whose clock was set,
        // looks like a slow input. A slow input is slow again.
        (Err(_), Some(input)) => check(command(programs.join(name)).arg(input).arg(TIMEOUT)),
        (found, _) => found,
    }
}

/// The input that took too long, where one did.
fn slow_input(place: &Path) -> Result<Option<PathBuf>> {
    let entries = std::fs::read_dir(place).map_err(|error| error.to_string())?;
    Ok(entries.flatten().map(|entry| entry.path()).find(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("timeout-"))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_input_is_no_other_finding() {
        let place = scratch("fuzz-slow-input").unwrap();
        std::fs::write(place.join("crash-1"), "").unwrap();
        assert_eq!(slow_input(&place), Ok(None));
        let slow = place.join("timeout-2");
        std::fs::write(&slow, "").unwrap();
        assert_eq!(slow_input(&place), Ok(Some(slow)));
    }
}
