//! Looks at flow files, and deploys those that changed. A file that is wrong changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::activity::Activity;
use crate::changes::Area;
use crate::error::Error;
use crate::flow_files::FileState;
use crate::shared::Shared;
use crate::source::FlowSource;

/// What shows that a file changed.
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
            let findings = findings(&error);
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
            shared.tell(|| Activity::DeployFailed { file, findings });
        }
    }
}

fn findings(error: &Error) -> Vec<String> {
    match error {
        Error::Flow { findings, .. } => findings.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}
