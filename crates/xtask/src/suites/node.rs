//! The npm package: packed, installed elsewhere, and tested there, never from the source tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::chats::{self, both_ways};
use super::{Tally, count};
use crate::build::{self, Profile};
use crate::examples::{marked_vectors, plays_every_flow};
use crate::npm::{Contents, Package, application, link_packages, npx};
use crate::readme::{block_with, programs};
use crate::run::{Result, check, command, copy, make_folder, output, read, root, scratch, write};

/// The newest version that the package is tested on; the oldest is what the machine has, or should have.
const NEWEST: &str = "26.10.0";

/// What the tests use beside the package itself.
const TEST_PACKAGES: [&str; 6] = [
    "express",
    "fastify",
    "typescript",
    "@types",
    "undici",
    "undici-types",
];

pub fn run() -> Result<Tally> {
    let out = scratch("node")?;
    let package = Package::build(Profile::Dev)?;
    let bare = package.pack(&out.join("bare"), Contents::WithoutAddon)?;
    let whole = package.pack(&out.join("whole"), Contents::WithAddon)?;
    let (platform, cli) = package.pack_platform(&out.join("npm"))?;
    let app = application(&out.join("app"), &[&whole, &cli])?;

    let mut tally = Tally::default();
    tally.note("the lock file names no registry", lock_is_clean());
    tally.note(
        "npm ci takes the lock file of a clean clone",
        lock_is_whole(&out.join("lock")),
    );
    tally.note(
        "the addon has the types that src/native.d.ts says",
        types_are_fresh(&out.join("types")),
    );
    tally.note(
        "publint passes",
        check(npx("publint").arg("--strict").arg(&whole)),
    );
    tally.note(
        "attw passes",
        check(npx("attw").args(["--profile", "node16"]).arg(&whole)),
    );
    tally.note(
        "a strict TypeScript program and the README's examples compile",
        types_compile(&app),
    );
    tally.note(
        "without its own addon the package loads the platform's package",
        loads(&out.join("with-platform"), &[&bare, &platform], true),
    );
    tally.note(
        "without any addon it says which package is missing",
        loads(&out.join("without"), &[&bare], false),
    );
    tally.note(
        "with the command's package the emulator needs nothing on the PATH",
        emulates(&out.join("with-command"), &[&whole, &cli], "it runs"),
    );
    let pages = format!(
        "with-command/node_modules/wotnot-cli-{}/man/wotnot-flow-test.1",
        package.platform()
    );
    tally.note(
        "the command's package has a man page for every command",
        out.join(&pages).is_file().then_some(()).ok_or(pages),
    );
    tally.note(
        "without it the emulator says what to install",
        emulates(
            &out.join("without-command"),
            &[&whole],
            &format!("npm install --save-dev wotnot-cli-{}", package.platform()),
        ),
    );
    tally.note(
        "the README's loop plays every sample flow",
        readme_plays(&app),
    );
    chats::page(
        &mut tally,
        ("node", "js"),
        &app.join("visitor.mjs"),
        |source| Ok(node(&app, source)),
    );
    copy_tests(&app)?;
    both_ways(
        &mut tally,
        "the example",
        node(&app, Path::new("examples/chat.mjs")),
    );
    tally.add(node_tests(&app, Path::new("node"))?);
    tally.add(node_tests(&app, &newest(&out.join("newest"))?)?);
    let watch = marked_vectors("node-secrets")?;
    tally.shows_no_secret(
        "Node",
        &watch,
        command("node")
            .current_dir(&app)
            .args(["--trace-warnings", "test/vectors.test.mjs"])
            .env(
                "WOTNOT_CONFORMANCE",
                build::program("wotnot-conformance", "wotnot-conformance")?,
            )
            .env("WOTNOT_VECTORS", watch.folder())
            // Not `stream`: there Node prints the pipe by which the runner writes to the player.
            .env(
                "NODE_DEBUG",
                "leak_probe,fetch,http,http2,timer,tls,undici,worker",
            ),
    );
    Ok(tally)
}

fn lock_is_clean() -> Result<()> {
    let text = read(&root().join("bindings/node/package-lock.json"))?;
    match text.lines().find(|line| line.contains("\"resolved\"")) {
        None => Ok(()),
        Some(line) => Err(format!("package-lock.json: {}", line.trim())),
    }
}

/// npm that has packages installed leaves those of other platforms out of a lock file that it writes,
/// and then refuses the file where none are installed.
fn lock_is_whole(folder: &Path) -> Result<()> {
    make_folder(folder)?;
    for name in ["package.json", "package-lock.json"] {
        copy(&root().join("bindings/node").join(name), &folder.join(name))?;
    }
    check(command("npm").current_dir(folder).args([
        "ci",
        "--dry-run",
        "--silent",
        "--no-fund",
        "--no-audit",
    ]))
}

/// Regenerates the types of the addon with napi and compares them with the committed ones.
fn types_are_fresh(folder: &Path) -> Result<()> {
    make_folder(folder)?;
    check(
        npx("napi")
            .args(["build", "--no-js", "--dts", "native.d.ts", "--output-dir"])
            .arg(folder),
    )?;
    let made = folder.join("native.d.ts");
    let kept = root().join("bindings/node/src/native.d.ts");
    match read(&made)? == read(&kept)? {
        true => Ok(()),
        false => Err(format!("{} is not {}", kept.display(), made.display())),
    }
}

fn types_compile(app: &Path) -> Result<()> {
    let package = root().join("bindings/node");
    link_packages(app, &TEST_PACKAGES)?;
    copy(&package.join("test/types.ts"), &app.join("types.ts"))?;
    copy(&package.join("test/types.ts"), &app.join("types.mts"))?;
    let mut files = programs("bindings/node/README.md", "js", app, "*.mts")?;
    files.extend([app.join("types.ts"), app.join("types.mts")]);
    write(
        &app.join("tsconfig.json"),
        &format!(
            r#"{{"compilerOptions": {{"strict": true, "noEmit": true, "module": "nodenext", "target": "es2022",
            "lib": ["es2023", "esnext.disposable"], "types": ["node"]}}, "files": {files:?}}}"#
        ),
    )?;
    check(
        npx("tsc")
            .current_dir(app)
            .args(["--project", "tsconfig.json"]),
    )
}

fn readme_plays(app: &Path) -> Result<()> {
    let source = app.join("loop.mjs");
    write(
        &source,
        &block_with("bindings/node/README.md", "js", "process.stdin")?,
    )?;
    plays_every_flow(|| Ok(node(app, &source)))
}

/// A run of a program in the application.
fn node(app: &Path, program: &Path) -> Command {
    let mut node = command("node");
    node.arg(program).current_dir(app);
    node
}

fn loads(folder: &Path, tarballs: &[&Path], expected: bool) -> Result<()> {
    let app = application(folder, tarballs)?;
    let program = "try { new (require('wotnot').Client)({token: 't'}).close(); console.log('loaded') } \
                   catch (error) { console.log(error.message) }";
    let text = output(command("node").current_dir(app).args(["-e", program]))?;
    let as_expected = match expected {
        true => text.trim() == "loaded",
        false => text.contains("is installed. npm leaves it out when"),
    };
    as_expected.then_some(()).ok_or(text)
}

/// Starts the emulator in an empty environment, and looks for what that prints.
fn emulates(folder: &Path, tarballs: &[&Path], expected: &str) -> Result<()> {
    let app = application(folder, tarballs)?;
    let program = "require('wotnot/testing').Emulator.start().then( \
                     async (emulator) => { await emulator.close(); console.log('it runs') }, \
                     (error) => console.log(error.message))";
    let node = output(command("node").args(["-p", "process.execPath"]))?;
    let text = output(
        command(node.trim())
            .current_dir(app)
            .args(["-e", program])
            .env_clear(),
    )?;
    text.contains(expected).then_some(()).ok_or(text)
}

/// Installs the newest Node, which npm has as a package, and gives its program.
fn newest(folder: &Path) -> Result<PathBuf> {
    make_folder(folder)?;
    write(&folder.join("package.json"), r#"{"private": true}"#)?;
    check(
        command("npm")
            .current_dir(folder)
            .args(["install", "--silent", "--no-fund", "--no-audit"])
            .arg(format!("node@{NEWEST}")),
    )?;
    Ok(folder.join("node_modules/node/bin/node"))
}

/// Puts the package's tests and examples into the application.
fn copy_tests(app: &Path) -> Result<()> {
    link_packages(app, &TEST_PACKAGES)?;
    let package = root().join("bindings/node");
    for folder in ["test", "test/scripts", "examples"] {
        make_folder(&app.join(folder))?;
        for entry in fs::read_dir(package.join(folder)).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.path().is_file() {
                copy(&entry.path(), &app.join(folder).join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

/// Runs the package's tests in the application on this Node, and reads their count.
fn node_tests(app: &Path, node: &Path) -> Result<Tally> {
    println!("{}", output(command(node).arg("--version"))?.trim());
    let mut files: Vec<String> = fs::read_dir(app.join("test"))
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| format!("test/{}", entry.file_name().to_string_lossy()))
        .filter(|name| name.contains(".test."))
        .collect();
    files.sort();
    let report = app.join("report.xml");
    let ended = check(
        command(node)
            .current_dir(app)
            .args(["--test", "--test-concurrency=2"])
            .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
            .args(["--test-reporter=junit", "--test-reporter-destination"])
            .arg(&report)
            .args(files)
            .env(
                "WOTNOT_CONFORMANCE",
                build::program("wotnot-conformance", "wotnot-conformance")?,
            )
            .env("WOTNOT_VECTORS", root().join("tests/vectors"))
            .env("RUST_BACKTRACE", "0")
            .env_remove("WOTNOT_BIN"),
    );
    let tally = count::report(&report)?;
    match ended.is_ok() == (tally.failed == 0) {
        true => Ok(tally),
        false => Err("node --test and its report do not agree".into()),
    }
}
