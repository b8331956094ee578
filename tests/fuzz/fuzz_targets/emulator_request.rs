//! Any bytes as the body of either call, at every place of a flow: answered as documented, never a panic.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use wotnot_emulator::Offline;
use wotnot_emulator::flow::Flow;

const FLOW: &str = include_str!("../../../flows/feedback.yaml");
const START: &str = r#"{"channel":"API","message":{"type":"text","data":{"body":"Hi"}},"bot_key":"KEY","from":{"user_external_id":"v","type":"VISITOR"}}"#;

/// After so many inputs a new conversation is started, since this one may have ended.
const RUNS: u32 = 256;

/// An account and a conversation that goes on from input to input, so that later blocks are reached.
struct Session {
    runs: u32,
    offline: Offline,
    conversation: String,
}

impl Session {
    fn new() -> Self {
        let flow = Flow::parse("feedback.yaml", FLOW).expect("the sample runs");
        let start = START.replace("KEY", &flow.bot.key);
        let mut offline = Offline::new(flow, 4711);
        let (status, body) = offline.start(start.as_bytes());
        assert_eq!(status, 200);
        let body: serde_json::Value = serde_json::from_str(&body).expect("an answer is JSON");
        let conversation = body["conversation"]["id"].as_str().unwrap_or_default().to_owned();
        Self { runs: 0, offline, conversation }
    }
}

thread_local! {
    static PLACE: RefCell<Session> = RefCell::new(Session::new());
}

fuzz_target!(|body: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        let (started, _) = place.offline.start(body);
        assert!(matches!(started, 200 | 400), "start: {started}");
        let (sent, _) = place.offline.send(&place.conversation, body);
        assert!(matches!(sent, 200 | 400), "send: {sent}");
        place.runs += 1;
        if place.runs == RUNS {
            *place = Session::new();
        }
    });
});
