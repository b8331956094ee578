//! `wotnot doctor --gateway`.

use serde_json::Value;

use crate::support::{bare, emulator, stdout};
use crate::{ORIGIN, Shop, identity};

fn report(mut command: std::process::Command) -> (Option<i32>, Value) {
    let output = command.arg("--json").output().unwrap();
    let text = stdout(&output);
    assert!(!text.contains("hush"), "no secret shows: {text}");
    (
        output.status.code(),
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")),
    )
}

fn states(report: &Value) -> Vec<(&str, &str)> {
    let hops = report["hops"].as_array().unwrap().iter();
    hops.map(|hop| (hop["hop"].as_str().unwrap(), hop["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn every_hop_to_a_gateway_is_walked_and_no_trace_is_left() {
    let shop = Shop::with("demo.yaml", |_| {});
    let (code, found) = report(shop.command(&["doctor", "--origin", ORIGIN]));
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(
        states(&found),
        [
            ("settings", "ok"),
            ("dns", "ok"),
            ("tcp", "ok"),
            ("tls", "skipped"),
            ("gateway", "ok"),
            ("session", "ok"),
            ("token", "ok"),
            ("cors", "ok"),
        ]
    );
    assert!(shop.emulator.transcripts().is_empty(), "nothing was said");
}

#[test]
fn each_wrong_setting_is_named_with_what_to_do() {
    let shop = Shop::with("demo.yaml", |_| {});
    let url = shop.gateway.url();
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("identity");
    std::fs::write(&wrong, identity("asha") + "x").unwrap();
    let wrong = wrong.to_str().unwrap();
    let vendor = emulator("demo.yaml");
    let vendor = vendor.base_url();
    for (arguments, hop, says) in [
        (
            &["--app", "other"][..],
            "session",
            "name the site with --app or --origin",
        ),
        (
            &["--identity-file", wrong],
            "session",
            "sign {sub, exp} again",
        ),
        (
            &["--gateway", &vendor],
            "gateway",
            "what answers is no gateway",
        ),
        (
            &["--gateway", "http://10.0.0.1"],
            "settings",
            "--allow-http",
        ),
    ] {
        let mut command = bare(&["doctor", "--gateway", &url, "--app", "shop-app"]);
        if arguments[0] == "--gateway" {
            command = bare(&["doctor"]);
        }
        if arguments[0] == "--app" {
            command = bare(&["doctor", "--gateway", &url]);
        }
        command.args(arguments);
        let (code, found) = report(command);
        assert_eq!(code, Some(1), "{found}");
        let hops = found["hops"].as_array().unwrap();
        let failed: Vec<&Value> = hops.iter().filter(|it| it["state"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{found}");
        assert_eq!(failed[0]["hop"], hop, "{found}");
        assert!(failed[0].to_string().contains(says), "{}", failed[0]);
        assert_eq!(hops.last().unwrap()["hop"], "token", "the rest is skipped");
    }
}
