//! HTTP/1.1 as far as a load needs it: requests made by hand, and answers with a length, on connections that stay open.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::Result;

/// Addresses of this machine that connections come from, in turns: one address has too few ports for 20,000 of them
/// beside those that were closed a moment ago.
const SOURCES: u8 = 8;

/// A connection from one of this machine's addresses.
pub async fn connect(to: &str, number: usize) -> Result<TcpStream> {
    let to: SocketAddr = to.parse()?;
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    let source = 2 + u8::try_from(number % usize::from(SOURCES))?;
    socket.bind((Ipv4Addr::new(127, 0, 0, source), 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A POST with a body of JSON.
pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection on which one call follows another.
pub struct Calls {
    stream: TcpStream,
    held: Vec<u8>,
}

impl Calls {
    pub async fn open(to: &str, number: usize) -> Result<Self> {
        Ok(Self {
            stream: connect(to, number).await?,
            held: Vec::with_capacity(4_096),
        })
    }

    /// The status of the answer.
    pub async fn call(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.held.clear();
        loop {
            if self.stream.read_buf(&mut self.held).await? == 0 {
                return Err("the server closed a connection".into());
            }
            if let Some(whole) = whole_length(&self.held)
                && self.held.len() >= whole
            {
                return Ok(status(&self.held));
            }
        }
    }

    /// As [`Self::call`]; anything but a 2xx is an error.
    pub async fn expect_taken(&mut self, request: &[u8]) -> Result<()> {
        match self.call(request).await? {
            200..=299 => Ok(()),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&self.held)).into()),
        }
    }
}

fn status(answer: &[u8]) -> u16 {
    let digits = answer.get(9..12).unwrap_or_default();
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// How long a message is, head and body, once its head is there.
pub fn whole_length(message: &[u8]) -> Option<usize> {
    let head = message.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&message[..head]).ok()?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok());
    Some(head + length.unwrap_or(0))
}
