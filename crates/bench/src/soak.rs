//! A million calls of every kind in one process, and whether its memory stays flat.
//!
//! `WOTNOT_SOAK_CALLS` makes it another number. A trial makes fewer, and fails where they leave memory behind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::languages::{Languages, Section};
use crate::report::{self, Pace};
use crate::{python, server};
use xtask::build::{self, Profile};
use xtask::c_program::{Link, compile};
use xtask::npm::{Contents, Package, application};
use xtask::run::{Result, command, output, root, scratch};

const CALLS: u64 = 1_000_000;
const QUICK_CALLS: u64 = 50_000;
const TRIAL_CALLS: u64 = 30_000;

/// Bytes a call that a trial may leave behind: less than any leak, more than the allocator's own steps.
const FLAT: f64 = 24.0;

/// The share of a run that is left out, in which caches and allocators fill.
const WARM_UP: f64 = 0.2;

/// One sample: calls so far, bytes resident.
type Sample = (f64, f64);

/// What a run came to.
struct Soak {
    /// How much memory a call leaves behind, by least squares after the warm-up.
    bytes_a_call: f64,
    after_warm_up: f64,
    end: f64,
    seconds: f64,
}

/// A language, and what makes its program.
type Language = (&'static str, fn(Pace, &Path) -> Result<Command>);

/// The last one makes calls of a visitor, through a gateway.
const LANGUAGES: [Language; 4] = [
    ("C", c),
    ("Python", python),
    ("Node", node),
    (GATEWAY, gateway),
];
const GATEWAY: &str = "Gateway";

pub fn run(pace: Pace, languages: &Languages) -> Result<()> {
    languages.check("soak", &LANGUAGES.map(|(name, _)| name))?;
    let languages = match pace {
        // Of the build that the tests have made anyway.
        Pace::Trial => &Languages::named("c,gateway"),
        Pace::Full | Pace::Quick => languages,
    };
    let calls = match std::env::var("WOTNOT_SOAK_CALLS") {
        Ok(text) => text
            .parse()
            .map_err(|_| format!("WOTNOT_SOAK_CALLS: {text}"))?,
        Err(_) => match pace {
            Pace::Full => CALLS,
            Pace::Quick => QUICK_CALLS,
            Pace::Trial => TRIAL_CALLS,
        },
    };
    let head = format!(
        "{} One process makes {calls} calls of every method: taken, refused by the service, wrong, \
         cancelled, to a port where nobody listens, answers to prompts, whole turns, posts of the webhook taken and refused, events received; through a gateway (a C program too) those of a visitor, files and polls among them; a \
         client for each thousand. \
         The slope is that of a straight line, by least squares, through the samples after the first fifth.\n\n\
         | through | calls/s | bytes a call | MB after a fifth | MB at the end |\n| --- | ---: | ---: | ---: | ---: |\n",
        report::made_by("soak", pace)
    );
    let mut section = Section::new("soak", head)?;
    for (name, program) in LANGUAGES {
        if languages.has(name) {
            let out = scratch(&format!("bench-soak-{}", name.to_lowercase()))?;
            let soak = measure(program(pace, &out)?, name, calls)?;
            if pace == Pace::Trial && soak.bytes_a_call >= FLAT {
                let left = soak.bytes_a_call;
                return Err(format!("each call leaves {left:.1} bytes behind"));
            }
            section.add(&row(name, &soak, calls));
        } else {
            section.keep(name);
        }
    }
    section.write()
}

fn python(_: Pace, out: &Path) -> Result<Command> {
    let (interpreter, _) = python::environment(out, &[])?;
    let mut program = command(interpreter);
    program.args(["-I", "crates/bench/programs/soak.py"]);
    Ok(program)
}

fn c(pace: Pace, out: &Path) -> Result<Command> {
    compiled(pace, out, &[])
}

fn gateway(pace: Pace, out: &Path) -> Result<Command> {
    compiled(pace, out, &["-DGATEWAY"])
}

fn compiled(pace: Pace, out: &Path, flags: &[&str]) -> Result<Command> {
    let library = build::library(pace.profile())?;
    let program = compile(
        "gcc",
        "crates/bench/programs/soak.c",
        &out.join("soak"),
        flags,
        &Link::Static(&library),
    )?;
    Ok(command(program))
}

fn node(_: Pace, out: &Path) -> Result<Command> {
    let package = Package::build(Profile::Release)?;
    let tarball = package.pack(&out.join("packed"), Contents::WithAddon)?;
    let app = application(&out.join("app"), &[&tarball])?;
    let script = "crates/bench/programs/soak.mjs";
    fs::copy(root().join(script), app.join("soak.mjs")).map_err(|error| error.to_string())?;
    let mut program = command("node");
    program.current_dir(app).arg("soak.mjs");
    Ok(program)
}

fn measure(mut program: Command, name: &str, calls: u64) -> Result<Soak> {
    let server = match name {
        GATEWAY => server::start_gateway()?,
        _ => server::start()?,
    };
    let url = format!("http://{server}");
    let begun = Instant::now();
    let text = output(program.arg(url).arg(calls.to_string()))?;
    let seconds = begun.elapsed().as_secs_f64();
    let samples: Vec<Sample> = text.lines().filter_map(sample).collect();
    let warm = samples.len() as f64 * WARM_UP;
    let samples = samples.get(warm as usize..).unwrap_or_default();
    match samples {
        [(_, after_warm_up), .., (last, end)] if *last == calls as f64 => Ok(Soak {
            bytes_a_call: slope(samples),
            after_warm_up: *after_warm_up,
            end: *end,
            seconds,
        }),
        _ => Err(format!("the soak did not come to its end: {text}")),
    }
}

fn sample(line: &str) -> Option<Sample> {
    let (calls, bytes) = line.split_once(' ')?;
    Some((calls.parse().ok()?, bytes.parse().ok()?))
}

/// Of the straight line that is nearest to the samples.
fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let (mut along, mut across) = (0.0, 0.0);
    for sample in samples {
        along += (sample.0 - x) * (sample.1 - y);
        across += (sample.0 - x) * (sample.0 - x);
    }
    along / across
}

fn row(name: &str, soak: &Soak, calls: u64) -> String {
    format!(
        "| {name} | {:.0} | {:.3} | {:.1} | {:.1} |\n",
        calls as f64 / soak.seconds,
        soak.bytes_a_call,
        soak.after_warm_up / 1e6,
        soak.end / 1e6
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_a_slope_and_a_level_is_none() {
        let leak: Vec<Sample> = (0..100)
            .map(|at| (f64::from(at), f64::from(at * 3 + 7)))
            .collect();
        let level: Vec<Sample> = (0..100)
            .map(|at| (f64::from(at), f64::from(at % 2)))
            .collect();
        assert!((slope(&leak) - 3.0).abs() < 1e-9);
        assert!(slope(&level).abs() < 0.01);
    }
}
