//! What must hold in every vector in which the client talks through a gateway.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::state::Request;

/// Every request: a visitor's token, but where a session is begun or goes on.
pub(crate) fn always() -> Value {
    json!({"$one_of": [
        {"path": {"$one_of": ["/v1/sessions", "/v1/sessions/refresh"]}, "headers": {"authorization": "$absent"}},
        {"headers": {"authorization": {"$contains": "Bearer "}}},
    ]})
}

/// Whether a request with this first line asks for what comes next.
pub(crate) fn is_poll(line: &str) -> bool {
    line.starts_with("GET /v1/conversations/") && line.contains("/events?")
}

/// The tokens that requests bore.
pub(crate) fn secrets(requests: &[Request]) -> impl Iterator<Item = String> {
    requests.iter().flat_map(|request| {
        let bearer = request.message.header("authorization");
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let body = request.message.body_json();
        let held = ["refresh", "identity"].map(|name| body[name].as_str().map(str::to_owned));
        let all = [bearer.map(str::to_owned)].into_iter().chain(held);
        all.flatten().collect::<Vec<_>>()
    })
}

/// Whether what a call says about delivery can be true: a message that is sent again has its own id again, and one
/// that was not sent was not taken.
pub(crate) fn agrees(result: &Value, requests: &[Request]) -> Result<(), String> {
    let mut ids: HashMap<String, String> = HashMap::new();
    let mut taken = 0;
    for request in requests {
        let line = &request.message.first_line;
        let path = line.split(' ').nth(1).unwrap_or_default();
        let is_message = path.ends_with("/messages") || path == "/v1/conversations";
        if !line.starts_with("POST ") || !is_message {
            continue;
        }
        taken += usize::from(matches!(request.answered, Some(200..=299)));
        let mut body = request.message.body_json();
        let id = body["client_id"].take();
        let Some(id) = id.as_str() else {
            return Err("a message without a client_id".into());
        };
        // The same words under another id are another message.
        let known = ids.entry(body.to_string()).or_insert_with(|| id.to_owned());
        if known != id {
            return Err(format!(
                "a message was sent under two ids: {known} and {id}"
            ));
        }
    }
    let is_kept = result["value"]["state"] == "kept";
    let delivery = result.pointer("/error/delivery").and_then(Value::as_str);
    match (result["ok"] == true, delivery) {
        (true, _) if taken == 0 && !is_kept => Err("success, but no message was taken".into()),
        (_, Some("not_sent" | "rejected")) if taken > 0 => Err(format!(
            "delivery {delivery:?}, but {taken} message(s) were taken"
        )),
        _ => Ok(()),
    }
}
