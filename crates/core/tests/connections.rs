//! Which connection a call takes, as the service sees it.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::json;
use wotnot_conformance::requests;
use wotnot_core::{CallOptions, Client, Config, Message};

const DEADLINE: Duration = Duration::from_secs(60);
const TAKEN: &str = r#"{"ok":true,"message_id":"abcd"}"#;

/// What a connection reports about itself.
enum News {
    /// It carried a message with this text.
    Said(SocketAddr, String),
    /// It was closed.
    Closed(SocketAddr),
}

/// A service that takes every message, and reports which connection brought it. It answers the first of a
/// connection once there are so many connections.
fn service(side_by_side: usize) -> (String, mpsc::Receiver<News>) {
    service_with(side_by_side, "")
}

/// The same, with these headers in each answer.
fn service_with(side_by_side: usize, headers: &'static str) -> (String, mpsc::Receiver<News>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (report, news) = mpsc::channel();
    let together = Arc::new(Barrier::new(side_by_side));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, report, together) =
                (stream.unwrap(), report.clone(), Arc::clone(&together));
            thread::spawn(move || serve(&stream, &together, headers, &report));
        }
    });
    (url, news)
}

fn serve(stream: &TcpStream, together: &Barrier, headers: &str, report: &mpsc::Sender<News>) {
    let peer = stream.peer_addr().unwrap();
    let mut is_first = true;
    for request in requests(stream) {
        let message = request.body_json();
        let text = message["message"]["data"]["body"].as_str().unwrap();
        // The test is over when nobody listens.
        let _ = report.send(News::Said(peer, text.to_owned()));
        if std::mem::take(&mut is_first) {
            together.wait();
        }
        let length = TAKEN.len();
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n{TAKEN}");
        (&*stream).write_all(answer.as_bytes()).unwrap();
    }
    let _ = report.send(News::Closed(peer));
}

fn client(url: &str) -> Arc<Client> {
    let config = json!({"token": "t", "base_url": url});
    Arc::new(Client::new(Config::from_value(config).unwrap()).unwrap())
}

fn say(client: &Client, text: &str) {
    client
        .send_message("3f0c", &Message::text(text), &CallOptions::default())
        .unwrap();
}

fn said(news: &mpsc::Receiver<News>, count: usize) -> Vec<(SocketAddr, String)> {
    let mut all = Vec::new();
    while all.len() < count {
        if let News::Said(peer, text) = news.recv_timeout(DEADLINE).unwrap() {
            all.push((peer, text));
        }
    }
    all
}

#[test]
fn threads_that_call_side_by_side_keep_a_connection_each() {
    const THREADS: usize = 4;
    const CALLS: usize = 50;
    let (url, news) = service(THREADS);
    let client = client(&url);
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let client = Arc::clone(&client);
            thread::spawn(move || {
                for _ in 0..CALLS {
                    say(&client, &number.to_string());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let pairs: HashSet<(SocketAddr, String)> = said(&news, THREADS * CALLS).into_iter().collect();
    assert_eq!(pairs.len(), THREADS, "{pairs:?}");
}

#[test]
fn threads_that_call_one_after_another_share_one_connection() {
    let (url, news) = service(1);
    let client = client(&url);
    for number in 0..20 {
        let client = Arc::clone(&client);
        thread::spawn(move || say(&client, &number.to_string()))
            .join()
            .unwrap();
    }
    let connections: HashSet<SocketAddr> = said(&news, 20).into_iter().map(|one| one.0).collect();
    assert_eq!(connections.len(), 1);
}

#[test]
fn close_closes_idle_connections_at_once() {
    let (url, news) = service(1);
    let client = client(&url);
    say(&client, "Hello");
    let (peer, _) = said(&news, 1).remove(0);
    client.close();
    assert!(
        matches!(news.recv_timeout(DEADLINE), Ok(News::Closed(closed)) if closed == peer),
        "the connection stayed open"
    );
    drop(client);
}

#[test]
fn a_service_says_how_long_it_keeps_a_connection() {
    for (headers, connections) in [
        ("Keep-Alive: timeout=60\r\n", 1),
        ("Keep-Alive: timeout=1, max=100\r\n", 3),
        ("Keep-Alive: timeout=0\r\n", 3),
    ] {
        let (url, news) = service_with(1, headers);
        let client = client(&url);
        for _ in 0..3 {
            say(&client, "Hello");
        }
        let seen: HashSet<SocketAddr> = said(&news, 3).into_iter().map(|one| one.0).collect();
        assert_eq!(seen.len(), connections, "{headers}");
    }
}

#[test]
fn a_thread_that_waits_for_events_closes_connections_that_nobody_uses() {
    // Two seconds, less the one that is left for what is on the way.
    let (url, news) = service_with(1, "Keep-Alive: timeout=2\r\n");
    let config = json!({"token": "t", "base_url": url, "webhook": {"token": "hook"}});
    let client = Arc::new(Client::new(Config::from_value(config).unwrap()).unwrap());
    say(&client, "Hello");
    let (peer, _) = said(&news, 1).remove(0);
    let waits = Arc::clone(&client);
    let waiter = thread::spawn(move || waits.receive(Some(2 * DEADLINE), None));
    assert!(
        matches!(news.recv_timeout(DEADLINE), Ok(News::Closed(closed)) if closed == peer),
        "the connection stayed open"
    );
    client.close();
    assert!(waiter.join().unwrap().is_err());
}
