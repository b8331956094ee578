//! An upload from its beginning until it is ready.

use std::fs::File;
use std::io::{Read, SeekFrom};
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::fs::OpenOptions;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::{Files, look, remove_if_there};
use crate::clock::now_ms;
use crate::config::{self, random_token};
use crate::error::{ApiError, ApiResult, ErrorCode, unavailable};
use crate::store::FileRow;

const LONGEST_NAME: usize = 200;

/// What a visitor wants to send.
pub(crate) struct UploadRequest {
    pub name: String,
    pub media_type: String,
    pub size: u64,
}

/// What a scanner says of a file.
enum Scan {
    Clean,
    Refused,
    Failed(String),
}

impl Files {
    /// Begins an upload.
    pub async fn begin(
        &self,
        visitor: &str,
        site: &str,
        wanted: UploadRequest,
    ) -> ApiResult<FileRow> {
        let settings = self.settings()?;
        if !settings.types.contains(&wanted.media_type) {
            return Err(ApiError::new(
                ErrorCode::UnsupportedType,
                format!("body.type: expected one of {}", settings.types.join(", ")),
            ));
        }
        let too_large = |what: &str, most_mb: u32| {
            let message = format!("{what} larger than {most_mb} MB");
            Err(ApiError::new(ErrorCode::TooLarge, message))
        };
        if wanted.size > config::Files::bytes(settings.largest_mb) {
            return too_large("body.size: the file is", settings.largest_mb);
        }
        let theirs = self.store.files_of(visitor).await?;
        let together: u64 = theirs.iter().map(|row| row.size).sum();
        if together + wanted.size > config::Files::bytes(settings.visitor_mb) {
            return too_large("the visitor's files together would be", settings.visitor_mb);
        }
        let row = FileRow {
            id: format!("f_{}", random_token(16)?),
            visitor: visitor.to_owned(),
            site: site.to_owned(),
            name: shown_name(&wanted.name),
            media_type: wanted.media_type,
            size: wanted.size,
            ready: false,
            created_ms: now_ms(),
        };
        self.store.put_file(row.clone()).await?;
        Ok(row)
    }

    /// How many bytes of the file are there.
    pub async fn offset(&self, row: &FileRow) -> ApiResult<u64> {
        if row.ready {
            return Ok(row.size);
        }
        match tokio::fs::metadata(self.upload_path(&row.id)).await {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the body from `offset` on, or the whole file without one; gives how many bytes are
    /// there then. What came of a body that broke off stays.
    pub async fn write(
        self: &Arc<Self>,
        row: &FileRow,
        offset: Option<u64>,
        body: &mut Body,
    ) -> ApiResult<u64> {
        let _held = self.hold(&row.id)?;
        let there = self.offset(row).await?;
        if row.ready || offset.is_some_and(|offset| offset != there) {
            return Err(off_by(there));
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.upload_path(&row.id))
            .await?;
        let from = offset.unwrap_or(0);
        file.set_len(from).await?;
        file.seek(SeekFrom::End(0)).await?;
        let mut at = from;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                file.flush().await?;
                return Err(ApiError::new(
                    ErrorCode::InvalidRequest,
                    "the body did not come whole; go on at `Upload-Offset`",
                ));
            };
            let Some(bytes) = frame.data_ref() else {
                continue;
            };
            if at + bytes.len() as u64 > row.size {
                file.flush().await?;
                file.set_len(from).await?;
                return Err(ApiError::new(
                    ErrorCode::TooLarge,
                    format!(
                        "the file is longer than the {} bytes that it was to have",
                        row.size
                    ),
                ));
            }
            file.write_all(bytes).await?;
            at += bytes.len() as u64;
        }
        file.flush().await?;
        Ok(at)
    }

    /// Looks at the file, and has it kept. The same call again changes nothing. It goes on when its
    /// caller does not wait: a file may take a while to be looked at and to be kept.
    pub async fn complete(self: &Arc<Self>, row: FileRow) -> ApiResult<FileRow> {
        let settings = self.settings()?.clone();
        let held = self.hold(&row.id)?;
        let files = Arc::clone(self);
        let completed = tokio::spawn(async move {
            let _held = held;
            files.complete_held(row, settings).await
        });
        completed.await.unwrap_or_else(|_| Err(unavailable()))
    }

    async fn complete_held(
        self: &Arc<Self>,
        row: FileRow,
        settings: config::Files,
    ) -> ApiResult<FileRow> {
        // Another call may have done it meanwhile.
        let row = self.own(&row.visitor, &row.id).await?;
        if row.ready {
            return Ok(row);
        }
        let there = self.offset(&row).await?;
        if there != row.size {
            return Err(off_by(there));
        }
        let (id, media_type) = (row.id.clone(), row.media_type.clone());
        let scan = self
            .blocking(move |files| {
                let path = files.upload_path(&id);
                let mut head = Vec::new();
                File::open(&path)?.take(look::HEAD).read_to_end(&mut head)?;
                Ok(match look::fits(&media_type, &head) {
                    true => Some(scan(&settings.scanner, &path)),
                    false => None,
                })
            })
            .await?;
        match scan {
            None => {
                return Err(ApiError::new(
                    ErrorCode::ContentMismatch,
                    format!("the file is no {}", row.media_type),
                ));
            }
            Some(Scan::Refused) => {
                return Err(ApiError::new(
                    ErrorCode::FileRefused,
                    "the scanner refused the file",
                ));
            }
            Some(Scan::Failed(why)) => {
                tracing::error!(why, "the scanner failed");
                return Err(unavailable());
            }
            Some(Scan::Clean) => {}
        }
        let id = row.id.clone();
        let kept = self.blocking(move |files| files.blobs.put(&files.upload_path(&id), &id));
        if let Err(error) = kept.await {
            tracing::error!(%error, "a file was not kept");
            return Err(unavailable());
        }
        if !self.store.file_is_ready(&row.id).await? {
            // Its visitor wanted it gone meanwhile.
            self.remove(std::slice::from_ref(&row)).await?;
            return Err(ApiError::not_found());
        }
        let id = row.id.clone();
        self.blocking(move |files| remove_if_there(&files.upload_path(&id)))
            .await?;
        Ok(FileRow { ready: true, ..row })
    }
}

fn off_by(there: u64) -> ApiError {
    ApiError::new(
        ErrorCode::OffsetMismatch,
        format!("{there} bytes are there; go on from that offset"),
    )
    .with("offset", there)
}

/// The last part of a path, without what only confuses those who read it.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_direction(*c))
        .take(LONGEST_NAME)
        .collect();
    match shown.trim().trim_matches('.') {
        "" => "file".to_owned(),
        _ => shown.trim().to_owned(),
    }
}

/// Marks that turn text around, so that `exe.png` may be no picture.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Asks the scanner, where there is one: 0 is clean, 1 is not, anything else is a fault of its own.
fn scan(command: &[String], path: &std::path::Path) -> Scan {
    let Some((program, arguments)) = command.split_first() else {
        return Scan::Clean;
    };
    let ended = Command::new(program)
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match ended.as_ref().map(std::process::ExitStatus::code) {
        Ok(Some(0)) => Scan::Clean,
        Ok(Some(1)) => Scan::Refused,
        Ok(code) => Scan::Failed(format!("{program} ended with {code:?}")),
        Err(error) => Scan::Failed(format!("{program}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn a_name_is_no_path() {
        for (name, expected) in [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\b.pdf", "b.pdf"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            (" été.txt ", "été.txt"),
        ] {
            assert_eq!(shown_name(name), expected, "{name:?}");
        }
        assert_eq!(shown_name(&"é".repeat(999)).chars().count(), 200);
    }
}
