//! What a vector file holds. Reading is strict: a misspelt field would be an expectation that nobody checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Body, Break};

/// One conformance vector: a scripted service, what a client does, and what each step must give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// The file's name without `.json`.
    #[serde(skip)]
    pub name: String,
    /// One sentence: what this vector shows.
    pub shows: String,
    /// Laid over the default configuration; `"$absent"` takes a default away.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Whether the service's port can be reached.
    #[serde(default)]
    pub listen: Listen,
    /// What the service does with each request, in order.
    #[serde(default)]
    pub server: Vec<Exchange>,
    /// What a gateway answers polls for events with, in order, whenever they come; one beyond them waits without end.
    #[serde(default)]
    pub polls: Vec<Poll>,
    /// What making the client must give; success when absent.
    #[serde(default = "success")]
    pub client: Value,
    /// What the client does then, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

fn success() -> Value {
    json!({"ok": true})
}

/// Whether the service's port can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listen {
    /// From the start.
    #[default]
    Now,
    /// Connections are refused until the first step after the client was made is over.
    AfterFirstStep,
    /// Connections are refused.
    Never,
    /// Nothing answers a connection attempt: the queue is full.
    Full,
}

/// What the service does with one request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the request must look like: `method`, `path`, `headers`, `body`, `connection`.
    #[serde(default)]
    pub expect: Option<Value>,
    /// For how many requests in a row this holds; one when absent.
    #[serde(default)]
    pub times: Option<usize>,
    /// The vector passes although this request never comes.
    #[serde(default)]
    pub optional: bool,
    /// Posted to the client's webhook listener before anything is answered.
    #[serde(default)]
    pub webhooks_first: Vec<Post>,
    /// The answer.
    #[serde(default)]
    pub answer: Answer,
    /// Written as soon as the first bytes arrive, whatever they are; then the connection is closed.
    #[serde(default)]
    pub instead: Option<Body>,
    /// Answered once the head of the request is there; the body is never read, and the connection
    /// stays open.
    #[serde(default)]
    pub early: bool,
    /// Where the connection breaks, if it does.
    #[serde(default, rename = "break")]
    pub cut: Option<Break>,
}

/// What a gateway answers a poll for events with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// How many requests that are no polls have to arrive before it is answered.
    #[serde(default)]
    pub after: usize,
    /// What the request must look like.
    #[serde(default)]
    pub expect: Option<Value>,
    /// The answer.
    #[serde(default)]
    pub answer: Answer,
    /// Where the connection breaks, if it does.
    #[serde(default, rename = "break")]
    pub cut: Option<Break>,
}

impl Exchange {
    /// Answers with `status` and a JSON body.
    pub fn json(status: u16, body: Value) -> Self {
        Self {
            answer: Answer {
                status,
                body: Body::json(body),
                ..Answer::default()
            },
            ..Self::default()
        }
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status code.
    #[serde(default = "ok_status")]
    pub status: u16,
    /// Header fields; a `content-length` or `transfer-encoding` here replaces the player's own.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderValue>,
    /// The body.
    #[serde(default)]
    pub body: Body,
    /// How the end of the body is marked.
    #[serde(default)]
    pub framing: Framing,
    /// Wait before the first byte, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Write slowly.
    #[serde(default)]
    pub drip: Option<Drip>,
    /// The whole answer, head and all, in place of the fields above.
    #[serde(default)]
    pub raw: Option<Body>,
}

fn ok_status() -> u16 {
    200
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: ok_status(),
            headers: BTreeMap::new(),
            body: Body::default(),
            framing: Framing::default(),
            delay_ms: 0,
            drip: None,
            raw: None,
        }
    }
}

/// The value of a header field.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum HeaderValue {
    /// As it stands.
    Text(String),
    /// `{"date_in_s": 2}`: the date that many seconds from now (or ago).
    Date {
        /// Seconds from now.
        date_in_s: i64,
    },
}

/// How the end of a body is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    Length,
    /// `Transfer-Encoding: chunked`, in chunks of seven bytes.
    Chunked,
    /// The connection is closed.
    Close,
}

/// A slow answer: so many bytes, then a pause.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drip {
    /// Bytes written at once.
    pub bytes: usize,
    /// The pause between two writes, in milliseconds.
    pub every_ms: u64,
}

/// A delivery to the client's webhook listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The method; `POST` when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// The path; the listener's own when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// More header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: Body,
    /// What the listener must answer, as `{"status", "body"}`; 200 when absent.
    #[serde(default = "accepted")]
    pub expect: Value,
}

fn accepted() -> Value {
    json!({"status": 200})
}

/// One thing that the client (or, for `post`, the service) does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// One call of the JSON facade.
    Call {
        /// The method's name.
        method: String,
        /// Its parameters; `{"$json": X}` and `{"$repeat": [text, n]}` stand for strings.
        #[serde(default = "no_params")]
        params: Value,
        /// The envelope it must give.
        expect: Value,
        /// How long it may take, `[least, most]` milliseconds.
        #[serde(default)]
        took_ms: Option<(u64, u64)>,
        /// Made again until it gives that, for what another thread is about to do.
        #[serde(default)]
        eventually: bool,
    },
    /// One call of the JSON facade, on a thread of its own while further steps are taken.
    Begin {
        /// What `end` calls it.
        name: String,
        /// The method's name.
        method: String,
        /// Its parameters, as those of `call`.
        #[serde(default = "no_params")]
        params: Value,
    },
    /// Wait for the call that was begun under this name.
    End {
        /// What `begin` called it.
        name: String,
        /// The envelope it must give.
        expect: Value,
        /// How long after the step before this one it may end, `[least, most]` milliseconds.
        #[serde(default)]
        took_ms: Option<(u64, u64)>,
    },
    /// The player waits until so many requests have arrived whole; the runner sees nothing of it.
    Requests {
        /// How many, since the client was made.
        count: usize,
    },
    /// Wait for the next event.
    Receive {
        /// How long, in milliseconds.
        #[serde(default = "patience")]
        timeout_ms: u32,
        /// The envelope it must give.
        expect: Value,
    },
    /// Wake blocked receives.
    Interrupt {
        /// The envelope it must give.
        #[serde(default = "success")]
        expect: Value,
    },
    /// Close the client.
    Close {
        /// The envelope it must give.
        #[serde(default = "success")]
        expect: Value,
    },
    /// The player posts to the client's webhook listener; the runner sees nothing of it.
    Post(Post),
}

fn no_params() -> Value {
    json!({})
}

/// Long enough for a busy machine; a passing vector never waits for it.
fn patience() -> u32 {
    20_000
}

impl Vector {
    /// Reads the vector of this name in the folder.
    pub fn named(folder: &Path, name: &str) -> Result<Self, String> {
        let path = folder.join(format!("{name}.json"));
        let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        let mut vector: Self =
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        vector.name = name.to_owned();
        Ok(vector)
    }

    /// The names of all vectors in a folder, sorted. Those of a family in a folder of its own begin with its name:
    /// `gateway/receive_without_an_event`.
    pub fn names(folder: &Path) -> Result<Vec<String>, String> {
        let named = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(named)? {
            let path = entry.map_err(named)?.path();
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            if path.is_dir() {
                let family = Self::names(&path)?;
                names.extend(family.iter().map(|name| format!("{stem}/{name}")));
            } else if path.extension().is_some_and(|it| it == "json") {
                names.push(stem.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}
