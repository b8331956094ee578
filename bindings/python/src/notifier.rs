//! How an event loop learns of events: a descriptor that becomes readable, and who is to look then.
//!
//! The listener's thread must never wait for the interpreter, so it writes a byte and leaves the rest to the loop.

use std::io::{self, Read, Write};
#[cfg(windows)]
use std::net::{Ipv4Addr, TcpListener, TcpStream as Stream};
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd as Descriptor};
#[cfg(unix)]
use std::os::unix::net::UnixStream as Stream;
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, RawSocket as Descriptor};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyo3::prelude::*;
use serde_json::json;
use wotnot_json::{Client, Code, Document, WakeUp};

use crate::exit;

/// Both ends in one, so that a notifier that is signalled while it is dropped still has its reader.
struct Pair {
    reader: Stream,
    writer: Stream,
    /// Whether an interrupt or the close came since the last drain.
    for_everybody: AtomicBool,
}

/// Readable after everything that a waiting receive would wake for, until it is drained.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct Notifier {
    pair: Arc<Pair>,
    /// A loop that no longer waits must not keep the client.
    client: Weak<Client>,
    /// The newest change that was reported.
    change: AtomicU64,
}

#[pymethods]
impl Notifier {
    /// The descriptor, for a loop to wait on.
    fn fileno(&self) -> Descriptor {
        #[cfg(unix)]
        return self.pair.reader.as_raw_fd();
        #[cfg(windows)]
        return self.pair.reader.as_raw_socket();
    }

    /// Makes it unreadable again, and gives whose events came since the last time: conversations, and `None` first, for
    /// those who take any event. `None` in place of the list is for everybody.
    ///
    /// It holds the GIL, because it waits for nobody who needs it.
    fn drain(&self) -> Option<Vec<Option<String>>> {
        let mut bytes = [0; 64];
        while matches!((&self.pair.reader).read(&mut bytes), Ok(read) if read == bytes.len()) {}
        let is_for_everybody = self.pair.for_everybody.swap(false, Ordering::AcqRel);
        let after = self.change.load(Ordering::Relaxed);
        let params = json!({"after": after, "timeout_ms": 0});
        let outcome = self.client.upgrade()?.call_value("wait", params, None);
        match (outcome.body, outcome.code) {
            (Ok(Document::Change(found)), _) => {
                self.change.store(found.change, Ordering::Relaxed);
                let conversations = found.conversations.into_iter().map(Some);
                (!is_for_everybody).then(|| std::iter::once(None).chain(conversations).collect())
            }
            // An earlier drain reported it already.
            (Err(_), Code::Timeout) if !is_for_everybody => Some(Vec::new()),
            // Closed, or forked: each of them is to get that error.
            _ => None,
        }
    }
}

/// The notifiers of one client: one for each loop that waits.
#[derive(Clone, Default)]
pub(crate) struct Notifiers(Arc<Mutex<Vec<Weak<Pair>>>>);

impl Notifiers {
    pub(crate) fn add(&self, client: Weak<Client>) -> io::Result<Notifier> {
        let (reader, writer) = connected()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let pair = Arc::new(Pair {
            reader,
            writer,
            for_everybody: AtomicBool::new(false),
        });
        let mut notifiers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notifiers.retain(|notifier| notifier.strong_count() > 0);
        notifiers.push(Arc::downgrade(&pair));
        Ok(Notifier {
            pair,
            client,
            change: AtomicU64::new(0),
        })
    }

    /// Signals all of them. One that is full was signalled already.
    ///
    /// At the end of the interpreter a loop in a daemon thread is left asleep, so that it ends without a word.
    pub(crate) fn signal(&self, wake_up: WakeUp) {
        if exit::is_ending() {
            return;
        }
        let notifiers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for notifier in notifiers.iter().filter_map(Weak::upgrade) {
            if wake_up == WakeUp::Everybody {
                notifier.for_everybody.store(true, Ordering::Release);
            }
            let _ = (&notifier.writer).write(&[1]);
        }
    }
}

/// Two ends of one connection.
#[cfg(unix)]
fn connected() -> io::Result<(Stream, Stream)> {
    Stream::pair()
}

/// The same where a loop can wait for sockets of the network alone.
#[cfg(windows)]
fn connected() -> io::Result<(Stream, Stream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let writer = Stream::connect(listener.local_addr()?)?;
    let own = writer.local_addr()?;
    loop {
        let (reader, from) = listener.accept()?;
        // Any program of this machine can connect.
        if from == own {
            return Ok((reader, writer));
        }
    }
}
