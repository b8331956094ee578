//! Reads the configuration again when it changed, or on SIGHUP. One with a mistake changes nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use wotnot_gateway::{Config, Gateway};

/// How often it is looked at whether a file changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The configuration's file, and those that it names.
pub(super) struct Watched {
    file: PathBuf,
    secrets: Vec<PathBuf>,
    seen: Vec<Option<(SystemTime, u64)>>,
    looked: Instant,
}

impl Watched {
    pub fn new(file: &Path, config: &Config) -> Self {
        let mut watched = Self {
            file: file.to_owned(),
            secrets: config.secret_files.clone(),
            seen: Vec::new(),
            looked: Instant::now(),
        };
        watched.seen = watched.state();
        watched
    }

    /// When each was written, and how long it is.
    fn state(&self) -> Vec<Option<(SystemTime, u64)>> {
        let files = std::iter::once(&self.file).chain(&self.secrets);
        files
            .map(|file| {
                let known = std::fs::metadata(file).ok()?;
                Some((known.modified().ok()?, known.len()))
            })
            .collect()
    }

    /// Whether something was written since it was read.
    pub fn changed(&mut self) -> bool {
        if self.looked.elapsed() < LOOK_EVERY {
            return false;
        }
        self.looked = Instant::now();
        self.state() != self.seen
    }

    /// Has the gateway take what the files say now; says why not otherwise.
    pub fn reload(&mut self, gateway: &Gateway) {
        // Before they are read: what is written meanwhile counts as a change.
        self.seen = self.state();
        let config = match super::load(&self.file) {
            Ok(config) => config,
            Err(mistakes) => {
                for mistake in mistakes {
                    tracing::error!(mistake, "the configuration stays as it was");
                }
                return;
            }
        };
        match gateway.reload(&config) {
            Ok(()) => {
                tracing::info!(
                    accounts = config.accounts.len(),
                    sites = config.sites.len(),
                    "the configuration was read again"
                );
                if self.secrets != config.secret_files {
                    self.secrets = config.secret_files;
                    self.seen = self.state();
                }
            }
            Err(error) => {
                let mistake = error.to_string();
                tracing::error!(mistake, "the configuration stays as it was");
            }
        }
    }
}
