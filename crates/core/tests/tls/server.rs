//! Servers on loopback: a real TLS server, and sockets that spoil a handshake.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection, StreamOwned};

/// A whole answer of success. The connection ends after it, so that the next call makes a new one.
pub const TAKEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{\"ok\":true,\"message_id\":\"abc\"}";

/// A listening socket, and how often somebody connected.
pub struct Port {
    pub number: u16,
    accepted: Arc<AtomicUsize>,
}

impl Port {
    /// Gives every connection to `handle`, on a thread of its own.
    pub fn open(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let number = socket.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let handle = Arc::new(handle);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let handle = Arc::clone(&handle);
                std::thread::spawn(move || handle(stream));
            }
        });
        Self { number, accepted }
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// How the server parts after its answer.
#[derive(Clone, Copy)]
pub enum Parting {
    /// With TLS's close_notify.
    Goodbye,
    /// The socket alone ends, as when somebody cuts the line.
    Cut,
}

/// What the server saw of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub version: Option<ProtocolVersion>,
    pub handshake: Option<HandshakeKind>,
    pub head: String,
}

/// A TLS server that gives one answer to every request.
pub struct Service {
    pub port: Port,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    pub fn start(config: ServerConfig) -> Self {
        Self::answering(config, TAKEN, Parting::Goodbye)
    }

    pub fn answering(config: ServerConfig, answer: &'static str, parting: Parting) -> Self {
        let config = Arc::new(config);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let port = Port::open(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // A client that breaks off the handshake is what many tests are about.
            let Ok(head) = read_request(&mut stream) else {
                return;
            };
            record.lock().unwrap().push(Seen {
                version: stream.conn.protocol_version(),
                handshake: stream.conn.handshake_kind(),
                head,
            });
            let _ = stream.write_all(answer.as_bytes());
            if let Parting::Goodbye = parting {
                stream.conn.send_close_notify();
            }
            let _ = stream.flush();
        });
        Self { port, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads a head and the body that it announces; gives the head.
pub fn read_request(stream: &mut impl Read) -> std::io::Result<String> {
    let head = read_head(stream)?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length])?;
    Ok(head)
}

/// Reads up to the empty line and no further.
pub fn read_head(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}
