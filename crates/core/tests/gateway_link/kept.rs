//! Messages that are kept while a poll is held: they do not wait for its end.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wotnot_core::{CallOptions, Client, Message};

use crate::server::{Answer, Request, gateway, refusal};
use crate::{DEADLINE, client};

/// For how long the gateway holds a poll.
const HELD: Duration = Duration::from_secs(25);
/// What is sent well before that.
const AT_ONCE: Duration = Duration::from_secs(12);

/// What the gateway saw and does.
#[derive(Default)]
struct Seen {
    polls: usize,
    /// The texts that it took.
    taken: Vec<String>,
    /// The texts that came, taken or not.
    came: Vec<String>,
    /// The calls of messages have no answer before this is undone.
    is_slow: bool,
    /// Messages are refused for now.
    is_busy: bool,
}

#[derive(Default)]
struct World {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl World {
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits for this, within the time.
    fn wait(&self, limit: Duration, is_so: impl Fn(&Seen) -> bool) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(seen, limit, |seen| !is_so(seen));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.path.contains("/events?") {
            self.change(|seen| seen.polls += 1);
            thread::sleep(HELD);
            return (200, json!({"events": [], "cursor": "e.0", "head": "e.0"}));
        }
        let message: Value = request.json();
        let text = message["text"].as_str().unwrap_or_default().to_owned();
        self.change(|seen| seen.came.push(text.clone()));
        self.wait(DEADLINE, |seen| !seen.is_slow);
        let mut is_taken = true;
        self.change(|seen| match seen.is_busy {
            true => is_taken = false,
            false => seen.taken.push(text),
        });
        match is_taken {
            true => {
                let message =
                    json!({"client_id": message["client_id"], "seq": 1, "state": "queued"});
                (
                    202,
                    json!({"conversation": {"id": "c_1"}, "message": message}),
                )
            }
            false => refusal(503, "unavailable", true),
        }
    }
}

/// A client whose background poll is held.
fn polling() -> (Arc<World>, Arc<Client>) {
    let world = Arc::new(World::default());
    let answers = Arc::clone(&world);
    let client = Arc::new(client(&gateway(move |it| answers.answer(it)), true));
    // The session shows that there is a conversation.
    say(&client, "Hello", false);
    assert!(world.wait(DEADLINE, |seen| seen.polls > 0));
    (world, client)
}

fn say(client: &Client, text: &str, queue: bool) -> Option<String> {
    let options = CallOptions {
        queue,
        ..CallOptions::default()
    };
    let sent = client.send_message("c_1", &Message::text(text), &options);
    sent.unwrap().state
}

#[test]
fn a_message_that_is_kept_beside_a_slow_one_goes_out_behind_it() {
    let (world, client) = polling();
    world.change(|seen| seen.is_slow = true);
    let slow = Arc::clone(&client);
    let slow = thread::spawn(move || say(&slow, "slow", false));
    assert!(world.wait(DEADLINE, |seen| seen.came.iter().any(|it| it == "slow")));
    assert_eq!(say(&client, "kept", true).as_deref(), Some("kept"));
    let began = Instant::now();
    world.change(|seen| seen.is_slow = false);
    slow.join().unwrap();
    let is_sent = world.wait(AT_ONCE, |seen| seen.taken == ["Hello", "slow", "kept"]);
    assert!(is_sent, "not sent within {:?}", began.elapsed());
}

#[test]
fn a_message_that_a_busy_gateway_refuses_is_tried_again_beside_a_poll() {
    let (world, client) = polling();
    world.change(|seen| seen.is_busy = true);
    assert_eq!(say(&client, "kept", true).as_deref(), Some("kept"));
    let began = Instant::now();
    world.change(|seen| seen.is_busy = false);
    let is_sent = world.wait(AT_ONCE, |seen| seen.taken == ["Hello", "kept"]);
    assert!(is_sent, "not sent within {:?}", began.elapsed());
}

#[test]
fn a_message_that_can_go_out_at_once_leaves_the_poll_alone() {
    let (world, client) = polling();
    for number in 0..3 {
        assert_eq!(
            say(&client, &number.to_string(), true).as_deref(),
            Some("queued")
        );
    }
    let seen = world.seen.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(seen.taken, ["Hello", "0", "1", "2"]);
    assert_eq!(seen.polls, 1, "the poll was broken off");
}
