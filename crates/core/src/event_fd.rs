//! A descriptor that is readable while events wait, for loops on select, poll, epoll and their like.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// One byte lies in it while events wait.
#[derive(Debug)]
pub(crate) struct EventFd {
    /// Dropped first: its end wakes those who poll the reader.
    writer: UnixStream,
    reader: UnixStream,
    is_readable: bool,
}

impl EventFd {
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        // A program that reads the byte against the rules must not make the inbox wait for it. Miri, whose tests
        // do not, has no such call.
        #[cfg(not(miri))]
        {
            reader.set_nonblocking(true)?;
            writer.set_nonblocking(true)?;
        }
        Ok(Self {
            writer,
            reader,
            is_readable: false,
        })
    }

    /// The descriptor that becomes readable.
    pub(crate) fn number(&self) -> i32 {
        self.reader.as_raw_fd()
    }

    pub(crate) fn set_readable(&mut self, is_readable: bool) {
        if is_readable == self.is_readable {
            return;
        }
        self.is_readable = is_readable;
        // Neither fails: there is room for one byte, and it is there unless somebody else read it.
        let _ = match is_readable {
            true => self.writer.write(&[1]),
            false => self.reader.read(&mut [0]),
        };
    }
}
