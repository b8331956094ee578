//! The emulator as a process on one core: messages a second with webhooks delivered, memory, reset, start.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::page;
use crate::report::{self, Pace};
use crate::runs::median;
use crate::server;
use xtask::run::{Result, cargo, check, command, need, output, scratch, target};

const FLOW: &str = "bot: {name: Bench, key: bench}\nstart: ask\nblocks:\n  ask: {type: input, text: Go on, next: ask}\n";
/// Connections, each with conversations of its own.
const CONNECTIONS: usize = 16;
const MESSAGES: usize = 5_000;
const CONVERSATIONS: usize = 10_000;
const ROUNDS: usize = 5;

pub fn run(pace: Pace) -> Result<()> {
    let count = pace.rounds(ROUNDS);
    need("taskset", "util-linux")?;
    check(cargo().args(["build", "--release", "--package", "wotnot-cli"]))?;
    let flow = scratch("bench-emulator")?.join("flow.yaml");
    std::fs::write(&flow, FLOW).map_err(|error| error.to_string())?;
    let flow = flow.to_string_lossy().into_owned();
    let sink = format!("http://{}/events", server::start()?);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    bind(1.min(cores - 1), cores)?;

    let mut rounds = Vec::new();
    for _ in 0..count {
        rounds.push(throughput(&flow, &sink)?);
    }
    let (memory, reset) = live_conversations(&flow, &sink)?;
    let mut starts = Vec::new();
    for _ in 0..count {
        starts.push(start_to_first_answer(&flow)?);
    }
    bind(0, cores)?;
    let rate = median(rounds.iter().map(|round| round.0));
    let by_core = median(rounds.iter().map(|round| round.1));
    let start = median(starts);
    let mut text = format!(
        "{} The emulator is a process bound to one core; the clients and the \
         webhook's sink share the others. {count} rounds of {} messages over {CONNECTIONS} connections, two events \
         a message, each delivered in a POST of its own; a round ends with the last delivery. Medians.\n\n",
        report::made_by("emulator", pace),
        CONNECTIONS * MESSAGES,
    );
    let _ = writeln!(text, "| what | measured | goal |\n| --- | --- | --- |");
    let _ = writeln!(
        text,
        "| messages a second, webhooks delivered | {rate:.0} | 10,000 |"
    );
    let _ = writeln!(
        text,
        "| messages for each second of its processor time | {by_core:.0} | |"
    );
    let _ = writeln!(
        text,
        "| memory with {CONVERSATIONS} live conversations | {memory:.0} MB | 150 MB |"
    );
    let _ = writeln!(
        text,
        "| reset with {CONVERSATIONS} live conversations | {reset:.1} ms | 50 ms |"
    );
    let _ = writeln!(
        text,
        "| start of the process to the first answer | {start:.0} ms | 150 ms |"
    );
    page::write("emulator", &text)
}

/// Keeps every thread of this process to the cores from `first` on.
fn bind(first: usize, cores: usize) -> Result<()> {
    let list = format!("{first}-{}", cores - 1);
    output(command("taskset").args(["-apc", &list, &std::process::id().to_string()])).map(drop)
}

/// Messages a second, and messages a second of the emulator's own processor time.
fn throughput(flow: &str, sink: &str) -> Result<(f64, f64)> {
    let emulator = Emulator::start(flow, Some(sink))?;
    let ids = (0..CONNECTIONS)
        .map(|number| emulator.client()?.start(&format!("visitor-{number}")))
        .collect::<Result<Vec<String>>>()?;
    let (begun, used) = (Instant::now(), emulator.processor_seconds()?);
    std::thread::scope(|scope| {
        let clients: Vec<_> = ids
            .iter()
            .map(|id| scope.spawn(|| emulator.client()?.send_all(id)))
            .collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| "a client broke".to_owned())?)
    })?;
    while emulator.control("GET", "health")?["undelivered"] != 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let messages = (CONNECTIONS * MESSAGES) as f64;
    let used = emulator.processor_seconds()? - used;
    Ok((messages / begun.elapsed().as_secs_f64(), messages / used))
}

/// Megabytes, and milliseconds for a reset.
fn live_conversations(flow: &str, sink: &str) -> Result<(f64, f64)> {
    let emulator = Emulator::start(flow, Some(sink))?;
    let mut client = emulator.client()?;
    for number in 0..CONVERSATIONS {
        client.start(&format!("visitor-{number}"))?;
    }
    while emulator.control("GET", "health")?["undelivered"] != 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let memory = emulator.resident_megabytes()?;
    let begun = Instant::now();
    emulator.control("POST", "reset")?;
    Ok((memory, begun.elapsed().as_secs_f64() * 1_000.0))
}

fn start_to_first_answer(flow: &str) -> Result<f64> {
    let begun = Instant::now();
    let emulator = Emulator::start(flow, None)?;
    emulator.client()?.start("visitor")?;
    Ok(begun.elapsed().as_secs_f64() * 1_000.0)
}

/// The emulator, bound to the first core. Ends when it is dropped.
struct Emulator {
    child: Child,
    address: String,
    token: String,
}

impl Emulator {
    fn start(flow: &str, sink: Option<&str>) -> Result<Self> {
        let mut process = command("taskset");
        process
            .args(["-c", "0"])
            .arg(target().join("release/wotnot"));
        process.args(["emulate", "--json", "--quiet", "--flow", flow]);
        if let Some(sink) = sink {
            process.args(["--webhook", sink, "--webhook-token", "bench-token"]);
        }
        let mut child = process
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("wotnot emulate: {error}"))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no standard output")?)
            .read_line(&mut line)
            .map_err(|error| format!("wotnot emulate: {error}"))?;
        let ready: Value = serde_json::from_str(&line)
            .map_err(|_| "wotnot emulate did not become ready".to_owned())?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            child,
            address: text("base_url").replace("http://", ""),
            token: text("token"),
        })
    }

    fn client(&self) -> Result<Client> {
        let tcp = TcpStream::connect(&self.address).map_err(|error| error.to_string())?;
        tcp.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Client {
            tcp,
            token: self.token.clone(),
        })
    }

    fn control(&self, method: &str, path: &str) -> Result<Value> {
        self.client()?
            .call(method, &format!("/_emulator/{path}"), "")
    }

    /// User and system time of the process, in seconds.
    fn processor_seconds(&self) -> Result<f64> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |index: usize| fields.get(index).and_then(|it| it.parse::<f64>().ok());
        match (ticks(11), ticks(12)) {
            (Some(user), Some(system)) => Ok((user + system) / 100.0),
            _ => Err("the process's time cannot be read".into()),
        }
    }

    fn resident_megabytes(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        Ok(kilobytes.ok_or("the process's memory cannot be read")? * 1_024.0 / 1e6)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client on one keep-alive connection that costs next to nothing.
struct Client {
    tcp: TcpStream,
    token: String,
}

impl Client {
    fn start(&mut self, visitor: &str) -> Result<String> {
        let body = json!({
            "channel": "API",
            "message": {"type": "text", "data": {"body": "Hello"}},
            "bot_key": "bench",
            "from": {"user_external_id": visitor, "type": "VISITOR"},
        });
        let answer = self.call("POST", "/api/v1/conversations", &body.to_string())?;
        let id = answer["conversation"]["id"].as_str();
        id.map(str::to_owned)
            .ok_or_else(|| format!("no conversation: {answer}"))
    }

    fn send_all(&mut self, id: &str) -> Result<()> {
        let body =
            r#"{"message":{"type":"text","data":{"body":"I go on"}},"user":{"type":"VISITOR"}}"#;
        let path = format!("/api/v1/conversation/{id}/messages");
        let request = self.request("POST", &path, body);
        for _ in 0..MESSAGES {
            let answer = self.exchange(&request)?;
            if !answer.starts_with("HTTP/1.1 200") {
                return Err(format!("not taken: {answer}"));
            }
        }
        Ok(())
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Value> {
        let answer = self.exchange(&self.request(method, path, body))?;
        let body = answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body)
            .unwrap_or_default();
        serde_json::from_str(body).map_err(|_| format!("no JSON: {answer}"))
    }

    fn request(&self, method: &str, path: &str, body: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: emulator\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )
    }

    fn exchange(&mut self, request: &str) -> Result<String> {
        self.tcp
            .write_all(request.as_bytes())
            .map_err(|error| error.to_string())?;
        let mut held = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.tcp.read(&mut buffer) {
                Ok(0) => return Err("the emulator closed the connection".into()),
                Ok(count) => held.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(error.to_string()),
            }
            let text = String::from_utf8_lossy(&held);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text.into_owned());
            }
        }
    }
}
