//! `wotnot flow test`: plays the chat scripts beside flows, each against an emulator of its own, in parallel;
//! through a gateway; or one after the other with what runs.

mod gateway;
mod live;
mod report;
mod run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use wotnot_emulator::BlockCoverage;

use super::bots::Bots;
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
    /// Fail unless this percentage of each flow's exits is walked
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    coverage: u8,
    /// What the scripts are played with
    #[arg(long, value_enum, default_value_t = Partner::Emulator)]
    target: Partner,
    #[command(flatten)]
    live: live::Args,
    /// The form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Human, conflicts_with = "json")]
    format: Form,
}

impl Args {
    /// Whether something that runs may be talked to, whose settings a profile holds.
    pub fn is_live(&self) -> bool {
        self.target != Partner::Emulator
    }
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

/// What scripts are played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Partner {
    /// An emulator for each script, which the command starts itself
    Emulator,
    /// A gateway with an emulator behind it for each script; with --gateway the one that runs there
    Gateway,
    /// The service at --base-url, where each script is a real conversation; the bots are deployed there
    Live,
}

/// A flow with its scripts.
struct Suite {
    flow: PathBuf,
    /// The flows of the bots that it jumps to, and of those that they jump to.
    others: Vec<PathBuf>,
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
        /// The lines of answers that a gateway refused as the script's bot does, so that the bot did not hear them.
        refused: Vec<usize>,
    },
    /// It holds what the bot says now.
    Updated,
    /// The bot said something else.
    Failed(run::Failure),
    /// The script or the flow cannot be used.
    Broken(String),
    /// It cannot be played with this partner; why.
    Skipped(&'static str),
}

/// What became of a flow.
pub struct Tested {
    /// Its file.
    pub flow: PathBuf,
    /// Its scripts, in the order of their names.
    pub played: Vec<Played>,
    /// What all of them walked together; a real service does not say.
    pub coverage: Option<Vec<BlockCoverage>>,
}

impl Tested {
    /// What was walked, where that is known.
    pub fn walked(&self) -> Option<Walked<'_>> {
        let blocks = self.coverage.as_deref()?;
        let exits = blocks.iter().flat_map(|block| &block.exits);
        let walked = exits.clone().filter(|exit| exit.walked).count();
        let all = exits.count();
        let without_exits = if blocks.is_empty() { 0 } else { 100 };
        Some(Walked {
            blocks,
            exits: walked,
            all,
            percent: (walked * 100).checked_div(all).unwrap_or(without_exits),
        })
    }
}

/// How much of a flow was walked.
pub struct Walked<'a> {
    /// Block by block.
    pub blocks: &'a [BlockCoverage],
    /// Exits that were walked.
    pub exits: usize,
    /// Exits in all.
    pub all: usize,
    /// The first in hundredths of the second, rounded down; a flow without any is walked whole, one that cannot
    /// run not at all.
    pub percent: usize,
}

/// Runs the command.
pub fn run(args: &Args, output: Output) -> ExitCode {
    let suites = match suites(&args.folder) {
        Ok(suites) => suites,
        Err(problem) => return crate::exit::fail("flow test", &problem, NOT_DONE),
    };
    let runs = args.live.gateway.url().is_some();
    let tested = match (args.target, args.update, args.coverage) {
        (Partner::Emulator, update, _) => Ok(play_all(suites, |suite, script| {
            run::play(&suite.flow, &suite.others, script, update)
        })),
        (_, true, _) => {
            Err("--update: only what the emulator says is written into scripts".to_owned())
        }
        (Partner::Gateway, false, _) if !runs => Ok(play_all(suites, gateway::play)),
        (_, false, 1..) => Err("--coverage: only the emulator reports what was walked".to_owned()),
        (Partner::Gateway, false, 0) => gateway::play_all(suites, &args.live),
        (Partner::Live, false, 0) => live::play_all(suites, &args.live),
    };
    let tested = match tested {
        Ok(tested) => tested,
        Err(problem) => return crate::exit::fail("flow test", &problem, NOT_DONE),
    };
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
        .filter_map(Tested::walked)
        .any(|walked| walked.percent < usize::from(args.coverage));
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
        let suite = Suite {
            flow,
            others: Vec::new(),
            scripts: Vec::new(),
        };
        suites.insert(suite.flow.with_extension(""), suite);
    }
    let bots = Bots::of(suites.values().map(|suite| suite.flow.as_path()));
    for suite in suites.values_mut() {
        suite.others = bots.jumped_to_from(&suite.flow).files;
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
fn play_all(
    suites: Vec<Suite>,
    play: impl Fn(&Suite, &Path) -> (Played, Vec<BlockCoverage>) + Sync,
) -> Vec<Tested> {
    let jobs: Vec<(usize, &Suite, &Path)> = suites
        .iter()
        .enumerate()
        .flat_map(|(number, suite)| {
            let scripts = suite.scripts.iter();
            scripts.map(move |script| (number, suite, script.as_path()))
        })
        .collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((number, suite, script)) =
                    jobs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let played = play(suite, script);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((*number, played));
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
            coverage: Some(Vec::new()),
        })
        .collect();
    for (suite, (played, coverage)) in done {
        if let Some(flow) = tested.get_mut(suite) {
            flow.played.push(played);
            add(flow.coverage.get_or_insert_default(), &coverage);
        }
    }
    let untouched = |flow: &&mut Tested| flow.coverage.as_ref().is_none_or(Vec::is_empty);
    for flow in tested.iter_mut().filter(untouched) {
        match run::untouched(&flow.flow) {
            Ok(coverage) => flow.coverage = Some(coverage),
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
