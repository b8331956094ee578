//! Hands events on to other endpoints, each in the order in which they came: one webhook of the account serves
//! many programs of developers.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::Uri;
use serde_json::{Value, json};

use crate::{output, trust};

/// Events that may wait for one endpoint; then the listener waits too, and the service with it.
const WAITING: usize = 1_024;
/// How often an event is tried before it is given up.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// How long an endpoint may take for its answer, and for all that waits once the command is stopped.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An endpoint that events are handed on to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    /// Whether what is posted stays on this machine, or goes out over TLS.
    is_private: bool,
}

impl std::str::FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            "expected an http:// or https:// URL, such as http://127.0.0.1:3000/wotnot/events";
        let uri: Uri = text.parse().map_err(|_| wrong.to_owned())?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(wrong.to_owned());
        };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = match address.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        };
        Ok(Self {
            url: text.to_owned(),
            is_private: loopback || scheme == "https",
        })
    }
}

impl Endpoint {
    /// Whether the token would travel in the clear to another machine.
    pub fn is_exposed(&self) -> bool {
        !self.is_private
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.url)
    }
}

/// Stops the posting, from any thread: nothing is tried again, and what waits has [`TIMEOUT`] left.
#[derive(Clone, Default)]
pub struct StopSignal(Arc<(Mutex<Option<Instant>>, Condvar)>);

impl StopSignal {
    /// Asks for it.
    pub fn ask(&self) {
        self.asked().get_or_insert_with(Instant::now);
        self.0.1.notify_all();
    }

    fn asked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_asked(&self) -> bool {
        self.asked().is_some()
    }

    fn is_over(&self) -> bool {
        self.asked().is_some_and(|at| at.elapsed() >= TIMEOUT)
    }

    /// Waits so long, or until somebody asks.
    fn pause(&self, time: Duration) {
        let waits = |asked: &mut Option<Instant>| asked.is_none();
        let _ = self.0.1.wait_timeout_while(self.asked(), time, waits);
    }
}

/// Threads that post, one an endpoint.
pub struct Forwarder {
    queues: Vec<SyncSender<String>>,
    threads: Vec<JoinHandle<()>>,
    token: String,
    stop: StopSignal,
}

impl Forwarder {
    /// Begins to post with the webhook's token, as the service does.
    ///
    /// # Errors
    /// The file of certificates cannot be used.
    pub fn start(
        endpoints: &[Endpoint],
        token: String,
        ca_file: Option<&Path>,
    ) -> Result<Self, String> {
        let agent = agent(endpoints, ca_file)?;
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        let stop = StopSignal::default();
        for endpoint in endpoints {
            let (agent, endpoint, stop) = (agent.clone(), endpoint.clone(), stop.clone());
            let (queue, events) = sync_channel(WAITING);
            queues.push(queue);
            threads.push(std::thread::spawn(move || {
                post_all(&agent, &endpoint, &events, &stop)
            }));
        }
        Ok(Self {
            queues,
            threads,
            token,
            stop,
        })
    }

    /// What stops it.
    pub fn stop(&self) -> StopSignal {
        self.stop.clone()
    }

    /// Hands on one event, as the service sent it. Waits while an endpoint's queue is full.
    pub fn send(&self, raw: &Value) {
        // What the listener could not read, or made itself, is no event of the service.
        if !raw.is_object() {
            return;
        }
        let body = json!({"events": [raw], "token": self.token}).to_string();
        for queue in &self.queues {
            // A thread ends with its queue alone.
            let _ = queue.send(body.clone());
        }
    }

    /// Waits until every event was taken, or given up.
    pub fn finish(self) {
        drop(self.queues);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn agent(endpoints: &[Endpoint], ca_file: Option<&Path>) -> Result<ureq::Agent, String> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(TIMEOUT));
    // The system's certificates take a while to read.
    let config = match endpoints.iter().any(|it| it.url.starts_with("https")) {
        true => {
            let tls = trust::tls(ca_file).map_err(|error| {
                let file = ca_file.map_or_else(String::new, |path| path.display().to_string());
                format!("--ca-file {file}: {error}")
            })?;
            config.tls_config(tls)
        }
        false => config,
    };
    Ok(config.build().into())
}

fn post_all(
    agent: &ureq::Agent,
    endpoint: &Endpoint,
    events: &Receiver<String>,
    stop: &StopSignal,
) {
    for body in events {
        if let Err(problem) = post(agent, endpoint, &body, stop) {
            output::complain(format_args!("wotnot listen: {endpoint}: {problem}"));
            if stop.is_asked() {
                break;
            }
        }
        if stop.is_over() {
            break;
        }
    }
    // The queue is emptied even so, because the listener may wait for a place in it.
    let left = events.iter().count();
    if left > 0 {
        output::complain(format_args!(
            "wotnot listen: {endpoint}: {left} events were not handed on"
        ));
    }
}

/// Anything but 200 is tried again, as the service does; an error says what came last.
fn post(
    agent: &ureq::Agent,
    endpoint: &Endpoint,
    body: &str,
    stop: &StopSignal,
) -> Result<(), String> {
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    loop {
        let request = agent.post(&endpoint.url);
        let request = request.header("content-type", "application/json");
        let problem = match request.send(body) {
            Ok(answer) if answer.status() == 200 => return Ok(()),
            Ok(answer) => format!("HTTP {}", answer.status().as_u16()),
            Err(error) => error.to_string(),
        };
        if attempt < TRIES {
            stop.pause(pause);
        }
        if attempt == TRIES || stop.is_asked() {
            return Err(format!(
                "{problem}; an event was given up at try {attempt} of {TRIES}"
            ));
        }
        pause *= 2;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_of_the_web() {
        for (text, exposed) in [
            ("http://127.0.0.1:3000/x", false),
            ("http://localhost/x", false),
            ("http://[::1]:3000", false),
            ("http://web:3000/hook", true),
            ("http://192.0.2.1", true),
            ("https://example.com/hook", false),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.is_exposed(), exposed, "{text}");
        }
        for text in [
            "ws://example.com",
            "127.0.0.1:3000",
            "ftp://x",
            "",
            "http://",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
