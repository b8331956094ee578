//! How an event loop learns of events: a descriptor that becomes readable.
//!
//! The listener's thread must never wait for the interpreter, so it writes a byte and leaves the rest to the loop.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyo3::prelude::*;

use crate::exit;

/// Both ends in one, so that a bell that is rung while it is dropped still has its reader.
struct Pair {
    reader: UnixStream,
    writer: UnixStream,
}

/// Readable after everything that a waiting receive would wake for, until it is hushed.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct Bell(Arc<Pair>);

#[pymethods]
impl Bell {
    /// The descriptor, for a loop to wait on.
    fn fileno(&self) -> i32 {
        self.0.reader.as_raw_fd()
    }

    /// Makes it unreadable again. Look for events after this, not before.
    fn hush(&self) {
        let mut bytes = [0; 64];
        while matches!((&self.0.reader).read(&mut bytes), Ok(read) if read == bytes.len()) {}
    }
}

/// The bells of one client: one for each loop that waits.
#[derive(Clone, Default)]
pub(crate) struct Bells(Arc<Mutex<Vec<Weak<Pair>>>>);

impl Bells {
    pub(crate) fn add(&self) -> std::io::Result<Bell> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let pair = Arc::new(Pair { reader, writer });
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|bell| bell.strong_count() > 0);
        bells.push(Arc::downgrade(&pair));
        Ok(Bell(pair))
    }

    /// Rings all of them. One that is full was rung already.
    ///
    /// At the end of the interpreter a loop in a daemon thread is left asleep, so that it ends without a word.
    pub(crate) fn ring(&self) {
        if exit::is_ending() {
            return;
        }
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.iter().filter_map(Weak::upgrade) {
            let _ = (&bell.writer).write(&[1]);
        }
    }
}
