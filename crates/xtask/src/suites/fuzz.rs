//! The fuzz targets: they build, and each runs for a bounded time from a corpus of real inputs.
//!
//! `WOTNOT_FUZZ_SECONDS` gives each target more than the few seconds of a test run.

use std::path::Path;

use super::Tally;
use crate::run::{Result, cargo, check, command, has_cargo, root, scratch, target};

/// A target, and the files that seed its corpus.
const TARGETS: [(&str, &str, &str); 6] = [
    ("flow_parse", "flows", "yaml"),
    ("emulator_request", "tests/vectors", "json"),
    ("json_call", "tests/vectors", "json"),
    ("webhook", "tests/vectors", "json"),
    ("config", "tests/vectors", "json"),
    ("html_to_text", "docs", "md"),
];

const SECONDS: &str = "10";

pub fn run() -> Result<Tally> {
    if !has_cargo("fuzz") {
        println!("installing cargo-fuzz");
        check(cargo().args(["install", "--quiet", "--locked", "cargo-fuzz"]))?;
    }
    let mut tally = Tally::default();
    let built = fuzz(&["build"]);
    let is_built = built.is_ok();
    tally.note("the fuzz targets build", built);
    if !is_built {
        return Ok(tally);
    }
    let seconds = std::env::var("WOTNOT_FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    for (name, folder, extension) in TARGETS {
        let corpus = scratch(&format!("corpus-{name}"))?;
        seed(name, folder, extension, &corpus)?;
        let outcome = fuzz(&[
            "run",
            name,
            &corpus.to_string_lossy(),
            "--",
            &format!("-max_total_time={seconds}"),
            "-timeout=20",
            "-rss_limit_mb=2048",
            "-verbosity=0",
            "-print_funcs=0",
        ]);
        tally.note(&format!("{name} finds nothing in {seconds} s"), outcome);
    }
    Ok(tally)
}

fn fuzz(arguments: &[&str]) -> Result<()> {
    let (verb, rest) = arguments.split_first().ok_or("no verb")?;
    check(
        command("cargo")
            .args([
                "+nightly",
                "fuzz",
                verb,
                "--fuzz-dir",
                "tests/fuzz",
                "--target-dir",
            ])
            .arg(target().join("fuzz"))
            .args(rest),
    )
}

fn seed(name: &str, folder: &str, extension: &str, corpus: &Path) -> Result<()> {
    let files = std::fs::read_dir(root().join(folder)).map_err(|error| error.to_string())?;
    for file in files.flatten() {
        let path = file.path();
        if path.extension().is_some_and(|found| found == extension) {
            let mut bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
            if name == "json_call" {
                bytes.insert(0, 0);
            }
            std::fs::write(corpus.join(file.file_name()), bytes)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
