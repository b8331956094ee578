//! Keeps the processor from sleeping while something is measured.

use std::process::{Child, Stdio};

use crate::run::{Result, command, need};

/// A loop for each core that runs only where nothing else wants to. Without it, a call that waits
/// for an answer measures how long a halted virtual core takes to wake: longer than the call itself.
pub struct Awake(Vec<Child>);

impl Awake {
    /// Starts the loops. They end when this is dropped.
    pub fn keep() -> Result<Self> {
        need("chrt", "util-linux")?;
        let mut loops = Self(Vec::new());
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let child = command("chrt")
                .args(["--idle", "0", "sh", "-c", "while :; do :; done"])
                .stdin(Stdio::null())
                .spawn()
                .map_err(|error| format!("chrt: {error}"))?;
            loops.0.push(child);
        }
        Ok(loops)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
