//! Any body of a post: parsed to events that have a JSON form, or refused with a reply.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wotnot_core::{Client, Config, Event, Webhook};

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    Client::new(Config {
        webhook: Some(Webhook::new("hook")),
        ..Config::new("t")
    })
    .expect("a valid configuration")
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match CLIENT.parse_webhook(text, Some("Bearer hook")) {
        Ok(delivered) => {
            for event in delivered.events {
                serde_json::to_string(&event).expect("every event has a JSON form");
            }
        }
        Err(error) => assert!(error.reply().is_some(), "a refusal says what to answer"),
    }
    if let Ok(element) = serde_json::from_str(text) {
        let event = Event::from_raw(element);
        assert_eq!(event, Event { received_at: event.received_at.clone(), ..Event::from_raw(event.raw.clone()) });
    }
});
