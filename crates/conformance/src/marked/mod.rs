//! Marked vectors, and the search for their marks in what a language's runner prints.
//!
//! Each language's tests end by running its vectors once more with [`MarkedVectors::check`]. The runner then logs
//! all that the language can log, and prints what a program that prints everything would: clients, settings and
//! errors in every form they have. It never prints events, whose content is what they are for.
//! One more vector leaks on purpose, through a message of the library, and the search must find it.

mod secrets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use self::secrets::marked;
use crate::Vector;

type Result<T> = std::result::Result<T, String>;

/// What every mark starts with; the number of its vector follows, in three digits.
const MARK: &str = "wotnotmark";

/// What the runner itself prints and logs in full, or nobody would know that it was heard.
const CONTROL: &str = "wotnotmark999control";

/// The vector with a mark in the name of a parameter, which the library's refusal repeats.
const PLANTED: &str = "planted_leak";

/// The variable that asks a runner to print and log; its value is the control.
const SHOW: &str = "WOTNOT_SHOW";

/// A marked copy of the vectors.
pub struct MarkedVectors {
    folder: PathBuf,
    names: Vec<String>,
}

impl MarkedVectors {
    /// Writes a copy of the vectors in `from` into an empty folder.
    pub fn new(from: &Path, folder: PathBuf) -> Result<Self> {
        let mut names = Vector::names(from)?;
        for (number, name) in names.iter().enumerate() {
            let file = format!("{name}.json");
            let named = |why: &dyn std::fmt::Display| format!("{file}: {why}");
            let text = std::fs::read_to_string(from.join(&file)).map_err(|why| named(&why))?;
            let vector = serde_json::from_str(&text).map_err(|why| named(&why))?;
            let vector = marked(vector, &format!("{MARK}{number:03}"));
            let file = folder.join(&file);
            let family = file.parent().unwrap_or(&folder);
            std::fs::create_dir_all(family)
                .and_then(|()| std::fs::write(&file, vector.to_string()))
                .map_err(|why| named(&why))?;
        }
        names.push(PLANTED.to_owned());
        let watch = Self { folder, names };
        let file = watch.folder.join(format!("{PLANTED}.json"));
        std::fs::write(&file, planted(&watch.planted()).to_string())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(watch)
    }

    /// The mark that must be seen: that of the last vector, and a tail that no secret has.
    fn planted(&self) -> String {
        format!("{MARK}{:03}planted", self.names.len() - 1)
    }

    /// The folder of the marked vectors.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a language's vectors: they pass, the runner is heard, and no mark is seen.
    pub fn check(&self, runner: &mut Command) -> Result<()> {
        let output = runner
            .env(SHOW, CONTROL)
            .env("RUST_LOG", "trace")
            .output()
            .map_err(|error| format!("{}: {error}", runner.get_program().display()))?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        // First, because a vector that fails shows why, marks and all.
        if !output.status.success() {
            let tail: Vec<&str> = text.lines().rev().take(40).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return Err(format!(
                "the marked vectors fail ({}):\n{}",
                output.status,
                tail.join("\n")
            ));
        }
        let said = text.replace(CONTROL, "");
        let seen = format!("  {PLANTED} (plain): ");
        if !self.leaks(&said).iter().any(|leak| leak.starts_with(&seen)) {
            return Err(format!("the search does not find the leak of {PLANTED}"));
        }
        let leaks = self.leaks(&said.replace(&self.planted(), ""));
        if !leaks.is_empty() {
            let shown = &leaks[..leaks.len().min(20)];
            return Err(format!("{} leaks:\n{}", leaks.len(), shown.join("\n")));
        }
        // Once as a line of the log, and once printed for each client and each error.
        for (what, least) in [("logged ", 1), ("shown ", self.names.len())] {
            let heard = text.matches(&format!("{what}{CONTROL}")).count();
            if heard < least {
                return Err(format!("heard only {heard} times what is {what}"));
            }
        }
        Ok(())
    }

    /// The lines that hold a mark in any form, each with the vector that it comes from, once each.
    fn leaks(&self, text: &str) -> Vec<String> {
        let forms = forms(MARK);
        let mut found = BTreeSet::new();
        for line in text.lines() {
            let lower = line.to_ascii_lowercase();
            for (form, pattern) in &forms {
                let at = match *form {
                    "base 64" => line.find(pattern),
                    _ => lower.find(pattern),
                };
                let Some(at) = at else { continue };
                let vector = line
                    .get(at + pattern.len()..at + pattern.len() + 3)
                    .filter(|_| *form == "plain")
                    .and_then(|number| self.names.get(number.parse::<usize>().ok()?));
                let shown: String = line.chars().take(300).collect();
                let vector = vector.map_or("some vector", String::as_str);
                found.insert(format!("  {vector} ({form}): {shown}"));
            }
        }
        found.into_iter().collect()
    }
}

/// How a mark may look once a program has printed it.
fn forms(mark: &str) -> Vec<(&'static str, String)> {
    let listed = |format: fn(u8) -> String, between: &str| {
        let bytes: Vec<String> = mark.bytes().map(format).collect();
        bytes.join(between)
    };
    let mut forms = vec![
        ("plain", mark.to_owned()),
        ("bytes", listed(|byte| byte.to_string(), ", ")),
        ("hex", listed(|byte| format!("{byte:02x}"), "")),
        ("hex", listed(|byte| format!("{byte:02x}"), " ")),
    ];
    // By how many bytes stand before it; the first and last characters depend on the neighbours.
    for before in 0..3 {
        let padded = format!("{}{mark}", "-".repeat(before));
        let whole = STANDARD_NO_PAD.encode(&padded);
        let first = (before * 8).div_ceil(6);
        forms.push(("base 64", whole[first..padded.len() * 8 / 6].to_owned()));
    }
    forms
}

/// A call whose refusal names the parameter that it does not know, in whatever form the language gives it.
fn planted(mark: &str) -> Value {
    json!({
        "shows": "A mark that the library repeats is seen.",
        "steps": [{
            "do": "call",
            "method": "send_message",
            "params": {"conversation_id": "3f0c", "message": {"type": "text", "data": {"body": "x"}}, mark: "x"},
            "expect": {"ok": false, "error": {"code": "invalid_argument", "message": {"$contains": [mark]}}},
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_every_form() {
        let watch = MarkedVectors {
            folder: PathBuf::new(),
            names: vec!["send_text".into()],
        };
        let mark = format!("{MARK}000");
        for start in ["", "-", "--"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{start}{mark}pass"));
            assert_eq!(watch.leaks(&encoded).len(), 1, "{encoded}");
        }
        let bytes: Vec<u8> = mark.bytes().collect();
        for leak in [
            mark.to_uppercase(),
            format!("{bytes:?}"),
            format!("a\nx {mark} y"),
        ] {
            assert_eq!(watch.leaks(&leak).len(), 1, "{leak}");
        }
        assert!(watch.leaks(&mark)[0].contains("send_text (plain)"));
        assert!(watch.leaks("nothing to see").is_empty());
    }
}
