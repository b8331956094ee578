//! What a start call says of the conversation that it begins: the variables `visit.*` of flows.

use jiff::civil::Date;
use serde_json::{Value, json};
use wotnot_protocol::Object;

/// The variables by name; one that the call says nothing of is not among them.
pub(crate) fn facts(
    system: &Object,
    visitor_id: &str,
    number: u64,
    message: Option<&Value>,
    date: Date,
) -> Object {
    let sent = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| system.get(*name)?.as_str());
        values.find(|text| !text.trim().is_empty())
    };
    let mut facts = Object::new();
    let mut add = |name: &str, value: Option<Value>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    let url = sent(&["sourceUrl", "source_url", "referrerUrl", "referrer_url"]);
    add("url", url.map(Value::from));
    // `fr-CA, fr;q=0.8` is French: the first language, without its region.
    let language = sent(&["browserLanguage", "browser_language"]);
    let language = language.and_then(|text| text.split(['-', '_', ',', ';']).next());
    add(
        "language",
        language.map(|text| json!(text.trim().to_lowercase())),
    );
    add("visitor", Some(json!(visitor_id)));
    add("number", Some(json!(number)));
    add("message", message.cloned());
    add("date", Some(json!(date.to_string())));
    facts
}
