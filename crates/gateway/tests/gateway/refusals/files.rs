//! Refusals of calls about files.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{FILE, PNG, Provoked};
use crate::harness::{Answer, Browser, ORIGIN, World, call, wait_for};

/// Begins an upload; gives its path.
pub fn begun(browser: &Browser<'_>, size: usize) -> String {
    let body = json!({"name": "a.png", "type": "image/png", "size": size});
    let answer = browser.post("/v1/files", &body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["upload"]["url"].as_str().unwrap().to_owned()
}

pub fn of_files(world: &World, provoked: &mut Provoked) {
    let browser = world.visitor();
    let file = |kind: &str, size: u64| json!({"name": "a", "type": kind, "size": size});
    for (body, code) in [
        (json!({}), "invalid_request"),
        (file("image/png", 1_000_001), "too_large"),
        (file("text/html", 5), "unsupported_type"),
    ] {
        provoked.note("POST", "/v1/files", &browser.post("/v1/files", &body), code);
    }
    let none = World::new();
    let none = none.visitor().post("/v1/files", &file("image/png", 5));
    provoked.note("POST", "/v1/files", &none, "not_found");

    let nothing = "/v1/files/f_nothing";
    provoked.note("GET", FILE, &browser.get(nothing), "not_found");
    let path = begun(&browser, PNG.len());
    let complete = |path: &str| browser.post(&format!("{path}/complete"), &json!({}));
    let pattern = format!("{FILE}/complete");
    provoked.note("POST", &pattern, &complete(nothing), "not_found");
    provoked.note("POST", &pattern, &complete(&path), "offset_mismatch");
    for method in ["PUT", "PATCH"] {
        let write = |path: &str, bytes: &[u8]| {
            browser.send_bytes(method, path, &[("upload-offset", "0")], Some(bytes))
        };
        provoked.note(method, FILE, &write(nothing, PNG), "not_found");
        let long = [PNG, PNG].concat();
        provoked.note(method, FILE, &write(&path, &long), "too_large");
        provoked.note(
            method,
            FILE,
            &cut_off(&browser, method, &path),
            "invalid_request",
        );
    }
    while_written(&browser, &path, || {
        for method in ["PUT", "PATCH"] {
            let headers = [("upload-offset", "1")];
            let busy = browser.send_bytes(method, &path, &headers, Some(PNG));
            provoked.note(method, FILE, &busy, "upload_busy");
        }
        provoked.note("POST", &pattern, &complete(&path), "upload_busy");
    });
    assert_eq!(complete(&path).status, 200);
    for method in ["PUT", "PATCH"] {
        let late = browser.send_bytes(method, &path, &[("upload-offset", "0")], Some(PNG));
        provoked.note(method, FILE, &late, "offset_mismatch");
    }
    let infected = [PNG, b"virus"].concat();
    for (bytes, code) in [
        (b"no picture".as_slice(), "content_mismatch"),
        (infected.as_slice(), "file_refused"),
    ] {
        let path = begun(&browser, bytes.len());
        assert_eq!(browser.put(&path, bytes).status, 200);
        provoked.note("POST", &pattern, &complete(&path), code);
    }
    let link = |query: &str| call("GET", &world.url(&format!("/files/f_1{query}")), &[], None);
    provoked.note("GET", "/files/{id}", &link(""), "invalid_request");
    let unsigned = link("?until=99999999999&signature=x");
    provoked.note("GET", "/files/{id}", &unsigned, "not_found");
}

fn upload_head(browser: &Browser<'_>, method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\norigin: {ORIGIN}\r\nauthorization: Bearer {}\r\n\
         connection: close\r\nupload-offset: 0\r\ncontent-length: {}\r\n\r\n",
        browser.token,
        PNG.len()
    )
}

fn socket(browser: &Browser<'_>, bytes: &[u8]) -> TcpStream {
    let address = browser.world.gateway().url().replace("http://", "");
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(bytes).unwrap();
    socket
}

/// The answer to a body that ends before it is whole; what came of it is dropped again.
fn cut_off(browser: &Browser<'_>, method: &str, path: &str) -> Answer {
    let head = upload_head(browser, method, path);
    let mut socket = socket(browser, &[head.as_bytes(), &PNG[..3]].concat());
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    assert_eq!(browser.put(path, b"").status, 200);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Answer {
        status: head.get(9..12).and_then(|it| it.parse().ok()).unwrap_or(0),
        bytes: Vec::new(),
        body: serde_json::from_str(body).unwrap_or_default(),
        headers: ureq::http::HeaderMap::new(),
    }
}

/// Does `meanwhile` in the middle of an upload, which then becomes whole.
fn while_written(browser: &Browser<'_>, path: &str, meanwhile: impl FnOnce()) {
    let head = upload_head(browser, "PUT", path);
    let mut socket = socket(browser, &[head.as_bytes(), &PNG[..1]].concat());
    wait_for(|| browser.get(path).body["file"]["offset"] == 1);
    meanwhile();
    socket.write_all(&PNG[1..]).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
