use super::*;

const GOOD: &str = r#"
data = "kept"

[[account]]
name = "main"
token_file = "token"
webhook_token_file = "webhook-token"
webhook_secret_file = "webhook-secret"

[[site]]
name = "shop"
origins = ["https://shop.example.com", "https://*.example.de"]
bot_key = "lead-bot"
variables = {contact = {plan = "free"}}
variables_from_page = ["contact.name"]
"#;

fn read(text: &str) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("token", "account-token\n"),
        ("webhook-token", "new-token\nold-token\n"),
        ("webhook-secret", "0123456789abcdef\n"),
        ("empty", "\n"),
        ("short", "abc\n"),
        ("account-token", "account-token\n"),
        ("shop-identity", "0123456789abcdef0123456789abcdef\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Config::from_toml(text, folder.path())
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn a_file_says_what_there_is() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.accounts[0].webhook_tokens.len(), 2);
    assert_eq!(config.sites[0].account, "main");
    assert_eq!(
        config.sites[0].origins[1].to_string(),
        "https://*.example.de"
    );
    assert!(config.data.ends_with("kept"));
    let shown = format!("{config:?}");
    for secret in ["account-token", "new-token", "old-token", "0123456789"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_file_in_the_docs_is_one_and_its_limits_are_the_defaults() {
    let docs = include_str!("../../../../docs/gateway.md");
    let (_, rest) = docs.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let config = read(text).unwrap();
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.keep, Keep::default());
    let files = Files {
        url: Some("https://chat.example.com".into()),
        scanner: config.files.clone().unwrap().scanner,
        ..Files::default()
    };
    assert_eq!(config.files, Some(files));
    assert_ne!(config.sites[0].limits, Limits::default());
    let (kept, without) = text.split_once("[limits]").unwrap();
    assert_eq!(without.matches(" = {visitor = ").count(), 5, "{kept}");
}

#[test]
fn a_site_takes_the_limits_of_all_but_for_its_own() {
    use limits::{Limit, Rates};

    let text = GOOD
        .replace(
            "[[account]]",
            "[limits]\nstarts = {visitor = 3, address = 4}\n[[account]]",
        )
        .replace("bot_key", "limits.starts = {address = \"off\"}\nbot_key");
    let config = read(&text).unwrap();
    let defaults = Limits::default();
    let starts = |address| Rates {
        visitor: Limit::at_most(3),
        address,
        site: defaults.starts.site,
    };
    assert_eq!(config.limits.starts, starts(Limit::at_most(4)));
    assert_eq!(config.sites[0].limits.starts, starts(Limit::OFF));
    assert_eq!(config.sites[0].limits.messages, defaults.messages);
}

#[test]
fn each_mistake_is_named_with_its_place() {
    for (from, to, expected) in [
        ("bot_key", "bot_kee", "13:1: unknown field `bot_kee`"),
        ("name = \"shop\"", "name = 3", "11:8: invalid type"),
        ("name = \"shop\"", "name = \"a b\"", "11:8: name: expected"),
        (
            "https://shop.example.com",
            "shop.example.com",
            "12:12: `shop.example.com` is no",
        ),
        (
            "https://*.example.de",
            "https://shop.example.com",
            "12:40: `https://shop",
        ),
        (
            "bot_key = \"lead-bot\"",
            "bot_key = \"\"",
            "13:11: bot_key: must not be empty",
        ),
        (
            "contact.name",
            "system.name",
            "15:24: variables_from_page: `system.name`",
        ),
        ("\"token\"", "\"nothing\"", "6:14: token_file: "),
        ("\"token\"", "\"empty\"", "6:14: token: empty"),
        (
            "\"webhook-secret\"",
            "\"short\"",
            "4:1: webhook_secret: expected 16",
        ),
        (
            "bot_key =",
            "account = \"x\"\nbot_key =",
            "13:11: account: there is no account `x`",
        ),
        (
            "webhook_token_file",
            "base_url = \"ftp://x\"\nwebhook_token_file",
            "7:12: base_url: ",
        ),
        ("data = \"kept\"", "[listen]\npublic = \"8080\"", "3:10: "),
        ("[[site]]", "[[site]]\nenabled = = true", "11:11: "),
        (
            "data = \"kept\"",
            "limits = {messages = {visitor = 0}}",
            "2:33: invalid value: integer `0`, expected a number from 1 to 1000000, or \"off\"",
        ),
        (
            "data = \"kept\"",
            "[limits.streams]\nsite = \"on\"",
            "3:8: invalid value: string \"on\"",
        ),
        (
            "bot_key =",
            "limits = {starts = {vistor = 1}}\nbot_key =",
            "13:21: unknown field `vistor`",
        ),
        (
            "webhook_token_file",
            "forward = [\"https://crm.example/\", \"http://crm.example/\"]\nwebhook_token_file",
            "7:36: forward: what visitors say would travel",
        ),
        (
            "data = \"kept\"",
            "[tls]\ncert_file = \"nothing\"\nkey_file = \"token\"",
            "2:1: tls.cert_file: ",
        ),
        (
            "bot_key =",
            "challenge = {kind = \"pow\", bits = 40}\nbot_key =",
            "13:35: challenge.bits: expected a number from 8 to 24",
        ),
        (
            "bot_key =",
            "challenge = {kind = \"hook\"}\nbot_key =",
            "13:13: challenge.url: missing",
        ),
        (
            "bot_key =",
            "challenge = {kind = \"off\", url = \"https://captcha.example\"}\nbot_key =",
            "13:34: challenge: only with kind",
        ),
        (
            "data = \"kept\"",
            "[files]\nlargest_mb = 5",
            "2:1: files.url: missing",
        ),
        (
            "data = \"kept\"",
            "[files]\nurl = \"chat.example.com\"",
            "2:1: files.url: `chat.example.com` is no",
        ),
        (
            "data = \"kept\"",
            "[files]\nurl = \"https://a.example.com\"\ntypes = [\"image/svg+xml\"]",
            "2:1: files.types: `image/svg+xml`",
        ),
        (
            "data = \"kept\"",
            "[keep]\nlog_entries = 0",
            "3:15: invalid value: integer `0`, expected a nonzero u64",
        ),
        (
            "data = \"kept\"",
            "[listen]\ntrusted_proxies = -1",
            "3:19: invalid value: integer `-1`",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let mistakes = read(&GOOD.replace(from, to)).unwrap_err();
        let found = mistakes.iter().any(|mistake| mistake.starts_with(expected));
        assert!(found, "{mistakes:?} lacks {expected}");
    }
    let two = GOOD.replace("lead-bot", "").replace("contact.name", "name");
    assert_eq!(read(&two).unwrap_err().len(), 2);
}
