//! The events that `listen --keep` writes down, and reads again for `--replay`: a line of JSON each, as
//! `--json` prints them. Visitors' words are among them, so that nobody else may read the file.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use wotnot_core::{Client, Event};

/// What of a line is read again; the rest follows from it.
#[derive(Deserialize)]
struct Line {
    received_at: String,
    seq: Option<u64>,
    raw: Value,
}

/// The newest `count` events of the file that are wanted, oldest first.
///
/// # Errors
/// The file cannot be read, or a line of it is no event.
pub fn last(
    path: &Path,
    count: usize,
    client: &Client,
    token: &str,
    mut is_wanted: impl FnMut(&Event) -> bool,
) -> Result<VecDeque<Event>, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| format!("--keep {shown}: {error}"))?;
    let mut events = VecDeque::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| format!("--keep {shown}: {error}"))?;
        let wrong = |problem: &str| format!("--keep {shown}:{number}: {problem}");
        let Line {
            received_at,
            seq,
            raw,
        } = serde_json::from_str(&line)
            .map_err(|_| wrong("no event as `listen --keep` writes it"))?;
        let body = json!({"events": [raw], "token": token}).to_string();
        let parsed = client.parse_webhook(&body, None);
        let parsed = parsed.map_err(|error| wrong(error.message()))?;
        for event in parsed.events {
            let event = Event {
                received_at: received_at.clone(),
                seq,
                ..event
            };
            if is_wanted(&event) {
                events.push_back(event);
            }
        }
        while events.len() > count {
            events.pop_front();
        }
    }
    Ok(events)
}

/// The file, to write behind what it holds.
pub struct Keeper(File);

impl Keeper {
    /// Opens it; a new one can be read by its user alone.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(path);
        opened
            .map(Self)
            .map_err(|error| format!("--keep {}: {error}", path.display()))
    }

    /// Adds an event.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}
