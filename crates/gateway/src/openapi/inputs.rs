//! What calls take, as types. The calls read field by field, so that every error names its field.

#![allow(dead_code, reason = "only their schemas are used")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Who begins: a page by its origin (`site` where several sites list it), an app by its id.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionStart {
    site: Option<String>,
    app: Option<String>,
    /// What the site signed of its user: a JWT of `{sub, name?, email?, exp}`, HS256.
    identity: Option<String>,
    locale: Option<String>,
    timezone: Option<String>,
    page: Option<Page>,
    challenge: Option<Solved>,
}

/// The challenge of a `challenge_required`, solved.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Solved {
    /// As it came with the refusal, where one came.
    puzzle: Option<String>,
    answer: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Page {
    url: Option<String>,
    referrer: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionRefresh {
    refresh: String,
}

/// The first words. The same body again starts no second conversation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationStart {
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
    client_id: String,
    /// May be left out where the site has a greeting.
    #[schemars(length(min = 1, max = 4000))]
    text: Option<String>,
    variables: Option<Variables>,
}

/// What the page says of the visitor; what the site does not list does not count.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Variables {
    system: Option<BTreeMap<String, Value>>,
    contact: Option<BTreeMap<String, Value>>,
    conversation: Option<BTreeMap<String, Value>>,
}

/// A message, with exactly one of the fields from `text` on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["text"]}, {"required": ["option"]}, {"required": ["options"]},
    {"required": ["value"]}, {"required": ["fields"]}, {"required": ["files"]},
    {"required": ["date"]}, {"required": ["variables"]}
]))]
pub(crate) struct Post {
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
    client_id: String,
    /// The entry of the question that it answers.
    #[schemars(range(min = 1))]
    answer_to: Option<u64>,
    #[schemars(length(min = 1, max = 4000))]
    text: Option<String>,
    /// The id of an option.
    option: Option<String>,
    /// The ids of several options.
    #[schemars(length(min = 1, max = 50))]
    options: Option<Vec<String>>,
    value: Option<f64>,
    fields: Option<Vec<Field>>,
    /// The ids of files that are ready.
    #[schemars(length(min = 1, max = 50))]
    files: Option<Vec<String>>,
    #[schemars(length(min = 1, max = 4000))]
    date: Option<String>,
    variables: Option<BTreeMap<String, Value>>,
}

/// What was written into a field of a form.
#[derive(Deserialize, JsonSchema)]
struct Field {
    label: String,
    value: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolve {
    action: Action,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// Send it once more; it may then be there twice.
    Resend,
    /// Let it be.
    Discard,
}

/// A file that is to be sent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileStart {
    /// As people are to see it. Of a path the last part counts.
    name: String,
    /// Its media type, such as `image/png`.
    r#type: String,
    /// In bytes.
    #[schemars(range(min = 1))]
    size: u64,
}
