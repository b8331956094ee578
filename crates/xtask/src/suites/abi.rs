//! What the suites of the languages over the C functions share: one build of the library beside its header's name for
//! the loader, and the settings by which tests find the rest. No suite of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use crate::build::{self, Profile};
use crate::c_program::name_for_the_loader;
use crate::examples::{marked_vectors, plays_every_flow};
use crate::readme::block_with;
use crate::run::{Result, command, copy, root, scratch, write};

/// Where a suite works: a folder with the library in it.
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
        copy(&library.join("libwotnot.so"), &out.join("libwotnot.so"))?;
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

    /// Writes the loop of a language's page to a file, and plays every sample flow through runs of it.
    pub fn page_plays(
        &self,
        tally: &mut Tally,
        (language, fence, word): (&str, &str, &str),
        source: &Path,
        run: impl FnOnce(&Path) -> Result<Box<dyn FnMut() -> Command>>,
    ) {
        let page = format!("bindings/{language}/README.md");
        let played = block_with(&page, fence, word)
            .and_then(|program| write(source, &program))
            .and_then(|()| run(source))
            .and_then(|mut run| plays_every_flow(|| Ok(run())));
        tally.note("the README's loop plays every sample flow", played);
    }

    /// Runs the vectors once more, marked.
    pub fn shows_no_secret(
        &self,
        tally: &mut Tally,
        language: &str,
        runner: &mut Command,
    ) -> Result<()> {
        let watch = marked_vectors(&format!("{}-secrets", language.to_lowercase()))?;
        let runner = runner.env("WOTNOT_VECTORS", watch.folder());
        tally.shows_no_secret(language, &watch, runner);
        Ok(())
    }
}
