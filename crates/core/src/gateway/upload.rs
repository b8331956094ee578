//! Files of the visitor's: sent in parts, each from that byte on which the gateway does not have yet.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use http::Method;
use serde_json::{Value, json};

use super::Gateway;
use super::http::{Ask, Limit, Payload, Reply};
use super::kept::{Facts, KeptUpload};
use super::refusal::{Refused, lacks};
use crate::engine::{LONGEST_CALL, Repeat};
use crate::options::CallOptions;
use crate::uploading::{Upload, Uploaded};
use crate::{Code, Delivery, Error, Result, check};

/// Bytes of one request: what a slow line carries within the time of a call.
const PART: u64 = 256 * 1024;
/// Uploads that were begun and did not end, of which the oldest is forgotten.
const MOST_KEPT: usize = 16;
/// How many events tell of one file, but the first.
const STEPS: u64 = 20;

/// What a part came to.
struct Written {
    now: Uploaded,
    /// Why the answer alone does not show it.
    trouble: Option<Error>,
}

impl Gateway {
    pub(super) fn upload(&self, upload: &Upload, options: &CallOptions) -> Result<Uploaded> {
        let token = options.cancel.clone().unwrap_or_default();
        let _registered = self.engine.register(&token.0)?;
        let whole = options.timeout;
        let whole = whole.map(|timeout| token.0.asked() + timeout.min(LONGEST_CALL));
        let upload_call = UploadCall {
            gateway: self,
            // Without a time of its own it may take as long as it goes on: each part has the client's time.
            limit: &|| {
                let until = whole.unwrap_or_else(|| Instant::now() + self.engine.config.timeout);
                Limit::part(until, Arc::clone(&token.0))
            },
        };
        let done = match *upload {
            Upload::File {
                path,
                name,
                media_type,
                progress,
            } => upload_call.file(path, name, media_type, progress),
            Upload::Begin {
                name,
                media_type,
                size,
            } => upload_call.begin(name, media_type, size),
            Upload::Part {
                file_id,
                offset,
                bytes,
            } => upload_call.part(file_id, offset, bytes),
        };
        done.map_err(|refused| refused.error)
    }
}

type Asked = std::result::Result<Uploaded, Refused>;

/// One call of `upload`.
struct UploadCall<'a> {
    gateway: &'a Gateway,
    limit: &'a dyn Fn() -> Limit,
}

impl UploadCall<'_> {
    fn file(
        &self,
        path: &Path,
        name: Option<&str>,
        media_type: Option<&str>,
        progress: bool,
    ) -> Asked {
        let mut source = Source::open(path)?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => source.name(path),
        };
        let kept = self.gateway.kept_upload(&source.facts);
        let going_on = kept.map(|file_id| self.look(&file_id));
        let mut now = match going_on {
            Some(Ok(now)) => now,
            // The gateway has dropped it.
            Some(Err(refused)) if refused.code() != "not_found" => return Err(refused),
            _ => self.begin(&name, media_type, source.facts.size)?,
        };
        self.gateway.keep_upload(&source.facts, &now.file_id);
        self.gateway.save()?;
        let progress = progress.then(|| Progress::begin(self.gateway));
        let mut reported = None;
        let mut tell = |now: &Uploaded| {
            let step = (
                now.ready,
                now.offset.saturating_mul(STEPS) / now.size.max(1),
            );
            if progress.is_some() && reported.replace(step) != Some(step) {
                let event = json!({"type": "upload", "upload": now});
                self.gateway.tell_of(None, &event);
            }
        };
        let most = self.gateway.engine.config.retry.max_attempts;
        let (mut furthest, mut attempts) = (now.offset, 0);
        while now.offset < now.size {
            tell(&now);
            let bytes = source.part(now.offset)?;
            let written = self.write(&now.file_id, now.offset, bytes)?;
            let before = std::mem::replace(&mut now, written.now).offset;
            if now.offset > furthest {
                (furthest, attempts) = (now.offset, 0);
            } else if now.offset <= before {
                attempts += 1;
                if attempts >= most {
                    return Err(stuck(&now, attempts, written.trouble).into());
                }
            }
        }
        let done = self.complete(now)?;
        self.gateway.drop_upload(&done.file_id);
        self.gateway.save()?;
        tell(&done);
        Ok(done)
    }

    fn begin(&self, name: &str, media_type: Option<&str>, size: u64) -> Asked {
        let media_type = media_type.unwrap_or_else(|| check::mime_type_of_name(name));
        let body = json!({"name": name, "type": media_type, "size": size});
        let ask = Ask {
            // One more that nobody writes to is dropped there after a while.
            repeat: Repeat::Safe,
            ..Ask::post(&["/v1/files"], &body)
        };
        self.ask(&ask)
    }

    fn part(&self, file_id: &str, offset: u64, bytes: &[u8]) -> Asked {
        let now = match bytes {
            [] => self.look(file_id)?,
            _ => {
                let Written { now, trouble } = self.write(file_id, offset, bytes)?;
                let is_sent_elsewhere =
                    now.offset != offset && trouble.as_ref().is_some_and(is_elsewhere);
                if now.offset <= offset && !is_sent_elsewhere {
                    return Err(stuck(&now, 1, trouble).into());
                }
                now
            }
        };
        match now.offset == now.size && !now.ready {
            true => self.complete(now),
            false => Ok(now),
        }
    }

    /// Writes a part. Where the answer does not say how far the file is then, the gateway is asked.
    fn write(
        &self,
        file_id: &str,
        offset: u64,
        bytes: &[u8],
    ) -> std::result::Result<Written, Refused> {
        let segment = check::path_segment(file_id)?;
        let ask = Ask {
            method: Method::PATCH,
            path: &["/v1/files/", &segment],
            body: Payload::Part { offset, bytes },
            // From the same byte on it would be refused although it was taken.
            repeat: Repeat::Doubles,
        };
        let refused = match self.ask(&ask) {
            Ok(now) => return Ok(Written { now, trouble: None }),
            Err(refused) => refused,
        };
        let error = &refused.error;
        let is_unknown = error.delivery() == Some(Delivery::Unknown) && error.retryable();
        if !is_elsewhere(error) && !is_unknown {
            return Err(refused);
        }
        Ok(Written {
            now: self.look(file_id)?,
            trouble: Some(refused.error),
        })
    }

    /// How far a file is.
    fn look(&self, file_id: &str) -> Asked {
        let segment = check::path_segment(file_id)?;
        self.ask(&Ask::get(&["/v1/files/", &segment]))
    }

    fn complete(&self, now: Uploaded) -> Asked {
        if now.ready {
            return Ok(now);
        }
        let segment = check::path_segment(&now.file_id)?;
        self.ask(&Ask {
            method: Method::POST,
            path: &["/v1/files/", &segment, "/complete"],
            body: Payload::Nothing,
            repeat: Repeat::Safe,
        })
    }

    fn ask(&self, ask: &Ask) -> Asked {
        let reply = self.gateway.ask(ask, &(self.limit)(), None)?;
        Ok(self.gateway.uploaded(&reply)?)
    }
}

/// The gateway has more or fewer bytes than the part begins behind.
fn is_elsewhere(error: &Error) -> bool {
    error.api_code() == Some("offset_mismatch")
}

/// The file gets no further.
fn stuck(now: &Uploaded, attempts: u32, trouble: Option<Error>) -> Error {
    if let Some(trouble) = trouble.filter(|it| !is_elsewhere(it)) {
        return trouble;
    }
    let Uploaded { offset, size, .. } = now;
    let tried = match attempts {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let text = format!(
        "the gateway has {offset} of {size} bytes, was sent those behind them {tried}, and has no more; the same call goes on from there, and the log of the gateway or of a proxy before it may say why"
    );
    Error::new(Code::ProtocolError, text).with_delivery(Delivery::Rejected)
}

impl Gateway {
    fn uploaded(&self, reply: &Reply) -> Result<Uploaded> {
        let file = reply.body.get("file");
        let text = |name: &str| file?.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| file?.get(name)?.as_u64();
        let (Some(file_id), Some(size), Some(offset)) =
            (text("id"), number("size"), number("offset"))
        else {
            return Err(lacks("file"));
        };
        if offset > size || i64::try_from(size).is_err() {
            return Err(lacks("usable `offset`"));
        }
        let ready = file.and_then(|file| file.get("ready")) == Some(&Value::Bool(true));
        Ok(Uploaded {
            link: ready.then(|| self.file_link(&file_id)),
            name: text("name").unwrap_or_default(),
            file_id,
            size,
            offset,
            ready,
        })
    }

    /// The gateway's id of this very file, where it was begun before.
    fn kept_upload(&self, facts: &Facts) -> Option<String> {
        let state = self.lock();
        let mut uploads = state.kept.uploads.iter();
        let same = uploads.find(|kept| kept.facts == *facts);
        same.map(|kept| kept.file_id.clone())
    }

    fn keep_upload(&self, facts: &Facts, file_id: &str) {
        let mut state = self.lock();
        let uploads = &mut state.kept.uploads;
        uploads.retain(|kept| kept.facts.path != facts.path);
        if uploads.len() == MOST_KEPT {
            uploads.remove(0);
        }
        uploads.push(KeptUpload {
            facts: facts.clone(),
            file_id: file_id.to_owned(),
        });
        state.is_changed = true;
    }

    fn drop_upload(&self, file_id: &str) {
        let mut state = self.lock();
        state.kept.uploads.retain(|kept| kept.file_id != file_id);
        state.is_changed = true;
    }
}

/// The file that is read.
struct Source {
    file: File,
    facts: Facts,
    buffer: Vec<u8>,
}

impl Source {
    fn open(path: &Path) -> Result<Self> {
        let unusable =
            |error: io::Error| Error::invalid("path", format_args!("{}: {error}", path.display()));
        let file = File::open(path).map_err(unusable)?;
        let found = file.metadata().map_err(unusable)?;
        if !found.is_file() || found.len() == 0 {
            let problem = format_args!("{}: expected a file that has bytes", path.display());
            return Err(Error::invalid("path", problem));
        }
        let modified = found.modified().ok();
        let modified = modified.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let whole = fs::canonicalize(path).map_err(unusable)?;
        Ok(Self {
            file,
            facts: Facts {
                path: whole.to_string_lossy().into_owned(),
                size: found.len(),
                modified_ms: modified.map_or(0, |since| since.as_millis() as u64),
            },
            buffer: Vec::new(),
        })
    }

    fn name(&self, path: &Path) -> String {
        let name = path.file_name();
        let name = name.or_else(|| Path::new(&self.facts.path).file_name());
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The bytes from `offset` on.
    fn part(&mut self, offset: u64) -> Result<&[u8]> {
        let most = PART.min(self.facts.size.saturating_sub(offset));
        self.buffer.resize(most as usize, 0);
        let read = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(&mut self.buffer));
        read.map_err(|error| {
            let path = &self.facts.path;
            Error::invalid(
                "path",
                format_args!("{path}: changed while it was sent: {error}"),
            )
        })?;
        Ok(&self.buffer)
    }
}

/// Uploads that tell how far they are: meanwhile no poll holds up a thread that waits for events.
struct Progress<'a>(&'a AtomicUsize);

impl<'a> Progress<'a> {
    fn begin(gateway: &'a Gateway) -> Self {
        gateway.telling.fetch_add(1, Ordering::Relaxed);
        gateway.break_poll();
        Self(&gateway.telling)
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
