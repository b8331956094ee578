//! Puts a mark into each secret of a vector: tokens, passwords, ids of visitors, and what they say.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The vector with a mark in each of its secrets, in what is sent and in what is expected alike.
pub(super) fn marked(mut vector: Value, mark: &str) -> Value {
    let config = &vector["config"];
    let mut secrets = BTreeSet::from([TOKEN.to_owned()]);
    let is_of_a_gateway = config["gateway"].is_object();
    if !is_of_a_gateway {
        // The webhook's token in posts; to a gateway it is a word.
        secrets.insert("hook".to_owned());
    }
    for value in [
        &config["token"],
        &config["tokn"],
        &config["webhook"]["token"],
        &config["gateway"]["identity"],
        &config["state"]["key"],
    ] {
        collect(value, &mut secrets);
    }
    for exchange in vector["server"].as_array().into_iter().flatten() {
        for name in ["token", "refresh"] {
            collect(&exchange["answer"]["body"]["json"][name], &mut secrets);
        }
    }
    for step in vector["steps"].as_array().into_iter().flatten() {
        let params = &step["params"];
        for name in ["visitor_id", "visitr_id", "variables", "identity"] {
            collect(&params[name], &mut secrets);
        }
        for name in ["data", "dta"] {
            collect(&params["message"][name], &mut secrets);
        }
        collect(&step["body"]["json"]["token"], &mut secrets);
    }
    rewrite(&mut vector, &secrets, mark);
    if let Some(fields) = vector.as_object_mut() {
        let config = fields.entry("config").or_insert_with(|| json!({}));
        if let Some(config) = config.as_object_mut() {
            if !is_of_a_gateway {
                config
                    .entry("token")
                    .or_insert_with(|| format!("{mark}{TOKEN}").into());
            }
            let proxy = config.get("proxy").and_then(Value::as_str);
            if let Some((scheme, rest)) = proxy.and_then(|url| url.split_once("://")) {
                let url = format!("{scheme}://clerk:{mark}password@{rest}");
                config.insert("proxy".into(), url.into());
            }
        }
    }
    let script = vector.get_mut("server").and_then(Value::as_array_mut);
    for exchange in script.into_iter().flatten() {
        if let Some(exchange) = exchange.as_object_mut() {
            echo(exchange, mark);
        }
    }
    vector
}

/// A service that repeats what it received, in a field of the head and in the text of a refusal.
fn echo(exchange: &mut Map<String, Value>, mark: &str) {
    let answer = exchange.entry("answer").or_insert_with(|| json!({}));
    if answer.get("raw").is_some() {
        return;
    }
    let refuses = answer["status"]
        .as_u64()
        .is_some_and(|status| status >= 400);
    if let Some(body) = answer
        .pointer_mut("/body/json")
        .filter(|_| refuses)
        .and_then(Value::as_object_mut)
    {
        body.entry("message")
            .or_insert_with(|| format!("{mark}echo").into());
    }
    if let Some(answer) = answer.as_object_mut() {
        let headers = answer.entry("headers").or_insert_with(|| json!({}));
        headers["x-echo"] = format!("Bearer {mark}echo").into();
    }
}

/// Fields of a message that say what it is, and nothing of the visitor.
const NO_SECRETS: [&str; 6] = [
    "type",
    "key",
    "next_dialog",
    "callback",
    "mime_type",
    "extension",
];

/// The texts in here, but for numbers and days, which would be none with a mark.
fn collect(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::String(text)
            if !text.starts_with('$')
                && !text.is_empty()
                && text.parse::<f64>().is_err()
                && !is_day(text) =>
        {
            secrets.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, secrets)),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, inner)| inner.is_object() || !NO_SECRETS.contains(&name.as_str()))
            .for_each(|(_, inner)| collect(inner, secrets)),
        _ => {}
    }
}

/// Whether this is a day as a gateway takes it, such as `2030-01-31`.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

fn rewrite(value: &mut Value, secrets: &BTreeSet<String>, mark: &str) {
    match value {
        Value::String(text) => *text = with_mark(text, secrets, mark),
        Value::Array(list) => list
            .iter_mut()
            .for_each(|inner| rewrite(inner, secrets, mark)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                let before = inner[0].as_str().map(str::len);
                rewrite(inner, secrets, mark);
                if name == "$repeat"
                    && let (Some(before), Some(times)) = (before, inner[1].as_u64())
                {
                    // As long as it was, or nearly: some vectors are about the size.
                    let after = inner[0].as_str().map_or(before, str::len).max(1);
                    inner[1] = (times * before as u64 / after as u64).into();
                }
            }
        }
        _ => {}
    }
}

/// The account's token in the vectors: no other text holds it by chance.
const TOKEN: &str = "fake.jwt.token";

/// The text itself, a visitor's key that begins with their id, the token anywhere, what follows
/// `Bearer`, or what stands in quotes in a text that is JSON.
fn with_mark(text: &str, secrets: &BTreeSet<String>, mark: &str) -> String {
    if secrets.contains(text) {
        // Inside, so that a link stays one and a path goes on to start at the root.
        return match text.find("://") {
            Some(at) => format!("{}{mark}{}", &text[..at + 3], &text[at + 3..]),
            None if text.starts_with('/') => format!("/{mark}{text}"),
            None => format!("{mark}{text}"),
        };
    }
    if secrets.iter().any(|secret| is_key_of(secret, text)) {
        return format!("{mark}{text}");
    }
    secrets.iter().fold(text.to_owned(), |text, secret| {
        if secret == TOKEN {
            return text.replace(TOKEN, &format!("{mark}{TOKEN}"));
        }
        text.replace(&format!("\"{secret}\""), &format!("\"{mark}{secret}\""))
            .replace(
                &format!("Bearer {secret}"),
                &format!("Bearer {mark}{secret}"),
            )
    })
}

/// Whether this is `<visitor id>_<account id>`, or begins so: an account's id is a number in the vectors.
fn is_key_of(visitor_id: &str, text: &str) -> bool {
    text.strip_prefix(visitor_id)
        .and_then(|rest| rest.strip_prefix('_')?.rsplit('_').next())
        .is_some_and(|account| account.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_and_what_is_expected_get_the_same_mark() {
        let vector = json!({
            "server": [{"expect": {"body": {"data": {"body": "Hello"}}}, "answer": {"status": 400, "body": {"json": {}}}}],
            "steps": [{"do": "call", "params": {"message": {"type": "text", "data": {"body": "Hello", "at": "https://e.example/x"}}}},
                      {"do": "call", "params": {"body": "{\"token\":\"hook\"}", "authorization": "Bearer hook"}},
                      {"do": "call", "params": {"visitor_id": "visitor-42"},
                       "expect": {"visitor_key": "visitor-42_777", "message": "of fake.jwt.token here"}}],
        });
        let marked = marked(vector, "M");
        for (place, text) in [
            ("/config/token", "Mfake.jwt.token"),
            ("/server/0/expect/body/data/body", "MHello"),
            ("/server/0/answer/body/json/message", "Mecho"),
            ("/server/0/answer/headers/x-echo", "Bearer Mecho"),
            ("/steps/0/params/message/type", "text"),
            ("/steps/0/params/message/data/body", "MHello"),
            ("/steps/0/params/message/data/at", "https://Me.example/x"),
            ("/steps/1/params/body", "{\"token\":\"Mhook\"}"),
            ("/steps/1/params/authorization", "Bearer Mhook"),
            ("/steps/2/params/visitor_id", "Mvisitor-42"),
            ("/steps/2/expect/visitor_key", "Mvisitor-42_777"),
            ("/steps/2/expect/message", "of Mfake.jwt.token here"),
        ] {
            assert_eq!(marked.pointer(place), Some(&text.into()), "{place}");
        }
    }
    #[test]
    fn the_tokens_of_a_visitor_get_the_mark_wherever_they_stand() {
        let session = |number: u32| json!({"token": format!("visitor-token-{number}"), "refresh": format!("refresh-{number}"), "visitor": {"id": "v_1"}});
        let vector = json!({
            "config": {"gateway": {"app": "shop", "identity": "signed"}, "state": {"key": "sealed"}},
            "server": [
                {"expect": {"path": "/v1/sessions"}, "answer": {"status": 201, "body": {"json": session(1)}}},
                {"expect": {"path": "/v1/sessions/refresh", "body": {"$exact": {"refresh": "refresh-1"}}},
                 "answer": {"status": 201, "body": {"json": session(2)}}},
                {"expect": {"headers": {"authorization": "Bearer visitor-token-2"}}},
            ],
            "steps": [{"do": "call", "params": {"identity": "signed again"}}],
        });
        let marked = marked(vector, "M");
        for (place, text) in [
            ("/config/gateway/app", "shop"),
            ("/config/gateway/identity", "Msigned"),
            ("/config/state/key", "Msealed"),
            ("/server/0/answer/body/json/token", "Mvisitor-token-1"),
            ("/server/0/answer/body/json/refresh", "Mrefresh-1"),
            ("/server/1/expect/body/$exact/refresh", "Mrefresh-1"),
            ("/server/1/answer/body/json/refresh", "Mrefresh-2"),
            (
                "/server/2/expect/headers/authorization",
                "Bearer Mvisitor-token-2",
            ),
            ("/steps/0/params/identity", "Msigned again"),
        ] {
            assert_eq!(marked.pointer(place), Some(&text.into()), "{place}");
        }
        assert!(marked["config"].get("token").is_none());
    }
}
