//! The stores that a benchmark begins with, and the disk that they are on.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::number;
use super::servers::load;
use crate::runs::median;
use xtask::run::{Result, check, command, scratch};

/// A store with so many conversations in it, and of so many megabytes at least.
pub(super) struct Filled {
    pub data: PathBuf,
    pub incarnation: String,
}

impl Filled {
    pub fn new(name: &str, conversations: usize, megabytes: u64) -> Result<Self> {
        let data = scratch(&format!("bench-gateway-{name}"))?;
        Self::fill(data, conversations, megabytes)
    }

    fn fill(data: PathBuf, conversations: usize, megabytes: u64) -> Result<Self> {
        let filled = load(
            "seed",
            &[
                ("data", data.display().to_string()),
                ("conversations", conversations.to_string()),
                ("megabytes", megabytes.to_string()),
            ],
        )?;
        Ok(Self {
            data,
            incarnation: filled["incarnation"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

/// What a flush of the disk takes, looked at before each load: how fast a durable answer can be at all just then.
#[derive(Default)]
pub(super) struct Flushes(Vec<Value>);

impl Flushes {
    /// Has the disk take first what earlier loads left to be written, for that is not the next one's.
    pub fn settle(&mut self, data: &Path) -> Result<()> {
        check(&mut command("sync"))?;
        let options = [
            ("data", data.display().to_string()),
            ("seconds", "1".to_owned()),
        ];
        self.0.push(load("flush", &options)?);
        Ok(())
    }

    pub fn text(&self) -> String {
        let all = |name: &str| self.0.iter().map(|it| number(it, name)).collect::<Vec<_>>();
        let longest = all("max_ms").into_iter().fold(0.0, f64::max);
        format!(
            "Before each load `sync` was run, and a file was written over for a second, 4 KB at a time, each flushed (fdatasync): \
             {:.2} ms in the middle and {:.2} ms at the 99th of 100 (medians of {} such looks), {longest:.1} ms at the most.",
            median(all("p50_ms")),
            median(all("p99_ms")),
            self.0.len()
        )
    }
}
