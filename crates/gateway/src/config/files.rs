//! Files of visitors: how large, of which types, and how long.

use serde::Deserialize;

/// How visitors send files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Files {
    /// Where this gateway is reached, such as `https://chat.example.com`: links to files begin with
    /// it. `None`: the address that it listens on.
    pub url: Option<String>,
    /// The largest file, in megabytes of 1,000,000 bytes.
    pub largest_mb: u32,
    /// All files of one visitor together.
    pub visitor_mb: u32,
    /// How long a link counts.
    pub link_hours: u32,
    /// Files go so many days after they were begun.
    pub keep_days: u32,
    /// The media types that are taken.
    pub types: Vec<String>,
    /// A program that looks at each file, and its arguments; the file's path follows. It ends with
    /// 0 for a file that is taken, with 1 for one that is not. Empty: none.
    pub scanner: Vec<String>,
}

impl Files {
    pub(crate) fn bytes(megabytes: u32) -> u64 {
        u64::from(megabytes) * 1_000_000
    }

    pub(crate) fn link_seconds(&self) -> u64 {
        u64::from(self.link_hours) * 3_600
    }

    pub(crate) fn keep_ms(&self) -> u64 {
        u64::from(self.keep_days) * 24 * 3_600 * 1_000
    }
}

impl Default for Files {
    fn default() -> Self {
        let types = [
            "image/jpeg",
            "image/png",
            "image/gif",
            "image/webp",
            "application/pdf",
            "text/plain",
            "audio/mpeg",
            "audio/ogg",
            "video/mp4",
            "video/webm",
        ];
        Self {
            url: None,
            largest_mb: 20,
            visitor_mb: 100,
            link_hours: 7 * 24,
            keep_days: 30,
            types: types.map(String::from).to_vec(),
            scanner: Vec::new(),
        }
    }
}
