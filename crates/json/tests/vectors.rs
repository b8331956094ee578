//! Runs every conformance vector against the JSON facade that all bindings wrap.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use play::play;
use wotnot_conformance::Vector;

mod play;
mod show;

/// Most vectors wait for the other side, and a few for a second or two.
const THREADS: usize = 4;

#[test]
fn every_vector_passes() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let folder = std::env::var_os("WOTNOT_VECTORS").map_or(here, PathBuf::from);
    show::log_everything();
    let names = Vector::names(&folder).unwrap();
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let vector = Vector::named(&folder, name).unwrap();
                    let verdict = play(vector, show::show);
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
