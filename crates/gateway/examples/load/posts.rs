//! The vendor's posts to the webhook: as many as it takes, or so many a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Calls;
use crate::sse::{event, hook_post};
use crate::{Arguments, Result, share};

/// `rate` posts a second, or as many as go with 0; an answer's time counts from when its post was due.
pub async fn run(arguments: &Arguments) -> Result<Value> {
    let connections: u64 = arguments.number("connections")?;
    let batch: u64 = arguments.number("batch")?;
    let conversations: u64 = arguments.number("conversations")?;
    let rate: f64 = arguments.number("rate")?;
    let lasts = Duration::from_secs_f64(arguments.number("seconds")?);
    let to = arguments.text("to")?;
    // Ids of an earlier run would be taken for redeliveries.
    let run = format!("{:016x}", fastrand::u64(..));
    let next = Arc::new(AtomicU64::new(0));
    let mut opened = Vec::new();
    for number in 0..connections {
        opened.push(Calls::open(to, usize::try_from(number)?).await?);
    }
    let begun = Instant::now();
    let mut senders = Vec::new();
    for mut calls in opened {
        let (next, run) = (Arc::clone(&next), run.clone());
        senders.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let mut due = Instant::now();
                if rate > 0.0 {
                    due = begun + Duration::from_secs_f64(number as f64 / rate);
                    while Instant::now() < due {
                        tokio::task::yield_now().await;
                    }
                }
                if due.duration_since(begun) >= lasts {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times);
                }
                let events: Vec<String> = (number * batch..(number + 1) * batch)
                    .map(|event_number| {
                        // All events of a post are of one conversation, as a bot's turn is.
                        let of = usize::try_from(number % conversations)?;
                        let id = format!("{run}-{event_number:012}");
                        Ok(event(of, &id, "What is it about? Tell us in a few words."))
                    })
                    .collect::<Result<_>>()?;
                let request = hook_post(&events);
                calls.expect_taken(&request).await?;
                times.push(u64::try_from(due.elapsed().as_nanos())?);
            }
        }));
    }
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let ms = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    let posts = times.len() as f64;
    Ok(json!({
        "posts": posts / seconds, "events": posts * batch as f64 / seconds,
        "p50_ms": ms(share(&mut times, 0.5)), "p99_ms": ms(share(&mut times, 0.99)),
    }))
}
