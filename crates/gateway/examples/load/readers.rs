//! Streams: what each costs in memory and in processor time, how long an event takes to its reader, and how fast all of them come back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Calls;
use crate::sse::{Readers, Server};
use crate::{Arguments, Result, seed, share};

/// Streams that are opened and closed before.
const WARM: usize = 500;
/// Connections of the publisher.
const PUBLISHERS: usize = 16;

/// Kilobytes of the process, and of the kernel, that each quiet stream takes: when it is open, and when it has carried
/// an event too. Before, `others` conversations have had an event, and some of them a reader, so that what the server keeps for
/// any number of them is there already. All the time, a conversation without a reader has an event now and then: allocators give memory back
/// as a process goes on, not while it rests.
pub async fn memory(arguments: &Arguments) -> Result<Value> {
    let server = Server::of(arguments)?;
    let (to, hook) = (arguments.text("to")?, arguments.text("hook")?);
    let count: usize = arguments.number("count")?;
    let others_count: usize = arguments.number("others")?;
    let pid: u32 = arguments.number("pid")?;
    let publish = |numbers: std::ops::Range<usize>, word: &'static str| {
        publish_all(server.clone(), hook.to_owned(), numbers, word)
    };
    let mut others = Readers::new(server.clone(), to);
    others.open(count..count + WARM, false).await?;
    publish(count..count + others_count, "warm").await?;
    others.until_events(WARM as u64).await?;
    drop(others);
    let mut elsewhere = Elsewhere {
        server: server.clone(),
        hook: hook.to_owned(),
        number: count,
        events: 0,
    };
    let before = elsewhere.settled(pid).await?;
    let kernel = kernel_bytes()?;
    let mut readers = Readers::new(server.clone(), to);
    readers.open(0..count, false).await?;
    let open = elsewhere.settled(pid).await?;
    let kernel_open = kernel_bytes()?;
    publish(0..count, "first").await?;
    readers.until_events(count as u64).await?;
    let carried = elsewhere.settled(pid).await?;
    let each = |bytes: u64, before: u64| (bytes as f64 - before as f64) / 1024.0 / count as f64;
    Ok(json!({
        "streams": count, "kb_open": each(open, before), "kb_carried": each(carried, before),
        "kernel_kb": each(kernel_open, kernel), "before_mb": before as f64 / 1e6,
    }))
}

/// Processor time that streams take which nothing happens on: heartbeats.
pub async fn quiet(arguments: &Arguments) -> Result<Value> {
    let count: usize = arguments.number("count")?;
    let seconds: f64 = arguments.number("seconds")?;
    let pid: u32 = arguments.number("pid")?;
    let mut readers = Readers::new(Server::of(arguments)?, arguments.text("to")?);
    readers.open(0..count, false).await?;
    // Each has a second word soon after its first.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (before, since) = (cpu_us(pid)?, Instant::now());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let took = cpu_us(pid)? - before;
    let stream_seconds = count as f64 * since.elapsed().as_secs_f64();
    if readers.live() != count {
        return Err(format!("{} of {count} streams are open", readers.live()).into());
    }
    Ok(json!({"streams": count, "cpu_us": took / stream_seconds}))
}

async fn publish_all(
    server: Server,
    to: String,
    numbers: std::ops::Range<usize>,
    word: &'static str,
) -> Result<()> {
    let mut publishers = Vec::new();
    for publisher in 0..PUBLISHERS {
        let (server, to, mut numbers) = (server.clone(), to.clone(), numbers.clone());
        publishers.push(tokio::spawn(async move {
            let mut calls = Calls::open(&to, publisher).await?;
            let own = numbers.by_ref().skip(publisher).step_by(PUBLISHERS);
            for number in own {
                let request = server.publish(number, &format!("{word} {number}"));
                calls.expect_taken(&request).await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        }));
    }
    for publisher in publishers {
        publisher.await??;
    }
    Ok(())
}

/// A conversation that has no reader, and an event now and then.
struct Elsewhere {
    server: Server,
    hook: String,
    number: usize,
    events: usize,
}

impl Elsewhere {
    /// The process's resident memory, once it stays as it is for three seconds, in bytes.
    async fn settled(&mut self, pid: u32) -> Result<u64> {
        // Of its own: a server closes a connection on which nothing comes for a while.
        let mut calls = Calls::open(&self.hook, PUBLISHERS).await?;
        let mut last = (resident_bytes(pid)?, Instant::now());
        let until = Instant::now() + Duration::from_secs(30);
        while last.1.elapsed() < Duration::from_secs(3) && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.events += 1;
            let words = format!("elsewhere {}", self.events);
            let request = self.server.publish(self.number, &words);
            calls.expect_taken(&request).await?;
            let now = resident_bytes(pid)?;
            if now.abs_diff(last.0) > 64 * 1024 {
                last = (now, Instant::now());
            }
        }
        Ok(last.0)
    }
}

fn resident_bytes(pid: u32) -> Result<u64> {
    kilobytes(&format!("/proc/{pid}/status"), &["VmRSS:"])
}

/// What the kernel holds for its own objects, sockets among them; the load's ends are on this machine too.
fn kernel_bytes() -> Result<u64> {
    kilobytes("/proc/meminfo", &["Slab:", "KernelStack:"])
}

/// The processor time of all threads of a process, in microseconds.
pub fn cpu_us(pid: u32) -> Result<f64> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let spent = text.split(' ').next().unwrap_or_default();
        nanoseconds += spent.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e3)
}

fn kilobytes(file: &str, names: &[&str]) -> Result<u64> {
    let text = std::fs::read_to_string(file)?;
    let mut sum = 0;
    for line in text.lines() {
        if let Some(rest) = names.iter().find_map(|name| line.strip_prefix(name)) {
            sum += rest.trim().trim_end_matches(" kB").parse::<u64>()? * 1024;
        }
    }
    Ok(sum)
}

/// From the start of a post to the bytes at the reader, at a fixed rate; readers in turns.
pub async fn delay(arguments: &Arguments) -> Result<Value> {
    let server = Server::of(arguments)?;
    let count: usize = arguments.number("count")?;
    let rate: f64 = arguments.number("rate")?;
    let seconds: f64 = arguments.number("seconds")?;
    let mut readers = Readers::new(server.clone(), arguments.text("to")?);
    readers.open(0..count, false).await?;
    let hook = arguments.text("hook")?;
    let mut free = Vec::new();
    for number in 0..PUBLISHERS {
        free.push(Calls::open(hook, number).await?);
    }
    let (give_back, mut returned) = tokio::sync::mpsc::unbounded_channel::<Result<Calls>>();
    let all = (rate * seconds) as u64;
    let pid: u32 = arguments.number("pid")?;
    let before = cpu_us(pid)?;
    let begun = Instant::now();
    for number in 0..all {
        let due = begun + Duration::from_secs_f64(number as f64 / rate);
        // A timer of a millisecond would be longer than what is measured.
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        while let Ok(calls) = returned.try_recv() {
            free.push(calls?);
        }
        let mut calls = match free.pop() {
            Some(calls) => calls,
            None => returned.recv().await.ok_or("no connection is left")??,
        };
        let request = server.publish(number as usize % count, &readers.timed());
        let give_back = give_back.clone();
        tokio::spawn(async move {
            let taken = calls.expect_taken(&request).await;
            let _ = give_back.send(taken.map(|()| calls));
        });
    }
    readers.until_events(all).await?;
    let mut delays = readers.take_delays();
    if delays.len() as u64 != all {
        return Err(format!("{} of {all} events were timed", delays.len()).into());
    }
    let ms = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    Ok(json!({
        "readers": count, "events": all, "cpu_us": (cpu_us(pid)? - before) / all as f64,
        "p50_ms": ms(share(&mut delays, 0.5)), "p99_ms": ms(share(&mut delays, 0.99)),
    }))
}

/// All readers come at once, each with the cursor of its conversation's beginning: until every one is live and has what it missed.
pub async fn storm(arguments: &Arguments) -> Result<Value> {
    let server = Server::of(arguments)?;
    let count: usize = arguments.number("count")?;
    if matches!(server, Server::Centrifugo { .. }) {
        let hook = arguments.text("hook")?.to_owned();
        for word in ["first", "second"] {
            publish_all(server.clone(), hook.clone(), 0..count, word).await?;
        }
    }
    let pid: u32 = arguments.number("pid")?;
    let mut readers = Readers::new(server, arguments.text("to")?);
    let (begun, before) = (Instant::now(), cpu_us(pid)?);
    readers.open(0..count, true).await?;
    let live = begun.elapsed().as_secs_f64();
    let expected = seed::FIRST * count as u64;
    readers.until_events(expected).await?;
    let all = begun.elapsed().as_secs_f64();
    Ok(json!({
        "readers": readers.live(), "live_s": live, "seconds": all,
        "cpu_us": (cpu_us(pid)? - before) / count as f64,
        "missing": expected.abs_diff(readers.events()),
    }))
}
