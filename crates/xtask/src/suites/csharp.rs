//! The C# package, compiled and run by Mono.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::count::counted;
use super::language::{Page, SHOWN, SuiteFolder, both_ways, shows_no_secret};
use crate::run::{Result, check, needs, root};
use crate::sh;

const PAGE: Page = Page {
    folder: "csharp",
    fence: "csharp",
    reads_by: "ReadLine",
    file: "*.cs",
    shown: &SHOWN,
};

pub fn run() -> Result<Tally> {
    needs(&["mcs mono-mcs", "mono mono-runtime"])?;
    let place = SuiteFolder::new("csharp")?;
    let out = &place.out;
    let mut tally = Tally::default();
    check(sh!(
        "mcs -langversion:7.2 -warnaserror -warn:4 -target:library -recurse:bindings/csharp/src/*.cs
         -doc:{out}/Wotnot.xml -out:{out}/Wotnot.dll"
    ))?;

    let ours = |file: &str| mono(&place, &root().join("bindings/csharp").join(file));
    for test in ["tests/Tests.cs", "tests/Vectors.cs"] {
        tally.add(counted(ours(test)?)?);
    }
    both_ways(&mut tally, "the example", ours("examples/Chat.cs")?);
    tally.note(
        "the README's programs compile",
        PAGE.each(out, |source| compile(out, "library", source).map(drop)),
    );
    PAGE.check(&mut tally, out, |source| mono(&place, source));
    shows_no_secret(&mut tally, "CSharp", ours("tests/Vectors.cs")?)?;
    Ok(tally)
}

/// Compiles a program against the package.
fn compile(out: &Path, kind: &str, source: &Path) -> Result<PathBuf> {
    let name = source.file_stem().unwrap_or_default();
    let program = out.join(name).with_extension("exe");
    check(sh!(
        "mcs -langversion:7.2 -warnaserror -target:{kind} -r:{out}/Wotnot.dll -out:{program} {source}"
    ))?;
    Ok(program)
}

/// A run of the program of this source.
fn mono(place: &SuiteFolder, source: &Path) -> Result<Command> {
    let program = compile(&place.out, "exe", source)?;
    Ok(place.run("mono", [Path::new("--debug"), &program]))
}
