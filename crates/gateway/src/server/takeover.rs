//! A stream of HTTP/1.1 after its request was read: the socket, the frames and nothing else. A
//! connection of a server of HTTP holds buffers of some 18 KB for calls that never come on it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use axum::http::response::Parts;
use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

use super::io::Guarded;
use crate::streams::sse::EventStream;

/// A reader has nothing to say on a stream; who says more than this, in bytes, is cut off.
const MOST_HEARD: usize = 16 * 1024;
/// How long a reader has to take its last bytes.
const LINGER: Duration = Duration::from_secs(2);

/// What is written to a reader, piece by piece.
pub(super) trait Source: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;

    /// When the last piece is due.
    fn ends(&self) -> Instant;
}

impl Source for EventStream {
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send {
        EventStream::next(self)
    }

    fn ends(&self) -> Instant {
        EventStream::ends(self)
    }
}

/// Writes the head and then the stream, until that ends, the reader goes, or takes nothing of a
/// write for `longest_write`.
///
/// Not an `async fn`: that would have room for what it is given twice, in each of ten thousand tasks.
pub(super) fn run<T, S>(
    io: T,
    head: Bytes,
    mut stream: S,
    longest_write: Duration,
) -> impl Future<Output = ()> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send,
    S: Source,
{
    let mut io = Guarded::new(io, longest_write);
    let mut heard = 0;
    let mut piece = head;
    async move {
        // One packet with the head.
        if let Some(first) = stream.next().await {
            piece = [piece, first].concat().into();
        }
        loop {
            // A reader who takes a byte now and then must not hold a stream for longer than others.
            let until = stream.ends() + longest_write;
            match timeout_at(until, io.write_all(&piece)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
            drop(std::mem::take(&mut piece));
            let next = tokio::select! {
                biased;
                () = gone(&mut io, &mut heard) => return,
                next = stream.next() => next,
            };
            match next {
                Some(next) => piece = next,
                None => break,
            }
        }
        // Closed with bytes unread, a socket takes back what is on its way to the reader.
        let farewell = async {
            if io.shutdown().await.is_ok() {
                gone(&mut io, &mut heard).await;
            }
        };
        let _ = timeout(LINGER, farewell).await;
    }
}

/// The head of the answer. The end of the connection is the end of the body.
pub(super) fn head_of(answer: &Parts) -> Bytes {
    let mut bytes = BytesMut::with_capacity(512);
    bytes.put_slice(b"HTTP/1.1 200 OK\r\nconnection: close\r\ndate: ");
    bytes.put_slice(httpdate::fmt_http_date(SystemTime::now()).as_bytes());
    for (name, value) in &answer.headers {
        bytes.put_slice(b"\r\n");
        bytes.put_slice(name.as_str().as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(value.as_bytes());
    }
    bytes.put_slice(b"\r\n\r\n");
    bytes.freeze()
}

/// Ends when the reader has closed its side, or says too much. A half-closed connection is over
/// too: it cannot be distinguished from one whose reader disconnected.
async fn gone<T: AsyncRead + Unpin>(io: &mut T, heard: &mut usize) {
    let over = poll_fn(|context| {
        loop {
            // Not part of the future: a quiet stream holds no buffer.
            let mut scratch = [0; 512];
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *io).poll_read(context, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(read) => match read.map(|()| buffer.filled().len()) {
                    Ok(0) | Err(_) => return Poll::Ready(()),
                    Ok(count) => *heard += count,
                },
            }
            if *heard > MOST_HEARD {
                return Poll::Ready(());
            }
        }
    });
    over.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use tokio::io::{AsyncReadExt, duplex};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc::{Receiver, Sender, channel};
    use tokio::task::JoinHandle;

    const FOREVER: Duration = Duration::from_secs(600);
    const SOON: Duration = Duration::from_millis(50);
    const DEADLINE: Duration = Duration::from_secs(60);

    /// Gives what a test sends, and ends when the test drops its sender.
    struct Pieces(Receiver<Bytes>, Instant);

    impl Source for Pieces {
        async fn next(&mut self) -> Option<Bytes> {
            self.0.recv().await
        }

        fn ends(&self) -> Instant {
            self.1
        }
    }

    fn start<T>(io: T, ends: Duration, longest: Duration) -> (Sender<Bytes>, JoinHandle<()>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, receiver) = channel(16);
        sender.try_send(Bytes::from_static(b"hello")).unwrap();
        let mut head = axum::http::Response::new(()).into_parts().0;
        head.headers.insert("x-one", HeaderValue::from_static("1"));
        let source = Pieces(receiver, Instant::now() + ends);
        let running = run(io, head_of(&head), source, longest);
        (sender, tokio::spawn(running))
    }

    async fn ends(running: JoinHandle<()>) {
        timeout(DEADLINE, running).await.unwrap().unwrap();
    }

    async fn sockets() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, server) = tokio::join!(client, listener.accept());
        (client.unwrap(), server.unwrap().0)
    }

    async fn read_head(reader: &mut (impl AsyncRead + Unpin)) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"hello") {
            text.push(reader.read_u8().await.unwrap());
        }
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn a_quiet_stream_is_a_small_task() {
        let (_client, server) = sockets().await;
        let (_sender, receiver) = channel(1);
        let source = Pieces(receiver, Instant::now());
        let of_source = size_of_val(&source);
        let task = run(server, Bytes::new(), source, FOREVER);
        let bytes = size_of_val(&task) - of_source + size_of::<EventStream>();
        assert!(bytes <= 640, "{bytes} bytes");
    }

    #[tokio::test]
    async fn the_head_and_the_pieces_come_in_order_and_the_end_ends_the_connection() {
        let (mut client, server) = sockets().await;
        let (sender, running) = start(server, FOREVER, FOREVER);
        let head = read_head(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nconnection: close\r\ndate: "));
        assert!(head.ends_with(" GMT\r\nx-one: 1\r\n\r\nhello"), "{head}");
        for piece in ["one", "two"] {
            sender.send(piece.into()).await.unwrap();
        }
        // Bytes that nobody asked for do not cost the reader its last ones.
        client.write_all(&[b'x'; 10_000]).await.unwrap();
        sender.send("three".into()).await.unwrap();
        drop(sender);
        let mut rest = String::new();
        client.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "onetwothree");
        drop(client);
        ends(running).await;
    }

    #[tokio::test]
    async fn a_reader_who_goes_half_closes_resets_or_floods_ends_it() {
        for how in ["closes", "half-closes", "resets", "floods"] {
            let (mut client, server) = sockets().await;
            let (sender, running) = start(server, FOREVER, FOREVER);
            read_head(&mut client).await;
            let mut kept = None;
            match how {
                "closes" => drop(client),
                "half-closes" => {
                    client.shutdown().await.unwrap();
                    kept = Some(client);
                }
                "resets" => {
                    client.set_zero_linger().unwrap();
                    drop(client);
                }
                _ => {
                    client.write_all(&[b'x'; MOST_HEARD + 1]).await.unwrap();
                    kept = Some(client);
                }
            }
            ends(running).await;
            assert!(sender.is_closed(), "{how}");
            drop(kept);
        }
    }

    #[tokio::test]
    async fn a_stuck_reader_is_cut_off_and_a_slow_one_gets_everything() {
        let (near, _far) = duplex(1);
        let (_sender, running) = start(near, FOREVER, SOON);
        ends(running).await;

        let (near, mut far) = duplex(1);
        let (sender, running) = start(near, FOREVER, FOREVER);
        sender.send(vec![b'x'; 2_000].into()).await.unwrap();
        drop(sender);
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert!(all.ends_with(&[b'x'; 2_000]));
        drop(far);
        ends(running).await;
    }

    #[tokio::test]
    async fn a_slow_reader_does_not_hold_a_stream_beyond_its_end() {
        const ALL: usize = 4_000_000;
        let (near, mut far) = duplex(1);
        let (sender, running) = start(near, Duration::ZERO, SOON);
        sender.send(vec![b'x'; ALL].into()).await.unwrap();
        let mut taken = 0;
        while far.read_u8().await.is_ok() {
            taken += 1;
        }
        assert!(taken < ALL, "the whole was waited for");
        ends(running).await;
    }
}
