//! The state file: written whole, so that a process that is killed leaves the old one or the new one.
//! What stands in it is the link's.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::Value;

use crate::seal::Seal;
use crate::{Config, Error, Result};

pub(crate) struct StateFile {
    path: PathBuf,
    seal: Option<Seal>,
}

/// Tells one writing of the file from the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl StateFile {
    /// The file that this configuration has, if it has one.
    ///
    /// # Errors
    /// `invalid_argument` for a key that is none.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>> {
        let seal = config.state_key.as_ref().map(Seal::new).transpose()?;
        Ok(match (&config.state_path, seal) {
            (Some(path), seal) => Some(Self {
                path: path.into(),
                seal,
            }),
            (None, Some(_)) => {
                let problem = "there is nothing to seal; give `state.path` too";
                return Err(Error::invalid("state.key", problem));
            }
            (None, None) => None,
        })
    }

    /// Keeps other processes from writing until what is returned is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
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

    /// The same for as long as it is open; an error while somebody else has it.
    #[cfg(feature = "gateway")]
    pub(crate) fn lock_alone(&self) -> Result<File> {
        let file = private()
            .create(true)
            .open(self.beside(".lock"))
            .map_err(|error| self.failed("cannot be locked", &error))?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => Err(self.failed(
                "is in use by another client; give each client of a gateway a file of its own",
                &"",
            )),
            Err(fs::TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                Err(self.failed("cannot be locked", &error))
            }
            _ => Ok(file),
        }
    }

    /// `None` when there is no file.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
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

    /// What `read` makes of the document; `None` when there is no file.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Value) -> Option<T>) -> Result<Option<T>> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.failed("cannot be read", &error))?,
        };
        let document = serde_json::from_slice(&self.unsealed(bytes)?).ok();
        let found = document.as_ref().and_then(read).ok_or_else(|| {
            self.failed(
                "is damaged, or no state file of this version and this kind of client; move it away to begin with an empty one",
                &"",
            )
        })?;
        Ok(Some(found))
    }

    fn unsealed(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let refused = |problem: &str| {
            let problem = format!("{} {problem}", self.path.display());
            Err(Error::invalid("state.key", problem))
        };
        match (&self.seal, Seal::is_sealed(&bytes)) {
            (None, false) => Ok(bytes),
            (None, true) => refused("is sealed; give the key that it was written with"),
            (Some(_), false) => refused(
                "is not sealed; leave the key out to go on with it, or move it away to begin with an empty one",
            ),
            (Some(seal), true) => match seal.open(&bytes) {
                Some(plain) => Ok(plain),
                None => refused(
                    "does not open: it was written with another key, or is damaged; give its own key, or move it away to begin with an empty one",
                ),
            },
        }
    }

    pub(crate) fn write(&self, document: &Value) -> Result<()> {
        let bytes = document.to_string().into_bytes();
        let bytes = match &self.seal {
            Some(seal) => seal.close(bytes)?,
            None => bytes,
        };
        self.replace(&bytes)
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
