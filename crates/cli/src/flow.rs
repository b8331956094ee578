//! `wotnot flow`: checks and draws flow files. What is wrong with a flow is decided by the emulator's crate.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args as Arguments, Subcommand, ValueEnum};
use serde_json::json;
use wotnot_emulator::flow::{self, Checked, Colour, Finding, MAX_FILE_BYTES, Severity};

use crate::output::{self, complain, write};

/// Done, and something was found wrong.
const FOUND_WRONG: u8 = 1;
/// Not done: a file that cannot be read. Wrong arguments give the same number.
const NOT_DONE: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to complain about
  1  done, and something was found wrong
  2  not done: wrong arguments, or a file that cannot be read
  7  the output could not be written, as on a full disk";

#[derive(Arguments)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// Print JSON, for machines
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Who reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Human,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Find what is wrong with flow files: file, line and column, and what to do about it
    #[command(after_help = EXIT_CODES)]
    Check {
        /// The flow files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Draw a flow, on standard output
    #[command(after_help = EXIT_CODES)]
    Graph {
        /// The flow file
        file: PathBuf,
        /// What to draw it as
        #[arg(long, value_enum, default_value_t = Format::Mermaid)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A Mermaid flowchart, for Markdown
    Mermaid,
    /// A picture
    Svg,
}

pub fn run(args: Args) -> ExitCode {
    let output = if args.json {
        Output::Json
    } else {
        Output::Human
    };
    let done = match args.command {
        Command::Check { files } => check(&files, output),
        Command::Graph { file, format } => graph(&file, format, output),
    };
    output::end("flow", done.code, write(&done.text))
}

/// What there is to print, and what to end with.
struct Done {
    code: u8,
    text: String,
}

fn check(files: &[PathBuf], output: Output) -> Done {
    let mut code = 0;
    let mut reports = Vec::new();
    let mut findings = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match read(file) {
            Ok(text) => {
                let checked = flow::check(&name, &text);
                reports.push(json!({"file": name, "findings": checked.findings}));
                findings.extend(checked.findings);
            }
            Err(message) => {
                code = NOT_DONE;
                if output == Output::Human {
                    complain(format_args!("{name}: {message}"));
                }
                reports.push(json!({"file": name, "error": message, "findings": []}));
            }
        }
    }
    if !findings.is_empty() {
        code = code.max(FOUND_WRONG);
    }
    let text = match output {
        Output::Json => format!("{}\n", json!({"ok": code == 0, "files": reports})),
        Output::Human if code == 0 => format!("{}: nothing wrong\n", counted(files.len(), "file")),
        Output::Human => shown(&findings),
    };
    Done { code, text }
}

/// A flow that can be read is drawn; what keeps it from running is said too.
fn graph(file: &Path, format: Format, output: Output) -> Done {
    let name = file.display().to_string();
    let drawn = read(file).and_then(|text| match flow::check(&name, &text) {
        Checked {
            flow: Some(flow),
            findings,
        } => {
            let drawing = match format {
                Format::Mermaid => flow::mermaid(&flow),
                Format::Svg => flow::svg(&flow).map_err(|error| error.to_string())?,
            };
            let errors = findings.into_iter().filter(is_error).collect::<Vec<_>>();
            Ok((drawing, errors))
        }
        Checked { findings, .. } => {
            let first = findings
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            Err(format!("cannot be drawn before it can be read: {first}"))
        }
    });
    match (drawn, output) {
        (Ok((drawing, errors)), _) => {
            let code = if errors.is_empty() { 0 } else { FOUND_WRONG };
            let text = match output {
                Output::Human => {
                    errors.iter().for_each(complain);
                    drawing
                }
                Output::Json => {
                    let ok = errors.is_empty();
                    format!(
                        "{}\n",
                        json!({"ok": ok, "drawing": drawing, "findings": errors})
                    )
                }
            };
            Done { code, text }
        }
        (Err(message), Output::Human) => {
            complain(format_args!("{name}: {message}"));
            Done {
                code: NOT_DONE,
                text: String::new(),
            }
        }
        (Err(message), Output::Json) => Done {
            code: NOT_DONE,
            text: format!("{}\n", json!({"ok": false, "error": message})),
        },
    }
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

/// The text of a file, but never more than a flow may have: the limit is also one on memory.
fn read(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    // What a device gives has no size before it is read.
    File::open(file)
        .and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error: io::Error| error.to_string())?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!(
            "is too large: a flow has at most {MAX_FILE_BYTES} bytes"
        ));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}

fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&format!("{}\n\n", finding.render(Colour::Ansi)));
    }
    let errors = findings.iter().filter(|finding| is_error(finding)).count();
    let counts = [(errors, "error"), (findings.len() - errors, "warning")];
    let said: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
    if !said.is_empty() {
        text.push_str(&format!("{}\n", said.join(", ")));
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
