//! What one event costs while others wait for theirs, and how soon a cancelled call ends, in each language.

use std::fmt::Write;
use std::process::Command;

use crate::languages::{Languages, Section};
use crate::page;
use crate::program::Program;
use crate::report::{self, Pace};
use crate::runs::{Runs, median};
use crate::{java, python, server};
use xtask::build;
use xtask::c_program::name_for_the_loader;
use xtask::dist::jvm;
use xtask::npm::{Contents, Package, application};
use xtask::run::{Result, check, command, copy, root, scratch, write};
use xtask::swift_chroot::{BUILT, CHECKOUT, LIBRARIES, Tree};

const ROUNDS: usize = 5;
const EVENTS: usize = 500;
const CANCELS: usize = 200;
const WAITERS: [u64; 5] = [0, 100, 1000, 5000, 20_000];
/// How many chats of asyncio go on at once; `waiters.py` has the same numbers.
const CHATS: [u64; 4] = [50, 100, 200, 400];
const FOLDER: &str = "crates/bench/programs";

/// A language, and what makes its program.
type Language = (&'static str, fn(Pace) -> Result<Command>);

const LANGUAGES: [Language; 5] = [
    ("C", c),
    ("Python", python),
    ("Node", node),
    ("Kotlin", kotlin),
    ("Swift", swift),
];

pub fn run(pace: Pace, languages: &Languages) -> Result<()> {
    languages.check("waiters", &LANGUAGES.map(|(name, _)| name))?;
    let (rounds, events, cancels) = (
        pace.rounds(ROUNDS),
        pace.amount(EVENTS),
        pace.amount(CANCELS),
    );
    let mut head = format!(
        "{} {rounds} rounds in turns of {events} events, each through `accept_webhook` to the one who waits for its \
         conversation, while so many others wait for conversations of their own; medians over the rounds, in µs an event. \
         The ratio is that of the most waiters to none, taken round by round; the goal is at most 2. A waiter is a \
         thread in C, a task of asyncio, a pending `next()`, a coroutine, a task of Swift; the program in C asks Linux for \
         32,768 lists of waiting threads (PR_FUTEX_HASH), for newer kernels keep 16 for a process on two cores. The last columns are {cancels} \
         calls that were cancelled while they waited for the answer to a message: from the cancellation to the end of \
         the call, in ms; the goal is at most 100.\n\n| |",
        report::made_by("waiters", pace),
    );
    for waiters in WAITERS {
        let _ = write!(head, " {waiters} |");
    }
    let _ = writeln!(
        head,
        " ratio | cancelled, median | maximum |\n| --- |{}",
        " ---: |".repeat(WAITERS.len() + 3)
    );
    let mut section = Section::new("waiters", head)?;
    let url = format!("http://{}", server::start_silent()?);
    // One that fails, such as for want of a compiler, takes no other's numbers with it.
    let mut failed = Vec::new();
    for (subject, program) in LANGUAGES {
        if !languages.has(subject) {
            section.keep(subject);
            continue;
        }
        let measured = program(pace).and_then(|mut program| {
            program
                .arg(&url)
                .args([rounds, events, cancels].map(|size| size.to_string()))
                .args(WAITERS.map(|waiters| waiters.to_string()));
            Runs::of(&mut program)
        });
        match measured {
            Ok(runs) => {
                section.add(&row(subject, &runs));
                write_chats(pace, &runs)?;
            }
            Err(why) => failed.push(format!("{subject}: {why}")),
        }
    }
    section.write()?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

fn row(subject: &str, runs: &Runs) -> String {
    let us = |waiters: u64| runs.with("waiters", waiters).numbers("us");
    let [none, .., most] = WAITERS;
    let mut text = format!("| {subject} |");
    for waiters in WAITERS {
        let _ = write!(text, " {:.1} |", median(us(waiters)));
    }
    let rounds = us(most).into_iter().zip(us(none));
    let ratio = median(rounds.map(|(most, none)| most / none));
    let cancelled = runs.numbers("cancel_ms");
    let longest = cancelled.iter().copied().fold(0.0, f64::max);
    let cancelled = median(cancelled);
    let _ = writeln!(text, " {ratio:.2} | {cancelled:.2} | {longest:.2} |");
    text
}

fn c(pace: Pace) -> Result<Command> {
    Ok(Program::build("waiters", pace)?.run())
}

/// The section of chats that go on at once, where a program has measured them.
fn write_chats(pace: Pace, runs: &Runs) -> Result<()> {
    let us = |chats: u64| runs.with("chats", chats).numbers("us");
    let [few, .., many] = CHATS;
    let ratio = median(
        us(many)
            .into_iter()
            .zip(us(few))
            .map(|(many, few)| many / few),
    );
    if us(few).is_empty() {
        return Ok(());
    }
    let mut text = format!(
        "{} So many chats of asyncio at once, each a task that takes 20 events of its conversation one after the other; \
         medians over the rounds, in µs an event. The time is linear in the number of chats where the ratio, that of \
         {many} chats to {few}, is 1.\n\n| |",
        report::made_by("waiters", pace)
    );
    for chats in CHATS {
        let _ = write!(text, " {chats} |");
    }
    let _ = write!(
        text,
        " ratio |\n| --- |{}\n| Python |",
        " ---: |".repeat(CHATS.len() + 1)
    );
    for chats in CHATS {
        let _ = write!(text, " {:.1} |", median(us(chats)));
    }
    let _ = writeln!(text, " {ratio:.2} |");
    page::write("chats", &text)
}

/// From the wheel as it is shipped, whatever the pace.
fn python(_: Pace) -> Result<Command> {
    let (interpreter, _) = python::environment(&scratch("bench-waiters-python")?, &[])?;
    let mut program = command(interpreter);
    program.args(["-I", &format!("{FOLDER}/waiters.py")]);
    Ok(program)
}

fn node(pace: Pace) -> Result<Command> {
    let out = scratch("bench-waiters-node")?;
    let tarball = Package::build(pace.profile())?.pack(&out.join("packed"), Contents::WithAddon)?;
    let app = application(&out.join("app"), &[&tarball])?;
    copy(
        &root().join(FOLDER).join("waiters.mjs"),
        &app.join("waiters.mjs"),
    )?;
    let mut program = command("node");
    program.current_dir(app).arg("waiters.mjs");
    Ok(program)
}

/// The program lies among the package's tests, which Maven compiles.
fn kotlin(pace: Pace) -> Result<Command> {
    let class_path = java::class_path("bench-waiters-kotlin", pace.profile())?;
    check(jvm::maven().arg("kotlin:test-compile@test-compile"))?;
    let programs = jvm::folder().join("build/test-classes");
    let mut program = command("java");
    program
        .args(["-cp", &format!("{}:{class_path}", programs.display())])
        .arg("io.github.libwotnot.WaitersBenchmark");
    Ok(program)
}

/// A package of its own, built against the checkout's and the library of this profile.
fn swift(pace: Pace) -> Result<Command> {
    let out = scratch("bench-waiters-swift")?;
    copy(
        &root().join(FOLDER).join("waiters.swift"),
        &out.join("Sources/Waiters/main.swift"),
    )?;
    let library = build::library(pace.profile())?;
    copy(&library.join("libwotnot.so"), &out.join("libwotnot.so"))?;
    name_for_the_loader(&library, &out)?;
    let pkg_config = format!(
        "Name: wotnot\nDescription: the library\nVersion: 0\nCflags: -I{CHECKOUT}/include\nLibs: -L{BUILT} -lwotnot\n"
    );
    write(&out.join("wotnot.pc"), &pkg_config)?;
    write(&out.join("Package.swift"), SWIFT_PACKAGE)?;
    let tree = Tree::ready()?;
    let inside = |program: &str| {
        let mut inside = tree.command(&out, program);
        inside
            .env("PKG_CONFIG_PATH", BUILT)
            .env("LD_LIBRARY_PATH", format!("{LIBRARIES}:{BUILT}"));
        inside
    };
    check(inside("swift").args([
        "build",
        "--quiet",
        "--disable-sandbox",
        "--configuration",
        "release",
        "--package-path",
        BUILT,
    ]))?;
    Ok(inside(&format!("{BUILT}/.build/release/Waiters")))
}

const SWIFT_PACKAGE: &str = r#"// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Waiters", platforms: [.macOS(.v13)],
  dependencies: [.package(name: "Wotnot", path: "/checkout/bindings/swift")],
  targets: [
    .executableTarget(
      name: "Waiters", dependencies: [.product(name: "Wotnot", package: "Wotnot")],
      swiftSettings: [.swiftLanguageMode(.v5)])
  ])
"#;
