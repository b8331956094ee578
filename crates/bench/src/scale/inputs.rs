//! What the arithmetic and the simulation begin with: measured figures, from the page that the other benchmarks fill; what
//! the client and the gateway do, from their sources; and what a reader may change, from `crates/bench/scaling.json`.

use serde_json::Value;

use crate::gateway::cpu;
use crate::page;
use xtask::run::{Result, read, root};

pub const FILE: &str = "crates/bench/scaling.json";

/// Figures of one node that were measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Kilobytes of the process for each quiet stream.
    pub stream_kb: f64,
    /// Kilobytes of the kernel for each, of one end.
    pub kernel_kb: f64,
    /// Microseconds of a core: for each quiet stream and second, for each event, message, and stream that opens.
    pub quiet_us: f64,
    pub event_us: f64,
    pub message_us: f64,
    pub opening_us: f64,
}

impl Measured {
    pub fn read() -> Result<Self> {
        let memory = |column: &str| page::number("gateway-memory", &["19900", "gateway"], column);
        let processor = |row: &str| page::number(cpu::SECTION, &[row], cpu::COLUMN);
        Ok(Self {
            stream_kb: memory("KB, after an event on each")?,
            kernel_kb: memory("kernel's KB, both ends")? / 2.0,
            quiet_us: processor(cpu::QUIET)?,
            event_us: processor(cpu::EVENT)?,
            message_us: processor(cpu::MESSAGE)?,
            opening_us: processor(cpu::OPENING)?,
        })
    }
}

/// How the client and the gateway behave, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub shortest_ms: f64,
    pub longest_ms: f64,
    pub head_ms: f64,
    /// So often a stream may be held back before polls take its place.
    pub muted_at_most: u32,
    /// A poll that is not held.
    pub poll_ms: f64,
    pub heartbeat_ms: f64,
    /// A stream that is silent for so long is given up.
    pub silence_ms: f64,
    /// A stream's life, in the middle.
    pub life_ms: f64,
    /// When a reader that was asked to leave comes back.
    pub drain_ms: (f64, f64),
    /// Of the library: the first bound of its pauses, the longest, and how long the network may take beside a poll.
    pub app_first_ms: f64,
    pub app_longest_ms: f64,
    pub app_network_ms: f64,
    /// File handles that `deploy/` gives a process, one a stream; calls to the vendor at one time, where it is left out.
    pub handles: f64,
    pub at_once: f64,
}

impl Rules {
    /// From the sources. The formulas themselves are in `client.rs`; that they are those of the sources is a test there.
    pub fn read() -> Result<Self> {
        let wait = "bindings/web/src/wait.ts";
        let reader = "bindings/web/src/reader.ts";
        let ladder = "bindings/web/src/rare/ladder.ts";
        let frames = "crates/gateway/src/streams/frames.rs";
        let streams = "crates/gateway/src/streams/sse.rs";
        let pace = "crates/core/src/gateway/pace.rs";
        let heartbeat_ms = after(frames, "HEARTBEAT_MS: u64 = ")?;
        Ok(Self {
            shortest_ms: after(wait, "SHORTEST_MS = ")?,
            longest_ms: after(wait, "LONGEST_MS = ")?,
            head_ms: after(reader, "HEAD_MS = ")?,
            muted_at_most: after(ladder, "MUTED_AT_MOST = ")? as u32,
            poll_ms: 1_000.0 * after(ladder, "(wait + ")?,
            heartbeat_ms,
            silence_ms: heartbeat_ms * after(reader, "SILENT_HEARTBEATS = ")?,
            life_ms: 1_000.0 * after(streams, "LIFETIME: Duration = Duration::from_secs(")?,
            drain_ms: (
                after(streams, "retry_ms = fastrand::u64(")?,
                after(streams, "retry_ms = fastrand::u64(500..")?,
            ),
            app_first_ms: after(pace, "FIRST_PAUSE: Duration = Duration::from_millis(")?,
            app_longest_ms: 1_000.0
                * after(pace, "LONGEST_PAUSE: Duration = Duration::from_secs(")?,
            app_network_ms: 1_000.0
                * after(
                    "crates/core/src/gateway/receiving.rs",
                    "NETWORK: Duration = Duration::from_secs(",
                )?,
            handles: after("deploy/wotnot-gateway.service", "LimitNOFILE=")?,
            at_once: after("crates/gateway/src/config/mod.rs", "            at_once: ")?,
        })
    }
}

/// The number that follows these words in a source.
fn after(file: &str, words: &str) -> Result<f64> {
    let text = read(&root().join(file))?;
    let number = text.split_once(words).map(|(_, rest)| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '_' && c != '.');
        let number = &rest[..end.unwrap_or(rest.len())];
        number
            .split("..")
            .next()
            .unwrap_or_default()
            .replace('_', "")
    });
    let number = number.and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("{file} has no number after `{words}`"))
}

/// What a reader may change.
#[derive(Clone, Debug)]
pub struct Assumed(Value);

impl Assumed {
    pub fn read() -> Result<Self> {
        let text = read(&root().join(FILE))?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|error| format!("{FILE}: {error}"))
    }

    /// By its place, such as `/node/cores`.
    pub fn number(&self, place: &str) -> Result<f64> {
        let number = self.0.pointer(place).and_then(Value::as_f64);
        let number = number.filter(|number| *number > 0.0);
        number.ok_or_else(|| format!("{FILE}: expected a number above 0 at {place}"))
    }

    pub fn text(&self, place: &str) -> Result<&str> {
        let text = self.0.pointer(place).and_then(Value::as_str);
        text.ok_or_else(|| format!("{FILE}: expected text at {place}"))
    }
}
