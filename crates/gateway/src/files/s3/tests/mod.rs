#[path = "../../../../tests/gateway/s3_server.rs"]
mod s3_server;
mod unsteady;

use tempfile::TempDir;

use self::s3_server::{ACCESS_KEY, BUCKET, REGION, S3Server, SECRET_KEY};
use self::unsteady::{Fault, Unsteady};
use super::*;
use crate::config::Hidden;
use crate::files::conformance::{self, all, bytes, upload};

/// Begins an upload in parts.
const CREATE: &str = "SignedHeaders=host&uploads=1";
/// Ends one; where nothing is listed or aborted, nothing else looks like it.
const COMPLETE: &str = "SignedHeaders=host&uploadId=";

fn config(endpoint: &str) -> S3 {
    S3 {
        endpoint: endpoint.into(),
        bucket: BUCKET.into(),
        region: REGION.into(),
        prefix: "chat/files/".into(),
        path_style: true,
        access_key: Hidden::new(ACCESS_KEY),
        secret_key: Hidden::new(SECRET_KEY),
        session_token: None,
    }
}

fn blobs(endpoint: &str) -> (S3Blobs, TempDir) {
    let uploads = tempfile::tempdir().unwrap();
    let blobs = S3Blobs::new(&config(endpoint), uploads.path().into());
    (blobs.unwrap(), uploads)
}

/// Three parts.
fn large(seed: u64) -> Vec<u8> {
    bytes(17 * 1024 * 1024, seed)
}

#[test]
fn a_bucket_keeps_files_as_every_store_must() {
    let server = S3Server::start();
    let (blobs, uploads) = blobs(&server.endpoint());
    conformance::run(&blobs, uploads.path());
    blobs.put(&upload(uploads.path(), b"x"), "f_seen").unwrap();
    let object = server.objects().join("chat/files/f_seen");
    assert_eq!(std::fs::read(object).unwrap(), b"x");
    blobs.check().unwrap();
    let left = std::fs::read_dir(server.objects().join("chat/files")).unwrap();
    assert_eq!(left.count(), 1);
}

#[test]
fn what_breaks_off_is_tried_again_and_nothing_else_is() {
    let server = S3Server::start();
    let between = Unsteady::before(&server.endpoint());
    let (blobs, uploads) = blobs(&between.endpoint());
    let busy = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (request, fault) in [
        (CREATE, Fault::Answer(busy)),
        ("partNumber=2", Fault::CutAfter(3_000_000)),
        ("partNumber=3", Fault::LoseAnswer),
        // It was done, and the next try finds no upload.
        (COMPLETE, Fault::LoseAnswer),
        ("GET /chat-files/chat/files/f_1", Fault::CutAfter(0)),
    ] {
        between.next(request, fault);
    }
    let expected = large(1);
    blobs
        .put(&upload(uploads.path(), &expected), "f_1")
        .unwrap();
    assert!(all(&blobs, "f_1") == expected);
    assert_eq!(between.faults_left(), 0, "{:?}", between.seen());
    let count = |number: u8| between.count(&format!("partNumber={number}"));
    assert_eq!([count(1), count(2), count(3)], [1, 2, 2]);
    // Nothing is left of it but the object.
    let notes = std::fs::read_dir(uploads.path()).unwrap();
    let mut notes = notes.map(|entry| entry.unwrap().path());
    assert!(!notes.any(|path| path.extension().is_some()));
}

#[test]
fn parts_that_are_there_are_not_sent_again() {
    let mut server = S3Server::start();
    let between = Unsteady::before(&server.endpoint());
    let (blobs, uploads) = blobs(&between.endpoint());
    let (one, other) = (large(1), large(2));
    let file = upload(uploads.path(), &one);
    let break_off_at = |part: &str| {
        for _ in 0..3 {
            between.next(part, Fault::CutAfter(100));
        }
    };
    break_off_at("partNumber=3");
    blobs.put(&file, "f_1").unwrap_err();
    assert!(blobs.read("f_1").is_err());
    // Both processes end meanwhile.
    server.stop();
    server.again();
    let again = S3Blobs::new(&config(&between.endpoint()), uploads.path().into()).unwrap();
    again.put(&file, "f_1").unwrap();
    assert!(all(&again, "f_1") == one);
    let count = |number: u8| between.count(&format!("partNumber={number}&"));
    assert_eq!([count(1), count(2), count(3)], [1, 1, 4]);

    // Another file took the place of the one that was begun.
    break_off_at("partNumber=2");
    blobs.put(&file, "f_2").unwrap_err();
    std::fs::write(&file, &other).unwrap();
    blobs.put(&file, "f_2").unwrap();
    assert!(all(&blobs, "f_2") == other);

    // The bucket dropped what was begun, as a rule of it may say.
    break_off_at("partNumber=2");
    blobs.put(&file, "f_3").unwrap_err();
    let aborted = blobs.begun("f_3").unwrap().unwrap();
    let note = std::fs::read(uploads.path().join("f_3.parts")).unwrap();
    blobs.delete("f_3").unwrap();
    assert!(blobs.begun("f_3").unwrap().is_none());
    // Two parts, the second of them three times, and its end.
    assert_eq!(between.count(&format!("uploadId={}", aborted.upload_id)), 5);
    std::fs::write(uploads.path().join("f_3.parts"), note).unwrap();
    blobs.put(&file, "f_3").unwrap();
    assert!(all(&blobs, "f_3") == other);
}

#[test]
fn a_refusal_that_comes_with_200_is_a_refusal() {
    let server = S3Server::start();
    let between = Unsteady::before(&server.endpoint());
    let (blobs, uploads) = blobs(&between.endpoint());
    let refusal = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<?xml version=\"1.0\"?>\
                   <Error><Code>InternalError</Code><Message>x</Message></Error>";
    between.next(COMPLETE, Fault::Answer(refusal));
    let file = upload(uploads.path(), &large(1));
    let error = blobs.put(&file, "f_1").unwrap_err();
    assert!(error.to_string().contains("not put together"), "{error}");
    blobs.put(&file, "f_1").unwrap();
    assert_eq!(between.count("partNumber="), 3);
}

#[test]
fn a_mistake_of_the_configuration_is_named_and_no_secret_is() {
    let server = S3Server::start();
    let good = config(&server.endpoint());
    let with = |change: &dyn Fn(&mut S3)| {
        let mut config = good.clone();
        change(&mut config);
        config
    };
    for (config, expected) in [
        (
            with(&|it| it.secret_key = Hidden::new("MARK-wrong")),
            "SignatureDoesNotMatch; check secret_key",
        ),
        (
            with(&|it| it.access_key = Hidden::new("MARK-wrong")),
            "check access_key",
        ),
        (
            with(&|it| it.bucket = "no-such-bucket".into()),
            "NoSuchBucket; check bucket",
        ),
        (with(&|it| it.region = "us-east-9".into()), "check region"),
        (
            with(&|it| it.endpoint = "http://127.0.0.1:1".into()),
            "the bucket cannot be reached: ",
        ),
    ] {
        let uploads = tempfile::tempdir().unwrap();
        let blobs = S3Blobs::new(&config, uploads.path().into()).unwrap();
        let message = blobs.check().unwrap_err().to_string();
        assert!(message.contains(expected), "{message} lacks {expected}");
        let shown = format!("{message} {config:?}");
        for secret in ["MARK", SECRET_KEY, ACCESS_KEY, "Signature="] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn an_answer_that_is_not_the_bucket_s_is_no_file() {
    let server = S3Server::start();
    let between = Unsteady::before(&server.endpoint());
    let (blobs, uploads) = blobs(&between.endpoint());
    let file = upload(uploads.path(), &bytes(3_000_000, 1));
    blobs.put(&file, "f_1").unwrap();
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>Sign in to this network</html>",
        "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n\r\nno range",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/5\r\nConnection: close\r\n\r\n0123456789",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/50\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ] {
        between.next("GET /chat-files/chat/files/f_1", Fault::Answer(answer));
        assert!(blobs.read("f_1").is_err(), "{answer}");
    }
    // Nor is a page that says 404 the bucket's word that a file is gone.
    let page = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<html>Nothing here</html>";
    between.next("DELETE /chat-files/chat/files/f_1", Fault::Answer(page));
    assert!(blobs.delete("f_1").is_err());
    // The object changed while it was read.
    let mut reader = blobs.read("f_1").unwrap();
    let shorter = upload(uploads.path(), &bytes(2_000_000, 2));
    blobs.put(&shorter, "f_1").unwrap();
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
}
