//! Just enough HTTP/1.1 to read what a client sends and to read a listener's answer, byte by byte where a script breaks off.

use std::io::{self, Read};

use serde_json::{Map, Value};

/// The most that one message may hold, so that a broken client cannot fill the memory.
const MOST: usize = 64 << 20;

/// A message with its head in parts.
#[derive(Clone, Debug)]
pub struct Message {
    /// The first line, without its end.
    pub first_line: String,
    /// Header fields, names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Message {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Header fields as JSON.
    pub fn headers_json(&self) -> Value {
        let fields = self.headers.iter();
        Value::Object(
            fields
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect::<Map<_, _>>(),
        )
    }

    /// The body as JSON, or as a JSON string when it is none.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into_owned().into())
    }
}

/// What reading came to.
#[derive(Debug)]
pub enum Reading {
    /// A whole message.
    Whole(Message),
    /// The place where the script breaks off was reached.
    Cut,
    /// The peer ended the connection first, or said something that is no HTTP.
    Gone,
}

/// Where reading stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadLimit {
    /// Nowhere.
    Never,
    /// After the head, which then counts as the whole message.
    AtBody,
    /// After so many bytes of the head.
    InHead(usize),
    /// After so many bytes of the body.
    InBody(usize),
}

/// A connection's incoming side: never reads past the limit that it was given.
pub struct Incoming<R> {
    source: R,
    held: Vec<u8>,
    total: usize,
}

/// The requests that come over a connection, until it ends.
pub fn requests(source: impl Read) -> impl Iterator<Item = Message> {
    let mut incoming = Incoming::new(source);
    std::iter::from_fn(move || match incoming.message(ReadLimit::Never, false) {
        Reading::Whole(request) => Some(request),
        Reading::Cut | Reading::Gone => None,
    })
}

impl<R: Read> Incoming<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self {
            source,
            held: Vec::new(),
            total: 0,
        }
    }

    /// How many bytes came in so far.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Waits for the first byte of a message; false when the peer ended the connection.
    pub fn wait(&mut self) -> bool {
        !self.held.is_empty() || self.more(1).is_ok_and(|count| count > 0)
    }

    /// The first line of the next message, which stays to be read; empty when the peer ended the connection.
    pub fn first_line(&mut self) -> String {
        loop {
            if let Some(end) = find(&self.held, b"\r\n") {
                return String::from_utf8_lossy(&self.held[..end]).into_owned();
            }
            if self.must(1).is_err() {
                return String::new();
            }
        }
    }

    /// Reads one message. Without a length, a request has no body and an answer ends with the connection.
    pub fn message(&mut self, stop: ReadLimit, is_answer: bool) -> Reading {
        match self.try_message(stop, is_answer) {
            Ok(Some(message)) => Reading::Whole(message),
            Ok(None) => Reading::Cut,
            Err(_) => Reading::Gone,
        }
    }

    /// Reads and drops everything until the peer ends the connection.
    pub fn drain(&mut self) {
        while self.total < MOST && self.more(16 << 10).is_ok_and(|count| count > 0) {
            self.held.clear();
        }
    }

    fn try_message(&mut self, stop: ReadLimit, is_answer: bool) -> io::Result<Option<Message>> {
        let head_stop = if let ReadLimit::InHead(bytes) = stop {
            bytes
        } else {
            usize::MAX
        };
        let end = loop {
            if let Some(end) = find(&self.held, b"\r\n\r\n").filter(|end| end + 4 <= head_stop) {
                break end;
            }
            if self.held.len() >= head_stop {
                return Ok(None);
            }
            // Byte by byte towards a stop within the head or the body; in gulps otherwise.
            let most = match stop {
                ReadLimit::Never | ReadLimit::AtBody => 16 << 10,
                ReadLimit::InHead(bytes) => bytes - self.held.len(),
                ReadLimit::InBody(_) => 1,
            };
            self.must(most)?;
        };
        let head: Vec<u8> = self.held.drain(..end + 4).collect();
        let mut message = parse_head(&head[..end])?;
        if stop == ReadLimit::AtBody {
            return Ok(Some(message));
        }
        let chunked = message
            .header("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let length = match message.header("content-length") {
            Some(value) => Some(value.parse::<usize>().map_err(io::Error::other)?),
            None => None,
        };
        let body_stop = if let ReadLimit::InBody(bytes) = stop {
            bytes
        } else {
            usize::MAX
        };
        loop {
            let whole = if chunked {
                unchunk(&self.held)?
            } else {
                length.or((!is_answer).then_some(0)).and_then(|length| {
                    (self.held.len() >= length).then(|| (self.held[..length].to_vec(), length))
                })
            };
            if let Some((body, used)) = whole.filter(|(_, used)| *used <= body_stop) {
                self.held.drain(..used);
                message.body = body;
                return Ok(Some(message));
            }
            if self.held.len() >= body_stop {
                return Ok(None);
            }
            let most = (16 << 10).min(body_stop - self.held.len());
            if self.more(most)? == 0 {
                if is_answer && length.is_none() && !chunked {
                    message.body = std::mem::take(&mut self.held);
                    return Ok(Some(message));
                }
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn must(&mut self, most: usize) -> io::Result<()> {
        match self.more(most)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn more(&mut self, most: usize) -> io::Result<usize> {
        if self.held.len() > MOST {
            return Err(io::Error::other("too much"));
        }
        let before = self.held.len();
        self.held.resize(before + most, 0);
        let outcome = loop {
            match self.source.read(&mut self.held[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        let count = *outcome.as_ref().unwrap_or(&0);
        self.held.truncate(before + count);
        self.total += count;
        outcome
    }
}

fn parse_head(head: &[u8]) -> io::Result<Message> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let first_line = lines.next().unwrap_or_default().to_owned();
    let headers = lines
        .map(|line| {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| io::Error::other("a header line without a colon"))?;
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect::<io::Result<_>>()?;
    Ok(Message {
        first_line,
        headers,
        body: Vec::new(),
    })
}

/// The joined chunks and the bytes they took, once the last chunk is there.
fn unchunk(held: &[u8]) -> io::Result<Option<(Vec<u8>, usize)>> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(line) = find(&held[at..], b"\r\n") else {
            return Ok(None);
        };
        let size = String::from_utf8_lossy(&held[at..at + line]);
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        at += line + 2;
        let Some(end) = at.checked_add(size).filter(|end| end + 2 <= held.len()) else {
            return Ok(None);
        };
        body.extend_from_slice(&held[at..end]);
        at = end + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

fn find(held: &[u8], wanted: &[u8]) -> Option<usize> {
    held.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nA: b\r\n\r\nhello";

    #[test]
    fn two_requests_on_one_connection_are_read_as_two() {
        let twice = REQUEST.repeat(2);
        let mut incoming = Incoming::new(twice.as_slice());
        for _ in 0..2 {
            let Reading::Whole(message) = incoming.message(ReadLimit::Never, false) else {
                panic!("whole")
            };
            assert_eq!(message.first_line, "POST /x HTTP/1.1");
            assert_eq!(
                (message.header("a"), message.body.as_slice()),
                (Some("b"), &b"hello"[..])
            );
        }
        assert!(!incoming.wait());
    }

    #[test]
    fn reading_stops_at_the_very_byte() {
        for (stop, taken) in [
            (ReadLimit::InHead(3), 3),
            (ReadLimit::InBody(0), REQUEST.len() - 5),
            (ReadLimit::InBody(2), REQUEST.len() - 3),
        ] {
            let mut incoming = Incoming::new(REQUEST);
            assert!(
                matches!(incoming.message(stop, false), Reading::Cut),
                "{stop:?}"
            );
            assert_eq!(incoming.total(), taken, "{stop:?}");
        }
    }

    #[test]
    fn chunks_are_joined() {
        let bytes: &[u8] =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let Reading::Whole(message) = Incoming::new(bytes).message(ReadLimit::Never, false) else {
            panic!("whole")
        };
        assert_eq!(message.body, b"abcd");
    }

    #[test]
    fn a_cut_request_is_not_whole() {
        assert!(matches!(
            Incoming::new(&REQUEST[..REQUEST.len() - 1]).message(ReadLimit::Never, false),
            Reading::Gone
        ));
    }
}
