//! The archive's Swift package, built and tested by a real Swift compiler on Linux, and its examples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::chats::both_ways;
use super::sdk::Sdk;
use crate::build;
use crate::examples::{chats, dev_gateway, marked_vectors, plays_every_flow, serves_many_visitors};
use crate::readme::blocks;
use crate::run::{Result, captured, copy, read, remove_folder, root, target, write};
use crate::swift_chroot::{BUILT, CHECKOUT, LIBRARIES, Tree};

const SOURCES: &str = "bindings/swift";

/// Where the suite puts the archive, in the folder that the tree sees as [`BUILT`].
const SDK_FOLDER: &str = "unpacked/sdk";

const SDK: &str = "/built/unpacked/sdk";

/// The archive's package.
const PACKAGE: &str = "/built/unpacked/sdk/share/wotnot/swift";

pub fn run() -> Result<Tally> {
    let swift = Swift {
        tree: Tree::ready()?,
        built: target().join("xtask/swift"),
    };
    swift.unpack()?;
    let player = build::program("wotnot-conformance", "wotnot-conformance")?;
    copy(&player, &swift.built.join("wotnot-conformance"))?;
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    copy(&wotnot, &swift.built.join("wotnot"))?;

    let mut tally = Tally::default();
    // What an earlier build left behind would still pass its tests.
    swift.build()?;
    tally.note("the package builds without a warning", Ok(()));
    tally.add(swift.test()?);
    let watch = marked_vectors("swift/secrets")?;
    tally.shows_no_secret(
        "Swift",
        &watch,
        swift
            .tests(&format!("{BUILT}/secrets"))
            .args(["--filter", "ConformanceTests"]),
    );
    tally.note("no unsafe flags in Package.swift", no_unsafe_flags());
    tally.note(
        "the sample app's model talks through a gateway",
        swift.sample(),
    );
    both_ways(
        &mut tally,
        "the example",
        swift.inside(&format!("{BUILT}/package/debug/WotnotChat")),
    );
    tally.note(
        "the backend serves many visitors, some of whom leave",
        serves_many_visitors(&mut swift.inside(&format!("{BUILT}/package/debug/WotnotBackend"))),
    );
    tally.note(
        "the README's examples hold a conversation, and its loop plays every sample flow",
        swift.readme(),
    );
    Ok(tally)
}

/// The compiler, and the folder that it may write.
struct Swift {
    tree: Tree,
    built: PathBuf,
}

impl Swift {
    /// Puts the archive where programs inside the tree see it as [`SDK`].
    fn unpack(&self) -> Result<()> {
        let folder = self.built.join("unpacked");
        remove_folder(&folder)?;
        let sdk = Sdk::unpack(&folder)?;
        let place = self.built.join(SDK_FOLDER);
        fs::rename(&sdk.top, &place).map_err(|error| format!("{}: {error}", place.display()))
    }

    /// A command inside the tree, as a user of the archive would give it.
    fn inside(&self, program: &str) -> Command {
        let mut command = self.tree.command(&self.built, program);
        command
            .env("PKG_CONFIG_PATH", format!("{SDK}/lib/pkgconfig"))
            .env("LD_LIBRARY_PATH", format!("{LIBRARIES}:{SDK}/lib"));
        command
    }

    /// `swift VERB` for the package in this folder inside the tree, with its products in `scratch`.
    fn swift(&self, verb: &str, package: &str, scratch: &str) -> Command {
        let mut command = self.inside("swift");
        command
            .args([verb, "--disable-sandbox", "--package-path", package])
            .args(["--scratch-path", &format!("{BUILT}/{scratch}")])
            .args(["-Xswiftc", "-warnings-as-errors"]);
        command
    }

    fn build(&self) -> Result<()> {
        quiet(self.swift("build", PACKAGE, "package").arg("--build-tests"))
    }

    /// Runs the tests that were built, with the vectors of this folder inside the tree.
    fn tests(&self, vectors: &str) -> Command {
        let mut tests = self.swift("test", PACKAGE, "package");
        tests
            .arg("--skip-build")
            .env("WOTNOT_CONFORMANCE", format!("{BUILT}/wotnot-conformance"))
            .env("WOTNOT_BIN", format!("{BUILT}/wotnot"))
            .env("WOTNOT_FLOWS", format!("{CHECKOUT}/flows"))
            .env("WOTNOT_VECTORS", vectors);
        tests
    }

    /// Counts XCTest's lines; every vector is one more test.
    fn test(&self) -> Result<Tally> {
        let (text, success) = captured(&mut self.tests(&format!("{CHECKOUT}/tests/vectors")))?;
        let shown = |line: &&str| !line.contains("' started at ");
        for line in text.lines().filter(shown) {
            println!("{line}");
        }
        let tally = count(&text);
        match success == (tally.failed == 0) {
            true => Ok(tally),
            false => Err("swift test ended without coming to its count".into()),
        }
    }

    /// The part of the sample app that needs no screen.
    fn sample(&self) -> Result<()> {
        let package = format!("{CHECKOUT}/{SOURCES}/sample");
        quiet(
            self.swift("build", &package, "sample")
                .env("WOTNOT_PACKAGE", PACKAGE),
        )?;
        self.visits("sample/debug/SampleRun")
    }

    /// Has a program of what was built talk through a gateway.
    fn visits(&self, program: &str) -> Result<()> {
        // The tree's own folder for what is temporary.
        let state = Path::new("/tmp/visitor.state");
        let mut program = self.inside(&format!("{BUILT}/{program}"));
        dev_gateway()?.play_page(&mut program, state)
    }

    /// The README's Swift blocks, one after the other, are one program; the loop, which reads answers, is
    /// another, and plays every sample flow; the visitor, who talks through a gateway, is a third.
    fn readme(&self) -> Result<()> {
        let folder = self.built.join("readme");
        let manifest = format!(
            "// swift-tools-version: 6.0\nimport PackageDescription\n\nlet package = Package(\n  \
             name: \"Readme\", platforms: [.macOS(.v13)],\n  \
             dependencies: [.package(name: \"Wotnot\", path: \"{PACKAGE}\")],\n  \
             targets: [\"Readme\", \"Loop\", \"Visitor\"].map {{ .executableTarget(name: $0, \
             dependencies: [.product(name: \"Wotnot\", package: \"Wotnot\")]) }})\n"
        );
        write(&folder.join("Package.swift"), &manifest)?;
        let (reading, rest): (Vec<_>, Vec<_>) = blocks(&format!("{SOURCES}/README.md"), "swift")?
            .into_iter()
            .partition(|block| block.contains("readLine"));
        let (visitor, rest): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|block| block.contains("WOTNOT_GATEWAY"));
        write(
            &folder.join("Sources/Visitor/main.swift"),
            &visitor.concat(),
        )?;
        write(&folder.join("Sources/Readme/main.swift"), &rest.concat())?;
        write(&folder.join("Sources/Loop/main.swift"), &reading.concat())?;
        quiet(&mut self.swift("build", &format!("{BUILT}/readme"), "readme/build"))?;
        self.visits("readme/build/debug/Visitor")?;
        let program = format!("{BUILT}/readme/build/debug/Loop");
        plays_every_flow(|| Ok(self.inside(&program)))?;
        chats(&mut self.inside(&format!("{BUILT}/readme/build/debug/Readme")))
    }
}

/// Shows what a command prints only when it fails: a build prints a line for every file.
fn quiet(command: &mut Command) -> Result<()> {
    let (text, success) = captured(command)?;
    match success {
        true => Ok(()),
        false => Err(text),
    }
}

/// Adds up `Test Case '...' passed (...)` and the like.
fn count(text: &str) -> Tally {
    let ended = |how: &str| {
        text.lines()
            .filter(|line| line.starts_with("Test Case '") && line.contains(how))
            .count() as u64
    };
    let vectors = text.lines().find_map(|line| {
        let (passed, rest) = line.split_once(" of ")?;
        rest.ends_with(" vectors passed")
            .then(|| passed.parse::<u64>().ok())?
    });
    Tally {
        passed: ended("' passed (") + vectors.unwrap_or(0),
        failed: ended("' failed ("),
    }
}

fn no_unsafe_flags() -> Result<()> {
    match read(&root().join(SOURCES).join("Package.swift"))?.contains("unsafeFlags") {
        false => Ok(()),
        true => Err("packages with unsafe flags cannot be depended on".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_and_every_vector_counts() {
        let text = "Test Case 'A.a' started at x\nTest Case 'A.a' passed (0.1 seconds)\n\
                    249 of 250 vectors passed\nTest Case 'A.b' failed (0.2 seconds)\n";
        let expected = Tally {
            passed: 250,
            failed: 1,
        };
        assert_eq!(count(text), expected);
    }
}
