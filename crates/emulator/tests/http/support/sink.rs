//! A webhook endpoint on a thread of its own; it answers as scripted and keeps what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

/// One POST that came.
#[derive(Clone, Debug)]
pub struct ReceivedPost {
    pub at: Instant,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

type Answering = Box<dyn Fn(usize, &ReceivedPost) -> (u16, String) + Send + Sync>;

/// A webhook endpoint.
pub struct Sink {
    address: SocketAddr,
    delivered: Arc<Mutex<Vec<ReceivedPost>>>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    /// Answers everything as the service wants it: 200 with the same token.
    pub fn new() -> Self {
        Self::answering(|_, delivered| {
            (
                200,
                serde_json::json!({"token": delivered.body["token"]}).to_string(),
            )
        })
    }

    /// Answers with what `answer` returns for the number of those that came before.
    pub fn answering(
        answer: impl Fn(usize, &ReceivedPost) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Self {
            address: listener.local_addr().unwrap(),
            delivered: Arc::default(),
            stop: Arc::default(),
        };
        let (delivered, stop) = (sink.delivered.clone(), sink.stop.clone());
        let answer: Arc<Answering> = Arc::new(Box::new(answer));
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (delivered, answer) = (delivered.clone(), answer.clone());
                std::thread::spawn(move || tcp.map(|tcp| serve(tcp, &delivered, &answer)));
            }
        });
        sink
    }

    pub fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    /// Every POST so far.
    pub fn all(&self) -> Vec<ReceivedPost> {
        self.delivered.lock().unwrap().clone()
    }

    /// Every event of a conversation, in the order in which they came.
    pub fn events_of(&self, conversation: &str) -> Vec<Value> {
        let bodies = self.all().into_iter();
        bodies
            .flat_map(|delivered| {
                delivered.body["events"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            })
            .filter(|event| event["conversation"]["key"] == conversation)
            .collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// Serves one connection; `None` when the other side has left.
fn serve(tcp: TcpStream, delivered: &Mutex<Vec<ReceivedPost>>, answer: &Answering) -> Option<()> {
    let mut reader = BufReader::new(tcp.try_clone().ok()?);
    let mut writer = tcp;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length?.1.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let came = ReceivedPost {
            at: Instant::now(),
            headers,
            body: serde_json::from_slice(&body).ok()?,
        };
        let number = {
            let mut all = delivered.lock().unwrap();
            all.push(came.clone());
            all.len() - 1
        };
        let (status, body) = answer(number, &came);
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
        writer.write_all((head + &body).as_bytes()).ok()?;
    }
}
