//! `wotnot flow`: makes, checks, draws and tests flow files. What is wrong with a flow is decided by the emulator's crate.

mod bots;
mod new;
mod test;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args as Arguments, Subcommand, ValueEnum};
use serde_json::json;
use wotnot_emulator::flow::{self, Checked, Colour, Finding, Flow, MAX_FILE_BYTES, Severity};

use crate::output::{self, complain, counted, write};

pub use self::bots::Bots;

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// Done, and something was found wrong.
const FOUND_WRONG: u8 = 1;
/// Not done: a file that cannot be read. Wrong arguments give the same number.
const NOT_DONE: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, no findings
  1  done, with findings
  2  not done: wrong arguments, or a file that cannot be read
  7  the output could not be written, as on a full disk";

const TEST_HELP: &str = "\
Exit codes:
  0  every bot said what its scripts expect
  1  a bot said something else, or less was walked than --coverage asks for
  2  wrong arguments, or a flow or script that cannot be used
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

impl Args {
    /// Whether it talks to a service, whose settings a profile may hold.
    pub fn has_settings(&self) -> bool {
        matches!(&self.command, Command::Test(args) if args.is_live())
    }
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
        /// The flow files; a folder stands for those below it, and `-` for standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Write a flow to begin with, and the chat scripts that test it
    #[command(after_help = EXIT_CODES)]
    New(new::Args),
    /// Draw a flow, on standard output
    #[command(after_help = EXIT_CODES)]
    Graph {
        /// The flow file; `-` for standard input
        file: PathBuf,
        /// What to draw it as
        #[arg(long, value_enum, default_value_t = Format::Mermaid)]
        format: Format,
        /// Which way it runs; `auto` turns a picture down that would be long and far wider than high
        #[arg(long, value_enum, default_value_t = Way::Auto)]
        direction: Way,
    },
    /// Play the chat scripts beside flows, in parallel, and say which blocks and exits none of them walks
    #[command(after_help = TEST_HELP)]
    Test(Box<test::Args>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A Mermaid flowchart, for Markdown
    Mermaid,
    /// A picture
    Svg,
}

/// Which way a drawing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// Mermaid downwards, pictures as they are more compact
    Auto,
    /// From the left to the right
    Right,
    /// From the top down
    Down,
}

impl From<Way> for flow::Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Auto => Self::Auto,
            Way::Right => Self::Right,
            Way::Down => Self::Down,
        }
    }
}

pub fn run(args: Args) -> ExitCode {
    let output = if args.json {
        Output::Json
    } else {
        Output::Human
    };
    let done = match args.command {
        Command::New(args) => new::run(&args),
        Command::Check { files } => check(&files, output),
        Command::Graph {
            file,
            format,
            direction,
        } => graph(&file, format, direction, output),
        Command::Test(args) => return test::run(&args, output),
    };
    output::end("flow", done.code, write(&done.text))
}

/// What there is to print, and what to end with.
struct Done {
    code: u8,
    text: String,
}

fn check(inputs: &[PathBuf], output: Output) -> Done {
    let mut code = 0;
    let mut reports = Vec::new();
    let mut findings = Vec::new();
    let files = inputs.iter().flat_map(|input| flows_in(input));
    let texts: Vec<(String, Result<String, String>)> = files
        .map(|(file, found)| {
            let text = found.and_then(|()| read(&file));
            (file.display().to_string(), text)
        })
        .collect();
    let count = texts.len();
    let bots = bots_among(&texts);
    for (name, text) in texts {
        match text {
            Ok(text) => {
                let checked = match &bots {
                    Some(bots) => flow::check_among(&name, &text, bots),
                    None => flow::check(&name, &text),
                };
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
        Output::Human if code == 0 => format!("{}: nothing wrong\n", counted(count, "file")),
        Output::Human => shown(&findings),
    };
    Done { code, text }
}

/// The flows of several files, so that jumps from bot to bot can be looked up. Of the bots beside a single file
/// nothing is known, nor where a file cannot be read.
fn bots_among(texts: &[(String, Result<String, String>)]) -> Option<Vec<Flow>> {
    if texts.len() < 2 {
        return None;
    }
    let flow = |(name, text): &(String, Result<String, String>)| {
        flow::check(name, text.as_ref().ok()?).flow
    };
    texts.iter().map(flow).collect()
}

/// The flow files that an argument names: itself, or those below a folder, in the order of their names.
/// Each with what keeps it from being read, where that is known already.
fn flows_in(input: &Path) -> Vec<(PathBuf, Result<(), String>)> {
    if !input.is_dir() {
        return vec![(input.to_owned(), Ok(()))];
    }
    match files_below(input, &["yaml", "yml"]) {
        Ok(files) if files.is_empty() => {
            let problem = "holds no flow file, which ends in .yaml or .yml".to_owned();
            vec![(input.to_owned(), Err(problem))]
        }
        Ok(files) => files.into_iter().map(|file| (file, Ok(()))).collect(),
        Err(error) => vec![(input.to_owned(), Err(error.to_string()))],
    }
}

/// The files below a folder whose names end so, sorted. Hidden ones are passed over, links are not followed
/// to folders.
fn files_below(folder: &Path, endings: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let path = entry.path();
            let ends_so = |ending: &&str| path.extension().is_some_and(|it| it == *ending);
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if endings.iter().any(ends_so) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A flow that can be read is drawn; what keeps it from running is said too.
fn graph(file: &Path, format: Format, way: Way, output: Output) -> Done {
    let name = file.display().to_string();
    let drawn = read(file).and_then(|text| match flow::check(&name, &text) {
        Checked {
            flow: Some(flow),
            findings,
        } => {
            let drawing = match format {
                Format::Mermaid => flow::mermaid_in(&flow, way.into()),
                Format::Svg => {
                    flow::svg_in(&flow, way.into()).map_err(|error| error.to_string())?
                }
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
    let most = MAX_FILE_BYTES as u64 + 1;
    let read = match file == Path::new(STANDARD_INPUT) {
        true => io::stdin().lock().take(most).read_to_end(&mut bytes),
        false => File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    read.map_err(|error: io::Error| error.to_string())?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!(
            "is too large: a flow has at most {MAX_FILE_BYTES} bytes"
        ));
    }
    flow::text_of(bytes)
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
