//! The gem: built, installed into a folder of its own, and tested there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::abi::SuiteFolder;
use super::chats::{self, both_ways};
use crate::c_program::with_library;
use crate::dist::packages;
use crate::readme::programs;
use crate::run::{Result, at_least, captured, check, command, need, output, root};

const PACKAGE: &str = "bindings/ruby";

pub fn run() -> Result<Tally> {
    need("ruby", "ruby")?;
    let version = ["-rfiddle", "-rminitest", "-e", "print RUBY_VERSION"];
    at_least((3, 1), command("ruby").args(version), "Ruby", "")?;
    let mut tally = Tally::default();
    let gem = Gem::install()?;
    for test in ["client_test", "vectors_test"] {
        tally.add(counted(gem.ruby(&format!("test/{test}.rb")))?);
    }
    both_ways(&mut tally, "the example", gem.ruby("examples/chat.rb"));
    tally.note(
        "the README's programs have no error of syntax",
        gem.page_is_sound(),
    );
    gem.page_plays(&mut tally);
    let source = gem.place.out.join("visitor.rb");
    chats::page(&mut tally, ("ruby", "ruby"), &source, |source| {
        Ok(gem.ruby_of(source))
    });
    let mut vectors = gem.ruby("test/vectors_test.rb");
    gem.place
        .shows_no_secret(&mut tally, "Ruby", &mut vectors)?;
    Ok(tally)
}

/// The gem, installed.
struct Gem {
    place: SuiteFolder,
    home: PathBuf,
}

impl Gem {
    fn install() -> Result<Self> {
        let place = SuiteFolder::new("ruby")?;
        let file = packages::gem(&place.out)?;
        let gem = Self {
            home: place.out.join("gems"),
            place,
        };
        check(
            command("gem")
                .args(["install", "--local", "--quiet", "--no-document"])
                .arg(&file)
                .env("GEM_HOME", &gem.home)
                .env("GEM_PATH", gem.path()),
        )?;
        Ok(gem)
    }

    /// A file of the checkout, which loads the installed gem; every warning shows.
    fn ruby(&self, file: &str) -> Command {
        self.ruby_of(&root().join(PACKAGE).join(file))
    }

    fn ruby_of(&self, file: &Path) -> Command {
        let mut ruby = self.place.command("ruby");
        ruby.arg("-w").arg(file).env("GEM_PATH", self.path());
        ruby
    }

    /// The installed gem's folder, before those of Ruby's own gems.
    fn path(&self) -> String {
        let own = output(command("ruby").args(["-e", "print Gem.default_path.join(':')"]));
        format!("{}:{}", self.home.display(), own.unwrap_or_default())
    }

    fn page_is_sound(&self) -> Result<()> {
        let page = format!("{PACKAGE}/README.md");
        for source in programs(&page, "ruby", &self.place.out, "rb")? {
            check(command("ruby").arg("-wc").arg(&source))?;
        }
        Ok(())
    }

    fn page_plays(&self, tally: &mut Tally) {
        let source = self.place.out.join("loop.rb");
        let (out, path) = (self.place.out.clone(), self.path());
        self.place
            .page_plays(tally, ("ruby", "ruby", "gets"), &source, |source: &Path| {
                let source = source.to_path_buf();
                Ok(Box::new(move || {
                    let mut ruby = with_library(Path::new("ruby"), &out);
                    ruby.arg(&source).env("GEM_PATH", &path);
                    ruby
                }))
            });
    }
}

/// Runs tests of minitest and reads their count.
fn counted(mut tests: Command) -> Result<Tally> {
    let (text, success) = captured(&mut tests)?;
    print!("{text}");
    let tally = text.lines().rev().find_map(read);
    match tally {
        Some(tally) if success == (tally.failed == 0) => Ok(tally),
        _ => Err("minitest ended without its count, or with a failure of its own".into()),
    }
}

/// `9 runs, 53 assertions, 0 failures, 0 errors, 0 skips`: a test that was skipped did not pass.
fn read(line: &str) -> Option<Tally> {
    let counts: Vec<(u64, &str)> = line
        .split(", ")
        .filter_map(|part| part.split_once(' '))
        .filter_map(|(number, word)| Some((number.parse().ok()?, word)))
        .collect();
    let [
        (runs, "runs"),
        (_, "assertions"),
        (failures, "failures"),
        (errors, "errors"),
        (skips, "skips"),
    ] = counts.as_slice()
    else {
        return None;
    };
    let failed = failures + errors + skips;
    Some(Tally {
        passed: runs.saturating_sub(failed),
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_minitest_is_read() {
        let expected = Tally {
            passed: 6,
            failed: 3,
        };
        let line = "9 runs, 53 assertions, 1 failures, 1 errors, 1 skips";
        assert_eq!(read(line), Some(expected));
        assert_eq!(
            read("Finished in 1.2s, 7.2 runs/s, 42.6 assertions/s."),
            None
        );
    }
}
