//! The Python package: built, installed and tested as its users get it, in virtual environments of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::chats::{self, both_ways};
use super::{Tally, count, local_paths};
use crate::build;
use crate::dist::notices;
use crate::examples::{marked_vectors, plays_every_flow};
use crate::readme::{block_with, programs};
use crate::run::{self, Result, at_least, check, command, output};

const PACKAGE: &str = "bindings/python";

/// The package of the `wotnot` command, which the extra `testing` brings.
const COMMAND_PACKAGE: &str = "bindings/python-command";

/// The package builds without optimisation here, as the other suites do, so that they share what is compiled.
const PROFILE: &str = "dev";

pub fn run() -> Result<Tally> {
    // With an older Python the package would fail to install, at length.
    at_least(OLDEST, command("python3").arg("--version"), "Python", "")?;
    let scratch = run::scratch("python")?;
    let mut tally = Tally::default();

    // One environment has the tools and the package from its wheel; the tests run in it, from another folder.
    let tools = Environment::new(&scratch, "tools")?;
    check(&mut tools.pip(&["--requirement", "bindings/python/tests/requirements.txt"]))?;
    notices::write_all()?;
    let wheels = scratch.join("wheels");
    check(
        tools
            .program("pip")
            .args(["wheel", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--wheel-dir"])
            .args([&wheels, &run::root().join(PACKAGE)])
            .envs(pip_builds()),
    )?;
    check(&mut tools.maturin("sdist", PACKAGE, &wheels))?;
    let wheel = find(&wheels, "wotnot-", ".whl")?;
    let source = find(&wheels, "wotnot-", ".tar.gz")?;

    tally.note(
        "the wheel holds the licences, the notices and an SBOM",
        holds(
            command("python3").args(["-m", "zipfile", "-l"]).arg(&wheel),
            &[&LICENCES[..], &["sboms/wotnot.cdx.json"]].concat(),
        ),
    );
    tally.note("the folder installs with pip", {
        let folder = run::root().join(PACKAGE);
        installs(&scratch, "from-folder", &folder)
    });
    tally.note(
        "the wheel installs with pip",
        installs(&scratch, "from-wheel", &wheel),
    );
    tally.note(
        "the sdist installs with pip",
        installs(&scratch, "from-sdist", &source),
    );
    tally.note(
        "what pip built and installed from the sdist names no folder of this machine",
        names_no_folder(&scratch.join("from-sdist/lib")),
    );

    check(
        tools
            .maturin("build", COMMAND_PACKAGE, &wheels)
            .args(["--profile", PROFILE]),
    )
    .map_err(|why| format!("the wheel of the command: {why}"))?;
    check(
        tools
            .pip(&["--force-reinstall", "--no-deps"])
            .arg(&wheel)
            .arg(find(&wheels, "wotnot_command-", ".whl")?),
    )?;
    check_sources(&tools, &scratch, &mut tally);
    let player = build::program("wotnot-conformance", "wotnot-conformance")?;
    let tests = run::root().join(PACKAGE).join("tests");
    tally.add(counted(
        &mut pytest(&tools, &scratch, &player, &tests),
        &scratch.join("report.xml"),
    )?);
    tally.note(
        "the README's loop plays every sample flow",
        readme_plays(&tools, &scratch),
    );
    let example = run::root().join(PACKAGE).join("examples/chat.py");
    both_ways(&mut tally, "the example", tools.run(&example, &scratch));
    let source = scratch.join("visitor.py");
    chats::page(&mut tally, ("python", "python"), &source, |source| {
        Ok(tools.run(source, &scratch))
    });
    let watch = marked_vectors("python-secrets")?;
    for name in ["test_vectors_sync.py", "test_vectors_async.py"] {
        tally.shows_no_secret(
            name,
            &watch,
            pytest(&tools, &scratch, &player, &tests.join(name))
                .args(["--capture=no", "-p", "no:logging"])
                .env("WOTNOT_VECTORS", watch.folder())
                .env("PYTHONASYNCIODEBUG", "1")
                .env("PYTHONDEVMODE", "1"),
        );
    }
    Ok(tally)
}

/// What every package of ours with native code holds.
const LICENCES: [&str; 3] = [
    "licenses/LICENSE-MIT",
    "licenses/LICENSE-APACHE",
    "licenses/THIRD-PARTY.md",
];

/// Where pip builds: apart from others' builds, whose flags would be another.
fn pip_builds() -> [(&'static str, std::ffi::OsString); 2] {
    let folder = run::target().join("pip");
    let flags = format!("--profile {PROFILE}");
    [
        ("CARGO_TARGET_DIR", folder.into()),
        ("MATURIN_PEP517_ARGS", flags.into()),
    ]
}

/// The package and its bill of materials, below the folder of an environment's packages. Not what pip notes of where it
/// took the package from.
fn names_no_folder(packages: &Path) -> Result<()> {
    let found = output(
        command("find")
            .arg(packages)
            .args(["-name", "wotnot", "-o", "-name", "sboms"]),
    )?;
    let folders: Vec<&Path> = found.lines().map(Path::new).collect();
    match folders.len() {
        2 => local_paths::name_none(&folders),
        _ => Err(format!("not the package and its bill: {found}")),
    }
}

/// Whether the list of an archive's files has these.
fn holds(list: &mut Command, wanted: &[&str]) -> Result<()> {
    let listed = output(list)?;
    match wanted.iter().find(|name| !listed.contains(**name)) {
        None => Ok(()),
        Some(missing) => Err(format!("it has no {missing}")),
    }
}

/// The package's oldest Python.
const OLDEST: (u32, u32) = (3, 10);

/// Lints and types: of the sources, and of the installed package against its stubs.
fn check_sources(tools: &Environment, scratch: &Path, tally: &mut Tally) {
    let ruff = |arguments: &[&str]| check(tools.program("ruff").args(arguments).arg(PACKAGE));
    tally.note("ruff check", ruff(&["check", "--no-cache"]));
    tally.note("ruff format", ruff(&["format", "--no-cache", "--check"]));
    let config = run::root().join(PACKAGE).join("pyproject.toml");
    let mypy = || {
        let mut mypy = tools.program("python");
        mypy.arg("-I").arg("-m");
        mypy
    };
    tally.note(
        "mypy --strict",
        check(
            mypy()
                .args(["mypy", "--config-file"])
                .arg(&config)
                .args(["--package", "wotnot"]),
        ),
    );
    tally.note(
        "mypy --strict on the examples",
        check(mypy().args(["mypy", "--strict", "bindings/python/examples"])),
    );
    tally.note(
        "mypy --strict on the README",
        programs(&format!("{PACKAGE}/README.md"), "python", scratch, "*.py")
            .and_then(|programs| check(mypy().args(["mypy", "--strict"]).args(programs))),
    );
    tally.note("stubtest", check(mypy().args(["mypy.stubtest", "wotnot"])));
}

fn readme_plays(tools: &Environment, scratch: &Path) -> Result<()> {
    let source = scratch.join("loop.py");
    let page = format!("{PACKAGE}/README.md");
    run::write(&source, &block_with(&page, "python", "sys.stdin")?)?;
    plays_every_flow(|| Ok(tools.run(&source, scratch)))
}

/// Runs these tests from another folder than that of the sources.
fn pytest(tools: &Environment, scratch: &Path, player: &Path, tests: &Path) -> Command {
    let mut pytest = tools.program("pytest");
    pytest
        .args(["--quiet", "--strict-markers", "-rfE"])
        .arg("--rootdir")
        .arg(run::root().join(PACKAGE))
        .args(["-p", "no:cacheprovider"])
        .arg(tests)
        .current_dir(scratch)
        .env("WOTNOT_CONFORMANCE", player)
        .env_remove("WOTNOT_BIN");
    pytest
}

fn counted(pytest: &mut Command, report: &Path) -> Result<Tally> {
    let ended = check(pytest.arg("--junit-xml").arg(report));
    let tally = count::report(report)?;
    match ended.is_ok() || tally.failed > 0 {
        true => Ok(tally),
        false => Err("pytest ended with a failure of its own".into()),
    }
}

/// Installs in a fresh environment, and asks the package there to do something.
fn installs(scratch: &Path, name: &str, what: &Path) -> Result<()> {
    const SMOKE: &str =
        "import wotnot; print(wotnot.__version__, wotnot.Client('t').status().base_url)";
    let fresh = Environment::new(scratch, name)?;
    // What Python compiles names the folder that it stands in.
    check(fresh.pip(&["--no-compile"]).arg(what))?;
    check(
        fresh
            .program("python")
            .args(["-B", "-I", "-c", SMOKE])
            .current_dir(scratch),
    )
}

/// A virtual environment.
struct Environment(PathBuf);

impl Environment {
    fn new(scratch: &Path, name: &str) -> Result<Self> {
        run::python_environment(&scratch.join(name)).map(Self)
    }

    fn program(&self, name: &str) -> Command {
        let mut program = command(self.0.join("bin").join(name));
        // What stands in the folder of the sources is never what is tested.
        program
            .env_remove("PYTHONPATH")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        program
    }

    /// A run of a Python program, from another folder than that of the sources.
    fn run(&self, source: &Path, folder: &Path) -> Command {
        let mut python = self.program("python");
        python.arg(source).current_dir(folder);
        python
    }

    fn pip(&self, arguments: &[&str]) -> Command {
        let mut pip = self.program("pip");
        pip.args(["install", "--quiet", "--disable-pip-version-check"])
            .args(arguments)
            .envs(pip_builds());
        pip
    }

    fn maturin(&self, what: &str, package: &str, to: &Path) -> Command {
        let mut maturin = self.program("maturin");
        maturin
            .args([what, "--out"])
            .arg(to)
            .current_dir(run::root().join(package))
            .env("CARGO_TARGET_DIR", run::target());
        maturin
    }
}

fn find(folder: &Path, start: &str, end: &str) -> Result<PathBuf> {
    let files =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        })
        .ok_or_else(|| format!("no {start}*{end} in {}", folder.display()))
}
