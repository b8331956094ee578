//! An answer over TLS that comes before the whole request is out.

use std::io::Write;
use std::sync::{Arc, Mutex, mpsc};

use rustls::version::TLS13;
use rustls::{ServerConnection, StreamOwned};
use wotnot_core::{CallOptions, Client, Delivery, Message};

use crate::authority::Authority;
use crate::config;
use crate::server::{Port, read_head};

/// More than the sockets of both sides hold.
const LONG: usize = 16 * 1024 * 1024;

#[test]
fn a_refusal_is_read_while_a_long_message_is_being_written() {
    let authority = Authority::new();
    let server = Arc::new(authority.signs("localhost").serves(&[&TLS13]));
    let (over, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let port = Port::open(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&server)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        read_head(&mut stream).unwrap();
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 12\r\n\r\n{\"ok\":false}")
            .unwrap();
        // Open and unread until the test is over.
        let _ = wait.lock().unwrap().recv();
    });
    let client = Client::new(config(port.number, &authority.pem())).unwrap();
    let message = Message::text("x".repeat(LONG));
    let error = client
        .send_message("3f0c", &message, &CallOptions::default())
        .unwrap_err();
    drop(over);
    assert_eq!(error.http_status(), Some(413), "{error}");
    assert_eq!(error.delivery(), Some(Delivery::Rejected));
}
