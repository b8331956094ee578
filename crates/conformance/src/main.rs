//! The player as a process: a runner of any language asks in JSON lines, one line is one answer.

#![forbid(unsafe_code)]

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use wotnot_conformance::{Session, Vector};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!(
            "usage: wotnot-conformance FOLDER (a folder of vectors; asks and answers are JSON lines)"
        );
        return ExitCode::from(2);
    };
    match serve(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wotnot-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(folder: &Path) -> io::Result<()> {
    let mut session = None;
    for line in io::stdin().lock().lines() {
        let answer =
            answer(folder, &line?, &mut session).unwrap_or_else(|why| json!({"error": why}));
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(folder: &Path, line: &str, session: &mut Option<Session>) -> Result<Value, String> {
    let ask: Value =
        serde_json::from_str(line).map_err(|error| format!("not a line of JSON: {error}"))?;
    if ask.get("list").is_some() {
        return Ok(json!({"names": Vector::names(folder)?}));
    }
    if let Some(name) = ask.get("open").and_then(Value::as_str) {
        let vector = Vector::named(folder, name)?;
        let (opened, turn) = Session::open(vector)?;
        *session = Some(opened);
        return Ok(turn.json());
    }
    match (ask.get("result"), session) {
        (Some(result), Some(session)) => Ok(session.judge(result).json()),
        (Some(_), None) => Err("a result, but no vector is open".into()),
        (None, _) => Err("expected list, open or result".into()),
    }
}
