//! One send call through the Python package, against Python's own HTTP clients, in turns.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::page;
use crate::report::{self, Pace};
use crate::runs::Runs;
use crate::server;
use xtask::run::{self, Result, check, command, output};

const ROUNDS: usize = 7;
const SECONDS: &str = "0.6";
const IMPORT_ROUNDS: usize = 15;
const THREADS: [u64; 2] = [1, 8];
const COLUMNS: [(&str, &str, usize); 2] = [("calls/s", "rate", 0), ("CPU µs a call", "cpu_us", 1)];
const RIVALS: [&str; 4] = [
    "requests==2.*",
    "httpx==0.28.*",
    "urllib3==2.*",
    "pycurl==7.*",
];

pub fn run(pace: Pace) -> Result<()> {
    let rounds = pace.rounds(ROUNDS);
    let scratch = run::scratch("bench-python")?;
    let (python, size) = environment(&scratch, &RIVALS)?;

    let address = server::start()?;
    let mut throughput = command(&python);
    throughput
        .args(["-I", "bindings/python/bench/throughput.py"])
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .args([&rounds.to_string(), SECONDS]);
    let runs = Runs::of(&mut throughput)?;
    let imports = Runs::of(command(&python).args([
        "-I",
        "bindings/python/bench/imports.py",
        &pace.rounds(IMPORT_ROUNDS).to_string(),
    ]))?;
    let version = output(command(&python).arg("--version"))?;

    let mut text = format!(
        "{} {}. {rounds} rounds in turns, {SECONDS} s a subject and round, keep-alive on \
         loopback, a deadline of 30 s in force; every subject writes and reads JSON, but for the raw socket, which is the \
         limit. Medians over the rounds, ratios taken round by round. CPU is that of the Python process. Eight threads share one wotnot client; the others have one client a \
         thread.\n\n",
        report::made_by("python", pace),
        version.trim()
    );
    text += &report::rates(
        "python",
        "Calls a second from Python",
        &runs,
        ("threads", &THREADS),
        &COLUMNS,
    )?;
    import_table(&mut text, &imports);
    // Writing to a string does not fail.
    let _ = writeln!(text, "The wheel has {:.2} MB.", size as f64 / 1e6);
    page::write("python", &text)
}

/// A fresh environment with the package as it is shipped, and with others: its interpreter, and the
/// size of the wheel.
pub fn environment(scratch: &Path, others: &[&str]) -> Result<(PathBuf, u64)> {
    let environment = scratch.join("venv");
    check(command("python3").args(["-m", "venv"]).arg(&environment))?;
    let program = |name: &str| environment.join("bin").join(name);
    let pip = |packages: &[&str]| {
        check(
            command(program("pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(packages),
        )
    };
    pip(&["maturin~=1.16"])?;
    if !others.is_empty() {
        pip(others)?;
    }
    check(
        command(program("maturin"))
            .args(["build", "--out"])
            .arg(scratch)
            .current_dir(run::root().join("bindings/python"))
            .env("CARGO_TARGET_DIR", run::target()),
    )?;
    let (wheel, size) = find_wheel(scratch)?;
    pip(&[&wheel])?;
    Ok((program("python"), size))
}

fn find_wheel(folder: &Path) -> Result<(String, u64)> {
    let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let wheel = files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| path.extension().is_some_and(|end| end == "whl"))
        .ok_or("no wheel was built")?;
    let size = std::fs::metadata(&wheel)
        .map_err(|error| error.to_string())?
        .len();
    Ok((wheel.to_string_lossy().into_owned(), size))
}

fn import_table(text: &mut String, runs: &Runs) {
    let _ = writeln!(text, "| import | ms | of requests |\n| --- | ---: | ---: |");
    for subject in runs.subjects() {
        let time = runs.median(subject, "ms");
        let whole = runs.median("requests", "ms");
        let _ = writeln!(text, "| {subject} | {time:.1} | {:.2} |", time / whole);
    }
    text.push('\n');
}
