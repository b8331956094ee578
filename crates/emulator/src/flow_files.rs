//! The flow files that a running emulator was given, and what was found in each when it was read last.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde::Serialize;

use crate::clock::{wall_ms, wire_time};
use crate::flow::{Finding, Flow};

/// What became of a flow file when it was read last.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum FileState {
    /// Its bot runs as the file says.
    Deployed {
        /// The bot's key.
        bot_key: String,
    },
    /// It cannot run; the version before it does.
    Refused,
    /// It could not be read; the version before it runs.
    Unread {
        /// Why.
        problem: String,
    },
}

/// A flow file, and what was found in it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileView {
    file: String,
    /// When it was read, by the machine's clock, as the events write times.
    read_at: String,
    #[serde(flatten)]
    state: FileState,
    findings: Vec<Finding>,
}

/// The flow files in the order in which they were given, with the newest findings of each.
#[derive(Default)]
pub(crate) struct FlowFiles(Mutex<IndexMap<String, FileView>>);

impl FlowFiles {
    /// A file was read, and its bot deployed.
    pub fn deployed(&self, file: &str, flow: &Flow, warnings: Vec<Finding>) {
        let bot_key = flow.bot.key.clone();
        self.read(file, FileState::Deployed { bot_key }, warnings);
    }

    /// A file was read, or could not be.
    pub fn read(&self, file: &str, state: FileState, findings: Vec<Finding>) {
        let read_at = wire_time(wall_ms());
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(
            file.to_owned(),
            FileView {
                file: file.to_owned(),
                read_at,
                state,
                findings,
            },
        );
    }

    pub fn views(&self) -> Vec<FileView> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.values().cloned().collect()
    }
}
