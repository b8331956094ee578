//! Flow files: the bot as a YAML file becomes types, or findings that say where it is wrong.
//! Running a flow is the engine's business; nothing here talks to a visitor.

mod check;
mod decode;
mod fault;
mod finding;
mod graph;
mod model;
mod parse;
mod report;
mod schema;
mod source;
mod yaml;

pub use check::{Checked, check, check_among};
pub use finding::{Code, Colour, Finding, Severity};
pub use graph::{Direction, MAX_DRAWN, TooLargeToDraw, mermaid, mermaid_in, svg, svg_in};
pub(crate) use model::TRIGGER;
pub use model::*;
pub use schema::schema;

/// The largest flow file, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// How deep lists and mappings may lie in each other; a real flow needs seven.
pub const MAX_DEPTH: usize = 24;
/// The most keys, values, lists and mappings in one file.
pub const MAX_NODES: usize = 1_000_000;
/// The most blocks in one flow.
pub const MAX_BLOCKS: usize = 20_000;
/// The most regular expressions in one flow: each may take half a megabyte.
pub const MAX_PATTERNS: usize = 200;
/// The most findings of one file; the rest would say nothing new.
pub const MAX_FINDINGS: usize = 200;

/// The text of a file's bytes.
///
/// # Errors
/// Where it is not UTF-8, and what to do.
pub fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let bad = error.utf8_error().valid_up_to();
        let good = error.as_bytes().get(..bad).unwrap_or_default();
        let text = String::from_utf8_lossy(good);
        let line = text.matches('\n').count() + 1;
        let before = text.rsplit('\n').next().unwrap_or_default();
        let column = before.chars().count() + 1;
        format!("line {line}, column {column} is not UTF-8 text: save the file as UTF-8")
    })
}

impl Flow {
    /// Reads a flow that can run. `name` is what findings call the file.
    ///
    /// # Errors
    /// All findings, warnings too, when any of them is an error.
    pub fn parse(name: &str, yaml: &str) -> Result<Self, Vec<Finding>> {
        Self::parse_with_warnings(name, yaml).map(|(flow, _)| flow)
    }

    /// The same, with the warnings of a flow that can run.
    pub(crate) fn parse_with_warnings(
        name: &str,
        yaml: &str,
    ) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let Checked { flow, findings } = check(name, yaml);
        let runs = findings
            .iter()
            .all(|finding| finding.severity == Severity::Warning);
        match flow {
            Some(flow) if runs => Ok((flow, findings)),
            _ => Err(findings),
        }
    }
}
