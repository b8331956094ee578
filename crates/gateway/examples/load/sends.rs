//! Visitors' messages on their way to the vendor: this is the visitor, and the vendor's socket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::http::{Calls, post, whole_length};
use crate::readers::cpu_us;
use crate::{Arguments, Result, seed, share, sse};

const DEADLINE: Duration = Duration::from_secs(60);

/// One message at a time, each in a conversation of its own, until its first byte is at the vendor.
pub async fn run(arguments: &Arguments) -> Result<Value> {
    let count: usize = arguments.number("count")?;
    let pid: u32 = arguments.number("pid")?;
    let listener = TcpListener::bind(arguments.text("vendor")?).await?;
    let (arrived, mut arrivals) = unbounded_channel();
    tokio::spawn(serve(listener, arrived));
    let mut calls = Calls::open(arguments.text("to")?, 0).await?;
    let run = format!("{:08x}", fastrand::u32(..));
    let mut times = Vec::new();
    let before = cpu_us(pid)?;
    for number in 0..count {
        let path = format!(
            "/v1/conversations/{}/messages",
            seed::conversation_id(number)
        );
        let headers = format!("Authorization: Bearer {}\r\n", sse::token(number));
        let body = json!({"client_id": format!("{run}-{number}"), "text": "A few words"});
        let request = post(&path, &headers, &body.to_string());
        let since = Instant::now();
        calls.expect_taken(&request).await?;
        let arrival = tokio::time::timeout(DEADLINE, arrivals.recv()).await?;
        let arrival: Instant = arrival.ok_or("the vendor's socket is gone")?;
        times.push(u64::try_from(arrival.duration_since(since).as_nanos())?);
    }
    let ms = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    Ok(json!({
        "messages": count, "cpu_us": (cpu_us(pid)? - before) / count as f64,
        "p50_ms": ms(share(&mut times, 0.5)), "p99_ms": ms(share(&mut times, 0.99)),
    }))
}

/// The vendor: takes every message.
async fn serve(listener: TcpListener, arrived: UnboundedSender<Instant>) {
    let number = Arc::new(Mutex::new(0_u64));
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, arrived.clone(), Arc::clone(&number)));
    }
}

async fn answer(mut stream: TcpStream, arrived: UnboundedSender<Instant>, number: Arc<Mutex<u64>>) {
    let mut held = Vec::new();
    let mut at = None;
    while let Ok(1..) = stream.read_buf(&mut held).await {
        let at_first = *at.get_or_insert_with(Instant::now);
        if whole_length(&held).is_none_or(|whole| held.len() < whole) {
            continue;
        }
        held.clear();
        at = None;
        let id = {
            let mut number = number.lock().unwrap_or_else(PoisonError::into_inner);
            *number += 1;
            *number
        };
        let body = format!("{{\"ok\":true,\"message_id\":\"{id:032}\"}}");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() || arrived.send(at_first).is_err() {
            return;
        }
    }
}
