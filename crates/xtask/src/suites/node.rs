//! The npm package: packed, installed elsewhere, and tested there, never from the source tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::secrets::Watch;
use crate::build::{self, Profile};
use crate::run::{Result, check, command, make_folder, need, output, root, scratch};

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
        "publint is content",
        check(npx("publint").arg("--strict").arg(&whole)),
    );
    tally.note(
        "attw is content",
        check(npx("attw").args(["--profile", "node16"]).arg(&whole)),
    );
    tally.note("a strict TypeScript program compiles", types_compile(&app));
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
    tally.note(
        "without it the emulator says what to install",
        emulates(
            &out.join("without-command"),
            &[&whole],
            &format!("npm install --save-dev wotnot-cli-{}", package.platform),
        ),
    );
    copy_tests(&app)?;
    tally.add(node_tests(&app, Path::new("node"))?);
    tally.add(node_tests(&app, &newest(&out.join("newest"))?)?);
    let watch = Watch::new(scratch("node-secrets")?)?;
    watch.check(
        &mut tally,
        "Node",
        command("node")
            .current_dir(&app)
            .args(["--trace-warnings", "test/vectors.test.mjs"])
            .env("WOTNOT_STUB", build::program("wotnot-stub", "wotnot-stub")?)
            .env("WOTNOT_VECTORS", watch.folder())
            // Not `stream`: there Node prints the pipe by which the runner tells the stub.
            .env(
                "NODE_DEBUG",
                "careless,fetch,http,http2,timer,tls,undici,worker",
            ),
    );
    Ok(tally)
}

/// The package in the checkout, compiled.
pub struct Package {
    folder: PathBuf,
    addon: PathBuf,
    platform: String,
}

/// Whether a tarball brings the addon of this machine, as a checkout's does, or leaves it to the
/// platform's package, as a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The addon of this machine is inside.
    WithAddon,
    /// A platform package brings it.
    WithoutAddon,
}

impl Package {
    /// Installs what building needs, and builds both halves.
    pub fn build(profile: Profile) -> Result<Self> {
        let folder = root().join("bindings/node");
        need("strip", "binutils")?;
        for program in ["node", "npm"] {
            output(command(program).arg("--version"))
                .map_err(|why| format!("{why}; install Node 20 or later (https://nodejs.org)"))?;
        }
        // Not `npm ci`: npm leaves other platforms' optional packages out of the lock file, and
        // `ci` then refuses it.
        check(npm().args([
            "install",
            "--no-save",
            "--silent",
            "--no-fund",
            "--no-audit",
        ]))?;
        check(npm().args(["run", "--silent", "build:js"]))?;
        let platform = output(
            command("node")
                .current_dir(&folder)
                .args(["-p", "require('./dist/platform.js').platformName()"]),
        )?
        .trim()
        .to_owned();
        let built = build::addon(profile)?;
        let addon = scratch("node-addon")?.join("wotnot.node");
        check(command("strip").arg("-o").arg(&addon).arg(&built))?;
        Ok(Self {
            folder,
            addon,
            platform,
        })
    }

    /// The addon of this machine, stripped.
    pub fn addon(&self) -> &Path {
        &self.addon
    }

    /// Makes the tarball that `npm publish` would send.
    pub fn pack(&self, to: &Path, contents: Contents) -> Result<PathBuf> {
        let inside = self.folder.join(format!("wotnot.{}.node", self.platform));
        match contents {
            Contents::WithAddon => copy(&self.addon, &inside)?,
            Contents::WithoutAddon if inside.exists() => {
                fs::remove_file(&inside).map_err(|error| error.to_string())?;
            }
            Contents::WithoutAddon => {}
        }
        pack(&self.folder, to)
    }

    /// Makes the tarballs of this platform, the addon's and the command's. napi insists on their place.
    fn pack_platform(&self, to: &Path) -> Result<(PathBuf, PathBuf)> {
        let command = scratch("node-command")?.join("wotnot");
        check(
            self::command("strip")
                .arg("-o")
                .args([&command, &build::program("wotnot-cli", "wotnot")?]),
        )?;
        let made = self.folder.join("npm");
        if made.exists() {
            fs::remove_dir_all(&made).map_err(|error| error.to_string())?;
        }
        check(
            npm()
                .args(["run", "--silent", "packages", "--"])
                .arg(&command),
        )?;
        let folder = made.join(&self.platform);
        copy(
            &self.addon,
            &folder.join(format!("wotnot.{}.node", self.platform)),
        )?;
        Ok((
            pack(&folder, to)?,
            pack(&made.join(format!("cli-{}", self.platform)), to)?,
        ))
    }
}

fn npm() -> Command {
    let mut npm = command("npm");
    npm.current_dir(root().join("bindings/node"));
    npm
}

/// A tool among the package's own dependencies.
fn npx(tool: &str) -> Command {
    let folder = root().join("bindings/node");
    let mut command = command(folder.join("node_modules/.bin").join(tool));
    command.current_dir(folder);
    command
}

fn pack(folder: &Path, to: &Path) -> Result<PathBuf> {
    make_folder(to)?;
    let name = output(
        command("npm")
            .current_dir(folder)
            .args(["pack", "--silent", "--pack-destination"])
            .arg(to),
    )?;
    Ok(to.join(name.trim()))
}

/// An empty project with these tarballs installed.
pub fn application(folder: &Path, tarballs: &[&Path]) -> Result<PathBuf> {
    make_folder(folder)?;
    write(
        &folder.join("package.json"),
        r#"{"name": "app", "private": true}"#,
    )?;
    check(
        command("npm")
            .current_dir(folder)
            .args([
                "install",
                "--silent",
                "--no-fund",
                "--no-audit",
                "--offline",
            ])
            .args(tarballs),
    )?;
    Ok(folder.to_path_buf())
}

fn lock_is_clean() -> Result<()> {
    let text = fs::read_to_string(root().join("bindings/node/package-lock.json"))
        .map_err(|error| error.to_string())?;
    match text.lines().find(|line| line.contains("\"resolved\"")) {
        None => Ok(()),
        Some(line) => Err(format!("package-lock.json: {}", line.trim())),
    }
}

fn types_compile(app: &Path) -> Result<()> {
    let package = root().join("bindings/node");
    link_packages(app, &TEST_PACKAGES)?;
    copy(&package.join("test/types.ts"), &app.join("types.ts"))?;
    copy(&package.join("test/types.ts"), &app.join("types.mts"))?;
    write(
        &app.join("tsconfig.json"),
        r#"{"compilerOptions": {"strict": true, "noEmit": true, "module": "nodenext", "target": "es2022",
            "lib": ["es2023", "esnext.disposable"], "types": ["node"]}, "files": ["types.ts", "types.mts"]}"#,
    )?;
    check(
        npx("tsc")
            .current_dir(app)
            .args(["--project", "tsconfig.json"]),
    )
}

/// Puts packages of the checkout beside the one that was installed.
pub fn link_packages(app: &Path, names: &[&str]) -> Result<()> {
    let from = root().join("bindings/node/node_modules");
    for name in names {
        let link = app.join("node_modules").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(from.join(name), &link)
                .map_err(|error| format!("{}: {error}", link.display()))?;
        }
    }
    Ok(())
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
    let report = app.join("report.tap");
    let ended = check(
        command(node)
            .current_dir(app)
            .args(["--test", "--test-concurrency=2"])
            .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
            .args(["--test-reporter=tap", "--test-reporter-destination"])
            .arg(&report)
            .args(files)
            .env("WOTNOT_STUB", build::program("wotnot-stub", "wotnot-stub")?)
            .env("WOTNOT_VECTORS", root().join("tests/vectors"))
            .env("RUST_BACKTRACE", "0")
            .env_remove("WOTNOT_BIN"),
    );
    let text = fs::read_to_string(&report).map_err(|error| format!("no report: {error}"))?;
    let count = |name: &str| {
        text.lines()
            .filter_map(|line| {
                line.strip_prefix("# ")?
                    .strip_prefix(name)?
                    .trim()
                    .parse()
                    .ok()
            })
            .next_back()
            .unwrap_or(0)
    };
    let tally = Tally {
        passed: count("pass"),
        failed: count("fail") + count("cancelled"),
    };
    match ended.is_ok() == (tally.failed == 0) {
        true => Ok(tally),
        false => Err("node --test and its report do not agree".into()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
