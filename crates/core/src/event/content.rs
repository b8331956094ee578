//! What a message says, whatever its type calls it.

use serde_json::{Map, Value};
use wotnot_text::attribute;

use super::prompt::string;
use super::{Media, MediaKind, MessageContent, Prompt, html_to_text};

pub(super) fn read_message(payload: &Value) -> MessageContent {
    let by = match payload.get("message_by") {
        Some(Value::Object(by)) => string(by.get("type")),
        bare => string(bare),
    }
    .map(|by| by.to_ascii_lowercase());
    let message = payload.get("message").cloned().unwrap_or(Value::Null);
    let message_type = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let nothing = Map::new();
    let fields = fields(&message).unwrap_or(&nothing);
    let mut parts = parts(message_type, fields);
    parts.extend(string(message.get("text")).filter(|_| parts.is_empty()));
    parts.retain(|part| !part.is_empty());
    // What somebody typed is no HTML.
    let typed = string(fields.get("body")).filter(|_| parts.is_empty());
    let text = typed.unwrap_or_else(|| {
        let texts = parts.iter().map(|part| html_to_text(part));
        texts
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    });
    let prompt = match by.as_deref() {
        Some("bot") | None => Prompt::of(message_type, fields),
        _ => None,
    };
    MessageContent {
        by,
        text,
        html: (!parts.is_empty()).then(|| parts.join("<br>")),
        prompt,
        message,
    }
}

/// `text` keeps its words on the message itself, what a visitor sent may come back in `data`, and
/// every other type keeps its fields in `payload`.
fn fields(message: &Value) -> Option<&Map<String, Value>> {
    let named = |name| message.get(name).and_then(Value::as_object);
    named("payload")
        .or_else(|| named("data"))
        .or(message.as_object())
}

/// The pictures and files of a message.
pub(super) fn media(message: &Value) -> Vec<Media> {
    let kind = message.get("type").and_then(Value::as_str);
    let (Some(kind), Some(fields)) = (kind, fields(message)) else {
        return Vec::new();
    };
    if kind != "send_message" {
        return Media::read(kind, fields).into_iter().collect();
    }
    let parts = fields.get("messages").and_then(Value::as_array);
    let parts = parts.into_iter().flatten().filter_map(|part| {
        let kind = part.get("type").and_then(Value::as_str)?;
        Media::read(kind, part.get(kind)?.as_object()?)
    });
    parts.collect()
}

/// The same as a gateway lists them.
pub(super) fn listed_media(listed: &Value) -> Vec<Media> {
    let listed = listed.as_array().into_iter().flatten();
    let read = |item: &Value| {
        let fields = Map::from_iter([
            ("link".to_owned(), item.get("url")?.clone()),
            ("file_name".to_owned(), item.get("name").cloned()?),
        ]);
        Media::read(item.get("kind")?.as_str()?, &fields)
    };
    listed.filter_map(read).collect()
}

impl Media {
    fn read(kind: &str, fields: &Map<String, Value>) -> Option<Self> {
        let kind = match kind {
            "image" => MediaKind::Image,
            "audio" => MediaKind::Audio,
            "video" => MediaKind::Video,
            "document" => MediaKind::Document,
            _ => return None,
        };
        Some(Self {
            kind,
            link: string(fields.get("link"))?,
            name: string(fields.get("file_name")),
        })
    }
}

/// The words of a message as HTML, each part on a line of its own.
fn parts(message_type: &str, fields: &Map<String, Value>) -> Vec<String> {
    match message_type {
        "send_message" => {
            let messages = fields.get("messages").and_then(Value::as_array);
            let messages = messages.into_iter().flatten().filter_map(Value::as_object);
            messages.filter_map(part_html).collect()
        }
        "image" | "audio" | "video" | "document" => {
            media_html(message_type, fields).into_iter().collect()
        }
        _ => string(fields.get("title"))
            .or_else(|| string(fields.get("text")))
            .into_iter()
            .collect(),
    }
}

fn part_html(part: &Map<String, Value>) -> Option<String> {
    let kind = part.get("type").and_then(Value::as_str)?;
    match kind {
        "text" => string(part.get("text")),
        "info" => string(part.get("info")?.get("title")),
        _ => media_html(kind, part.get(kind)?.as_object()?),
    }
}

/// A picture or a file as a line of HTML, so that text readers get its name and its address.
fn media_html(kind: &str, media: &Map<String, Value>) -> Option<String> {
    let link = string(media.get("link"))?;
    let name = string(media.get("file_name")).unwrap_or_else(|| kind.to_owned());
    let (link, name) = (attribute(&link), attribute(&name));
    Some(format!("<a href=\"{link}\">{name}</a>"))
}
