//! Marked vectors, and the search for their marks in what a language's runner prints.
//!
//! Each language's tests end by running its vectors once more with [`MarkedVectors::check`]. The runner then logs
//! all that the language can log, and prints what a program that prints everything would: clients, settings and
//! errors in every form they have. It never prints events, whose content is what they are for.
//! One more vector leaks on purpose, through a message of the library, and the search must find it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value, json};

use crate::Vector;

type Result<T> = std::result::Result<T, String>;

/// What every mark starts with; the number of its vector follows, in three digits.
const MARK: &str = "wotnotmark";

/// What the runner itself prints and logs in full, or nobody would know that it was heard.
const CONTROL: &str = "wotnotmark999control";

/// The vector with a mark in the name of a parameter, which the library's refusal repeats.
const PLANTED: &str = "planted_leak";

/// The variable that asks a runner to print and log; its value is the control.
const SHOW: &str = "WOTNOT_SHOW";

/// A marked copy of the vectors.
pub struct MarkedVectors {
    folder: PathBuf,
    names: Vec<String>,
}

impl MarkedVectors {
    /// Writes a copy of the vectors in `from` into an empty folder.
    pub fn new(from: &Path, folder: PathBuf) -> Result<Self> {
        let mut names = Vector::names(from)?;
        for (number, name) in names.iter().enumerate() {
            let file = format!("{name}.json");
            let named = |why: &dyn std::fmt::Display| format!("{file}: {why}");
            let text = std::fs::read_to_string(from.join(&file)).map_err(|why| named(&why))?;
            let vector = serde_json::from_str(&text).map_err(|why| named(&why))?;
            let vector = marked(vector, &format!("{MARK}{number:03}"));
            let file = folder.join(&file);
            let family = file.parent().unwrap_or(&folder);
            std::fs::create_dir_all(family)
                .and_then(|()| std::fs::write(&file, vector.to_string()))
                .map_err(|why| named(&why))?;
        }
        names.push(PLANTED.to_owned());
        let watch = Self { folder, names };
        let file = watch.folder.join(format!("{PLANTED}.json"));
        std::fs::write(&file, planted(&watch.planted()).to_string())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(watch)
    }

    /// The mark that must be seen: that of the last vector, and a tail that no secret has.
    fn planted(&self) -> String {
        format!("{MARK}{:03}planted", self.names.len() - 1)
    }

    /// The folder of the marked vectors.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a language's vectors: they pass, the runner is heard, and no mark is seen.
    pub fn check(&self, runner: &mut Command) -> Result<()> {
        let output = runner
            .env(SHOW, CONTROL)
            .env("RUST_LOG", "trace")
            .output()
            .map_err(|error| format!("{}: {error}", runner.get_program().display()))?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        // First, because a vector that fails shows why, marks and all.
        if !output.status.success() {
            let tail: Vec<&str> = text.lines().rev().take(40).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return Err(format!(
                "the marked vectors fail ({}):\n{}",
                output.status,
                tail.join("\n")
            ));
        }
        let said = text.replace(CONTROL, "");
        let seen = format!("  {PLANTED} (plain): ");
        if !self.leaks(&said).iter().any(|leak| leak.starts_with(&seen)) {
            return Err(format!("the search does not find the leak of {PLANTED}"));
        }
        let leaks = self.leaks(&said.replace(&self.planted(), ""));
        if !leaks.is_empty() {
            let shown = &leaks[..leaks.len().min(20)];
            return Err(format!("{} leaks:\n{}", leaks.len(), shown.join("\n")));
        }
        // Once as a line of the log, and once printed for each client and each error.
        for (what, least) in [("logged ", 1), ("shown ", self.names.len())] {
            let heard = text.matches(&format!("{what}{CONTROL}")).count();
            if heard < least {
                return Err(format!("heard only {heard} times what is {what}"));
            }
        }
        Ok(())
    }

    /// The lines that hold a mark in any form, each with the vector that it comes from, once each.
    fn leaks(&self, text: &str) -> Vec<String> {
        let forms = forms(MARK);
        let mut found = BTreeSet::new();
        for line in text.lines() {
            let lower = line.to_ascii_lowercase();
            for (form, pattern) in &forms {
                let at = match *form {
                    "base 64" => line.find(pattern),
                    _ => lower.find(pattern),
                };
                let Some(at) = at else { continue };
                let vector = line
                    .get(at + pattern.len()..at + pattern.len() + 3)
                    .filter(|_| *form == "plain")
                    .and_then(|number| self.names.get(number.parse::<usize>().ok()?));
                let shown: String = line.chars().take(300).collect();
                let vector = vector.map_or("some vector", String::as_str);
                found.insert(format!("  {vector} ({form}): {shown}"));
            }
        }
        found.into_iter().collect()
    }
}

/// How a mark may look once a program has printed it.
fn forms(mark: &str) -> Vec<(&'static str, String)> {
    let listed = |format: fn(u8) -> String, between: &str| {
        let bytes: Vec<String> = mark.bytes().map(format).collect();
        bytes.join(between)
    };
    let mut forms = vec![
        ("plain", mark.to_owned()),
        ("bytes", listed(|byte| byte.to_string(), ", ")),
        ("hex", listed(|byte| format!("{byte:02x}"), "")),
        ("hex", listed(|byte| format!("{byte:02x}"), " ")),
    ];
    // By how many bytes stand before it; the first and last characters depend on the neighbours.
    for before in 0..3 {
        let padded = format!("{}{mark}", "-".repeat(before));
        let whole = STANDARD_NO_PAD.encode(&padded);
        let first = (before * 8).div_ceil(6);
        forms.push(("base 64", whole[first..padded.len() * 8 / 6].to_owned()));
    }
    forms
}

/// A call whose refusal names the parameter that it does not know, in whatever form the language gives it.
fn planted(mark: &str) -> Value {
    json!({
        "shows": "A mark that the library repeats is seen.",
        "steps": [{
            "do": "call",
            "method": "send_message",
            "params": {"conversation_id": "3f0c", "message": {"type": "text", "data": {"body": "x"}}, mark: "x"},
            "expect": {"ok": false, "error": {"code": "invalid_argument", "message": {"$contains": [mark]}}},
        }],
    })
}

/// The vector with a mark in each of its secrets, in what is sent and in what is expected alike.
fn marked(mut vector: Value, mark: &str) -> Value {
    let config = &vector["config"];
    let mut secrets = BTreeSet::from([TOKEN.to_owned()]);
    let is_of_a_gateway = config["gateway"].is_object();
    if !is_of_a_gateway {
        // The webhook's token in posts; to a gateway it is a word.
        secrets.insert("hook".to_owned());
    }
    for value in [
        &config["token"],
        &config["tokn"],
        &config["webhook"]["token"],
        &config["gateway"]["identity"],
        &config["state"]["key"],
    ] {
        collect(value, &mut secrets);
    }
    for exchange in vector["server"].as_array().into_iter().flatten() {
        for name in ["token", "refresh"] {
            collect(&exchange["answer"]["body"]["json"][name], &mut secrets);
        }
    }
    for step in vector["steps"].as_array().into_iter().flatten() {
        let params = &step["params"];
        for name in ["visitor_id", "visitr_id", "variables", "identity"] {
            collect(&params[name], &mut secrets);
        }
        for name in ["data", "dta"] {
            collect(&params["message"][name], &mut secrets);
        }
        collect(&step["body"]["json"]["token"], &mut secrets);
    }
    rewrite(&mut vector, &secrets, mark);
    if let Some(fields) = vector.as_object_mut() {
        let config = fields.entry("config").or_insert_with(|| json!({}));
        if let Some(config) = config.as_object_mut() {
            if !is_of_a_gateway {
                config
                    .entry("token")
                    .or_insert_with(|| format!("{mark}{TOKEN}").into());
            }
            let proxy = config.get("proxy").and_then(Value::as_str);
            if let Some((scheme, rest)) = proxy.and_then(|url| url.split_once("://")) {
                let url = format!("{scheme}://clerk:{mark}password@{rest}");
                config.insert("proxy".into(), url.into());
            }
        }
    }
    let script = vector.get_mut("server").and_then(Value::as_array_mut);
    for exchange in script.into_iter().flatten() {
        if let Some(exchange) = exchange.as_object_mut() {
            echo(exchange, mark);
        }
    }
    vector
}

/// A service that repeats what it received, in a field of the head and in the text of a refusal.
fn echo(exchange: &mut Map<String, Value>, mark: &str) {
    let answer = exchange.entry("answer").or_insert_with(|| json!({}));
    if answer.get("raw").is_some() {
        return;
    }
    let refuses = answer["status"]
        .as_u64()
        .is_some_and(|status| status >= 400);
    if let Some(body) = answer
        .pointer_mut("/body/json")
        .filter(|_| refuses)
        .and_then(Value::as_object_mut)
    {
        body.entry("message")
            .or_insert_with(|| format!("{mark}echo").into());
    }
    if let Some(answer) = answer.as_object_mut() {
        let headers = answer.entry("headers").or_insert_with(|| json!({}));
        headers["x-echo"] = format!("Bearer {mark}echo").into();
    }
}

/// Fields of a message that say what it is, and nothing of the visitor.
const NO_SECRETS: [&str; 6] = [
    "type",
    "key",
    "next_dialog",
    "callback",
    "mime_type",
    "extension",
];

/// The texts in here, but for numbers and days, which would be none with a mark.
fn collect(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::String(text)
            if !text.starts_with('$')
                && !text.is_empty()
                && text.parse::<f64>().is_err()
                && !is_day(text) =>
        {
            secrets.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, secrets)),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, inner)| inner.is_object() || !NO_SECRETS.contains(&name.as_str()))
            .for_each(|(_, inner)| collect(inner, secrets)),
        _ => {}
    }
}

/// Whether this is a day as a gateway takes it, such as `2030-01-31`.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

fn rewrite(value: &mut Value, secrets: &BTreeSet<String>, mark: &str) {
    match value {
        Value::String(text) => *text = with_mark(text, secrets, mark),
        Value::Array(list) => list
            .iter_mut()
            .for_each(|inner| rewrite(inner, secrets, mark)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                let before = inner[0].as_str().map(str::len);
                rewrite(inner, secrets, mark);
                if name == "$repeat"
                    && let (Some(before), Some(times)) = (before, inner[1].as_u64())
                {
                    // As long as it was, or nearly: some vectors are about the size.
                    let after = inner[0].as_str().map_or(before, str::len).max(1);
                    inner[1] = (times * before as u64 / after as u64).into();
                }
            }
        }
        _ => {}
    }
}

/// The account's token in the vectors: no other text holds it by chance.
const TOKEN: &str = "fake.jwt.token";

/// The text itself, a visitor's key that begins with their id, the token anywhere, what follows
/// `Bearer`, or what stands in quotes in a text that is JSON.
fn with_mark(text: &str, secrets: &BTreeSet<String>, mark: &str) -> String {
    if secrets.contains(text) {
        // Inside, so that a link stays one and a path goes on to start at the root.
        return match text.find("://") {
            Some(at) => format!("{}{mark}{}", &text[..at + 3], &text[at + 3..]),
            None if text.starts_with('/') => format!("/{mark}{text}"),
            None => format!("{mark}{text}"),
        };
    }
    if secrets.iter().any(|secret| is_key_of(secret, text)) {
        return format!("{mark}{text}");
    }
    secrets.iter().fold(text.to_owned(), |text, secret| {
        if secret == TOKEN {
            return text.replace(TOKEN, &format!("{mark}{TOKEN}"));
        }
        text.replace(&format!("\"{secret}\""), &format!("\"{mark}{secret}\""))
            .replace(
                &format!("Bearer {secret}"),
                &format!("Bearer {mark}{secret}"),
            )
    })
}

/// Whether this is `<visitor id>_<account id>`, or begins so: an account's id is a number in the vectors.
fn is_key_of(visitor_id: &str, text: &str) -> bool {
    text.strip_prefix(visitor_id)
        .and_then(|rest| rest.strip_prefix('_')?.rsplit('_').next())
        .is_some_and(|account| account.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_every_form() {
        let watch = MarkedVectors {
            folder: PathBuf::new(),
            names: vec!["send_text".into()],
        };
        let mark = format!("{MARK}000");
        for start in ["", "-", "--"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{start}{mark}pass"));
            assert_eq!(watch.leaks(&encoded).len(), 1, "{encoded}");
        }
        let bytes: Vec<u8> = mark.bytes().collect();
        for leak in [
            mark.to_uppercase(),
            format!("{bytes:?}"),
            format!("a\nx {mark} y"),
        ] {
            assert_eq!(watch.leaks(&leak).len(), 1, "{leak}");
        }
        assert!(watch.leaks(&mark)[0].contains("send_text (plain)"));
        assert!(watch.leaks("nothing to see").is_empty());
    }

    #[test]
    fn what_is_sent_and_what_is_expected_get_the_same_mark() {
        let vector = json!({
            "server": [{"expect": {"body": {"data": {"body": "Hello"}}}, "answer": {"status": 400, "body": {"json": {}}}}],
            "steps": [{"do": "call", "params": {"message": {"type": "text", "data": {"body": "Hello", "at": "https://e.example/x"}}}},
                      {"do": "call", "params": {"body": "{\"token\":\"hook\"}", "authorization": "Bearer hook"}},
                      {"do": "call", "params": {"visitor_id": "visitor-42"},
                       "expect": {"visitor_key": "visitor-42_777", "message": "of fake.jwt.token here"}}],
        });
        let marked = marked(vector, "M");
        for (place, text) in [
            ("/config/token", "Mfake.jwt.token"),
            ("/server/0/expect/body/data/body", "MHello"),
            ("/server/0/answer/body/json/message", "Mecho"),
            ("/server/0/answer/headers/x-echo", "Bearer Mecho"),
            ("/steps/0/params/message/type", "text"),
            ("/steps/0/params/message/data/body", "MHello"),
            ("/steps/0/params/message/data/at", "https://Me.example/x"),
            ("/steps/1/params/body", "{\"token\":\"Mhook\"}"),
            ("/steps/1/params/authorization", "Bearer Mhook"),
            ("/steps/2/params/visitor_id", "Mvisitor-42"),
            ("/steps/2/expect/visitor_key", "Mvisitor-42_777"),
            ("/steps/2/expect/message", "of Mfake.jwt.token here"),
        ] {
            assert_eq!(marked.pointer(place), Some(&text.into()), "{place}");
        }
    }
    #[test]
    fn the_tokens_of_a_visitor_get_the_mark_wherever_they_stand() {
        let session = |number: u32| json!({"token": format!("visitor-token-{number}"), "refresh": format!("refresh-{number}"), "visitor": {"id": "v_1"}});
        let vector = json!({
            "config": {"gateway": {"app": "shop", "identity": "signed"}, "state": {"key": "sealed"}},
            "server": [
                {"expect": {"path": "/v1/sessions"}, "answer": {"status": 201, "body": {"json": session(1)}}},
                {"expect": {"path": "/v1/sessions/refresh", "body": {"$exact": {"refresh": "refresh-1"}}},
                 "answer": {"status": 201, "body": {"json": session(2)}}},
                {"expect": {"headers": {"authorization": "Bearer visitor-token-2"}}},
            ],
            "steps": [{"do": "call", "params": {"identity": "signed again"}}],
        });
        let marked = marked(vector, "M");
        for (place, text) in [
            ("/config/gateway/app", "shop"),
            ("/config/gateway/identity", "Msigned"),
            ("/config/state/key", "Msealed"),
            ("/server/0/answer/body/json/token", "Mvisitor-token-1"),
            ("/server/0/answer/body/json/refresh", "Mrefresh-1"),
            ("/server/1/expect/body/$exact/refresh", "Mrefresh-1"),
            ("/server/1/answer/body/json/refresh", "Mrefresh-2"),
            (
                "/server/2/expect/headers/authorization",
                "Bearer Mvisitor-token-2",
            ),
            ("/steps/0/params/identity", "Msigned again"),
        ] {
            assert_eq!(marked.pointer(place), Some(&text.into()), "{place}");
        }
        assert!(marked["config"].get("token").is_none());
    }
}
