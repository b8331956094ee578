//! What comes from a gateway, read on a thread of its own, so that waiting for it can end at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use wotnot_core::{Code, Error, Result};

use super::entry::{self, Entry, Outcome};
use super::link::Link;
use crate::talk::Heard;
use crate::talk::channel::{Cancel, Received};

/// How often a wait looks whether it was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const WORTH_A_WORD: Duration = Duration::from_secs(1);
/// The most messages of a snapshot.
const SNAPSHOT: usize = 200;

/// Sees each entry of the log, once and in their order.
pub type EntryTap = Box<dyn Fn(&Value) + Send + Sync>;

/// What was read and is not taken yet.
#[derive(Default)]
struct Read {
    heard: VecDeque<Received>,
    /// The number of the newest entry that was read.
    seq: u64,
    cursor: Option<String>,
    /// The visitor's messages by their own ids, with what became of them; `None` while that is open.
    sent: HashMap<String, Option<Outcome>>,
    events: u64,
    stopped: bool,
    /// Nothing can come any more.
    failed: Option<Error>,
}

/// The log of one conversation, as it grows.
pub struct Feed {
    link: Arc<Link>,
    conversation: String,
    read: Mutex<Read>,
    changed: Condvar,
    tap: Option<EntryTap>,
}

impl Feed {
    /// Begins to read the conversation behind the cursor, or from its beginning.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        link: Arc<Link>,
        conversation: &str,
        cursor: Option<String>,
        tap: Option<EntryTap>,
    ) -> Result<Arc<Self>> {
        let feed = Arc::new(Self {
            link,
            conversation: conversation.to_owned(),
            read: Mutex::new(Read {
                seq: cursor.as_deref().map_or(0, seq_of),
                cursor,
                ..Read::default()
            }),
            changed: Condvar::new(),
            tap,
        });
        let reading = Arc::clone(&feed);
        std::thread::Builder::new()
            .name("wotnot-feed".into())
            .spawn(move || reading.follow())
            .map_err(|error| Error::new(Code::Overloaded, format!("no thread: {error}")))?;
        Ok(feed)
    }

    /// Ends the reading; a poll that is under way is not waited for.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// A message of the visitor's is on its way.
    pub fn sent(&self, client_id: &str) {
        // What became of it may have been read before its call was answered.
        self.lock().sent.entry(client_id.to_owned()).or_default();
    }

    /// The visitor's messages that may or may not have arrived.
    pub fn in_doubt(&self) -> Vec<String> {
        let read = self.lock();
        let doubtful = read
            .sent
            .iter()
            .filter(|(_, outcome)| **outcome == Some(Outcome::Unconfirmed));
        doubtful.map(|(id, _)| id.clone()).collect()
    }

    /// Whether something that the visitor said is still on its way to the service.
    pub fn waits_for_delivery(&self) -> bool {
        let open = |outcome: &Option<Outcome>| matches!(outcome, None | Some(Outcome::Resent));
        self.lock().sent.values().any(open)
    }

    /// Whether nothing up to this entry waits to be taken.
    pub fn is_taken_up_to(&self, head: u64) -> bool {
        let read = self.lock();
        read.seq >= head && read.heard.is_empty()
    }

    /// How many entries came.
    pub fn events(&self) -> u64 {
        self.lock().events
    }

    /// The number of the newest entry that the gateway has.
    ///
    /// # Errors
    /// The gateway does not say.
    pub fn head(&self) -> Result<u64> {
        let snapshot = self.snapshot(1)?;
        let cursor = snapshot["cursor"].as_str().unwrap_or_default();
        Ok(seq_of(cursor))
    }

    /// Waits for the next entry.
    ///
    /// # Errors
    /// It was cancelled, or nothing can come any more.
    pub fn receive(&self, wait: Duration, cancel: Option<&Cancel>) -> Result<Received> {
        let until = Instant::now() + wait;
        let mut read = self.lock();
        loop {
            if let Some(received) = read.heard.pop_front() {
                return Ok(received);
            }
            if cancel.is_some_and(Cancel::is_asked) {
                return Err(Error::new(Code::Interrupted, "the call was cancelled"));
            }
            if let Some(error) = &read.failed {
                return Err(error.clone());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Received::Nothing);
            }
            let slice = if cancel.is_some() {
                left.min(LOOK_EVERY)
            } else {
                left
            };
            let waited = self.changed.wait_timeout(read, slice);
            read = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self, limit: usize) -> Result<Value> {
        let path = format!("/v1/conversations/{}?limit={limit}", self.conversation);
        self.link.get(&path)
    }

    /// Reads until it is stopped.
    fn follow(&self) {
        let mut pause = FIRST_PAUSE;
        let mut is_reported = false;
        loop {
            let cursor = {
                let read = self.lock();
                if read.stopped {
                    return;
                }
                read.cursor.clone()
            };
            match self.link.poll(&self.conversation, cursor.as_deref()) {
                Ok(polled) => {
                    if is_reported {
                        self.tell("the gateway answers again".to_owned());
                    }
                    (pause, is_reported) = (FIRST_PAUSE, false);
                    if let Some(polled) = polled {
                        self.take(&polled.entries, polled.cursor);
                    }
                }
                // The visitor or the conversation is gone, or nobody is let in any more.
                Err(error) if matches!(error.code(), Code::NotFound | Code::Unauthorized) => {
                    self.lock().failed = Some(error);
                    self.changed.notify_all();
                    return;
                }
                Err(error) => {
                    // A gateway that is replaced is back in a moment: that is not worth a word.
                    if pause >= WORTH_A_WORD && !is_reported {
                        self.tell(format!("{}; trying again", error.message()));
                        is_reported = true;
                    }
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn tell(&self, trouble: String) {
        self.lock()
            .heard
            .push_back(Received::Heard(Heard::Problem(trouble)));
        self.changed.notify_all();
    }

    fn take(&self, entries: &[Value], cursor: String) {
        let is_reset = entries.iter().any(|it| entry::read(it) == Entry::Reset);
        let (entries, cursor) = match is_reset {
            false => (entries.to_vec(), cursor),
            true => match self.snapshot(SNAPSHOT) {
                Ok(mut snapshot) => {
                    let cursor = snapshot["cursor"].as_str().unwrap_or_default().to_owned();
                    let messages = match snapshot["messages"].take() {
                        Value::Array(messages) => messages,
                        _ => Vec::new(),
                    };
                    (messages, cursor)
                }
                // The next poll has the same answer.
                Err(_) => return,
            },
        };
        let mut read = self.lock();
        for entry in &entries {
            let seq = entry::seq(entry).unwrap_or_default();
            // A log that started over counts from another number; a poll that is repeated from the same one.
            if seq <= read.seq && !is_reset {
                continue;
            }
            read.seq = read.seq.max(seq);
            read.events += 1;
            if let Some(tap) = &self.tap {
                tap(entry);
            }
            let received = self.sort(&mut read, entry);
            read.heard.push_back(received);
        }
        if is_reset {
            read.seq = seq_of(&cursor);
        }
        read.cursor = Some(cursor);
        self.changed.notify_all();
    }

    fn sort(&self, read: &mut Read, entry: &Value) -> Received {
        match entry::read(entry) {
            Entry::Heard(heard) => Received::Heard(heard),
            Entry::Delivered { client_id, outcome } => {
                let trouble = match &outcome {
                    Outcome::Rejected(code) => {
                        Some(format!("the service refused the message ({code})"))
                    }
                    Outcome::Unconfirmed => Some(
                        "it is unknown whether the message arrived: /resend sends it again, /discard drops it"
                            .to_owned(),
                    ),
                    _ => None,
                };
                read.sent.insert(client_id, Some(outcome));
                trouble.map_or(Received::Other, |why| {
                    Received::Heard(Heard::Undelivered(why))
                })
            }
            Entry::Reset | Entry::Other => Received::Other,
        }
    }
}

/// The number at the end of a cursor, `<epoch>.<seq>`.
fn seq_of(cursor: &str) -> u64 {
    let number = cursor.rsplit_once('.').map(|(_, number)| number);
    number.and_then(|it| it.parse().ok()).unwrap_or_default()
}
