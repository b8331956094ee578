//! A gateway whose answers a test makes: each request on its connection's own thread, so that an answer may be held.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};
use wotnot_conformance::{Message, requests};

/// What arrived.
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub body: Vec<u8>,
}

impl From<Message> for Request {
    fn from(message: Message) -> Self {
        let mut words = message.first_line.split(' ').map(str::to_owned);
        Self {
            method: words.next().unwrap(),
            path: words.next().unwrap(),
            body: message.body,
        }
    }
}

impl Request {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

/// A status, and a body.
pub type Answer = (u16, Value);

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// Serves sessions itself, and leaves the rest to the handler. Lives as long as the test.
pub fn gateway(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let handler: Arc<Handler> = Arc::new(handler);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, handler) = (stream.unwrap(), Arc::clone(&handler));
            thread::spawn(move || serve(&stream, &*handler));
        }
    });
    url
}

/// A refusal as a gateway writes it.
pub fn refusal(status: u16, code: &str, is_retryable: bool) -> Answer {
    let error = json!({"code": code, "message": "refused by the test", "retryable": is_retryable});
    (status, json!({"error": error}))
}

fn serve(stream: &TcpStream, handler: &Handler) {
    for request in requests(stream).map(Request::from) {
        let (status, body) = match request.is("POST", "/v1/sessions") {
            true => (201, session()),
            false => handler(&request),
        };
        let body = body.to_string();
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} Test\r\ncontent-length: {length}\r\n\r\n{body}");
        // A poll that was broken off has nobody to read it.
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn session() -> Value {
    json!({"token": "token-1", "expires_in": 900, "refresh": "refresh-1", "visitor": {"id": "v_1"},
        "conversation": {"id": "c_1", "cursor": "e.0"}, "capabilities": {"greeting": false, "files": true}})
}
