//! Any method with any parameters, a line for each: a document comes out, and nothing is ever sent twice or panics.

#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wotnot_json::{CancelToken, Client};

/// Nobody listens at this port, so a call that passes every check ends at once.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    Client::new(
        r#"{"token":"t","bot_key":"b","base_url":"http://127.0.0.1:9","proxy":null,
            "retry":{"max_attempts":1},"webhook":{"token":"hook","capacity":8}}"#,
    )
    .expect("a valid configuration")
});

fuzz_target!(|text: &str| {
    let Some((method, params)) = text.split_once('\n') else {
        return;
    };
    // `receive` and `wait` have no end of their own.
    let cancel = CancelToken::with_check(|| ControlFlow::Break(()));
    let text = CLIENT
        .call_cancellable(method, params, Some(&cancel))
        .to_json();
    let document: serde_json::Value = serde_json::from_str(&text).expect("one JSON document");
    assert_eq!(document["ok"].as_bool(), Some(document.get("value").is_some()));
    while CLIENT.receive(Some(std::time::Duration::ZERO), None).body.is_ok() {}
});
