//! Files that answer, against the bot's limits.

use serde_json::{Map, Value};
use wotnot_protocol::{Message, kind};

use super::{VALUE, named, refused};
use crate::Result;
use crate::check::complete_file;
use crate::event::number;
use crate::fields::Fields;

/// The names of the limits are ASSUMED: nobody public says what the service calls them. Others are the
/// program's to read.
pub(super) fn answer(limits: &Map<String, Value>, value: Value) -> Result<Message> {
    let bound = |name| number(limits.get(name)).and_then(|bound| bound.as_u64());
    let kinds = accepted(limits.get("accept"));
    let given = match value {
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(at, item)| (format!("{VALUE}[{at}]"), item))
            .collect(),
        one => vec![(VALUE.to_owned(), one)],
    };
    let most = bound("max_files").filter(|most| *most > 0);
    if given.is_empty() || most.is_some_and(|most| given.len() as u64 > most) {
        let asked = match most {
            Some(1) => "one file".to_owned(),
            Some(most) => format!("1 to {most} files"),
            None => "at least one file".to_owned(),
        };
        return Err(refused(VALUE, &asked));
    }
    let mut files = Vec::with_capacity(given.len());
    for (path, item) in given {
        let (file, size) = complete(&path, item)?;
        if !kinds.is_empty() && !kinds.iter().any(|kind| takes(kind, &file)) {
            let asked = format!("files of these kinds: {}", named(kinds.iter().copied()));
            return Err(refused(&path, &asked));
        }
        if let Some(most) = bound("max_size").filter(|most| size.is_some_and(|size| size > *most)) {
            let asked = format!("files of at most {most} bytes");
            return Err(refused(&format!("{path}.size"), &asked));
        }
        files.push(file);
    }
    let data = Map::from_iter([("files".to_owned(), files.into())]);
    Ok(Message::new(kind::FILE_UPLOAD_RESPONSE, data))
}

/// The whole file, and its size where it was given: the service takes none. A text is a link.
fn complete(path: &str, item: Value) -> Result<(Value, Option<u64>)> {
    let item = match item {
        link @ Value::String(_) => Map::from_iter([("link".to_owned(), link)]).into(),
        other => other,
    };
    let mut fields = Fields::open(path, item)?;
    let size = fields.number("size", 0, u64::MAX)?;
    Ok((complete_file(path, fields)?, size))
}

/// Extensions and MIME types, as a list or as a text with commas.
fn accepted(kinds: Option<&Value>) -> Vec<&str> {
    let kinds = match kinds {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let trimmed = kinds.into_iter().map(str::trim);
    trimmed.filter(|kind| !kind.is_empty()).collect()
}

/// Whether a file is of a kind: `pdf`, `.pdf`, `image/png`, `image/*` or `*`.
fn takes(kind: &str, file: &Value) -> bool {
    let is = |name: &str, wanted: &str| {
        file[name]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    };
    match kind.split_once('/') {
        None => kind == "*" || is("extension", kind.trim_start_matches('.')),
        Some(("*", "*")) => true,
        Some((major, "*")) => file["mime_type"]
            .as_str()
            .and_then(|found| found.split_once('/'))
            .is_some_and(|(found, _)| found.eq_ignore_ascii_case(major)),
        Some(_) => is("mime_type", kind),
    }
}
