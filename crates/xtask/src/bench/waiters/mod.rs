//! What one event costs while others wait for theirs, and how soon a cancelled call ends, in each language.

use std::fmt::Write;
use std::process::Command;

use super::program::Program;
use super::report::{self, Pace, median};
use super::runs::Runs;
use super::{java, python, server};
use crate::build;
use crate::dist::jvm;
use crate::run::{Result, check, command, copy, root, scratch, write};
use crate::suites::name_for_the_loader;
use crate::suites::node::{Contents, Package, application};
use crate::swift_chroot::{BUILT, CHECKOUT, LIBRARIES, Tree};

const ROUNDS: usize = 5;
const EVENTS: usize = 500;
const CANCELS: usize = 200;
const WAITERS: [u64; 5] = [0, 100, 1000, 5000, 20_000];
/// Of threads in C: each that waits is one of the kernel's.
const MOST_THREADS: u64 = 1000;
const FOLDER: &str = "crates/xtask/src/bench/waiters";

/// A language, the most waiters that it is measured with, and what makes its program.
type Language = (&'static str, u64, fn(Pace) -> Result<Command>);

const LANGUAGES: [Language; 5] = [
    ("C", MOST_THREADS, c),
    ("Python", u64::MAX, python),
    ("Node", u64::MAX, node),
    ("Kotlin", u64::MAX, kotlin),
    ("Swift", u64::MAX, swift),
];

pub fn run(pace: Pace) -> Result<()> {
    let (rounds, events, cancels) = (
        pace.rounds(ROUNDS),
        pace.amount(EVENTS),
        pace.amount(CANCELS),
    );
    let mut text = format!(
        "{} {rounds} rounds in turns of {events} events, each through `accept_webhook` to the one who waits for its \
         conversation, while so many others wait for conversations of their own; medians over the rounds, in µs an event. \
         The ratio is that of the most waiters to none, taken round by round; the goal is at most 2. A waiter is a \
         thread in C, of which there are at most {MOST_THREADS}, a task of asyncio, a pending `next()`, a coroutine, a task \
         of Swift. The last columns are {cancels} calls that were cancelled while they waited for the answer to a \
         message: from the cancellation to the end of the call, in ms; the goal is at most 100.\n\n| |",
        report::made_by("waiters", pace),
    );
    for waiters in WAITERS {
        let _ = write!(text, " {waiters} |");
    }
    let _ = writeln!(
        text,
        " ratio | cancelled, median | maximum |\n| --- |{}",
        " ---: |".repeat(WAITERS.len() + 3)
    );
    let url = format!("http://{}", server::start_silent()?);
    // One that fails, such as for want of a compiler, takes no other's numbers with it.
    let mut failed = Vec::new();
    for (subject, most, program) in LANGUAGES {
        let measured = program(pace).and_then(|mut program| {
            let waiters = WAITERS.iter().filter(|waiters| **waiters <= most);
            program
                .arg(&url)
                .args([rounds, events, cancels].map(|size| size.to_string()))
                .args(waiters.map(u64::to_string));
            Runs::of(&mut program)
        });
        match measured {
            Ok(runs) => row(&mut text, subject, &runs),
            Err(why) => failed.push(format!("{subject}: {why}")),
        }
    }
    report::write("waiters", &text)?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

fn row(text: &mut String, subject: &str, runs: &Runs) {
    let _ = write!(text, "| {subject} |");
    let mut most = 0;
    for waiters in WAITERS {
        let runs = runs.with("waiters", waiters);
        if runs.subjects().is_empty() {
            *text += " |";
        } else {
            let _ = write!(text, " {:.1} |", runs.median(subject, "us"));
            most = waiters;
        }
    }
    let us = |waiters: u64| runs.with("waiters", waiters).numbers("us");
    let rounds = us(most).into_iter().zip(us(0));
    let ratio = median(rounds.map(|(most, none)| most / none));
    let cancelled = runs.numbers("cancel_ms");
    let longest = cancelled.iter().copied().fold(0.0, f64::max);
    let _ = writeln!(
        text,
        " {ratio:.2} | {:.2} | {longest:.2} |",
        median(cancelled)
    );
}

fn c(pace: Pace) -> Result<Command> {
    Ok(Program::build("waiters", pace)?.run())
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
