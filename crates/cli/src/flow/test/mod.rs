//! `wotnot flow test`: plays the chat scripts beside flows, each against an emulator of its own, in parallel.

mod report;
mod run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use wotnot_emulator::BlockCoverage;

use super::{FOUND_WRONG, NOT_DONE, Output, files_below};
use crate::output;

/// Arguments of `wotnot flow test`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with the flows; NAME.chat and NAME.*.chat beside NAME.yaml are its scripts
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Write what the bots say into the scripts that expect something else
    #[arg(long)]
    update: bool,
    /// Fail unless so many per cent of each flow's exits are walked
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    coverage: u8,
    /// The form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Human, conflicts_with = "json")]
    format: Form,
}

/// Who reads the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// People
    Human,
    /// Test Anything Protocol, version 14
    Tap,
    /// XML as JUnit writes it
    Junit,
}

/// A flow with its scripts.
struct Suite {
    flow: PathBuf,
    scripts: Vec<PathBuf>,
}

/// What became of one script.
pub struct Played {
    /// Its file; the flow's own where it has no script and cannot run.
    pub script: PathBuf,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a script ended.
pub enum Outcome {
    /// The bot said what it expects, in so many turns.
    Passed {
        /// The visitor's turns, and the agents'.
        turns: usize,
    },
    /// It holds what the bot says now.
    Updated,
    /// The bot said something else.
    Failed(run::Failure),
    /// The script or the flow cannot be used.
    Broken(String),
}

/// What became of a flow.
pub struct Tested {
    /// Its file.
    pub flow: PathBuf,
    /// Its scripts, in the order of their names.
    pub played: Vec<Played>,
    /// What all of them walked together.
    pub coverage: Vec<BlockCoverage>,
}

impl Tested {
    /// How many exits were walked, and how many there are.
    pub fn exits(&self) -> (usize, usize) {
        let exits = self.coverage.iter().flat_map(|block| &block.exits);
        let walked = exits.clone().filter(|exit| exit.walked).count();
        (walked, exits.count())
    }

    /// How many per cent of the exits were walked, rounded down; a flow without any is walked whole, one that
    /// cannot run not at all.
    pub fn percent(&self) -> usize {
        let (walked, all) = self.exits();
        let without_exits = if self.coverage.is_empty() { 0 } else { 100 };
        (walked * 100).checked_div(all).unwrap_or(without_exits)
    }
}

/// Runs the command.
pub fn run(args: &Args, output: Output) -> ExitCode {
    let suites = match suites(&args.folder) {
        Ok(suites) => suites,
        Err(problem) => return crate::exit::fail("flow test", &problem, NOT_DONE),
    };
    let tested = play_all(suites, args.update);
    let outcomes = || {
        tested
            .iter()
            .flat_map(|flow| &flow.played)
            .map(|it| &it.outcome)
    };
    let broken = outcomes().any(|it| matches!(it, Outcome::Broken(_)));
    let failed = outcomes().any(|it| matches!(it, Outcome::Failed(_)));
    let low = tested
        .iter()
        .any(|flow| flow.percent() < usize::from(args.coverage));
    let code = match (broken, failed || low) {
        (true, _) => NOT_DONE,
        (false, true) => FOUND_WRONG,
        (false, false) => 0,
    };
    let text = match (output, args.format) {
        (Output::Json, _) => report::json(&tested, code == 0),
        (Output::Human, Form::Human) => report::human(&tested, args.coverage),
        (Output::Human, Form::Tap) => report::tap(&tested),
        (Output::Human, Form::Junit) => report::junit(&tested),
    };
    output::end("flow test", code, output::write(&text))
}

/// The flows below a folder with their scripts. A script that belongs to no flow is an error, for nobody
/// would notice that it is never played.
fn suites(folder: &Path) -> Result<Vec<Suite>, String> {
    let below = |ending: &[&str]| {
        files_below(folder, ending).map_err(|error| format!("{}: {error}", folder.display()))
    };
    let mut suites: BTreeMap<PathBuf, Suite> = BTreeMap::new();
    for flow in below(&["yaml", "yml"])? {
        let scripts = Vec::new();
        suites.insert(flow.with_extension(""), Suite { flow, scripts });
    }
    for script in below(&["chat"])? {
        let mut name = script.with_extension("");
        while !suites.contains_key(&name) && name.extension().is_some() {
            name.set_extension("");
        }
        match suites.get_mut(&name) {
            Some(suite) => suite.scripts.push(script),
            None => return Err(format!("{}: there is no flow beside it", script.display())),
        }
    }
    if suites.values().all(|suite| suite.scripts.is_empty()) {
        return Err(format!(
            "{}: there is no flow with a chat script beside it",
            folder.display()
        ));
    }
    Ok(suites.into_values().collect())
}

/// Plays every script, as many at a time as the machine has processors.
fn play_all(suites: Vec<Suite>, update: bool) -> Vec<Tested> {
    let jobs: Vec<(usize, &Path, &Path)> = suites
        .iter()
        .enumerate()
        .flat_map(|(number, suite)| {
            let flow = suite.flow.as_path();
            suite
                .scripts
                .iter()
                .map(move |script| (number, flow, script.as_path()))
        })
        .collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((suite, flow, script)) =
                    jobs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let played = run::play(flow, script, update);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((*suite, played));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by(|(_, (a, _)), (_, (b, _))| a.script.cmp(&b.script));
    let mut tested: Vec<Tested> = suites
        .into_iter()
        .map(|suite| Tested {
            flow: suite.flow,
            played: Vec::new(),
            coverage: Vec::new(),
        })
        .collect();
    for (suite, (played, coverage)) in done {
        if let Some(flow) = tested.get_mut(suite) {
            flow.played.push(played);
            add(&mut flow.coverage, &coverage);
        }
    }
    for flow in tested.iter_mut().filter(|flow| flow.coverage.is_empty()) {
        match run::untouched(&flow.flow) {
            Ok(coverage) => flow.coverage = coverage,
            Err(problem) if flow.played.is_empty() => flow.played.push(Played {
                script: flow.flow.clone(),
                outcome: Outcome::Broken(problem),
            }),
            // Its scripts have failed with it.
            Err(_) => {}
        }
    }
    tested
}

/// Adds what one script walked; both are of one flow.
fn add(all: &mut Vec<BlockCoverage>, one: &[BlockCoverage]) {
    if all.is_empty() {
        all.extend_from_slice(one);
    }
    for (block, more) in all.iter_mut().zip(one) {
        block.walked |= more.walked;
        for (exit, more) in block.exits.iter_mut().zip(&more.exits) {
            exit.walked |= more.walked;
        }
    }
}
