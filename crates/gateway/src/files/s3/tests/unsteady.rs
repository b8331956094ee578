//! What stands between the store and its bucket: it passes requests on, but for those that are to fail.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of one request.
#[derive(Clone, Copy)]
pub enum Fault {
    /// The connection breaks after so many bytes of it.
    CutAfter(usize),
    /// The bucket gets it; its answer is lost.
    LoseAnswer,
    /// This comes back; the bucket gets nothing.
    Answer(&'static str),
}

#[derive(Default)]
struct Script {
    faults: Vec<(String, Fault)>,
    /// The first lines of requests.
    seen: Vec<String>,
}

pub struct Unsteady {
    port: u16,
    script: Arc<Mutex<Script>>,
}

impl Unsteady {
    /// The bucket closes its connections after each answer, so each has one request.
    pub fn before(bucket: &str) -> Self {
        let bucket = bucket.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let (script, bucket) = (Arc::clone(&shared), bucket.clone());
                std::thread::spawn(move || pass_on(caller, &bucket, &script));
            }
        });
        Self { port, script }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next request with these words in its first line fails.
    pub fn next(&self, words: &str, fault: Fault) {
        self.script
            .lock()
            .unwrap()
            .faults
            .push((words.into(), fault));
    }

    pub fn faults_left(&self) -> usize {
        self.script.lock().unwrap().faults.len()
    }

    pub fn seen(&self) -> Vec<String> {
        self.script.lock().unwrap().seen.clone()
    }

    /// Requests with these words in their first line.
    pub fn count(&self, words: &str) -> usize {
        self.seen()
            .iter()
            .filter(|line| line.contains(words))
            .count()
    }
}

fn pass_on(mut caller: TcpStream, bucket: &str, script: &Mutex<Script>) {
    let mut head = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while !head.windows(2).any(|end| end == b"\r\n") {
        match caller.read(&mut buffer) {
            Ok(length @ 1..) => head.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    let line = String::from_utf8_lossy(&head);
    let line = line.lines().next().unwrap_or_default().to_owned();
    let fault = {
        let mut script = script.lock().unwrap();
        script.seen.push(line.clone());
        let found = script
            .faults
            .iter()
            .position(|(words, _)| line.contains(words));
        found.map(|index| script.faults.remove(index).1)
    };
    if let Some(Fault::Answer(text)) = fault {
        let _ = caller.write_all(text.as_bytes());
        let _ = caller.shutdown(Shutdown::Write);
        while matches!(caller.read(&mut buffer), Ok(1..)) {}
        return;
    }
    let mut most = match fault {
        Some(Fault::CutAfter(bytes)) => bytes,
        _ => usize::MAX,
    };
    let mut to = TcpStream::connect(bucket).unwrap();
    let mut from = to.try_clone().unwrap();
    let mut back = caller.try_clone().unwrap();
    let is_lost = matches!(fault, Some(Fault::LoseAnswer));
    let answers = std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if !is_lost && back.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut chunk = head;
    while most > 0 {
        let length = chunk.len().min(most);
        most -= length;
        if to.write_all(&chunk[..length]).is_err() {
            break;
        }
        match caller.read(&mut buffer) {
            Ok(length @ 1..) => chunk = buffer[..length].to_vec(),
            _ => break,
        }
    }
    if most == 0 {
        let _ = to.shutdown(Shutdown::Both);
        let _ = caller.shutdown(Shutdown::Both);
    }
    let _ = answers.join();
}
