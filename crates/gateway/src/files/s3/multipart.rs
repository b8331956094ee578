//! A large file, part by part. What is there after a failure, or after the process ended, is not sent again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use rusty_s3::actions::{
    AbortMultipartUpload, CompleteMultipartUpload, CompleteMultipartUploadResponse,
    CreateMultipartUpload, HeadObject, ListParts, UploadPart,
};

use super::http::{Payload, unexpected};
use super::{PART_BYTES, S3Blobs, or_gone};
use crate::config::secrets::hex;
use crate::files::remove_if_there;

/// As many parts as buckets take.
const MOST_PARTS: u64 = 10_000;

/// An upload in parts that has not ended.
pub(super) struct Begun {
    /// Of the file that it is of: another one may lie there by now.
    digest: String,
    pub upload_id: String,
}

/// The number of a part, with its size and what the bucket calls it.
type Parts = HashMap<u16, (u64, String)>;

impl S3Blobs {
    pub(super) fn put_in_parts(&self, upload: &Path, id: &str, length: u64) -> Result<()> {
        let store = &self.store;
        let (key, credentials) = (store.key(id), Some(&store.credentials));
        let digest = digest(upload)?;
        let (upload_id, there) = match self.begun(id)? {
            Some(begun) if begun.digest == digest => self.resume(&key, begun)?,
            _ => None,
        }
        .map_or_else(|| self.begin(id, &key, &digest), Ok)?;
        let size = part_bytes(length);
        let mut etags = Vec::new();
        for (number, from) in (1_u16..).zip((0..length).step_by(step(size)?)) {
            let length = size.min(length - from);
            if let Some((found, etag)) = there.get(&number)
                && *found == length
            {
                etags.push(etag.clone());
                continue;
            }
            let action = UploadPart::new(&store.bucket, credentials, &key, number, &upload_id);
            let part = Payload::Part {
                file: upload,
                from,
                length,
            };
            let answer = store.http.call(&action, &[], &part)?;
            let etag = answer.headers.get("etag").and_then(|it| it.to_str().ok());
            etags.push(etag.ok_or_else(|| unexpected("has no ETag"))?.to_owned());
        }
        self.complete(&key, &upload_id, &etags, length)?;
        self.forget(id)
    }

    /// Goes on with what is there, unless the bucket has dropped it.
    fn resume(&self, key: &str, begun: Begun) -> Result<Option<(String, Parts)>> {
        let store = &self.store;
        let mut parts = Parts::new();
        let mut after = None;
        loop {
            let mut list = ListParts::new(
                &store.bucket,
                Some(&store.credentials),
                key,
                &begun.upload_id,
            );
            if let Some(after) = after {
                list.set_part_number_marker(after);
            }
            let answer = match store.http.call(&list, &[], &Payload::None) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                answer => answer?,
            };
            let page = ListParts::parse_response(answer.text()?)
                .map_err(|_| unexpected("is no list of parts"))?;
            let found = page.parts.into_iter();
            parts.extend(found.map(|part| (part.number, (part.size, part.etag))));
            match page.next_part_number_marker {
                // A bucket that does not move on would be asked without end.
                Some(next) if after.is_none_or(|after| next > after) => after = Some(next),
                _ => return Ok(Some((begun.upload_id, parts))),
            }
        }
    }

    fn begin(&self, id: &str, key: &str, digest: &str) -> Result<(String, Parts)> {
        let store = &self.store;
        // Parts of another file, or of one that was lost.
        self.abort(id, key)?;
        let create = CreateMultipartUpload::new(&store.bucket, Some(&store.credentials), key);
        let answer = store.http.call(&create, &[], &Payload::None)?;
        let begun = CreateMultipartUpload::parse_response(answer.text()?)
            .map_err(|_| unexpected("names no upload"))?;
        let upload_id = begun.upload_id().to_owned();
        let mut file = File::create(self.note(id))?;
        writeln!(file, "{digest} {upload_id}")?;
        file.sync_all()?;
        Ok((upload_id, Parts::new()))
    }

    fn complete(&self, key: &str, upload_id: &str, etags: &[String], length: u64) -> Result<()> {
        let store = &self.store;
        let action = || {
            CompleteMultipartUpload::new(
                &store.bucket,
                Some(&store.credentials),
                key,
                upload_id,
                etags.iter().map(String::as_str),
            )
        };
        let body = action().body();
        match store.http.call(&action(), &[], &Payload::Text(&body)) {
            // An earlier try may have succeeded, with its answer lost.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let head = HeadObject::new(&store.bucket, Some(&store.credentials), key);
                let answer = store.http.call(&head, &[], &Payload::None)?;
                let found = answer.headers.get("content-length");
                let found = found.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
                if found == Some(length) {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            // The service says 200 before it knows whether it succeeds.
            answer => match CompleteMultipartUploadResponse::parse(answer?.text()?) {
                Ok(_) => Ok(()),
                Err(_) => Err(unexpected("says that the parts were not put together")),
            },
        }
    }

    /// Has the bucket drop what was begun under this id, where something was.
    pub(super) fn abort(&self, id: &str, key: &str) -> Result<()> {
        let store = &self.store;
        let Some(begun) = self.begun(id)? else {
            return Ok(());
        };
        let credentials = Some(&store.credentials);
        let abort = AbortMultipartUpload::new(&store.bucket, credentials, key, &begun.upload_id);
        or_gone(store.http.call(&abort, &[], &Payload::None))?;
        self.forget(id)
    }

    /// What was begun under this id and has not ended.
    pub(super) fn begun(&self, id: &str) -> Result<Option<Begun>> {
        let text = match std::fs::read_to_string(self.note(id)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let (digest, upload_id) = text.trim_end().split_once(' ').unwrap_or_default();
        Ok((!upload_id.is_empty()).then(|| Begun {
            digest: digest.to_owned(),
            upload_id: upload_id.to_owned(),
        }))
    }

    pub(super) fn forget(&self, id: &str) -> Result<()> {
        remove_if_there(&self.note(id))
    }

    fn note(&self, id: &str) -> PathBuf {
        self.uploads.join(format!("{id}.parts"))
    }
}

/// As few bytes as [`MOST_PARTS`] allow.
fn part_bytes(length: u64) -> u64 {
    length.div_ceil(MOST_PARTS).max(PART_BYTES)
}

fn step(size: u64) -> Result<usize> {
    usize::try_from(size).map_err(|_| Error::other("the file is too large for this machine"))
}

fn digest(file: &Path) -> Result<String> {
    let mut file = File::open(file)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(context.finish().as_ref())),
            length => context.update(&buffer[..length]),
        }
    }
}
