//! Files of the visitor's: their bytes go to the gateway, which gives the service a link of its own.

use std::path::Path;

use serde_json::{Value, json};
use wotnot_core::{Code, Error, Message, Result};

use super::link::{Body, Call, Link};
use crate::talk::answer::uploaded_path;
use crate::wire::fixture::Kind;

/// Where the bytes of a file come from, by the path that the visitor named.
pub type ReadFile = Box<dyn Fn(&Path) -> std::io::Result<Vec<u8>> + Send + Sync>;

/// Sends the files of an answer; gives the answer with the gateway's ids in the place of links.
///
/// # Errors
/// A file cannot be read, or the gateway does not take it.
pub fn upload(link: &Link, message: &Message, read: &ReadFile) -> Result<Message> {
    let mut message = message.clone();
    let files = message.data.get_mut("files").and_then(Value::as_array_mut);
    for file in files.into_iter().flatten() {
        file["link"] = upload_one(link, file, read)?.into();
    }
    Ok(message)
}

fn upload_one(link: &Link, file: &Value, read: &ReadFile) -> Result<String> {
    let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(path) = uploaded_path(text("link")) else {
        let problem = "a gateway takes files and no links: name a file of this machine";
        return Err(Error::invalid("files", problem));
    };
    let path = Path::new(&path);
    let bytes = read(path)
        .map_err(|error| Error::invalid("files", format!("{}: {error}", path.display())))?;
    let call = |kind, method, path: &str, body| {
        link.call(&Call {
            kind: Some(kind),
            method,
            path,
            body,
        })
    };
    let announced =
        json!({"name": text("filename"), "type": text("mime_type"), "size": bytes.len()});
    let target = call(Kind::File, "POST", "/v1/files", Body::Json(&announced))?;
    let (Some(id), Some(url)) = (
        target["file"]["id"].as_str(),
        target["upload"]["url"].as_str(),
    ) else {
        let problem = "the gateway names no place for the file";
        return Err(Error::new(Code::ProtocolError, problem));
    };
    call(Kind::Upload, "PUT", url, Body::Bytes(&bytes))?;
    let complete = format!("/v1/files/{id}/complete");
    call(Kind::Complete, "POST", &complete, Body::Empty)?;
    Ok(id.to_owned())
}
