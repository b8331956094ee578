//! Everything that is kept of a visitor, as a zip: what the session said, and each conversation as its
//! readers get it, and the files. It is written while it is sent, so its size costs no memory.

use std::io::{Error, Write};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::app::App;
use crate::clock::rfc3339;
use crate::conversation::transcript;
use crate::files::Files;
use crate::store::{FileRow, StoreError};

/// Chunks that wait for a caller who reads slowly.
const CHUNKS: usize = 4;
const CHUNK_BYTES: usize = 64 * 1024;

/// The bytes of the zip. It breaks off with an error when it cannot be written whole.
pub(crate) async fn of_visitor(
    app: &Arc<App>,
    visitor: &str,
) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<>, StoreError> {
    let mut documents = vec![("visitor.json".to_owned(), about(app, visitor).await?)];
    for row in app.store.conversations_of(visitor).await? {
        // One that was just dropped is not there any more.
        if let Some(conversation) = app.conversations.get(&row.id).await? {
            let transcript = transcript::take(app, &conversation).await?;
            let text = serde_json::to_string_pretty(&transcript).unwrap_or_default();
            documents.push((format!("conversations/{}.json", row.id), text));
        }
    }
    let mut rows = app.store.files_of(visitor).await?;
    rows.retain(|row| row.ready);
    let files = Arc::clone(&app.files);
    let (sender, receiver) = channel(CHUNKS);
    tokio::task::spawn_blocking(move || {
        let chunks = Chunks {
            sender: sender.clone(),
            full: Vec::with_capacity(CHUNK_BYTES),
        };
        if let Err(error) = write(chunks, documents, &files, &rows) {
            // Who asked may have gone.
            let _ = sender.blocking_send(Err(error));
        }
    });
    Ok(unfold(receiver, |mut receiver| async move {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    }))
}

/// What the session said of the visitor, and what the site signed.
async fn about(app: &App, visitor: &str) -> Result<String, StoreError> {
    let row = app.store.visitor(visitor).await?;
    let about = row.map(|row| {
        json!({
            "id": row.id,
            "began": rfc3339(row.created_ms),
            "session": row.context["system"],
            "identity": row.context["contact"],
        })
    });
    let about: Value = about.unwrap_or_default();
    Ok(serde_json::to_string_pretty(&about).unwrap_or_default())
}

fn write(
    chunks: Chunks,
    documents: Vec<(String, String)>,
    files: &Files,
    rows: &[FileRow],
) -> Result<(), Error> {
    let mut zip = ZipWriter::new_stream(chunks);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in documents {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    for row in rows {
        zip.start_file(format!("files/{}-{}", row.id, row.name), options)?;
        std::io::copy(&mut files.read(row)?, &mut zip)?;
    }
    zip.finish()?.into_inner().flush()
}

/// Passes what is written on, a chunk at a time.
struct Chunks {
    sender: Sender<Result<Bytes, Error>>,
    full: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.full.extend_from_slice(bytes);
        if self.full.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.full.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(&mut self.full));
        let sent = self.sender.blocking_send(Ok(chunk));
        sent.map_err(|_| Error::other("nobody reads it any more"))
    }
}
