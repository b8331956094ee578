//! A reader of a stream, as a browser reads it.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::harness::DEADLINE;
use crate::openapi;

/// One frame of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub id: Option<String>,
    pub event: String,
    pub data: Value,
}

pub struct Stream(Receiver<Frame>);

impl Stream {
    pub fn read(body: impl std::io::Read + Send + 'static) -> Self {
        let (sender, frames) = channel();
        std::thread::spawn(move || {
            let (mut id, mut event, mut data) = (None, String::new(), String::new());
            for line in BufReader::new(body).lines() {
                let Ok(line) = line else { return };
                if let Some(text) = line.strip_prefix("id: ") {
                    id = Some(text.to_owned());
                } else if let Some(text) = line.strip_prefix("event: ") {
                    event = text.to_owned();
                } else if let Some(text) = line.strip_prefix("data: ") {
                    data = text.to_owned();
                } else if line.is_empty() && !data.is_empty() {
                    let frame = Frame {
                        id: id.take(),
                        event: std::mem::take(&mut event),
                        data: serde_json::from_str(&std::mem::take(&mut data)).unwrap(),
                    };
                    openapi::check_frame(&frame.data);
                    if sender.send(frame).is_err() {
                        return;
                    }
                }
            }
        });
        Self(frames)
    }

    pub fn next(&self) -> Frame {
        self.0.recv_timeout(DEADLINE).expect("no frame came")
    }

    /// Frames up to the first that is as wanted, that one included.
    pub fn until(&self, wanted: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next();
            let found = wanted(&frame);
            frames.push(frame);
            if found {
                return frames;
            }
        }
    }
}

pub fn text_is(text: &str) -> impl Fn(&Frame) -> bool {
    let text = text.to_owned();
    move |frame| frame.data["text"] == text
}
