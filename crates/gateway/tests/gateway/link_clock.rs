//! The clock of the day jumps, and a device sleeps: its own clock stands still, the day's goes on, and its connections
//! are dead without a word.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::wait_for;
use crate::kill::{Process, Upstream};
use crate::link_app::{App, Heard};
use crate::relay::Relay;

const HOUR: i64 = 3_600;
const YEAR: i64 = 365 * 24 * HOUR;
/// More than a message takes, and less than the time-outs that a dead connection would cost.
const SOON: Duration = Duration::from_secs(8);

fn preload(folder: &Path) -> String {
    let library = folder.join("clock.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gateway/clock.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
    let built = compiler.arg(&library).arg(source).status().unwrap();
    assert!(built.success());
    library.to_str().unwrap().to_owned()
}

#[test]
fn jumps_of_the_clock_and_sleep_lose_and_delay_nothing() {
    let upstream = Upstream::start();
    let _gateway = Process::start(&upstream.settings);
    let relay = Relay::start(&format!("http://{}", upstream.address));
    let folder = tempfile::tempdir().unwrap();
    let clock = folder.path().join("clock");
    let jump = |seconds: i64| {
        let mut file = File::options();
        let file = file.write(true).create(true).truncate(false).open(&clock);
        file.unwrap().write_all(&seconds.to_ne_bytes()).unwrap();
    };
    jump(0);
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let state = folder.path().join("chat.state");
    let _app = App::start_with(
        &json!({"url": relay.url(), "state": state, "life": 0, "speaks": true}),
        &heard,
        &[
            ("LD_PRELOAD", &preload(folder.path())),
            ("WOTNOT_TEST_CLOCK", clock.to_str().unwrap()),
        ],
    );
    let kept = || heard.lock().unwrap().kept.len();
    // Messages from now on are taken and shown.
    let goes_on = || {
        let began = Instant::now();
        let before = kept();
        wait_for(|| kept() > before + 2);
        let text = heard.lock().unwrap().kept[before + 1].clone();
        wait_for(|| heard.lock().unwrap().state_of(&text) == Some("accepted"));
        let took = began.elapsed();
        assert!(took < SOON, "{took:?}");
    };
    goes_on();
    for moved in [HOUR, 10 * YEAR, -30 * YEAR, 0] {
        jump(moved);
        goes_on();
    }
    // Sleep: for the app no time went by, and nothing informed it that its connections are gone.
    for _ in 0..3 {
        relay.silence();
        jump(8 * HOUR);
        goes_on();
        jump(0);
    }
    let heard = heard.lock().unwrap();
    let said = heard.said();
    assert_eq!(said, heard.kept[..said.len()], "in their order, each once");
}
