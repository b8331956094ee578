//! Runs every conformance vector against the core, through the JSON facade that all bindings wrap.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_json::{Client, Outcome};
use wotnot_stub::{Session, Turn, Vector, Verdict};

/// Most vectors wait for the other side, and a few for a second or two.
const THREADS: usize = 4;

#[test]
fn every_vector_passes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let names = Vector::names(&folder).unwrap();
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let vector = Vector::load(&folder.join(format!("{name}.json"))).unwrap();
                    let verdict = play(vector);
                    verdicts.lock().unwrap().push(verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let failures: Vec<String> = verdicts
        .iter()
        .filter_map(|verdict| Some(format!("{}: {}", verdict.name, verdict.failure.as_ref()?)))
        .collect();
    println!(
        "{} of {} vectors passed",
        verdicts.len() - failures.len(),
        names.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(verdicts.len(), names.len());
}

fn play(vector: Vector) -> Verdict {
    let (mut session, mut turn) = Session::open(vector).unwrap();
    let mut client = None;
    loop {
        match turn {
            Turn::Over(verdict) => return verdict,
            Turn::Do(step) => turn = session.judge(&perform(&mut client, &step)),
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
