//! The conformance vectors in C and C++, against the libraries of the SDK archive.

use std::process::Command;

use super::Tally;
use super::count::counted;
use super::sdk::Sdk;
use crate::build;
use crate::examples::marked_vectors;
use crate::run::{Result, needs, root, scratch};

const C: &str = "tests/c/vectors.c";
const CPP: &str = "tests/cpp/vectors.cpp";

/// Runners: name, compiler, flags, source, and the package that it is linked with.
const RUNNERS: [(&str, &str, &str, &str, &str); 4] = [
    ("c-shared", "gcc", "-std=c99", C, "wotnot"),
    ("c-static", "clang", "-std=c99", C, "wotnot-static"),
    (
        "cpp-sanitized",
        "g++",
        "-std=c++17 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined",
        CPP,
        "wotnot",
    ),
    (
        "cpp-static-without-exceptions",
        "clang++",
        "-std=c++17 -fno-exceptions -DJSON_NOEXCEPTION",
        CPP,
        "wotnot-static",
    ),
];

pub fn run() -> Result<Tally> {
    needs(&[
        "gcc",
        "g++",
        "clang++ clang",
        "pkg-config",
        "valgrind",
        "<nlohmann/json.hpp> nlohmann-json3-dev",
    ])?;
    let sdk = Sdk::unpack(&scratch("vectors")?)?;
    let player = build::program("wotnot-conformance", "wotnot-conformance")?;
    let marked = marked_vectors("vectors-secrets")?;
    let vectors = root().join("tests/vectors");
    let mut tally = Tally::default();
    for (name, compiler, flags, source, package) in RUNNERS {
        println!("--- {name}");
        let flags: Vec<&str> = flags.split(' ').collect();
        let program = sdk.compile(compiler, &flags, &root().join(source), package, name)?;
        tally.add(counted(sdk.shell(&program).args([&player, &vectors]))?);
        if package == "wotnot" {
            let mut runner = sdk.shell(&program);
            tally.shows_no_secret(name, &marked, runner.arg(&player).arg(marked.folder()));
        }
        if name == "c-shared" {
            let mut valgrind = sdk.shell("valgrind");
            valgrind
                .args("-q --leak-check=full --error-exitcode=9".split(' '))
                .args([&program, &player, &vectors]);
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
