//! The gateway as a process on one core, under load, beside its rivals: memory of streams, the webhook, the way to
//! readers and to the vendor, readers who all come back, and the start. Each part is a benchmark with a section of its own.

pub mod cpu;
mod disk;
pub mod proof;
mod servers;

use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::disk::{Filled, Flushes};
use self::servers::{Server, free_port, load};
use crate::page;
use crate::report::{self, Pace};
use crate::runs::median;
use xtask::run::{Result, scratch};

/// Connections of the vendor.
const CONNECTIONS: &str = "64";
const ROUNDS: usize = 3;
/// More conversations than the gateway remembers anything of once they rest: its caches are full then.
const CACHED: usize = 25_000;

fn number(found: &Value, name: &str) -> f64 {
    found[name].as_f64().unwrap_or_default()
}

/// Numbers of a part: fewer where it is only to be seen that it works.
fn few(pace: Pace, full: usize) -> usize {
    match pace {
        Pace::Full => full,
        Pace::Quick | Pace::Trial => full / 10,
    }
}

fn mark(good: bool) -> &'static str {
    if good { "met" } else { "**missed**" }
}

/// The server whose streams a load reads.
enum Streams<'a> {
    Gateway(&'a Filled),
    Centrifugo { history: bool },
}

impl Streams<'_> {
    fn start(&self, centrifugo: &Path) -> Result<(Server, Vec<(&'static str, String)>)> {
        let (server, name, incarnation) = match self {
            Streams::Gateway(filled) => (
                Server::gateway(&filled.data)?,
                "gateway",
                filled.incarnation.clone(),
            ),
            Streams::Centrifugo { history } => (
                Server::centrifugo(centrifugo, &scratch("bench-centrifugo")?, *history)?,
                if *history {
                    "centrifugo-history"
                } else {
                    "centrifugo"
                },
                String::new(),
            ),
        };
        let options = vec![
            ("server", name.to_owned()),
            ("incarnation", incarnation),
            ("to", server.address.clone()),
            ("hook", server.address.clone()),
            ("pid", server.pid().to_string()),
        ];
        Ok((server, options))
    }
}

/// What each quiet stream takes.
pub fn memory(pace: Pace) -> Result<()> {
    servers::build()?;
    let (centrifugo, version) = servers::centrifugo()?;
    let mut table = String::from(
        "| streams | server | KB, open | KB, after an event on each | kernel's KB, both ends | against the gateway |\n\
         | ---: | --- | ---: | ---: | ---: | ---: |\n",
    );
    let others = few(pace, CACHED);
    for streams in [10_000, 19_900].map(|full| few(pace, full)) {
        let filled = Filled::new("memory", streams + others, 0)?;
        let mut own = 0.0;
        for (subject, whose) in [
            ("gateway", Streams::Gateway(&filled)),
            ("Centrifugo", Streams::Centrifugo { history: false }),
        ] {
            let (_server, mut options) = whose.start(&centrifugo)?;
            options.push(("count", streams.to_string()));
            options.push(("others", others.to_string()));
            let found = load("memory", &options)?;
            let carried = number(&found, "kb_carried");
            if subject == "gateway" {
                own = carried;
            }
            let _ = writeln!(
                table,
                "| {streams} | {subject} | {:.2} | {carried:.2} | {:.1} | {:.1} |",
                number(&found, "kb_open"),
                number(&found, "kernel_kb"),
                carried / own
            );
        }
    }
    let text = format!(
        "{} Resident memory of the process that each quiet stream of SSE over HTTP/1.1 adds, each on a conversation (channel) of \
         its own; goal for the gateway: 2 KB. Before, {others} other conversations have carried an event, so that caches are full already. \
         Centrifugo {version}: defaults, one channel a connection, in memory, unidirectional SSE; the gateway keeps each event on disk. The kernel's \
         part is its slabs, the load's ends of the connections included.\n\n{table}",
        report::made_by("gateway-memory", pace)
    );
    page::write("gateway-memory", &text)
}

/// The vendor's posts: how many a second, and how soon each is answered.
pub fn hook(pace: Pace) -> Result<()> {
    servers::build()?;
    let version = servers::redis_version()?;
    let megabytes = few(pace, 2_000);
    let filled = Filled::new("hook", few(pace, 20_000), megabytes as u64)?;
    let mut flushes = Flushes::default();
    // What is measured, posts a second that are wanted (0: as many as go), events of each, seconds.
    let loads = [("1", "0", 4.0), ("10", "0", 4.0), ("1", "10000", 6.0)];
    let mut found: Vec<Vec<Value>> = vec![Vec::new(); 2 * loads.len()];
    for round in 0..pace.rounds(ROUNDS) {
        for (place, redis) in [false, true].into_iter().enumerate() {
            let server = match redis {
                false => Server::gateway(&filled.data)?,
                true => Server::redis(&filled.data, &scratch(&format!("bench-redis/{round}"))?)?,
            };
            for (which, (batch, rate, seconds)) in loads.into_iter().enumerate() {
                flushes.settle(&filled.data)?;
                let options = [
                    ("to", server.address.clone()),
                    ("connections", CONNECTIONS.to_owned()),
                    ("conversations", "500".to_owned()),
                    ("batch", batch.to_owned()),
                    ("rate", rate.to_owned()),
                    ("seconds", seconds.to_string()),
                ];
                found[2 * which + place].push(load("posts", &options)?);
            }
        }
    }
    let middle = |which: usize, name: &str| median(found[which].iter().map(|it| number(it, name)));
    let ratio = |which: usize, name: &str| {
        let pairs = found[which].iter().zip(&found[which + 1]);
        median(pairs.map(|(own, other)| number(own, name) / number(other, name)))
    };
    let mut table = String::from(
        "| measure | goal | gateway | over Redis | ratio | |\n| --- | --- | ---: | ---: | ---: | --- |\n",
    );
    for (which, title, goal) in [
        (0, "single posts", 30_000.0),
        (2, "in posts of 10", 80_000.0),
    ] {
        let own = middle(which, "events");
        let _ = writeln!(
            table,
            "| events/s, {title} | ≥ {goal} | {own:.0} | {:.0} | {:.2} | {} |",
            middle(which + 1, "events"),
            ratio(which, "events"),
            mark(own >= goal)
        );
    }
    for (name, title, goal) in [("p50_ms", "p50", 0.6), ("p99_ms", "p99", 4.0)] {
        let own = middle(4, name);
        let _ = writeln!(
            table,
            "| answer at 10,000 a second, {title} ms | < {goal} | {own:.2} | {:.2} | {:.2} | {} |",
            middle(5, name),
            ratio(4, name),
            mark(own < goal)
        );
    }
    let text = format!(
        "{} The server is bound to one core, the load to another. Posts over {CONNECTIONS} keep-alive connections to 500 conversations in turns; every event is new, checked for \
         redelivery, and durable before its 200. The store has {megabytes} MB when it begins. Medians of {} rounds, ratios taken round by round. \
         An answer's time counts from when its post was due. Redis {version}: `appendfsync always`, no snapshots, the gateway's own handlers before it over one pipelined connection, one function a \
         post (SISMEMBER, XADD, HSET, SADD), on the same core as the gateway. {}\n\n{table}",
        report::made_by("gateway-hook", pace),
        pace.rounds(ROUNDS),
        flushes.text()
    );
    page::write("gateway-hook", &text)
}

/// From the vendor's post to the reader's bytes.
pub fn delay(pace: Pace) -> Result<()> {
    servers::build()?;
    let (centrifugo, version) = servers::centrifugo()?;
    let mut flushes = Flushes::default();
    let mut table = String::from(
        "| readers | gateway p50 ms (goal < 0.8) | p99 (< 4) | Centrifugo p50 ms | p99 | ratio p50 | |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n",
    );
    for readers in [1, 100, 1_000] {
        let mut own = (Vec::new(), Vec::new());
        let mut other = (Vec::new(), Vec::new());
        for round in 0..pace.rounds(ROUNDS) {
            // A new one each time: an old one would be read from its beginning.
            let filled = Filled::new(&format!("delay-{readers}-{round}"), 2_000, 0)?;
            for (whose, found) in [
                (Streams::Gateway(&filled), &mut own),
                (Streams::Centrifugo { history: false }, &mut other),
            ] {
                let (_server, mut options) = whose.start(&centrifugo)?;
                options.push(("count", readers.to_string()));
                options.push(("rate", "1000".to_owned()));
                options.push(("seconds", "5".to_owned()));
                flushes.settle(&filled.data)?;
                let delay = load("delay", &options)?;
                found.0.push(number(&delay, "p50_ms"));
                found.1.push(number(&delay, "p99_ms"));
            }
        }
        let [own, other] = [own, other].map(|(p50, p99)| (median(p50), median(p99)));
        let _ = writeln!(
            table,
            "| {readers} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {} |",
            own.0,
            own.1,
            other.0,
            other.1,
            own.0 / other.0,
            mark(own.0 < 0.8 && own.1 < 4.0)
        );
    }
    let text = format!(
        "{} From the start of a post to the bytes at the reader, 1,000 events a second, each to one of the readers in turns, who have a conversation (channel) of \
         their own each. In the gateway an event is on disk before anybody sees it; Centrifugo {version} (defaults, its publish API) holds nothing. Both are \
         bound to one core, the load to another; medians of {} rounds. {}\n\n{table}",
        report::made_by("gateway-delay", pace),
        pace.rounds(ROUNDS),
        flushes.text()
    );
    page::write("gateway-delay", &text)
}

/// From the visitor's post to the vendor's socket.
pub fn send(pace: Pace) -> Result<()> {
    servers::build()?;
    let messages = few(pace, 5_000);
    let filled = Filled::new("send", messages, 0)?;
    let mut flushes = Flushes::default();
    let vendor = free_port()?;
    let server = Server::gateway_with(&filled.data, vendor, None)?;
    flushes.settle(&filled.data)?;
    let found = load(
        "sends",
        &[
            ("to", server.address.clone()),
            ("vendor", format!("127.0.0.1:{vendor}")),
            ("pid", server.pid().to_string()),
            ("count", messages.to_string()),
        ],
    )?;
    let own = number(&found, "p50_ms");
    let text = format!(
        "{} From the start of a visitor's post to its first byte at the vendor's socket; the message is on disk, and claimed there, before the call begins: two flushes. \
         {messages} messages, one at a time, each in a conversation of its own. {}\n\n\
         | measure | goal | gateway | |\n| --- | --- | ---: | --- |\n| p50 ms | < 1.5 | {own:.2} | {} |\n| p99 ms | | {:.2} | |\n",
        report::made_by("gateway-send", pace),
        flushes.text(),
        mark(own < 1.5),
        number(&found, "p99_ms")
    );
    page::write("gateway-send", &text)
}

/// All readers come back at once.
pub fn storm(pace: Pace) -> Result<()> {
    servers::build()?;
    let (centrifugo, version) = servers::centrifugo()?;
    let readers = few(pace, 10_000);
    let filled = Filled::new("storm", readers, 0)?;
    let mut table = String::from(
        "| server | s until all are live and have what they missed | entries missing | against the gateway |\n\
         | --- | ---: | ---: | ---: |\n",
    );
    let mut own = 0.0;
    for (subject, whose) in [
        ("gateway", Streams::Gateway(&filled)),
        ("Centrifugo", Streams::Centrifugo { history: true }),
    ] {
        let mut times = Vec::new();
        let mut missing = 0.0;
        for _ in 0..pace.rounds(ROUNDS) {
            let (_server, mut options) = whose.start(&centrifugo)?;
            options.push(("count", readers.to_string()));
            let found = load("storm", &options)?;
            times.push(number(&found, "seconds"));
            missing += number(&found, "missing");
        }
        let seconds = median(times);
        if subject == "gateway" {
            own = seconds;
        }
        let _ = writeln!(
            table,
            "| {subject} | {seconds:.2} | {missing:.0} | {:.2} |",
            seconds / own
        );
    }
    let text = format!(
        "{} {readers} readers come at the same moment, each with a cursor of its own conversation (channel) that is two entries behind; the process was just started, so \
         the gateway reads them from disk. Goal: 3 s and 0 missing, {}. Centrifugo {version}: `history_size` 100, `force_recovery`, in memory, where it has what was published after its start. \
         Both are bound to one core, the load to another; medians of {} rounds.\n\n{table}",
        report::made_by("gateway-storm", pace),
        mark(own < 3.0),
        pace.rounds(ROUNDS)
    );
    page::write("gateway-storm", &text)
}

/// From the start of the process to the first answer that it is ready.
pub fn start(pace: Pace) -> Result<()> {
    servers::build()?;
    let conversations = few(pace, 100_000);
    let filled = Filled::new("start", conversations, 0)?;
    let mut times = Vec::new();
    for _ in 0..pace.rounds(7) {
        let admin = free_port()?;
        let since = Instant::now();
        let _server = Server::gateway_with(&filled.data, 9, Some(admin))?;
        until_ready(admin)?;
        times.push(since.elapsed().as_secs_f64() * 1e3);
    }
    let own = median(times);
    let text = format!(
        "{} `wotnot gateway --config` on a store with {conversations} conversations, from the start of the process to a 200 of `/readyz`; median of {} starts.\n\n\
         | measure | goal | gateway | |\n| --- | --- | ---: | --- |\n| ms | < 300 | {own:.0} | {} |\n",
        report::made_by("gateway-start", pace),
        pace.rounds(7),
        mark(own < 300.0)
    );
    page::write("gateway-start", &text)
}

fn until_ready(admin: u16) -> Result<()> {
    use std::io::{Read, Write};
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", admin)) {
            let mut answer = [0; 12];
            let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n");
            if asked.and_then(|()| stream.read_exact(&mut answer)).is_ok()
                && answer.ends_with(b"200")
            {
                return Ok(());
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err("the gateway was not ready in time".into())
}
