//! What a fuzz target begins with: real inputs, taken from the vectors, the sample flows and the docs.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Post, Step, Vector, expanded};

type Result<T> = std::result::Result<T, String>;

/// Fills the folder `corpus` with the seeds of the fuzz target `target`, out of a checkout.
pub fn write_seeds(target: &str, checkout: &Path, corpus: &Path) -> Result<()> {
    let seeds = match target {
        "flow_parse" => flows(checkout)?,
        "gateway_token" => vec![
            b"eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiJ2XzEifQ.".to_vec(),
            b"AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_vec(),
            vec![0, 0, b'A'],
        ],
        "gateway_cursor" => vec![b"0123456789abcdef.42".to_vec()],
        "gateway_message" => visitor_messages()
            .into_iter()
            .map(String::into_bytes)
            .collect(),
        "gateway_config" => vec![page_config(checkout)?],
        _ => from_vectors(target, checkout)?,
    };
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(corpus.join(number.to_string()), seed).map_err(|error| error.to_string())?;
    }
    match seeds.len() {
        0 => Err(format!("{target}: no seeds")),
        _ => Ok(()),
    }
}

/// The bodies of visitors' messages as the gateway takes them: one answer of each form, and first words.
pub fn visitor_messages() -> Vec<String> {
    let said = |name: &str, value: Value| {
        let mut body = json!({"client_id": "m1", "answer_to": 4});
        body[name] = value;
        body.to_string()
    };
    vec![
        said("text", json!("Hello")),
        said("option", json!("o1")),
        said("options", json!(["o1", "o3"])),
        said("value", json!(21)),
        said(
            "fields",
            json!([{"label": "Name", "value": "Asha"}, {"label": "Mail", "value": "a@example.com"}]),
        ),
        said("files", json!(["f_1"])),
        said("date", json!("2026-11-24")),
        said("variables", json!({"contact.name": "Asha", "sum": 2})),
        json!({"client_id": "m1", "text": "Hello", "variables": {"contact": {"name": "Asha"}}})
            .to_string(),
    ]
}

/// Both blocks of docs/gateway.md.
fn page_config(checkout: &Path) -> Result<Vec<u8>> {
    let page = std::fs::read_to_string(checkout.join("docs/gateway.md"));
    let page = page.map_err(|error| format!("docs/gateway.md: {error}"))?;
    let blocks = page.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks
        .filter_map(|block| Some(block.split_once("```")?.0))
        .collect();
    match blocks.is_empty() {
        false => Ok(blocks.join("\n").into_bytes()),
        true => Err("docs/gateway.md shows no configuration".into()),
    }
}

fn flows(checkout: &Path) -> Result<Vec<Vec<u8>>> {
    let files = std::fs::read_dir(checkout.join("flows")).map_err(|error| error.to_string())?;
    files
        .flatten()
        .map(|file| std::fs::read(file.path()).map_err(|error| error.to_string()))
        .collect()
}

fn from_vectors(target: &str, checkout: &Path) -> Result<Vec<Vec<u8>>> {
    let folder = checkout.join("tests/vectors");
    let mut seeds = Vec::new();
    for name in Vector::names(&folder)? {
        let vector = Vector::named(&folder, &name)?;
        match target {
            "answer" => answers(&vector, &mut seeds)?,
            "config" => seeds.push(Value::Object(vector.config).to_string().into_bytes()),
            "html_to_text" => html(&vector, &mut seeds),
            _ => steps(target, &vector, &mut seeds)?,
        }
    }
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

/// Each answer twice: to `send_message` and to `start_conversation`.
fn answers(vector: &Vector, seeds: &mut Vec<Vec<u8>>) -> Result<()> {
    for exchange in &vector.server {
        let bytes = match &exchange.instead {
            Some(body) => body.bytes()?,
            None => exchange.answer.bytes()?,
        };
        for choice in [0, 1] {
            seeds.push([&[choice], bytes.as_slice()].concat());
        }
    }
    Ok(())
}

fn steps(target: &str, vector: &Vector, seeds: &mut Vec<Vec<u8>>) -> Result<()> {
    for step in &vector.steps {
        match (target, step) {
            ("json_call", Step::Call { method, params, .. }) => {
                seeds.push(format!("{method}\n{}", expanded(params)).into_bytes());
            }
            ("emulator_request", Step::Call { params, .. }) if params["message"].is_object() => {
                let body = json!({"message": params["message"], "user": {"type": "VISITOR"}});
                seeds.push(body.to_string().into_bytes());
            }
            ("gateway_event", Step::Call { params, .. }) => {
                let body = expanded(params)["body"].as_str().map(str::to_owned);
                elements(&body.unwrap_or_default(), seeds);
            }
            ("gateway_event", Step::Post(post)) => {
                elements(&String::from_utf8_lossy(&post.body.bytes()?), seeds);
            }
            ("webhook", Step::Call { params, .. }) => {
                if let Some(body) = expanded(params)["body"].as_str() {
                    seeds.push(body.as_bytes().to_vec());
                }
            }
            ("webhook", Step::Post(post)) => seeds.push(post.body.bytes()?),
            ("listener", Step::Post(post)) => seeds.push(request(post)?),
            _ => {}
        }
    }
    Ok(())
}

/// Each event of a post.
fn elements(body: &str, seeds: &mut Vec<Vec<u8>>) {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let events = body["events"].as_array().into_iter().flatten();
    seeds.extend(events.map(|event| event.to_string().into_bytes()));
}

/// A post as the service writes it.
fn request(post: &Post) -> Result<Vec<u8>> {
    let body = post.body.bytes()?;
    let fields: String = post
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{fields}\r\n",
        post.method.as_deref().unwrap_or("POST"),
        post.path.as_deref().unwrap_or("/wotnot/events"),
        body.len()
    );
    Ok([head.into_bytes(), body].concat())
}

/// Every text with markup in it.
fn html(vector: &Vector, seeds: &mut Vec<Vec<u8>>) {
    fn collect(value: &Value, seeds: &mut Vec<Vec<u8>>) {
        match value {
            Value::String(text) if text.contains(['<', '&']) => {
                seeds.push(text.clone().into_bytes());
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, seeds)),
            Value::Object(fields) => fields.values().for_each(|item| collect(item, seeds)),
            _ => {}
        }
    }
    for step in &vector.steps {
        match step {
            Step::Call { params, .. } => collect(params, seeds),
            Step::Post(post) => collect(post.body.json.as_ref().unwrap_or(&Value::Null), seeds),
            _ => {}
        }
    }
}
