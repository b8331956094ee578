//! The conformance vectors in C and C++, against the libraries of the SDK archive.

use std::path::Path;
use std::process::Command;

use super::Tally;
use super::c::counted;
use super::sdk::Sdk;
use crate::build;
use crate::examples::marked_vectors;
use crate::run::{Result, need, root, scratch};

/// A runner: its name, compiler, flags and source, and the package that it is linked with.
type Runner = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const RUNNERS: [Runner; 4] = [
    (
        "c-shared",
        "gcc",
        &["-std=c99"],
        "tests/c/vectors.c",
        "wotnot",
    ),
    (
        "c-static",
        "clang",
        &["-std=c99"],
        "tests/c/vectors.c",
        "wotnot-static",
    ),
    (
        "cpp-sanitized",
        "g++",
        &[
            "-std=c++17",
            "-g",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=undefined",
        ],
        "tests/cpp/vectors.cpp",
        "wotnot",
    ),
    (
        "cpp-static-without-exceptions",
        "clang++",
        &["-std=c++17", "-fno-exceptions", "-DJSON_NOEXCEPTION"],
        "tests/cpp/vectors.cpp",
        "wotnot-static",
    ),
];

pub fn run() -> Result<Tally> {
    for (program, package) in [
        ("gcc", "gcc"),
        ("g++", "g++"),
        ("clang++", "clang"),
        ("pkg-config", "pkg-config"),
        ("valgrind", "valgrind"),
    ] {
        need(program, package)?;
    }
    need("<nlohmann/json.hpp>", "nlohmann-json3-dev")?;
    let sdk = Sdk::unpack(&scratch("vectors")?)?;
    let player = build::program("wotnot-conformance", "wotnot-conformance")?;
    let watch = marked_vectors("vectors-secrets")?;
    let mut tally = Tally::default();
    for (name, compiler, flags, source, package) in RUNNERS {
        println!("--- {name}");
        let program = sdk.compile(compiler, flags, &root().join(source), package, name)?;
        let mut runner = sdk.shell(&program);
        runner.arg(&player).arg(root().join("tests/vectors"));
        tally.add(counted(runner)?);
        if package == "wotnot" {
            let mut runner = sdk.shell(&program);
            tally.shows_no_secret(name, &watch, runner.arg(&player).arg(watch.folder()));
        }
        if name == "c-shared" {
            let mut valgrind = sdk.shell(Path::new("valgrind"));
            valgrind
                .args(["-q", "--leak-check=full", "--error-exitcode=9"])
                .args([&program, &player])
                .arg(root().join("tests/vectors"));
            tally.note(
                "valgrind finds no error and no leak in all vectors",
                is_clean(&mut valgrind),
            );
        }
    }
    Ok(tally)
}

/// Whether valgrind passes. Some vectors may fail here: their deadlines are for a program at full speed.
fn is_clean(valgrind: &mut Command) -> Result<()> {
    let output = valgrind.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    match output.status.code() {
        Some(0 | 1) if said.contains("vectors in C: ") => Ok(()),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
