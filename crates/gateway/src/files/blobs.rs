//! Where the bytes of files lie once they are ready: a folder.

use std::fs::File;
use std::io::{Read, Result};
use std::path::{Path, PathBuf};

use super::remove_if_there;

pub(super) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub fn new(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Takes the upload over. It survives a loss of power when this returns.
    pub fn put(&self, upload: &Path, id: &str) -> Result<()> {
        File::open(upload)?.sync_all()?;
        std::fs::rename(upload, self.folder.join(id))?;
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    pub fn read(&self, id: &str) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.folder.join(id))?))
    }

    /// Removes the file if it is there.
    pub fn delete(&self, id: &str) -> Result<()> {
        remove_if_there(&self.folder.join(id))
    }
}
