//! TLS without a proxy, with curl as the browser; and HTTP/2 in the clear, as proxies speak it.

use std::time::Instant;

use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

use crate::served::{DEADLINE, Served, Setup, serve, serve_as, write};

const ACCEPT: &str = "Accept: text/event-stream";

/// A certificate for this machine, and its key.
pub fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let signed = params.self_signed(&key).unwrap();
    (signed.pem(), key.serialize_pem())
}

/// The version of HTTP, and what came.
fn over(served: &Served, http: &str, path: &str, arguments: &[&str]) -> (String, String) {
    let all = [&[http, "-w", "\n%{http_version}"], arguments].concat();
    let text = served.curl(path, &all);
    let (body, version) = text.rsplit_once('\n').unwrap_or_default();
    (version.to_owned(), body.to_owned())
}

/// What a stream gave before it was cut off, once it holds `text`.
fn stream(
    served: &Served,
    http: &str,
    expected: &str,
    auth: &str,
    events: &str,
    text: &str,
) -> String {
    let until = Instant::now() + DEADLINE;
    loop {
        let arguments = ["-N", "-m", "2", "-H", auth, "-H", ACCEPT];
        let (version, frames) = over(served, http, events, &arguments);
        if frames.contains(text) {
            assert_eq!(version, expected);
            return frames;
        }
        assert!(Instant::now() < until, "{frames}");
    }
}

#[test]
fn both_versions_of_http_come_over_tls_and_a_new_certificate_counts_at_once() {
    let (cert, key) = certificate();
    let mut served = serve_as(Setup {
        section: "[tls]\ncert_file = \"cert.pem\"\nkey_file = \"key.pem\"\n".into(),
        files: vec![("cert.pem", cert), ("key.pem", key)],
        ..Setup::default()
    });
    assert!(
        served.url.starts_with("https://127.0.0.1:"),
        "{}",
        served.url
    );
    let session = r#"{"app": "shop-app"}"#;
    for (http, expected) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let (version, body) = over(&served, http, "/v1/sessions", &["-d", session]);
        assert_eq!(version, expected, "{body}");
        let session: Value = serde_json::from_str(&body).unwrap();
        let auth = format!(
            "Authorization: Bearer {}",
            session["token"].as_str().unwrap()
        );
        let begun = r#"{"client_id": "m1", "text": "over TLS"}"#;
        let (_, body) = over(
            &served,
            http,
            "/v1/conversations",
            &["-H", &auth, "-d", begun],
        );
        let begun: Value = serde_json::from_str(&body).unwrap();
        let id = begun["conversation"]["id"].as_str().unwrap();
        let events = format!("/v1/conversations/{id}/events");
        let frames = stream(&served, http, expected, &auth, &events, "over TLS");
        assert!(frames.contains("event: hello"), "{frames}");
    }
    // The vendor posts here as well.
    let body = r#"{"events": []}"#;
    let auth = "Authorization: Bearer hush-webhook";
    let (_, taken) = over(
        &served,
        "--http1.1",
        "/hook/MARK-webhook-secret",
        &["-d", body, "-H", auth, "-w", "%{http_code}\n"],
    );
    assert!(taken.contains("200"), "{taken}");

    let old = std::fs::read(served.folder.path().join("cert.pem")).unwrap();
    std::fs::write(served.folder.path().join("old.pem"), old).unwrap();
    let (cert, key) = certificate();
    let folder = served.folder.path().to_owned();
    // A certificate without its key changes nothing; the log says so.
    write(&folder, "new", &cert);
    std::fs::rename(folder.join("new"), folder.join("cert.pem")).unwrap();
    let refused = served.logged("the configuration stays as it was");
    let mistake = refused["mistake"].as_str().unwrap();
    assert!(mistake.contains("tls.key_file"), "{mistake}");
    write(&folder, "new", &key);
    std::fs::rename(folder.join("new"), folder.join("key.pem")).unwrap();
    served.logged("the configuration was read again");
    let (version, body) = over(&served, "--http2", "/v1/sessions", &["-d", session]);
    assert_eq!(version, "2", "{body}");
    let old = folder.join("old.pem");
    let trusting_the_old = served.curl(
        "/v1/sessions",
        &[
            "--cacert",
            old.to_str().unwrap(),
            "-d",
            session,
            "-w",
            "%{http_code}",
        ],
    );
    assert_eq!(trusting_the_old, "000");
}

#[test]
fn a_proxy_may_speak_http2_in_the_clear() {
    let served = serve();
    let (auth, chat) = served.chat("Hello");
    let events = format!("{chat}/events");
    stream(
        &served,
        "--http2-prior-knowledge",
        "2",
        &auth,
        &events,
        r#""kind":"choice""#,
    );
}
