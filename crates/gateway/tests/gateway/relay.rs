//! A line that breaks.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Passes connections on, and breaks them.
pub struct Relay {
    pub address: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    target: SocketAddr,
    /// Bytes that may go up before the next break.
    left: AtomicI64,
    /// Draws for each connection how many bytes it carries; whole ones without it.
    random: Option<Mutex<fastrand::Rng>>,
    holds: AtomicBool,
    up: AtomicU64,
    breaks: AtomicU64,
    /// Connections of an earlier number carry nothing more, and no error is reported.
    generation: AtomicU64,
}

/// The most bytes that a connection of a seeded line carries.
const LONGEST: i64 = 2_500;
/// One in so many of its breaks is silent: both ends keep a connection that carries nothing more.
const SILENT: u32 = 16;

/// What one connection may carry, both ways together.
struct Share {
    left: AtomicI64,
    is_silent: bool,
    is_broken: AtomicBool,
}

impl Relay {
    /// To the server of this URL.
    pub fn start(url: &str) -> Self {
        Self::with(url, None)
    }

    /// The same, with each connection broken after a random number of bytes.
    pub fn seeded(url: &str, seed: u64) -> Self {
        Self::with(url, Some(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    fn with(url: &str, random: Option<Mutex<fastrand::Rng>>) -> Self {
        let target = url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Arc::new(Line {
            target,
            left: AtomicI64::new(i64::MAX),
            random,
            holds: AtomicBool::new(false),
            up: AtomicU64::new(0),
            breaks: AtomicU64::new(0),
            generation: AtomicU64::new(0),
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

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The line breaks after so many bytes more, and carries nothing until this is said again.
    pub fn break_after(&self, bytes: i64) {
        self.line.left.store(bytes, Ordering::SeqCst);
    }

    /// The line itself, for who mends it later.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.line))
    }

    /// Whether a seeded line carries new connections whole for now.
    pub fn hold(&self, holds: bool) {
        self.line.holds.store(holds, Ordering::SeqCst);
    }

    /// What is open now carries nothing more, without a word; new connections do.
    pub fn silence(&self) {
        self.line.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Bytes that were carried up.
    pub fn up(&self) -> u64 {
        self.line.up.load(Ordering::SeqCst)
    }

    /// Connections that were broken while they carried something.
    pub fn breaks(&self) -> u64 {
        self.line.breaks.load(Ordering::SeqCst)
    }
}

/// A way to a line that is in use elsewhere.
pub struct Handle(Arc<Line>);

impl Handle {
    /// The line carries everything again.
    pub fn heal(&self) {
        self.0.left.store(i64::MAX, Ordering::SeqCst);
    }
}

impl Line {
    fn carry(&self, near: TcpStream) {
        let Ok(far) = TcpStream::connect(self.target) else {
            return;
        };
        let mut share = Share {
            left: AtomicI64::new(i64::MAX),
            is_silent: false,
            is_broken: AtomicBool::new(false),
        };
        if let Some(random) = &self.random
            && !self.holds.load(Ordering::SeqCst)
        {
            let mut random = random.lock().unwrap();
            share.left = AtomicI64::new(random.i64(0..LONGEST));
            share.is_silent = random.u32(0..SILENT) == 0;
        }
        std::thread::scope(|scope| {
            scope.spawn(|| self.pump(&far, &near, &share, false));
            self.pump(&near, &far, &share, true);
        });
    }

    /// Carries one way until the end, or the break; either ends both.
    fn pump(&self, mut from: &TcpStream, mut to: &TcpStream, share: &Share, is_up: bool) {
        let generation = self.generation.load(Ordering::SeqCst);
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if self.generation.load(Ordering::SeqCst) != generation
                || share.is_broken.load(Ordering::SeqCst)
            {
                continue;
            }
            let take = |budget: &AtomicI64| budget.fetch_sub(count as i64, Ordering::SeqCst);
            let mut left = take(&share.left);
            if is_up {
                left = left.min(take(&self.left));
            }
            let most = usize::try_from(left).unwrap_or(0);
            let count = count.min(most);
            if is_up {
                self.up.fetch_add(count as u64, Ordering::SeqCst);
            }
            let written = to.write_all(&buffer[..count]);
            if most <= count {
                if !share.is_broken.swap(true, Ordering::SeqCst) {
                    self.breaks.fetch_add(1, Ordering::SeqCst);
                }
                if share.is_silent {
                    continue;
                }
                break;
            }
            if written.is_err() {
                break;
            }
        }
        for stream in [from, to] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
