//! A connection whose writes do not hang: a reader who takes nothing for long enough is cut off, and
//! holds no memory of ours any more.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// An I/O object with a deadline for each stuck write.
pub(super) struct Guarded<T> {
    io: T,
    longest: Duration,
    /// Runs while a write waits; made when the first one does.
    stuck: Option<Pin<Box<Sleep>>>,
    /// Whether a write waits, for who does not hold this object.
    waiting: Option<Arc<AtomicBool>>,
    /// Bytes that were read already, and are to be read again.
    ahead: Bytes,
}

impl<T> Guarded<T> {
    pub fn new(io: T, longest: Duration) -> Self {
        Self {
            io,
            longest,
            stuck: None,
            waiting: None,
            ahead: Bytes::new(),
        }
    }

    /// Has these bytes read first.
    pub fn with_ahead(mut self, ahead: Bytes) -> Self {
        self.ahead = ahead;
        self
    }

    /// Shows in `waiting` whether a write waits: what was written before is not all on its way then.
    pub fn showing(mut self, waiting: Arc<AtomicBool>) -> Self {
        self.waiting = Some(waiting);
        self
    }

    pub fn into_inner(self) -> T {
        self.io
    }

    /// Passes a write's outcome on; an error when it has waited for too long.
    fn judge<R>(&mut self, context: &mut Context<'_>, polled: Poll<Result<R>>) -> Poll<Result<R>> {
        if let Some(waiting) = &self.waiting {
            waiting.store(polled.is_pending(), Ordering::Relaxed);
        }
        if polled.is_ready() {
            self.stuck = None;
            return polled;
        }
        let longest = self.longest;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(longest)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(Error::new(
            ErrorKind::TimedOut,
            "the reader takes nothing",
        )))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guarded<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.ahead.has_remaining() {
            let count = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead.split_to(count));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guarded<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(context, bytes);
        self.judge(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.judge(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(context);
        self.judge(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = Pin::new(&mut self.io).poll_shutdown(context);
        self.judge(context, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_write_that_nobody_takes_ends_and_one_that_is_taken_slowly_does_not() {
        let (near, _far) = tokio::io::duplex(8);
        let mut near = Guarded::new(near, Duration::from_millis(50));
        let error = near.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);

        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Guarded::new(near, Duration::from_secs(60));
        let writing = tokio::spawn(async move { near.write_all(&[1; 64]).await });
        let mut taken = [0; 64];
        for byte in &mut taken {
            *byte = far.read_u8().await.unwrap();
        }
        writing.await.unwrap().unwrap();
        assert_eq!(taken, [1; 64]);
    }
}
