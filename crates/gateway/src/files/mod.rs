//! Files that visitors send: begun, written in one piece or several, looked at, and then given to the
//! vendor as a link. Their rows are the store's; here are the bytes.

mod blobs;
#[cfg(test)]
mod conformance;
mod link;
mod look;
mod s3;
mod upload;

use std::collections::HashSet;
use std::io::{Error, Read, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::Semaphore;

use self::blobs::{Blobs, Folder};
use self::link::Links;
use self::s3::S3Blobs;
use crate::clock::now_ms;
use crate::config;
use crate::error::{ApiError, ApiResult, ErrorCode, unavailable};
use crate::store::{FileRow, OldFiles, Store, StoreError};

pub(crate) use look::can_be_told;
pub(crate) use upload::UploadRequest;

/// Uploads that nobody ends go after a day.
const UNREADY_KEPT_MS: u64 = 24 * 3_600 * 1_000;
/// Files that one sweep drops at most.
const AT_ONCE: usize = 200;
const CHUNK_BYTES: usize = 64 * 1024;
/// Threads that wait for disks, buckets and scanners at most: the calls to the vendor need some too.
const THREADS: usize = 64;

/// Keeps, reads and removes a small object where the configuration names a bucket for files.
///
/// # Errors
/// What the bucket answered, and which key to look at.
pub fn check_bucket(config: &config::Config) -> Result<()> {
    match config.files.as_ref().and_then(|it| it.s3.as_ref()) {
        Some(s3) => S3Blobs::new(s3, config.data.join("uploads"))?.check(),
        None => Ok(()),
    }
}

/// The files of all visitors.
pub(crate) struct Files {
    /// `None`: no more are taken; what is there is kept and dropped as before.
    settings: Option<config::Files>,
    store: Arc<dyn Store>,
    /// Where uploads lie until they are ready.
    uploads: PathBuf,
    blobs: Box<dyn Blobs>,
    links: Links,
    threads: Semaphore,
    /// Those that a call writes to just now.
    busy: Mutex<HashSet<String>>,
}

/// A file as a message names it.
#[derive(Clone, Debug)]
pub(crate) struct Attached {
    pub name: String,
    pub media_type: String,
    /// Where the vendor fetches it.
    pub link: String,
}

impl Files {
    /// `own_url` is where this gateway is reached when the configuration does not say.
    pub fn new(
        config: &config::Config,
        secret: &str,
        own_url: &str,
        store: Arc<dyn Store>,
    ) -> Result<Self> {
        let uploads = config.data.join("uploads");
        std::fs::create_dir_all(&uploads)?;
        let settings = config.files.clone();
        let url = settings.as_ref().and_then(|it| it.url.clone());
        Ok(Self {
            links: Links::new(secret, url.unwrap_or_else(|| own_url.to_owned())),
            blobs: match settings.as_ref().and_then(|it| it.s3.as_ref()) {
                Some(s3) => Box::new(S3Blobs::new(s3, uploads.clone())?),
                None => Box::new(Folder::new(config.data.join("files"))?),
            },
            uploads,
            threads: Semaphore::new(THREADS),
            settings,
            store,
            busy: Mutex::default(),
        })
    }

    /// Whether visitors can send any.
    pub fn are_taken(&self) -> bool {
        self.settings.is_some()
    }

    fn settings(&self) -> ApiResult<&config::Files> {
        self.settings
            .as_ref()
            .ok_or_else(|| ApiError::new(ErrorCode::NotFound, "this gateway takes no files"))
    }

    /// The visitor's own file with this id.
    pub async fn own(&self, visitor: &str, id: &str) -> ApiResult<FileRow> {
        self.settings()?;
        let found = self.store.file(id).await?;
        found
            .filter(|row| row.visitor == visitor)
            .ok_or_else(ApiError::not_found)
    }

    /// The files that a message names, each with a link for the vendor.
    pub async fn attach(&self, visitor: &str, ids: &[String]) -> ApiResult<Vec<Attached>> {
        let mut attached = Vec::with_capacity(ids.len());
        for id in ids {
            let found = self.store.file(id).await?;
            let row = found
                .filter(|row| row.visitor == visitor)
                .ok_or_else(|| ApiError::answer("files", format!("there is no file `{id}`")))?;
            if !row.ready {
                let reason = format!("the file `{id}` is not ready; complete it first");
                return Err(ApiError::answer("files", reason));
            }
            attached.push(Attached {
                link: self.link(&row)?,
                name: row.name,
                media_type: row.media_type,
            });
        }
        Ok(attached)
    }

    /// A link that shows the file to those who have it, for the time that is configured.
    pub fn link(&self, row: &FileRow) -> ApiResult<String> {
        let until = now_ms() / 1_000 + self.settings()?.link_seconds();
        Ok(self.links.make(&row.id, until))
    }

    /// The file that a link is for, while the link counts.
    pub async fn linked(&self, id: &str, until: u64, signature: &str) -> ApiResult<FileRow> {
        let counts = now_ms() / 1_000 < until && self.links.check(id, until, signature);
        let found = if counts {
            self.store.file(id).await?
        } else {
            None
        };
        found
            .filter(|row| row.ready)
            .ok_or_else(ApiError::not_found)
    }

    /// The bytes of a file that is ready. Blocks.
    pub fn read(&self, row: &FileRow) -> Result<Box<dyn Read + Send>> {
        self.blobs.read(&row.id)
    }

    /// The same, a chunk at a time. No thread waits for those who take them slowly.
    pub async fn stream(
        self: &Arc<Self>,
        row: FileRow,
    ) -> ApiResult<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let opened = self.blocking(move |files| files.read(&row)).await;
        let reader = opened.map_err(|error| {
            tracing::error!(%error, "a file cannot be read");
            unavailable()
        })?;
        let files = Arc::clone(self);
        Ok(unfold(Some((files, reader)), |state| async {
            let (files, mut reader) = state?;
            let read = files.blocking(move |_| {
                let mut chunk = vec![0; CHUNK_BYTES];
                let length = reader.read(&mut chunk)?;
                chunk.truncate(length);
                Ok((Bytes::from(chunk), reader))
            });
            match read.await {
                Ok((chunk, _)) if chunk.is_empty() => None,
                Ok((chunk, reader)) => Some((Ok(chunk), Some((files, reader)))),
                // It ends here: the caller sees that it is not whole.
                Err(error) => {
                    tracing::error!(%error, "a file cannot be read on");
                    Some((Err(error), None))
                }
            }
        }))
    }

    /// Removes the bytes of these files, wherever they are.
    pub async fn remove(self: &Arc<Self>, rows: &[FileRow]) -> Result<()> {
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        self.blocking(move |files| {
            for id in &ids {
                remove_if_there(&files.upload_path(id))?;
                files.blobs.delete(id)?;
            }
            Ok(())
        })
        .await
    }

    /// Drops files that are too old: first their bytes, then their rows, so that no bytes are left
    /// without a row.
    pub async fn sweep(self: &Arc<Self>) -> std::result::Result<(), StoreError> {
        let now = now_ms();
        let kept_ms = self.settings.clone().unwrap_or_default().keep_ms();
        let old = OldFiles {
            created_before_ms: now.saturating_sub(kept_ms),
            unready_before_ms: now.saturating_sub(UNREADY_KEPT_MS),
            limit: AT_ONCE,
        };
        let rows = self.store.old_files(old).await?;
        if rows.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.remove(&rows).await {
            tracing::error!(%error, "old files were not removed");
            return Ok(());
        }
        let ids = rows.into_iter().map(|row| row.id).collect();
        self.store.drop_files(ids).await
    }

    fn upload_path(&self, id: &str) -> PathBuf {
        self.uploads.join(id)
    }

    /// Takes the file for one call.
    fn hold(self: &Arc<Self>, id: &str) -> ApiResult<Held> {
        if !lock(&self.busy).insert(id.to_owned()) {
            return Err(ApiError::new(
                ErrorCode::UploadBusy,
                "another call writes to this file; let it end first",
            )
            .retry_after(std::time::Duration::from_secs(1)));
        }
        Ok(Held {
            files: Arc::clone(self),
            id: id.to_owned(),
        })
    }

    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _thread = self.threads.acquire().await;
        let files = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || work(&files)).await;
        worked.unwrap_or_else(|_| Err(Error::other("a thread of the gateway ended")))
    }
}

fn lock(busy: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that one call writes to.
struct Held {
    files: Arc<Files>,
    id: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.files.busy).remove(&self.id);
    }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
