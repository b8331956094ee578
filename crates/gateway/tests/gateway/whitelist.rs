//! Marked values in whatever the vendor may say, in every kind of event: no answer holds a mark.

use serde_json::{Value, json};

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World, wait_for};

const MARK: &str = "m4rk3d";

#[test]
fn nothing_of_the_account_reaches_a_reader() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    wait_for(|| world.emulator.undelivered() == 0);
    let vendor_id = world.emulator.transcripts()[0].conversation.clone();
    let button = json!({"title": "Go", "type": MARK, "callback": MARK, "next_dialog": MARK,
                        "key": MARK, "url": "javascript:m4rk3d", "more": MARK});
    let said = |message: Value| {
        (
            "message",
            json!({"message_by": {"type": "bot", "email": MARK, "id": MARK},
                           "message": message, "bot": MARK, "labels": [MARK]}),
        )
    };
    let payloads = [
        said(
            json!({"type": "button", "payload": {"title": "Pick", "buttons": [button], "x": MARK}}),
        ),
        said(json!({"type": "carousel", "payload": {"cards": [
            {"title": "A", "description": "B", "image": "data:m4rk3d", "buttons": [button], "id": MARK}]}})),
        said(json!({"type": "form", "payload": {"title": "F", "fields": [
            {"label": "Name", "key": MARK, "callback": MARK, "default": MARK}]}})),
        said(json!({"type": "file_upload", "payload": {"title": "F", "bucket": MARK}})),
        said(json!({"type": "calendar", "payload": {"title": "D", "validation": {"x": MARK}}})),
        said(json!({"type": "javascript", "payload": {"code": MARK, "variables": [MARK]}})),
        said(json!({"type": "slider", "payload": {"title": "S", "min": 1, "max": 2, "key": MARK}})),
        said(json!({"type": "unheard_of", "payload": {"title": "U", "secret": MARK}})),
        said(
            json!({"type": "text", "text": "<b title='m4rk3d'>Hi</b><script>m4rk3d</script>", "id": MARK}),
        ),
        (
            "conversation_create",
            json!({"external_key": MARK, "variables": [{"name": MARK}]}),
        ),
        (
            "assignee",
            json!({"assigned_to_user": {"type": "agent", "email": MARK, "id": MARK}}),
        ),
        (
            "variables",
            json!({"variables": [{"name": MARK, "value": MARK}]}),
        ),
        ("label", json!({"label": MARK})),
        ("note", json!({"note": MARK})),
        ("sla_breached", json!({"policy": MARK})),
        ("message_status", json!({"status": MARK})),
        ("typing", json!({"by": MARK})),
        ("status", json!({"status": "closed", "by": MARK})),
    ];
    for (kind, payload) in payloads {
        let body = json!({"token": HOOK_TOKEN, "events": [{
            "event": {"type": kind, "payload": payload, "x": MARK},
            "conversation": {"key": vendor_id, "x": MARK},
            "visitor": {"key": "m4rk3d_777"}, "x": MARK}]});
        let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
        assert_eq!(taken.status, 200, "{kind}");
        assert!(!taken.body.to_string().contains(MARK));
    }
    let stream = browser.stream(&path, None);
    let frames = stream.until(|frame| frame.event == "ended");
    let mut answers: Vec<String> = frames.iter().map(|frame| format!("{frame:?}")).collect();
    assert!(frames.iter().any(|frame| frame.event == "handover"));
    assert!(frames.len() > 12, "{frames:#?}");
    for path in [
        path.clone(),
        format!("{path}/events?limit=500"),
        format!("{path}/transcript"),
        format!("{path}/transcript?format=txt"),
        format!("{path}/transcript?format=html"),
        "/v1/visitor/export".to_owned(),
    ] {
        let answer = browser.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let whole = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert!(
            whole.contains("Pick") || path.contains("events"),
            "{path}: {whole}"
        );
        answers.push(whole);
    }
    let ended = browser.say(&path, &json!({"client_id": "m2", "text": "more"}));
    answers.push(ended.body.to_string());
    for answer in answers {
        for secret in [
            MARK,
            vendor_id.as_str(),
            "lead-bot",
            HOOK_TOKEN,
            HOOK_SECRET,
            // The vendor's HTML, as it came or escaped; a transcript has tags of its own.
            "<b title",
            "&lt;b",
            "_777",
        ] {
            assert!(!answer.contains(secret), "{secret} in {answer}");
        }
        assert!(!answer.contains(world.emulator.token()));
    }
}
