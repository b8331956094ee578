//! A client's TCP connection that can be cut, reset, stalled or slowed in the middle of an answer.
//! Which answer suffers is decided elsewhere; this only touches bytes.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How a connection ends before its answer is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Closed in order (FIN).
    Close,
    /// Torn down (RST).
    Reset,
    /// Left open with nothing more said.
    Stall,
}

/// Where in the answer it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// After so many bytes from the very start.
    AfterBytes(usize),
    /// After the head and so many bytes of the body.
    AfterHeadAnd(usize),
}

/// The answer leaves in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drip {
    pub bytes: usize,
    pub every: Duration,
}

/// What happens to the next answer on a connection.
#[derive(Default)]
pub(crate) struct AnswerPlan {
    pub cut: Option<(Cut, Ending)>,
    pub drip: Option<Drip>,
    /// Dropped when the answer has left, or never will: it holds back the events of the call.
    pub after: Option<Box<dyn Send>>,
}

/// The handler's end of a connection.
#[derive(Clone, Default)]
pub(crate) struct AnswerControl(Arc<Mutex<AnswerPlan>>);

impl AnswerControl {
    /// Sets what happens to the answer that the handler is about to return.
    pub fn plan(&self, plan: AnswerPlan) {
        *self.lock() = plan;
    }

    fn lock(&self) -> MutexGuard<'_, AnswerPlan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server's side of one connection.
pub(crate) struct FaultySocket {
    tcp: TcpStream,
    control: AnswerControl,
    written: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl FaultySocket {
    pub fn new(tcp: TcpStream) -> (Self, AnswerControl) {
        let control = AnswerControl::default();
        let socket = Self {
            tcp,
            control: control.clone(),
            written: false,
            pause: None,
        };
        (socket, control)
    }

    fn end(&mut self, ending: Ending, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let after = self.control.lock().after.take();
        drop(after);
        match ending {
            Ending::Close => {}
            Ending::Reset => self.tcp.set_zero_linger()?,
            Ending::Stall => {
                let mut byte = [0_u8; 1];
                let peeked = ready!(self.tcp.poll_peek(cx, &mut ReadBuf::new(&mut byte)));
                if matches!(peeked, Ok(count) if count > 0) {
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }
}

/// How many of `length` bytes may leave now; `None` when the answer ends here.
fn allowance(plan: &mut AnswerPlan, bytes: &[u8]) -> Result<usize, Ending> {
    let mut allowed = bytes.len();
    if let Some((cut, ending)) = &mut plan.cut {
        if let Cut::AfterHeadAnd(count) = *cut {
            let head = bytes
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .map_or(bytes.len(), |at| at + 4);
            *cut = Cut::AfterBytes(head.saturating_add(count));
        }
        if let Cut::AfterBytes(left) = *cut {
            if left == 0 {
                return Err(*ending);
            }
            allowed = allowed.min(left);
        }
    }
    if let Some(drip) = &plan.drip {
        allowed = allowed.min(drip.bytes.max(1));
    }
    Ok(allowed)
}

fn note_written(plan: &mut AnswerPlan, count: usize) -> Option<Duration> {
    if let Some((Cut::AfterBytes(left), _)) = &mut plan.cut {
        *left = left.saturating_sub(count);
    }
    plan.drip.map(|drip| drip.every)
}

impl AsyncRead for FaultySocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for FaultySocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pause(cx));
        let allowed = allowance(&mut self.control.lock(), bytes);
        let allowed = match allowed {
            Ok(allowed) => allowed,
            Err(ending) => return self.end(ending, cx),
        };
        let count = ready!(Pin::new(&mut self.tcp).poll_write(cx, &bytes[..allowed]))?;
        self.written = true;
        let pause = note_written(&mut self.control.lock(), count);
        self.pause = pause.map(|every| Box::pin(sleep_until(Instant::now() + every)));
        Poll::Ready(Ok(count))
    }

    /// hyper flushes when the whole answer is in the kernel's hands.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        if std::mem::take(&mut self.written) {
            let plan = std::mem::take(&mut *self.control.lock());
            drop(plan);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_after_the_head_counts_from_the_end_of_the_head() {
        let mut plan = AnswerPlan {
            cut: Some((Cut::AfterHeadAnd(2), Ending::Close)),
            ..AnswerPlan::default()
        };
        let answer = b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}";
        assert_eq!(allowance(&mut plan, answer), Ok(21));
        assert_eq!(note_written(&mut plan, 21), None);
        assert_eq!(allowance(&mut plan, &answer[21..]), Err(Ending::Close));
    }
}
