//! The Rust crates: format, lints, tests and documentation examples.

use super::Tally;
use super::secrets::MarkedVectors;
use crate::run::{Result, captured, cargo, check, need, scratch};

pub fn run() -> Result<Tally> {
    // The commands of docs/gateway.md.
    need("curl", "curl")?;
    // They stand in front of the gateway in its tests.
    need("nginx", "nginx-light")?;
    need("haproxy", "haproxy")?;
    let mut tally = Tally::default();
    tally.note(
        "cargo fmt",
        check(cargo().args(["fmt", "--all", "--check"])),
    );
    tally.note(
        "cargo clippy",
        check(cargo().args(["clippy", "--all-targets", "--", "-D", "warnings"])),
    );
    tally.note(
        "the core builds without the listener",
        check(cargo().args(["check", "--package", "wotnot-core", "--no-default-features"])),
    );
    for arguments in [
        ["test", "--no-fail-fast"].as_slice(),
        &[
            "test",
            "--package",
            "wotnot-json",
            "--features",
            "schema",
            "--test",
            "configuration",
            "--test",
            "schema",
        ],
    ] {
        let (text, success) = captured(cargo().args(arguments))?;
        print!("{text}");
        let counted = count(&text);
        tally.add(counted);
        if !success && counted.failed == 0 {
            tally.note("cargo test", Err("ended with a failure of its own".into()));
        }
    }
    let watch = MarkedVectors::new(scratch("rust-secrets")?)?;
    watch.check(
        &mut tally,
        "Rust",
        cargo()
            .args(["test", "--package", "wotnot-json", "--test", "vectors"])
            .args(["--", "--nocapture"])
            .env("WOTNOT_VECTORS", watch.folder()),
    );
    Ok(tally)
}

/// Adds up the lines `test result: ok. 3 passed; 0 failed; ...`.
pub fn count(text: &str) -> Tally {
    let mut tally = Tally::default();
    for line in text.lines().filter(|line| line.starts_with("test result:")) {
        let number = |word: &str| {
            line.split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        tally.add(Tally {
            passed: number("passed"),
            failed: number("failed"),
        });
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_line_counts() {
        let text = "test a ... ok\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n\
                    test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured\n";
        let expected = Tally {
            passed: 5,
            failed: 1,
        };
        assert_eq!(count(text), expected);
    }
}
