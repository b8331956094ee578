//! The gem: built, installed into a folder of its own, and tested there.

use std::path::Path;
use std::process::Command;

use super::Tally;
use super::count::{number, printed};
use super::language::{Page, SHOWN, SuiteFolder, both_ways, shows_no_secret};
use crate::dist::packages;
use crate::run::{Result, at_least, check, need, output, root};
use crate::sh;

const PAGE: Page = Page {
    folder: "ruby",
    fence: "ruby",
    reads_by: "gets",
    file: "*.rb",
    shown: &SHOWN,
};

pub fn run() -> Result<Tally> {
    need("ruby", "ruby")?;
    let version = sh!("ruby -rfiddle -rminitest -e 'print RUBY_VERSION'");
    at_least((3, 1), version, "Ruby", "")?;
    let mut tally = Tally::default();
    let place = SuiteFolder::new("ruby")?;
    let (gem, home) = (packages::gem(&place.out)?, place.out.join("gems"));
    // The installed gem's folder, before those of Ruby's own gems.
    let own = output(sh!("ruby -e 'print Gem.default_path.join(?:)'"))?;
    let path = format!("{}:{own}", home.display());
    let mut install = sh!("gem install --local --quiet --no-document {gem}");
    check(install.env("GEM_HOME", &home).env("GEM_PATH", &path))?;

    // The installed gem is what a file loads; every warning shows.
    let ruby = |file: &Path| -> Command {
        let mut ruby = place.run("ruby", [Path::new("-w"), file]);
        ruby.env("GEM_PATH", &path);
        ruby
    };
    let ours = |file: &str| ruby(&root().join("bindings/ruby").join(file));
    for test in ["test/client_test.rb", "test/vectors_test.rb"] {
        let test = printed(ours(test), |text| text.lines().rev().find_map(of_minitest));
        tally.add(test?);
    }
    both_ways(&mut tally, "the example", ours("examples/chat.rb"));
    tally.note(
        "the README's programs have no error of syntax",
        PAGE.each(&place.out, |source| check(sh!("ruby -wc {source}"))),
    );
    PAGE.check(&mut tally, &place.out, |source| Ok(ruby(source)));
    shows_no_secret(&mut tally, "Ruby", ours("test/vectors_test.rb"))?;
    Ok(tally)
}

/// `9 runs, 53 assertions, 0 failures, 0 errors, 0 skips`: a test that was skipped did not pass.
fn of_minitest(line: &str) -> Option<Tally> {
    let failed = ["failures", "errors", "skips"].map(|word| number(line, word));
    let failed = failed.into_iter().sum::<Option<u64>>()?;
    let passed = number(line, "runs")?.saturating_sub(failed);
    Some(Tally { passed, failed })
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
        assert_eq!(of_minitest(line), Some(expected));
        let other = "Finished in 1.2s, 7.2 runs/s, 42.6 assertions/s.";
        assert_eq!(of_minitest(other), None);
    }
}
