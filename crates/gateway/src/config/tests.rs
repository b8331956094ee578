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
        ("unread-secret", "0123456789abcdef0123456789abcdef\n"),
        ("empty", "\n"),
        ("short", "abc\n"),
        ("account-token", "account-token\n"),
        ("bucket-access-key", "AKIA-the-id\n"),
        ("bucket-secret-key", "the-secret-key\n"),
        ("bucket-token", "the-token\n"),
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
            "3:7: files.url: `chat.example.com` is no",
        ),
        (
            "data = \"kept\"",
            "[files]\nurl = \"https://a.example.com\"\ntypes = [\"image/svg+xml\"]",
            "4:10: files.types: `image/svg+xml`",
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

const S3: &str = r#"
[files]
url = "https://chat.example.com"
[files.s3]
endpoint = "https://s3.eu-central-1.amazonaws.com"
bucket = "chat-files"
region = "eu-central-1"
prefix = "chat/"
access_key_file = "bucket-access-key"
secret_key_file = "bucket-secret-key"
"#;

#[test]
fn files_may_lie_in_a_bucket() {
    let config = read(&format!("{GOOD}{S3}")).unwrap();
    let s3 = config.files.clone().unwrap().s3.unwrap();
    let bucket = s3.bucket().unwrap();
    assert_eq!(
        bucket.base_url().as_str(),
        "https://chat-files.s3.eu-central-1.amazonaws.com/"
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("AKIA") && !shown.contains("the-secret-key"));
    // A service in the same network, and names of variables.
    let own = S3
        .replace("https://s3.eu-central-1.amazonaws.com", "http://minio:9000")
        .replace("prefix = \"chat/\"", "path_style = true\nallow_http = true")
        .replace(
            "access_key_file = \"bucket-access-key\"",
            "access_key_env = \"PATH\"",
        );
    let config = read(&format!("{GOOD}{own}")).unwrap();
    let s3 = config.files.unwrap().s3.unwrap();
    assert_eq!(
        s3.bucket().unwrap().base_url().as_str(),
        "http://minio:9000/chat-files/"
    );
    assert!(s3.prefix.is_empty());
    // The one in the docs.
    let docs = include_str!("../../../../docs/gateway.md");
    let (_, block) = docs.split_once("```toml\n[files.s3]").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let files = "[files]\nurl = \"https://chat.example.com\"";
    let config = read(&format!("{GOOD}{files}\n[files.s3]{block}")).unwrap();
    assert!(config.files.unwrap().s3.unwrap().session_token.is_some());
}

#[test]
fn each_mistake_about_a_bucket_is_named_with_its_place() {
    for (from, to, expected) in [
        ("bucket =", "buckets =", "unknown field `buckets`"),
        ("region = \"eu-central-1\"", "", "missing field `region`"),
        (
            "\"chat-files\"",
            "\"Chat_Files\"",
            "6:10: files.s3.bucket: expected 3 to 63",
        ),
        (
            "\"chat-files\"",
            "\"a..b\"",
            "6:10: files.s3.bucket: expected 3 to 63",
        ),
        (
            "https://s3.eu",
            "s3.eu",
            "5:12: files.s3.endpoint: expected a URL",
        ),
        (
            "https://s3.eu",
            "ftp://s3.eu",
            "5:12: files.s3.endpoint: expected https",
        ),
        (
            "https://s3.eu",
            "https://key:MARK@s3.eu",
            "5:12: files.s3.endpoint: expected no user",
        ),
        (
            "https://s3.eu",
            "http://s3.eu",
            "5:12: files.s3.endpoint: files would travel in the clear",
        ),
        (
            "https://s3.eu-central-1.amazonaws.com",
            "https://127.0.0.1:9000",
            "6:10: files.s3.bucket: it cannot be a part of this endpoint's host; give `path_style",
        ),
        (
            "\"eu-central-1\"",
            "\"\"",
            "7:10: files.s3.region: expected a word",
        ),
        ("\"chat/\"", "\"/chat/\"", "8:10: files.s3.prefix: "),
        ("\"chat/\"", "\"../\"", "8:10: files.s3.prefix: "),
        ("\"chat/\"", "\"a//b\"", "8:10: files.s3.prefix: "),
        ("\"chat/\"", "\"a?b\"", "8:10: files.s3.prefix: "),
        (
            "\"bucket-access-key\"",
            "\"nothing\"",
            "9:19: files.s3.access_key_file: ",
        ),
        (
            "\"bucket-secret-key\"",
            "\"empty\"",
            "10:19: files.s3.secret_key: empty",
        ),
        (
            "secret_key_file = \"bucket-secret-key\"",
            "",
            "4:1: files.s3.secret_key_file: missing",
        ),
        (
            "secret_key_file = \"bucket-secret-key\"",
            "secret_key_env = \"WOTNOT_NO_SUCH_VARIABLE\"",
            "10:18: files.s3.secret_key_env: the variable",
        ),
    ] {
        assert!(S3.contains(from), "{from}");
        let text = format!("{}{GOOD}", S3.replace(from, to));
        let mistakes = read(&text.replace("data = \"kept\"\n", "")).unwrap_err();
        let found = mistakes.iter().any(|mistake| mistake.contains(expected));
        assert!(found, "{mistakes:?} lacks {expected}");
        assert!(!format!("{mistakes:?}").contains("MARK"), "{mistakes:?}");
    }
}

#[test]
fn the_receiver_of_unread_notices_is_checked() {
    let with = |hook: &str| read(&format!("{GOOD}unread_hook = {{{hook}}}\n"));
    let good = with("url = \"https://shop.example.com/push\", secret_file = \"unread-secret\"");
    let hook = good.unwrap().sites[0].unread_hook.clone().unwrap();
    assert_eq!((hook.delay.as_secs(), hook.text), (10, false));
    assert!(!format!("{hook:?}").contains("0123456789"));
    for (wrong, says) in [
        (
            "url = \"http://shop.example.com/push\", secret_file = \"unread-secret\"",
            "unread_hook.url: what visitors say would travel in the clear",
        ),
        (
            "url = \"https://x.example\", secret_file = \"short\"",
            "unread_hook.secret: expected 32 characters at least",
        ),
        (
            "url = \"https://x.example\", secret_file = \"unread-secret\", delay_s = 0",
            "unread_hook.delay_s: expected a number from 1 to 3600",
        ),
    ] {
        let mistakes = with(wrong).unwrap_err();
        assert!(mistakes.iter().any(|it| it.contains(says)), "{mistakes:?}");
    }
}

#[test]
fn a_store_on_redis_is_named_once_and_its_password_is_not_shown() {
    let with = |lines: &str| read(&GOOD.replacen("data =", &format!("{lines}\ndata ="), 1));
    assert_eq!(read(GOOD).unwrap().store, None);
    let config = with("store = \"redis://gate:pass-word@host:7000/1\"").unwrap();
    assert_eq!(
        config.store.as_ref().unwrap().to_string(),
        "redis://host:7000"
    );
    assert!(!format!("{config:?}").contains("pass-word"));
    for (lines, place) in [
        (
            "store = \"mysql://x:pass-word@host\"",
            "2:9: store: expected redis://",
        ),
        (
            "store = \"redis://host\"\nstore_file = \"token\"",
            "3:14: store: ",
        ),
        ("store_file = \"token\"", "2:14: store: expected redis://"),
        (
            "store_ca_file = \"ca.pem\"",
            "2:17: store_ca_file: there is no `store`",
        ),
        (
            "store = \"redis://host\"\nstore_ca_file = \"ca.pem\"",
            "3:17: store_ca_file: is for rediss://",
        ),
    ] {
        let mistakes = with(lines).unwrap_err();
        assert!(mistakes[0].starts_with(place), "{mistakes:?}");
        assert!(!mistakes[0].contains("pass-word"), "{mistakes:?}");
    }
}
