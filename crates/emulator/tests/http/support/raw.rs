//! A client on a bare TCP connection, for what a proper client hides: cut, reset and silent answers.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use wotnot_emulator::Emulator;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The other side closed in order.
    Closed,
    /// The other side reset the connection.
    Reset,
    /// The other side said nothing more for half a second.
    Silent,
}

/// What came, how it ended, and when each piece came.
pub struct Heard {
    pub bytes: Vec<u8>,
    pub end: End,
    pub pieces: Vec<Instant>,
}

impl Heard {
    /// The part behind the head.
    pub fn body(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        text.split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default()
    }

    /// The status, when the first line came.
    pub fn status(&self) -> Option<u16> {
        String::from_utf8_lossy(&self.bytes)
            .split(' ')
            .nth(1)?
            .parse()
            .ok()
    }
}

/// Sends these bytes and listens until the answer ends.
pub fn exchange(emulator: &Emulator, bytes: &[u8]) -> Heard {
    let mut tcp = TcpStream::connect(emulator.address()).unwrap();
    tcp.set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    tcp.write_all(bytes).unwrap();
    let mut heard = Heard {
        bytes: Vec::new(),
        end: End::Silent,
        pieces: Vec::new(),
    };
    let mut buffer = [0; 4096];
    loop {
        match tcp.read(&mut buffer) {
            Ok(0) => heard.end = End::Closed,
            Ok(count) => {
                heard.bytes.extend_from_slice(&buffer[..count]);
                heard.pieces.push(Instant::now());
                continue;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => heard.end = End::Reset,
            Err(_) => heard.end = End::Silent,
        }
        return heard;
    }
}

/// A POST of JSON with a good token, as bytes; the connection is to be closed behind the answer.
pub fn request(emulator: &Emulator, path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        emulator.address(),
        emulator.token(),
        body.len(),
    )
    .into_bytes()
}
