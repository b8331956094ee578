//! What the suites of the languages share: the library and the settings by which tests find the rest, and what is
//! checked of the page and the examples of every language alike. No suite of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use crate::build::{self, Profile};
use crate::c_program::name_for_the_loader;
use crate::examples::{chats, dev_gateway, marked_vectors, plays_every_flow};
use crate::readme::{block_with, programs};
use crate::run::{Result, again, command, copy, root, scratch, write};

/// Has an example hold the conversation of `flows/demo.yaml` both ways: nothing differs but its configuration.
pub fn both_ways(tally: &mut Tally, example: &str, mut program: Command) {
    tally.note(
        &format!("{example} chats with an emulator in another process"),
        chats(&mut program),
    );
    tally.note(
        &format!("{example} chats through a gateway, by its configuration alone"),
        dev_gateway().and_then(|it| it.play_demo(&mut program)),
    );
}

/// Writes the program of a language's page that talks through a gateway to a file, and has `run` make a run of it.
pub fn page(
    tally: &mut Tally,
    (language, fence): (&str, &str),
    source: &Path,
    run: impl FnOnce(&Path) -> Result<Command>,
) {
    let page = format!("bindings/{language}/README.md");
    let played = block_with(&page, fence, "WOTNOT_GATEWAY")
        .and_then(|program| write(source, &program))
        .and_then(|()| run(source))
        .and_then(|mut program| {
            dev_gateway()?.play_page(&mut program, &source.with_extension("state"))
        });
    tally.note("the README's visitor talks through a gateway", played);
}

/// The README of a language, whose programs are run as readers paste them.
pub struct Page {
    /// The language's folder in `bindings`.
    pub folder: &'static str,
    /// What its blocks are marked with.
    pub fence: &'static str,
    /// What the program that reads answers has, and no other.
    pub reads_by: &'static str,
    /// Where a program goes, below the folder of the suite: `*` stands for its name.
    pub file: &'static str,
    /// What its visitor shows, in this order.
    pub shown: &'static [&'static str],
}

/// What most visitors show: the transcript as far as the second question.
pub const SHOWN: [&str; 3] = ["What is it about?", "How old are you?", "Sales"];

impl Page {
    /// Its loop plays every sample flow, and its visitor talks through a gateway. `run` makes a run of a source.
    pub fn check(&self, tally: &mut Tally, out: &Path, run: impl Fn(&Path) -> Result<Command>) {
        let run = |name: &str, word: &str| -> Result<(Command, PathBuf)> {
            let source = out.join(self.file.replace('*', name));
            write(&source, &block_with(&self.path(), self.fence, word)?)?;
            Ok((run(&source)?, source.with_extension("state")))
        };
        tally.note(
            "the README's loop plays every sample flow",
            run("loop", self.reads_by)
                .and_then(|(program, _)| plays_every_flow(|| Ok(again(&program)))),
        );
        tally.note(
            "the README's visitor talks through a gateway",
            run("visitor", "WOTNOT_GATEWAY").and_then(|(mut program, state)| {
                dev_gateway()?.visited_by(&mut program, &state, self.shown)
            }),
        );
    }

    /// Writes its programs below a folder.
    pub fn programs(&self, out: &Path) -> Result<Vec<PathBuf>> {
        programs(&self.path(), self.fence, out, self.file)
    }

    /// Each of its programs passes: it is compiled, or looked through.
    pub fn each(&self, out: &Path, check: impl Fn(&Path) -> Result<()>) -> Result<()> {
        self.programs(out)?.iter().try_for_each(|it| check(it))
    }

    fn path(&self) -> String {
        format!("bindings/{}/README.md", self.folder)
    }
}

/// One test: a run of the vectors with a mark in each secret shows none of the marks. The runner finds them by its
/// environment.
pub fn shows_no_secret(tally: &mut Tally, language: &str, mut runner: Command) -> Result<()> {
    let marked = marked_vectors(&format!("{}-secrets", language.to_lowercase()))?;
    runner.env("WOTNOT_VECTORS", marked.folder());
    tally.shows_no_secret(language, &marked, &mut runner);
    Ok(())
}

/// Where the suite of a language over the C functions works: a folder with the library in it.
pub struct SuiteFolder {
    /// The folder.
    pub out: PathBuf,
    wotnot: PathBuf,
    player: PathBuf,
}

impl SuiteFolder {
    /// Makes the folder and builds what the tests run beside.
    pub fn new(name: &str) -> Result<Self> {
        let library = build::library(Profile::Dev)?;
        let out = scratch(name)?;
        name_for_the_loader(&library, &out)?;
        // What a linker and Mono look for.
        for name in ["libwotnot.so", "libwotnot.a"] {
            copy(&library.join(name), &out.join(name))?;
        }
        Ok(Self {
            out,
            wotnot: build::program("wotnot-cli", "wotnot")?,
            player: build::program("wotnot-conformance", "wotnot-conformance")?,
        })
    }

    /// A run of a program that loads the library, with all that tests ask for.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut run = command(program);
        run.env("LD_LIBRARY_PATH", &self.out)
            .env("WOTNOT_BIN", &self.wotnot)
            .env("WOTNOT_FLOWS", root().join("flows"))
            .env("WOTNOT_CONFORMANCE", &self.player)
            .env("WOTNOT_VECTORS", root().join("tests/vectors"));
        run
    }

    /// The same, with arguments.
    pub fn run<A: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut run = self.command(program);
        run.args(arguments);
        run
    }
}
