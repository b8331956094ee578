//! Keeps the processor from sleeping while something is measured: a halted core, and a virtual one
//! above all, takes longer to wake than a call takes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::{Child, Stdio};
use std::sync::OnceLock;

use xtask::run::{Result, command, need};

/// How it is done here, for the page.
static HOW: OnceLock<&str> = OnceLock::new();

/// Whatever keeps the cores awake, until it is dropped.
pub struct CpuLatency {
    request: Option<File>,
    loops: Vec<Child>,
}

impl CpuLatency {
    /// Asks the kernel for zero wake-up latency of idle cores: they poll then, and the scheduler sees
    /// them as idle as ever. Where it does not take that, a loop for each core that runs only where
    /// nothing else wants to has to do: to push it aside is an interrupt of the other core.
    pub fn keep() -> Result<Self> {
        let mut awake = Self {
            request: ask_the_kernel(),
            loops: Vec::new(),
        };
        if awake.request.is_some() {
            HOW.get_or_init(|| "kept awake by the kernel (PM QoS)");
            return Ok(awake);
        }
        HOW.get_or_init(|| "kept awake by idle-priority loops");
        need("chrt", "util-linux")?;
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let child = command("chrt")
                .args(["--idle", "0", "sh", "-c", "while :; do :; done"])
                .stdin(Stdio::null())
                .spawn()
                .map_err(|error| format!("chrt: {error}"))?;
            awake.loops.push(child);
        }
        Ok(awake)
    }

    /// How the cores are kept awake, in a few words.
    pub fn how() -> &'static str {
        HOW.get().copied().unwrap_or("free to sleep")
    }
}

/// The request holds as long as the file is open. Root alone may make it, and without a driver for
/// idle states nothing would come of it.
fn ask_the_kernel() -> Option<File> {
    let driver = std::fs::read_to_string("/sys/devices/system/cpu/cpuidle/current_driver").ok()?;
    if driver.trim() == "none" {
        return None;
    }
    let mut request = OpenOptions::new()
        .write(true)
        .open("/dev/cpu_dma_latency")
        .ok()?;
    request.write_all(&0_i32.to_ne_bytes()).ok()?;
    Some(request)
}

impl Drop for CpuLatency {
    fn drop(&mut self) {
        for child in &mut self.loops {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
