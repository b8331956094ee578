//! Where the bytes of files are kept once they are ready: the trait of every such store, and a folder.

use std::fs::{File, OpenOptions};
use std::io::{Read, Result};
use std::path::{Path, PathBuf};

use super::remove_if_there;

/// Keeps the bytes of files under their ids. Calls block.
pub(super) trait Blobs: Send + Sync + 'static {
    /// Keeps the bytes of an upload under this id, in place of what was there. They survive a loss
    /// of power when this returns; the upload may be gone then.
    ///
    /// # Errors
    /// Nothing is readable under the id, or what was there before. The same call may be made again.
    fn put(&self, upload: &Path, id: &str) -> Result<()>;

    /// The bytes under this id.
    ///
    /// # Errors
    /// `NotFound` when there are none.
    fn read(&self, id: &str) -> Result<Box<dyn Read + Send>>;

    /// Removes the bytes under this id if they are there, and what is left of a `put` that failed.
    fn delete(&self, id: &str) -> Result<()>;
}

/// A folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Blobs for Folder {
    fn put(&self, upload: &Path, id: &str) -> Result<()> {
        // Windows flushes what may be written to alone.
        OpenOptions::new().write(true).open(upload)?.sync_all()?;
        std::fs::rename(upload, self.0.join(id))?;
        #[cfg(unix)]
        File::open(&self.0)?.sync_all()?;
        Ok(())
    }

    fn read(&self, id: &str) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.0.join(id))?))
    }

    fn delete(&self, id: &str) -> Result<()> {
        remove_if_there(&self.0.join(id))
    }
}
