//! Every kind of finding, at its file, line and column, with what to do about it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod fields;
mod groups;
mod shown;
mod values;
mod ways;
mod yaml;

use wotnot_emulator::flow::{Finding, check};

/// A flow of these blocks that starts at `a`; the first block is on line 4.
fn flow(blocks: &str) -> String {
    format!("bot: {{name: Test, key: test}}\nstart: a\nblocks:\n{blocks}")
}

fn findings(blocks: &str) -> Vec<Finding> {
    check("f.yaml", &flow(blocks)).findings
}

/// The only finding, as one line.
fn only(yaml: &str) -> String {
    let findings = check("f.yaml", yaml).findings;
    let [finding] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    finding.to_string()
}

fn in_blocks(blocks: &str) -> String {
    only(&flow(blocks))
}
