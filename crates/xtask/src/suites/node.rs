//! The npm package: packed, installed elsewhere, and tested there, never from the source tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::language::{Page, SHOWN, both_ways};
use super::{Tally, count};
use crate::build::{self, Profile};
use crate::examples::marked_vectors;
use crate::npm::{Contents, Package, application, link_packages, npx};
use crate::readme::programs;
use crate::run::{
    Result, check, copy, entries, file_name, make_folder, output, read, root, scratch, write,
};
use crate::sh;

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

const PAGE: Page = Page {
    folder: "node",
    fence: "js",
    reads_by: "process.stdin",
    file: "*.mjs",
    shown: &SHOWN,
};

/// Says whether the package loads, or why not.
const LOADS: &str = "try { new (require('wotnot').Client)({token: 't'}).close(); console.log('it loads') } \
                     catch (error) { console.log(error.message) }";

/// Says whether the emulator runs, or why not.
const EMULATES: &str = "require('wotnot/testing').Emulator.start().then( \
                          async (emulator) => { await emulator.close(); console.log('it runs') }, \
                          (error) => console.log(error.message))";

/// A project's compiler options for a strict program.
const STRICT: &str = r#"{"strict": true, "noEmit": true, "module": "nodenext", "target": "es2022",
    "lib": ["es2023", "esnext.disposable"], "types": ["node"]}"#;

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
    let profile = ["--profile", "node16"];
    tally.note("attw passes", check(npx("attw").args(profile).arg(&whole)));
    tally.note(
        "a strict TypeScript program and the README's examples compile",
        types_compile(&app),
    );
    let missing = format!("npm install --save-dev wotnot-cli-{}", package.platform());
    for (name, folder, tarballs, program, expected) in [
        (
            "without its own addon the package loads the platform's package",
            "with-platform",
            &[&*bare, &*platform][..],
            LOADS,
            "it loads",
        ),
        (
            "without any addon it says which package is missing",
            "without",
            &[&*bare],
            LOADS,
            "is installed. npm leaves it out when",
        ),
        (
            "with the command's package the emulator needs nothing on the PATH",
            "with-command",
            &[&*whole, &*cli],
            EMULATES,
            "it runs",
        ),
        (
            "without it the emulator says what to install",
            "without-command",
            &[&*whole],
            EMULATES,
            &*missing,
        ),
    ] {
        tally.note(name, says(&out.join(folder), tarballs, program, expected));
    }
    let pages = format!(
        "with-command/node_modules/wotnot-cli-{}/man/wotnot-flow-test.1",
        package.platform()
    );
    tally.note(
        "the command's package has a man page for every command",
        out.join(&pages).is_file().then_some(()).ok_or(pages),
    );
    PAGE.check(&mut tally, &app, |source| Ok(node(&app, source)));
    copy_tests(&app)?;
    both_ways(
        &mut tally,
        "the example",
        node(&app, "examples/chat.mjs".as_ref()),
    );
    tally.add(node_tests(&app, Path::new("node"))?);
    tally.add(node_tests(&app, &newest(&out.join("newest"))?)?);
    let marked = marked_vectors("node-secrets")?;
    let mut runner = sh!("node --trace-warnings test/vectors.test.mjs");
    runner
        .current_dir(&app)
        .env("WOTNOT_CONFORMANCE", player()?)
        .env("WOTNOT_VECTORS", marked.folder())
        // Not `stream`: there Node prints the pipe by which the runner writes to the player.
        .env(
            "NODE_DEBUG",
            "leak_probe,fetch,http,http2,timer,tls,undici,worker",
        );
    tally.shows_no_secret("Node", &marked, &mut runner);
    Ok(tally)
}

fn player() -> Result<PathBuf> {
    build::program("wotnot-conformance", "wotnot-conformance")
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
    for name in ["package.json", "package-lock.json"] {
        copy(&root().join("bindings/node").join(name), &folder.join(name))?;
    }
    check(sh!("npm ci --dry-run --silent --no-fund --no-audit").current_dir(folder))
}

/// Regenerates the types of the addon with napi and compares them with the committed ones.
fn types_are_fresh(folder: &Path) -> Result<()> {
    make_folder(folder)?;
    let build = "build --no-js --dts native.d.ts --output-dir".split(' ');
    check(npx("napi").args(build).arg(folder))?;
    let made = folder.join("native.d.ts");
    let kept = root().join("bindings/node/src/native.d.ts");
    match read(&made)? == read(&kept)? {
        true => Ok(()),
        false => Err(format!("{} is not {}", kept.display(), made.display())),
    }
}

fn types_compile(app: &Path) -> Result<()> {
    link_packages(app, &TEST_PACKAGES)?;
    let mut files = programs("bindings/node/README.md", "js", app, "*.mts")?;
    for name in ["types.ts", "types.mts"] {
        files.push(app.join(name));
        copy(&root().join("bindings/node/test/types.ts"), &app.join(name))?;
    }
    let project = format!(r#"{{"compilerOptions": {STRICT}, "files": {files:?}}}"#);
    write(&app.join("tsconfig.json"), &project)?;
    check(
        npx("tsc")
            .current_dir(app)
            .args(["--project", "tsconfig.json"]),
    )
}

/// A run of a program in the application.
fn node(app: &Path, program: &Path) -> Command {
    let mut node = sh!("node {program}");
    node.current_dir(app);
    node
}

/// Runs a program in an empty environment, in an application with these tarballs, and looks for what it prints.
fn says(folder: &Path, tarballs: &[&Path], program: &str, expected: &str) -> Result<()> {
    let app = application(folder, tarballs)?;
    let node = output(sh!("node -p process.execPath"))?;
    let node = node.trim();
    let text = output(sh!("{node} -e {program}").current_dir(app).env_clear())?;
    text.contains(expected).then_some(()).ok_or(text)
}

/// Installs the newest Node, which npm has as a package, and gives its program.
fn newest(folder: &Path) -> Result<PathBuf> {
    write(&folder.join("package.json"), r#"{"private": true}"#)?;
    check(sh!("npm install --silent --no-fund --no-audit node@{NEWEST}").current_dir(folder))?;
    Ok(folder.join("node_modules/node/bin/node"))
}

/// Puts the package's tests and examples into the application.
fn copy_tests(app: &Path) -> Result<()> {
    link_packages(app, &TEST_PACKAGES)?;
    for folder in ["test", "test/scripts", "examples"] {
        for file in entries(&root().join("bindings/node").join(folder))? {
            if file.is_file() {
                copy(&file, &app.join(folder).join(file_name(&file)))?;
            }
        }
    }
    Ok(())
}

/// Runs the package's tests in the application on this Node, and reads their count.
fn node_tests(app: &Path, node: &Path) -> Result<Tally> {
    println!("{}", output(sh!("{node} --version"))?.trim());
    let mut files = entries(&app.join("test"))?;
    files.retain(|file| file_name(file).contains(".test."));
    let report = app.join("report.xml");
    let mut tests = sh!(
        "{node} --test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout
         --test-reporter=junit --test-reporter-destination {report} {files...}"
    );
    tests
        .current_dir(app)
        .env("WOTNOT_CONFORMANCE", player()?)
        .env("WOTNOT_VECTORS", root().join("tests/vectors"))
        .env("RUST_BACKTRACE", "0")
        .env_remove("WOTNOT_BIN");
    count::reported(&mut tests, &report)
}
