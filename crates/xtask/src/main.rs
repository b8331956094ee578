//! The project's chores. `cargo xtask` lists them.

#![forbid(unsafe_code)]

mod backend;
mod bench;
mod build;
mod dist;
mod emulator;
mod flows;
mod generate;
mod http;
mod image;
mod readme;
mod run;
mod suites;
mod swift_chroot;
mod xcframework;

use std::process::ExitCode;

use build::Profile;
use dist::Languages;
use run::{host, root};

const HELP: &str = "\
cargo xtask test [--jobs N] [SUITE...]
                              run the suites (all of them when none is named), N at a time (one a core)
cargo xtask generate [--check]
                              rewrite what is made of something else: include/wotnot.h, the error codes of every
                              language, the schemas and the tables of the docs; or say what is stale
cargo xtask dist [--only c [--dev]]
                              make the SDK archive, and one of its debug symbols; without Java it needs no JDK;
                              of a development build, to try it
cargo xtask phone [TARGET]    make the library as small as can be, without the webhook listener
cargo xtask image [--release] build the program of the gateway's image, and run it in an empty, read-only root
cargo xtask addon             make the npm package's addon as it is published, for this platform
cargo xtask man [DIR]         write the man pages of the command (target/man)
cargo xtask bench NAME...     measure, and write docs/performance.md (--all; --quick for fewer rounds; --may-sleep;
                             --languages=NAME,NAME for some rows of waiters and soak)
cargo xtask xcframework       make the Swift package's XCFramework (on macOS)
";

fn phone(platform: &str) -> run::Result<()> {
    build::shipped(Profile::Phone, platform).map(|folder| println!("{}", folder.display()))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test", names @ ..] => suites::run(names),
        ["generate"] => generate::run(generate::Mode::Write),
        ["generate", "--check"] => generate::run(generate::Mode::Check),
        ["dist"] => dist::run(Profile::Release, Languages::All),
        ["dist", "--only", "c"] => dist::run(Profile::Release, Languages::WithoutJava),
        ["dist", "--only", "c", "--dev"] => dist::run(Profile::Dev, Languages::WithoutJava),
        ["phone"] => host().and_then(|host| phone(&host)),
        ["phone", platform] => phone(platform),
        ["image"] => image::run(false),
        ["image", "--release"] => image::run(true),
        ["addon"] => build::addon(Profile::Release).map(|addon| println!("{}", addon.display())),
        ["man"] => build::man_pages(&root().join("target/man")),
        ["man", folder] => build::man_pages(folder.as_ref()),
        ["bench", names @ ..] => bench::run(names),
        ["xcframework"] => xcframework::run(),
        _ => {
            print!(
                "{HELP}\nsuites: {}\nbenchmarks: {}\n",
                suites::names(),
                bench::names()
            );
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
