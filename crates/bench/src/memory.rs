//! What each client of many adds to its process's memory, through the C library and through libcurl.

use std::fmt::Write;

use crate::page;
use crate::plot;
use crate::program::Program;
use crate::report::{self, Pace};
use crate::runs::Runs;
use crate::server;
use xtask::run::{Result, output};

const ROUNDS: usize = 5;
const CLIENTS: &str = "1000";

pub fn run(pace: Pace) -> Result<()> {
    let program = Program::build("memory", pace)?;
    let plain = format!("http://{}", server::start()?);
    let (secure, pem) = server::start_tls()?;
    let secure = format!("https://localhost:{}", secure.port());
    let ca = program.keep("ca.pem", &pem)?;
    let rounds = pace.rounds(ROUNDS);
    let measure = |url: &str, ca: &str| {
        let mut text = String::new();
        for _ in 0..rounds {
            for subject in ["wotnot", "curl"] {
                text += &output(program.run().args([subject, url, ca, CLIENTS]))?;
            }
        }
        Runs::read(&text)
    };
    let measured = [
        ("HTTP", measure(&plain, "")?),
        ("TLS 1.3", measure(&secure, &ca)?),
    ];

    let mut text = format!(
        "{} Resident memory that each of {CLIENTS} clients adds, after a first one that has called; each has a \
         connection of its own open once it has called. With TLS both trust one certificate. Medians of \
         {rounds} processes each, in turns.\n\n",
        report::made_by("memory", pace)
    );
    let mut table = String::from(
        "| client | KB when made | KB after a call |\n\
         | --- | ---: | ---: |\n",
    );
    let mut rows = Vec::new();
    for (over, runs) in &measured {
        for subject in runs.subjects() {
            let middle = |field| runs.median(subject, field);
            let (made, called) = (middle("made_kb"), middle("called_kb"));
            let label = format!("{subject}, {over}");
            let _ = writeln!(table, "| {label} | {made:.1} | {called:.1} |");
            rows.push((label, vec![made, called]));
        }
    }
    text += &plot::bars(
        "memory",
        "KB of memory for each client",
        &["when made", "after a call"],
        &rows,
    )?;
    text += &table;
    page::write("memory", &text)
}
