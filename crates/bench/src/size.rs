//! How large the library is, and how long a process waits from `dlopen` to its first answer.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::page;
use crate::plot;
use crate::program::need_libcurl;
use crate::report::{self, Pace};
use crate::runs::median;
use crate::server;
use xtask::build::{self, Profile};
use xtask::c_program::{Link, compile};
use xtask::run::{Result, cargo, check, command, host, need, output, scratch};

const ROUNDS: usize = 21;

/// What is measured: its name, how it is built, and its size in MB at most.
type Build = (&'static str, fn() -> Result<PathBuf>, f64);

const BUILDS: [Build; 5] = [
    ("`release`", || build::library(Profile::Release), 3.5),
    ("`release` without the listener", without_listener, 2.6),
    ("`phone`", || phone(build::LINKS), 1.95),
    ("`phone` with `gateway` alone", || phone("gateway"), 1.8),
    ("`phone` with `direct` alone", || phone("direct"), 1.8),
];

fn phone(links: &str) -> Result<PathBuf> {
    build::shipped_with(Profile::Phone, &host()?, links)
}

fn without_listener() -> Result<PathBuf> {
    check(cargo().args([
        "build",
        "--package",
        "wotnot",
        "--release",
        "--no-default-features",
        "--features",
        "direct,gateway",
    ]))?;
    Ok(Profile::Release.folder())
}

/// A library, stripped, and a static program with it.
struct Made {
    name: &'static str,
    goal: f64,
    shared: PathBuf,
    program: PathBuf,
}

pub fn run(pace: Pace) -> Result<()> {
    need("gcc", "gcc")?;
    need_libcurl()?;
    let out = scratch("bench-size")?;
    let made: Vec<Made> = BUILDS
        .iter()
        .enumerate()
        .map(|(number, build)| make(build, &out.join(number.to_string())))
        .collect::<Result<_>>()?;
    let mut text = format!(
        "{} Stripped files in MB (a million bytes); the program is \
         `bindings/c/examples/chat.c`, linked statically with `--gc-sections`.\n\n\
         | build | shared library | goal | static C program |\n| --- | ---: | ---: | ---: |\n",
        report::made_by("size", pace)
    );
    let mut bars = Vec::new();
    for made in &made {
        let size = megabytes(&made.shared)?;
        let _ = writeln!(
            text,
            "| {} | {size:.2} | {:.1} | {:.2} |",
            made.name,
            made.goal,
            megabytes(&made.program)?
        );
        bars.push((format!("wotnot, {}", made.name), vec![size]));
    }
    for (name, size) in libcurl()? {
        let _ = writeln!(text, "| {name} | {size:.2} | | |");
        bars.push((name, vec![size]));
    }
    text.push('\n');
    text += &plot::bars("size", "MB of the stripped shared library", &["MB"], &bars)?;
    // The others differ in size alone.
    first_answers(&mut text, &made[..3], &out, pace.rounds(ROUNDS))?;
    page::write("size", &text)
}

fn make(&(name, build, goal): &Build, out: &Path) -> Result<Made> {
    xtask::run::make_folder(out)?;
    let built = build()?;
    let shared = out.join("libwotnot.so");
    check(
        command("strip")
            .arg("-o")
            .args([&shared, &built.join("libwotnot.so")]),
    )?;
    let program = compile(
        "gcc",
        "bindings/c/examples/chat.c",
        &out.join("chat"),
        &["-Wl,--gc-sections"],
        &Link::Static(&built),
    )?;
    check(command("strip").arg(&program))?;
    Ok(Made {
        name,
        goal,
        shared,
        program,
    })
}

fn megabytes(file: &Path) -> Result<f64> {
    let size = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(size.len() as f64 / 1e6)
}

/// The system's libcurl with its TLS library, and with all that it loads but the C library.
fn libcurl() -> Result<[(String, f64); 2]> {
    let cache = output(command("/sbin/ldconfig").arg("-p"))?;
    let curl = cache
        .lines()
        .filter(|line| line.trim_start().starts_with("libcurl.so.4 "))
        .find_map(|line| line.rsplit(' ').next())
        .ok_or("libcurl.so.4 is not installed")?;
    let loaded = output(command("ldd").arg(curl))?;
    let mut files = vec![curl];
    files.extend(
        loaded
            .lines()
            .filter_map(|line| line.split_whitespace().nth(2))
            .filter(|path| path.starts_with('/') && !path.ends_with("/libc.so.6")),
    );
    let sum = |wanted: &dyn Fn(&str) -> bool| {
        files
            .iter()
            .filter(|file| wanted(file))
            .map(|file| megabytes(Path::new(file)))
            .sum::<Result<f64>>()
    };
    let own = |file: &str| {
        ["/libcurl.", "/libssl.", "/libcrypto."]
            .iter()
            .any(|part| file.contains(part))
    };
    Ok([
        ("libcurl with libssl and libcrypto".to_owned(), sum(&own)?),
        (
            format!(
                "libcurl and the {} libraries that it loads",
                files.len() - 1
            ),
            sum(&|_| true)?,
        ),
    ])
}

fn first_answers(text: &mut String, made: &[Made], out: &Path, count: usize) -> Result<()> {
    let program = out.join("first_answer");
    check(
        command("gcc")
            .args([
                "-std=c99",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Iinclude",
            ])
            .arg("crates/bench/programs/first_answer.c")
            .arg("-o")
            .arg(&program)
            .arg("-ldl"),
    )?;
    let plain = server::start()?;
    let (secure, pem) = server::start_tls()?;
    let ca = out.join("ca.pem");
    std::fs::write(&ca, pem).map_err(|error| error.to_string())?;
    let _ = write!(
        text,
        "From `dlopen` to the first answer, in ms, a process each; medians of {count} in turns. \
         The goal is 10 ms beyond the network's own, which is one connection and one exchange over \
         a bare socket.\n\n\
         | build | bare socket | HTTP | TLS 1.3, handshake included |\n| --- | ---: | ---: | ---: |\n"
    );
    let mut rounds: Vec<Vec<[f64; 3]>> = made.iter().map(|_| Vec::new()).collect();
    for _ in 0..count {
        for (made, rounds) in made.iter().zip(&mut rounds) {
            let (bare, http) = first(
                &program,
                &made.shared,
                &format!("http://{plain}"),
                plain,
                "",
            )?;
            let url = format!("https://localhost:{}", secure.port());
            // The bare exchange is with the plain server in both.
            let (_, tls) = first(&program, &made.shared, &url, plain, &ca.to_string_lossy())?;
            rounds.push([bare, http, tls]);
        }
    }
    for (made, rounds) in made.iter().zip(&rounds) {
        let middle = |column: usize| median(rounds.iter().map(|row| row[column]));
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} |",
            made.name,
            middle(0),
            middle(1),
            middle(2)
        );
    }
    Ok(())
}

fn first(
    program: &Path,
    library: &Path,
    url: &str,
    bare: SocketAddr,
    ca: &str,
) -> Result<(f64, f64)> {
    let mut run = command(program);
    run.arg(library).args([url, &bare.port().to_string(), ca]);
    let said = output(&mut run)?;
    let mut numbers = said.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(bare)), Some(Ok(took))) => Ok((bare, took)),
        _ => Err(format!("first_answer said: {said}")),
    }
}
