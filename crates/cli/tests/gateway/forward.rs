//! What the webhook was answered 200 for reaches the other receivers though the process is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::served::{Setup, serve_as};

#[test]
fn a_post_that_waits_for_its_receiver_survives_a_kill() {
    // Nobody answers at this port until the process was killed.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut served = serve_as(Setup {
        account: format!("forward = [\"http://{address}/crm\"]\n"),
        ..Setup::default()
    });
    let event = r#"{"events": [{"conversation": {"id": "x"}, "event": {"type": "note", "payload": {"id": 1}}}]}"#;
    let auth = "Authorization: Bearer hush-webhook";
    let status = served.curl(
        "/hook/MARK-webhook-secret",
        &[
            "-d",
            event,
            "-H",
            auth,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
        ],
    );
    assert_eq!(status, "200");
    served.running.child.kill().unwrap();
    served.running.child.wait().unwrap();
    served.again();
    let got = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let kept = Arc::clone(&got);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            // Of the process that was killed there may be half a post.
            if let Some(body) = answer(&stream) {
                kept.lock().unwrap().push(body);
            }
        }
    });
    served.wait("taken", |it| {
        it.metric("forwards_total{account=\"main\",outcome=\"taken\"} 1")
    });
    assert_eq!(got.lock().unwrap().last().unwrap(), event.as_bytes());
}

/// Reads a post, and takes it.
fn answer(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ")?;
    let mut body = vec![0; length.lines().next()?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let taken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(taken.as_bytes()).ok()?;
    Some(body)
}
