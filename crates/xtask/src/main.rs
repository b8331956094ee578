//! The project's chores. `cargo xtask` lists them.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use xtask::build::{self, Profile};
use xtask::dist::notices;
use xtask::dist::packages::Order;
use xtask::run::{self, cargo_line, check, host, root};
use xtask::{generate, suites};

const HELP: &str = "\
cargo xtask test [--jobs N] [SUITE...]
                              run the suites (all of them when none is named), N at a time (one a core)
cargo xtask generate [--check]
                              rewrite what is made of something else: include/wotnot.h, the error codes of every
                              language, the schemas and the tables of the docs; or say what is stale
cargo xtask dist [--dev] [--target TRIPLE] [--addons DIR --commands DIR] [--natives DIR] [PACKAGE...]
                              make packages as a release does: sdk (and its debug symbols), c (the same without Java,
                              which needs no JDK), wheel, command-wheel, sdist, npm, web, jar, gem, php; `sdk` where none
                              is named. --dev makes them of a development build, to try them. --target is for wheels, and
                              for sdk and c on x86_64-pc-windows-gnu, whose archive has no Java
cargo xtask phone [TARGET [LINKS]]
                              make the library as small as can be, without the webhook listener; of the links
                              `direct,gateway` these alone
cargo xtask addon             make the npm package's addon as it is published, for this platform
cargo xtask notices           write the notices and bills of materials that wheels and npm packages hold
cargo xtask man [DIR]         write the man pages of the command (target/man)
cargo xtask bench NAME...     measure, and write docs/performance.md; without a name it lists the benchmarks and options
";

fn phone(platform: &str, links: &str) -> run::Result<()> {
    build::shipped_with(Profile::Phone, platform, links)
        .map(|folder| println!("{}", folder.display()))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test", names @ ..] => suites::run(names),
        ["generate"] => generate::run(generate::Mode::Write),
        ["generate", "--check"] => generate::run(generate::Mode::Check),
        ["dist", order @ ..] => Order::run(order),
        ["phone"] => host().and_then(|host| phone(&host, build::LINKS)),
        ["phone", platform] => phone(platform, build::LINKS),
        ["phone", platform, links] => phone(platform, links),
        ["addon"] => build::addon(Profile::Release).map(|addon| println!("{}", addon.display())),
        ["notices"] => notices::write_all(),
        ["man"] => build::man_pages(&root().join("target/man")),
        ["man", folder] => build::man_pages(folder.as_ref()),
        // A program of its own, so that nothing else waits for what it alone is built from.
        ["bench", names @ ..] => {
            check(cargo_line("run --quiet --package wotnot-bench --").args(names))
        }
        _ => {
            print!("{HELP}\nsuites: {}\n", suites::names());
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
