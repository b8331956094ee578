//! A bucket of an S3-compatible service. The gateway alone speaks to it: it can be closed to everybody
//! else, and links to files are the gateway's own.

mod http;
mod multipart;
#[cfg(test)]
mod tests;

use std::io::{Cursor, Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusty_s3::actions::{DeleteObject, GetObject, PutObject};
use rusty_s3::{Bucket, Credentials};
use ureq::http::StatusCode;

use self::http::{Http, Payload, unexpected};
use super::blobs::Blobs;
use crate::config::{S3, random_token};

/// Bytes of a file that are asked for at one time: who reads slowly holds no connection to the bucket.
const READ_BYTES: u64 = 1024 * 1024;
/// Larger files are sent in parts of so many bytes; buckets take no smaller ones than 5 MiB.
const PART_BYTES: u64 = 8 * 1024 * 1024;

/// A bucket.
pub(super) struct S3Blobs {
    store: Arc<ObjectStore>,
    /// Where uploads lie, and beside each what is known of its parts.
    uploads: PathBuf,
}

/// Where the objects are.
struct ObjectStore {
    http: Http,
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
}

impl ObjectStore {
    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }
}

impl S3Blobs {
    /// Nothing is asked of the bucket yet.
    pub fn new(config: &S3, uploads: PathBuf) -> Result<Self> {
        let bucket = config.bucket().map_err(Error::other)?;
        Ok(Self {
            store: Arc::new(ObjectStore {
                http: Http::new(),
                bucket,
                credentials: config.credentials(),
                prefix: config.prefix.clone(),
            }),
            uploads,
        })
    }

    /// Keeps, reads and removes an object, so that a mistake is known before a visitor meets it.
    pub fn check(&self) -> Result<()> {
        let id = format!("check-{}", random_token(9)?);
        let put = self.put_text(&id, "wotnot gateway check");
        let read = put.and_then(|()| {
            let mut text = String::new();
            self.read(&id)?.read_to_string(&mut text)?;
            match text == "wotnot gateway check" {
                true => Ok(()),
                false => Err(unexpected("is not what was kept")),
            }
        });
        // A refusal that came first says more.
        let deleted = self.delete(&id);
        read.and(deleted)
    }

    fn put_text(&self, id: &str, text: &str) -> Result<()> {
        let store = &self.store;
        let key = store.key(id);
        let action = PutObject::new(&store.bucket, Some(&store.credentials), &key);
        store.http.call(&action, &[], &Payload::Text(text))?;
        Ok(())
    }
}

impl Blobs for S3Blobs {
    fn put(&self, upload: &Path, id: &str) -> Result<()> {
        let length = std::fs::metadata(upload)?.len();
        if length > PART_BYTES {
            return self.put_in_parts(upload, id, length);
        }
        let store = &self.store;
        let key = store.key(id);
        let action = PutObject::new(&store.bucket, Some(&store.credentials), &key);
        let part = Payload::Part {
            file: upload,
            from: 0,
            length,
        };
        store.http.call(&action, &[], &part)?;
        Ok(())
    }

    fn read(&self, id: &str) -> Result<Box<dyn Read + Send>> {
        let mut object = Object {
            store: Arc::clone(&self.store),
            key: self.store.key(id),
            chunk: Cursor::default(),
            next: 0,
            size: u64::MAX,
        };
        object.fetch()?;
        Ok(Box::new(object))
    }

    fn delete(&self, id: &str) -> Result<()> {
        let store = &self.store;
        let (key, credentials) = (store.key(id), Some(&store.credentials));
        self.abort(id, &key)?;
        let delete = DeleteObject::new(&store.bucket, credentials, &key);
        or_gone(store.http.call(&delete, &[], &Payload::None))
    }
}

fn or_gone(answer: Result<http::Answer>) -> Result<()> {
    match answer {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// An object that is read.
struct Object {
    store: Arc<ObjectStore>,
    key: String,
    chunk: Cursor<Vec<u8>>,
    /// Where the next chunk begins.
    next: u64,
    /// Known from the first answer on.
    size: u64,
}

impl Object {
    fn fetch(&mut self) -> Result<()> {
        let store = &self.store;
        let action = GetObject::new(&store.bucket, Some(&store.credentials), &self.key);
        let range = format!("bytes={}-{}", self.next, self.next + READ_BYTES - 1);
        let answer = store
            .http
            .call(&action, &[("range", range)], &Payload::None)?;
        let size = answer
            .headers
            .get("content-range")
            .and_then(|range| range.to_str().ok()?.rsplit('/').next()?.parse().ok());
        self.size = match (answer.status, size) {
            (StatusCode::PARTIAL_CONTENT, Some(size)) if self.size == u64::MAX => size,
            (StatusCode::PARTIAL_CONTENT, Some(size)) if self.size == size => size,
            _ => return Err(unexpected("holds no part of the file")),
        };
        self.next += answer.body.len() as u64;
        if answer.body.is_empty() || self.next > self.size {
            return Err(unexpected("holds another part of the file"));
        }
        self.chunk = Cursor::new(answer.body);
        Ok(())
    }
}

impl Read for Object {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let length = self.chunk.read(buffer)?;
        if length > 0 || buffer.is_empty() || self.next >= self.size {
            return Ok(length);
        }
        self.fetch()?;
        self.chunk.read(buffer)
    }
}
