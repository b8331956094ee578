//! The C# package, compiled and run by Mono.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::abi::SuiteFolder;
use super::c::counted;
use super::chats::{self, both_ways};
use crate::c_program::with_library;
use crate::readme::programs;
use crate::run::{Result, check, command, need, root};

const PACKAGE: &str = "bindings/csharp";

pub fn run() -> Result<Tally> {
    need("mcs", "mono-mcs")?;
    need("mono", "mono-runtime")?;
    let place = SuiteFolder::new("csharp")?;
    let mut tally = Tally::default();
    let assembly = place.out.join("Wotnot.dll");
    let mut build = mcs();
    build.args([
        "-warn:4",
        "-target:library",
        "-recurse:bindings/csharp/src/*.cs",
    ]);
    build.arg(option("-doc:", &place.out.join("Wotnot.xml")));
    check(build.arg(option("-out:", &assembly)))?;

    let program = |name: &str, source: PathBuf| program(&place, name, &source);
    let ours = |file: &str| root().join(PACKAGE).join(file);
    tally.add(counted(mono(
        &place,
        &program("Tests", ours("tests/Tests.cs"))?,
    ))?);
    let vectors = program("Vectors", ours("tests/Vectors.cs"))?;
    tally.add(counted(mono(&place, &vectors))?);
    let chat = program("Chat", ours("examples/Chat.cs"))?;
    both_ways(&mut tally, "the example", mono(&place, &chat));
    tally.note("the README's programs compile", page_compiles(&place));
    page_plays(&place, &mut tally);
    let source = place.out.join("Visitor.cs");
    chats::page(&mut tally, ("csharp", "csharp"), &source, |source| {
        Ok(mono(&place, &program("Visitor", source.to_path_buf())?))
    });
    place.shows_no_secret(&mut tally, "CSharp", &mut mono(&place, &vectors))?;
    Ok(tally)
}

fn mcs() -> Command {
    let mut mcs = command("mcs");
    mcs.args(["-langversion:7.2", "-warnaserror"]);
    mcs
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(path);
    option
}

/// Compiles a program against the package.
fn program(place: &SuiteFolder, name: &str, source: &Path) -> Result<PathBuf> {
    let program = place.out.join(name).with_extension("exe");
    let mut build = mcs();
    build.arg(option("-r:", &place.out.join("Wotnot.dll")));
    check(build.arg(option("-out:", &program)).arg(source))?;
    Ok(program)
}

fn mono(place: &SuiteFolder, program: &Path) -> Command {
    let mut mono = place.command("mono");
    mono.arg("--debug").arg(program);
    mono
}

fn page_compiles(place: &SuiteFolder) -> Result<()> {
    let page = format!("{PACKAGE}/README.md");
    for source in programs(&page, "csharp", &place.out, "cs")? {
        let mut build = mcs();
        build
            .args(["-target:library"])
            .arg(option("-r:", &place.out.join("Wotnot.dll")));
        check(
            build
                .arg(option("-out:", &source.with_extension("dll")))
                .arg(source),
        )?;
    }
    Ok(())
}

fn page_plays(place: &SuiteFolder, tally: &mut Tally) {
    let out = place.out.clone();
    place.page_plays(
        tally,
        ("csharp", "csharp", "ReadLine"),
        &place.out.join("Loop.cs"),
        |source| {
            let program = program(place, "Loop", source)?;
            Ok(Box::new(move || {
                let mut mono = with_library(Path::new("mono"), &out);
                mono.arg(&program);
                mono
            }))
        },
    );
}
