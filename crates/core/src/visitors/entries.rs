//! What stands in the state file of a client of the service itself.

use serde_json::{Map, Value, json};

use super::{Entries, Entry, Visitor};

const VERSION: u64 = 1;

pub(super) fn document(entries: &Entries) -> Value {
    let conversations: Vec<Value> = entries.iter().map(value).collect();
    json!({"version": VERSION, "conversations": conversations})
}

fn value((visitor, entry): (&Visitor, &Entry)) -> Value {
    let fields = [
        ("bot_key", Some(&visitor.bot_key)),
        ("visitor_id", Some(&visitor.visitor_id)),
        ("conversation_id", entry.conversation_id.as_ref()),
        ("created_at", entry.created_at.as_ref()),
        ("visitor_key", entry.visitor_key.as_ref()),
        ("replaces", entry.replaces.as_ref()),
    ];
    let mut object: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?.clone().into())))
        .collect();
    if entry.is_recovered {
        object.insert("recovered".to_owned(), true.into());
    }
    Value::Object(object)
}

pub(super) fn entries(document: &Value) -> Option<Entries> {
    if document.get("version")?.as_u64()? != VERSION {
        return None;
    }
    let conversations = document.get("conversations")?.as_array()?;
    conversations.iter().map(entry).collect()
}

fn entry(value: &Value) -> Option<(Visitor, Entry)> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let visitor = Visitor {
        bot_key: text("bot_key")?,
        visitor_id: text("visitor_id")?,
    };
    let entry = Entry {
        conversation_id: text("conversation_id"),
        created_at: text("created_at"),
        visitor_key: text("visitor_key"),
        is_recovered: value.get("recovered").is_some(),
        replaces: text("replaces"),
    };
    Some((visitor, entry))
}
