//! Plays the windows of many visitors against the web backend of a language's examples.
//!
//! All of those take the same requests, which `bindings/python/examples/backend.py` lists.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Emulator, Result, http};

/// How many talk at once.
const VISITORS: usize = 20;

/// How many of them say something and never look at what comes: they must hold up nobody.
const ABSENT: usize = 4;

/// How long anything may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(60);

/// What never leaves the company's own programs.
const PRIVATE: [&str; 4] = ["raw", "payload", "message", "visitor_key"];

/// Runs the program beside an emulator: every visitor who stays gets what the bot says to them and
/// nothing of anybody else's, however many leave or never look.
pub fn serves_many_visitors(emulator: &Emulator, program: &mut Command) -> Result<()> {
    emulator.describe(program);
    let child = program
        .spawn()
        .map_err(|error| format!("the backend did not start: {error}"))?;
    let mut backend = Backend {
        child,
        address: emulator.listen().to_owned(),
    };
    backend.listens()?;
    play(&backend)?;
    backend.ends()
}

fn play(backend: &Backend) -> Result<()> {
    let visitors: Vec<String> = (0..VISITORS)
        .map(|number| format!("visitor-{number}"))
        .collect();
    let chats = at_once(&visitors, |visitor| backend.say(visitor, "Hello"))?;
    let visitors: Vec<(String, String)> = visitors.into_iter().zip(chats).collect();
    let (leaving, staying) = visitors.split_at(1);
    let (_, looking) = staying.split_at(ABSENT);

    for (visitor, chat) in leaving {
        let path = format!("/visitors/{visitor}");
        expect(backend.ask("DELETE", &path, None)?, 200, "a visitor leaves")?;
        let left = backend.ask("GET", &format!("{path}/events"), None)?;
        expect(left, 404, "a visitor who left has no events")?;
        expect(
            backend.ask("DELETE", &path, None)?,
            404,
            "nobody leaves twice",
        )?;
        // Nothing of the conversation is left: the next word of the visitor starts another.
        if backend.say(visitor, "Hello")? == *chat {
            return Err("a visitor who left goes on with the conversation that they left".into());
        }
    }
    at_once(looking, |(visitor, chat)| {
        backend.sees(visitor, chat, "What is it about?")
    })?;
    let again = at_once(looking, |(visitor, _)| backend.say(visitor, "Sales"))?;
    if looking.iter().map(|(_, chat)| chat).ne(&again) {
        return Err("the second message of a visitor went into another conversation".into());
    }
    at_once(looking, |(visitor, chat)| {
        backend.sees(visitor, chat, "How old are you?")
    })?;
    let elsewhere = backend.ask("GET", "/elsewhere", None)?;
    expect(elsewhere, 404, "a path that there is not")?;
    let forged = json!({"token": "a wrong token", "events": []});
    let forged = backend.ask("POST", "/wotnot/events", Some(&forged))?;
    expect(forged, 401, "a post with a wrong token")
}

/// Does the work for everybody side by side.
fn at_once<T: Sync, U: Send>(all: &[T], work: impl Fn(&T) -> Result<U> + Sync) -> Result<Vec<U>> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = all
            .iter()
            .map(|one| scope.spawn(move || work(one)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err("a window panicked".into()))
            })
            .collect()
    })
}

fn expect((status, body): (u16, Value), wanted: u16, what: &str) -> Result<()> {
    match status == wanted {
        true => Ok(()),
        false => Err(format!("{what}: expected {wanted}, got {status} {body}")),
    }
}

/// The program. Ends when this is dropped.
struct Backend {
    child: Child,
    address: String,
}

impl Backend {
    /// Waits until it does.
    fn listens(&mut self) -> Result<()> {
        let until = Instant::now() + DEADLINE;
        while self.ask("GET", "/elsewhere", None).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the backend ended with {status}"));
            }
            if Instant::now() > until {
                return Err("the backend never listened".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The id of the conversation in which it was said.
    fn say(&self, visitor: &str, text: &str) -> Result<String> {
        let path = format!("/visitors/{visitor}/messages");
        let (status, body) = self.ask("POST", &path, Some(&json!({"text": text})))?;
        match body["conversation"].as_str() {
            Some(chat) if status == 200 => Ok(chat.to_owned()),
            _ => Err(format!("{visitor} said {text}: {status} {body}")),
        }
    }

    /// Looks until the bot has said it to this visitor.
    fn sees(&self, visitor: &str, chat: &str, text: &str) -> Result<()> {
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            let (status, body) = self.ask("GET", &format!("/visitors/{visitor}/events"), None)?;
            let events = body.as_array().filter(|_| status == 200);
            let events = events.ok_or_else(|| format!("{visitor} looked: {status} {body}"))?;
            for event in events {
                if event["conversation_id"] != *chat && event["conversationId"] != *chat {
                    return Err(format!("{visitor} got an event of another conversation"));
                }
                if let Some(name) = PRIVATE.iter().find(|name| event.get(**name).is_some()) {
                    return Err(format!("a window was handed `{name}` of an event"));
                }
            }
            if events.iter().any(|event| event["text"] == text) {
                return Ok(());
            }
        }
        Err(format!("{visitor} never saw `{text}`"))
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        http::ask(&self.address, method, path, "", body)
    }

    /// It ends when it is asked to, and not before; a sanitizer's report would show in how.
    fn ends(&mut self) -> Result<()> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(format!("the backend ended with {status}"));
        }
        let process = self.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &process]).status();
        if !kill.is_ok_and(|status| status.success()) {
            return Err("kill could not ask the backend to end".into());
        }
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            match self.child.try_wait().map_err(|error| error.to_string())? {
                // A JVM ends with 143 then, others by the signal itself.
                Some(status)
                    if status.success()
                        || status.code() == Some(143)
                        || status.signal() == Some(15) =>
                {
                    return Ok(());
                }
                Some(status) => {
                    return Err(format!("asked to end, the backend ended with {status}"));
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
        Err("asked to end, the backend went on".into())
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
