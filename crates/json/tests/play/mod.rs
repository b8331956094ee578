//! Plays one conformance vector through the facade that every binding wraps.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_conformance::{Session, Turn, Vector, Verdict};
use wotnot_json::{Client, Outcome};

/// Shows each step, its result and the client to `look`, and gives the player's verdict.
pub fn play(vector: Vector, mut look: impl FnMut(&Value, &Value, Option<&Client>)) -> Verdict {
    let (mut session, mut turn) = Session::open(vector).unwrap();
    let mut client = None;
    let mut begun = HashMap::new();
    loop {
        match turn {
            Turn::Over(verdict) => return verdict,
            Turn::Do(step) => {
                let result = perform(&mut client, &mut begun, &step);
                look(&step, &result, client.as_deref());
                turn = session.judge(&result);
            }
        }
    }
}

/// The calls under way, by name.
type Begun = HashMap<String, JoinHandle<String>>;

fn perform(client: &mut Option<Arc<Client>>, begun: &mut Begun, step: &Value) -> Value {
    let text_of = |field: &str| step[field].as_str().unwrap().to_owned();
    let text = match (step["do"].as_str().unwrap(), &client) {
        ("new", _) => match Client::new(&step["config"].to_string()) {
            Ok(made) => {
                *client = Some(Arc::new(made));
                return json!({"ok": true});
            }
            Err(error) => Outcome::failed(error, "client_new").to_json(),
        },
        ("call", Some(client)) => client
            .call(&text_of("method"), &step["params"].to_string())
            .to_json(),
        ("begin", Some(client)) => {
            let (client, method) = (Arc::clone(client), text_of("method"));
            let params = step["params"].to_string();
            let call = thread::spawn(move || client.call(&method, &params).to_json());
            begun.insert(text_of("name"), call);
            return json!({"ok": true});
        }
        ("end", _) => begun.remove(&text_of("name")).unwrap().join().unwrap(),
        ("receive", Some(client)) => {
            let timeout = Duration::from_millis(step["timeout_ms"].as_u64().unwrap());
            client.receive(Some(timeout), None).to_json()
        }
        ("interrupt", Some(client)) => client.interrupt().to_json(),
        ("close", Some(client)) => {
            client.close();
            return json!({"ok": true});
        }
        other => panic!("the player asked for {other:?}"),
    };
    serde_json::from_str(&text).unwrap()
}
