//! The wire of a gateway, as its visitor has it: calls and their answers, and the entries of the log.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Recorded;
use crate::wire::fixture::{Call, Kind, Wire};
use crate::{chat, exit};

/// What passes by.
#[derive(Default)]
struct Passed {
    calls: Vec<Call>,
    entries: Vec<Value>,
}

/// Holds a conversation through a gateway.
///
/// # Errors
/// The settings cannot be used, or the gateway takes nobody from here.
pub fn record(args: &chat::Args) -> Result<Recorded, chat::Failed> {
    let usage = |problem| (problem, exit::USAGE);
    let passed = Arc::new(Mutex::new(Passed::default()));
    let (by_call, by_entry) = (Arc::clone(&passed), Arc::clone(&passed));
    let calls = move |call| lock(&by_call).calls.push(call);
    let entries = move |entry: &Value| lock(&by_entry).entries.push(entry.clone());
    let channel = args
        .channel(Some((Box::new(calls), Box::new(entries))))
        .map_err(usage)?;
    let secrets = args.identity().map_err(usage)?.into_iter().collect();
    let partner = chat::through(args, channel)?;
    let (script, outcome) = chat::talk(args, partner);
    let Passed { calls, entries } = std::mem::take(&mut *lock(&passed));
    Ok(Recorded {
        script,
        outcome,
        wire: Wire::Gateway,
        calls: with_entries(calls, entries),
        secrets,
    })
}

fn lock(passed: &Mutex<Passed>) -> std::sync::MutexGuard<'_, Passed> {
    passed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives each entry to the call whose message comes last before it in the log: an entry may be read before the call
/// is answered that it belongs to.
fn with_entries(mut calls: Vec<Call>, entries: Vec<Value>) -> Vec<Call> {
    let begins = |call: &Call| match call.call {
        Kind::Start | Kind::Send => call.answer.body.pointer("/message/seq")?.as_u64(),
        _ => None,
    };
    for entry in entries {
        let seq = entry["seq"].as_u64().unwrap_or_default();
        let owner = calls
            .iter()
            .rposition(|call| begins(call).is_some_and(|begins| begins <= seq));
        if let Some(call) = calls.get_mut(owner.unwrap_or_default()) {
            call.events.push(entry);
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::fixture::Answer;

    #[test]
    fn an_entry_belongs_to_the_message_before_it_in_the_log() {
        let call = |call, seq: Option<u64>| Call {
            call,
            request: json!({}),
            answer: Answer {
                status: 202,
                retry_after: None,
                body: json!({"message": {"seq": seq}}),
            },
            events: Vec::new(),
        };
        let calls = vec![
            call(Kind::Session, None),
            call(Kind::Start, Some(1)),
            call(Kind::File, None),
            call(Kind::Send, Some(4)),
        ];
        let entries = [1, 2, 3, 4, 5].map(|seq| json!({"seq": seq}));
        let calls = with_entries(calls, entries.to_vec());
        let counts: Vec<usize> = calls.iter().map(|call| call.events.len()).collect();
        assert_eq!(counts, [0, 3, 0, 2]);
    }
}
