//! Any method with any parameters: a document comes out, and nothing is ever sent twice or panics.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wotnot_json::{Client, METHODS};

/// Nobody listens at this port, so a call that passes every check ends at once.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    Client::new(
        r#"{"token":"t","bot_key":"b","base_url":"http://127.0.0.1:9","proxy":null,
            "retry":{"max_attempts":1},"webhook":{"token":"hook","capacity":8}}"#,
    )
    .expect("a valid configuration")
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, params)) = data.split_first() else {
        return;
    };
    let Ok(params) = std::str::from_utf8(params) else {
        return;
    };
    let method = METHODS[usize::from(*choice) % METHODS.len()];
    let text = CLIENT.call(method, params).to_json();
    let document: serde_json::Value = serde_json::from_str(&text).expect("one JSON document");
    assert_eq!(document["ok"].as_bool(), Some(document.get("value").is_some()));
    while CLIENT.receive(Some(std::time::Duration::ZERO), None).body.is_ok() {}
});
