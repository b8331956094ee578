//! The pages docs/gateway.md and docs/gateway-operation.md: their commands, run as they stand, and their configuration.

use std::process::Command;

use crate::served::write;
use crate::support::{Running, bare, stderr, stdout};

const PAGES: &str = concat!(
    include_str!("../../../../docs/gateway.md"),
    include_str!("../../../../docs/gateway-operation.md")
);

/// Whether what is at a URL has this hash, SHA-384 in base 64.
const COMPARE: &str = r#"[ "$(curl -sf "$1" | sha384sum | cut -d' ' -f1)" = "$(base64 -d <<<"$2" | od -An -v -tx1 | tr -d ' \n')" ]"#;

/// The fenced block of a kind that holds `text`.
pub fn block(kind: &str, text: &str) -> &'static str {
    PAGES
        .split(&format!("```{kind}\n"))
        .skip(1)
        .map(|part| part.split_once("```").unwrap().0)
        .find(|block| block.contains(text))
        .unwrap()
}

#[test]
fn the_commands_of_the_page_hold_a_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut gateway = Running::start(bare(&[
        "gateway",
        "--dev",
        "--data",
        data.to_str().unwrap(),
    ]));
    let url = gateway.line();
    let commands = block("sh", "GATEWAY=").replace("http://127.0.0.1:8080", &url);
    let output = Command::new("bash")
        .args(["-euc", &commands])
        .env("no_proxy", "*")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (out, err) = (stdout(&output), stderr(&output));
    let data: Vec<serde_json::Value> = out
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seqs: Vec<u64> = data
        .iter()
        .filter_map(|frame| frame["seq"].as_u64())
        .collect();
    assert!(seqs.len() > 6, "{out}\n{err}");
    let expected: Vec<u64> = (1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected, "each entry once, over both connections");
    let last = data
        .iter()
        .rfind(|frame| frame["prompt"].is_object())
        .unwrap();
    assert_eq!(last["prompt"]["kind"], "slider");
    assert!(out.contains(r#""state":"queued""#), "{out}");
    let page = Command::new("curl").args(["-s", &url]).output().unwrap();
    assert!(stdout(&page).contains("<title>wotnot gateway</title>"));
}

#[test]
fn the_files_of_the_widget_have_the_hashes_that_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut gateway = Running::start(bare(&["gateway", "--dev", "--data", data]));
    let url = gateway.line();
    let mut printed = vec![gateway.line(), gateway.line()];
    while !printed.last().unwrap().starts_with("kept in") {
        printed.push(gateway.line());
    }
    let files: Vec<&String> = printed
        .iter()
        .filter(|line| line.starts_with("/widget/"))
        .collect();
    if files.is_empty() {
        assert!(printed[1].contains("npm run build"), "{printed:?}");
        return;
    }
    assert!(files[0].starts_with("/widget/loader.js is /widget/loader-"));
    for file in files {
        let words: Vec<&str> = file.split(' ').collect();
        let [stable, "is", hashed, integrity] = words[..] else {
            panic!("{file}");
        };
        let hash = integrity.strip_prefix("sha384-").unwrap();
        for path in [stable, hashed] {
            let mut compared = Command::new("bash");
            compared.args(["-euc", COMPARE, "compare", &format!("{url}{path}"), hash]);
            assert!(
                compared.env("no_proxy", "*").status().unwrap().success(),
                "{file}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn the_demo_in_a_browser_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let entries = || std::fs::read_dir(folder.path()).unwrap().count();
    let mut command = bare(&["demo", "--web", "--name", "Asha"]);
    command.env("TMPDIR", folder.path());
    let mut demo = Running::start(command);
    let url = demo.line();
    let page = Command::new("curl").args(["-s", &url]).output().unwrap();
    assert!(stdout(&page).contains("<title>wotnot gateway</title>"));
    assert_eq!(entries(), 1);
    demo.await_line("nothing is kept");
    assert_eq!(crate::support::stop(&mut demo.child, "TERM"), Some(0));
    assert_eq!(entries(), 0);
}

#[test]
fn the_configuration_on_the_page_is_good_and_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "account-token",
        "webhook-token",
        "webhook-secret",
        "shop-identity",
        "unread-secret",
    ] {
        let made = bare(&["gateway", "secret"]).output().unwrap();
        write(folder.path(), name, &stdout(&made));
    }
    let file = folder.path().join("gateway.toml");
    let file = file.to_str().unwrap();
    write(folder.path(), "gateway.toml", block("toml", "[[site]]"));
    let good = bare(&["gateway", "check", "--config", file])
        .output()
        .unwrap();
    assert!(good.status.success(), "{}", stderr(&good));
    assert!(stdout(&good).ends_with("good; accounts: 1, sites: 1\n"));

    let routes = |url: &str| {
        bare(&["gateway", "routes", url, "--config", file])
            .output()
            .unwrap()
    };
    let found = routes("https://a.example.de/basket?x=1");
    assert_eq!(stdout(&found), "shop: account main, bot lead-bot\n");
    let none = routes("https://example.de");
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("no site takes pages of https://example.de"));

    let wrong = block("toml", "[[site]]").replace("bot_key = ", "bot_kee = ");
    write(folder.path(), "gateway.toml", &wrong);
    let bad = bare(&["gateway", "check", "--config", file])
        .output()
        .unwrap();
    assert_eq!(bad.status.code(), Some(2));
    let line = wrong
        .lines()
        .position(|line| line.starts_with("bot_kee"))
        .unwrap()
        + 1;
    let place = format!("gateway.toml:{line}:1: unknown field `bot_kee`");
    assert!(stderr(&bad).contains(&place), "{}", stderr(&bad));
    let run = bare(&["gateway", "--config", file]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
}
