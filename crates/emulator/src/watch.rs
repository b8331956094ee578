//! Looks at flow files, and deploys those that changed. A file that is wrong changes nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use indexmap::IndexMap;
use serde::Serialize;

use crate::activity::Activity;
use crate::changes::Area;
use crate::clock::{wall_ms, wire_time};
use crate::error::Error;
use crate::flow::{Finding, Flow};
use crate::shared::Shared;
use crate::source::FlowSource;

/// What a change of a file is told by.
type Stamp = Option<(SystemTime, u64)>;

/// A file and how it was when it was last looked at and last read.
struct Watched {
    path: PathBuf,
    seen: Stamp,
    read: Stamp,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        let stamp = stamp(&path);
        Self {
            path,
            seen: stamp,
            read: stamp,
        }
    }

    /// True when the file changed and then stood still from one look to the next: half a file is not read.
    fn is_due(&mut self) -> bool {
        let now = stamp(&self.path);
        let still = now == self.seen;
        self.seen = now;
        if !still || now.is_none() || now == self.read {
            return false;
        }
        self.read = now;
        true
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The files as they are now; made before they are read, so that no change is missed.
pub(crate) struct FileWatcher(Vec<Watched>);

impl FileWatcher {
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(paths.into_iter().map(Watched::new).collect())
    }

    /// Looks at the files at this interval. Never returns.
    pub async fn run(mut self, every: Duration, shared: Arc<Shared>) {
        loop {
            tokio::time::sleep(every).await;
            for watched in &mut self.0 {
                if watched.is_due() {
                    redeploy(&watched.path, &shared).await;
                }
            }
        }
    }
}

/// Reading and checking a large flow takes a while, in which calls must be answered.
async fn redeploy(path: &Path, shared: &Shared) {
    let file = path.display().to_string();
    let source = FlowSource::File(path.to_owned());
    let Ok(loaded) = tokio::task::spawn_blocking(move || source.check()).await else {
        return;
    };
    match loaded {
        Ok((flow, warnings)) => {
            shared.files.deployed(&file, &flow, warnings);
            shared.deploy(flow);
        }
        Err(error) => {
            let told = told(&error);
            match error {
                Error::Flow { findings, .. } => {
                    shared.files.read(&file, FileState::Refused, findings);
                }
                other => {
                    let problem = other.to_string();
                    let unread = FileState::Unread { problem };
                    shared.files.read(&file, unread, Vec::new());
                }
            }
            shared.changes.note(Area::Bots);
            shared.tell(|| Activity::DeployFailed {
                file,
                findings: told,
            });
        }
    }
}

fn told(error: &Error) -> Vec<String> {
    match error {
        Error::Flow { findings, .. } => findings.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

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

    fn read(&self, file: &str, state: FileState, findings: Vec<Finding>) {
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
