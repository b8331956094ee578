//! Plays one conformance vector through the facade that every binding wraps.

use std::time::Duration;

use serde_json::{Value, json};
use wotnot_json::{Client, Outcome};
use wotnot_stub::{Session, Turn, Vector, Verdict};

/// Shows each step, its result and the client to `look`, and gives the stub's verdict.
pub fn play(vector: Vector, mut look: impl FnMut(&Value, &Value, Option<&Client>)) -> Verdict {
    let (mut session, mut turn) = Session::open(vector).unwrap();
    let mut client = None;
    loop {
        match turn {
            Turn::Over(verdict) => return verdict,
            Turn::Do(step) => {
                let result = perform(&mut client, &step);
                look(&step, &result, client.as_ref());
                turn = session.judge(&result);
            }
        }
    }
}

fn perform(client: &mut Option<Client>, step: &Value) -> Value {
    let text = match (step["do"].as_str().unwrap(), &client) {
        ("new", _) => match Client::new(&step["config"].to_string()) {
            Ok(made) => {
                *client = Some(made);
                return json!({"ok": true});
            }
            Err(error) => Outcome::failed(error, "client_new").to_json(),
        },
        ("call", Some(client)) => client
            .call(
                step["method"].as_str().unwrap(),
                &step["params"].to_string(),
            )
            .to_json(),
        ("receive", Some(client)) => {
            let timeout = Duration::from_millis(step["timeout_ms"].as_u64().unwrap());
            client.receive(Some(timeout), None).to_json()
        }
        ("interrupt", Some(client)) => client.interrupt().to_json(),
        ("close", Some(client)) => {
            client.close();
            return json!({"ok": true});
        }
        other => panic!("the stub asked for {other:?}"),
    };
    serde_json::from_str(&text).unwrap()
}
