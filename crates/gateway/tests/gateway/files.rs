//! Files from a visitor to the vendor.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use wotnot_gateway::config::{Files, S3};

use crate::harness::{Answer, Browser, ORIGIN, World, call, wait_for};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and the rest of a picture";

const FLOW: &str = "
bot: {name: Files, key: lead-bot}
start: ask
blocks:
  ask:  {type: file_upload, text: 'Send a picture', max_files: 2, save_to: conversation.files, next: done}
  done: {type: message, text: 'Thank you', next: ask}
";

pub fn world() -> World {
    world_with(None)
}

pub fn world_with(s3: Option<S3>) -> World {
    World::build(
        wotnot_emulator::Emulator::builder().flow_yaml(FLOW),
        |config| {
            config.files = Some(Files {
                largest_mb: 1,
                visitor_mb: 2,
                s3,
                ..Files::default()
            });
        },
    )
}

pub fn begin(browser: &Browser<'_>, name: &str, kind: &str, size: usize) -> Answer {
    browser.post(
        "/v1/files",
        &json!({"name": name, "type": kind, "size": size}),
    )
}

/// Begins an upload; gives its path.
pub fn begun(browser: &Browser<'_>, name: &str, kind: &str, size: usize) -> String {
    let answer = begin(browser, name, kind, size);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["upload"]["url"].as_str().unwrap().to_owned()
}

/// A file that is ready; gives its id.
pub fn ready(browser: &Browser<'_>, name: &str, bytes: &[u8]) -> String {
    let path = begun(browser, name, "image/png", bytes.len());
    assert_eq!(browser.put(&path, bytes).status, 200);
    let done = browser.post(&format!("{path}/complete"), &json!({}));
    assert_eq!(
        (done.status, &done.body["ready"]),
        (200, &Value::Bool(true))
    );
    done.body["file"]["id"].as_str().unwrap().to_owned()
}

pub fn fetch(url: &str) -> Answer {
    call("GET", url, &[], None)
}

/// All texts that begin like this.
fn links_in(value: &Value, head: &str) -> Vec<String> {
    match value {
        Value::String(text) if text.starts_with(head) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(|it| links_in(it, head)).collect(),
        Value::Object(values) => values.values().flat_map(|it| links_in(it, head)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_file_reaches_the_vendor_as_a_link() {
    let world = world();
    let files = world.config.data.join("files");
    reaches_the_vendor_as_a_link(&world, &files);
}

/// `folder` is where the bytes are in the end.
pub fn reaches_the_vendor_as_a_link(world: &World, folder: &Path) {
    let browser = world.visitor();
    assert_eq!(browser.session["capabilities"]["files"], true);
    let path = browser.start("m1", "Hello");
    let asked = browser.wait(&path, |it| it["prompt"]["kind"] == "file");
    let id = ready(&browser, "photo.png", PNG);
    let body = json!({"client_id": "m2", "answer_to": asked["prompt"]["seq"], "files": [id]});
    let said = browser.say(&path, &body);
    assert_eq!(said.status, 202, "{}", said.body);
    let shown = browser.wait(&path, |it| it.to_string().contains("Thank you"));
    assert!(shown.to_string().contains("photo.png"), "{shown:#}");
    assert!(!shown.to_string().contains("signature"), "{shown:#}");
    assert_eq!(browser.say(&path, &body).status, 200);
    // What the vendor got.
    let transcript = world.emulator.transcripts().remove(0);
    let events: Vec<Value> = transcript
        .entries
        .iter()
        .map(|it| it.event.clone())
        .collect();
    // In the message, and in the variable that the bot keeps it in.
    let mut links = links_in(&json!(events), &world.url("/files/"));
    links.dedup();
    assert_eq!(links.len(), 1, "{events:#?}");
    let link = &links[0];
    assert!(json!(events).to_string().contains("photo.png"));
    let answer = fetch(link);
    assert_eq!((answer.status, &*answer.bytes), (200, PNG));
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename*=UTF-8''photo%2Epng"
    );
    assert_eq!(std::fs::read(folder.join(&id)).unwrap(), PNG);
    let uploads = std::fs::read_dir(world.config.data.join("uploads")).unwrap();
    assert_eq!(uploads.count(), 0);
    // The visitor takes it away, and has it gone.
    let exported = browser.get("/v1/visitor/export").unzipped();
    let name = format!("files/{id}-photo.png");
    assert!(exported.iter().any(|(found, _)| *found == name));
    assert_eq!(browser.delete("/v1/visitor").status, 202);
    assert_eq!(fetch(link).status, 404);
    assert!(!folder.join(&id).exists());
}

#[test]
fn a_file_whose_visitor_did_not_wait_for_its_end_is_ready_after_all() {
    let mut world = world();
    let scanner = world.config.data.join("scanner");
    let (asked, go) = (
        scanner.with_extension("asked"),
        scanner.with_extension("go"),
    );
    let script = format!(
        "touch {}; until [ -e {} ]; do sleep 0.05; done",
        asked.display(),
        go.display()
    );
    let command = ["sh", "-c", &script].map(String::from).to_vec();
    world.config.files.as_mut().unwrap().scanner = command;
    world.gateway = None;
    world.start();
    let browser = world.visitor();
    let path = begun(&browser, "photo.png", "image/png", PNG.len());
    assert_eq!(browser.put(&path, PNG).status, 200);
    let address = world.gateway().url().replace("http://", "");
    let mut socket = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST {path}/complete HTTP/1.1\r\nhost: a\r\norigin: {ORIGIN}\r\n\
         authorization: Bearer {}\r\ncontent-length: 2\r\n\r\n{{}}",
        browser.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    wait_for(|| asked.exists());
    drop(socket);
    let busy = browser.post(&format!("{path}/complete"), &json!({}));
    assert_eq!((busy.status, busy.code()), (409, "upload_busy"));
    std::fs::write(go, "").unwrap();
    wait_for(|| browser.get(&path).body["file"]["ready"] == true);
    let url = browser.get(&path).body["file"]["url"].clone();
    assert_eq!(fetch(url.as_str().unwrap()).bytes, PNG);
}

#[test]
fn readers_who_take_a_file_slowly_hold_nobody_else_up() {
    let world = world();
    let browser = world.visitor();
    let picture = [PNG, &vec![b'x'; 900_000]].concat();
    let id = ready(&browser, "photo.png", &picture);
    let shown = browser.get(&format!("/v1/files/{id}"));
    let link = shown.body["file"]["url"].as_str().unwrap();
    let (address, path) = link.trim_start_matches("http://").split_once('/').unwrap();
    // More than there are threads for blocking calls.
    let readers: Vec<TcpStream> = (0..600)
        .map(|_| {
            let mut socket = TcpStream::connect(address).unwrap();
            let head = format!("GET /{path} HTTP/1.1\r\nhost: a\r\n\r\n");
            socket.write_all(head.as_bytes()).unwrap();
            socket
        })
        .collect();
    for mut reader in &readers {
        let mut status = [0; 12];
        reader.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    }
    // A call to the vendor needs such a thread, and so does the next reader.
    let talk = browser.start("m1", "Hello");
    browser.wait_state(&talk, "m1", &["accepted"]);
    assert!(fetch(link).bytes == picture);
}

#[test]
fn an_upload_that_broke_off_goes_on_where_it_was() {
    let world = world();
    let browser = world.visitor();
    let path = begun(&browser, "photo.png", "image/png", PNG.len());
    let first = browser.patch(&path, "0", &PNG[..10]);
    assert_eq!((first.status, first.header("upload-offset")), (200, "10"));
    // A body that ends before it is whole.
    let address = world.gateway().url().replace("http://", "");
    let mut socket = TcpStream::connect(&address).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: a\r\norigin: {ORIGIN}\r\nauthorization: Bearer {}\r\n\
         upload-offset: 10\r\ncontent-length: 20\r\n\r\n",
        browser.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&PNG[10..15]).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest);
    wait_for(|| browser.get(&path).body["file"]["offset"] == 15);
    let early = browser.post(&format!("{path}/complete"), &json!({}));
    assert_eq!((early.status, early.code()), (409, "offset_mismatch"));
    assert_eq!(early.body["error"]["offset"], 15);
    let rest = browser.patch(&path, "15", &PNG[15..]);
    assert_eq!(rest.body["file"]["offset"], PNG.len());
    let done = browser.post(&format!("{path}/complete"), &json!({}));
    let url = done.body["file"]["url"].as_str().unwrap();
    assert_eq!(fetch(url).bytes, PNG);
    // The same call again changes nothing; nothing can be written any more.
    let again = browser.post(&format!("{path}/complete"), &json!({}));
    assert_eq!(again.body["file"]["id"], done.body["file"]["id"]);
    let late = browser.put(&path, PNG);
    assert_eq!((late.status, late.code()), (409, "offset_mismatch"));
}

#[cfg(unix)]
#[test]
fn a_scanner_may_refuse_a_file() {
    let scanner = |script: &str| ["sh", "-c", script, "scanner"].map(String::from).to_vec();
    let mut world = world();
    for (script, status, code) in [
        (
            "grep -q rest \"$1\" && exit 1 || exit 0",
            422,
            "file_refused",
        ),
        ("exit 2", 503, "unavailable"),
        ("exit 0", 200, ""),
    ] {
        world.config.files.as_mut().unwrap().scanner = scanner(script);
        world.gateway = None;
        world.start();
        let browser = world.visitor();
        let path = begun(&browser, "photo.png", "image/png", PNG.len());
        assert_eq!(browser.put(&path, PNG).status, 200);
        let done = browser.post(&format!("{path}/complete"), &json!({}));
        assert_eq!((done.status, done.code()), (status, code), "{script}");
    }
}

#[test]
fn a_gateway_without_files_takes_none() {
    let world = World::new();
    let browser = world.visitor();
    assert_eq!(browser.session["capabilities"]["files"], false);
    let answer = begin(&browser, "a.png", "image/png", 9);
    assert_eq!((answer.status, answer.code()), (404, "not_found"));
}
