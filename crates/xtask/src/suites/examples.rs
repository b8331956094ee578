//! The languages of `bindings/examples`: each is built and chats with an emulator.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::abi::SuiteFolder;
use super::chats::both_ways;
use crate::run::{Result, apt_install, captured, command, need, root, scratch, write};

pub fn run() -> Result<Tally> {
    need("gcc", "gcc")?;
    need("cobc", "gnucobol")?;
    need_or(
        &["fp-compiler", "fp-units-base", "fp-units-fcl"],
        has_pascal_json,
    )?;
    need_or(&["libffi-platypus-perl"], has_platypus)?;
    let place = SuiteFolder::new("examples")?;
    let mut tally = Tally::default();
    chats(&mut tally, "GnuCOBOL", cobol(&place));
    chats(&mut tally, "Free Pascal", pascal(&place));
    chats(&mut tally, "Perl", Ok(script(&place, "perl", "chat.pl")));
    Ok(tally)
}

/// Has the probe succeed, by installing the packages that it asks for.
fn need_or(packages: &[&str], probe: fn() -> Result<()>) -> Result<()> {
    if probe().is_ok() {
        return Ok(());
    }
    let named = packages.join(" ");
    println!("installing {named}");
    apt_install(packages)
        .and_then(|()| probe())
        .map_err(|why| format!("install {named} (Debian: apt-get install {named}); {why}"))
}

/// Free Pascal has its JSON in a package of its own.
fn has_pascal_json() -> Result<()> {
    let source = scratch("pascal-probe")?.join("probe.pas");
    let program = "program Probe;\nuses cthreads, fpjson, jsonparser;\nbegin\nend.\n";
    write(&source, program)?;
    compiled(command("fpc").arg("-v0").arg(source))
}

fn has_platypus() -> Result<()> {
    compiled(command("perl").args(["-MFFI::Platypus=2.00", "-e", "1"]))
}

/// Runs a compiler that prints much, and shows it only when it fails.
fn compiled(compiler: &mut Command) -> Result<()> {
    match captured(compiler)? {
        (_, true) => Ok(()),
        (said, false) => Err(said),
    }
}

fn example(file: &str) -> PathBuf {
    root().join("bindings/examples").join(file)
}

fn cobol(place: &SuiteFolder) -> Result<Command> {
    let program = place.out.join("chat-cobol");
    let mut cobc = command("cobc");
    cobc.args(["-x", "-free", "-fstatic-call", "-Wall", "-Werror", "-o"])
        .arg(&program);
    compiled(
        cobc.arg(example("chat.cob"))
            .arg("-L")
            .arg(&place.out)
            .arg("-lwotnot"),
    )?;
    Ok(configured(place, &program))
}

fn pascal(place: &SuiteFolder) -> Result<Command> {
    let program = place.out.join("chat-pascal");
    let mut libraries = std::ffi::OsString::from("-Fl");
    libraries.push(&place.out);
    let mut output = std::ffi::OsString::from("-o");
    output.push(&program);
    let mut units = std::ffi::OsString::from("-FU");
    units.push(&place.out);
    let mut fpc = command("fpc");
    compiled(
        fpc.args(["-v0", "-Sew"])
            .args([libraries, output, units])
            .arg(example("chat.pas")),
    )?;
    Ok(configured(place, &program))
}

/// Some programs have their whole configuration in one variable.
fn configured(place: &SuiteFolder, program: &Path) -> Command {
    const SETTINGS: &str = r#"
        direct='{"token":"%s","bot_key":"%s","base_url":"%s","webhook":{"token":"%s","listen":"%s"}}'
        : "${WOTNOT_CONFIG:=$(printf "$direct" "$WOTNOT_TOKEN" "$WOTNOT_BOT_KEY" "$WOTNOT_BASE_URL" \
            "$WOTNOT_WEBHOOK_TOKEN" "$WOTNOT_LISTEN")}"
        export WOTNOT_CONFIG
        exec "$0"
    "#;
    let mut run = place.command(Path::new("sh"));
    run.args(["-c", SETTINGS]).arg(program);
    run
}

fn script(place: &SuiteFolder, interpreter: &str, file: &str) -> Command {
    let mut run = place.command(Path::new(interpreter));
    run.arg(example(file));
    run
}

fn chats(tally: &mut Tally, language: &str, program: Result<Command>) {
    let example = format!("the example in {language}");
    match program {
        Ok(program) => both_ways(tally, &example, program),
        Err(why) => tally.note(&format!("{example} builds"), Err(why)),
    }
}
