//! A visitor behind a client that speaks plain HTTP, so that nothing of the library is taken for granted.

use serde_json::{Value, json};
use wotnot_emulator::Emulator;

use super::{Sink, wait_for};

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One request, with every header as it is given.
pub fn call(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body).unwrap();
    let mut response = agent.run(request)?;
    let status = response.status().as_u16();
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    let body = response.body_mut().read_to_string()?;
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// A call of the control API; `path` is what follows `/_emulator`.
pub fn control(emulator: &Emulator, method: &str, path: &str, body: &str) -> Answer {
    let url = format!("{}{path}", emulator.control_url());
    let headers = [("content-type", "application/json")];
    call(method, &url, &headers, body.as_bytes()).unwrap()
}

/// What the control API shows there.
pub fn get(emulator: &Emulator, path: &str) -> Value {
    let answer = control(emulator, "GET", path, "");
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// A POST of JSON with a good token.
pub fn post(emulator: &Emulator, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
    let url = format!("{}{path}", emulator.base_url());
    let token = format!("Bearer {}", emulator.token());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    call("POST", &url, &headers, body.to_string().as_bytes())
}

/// A text message.
pub fn text(body: &str) -> Value {
    json!({"type": "text", "data": {"body": body}})
}

/// A visitor in a conversation.
pub struct Visitor<'a> {
    pub emulator: &'a Emulator,
    pub conversation: String,
}

impl<'a> Visitor<'a> {
    /// Starts a conversation with the first bot, saying "Hello".
    pub fn start(emulator: &'a Emulator, id: &str) -> Self {
        Self::start_with(emulator, id, json!({}))
    }

    /// The same, with variables.
    pub fn start_with(emulator: &'a Emulator, id: &str, variables: Value) -> Self {
        let body = Self::start_body(emulator, id, variables);
        let answer = post(emulator, "/api/v1/conversations", &body).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let conversation = answer.json()["conversation"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        Self {
            emulator,
            conversation,
        }
    }

    /// The body of a start call.
    pub fn start_body(emulator: &Emulator, id: &str, variables: Value) -> Value {
        json!({
            "channel": "API",
            "message": text("Hello"),
            "variables": variables,
            "bot_key": emulator.bot_keys()[0],
            "from": {"user_external_id": id, "type": "VISITOR"},
        })
    }

    /// Sends any message.
    pub fn send(&self, message: &Value) -> Result<Answer, ureq::Error> {
        let path = format!("/api/v1/conversation/{}/messages", self.conversation);
        post(
            self.emulator,
            &path,
            &json!({"message": message, "user": {"type": "VISITOR"}}),
        )
    }

    /// Sends a message that must be taken.
    pub fn say(&self, message: &Value) {
        let answer = self.send(message).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The bot's messages so far, as the webhook carries them: type and payload (or text).
    pub fn heard(&self) -> Vec<Value> {
        let transcript = self.emulator.transcript(&self.conversation).unwrap();
        let events = transcript
            .entries
            .into_iter()
            .filter(|entry| entry.kind == "message");
        events
            .map(|entry| entry.event["event"]["payload"].clone())
            .filter(|payload| payload["message_by"]["type"] != "visitor")
            .map(|payload| payload["message"].clone())
            .collect()
    }

    /// The bot's last message.
    pub fn last(&self) -> Value {
        self.heard().pop().unwrap_or_default()
    }

    /// The bot's messages so far as plain words: texts, titles and error texts.
    pub fn words(&self) -> Vec<String> {
        self.heard().iter().map(words).collect()
    }

    /// Waits until the webhook has received everything of this conversation, and gives it.
    pub fn delivered(&self, sink: &Sink) -> Vec<Value> {
        let made = self
            .emulator
            .transcript(&self.conversation)
            .unwrap()
            .entries
            .len();
        wait_for("the events", || {
            let events = sink.events_of(&self.conversation);
            (events.len() >= made).then_some(events)
        })
    }

    /// The name of the place where the conversation stands.
    pub fn place(&self) -> String {
        self.emulator.transcript(&self.conversation).unwrap().place
    }
}

fn words(message: &Value) -> String {
    let payload = &message["payload"];
    let said = [
        &message["text"],
        &payload["text"],
        &payload["title"],
        &payload["messages"][0]["text"],
    ];
    let said = said.into_iter().find_map(Value::as_str);
    said.map_or_else(|| message["type"].to_string(), str::to_owned)
}
