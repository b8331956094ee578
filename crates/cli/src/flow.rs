//! `wotnot flow`: checks and draws flow files. What is wrong with a flow is decided by the emulator's crate.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args as Arguments, Subcommand, ValueEnum};
use serde_json::json;
use wotnot_emulator::flow::{self, Checked, Colour, Finding, MAX_FILE_BYTES, Severity};

/// Done, and something was found wrong.
const FOUND_WRONG: u8 = 1;
/// Not done: a file that cannot be read. Wrong arguments give the same number.
const NOT_DONE: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to complain about
  1  done, and something was found wrong
  2  not done: wrong arguments, or a file that cannot be read";

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
    let code = match args.command {
        Command::Check { files } => check(&files, output),
        Command::Graph { file, format } => graph(&file, format, output),
    };
    // A reader that has gone away, such as `head`, is no failure of ours.
    code.map_or(ExitCode::SUCCESS, ExitCode::from)
}

fn check(files: &[PathBuf], output: Output) -> io::Result<u8> {
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
                    eprintln!("{name}: {message}");
                }
                reports.push(json!({"file": name, "error": message, "findings": []}));
            }
        }
    }
    if !findings.is_empty() {
        code = code.max(FOUND_WRONG);
    }
    match output {
        Output::Json => print(&format!("{}\n", json!({"ok": code == 0, "files": reports})))?,
        Output::Human => {
            show(&findings)?;
            if code == 0 {
                print(&format!(
                    "{}: nothing wrong\n",
                    counted(files.len(), "file")
                ))?;
            }
        }
    }
    Ok(code)
}

fn graph(file: &Path, format: Format, output: Output) -> io::Result<u8> {
    let name = file.display().to_string();
    let drawn = read(file).and_then(|text| match flow::check(&name, &text) {
        Checked {
            flow: Some(flow), ..
        } => match format {
            Format::Mermaid => Ok(flow::mermaid(&flow)),
            Format::Svg => flow::svg(&flow).map_err(|error| error.to_string()),
        },
        Checked { findings, .. } => {
            let first = findings
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            Err(format!("cannot be drawn before it can be read: {first}"))
        }
    });
    match (drawn, output) {
        (Ok(drawing), Output::Human) => print(&drawing)?,
        (Ok(drawing), Output::Json) => {
            print(&format!("{}\n", json!({"ok": true, "drawing": drawing})))?
        }
        (Err(message), Output::Human) => {
            eprintln!("{name}: {message}");
            return Ok(NOT_DONE);
        }
        (Err(message), Output::Json) => {
            print(&format!("{}\n", json!({"ok": false, "error": message})))?;
            return Ok(NOT_DONE);
        }
    }
    Ok(0)
}

/// The text of a file, but never more than a flow may have: the limit is also one on memory.
fn read(file: &Path) -> Result<String, String> {
    let size = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if size > MAX_FILE_BYTES as u64 {
        return Err(format!(
            "has {size} bytes: a flow has at most {MAX_FILE_BYTES}"
        ));
    }
    fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    })
}

fn show(findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        print(&format!("{}\n\n", finding.render(Colour::Ansi)))?;
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let counts = [(errors, "error"), (findings.len() - errors, "warning")];
    let said: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
    if !said.is_empty() {
        print(&format!("{}\n", said.join(", ")))?;
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Colours go to a terminal only.
fn print(text: &str) -> io::Result<()> {
    anstream::stdout().lock().write_all(text.as_bytes())
}
