//! The state file: written whole, so that a process that is killed leaves the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{Entries, Entry, Visitor};
use crate::{Error, Result};

const VERSION: u64 = 1;

pub(super) struct StateFile {
    path: PathBuf,
}

/// Tells one writing of the file from the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl StateFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into() }
    }

    /// Keeps other processes from writing until what is returned is dropped.
    pub(super) fn lock(&self) -> Result<File> {
        let locked = private()
            .create(true)
            .open(self.beside(".lock"))
            .and_then(|file| {
                match file.lock() {
                    // Where files cannot be locked, apps do not share them.
                    Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
                    _ => Ok(file),
                }
            });
        locked.map_err(|error| self.failed("cannot be locked", &error))
    }

    /// `None` when there is no file.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(&self.path).ok()?;
        Some(Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
            #[cfg(not(unix))]
            inode: 0,
        })
    }

    pub(super) fn read(&self) -> Result<Entries> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entries::new()),
            read => read.map_err(|error| self.failed("cannot be read", &error))?,
        };
        let document = serde_json::from_slice(&bytes).ok();
        document.as_ref().and_then(entries).ok_or_else(|| {
            self.failed(
                "is damaged, or no state file of this version; move it away to begin with an empty one",
                &"",
            )
        })
    }

    pub(super) fn write(&self, entries: &Entries) -> Result<()> {
        let conversations: Vec<Value> = entries.iter().map(value).collect();
        let document = json!({"version": VERSION, "conversations": conversations});
        self.replace(document.to_string().as_bytes())
            .map_err(|error| self.failed("cannot be written", &error))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let new = self.beside(".new");
        // One that a killed process left; the lock keeps that of a living one away.
        let _ = fs::remove_file(&new);
        let mut file = private().create_new(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        #[cfg(unix)]
        File::open(self.folder())?.sync_all()?;
        Ok(())
    }

    #[cfg(unix)]
    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }

    fn failed(&self, problem: &str, why: &dyn std::fmt::Display) -> Error {
        let problem = format!("{} {problem} {why}", self.path.display());
        Error::invalid("state.path", problem.trim_end())
    }
}

/// For the owner's eyes alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn value((visitor, entry): (&Visitor, &Entry)) -> Value {
    let fields = [
        ("bot_key", Some(&visitor.bot_key)),
        ("visitor_id", Some(&visitor.visitor_id)),
        ("conversation_id", entry.conversation_id.as_ref()),
        ("created_at", entry.created_at.as_ref()),
        ("visitor_key", entry.visitor_key.as_ref()),
        ("replaces", entry.replaces.as_ref()),
    ];
    let mut object: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?.clone().into())))
        .collect();
    if entry.is_recovered {
        object.insert("recovered".to_owned(), true.into());
    }
    Value::Object(object)
}

fn entries(document: &Value) -> Option<Entries> {
    if document.get("version")?.as_u64()? != VERSION {
        return None;
    }
    let conversations = document.get("conversations")?.as_array()?;
    conversations.iter().map(entry).collect()
}

fn entry(value: &Value) -> Option<(Visitor, Entry)> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let visitor = Visitor {
        bot_key: text("bot_key")?,
        visitor_id: text("visitor_id")?,
    };
    let entry = Entry {
        conversation_id: text("conversation_id"),
        created_at: text("created_at"),
        visitor_key: text("visitor_key"),
        is_recovered: value.get("recovered").is_some(),
        replaces: text("replaces"),
    };
    Some((visitor, entry))
}
