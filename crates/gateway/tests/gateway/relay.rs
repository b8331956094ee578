//! A line to the gateway that breaks.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Passes connections on, until as many bytes as it may carry have gone up; the one that carries the last is broken.
pub struct Relay {
    pub address: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    target: SocketAddr,
    /// Bytes that may go up before the next break.
    left: AtomicI64,
    up: AtomicU64,
    breaks: AtomicU64,
}

impl Relay {
    /// To the gateway of this URL.
    pub fn start(url: &str) -> Self {
        let target = url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Arc::new(Line {
            target,
            left: AtomicI64::new(i64::MAX),
            up: AtomicU64::new(0),
            breaks: AtomicU64::new(0),
        });
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&line);
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let line = Arc::clone(&shared);
                std::thread::spawn(move || line.carry(near));
            }
        });
        Self { address, line }
    }

    /// The line breaks after so many bytes more; every connection of that moment on is refused its first byte until
    /// this is said again.
    pub fn break_after(&self, bytes: i64) {
        self.line.left.store(bytes, Ordering::SeqCst);
    }

    /// Bytes that were carried up.
    pub fn up(&self) -> u64 {
        self.line.up.load(Ordering::SeqCst)
    }

    pub fn breaks(&self) -> u64 {
        self.line.breaks.load(Ordering::SeqCst)
    }
}

impl Line {
    fn carry(&self, mut near: TcpStream) {
        let Ok(mut far) = TcpStream::connect(self.target) else {
            return;
        };
        let (Ok(mut down_from), Ok(mut down_to)) = (far.try_clone(), near.try_clone()) else {
            return;
        };
        let down = std::thread::spawn(move || {
            let _ = std::io::copy(&mut down_from, &mut down_to);
            let _ = down_to.shutdown(Shutdown::Both);
        });
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = near.read(&mut buffer) {
            let left = self.left.fetch_sub(count as i64, Ordering::SeqCst);
            let count = count.min(usize::try_from(left).unwrap_or(0));
            self.up.fetch_add(count as u64, Ordering::SeqCst);
            if count == 0 || far.write_all(&buffer[..count]).is_err() {
                self.breaks.fetch_add(1, Ordering::SeqCst);
                break;
            }
        }
        for stream in [&near, &far] {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = down.join();
    }
}
