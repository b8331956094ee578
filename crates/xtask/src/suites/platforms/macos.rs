//! macOS, as far as it can be checked without one: by the compiler.

use super::tools::Tools;
use crate::run::{Result, check};
use crate::suites::Tally;

const TRIPLE: &str = "aarch64-apple-darwin";

pub fn run() -> Result<Tally> {
    let tools = Tools::new(TRIPLE)?;
    let mut zig = tools.command("cargo-zigbuild");
    zig.args(["check", "--workspace", "--all-targets", "--target", TRIPLE]);
    let mut tally = Tally::default();
    tally.note(
        &format!("every crate, with its tests, compiles for {TRIPLE}"),
        check(&mut zig),
    );
    Ok(tally)
}
