//! Threads: those of the library's own take no signal, and a call works wherever a thread is in its life.

#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::json;
use wotnot_core::{CallOptions, Client, Config, Message};

const DEADLINE: Duration = Duration::from_secs(60);

/// The signals that this thread of the process blocks, as the kernel's mask; `None` when there is no
/// such thread.
#[cfg(target_os = "linux")]
fn blocked_by(name: &str) -> Option<u64> {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .flatten()
        .find_map(|task| {
            let read = |file| std::fs::read_to_string(task.path().join(file)).ok();
            if read("comm")?.trim() != name {
                return None;
            }
            let status = read("status")?;
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigBlk:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        })
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_of_the_library_takes_no_signal() {
    let config = json!({"token": "t", "webhook": {"token": "hook", "listen": "127.0.0.1:0"}});
    let client = Client::new(Config::from_value(config).unwrap()).unwrap();
    let since = std::time::Instant::now();
    let blocked = loop {
        // A thread has its name a moment after it was started.
        if let Some(blocked) = blocked_by("wotnot-webhook") {
            break blocked;
        }
        assert!(since.elapsed() < DEADLINE, "the listener has no thread");
        thread::yield_now();
    };
    // HUP, INT, USR1, USR2, PIPE, ALRM, TERM, CHLD, CONT, PROF, WINCH, and real-time ones.
    for signal in [1, 2, 10, 12, 13, 14, 15, 17, 18, 27, 28, 40, 64] {
        assert_ne!(blocked & 1 << (signal - 1), 0, "signal {signal}");
    }
    // What a thread does to itself still reaches a crash reporter: ILL, TRAP, BUS, FPE, SEGV.
    for signal in [4, 5, 7, 8, 11] {
        assert_eq!(blocked & 1 << (signal - 1), 0, "signal {signal}");
    }
    drop(client);
}

/// Refuses each message once and takes it then, so that a call also waits and tries again.
fn refusing_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let answers = ["429 Too Many", "200 OK"].into_iter().cycle();
        for (stream, status) in listener.incoming().flatten().zip(answers) {
            answer(&stream, status);
        }
    });
    url
}

fn answer(mut stream: &TcpStream, status: &str) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let _ = reader.read_exact(&mut vec![0; length]);
    let body = r#"{"ok":true,"message_id":"abc"}"#;
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}

/// Calls when its thread ends.
struct Last(Arc<Client>, mpsc::Sender<Result<String, String>>);

impl Drop for Last {
    fn drop(&mut self) {
        let sent = self
            .0
            .send_message("3f0c", &Message::text("Bye"), &CallOptions::default());
        let outcome = sent
            .map(|sent| sent.message_id.unwrap())
            .map_err(|e| e.to_string());
        self.1.send(outcome).unwrap();
    }
}

thread_local!(static LAST: RefCell<Option<Last>> = const { RefCell::new(None) });

#[test]
fn a_call_works_while_its_thread_ends() {
    let config = json!({"token": "t", "base_url": refusing_service(),
        "retry": {"base_delay_ms": 1, "max_delay_ms": 1}});
    let client = Arc::new(Client::new(Config::from_value(config).unwrap()).unwrap());
    for calls_before in [0, 1] {
        let (sender, received) = mpsc::channel();
        let client = Arc::clone(&client);
        let thread = thread::spawn(move || {
            // What a thread sets first it loses last: the library's own is gone by then.
            LAST.with(|last| *last.borrow_mut() = Some(Last(Arc::clone(&client), sender)));
            for _ in 0..calls_before {
                client
                    .send_message("3f0c", &Message::text("Hello"), &CallOptions::default())
                    .unwrap();
            }
        });
        assert_eq!(
            received.recv_timeout(DEADLINE).unwrap(),
            Ok("abc".to_owned())
        );
        thread.join().unwrap();
    }
}
