//! Files of the visitor's: their bytes go to the gateway, which gives the service a link of its own.

use std::path::Path;

use serde_json::Value;
use wotnot_core::{CallOptions, Client, Code, Error, Message, Result, Upload};

use crate::talk::answer::uploaded_path;

/// Bytes of one request.
const PART: usize = 256 * 1024;

/// Where the bytes of a file come from, by the path that the visitor named.
pub type ReadFile = Box<dyn Fn(&Path) -> std::io::Result<Vec<u8>> + Send + Sync>;

/// Sends the files of an answer; gives the answer with the gateway's links in their place.
///
/// # Errors
/// A file cannot be read, or the gateway does not take it.
pub fn upload(client: &Client, message: &Message, read: &ReadFile) -> Result<Message> {
    let mut message = message.clone();
    let files = message.data.get_mut("files").and_then(Value::as_array_mut);
    for file in files.into_iter().flatten() {
        file["link"] = upload_one(client, file, read)?.into();
    }
    Ok(message)
}

fn upload_one(client: &Client, file: &Value, read: &ReadFile) -> Result<String> {
    let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(path) = uploaded_path(text("link")) else {
        let problem = "a gateway takes files and no links: name a file of this machine";
        return Err(Error::invalid("files", problem));
    };
    let path = Path::new(&path);
    let bytes = read(path)
        .map_err(|error| Error::invalid("files", format!("{}: {error}", path.display())))?;
    let begin = Upload::Begin {
        name: text("filename"),
        media_type: Some(text("mime_type")),
        size: bytes.len() as u64,
    };
    let options = CallOptions::default();
    let mut now = client.upload(&begin, &options)?;
    for (offset, bytes) in (0..).step_by(PART).zip(bytes.chunks(PART)) {
        let part = Upload::Part {
            file_id: &now.file_id,
            offset,
            bytes,
        };
        now = client.upload(&part, &options)?;
    }
    now.link.ok_or_else(|| {
        Error::new(
            Code::ProtocolError,
            "the gateway does not have the whole file",
        )
    })
}
