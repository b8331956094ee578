//! One send call through the Python package, against Python's own HTTP clients, in turns.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::report::{self, median};
use super::server;
use crate::run::{self, Result, check, command, output};

const ROUNDS: usize = 9;
const SECONDS: &str = "0.6";
const IMPORT_ROUNDS: &str = "21";
const RIVALS: [&str; 4] = [
    "requests==2.*",
    "httpx==0.28.*",
    "urllib3==2.*",
    "pycurl==7.*",
];

pub fn run() -> Result<()> {
    let scratch = run::scratch("bench-python")?;
    let (python, size) = environment(&scratch, &RIVALS)?;

    let address = server::start()?;
    let mut throughput = command(&python);
    throughput
        .args(["-I", "bindings/python/bench/throughput.py"])
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .args([&ROUNDS.to_string(), SECONDS]);
    let runs = lines(&mut throughput)?;
    let imports =
        lines(command(&python).args(["-I", "bindings/python/bench/imports.py", IMPORT_ROUNDS]))?;
    let version = output(command(&python).arg("--version"))?;

    let mut text = format!(
        "`cargo xtask bench python`, {}, {}. {ROUNDS} rounds in turns, {SECONDS} s a subject and round, keep-alive on \
         loopback, a deadline of 30 s in force; every subject writes and reads JSON, but for the raw socket, which is the \
         limit. Medians over the rounds; \"wotnot is\" is how many times the subject's rate wotnot does, taken round by \
         round. CPU is that of the Python process. Eight threads share one wotnot client; the others have one client a \
         thread.\n\n",
        report::machine(),
        version.trim()
    );
    for threads in [1, 8] {
        table(&mut text, &runs, threads);
    }
    import_table(&mut text, &imports);
    // Writing to a string does not fail.
    let _ = writeln!(text, "The wheel has {:.2} MB.", size as f64 / 1e6);
    report::write("python", &text)
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
            .args(["build", "--release", "--out"])
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

fn lines(program: &mut Command) -> Result<Vec<Value>> {
    output(program)?
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")))
        .collect()
}

/// The numbers under `field` of those runs that `of` picks, by subject, in the order of the first round.
fn by_subject(
    runs: &[Value],
    field: &str,
    of: impl Fn(&Value) -> bool,
) -> (Vec<String>, BTreeMap<String, Vec<f64>>) {
    let mut order = Vec::new();
    let mut numbers: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in runs.iter().filter(|run| of(run)) {
        let subject = run["subject"].as_str().unwrap_or_default().to_owned();
        let number = run[field].as_f64().unwrap_or_default();
        if !order.contains(&subject) {
            order.push(subject.clone());
        }
        numbers.entry(subject).or_default().push(number);
    }
    (order, numbers)
}

fn table(text: &mut String, runs: &[Value], threads: u64) {
    let of = |run: &Value| run["threads"] == threads;
    let (order, rates) = by_subject(runs, "rate", of);
    let (_, cpu) = by_subject(runs, "cpu_us", of);
    let plural = if threads == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "| {threads} thread{plural} | calls/s | wotnot is | CPU us/call |\n| --- | ---: | ---: | ---: |"
    );
    for subject in order {
        let own = &rates[&subject];
        let ratio = median(
            rates["wotnot"]
                .iter()
                .zip(own)
                .map(|(ours, theirs)| ours / theirs),
        );
        let _ = writeln!(
            text,
            "| {subject} | {:.0} | {ratio:.2} x | {:.1} |",
            median(own.iter().copied()),
            median(cpu[&subject].iter().copied())
        );
    }
    text.push('\n');
}

fn import_table(text: &mut String, runs: &[Value]) {
    let (order, times) = by_subject(runs, "ms", |_| true);
    let _ = writeln!(text, "| import | ms | of requests |\n| --- | ---: | ---: |");
    let whole = median(times["requests"].iter().copied());
    for subject in order {
        let time = median(times[&subject].iter().copied());
        let _ = writeln!(text, "| {subject} | {time:.1} | {:.2} |", time / whole);
    }
    text.push('\n');
}
