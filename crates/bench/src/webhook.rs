//! Webhook intake: events a second through the library's own listener, and through a caller's own server.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::page;
use crate::plot;
use crate::program::Program;
use crate::report::{self, Pace};
use crate::runs::Runs;
use crate::server;
use xtask::run::Result;

const ROUNDS: usize = 7;
/// Of each subject and round.
const EVENTS: usize = 20_000;
/// Keep-alive connections of the sender.
const CONNECTIONS: usize = 4;
/// What is measured, and what sends to the listener; nothing does where the caller hands posts over.
const SUBJECTS: [(&str, Option<Sender>); 4] = [
    ("listener", Some(Sender { batch: 1 })),
    ("listener, 10 events a post", Some(Sender { batch: 10 })),
    ("accept_webhook", None),
    ("parse_webhook", None),
];

pub fn run(pace: Pace) -> Result<()> {
    let events = pace.amount(EVENTS);
    let mut receiver = Receiver::start(&Program::build("webhook", pace)?, events)?;
    let rounds = pace.rounds(ROUNDS);
    let mut lines = String::new();
    for round in 0..rounds {
        for (subject, sender) in SUBJECTS {
            receiver.ask(subject)?;
            if let Some(sender) = sender {
                sender.send(&receiver.address, &format!("{subject}-{round}"), events)?;
            }
            lines += &receiver.next()?;
            lines.push('\n');
        }
    }
    let runs = Runs::read(&lines)?;
    let mut text = format!(
        "{} {rounds} rounds in turns of {events} events each, all different, every one fetched by `wotnot_receive` \
         on one thread; the listener is sent to over {CONNECTIONS} keep-alive connections by another process on the \
         same cores, and the inbox has room for all. `accept_webhook` and `parse_webhook` are called with posts of one event, and what \
         `parse_webhook` gives is not queued. Medians; CPU is that of the receiving process.\n\n",
        report::made_by("webhook", pace)
    );
    let mut table = String::from(
        "| way in | posts/s | events/s | CPU µs an event |\n| --- | ---: | ---: | ---: |\n",
    );
    let mut rows = Vec::new();
    for (subject, sender) in SUBJECTS {
        let batch = sender.map_or(1, |sender| sender.batch);
        let rate = runs.median(subject, "rate");
        let _ = writeln!(
            table,
            "| {subject} | {:.0} | {rate:.0} | {:.1} |",
            rate / batch as f64,
            runs.median(subject, "cpu_us")
        );
        rows.push((subject.to_owned(), vec![rate]));
    }
    text += &plot::bars("webhook", "Webhook events a second", &["events/s"], &rows)?;
    text += &table;
    page::write("webhook", &text)
}

/// The program that receives. Ends when it is dropped.
struct Receiver {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Receiver {
    fn start(program: &Program, events: usize) -> Result<Self> {
        let mut child = program
            .run()
            .arg(events.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("webhook.c: {error}"))?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut receiver = Self {
            child,
            input,
            lines: BufReader::new(output).lines(),
            address: String::new(),
        };
        receiver.address = receiver.next()?;
        Ok(receiver)
    }

    fn ask(&mut self, subject: &str) -> Result<()> {
        writeln!(self.input, "{subject}").map_err(|error| format!("webhook.c: {error}"))
    }

    fn next(&mut self) -> Result<String> {
        match self.lines.next() {
            Some(Ok(line)) => Ok(line),
            _ => Err("webhook.c ended early".into()),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The service's side: posts of this many events each.
#[derive(Clone, Copy)]
struct Sender {
    batch: usize,
}

impl Sender {
    /// Sends that many events, whose ids begin with `prefix`; every post must be answered 200.
    fn send(self, address: &str, prefix: &str, events: usize) -> Result<()> {
        std::thread::scope(|scope| {
            let connections: Vec<_> = (0..CONNECTIONS)
                .map(|connection| {
                    let id = format!("{prefix}-{connection}");
                    scope.spawn(move || self.send_share(address, &id, events / CONNECTIONS))
                })
                .collect();
            connections
                .into_iter()
                .try_for_each(|share| share.join().map_err(|_| "a sender broke".to_owned())?)
        })
    }

    fn send_share(self, address: &str, id: &str, events: usize) -> Result<()> {
        let failed = |error: std::io::Error| format!("posting to the listener: {error}");
        let mut stream = TcpStream::connect(address).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        for number in 0..events / self.batch {
            let answer = exchange(&mut stream, &self.post(&format!("{id}-{number}")));
            let answer = answer.map_err(failed)?;
            if !answer.starts_with("HTTP/1.1 200") {
                return Err(format!("the listener answered: {answer}"));
            }
        }
        Ok(())
    }

    fn post(self, id: &str) -> String {
        let events: Vec<String> = (0..self.batch)
            .map(|number| {
                format!(
                    r#"{{"event":{{"type":"message","payload":{{"id":"{id}-{number}","message_by":{{"type":"bot"}},"message":{{"type":"text","text":"<p>How old are <b>you</b>?</p>"}}}}}},"conversation":{{"key":"3f0c"}},"visitor":{{"key":"visitor-42_777"}}}}"#
                )
            })
            .collect();
        let body = format!(r#"{{"token":"hook","events":[{}]}}"#, events.join(","));
        format!(
            "POST /wotnot/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Writes a request and reads the whole answer.
fn exchange(stream: &mut TcpStream, request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut answer = [0; 4096];
    let mut held = 0;
    while !server::is_whole(&answer[..held]) {
        match stream.read(&mut answer[held..])? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            bytes => held += bytes,
        }
    }
    Ok(String::from_utf8_lossy(&answer[..held]).into_owned())
}
