//! Calls at odd moments of a process: when it ends, and after a fork while another thread reads the trust
//! store. Each test runs itself once more as the process that it is about.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::*;

const SEND: &str =
    r#"{"conversation_id":"3f0c","message":{"type":"text","data":{"body":"Hello"}}}"#;

/// Set in the process that a test is about: the port of its service.
const PORT: &str = "WOTNOT_TEST_PORT";

const DEADLINE: Duration = Duration::from_secs(60);

fn port() -> Option<u16> {
    std::env::var(PORT).ok()?.parse().ok()
}

/// This test, as a process of its own.
fn process(test: &str, port: u16) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("process::{test}"), "--nocapture"])
        .env(PORT, port.to_string());
    command
}

/// A service that takes every message, on a connection each.
fn service() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut part = [0; 1024];
            // The text is at the end of the body.
            while !request.ends_with(b"}") {
                match stream.read(&mut part) {
                    Ok(bytes @ 1..) => request.extend_from_slice(&part[..bytes]),
                    _ => break,
                }
            }
            let body = r#"{"ok":true,"message_id":"abc"}"#;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

static LAST: AtomicU64 = AtomicU64::new(0);

/// The process ends with the status of a last call.
extern "C" fn call_at_the_end() {
    let (status, text) = call(LAST.load(Ordering::Relaxed), c"send_message", SEND);
    if status != WOTNOT_OK {
        eprintln!("{text}");
    }
    unsafe { libc::_exit(status) };
}

#[test]
fn a_call_works_in_a_handler_of_atexit() {
    let Some(port) = port() else {
        let ended = process("a_call_works_in_a_handler_of_atexit", service()).output();
        let ended = ended.unwrap();
        assert_eq!(ended.status.code(), Some(WOTNOT_OK), "{ended:?}");
        return;
    };
    let client = made_of(&format!(
        r#"{{"token":"t","base_url":"http://127.0.0.1:{port}","proxy":null}}"#
    ));
    assert_eq!(call(client, c"send_message", SEND).0, WOTNOT_OK);
    LAST.store(client, Ordering::Relaxed);
    unsafe { libc::atexit(call_at_the_end) };
    // By the time of the handlers, this thread's own data is gone.
    std::process::exit(WOTNOT_INTERNAL);
}

#[test]
#[cfg(target_os = "linux")]
fn a_fork_while_the_trust_store_is_read_harms_no_call_of_the_child() {
    const NAME: &str = "a_fork_while_the_trust_store_is_read_harms_no_call_of_the_child";
    let Some(port) = port() else {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let folder = std::env::temp_dir().join(format!("wotnot-fork-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        // A store that is never there, and never missing.
        let store = folder.join("store.pem");
        assert!(
            Command::new("mkfifo")
                .arg(&store)
                .status()
                .unwrap()
                .success()
        );
        let ended = process(NAME, silent.local_addr().unwrap().port())
            .env("SSL_CERT_FILE", &store)
            .env_remove("SSL_CERT_DIR")
            // ThreadSanitizer ends a forked child that starts a thread, unless an option forbids that.
            .env("TSAN_OPTIONS", "die_after_fork=0")
            .output()
            .unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let code = ended.status.code();
        assert_eq!(code, Some(WOTNOT_REQUEST_TIMEOUT), "{ended:?}");
        return;
    };
    let client = |timeout_ms: u32| {
        made_of(&format!(
            r#"{{"token":"t","base_url":"https://127.0.0.1:{port}","proxy":null,"timeout_ms":{timeout_ms}}}"#
        ))
    };
    let reads = client(60_000);
    std::thread::spawn(move || call(reads, c"send_message", SEND));
    let since = Instant::now();
    while !has_a_thread("wotnot-roots") {
        assert!(since.elapsed() < DEADLINE, "nobody reads the store");
        std::thread::yield_now();
    }
    let child = unsafe { libc::fork() };
    if child == 0 {
        let (status, _) = call(client(300), c"send_message", SEND);
        unsafe { libc::_exit(status) };
    }
    let since = Instant::now();
    let mut status = 0;
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if since.elapsed() > DEADLINE {
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let code = match libc::WIFEXITED(status) {
        true => libc::WEXITSTATUS(status),
        false => WOTNOT_INTERNAL,
    };
    std::process::exit(code);
}

#[cfg(target_os = "linux")]
fn has_a_thread(name: &str) -> bool {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
        .any(|found| found.trim() == name)
}
