//! What outlives the client: the session, the place in the log, and the messages that the gateway has not taken.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Gateway;
use crate::state_file::StateFile;
use crate::{Result, Secret};

const VERSION: u64 = 1;

/// Everything that is kept.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// Gets the next token.
    pub(super) refresh: Option<Secret>,
    pub(super) visitor_id: Option<String>,
    /// A hash of the visitor's id at the site, where the site identified them.
    pub(super) user: Option<String>,
    pub(super) conversation_id: Option<String>,
    /// Whether it has not ended, as far as is known.
    pub(super) is_open: bool,
    /// The place of the last event that the app took.
    pub(super) cursor: Option<String>,
    /// A start that has no answer yet.
    pub(super) starting: Option<Value>,
    /// In the order in which they go out.
    pub(super) messages: VecDeque<KeptMessage>,
    /// Files on their way.
    pub(super) uploads: Vec<KeptUpload>,
}

/// A file that was begun, and that the gateway does not have whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeptUpload {
    pub(super) facts: Facts,
    pub(super) file_id: String,
}

/// By what a file is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) path: String,
    pub(super) size: u64,
    /// Milliseconds since 1970; 0 where the system does not say.
    pub(super) modified_ms: u64,
}

/// A message that waits for a network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeptMessage {
    pub(super) conversation_id: String,
    pub(super) body: Value,
}

impl KeptMessage {
    pub(super) fn client_id(&self) -> &str {
        let id = self.body.get("client_id").and_then(Value::as_str);
        id.unwrap_or_default()
    }
}

/// The state file of one client, which nobody else uses meanwhile.
pub(super) struct KeptFile {
    file: StateFile,
    /// Whose it is: a file of another gateway is not written over.
    url: String,
    app: String,
    lock: Mutex<Option<File>>,
}

impl KeptFile {
    pub(super) fn open(file: StateFile, url: &str, app: &str) -> Result<Self> {
        let lock = file.lock_alone()?;
        Ok(Self {
            file,
            url: url.to_owned(),
            app: app.to_owned(),
            lock: Mutex::new(Some(lock)),
        })
    }

    pub(super) fn read(&self) -> Result<Option<Kept>> {
        self.file.read(|document| {
            let is_ours = document.get("version")? == VERSION
                && document.get("gateway")?.as_str()? == self.url
                && document.get("app")?.as_str()? == self.app;
            is_ours.then(|| Kept::of(document))?
        })
    }

    /// Nothing is written once the file was given up.
    fn write(&self, kept: &Kept) -> Result<()> {
        let lock = self.lock();
        if lock.is_none() {
            return Ok(());
        }
        let mut document = kept.document();
        document["version"] = VERSION.into();
        document["gateway"] = self.url.as_str().into();
        document["app"] = self.app.as_str().into();
        self.file.write(&document)
    }

    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn document(&self) -> Value {
        let messages = self.messages.iter().map(
            |message| json!({"conversation_id": message.conversation_id, "body": message.body}),
        );
        let uploads = self.uploads.iter().map(|KeptUpload { facts, file_id }| {
            json!({"path": facts.path, "size": facts.size, "modified_ms": facts.modified_ms, "file_id": file_id})
        });
        json!({
            "refresh": self.refresh.as_ref().map(Secret::expose),
            "visitor_id": self.visitor_id, "user": self.user,
            "conversation_id": self.conversation_id, "open": self.is_open,
            "cursor": self.cursor, "starting": self.starting,
            "messages": messages.collect::<Vec<_>>(),
            "uploads": uploads.collect::<Vec<_>>(),
        })
    }

    fn of(document: &Value) -> Option<Self> {
        let text = |name: &str| {
            document
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let message = |message: &Value| {
            Some(KeptMessage {
                conversation_id: message.get("conversation_id")?.as_str()?.to_owned(),
                body: message.get("body").filter(|body| body.is_object())?.clone(),
            })
        };
        let upload = |upload: &Value| {
            let text = |name: &str| upload.get(name)?.as_str().map(str::to_owned);
            Some(KeptUpload {
                facts: Facts {
                    path: text("path")?,
                    size: upload.get("size")?.as_u64()?,
                    modified_ms: upload.get("modified_ms")?.as_u64()?,
                },
                file_id: text("file_id")?,
            })
        };
        let messages = document.get("messages")?.as_array()?;
        // Files of earlier versions have none.
        let uploads = document.get("uploads").and_then(Value::as_array);
        Some(Self {
            refresh: text("refresh").map(Secret::new),
            visitor_id: text("visitor_id"),
            user: text("user"),
            conversation_id: text("conversation_id"),
            is_open: document.get("open") == Some(&Value::Bool(true)),
            cursor: text("cursor"),
            starting: document
                .get("starting")
                .filter(|it| it.is_object())
                .cloned(),
            messages: messages.iter().map(message).collect::<Option<_>>()?,
            uploads: uploads.into_iter().flatten().filter_map(upload).collect(),
        })
    }
}

impl Gateway {
    /// Writes down what has changed. Where it cannot be written, it stays to be tried again.
    pub(super) fn save(&self) -> Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        // One at a time, so that nobody writes over what is newer.
        let _turn = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = {
            let mut state = self.lock();
            if !std::mem::take(&mut state.is_changed) {
                return Ok(());
            }
            state.kept.clone()
        };
        file.write(&kept)
            .inspect_err(|_| self.lock().is_changed = true)
    }

    /// Writes what is left, and lets the next client have the file.
    pub(super) fn give_up_file(&self) {
        // What cannot be written was reported by the calls that needed it; a cursor can be older.
        let _ = self.save();
        if let Some(file) = &self.file {
            drop(file.lock().take());
        }
    }
}
