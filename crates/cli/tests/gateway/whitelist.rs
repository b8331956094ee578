//! Marked values in every kind of event: none of them gets into what the process writes or counts.

use serde_json::Value;

use crate::marked::{MARK, payloads, post};
use crate::served::serve;
use crate::support::{self, bare, stdout};

#[test]
fn nothing_that_the_vendor_says_gets_into_the_log_the_metrics_or_a_timeline() {
    let mut served = serve();
    let (auth, chat) = served.chat("Hello");
    served.wait("a question", |it| {
        it.curl(&chat, &["-H", &auth])
            .contains(r#""kind":"choice""#)
    });
    let vendor_id = served.emulator.transcripts()[0].conversation.clone();
    for (kind, payload) in payloads() {
        // Once to a conversation that is known, once to one that is not, once with a wrong token.
        for (token, to, expected) in [
            (support::WEBHOOK_TOKEN, vendor_id.as_str(), "200"),
            (support::WEBHOOK_TOKEN, MARK, "200"),
            (MARK, vendor_id.as_str(), "401"),
        ] {
            let body = post(token, to, kind, &payload).to_string();
            let status = ["-d", body.as_str(), "-o", "/dev/null", "-w", "%{http_code}"];
            let status = served.curl("/hook/MARK-webhook-secret", &status);
            assert_eq!(status, expected, "{kind}");
        }
    }
    let shown = served.curl(&chat, &["-H", &auth]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["state"], "ended");
    let metrics = served.curl("/metrics", &[]);
    let posts = "posts_total{account=\"main\",outcome=\"refused\"}";
    let refused = format!("{posts} {}\n", payloads().len());
    assert!(metrics.contains(&refused), "{metrics}");
    let id = chat.rsplit('/').next().unwrap();
    let xray = bare(&["gateway", "xray", id, "--admin", &served.admin]);
    let timeline = stdout(&{ xray }.output().unwrap());
    assert!(timeline.contains("event"), "{timeline}");
    served.running.child.kill().unwrap();
    let log = served.rest();
    assert!(log.contains("a post was refused"), "{log}");
    for (what, text) in [
        ("log", log),
        ("metrics", metrics),
        ("timeline", timeline),
        ("snapshot", shown.to_string()),
    ] {
        for secret in [MARK, "_777", support::WEBHOOK_TOKEN, &vendor_id] {
            assert!(!text.contains(secret), "{secret} in the {what}: {text}");
        }
        assert!(!text.contains(served.emulator.token()), "{what}");
    }
}
