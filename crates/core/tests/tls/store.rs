//! The system's trust store: one that cannot be read, and one that is slow.
//!
//! The environment says where it is and belongs to a whole process, so each test runs itself once more
//! as a child.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustls::version::TLS13;
use wotnot_core::{Client, Code, Config, Delivery, Roots, Tls};

use super::authority::Authority;
use super::server::Service;
use super::{config, send};

/// The place of the store, in a child.
const STORE: &str = "SSL_CERT_FILE";

/// Where the store is to come, in a child.
const STAYS: &str = "WOTNOT_TEST_STORE";

/// The path for a store, in the child; runs the test as a child where it is none.
fn in_a_child(test: &str, prepare: impl FnOnce(&Path)) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(STAYS) {
        return Some(path.into());
    }
    let folder = std::env::temp_dir().join(format!("wotnot-{test}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let store = folder.join("store.pem");
    prepare(&store);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::{test}"), "--nocapture"])
        .env(STORE, &store)
        .env(STAYS, &store)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    None
}

fn system(port: u16, roots: Roots) -> Config {
    Config {
        tls: Tls {
            roots,
            ..Tls::default()
        },
        ..config(port, "")
    }
}

#[test]
fn a_store_that_could_not_be_read_is_named_and_read_again() {
    let Some(store) = in_a_child(
        "a_store_that_could_not_be_read_is_named_and_read_again",
        |_| {},
    ) else {
        return;
    };
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves(&[&TLS13]));
    let clients = [Roots::Auto, Roots::System]
        .map(|roots| Client::new(system(service.port.number, roots)).unwrap());
    for client in &clients {
        let error = send(client).unwrap_err();
        assert_eq!(error.code(), Code::Tls, "{error}");
        assert!(
            error.message().contains("trust store could not be read"),
            "{error}"
        );
    }
    std::fs::write(store, authority.pem()).unwrap();
    for client in &clients {
        assert_eq!(send(client).unwrap().message_id.unwrap(), "abc");
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_hangs_ends_with_the_time_and_is_shared() {
    let make_pipe = |store: &Path| {
        let made = Command::new("mkfifo").arg(store).status().unwrap();
        assert!(made.success());
    };
    let Some(store) = in_a_child(
        "a_store_that_hangs_ends_with_the_time_and_is_shared",
        make_pipe,
    ) else {
        return;
    };
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves(&[&TLS13]));
    let client = Client::new(Config {
        timeout: Duration::from_millis(200),
        ..system(service.port.number, Roots::System)
    })
    .unwrap();
    for _ in 0..3 {
        let error = send(&client).unwrap_err();
        assert_eq!(error.code(), Code::RequestTimeout, "{error}");
        assert_eq!(error.delivery(), Some(Delivery::NotSent));
    }
    // To open the pipe for writing waits for a reader: there is one.
    std::fs::write(store, authority.pem()).unwrap();
    let patient = wotnot_core::CallOptions {
        timeout: Some(Duration::from_secs(60)),
        ..Default::default()
    };
    let message = wotnot_core::Message::text("Hello");
    let sent = client.send_message("3f0c", &message, &patient).unwrap();
    assert_eq!(sent.message_id.unwrap(), "abc");
}
