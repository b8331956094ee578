//! The scripted service against a plain socket: what it counts, and how it breaks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use wotnot_conformance::{Break, BreakPoint, Exchange, How, Listen, Server};

const REQUEST: &[u8] = b"POST /x HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello";

fn server(exchanges: impl IntoIterator<Item = Exchange>) -> Server {
    let server = Server::start(Listen::Now).unwrap();
    server.script(exchanges);
    server
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

fn broken(at: BreakPoint, after_bytes: usize, how: How) -> Exchange {
    Exchange {
        cut: Some(Break {
            at,
            after_bytes,
            how,
        }),
        ..Exchange::json(200, json!({"ok": true}))
    }
}

/// Sends the request, reads to the end; the bytes and whether the end was an orderly one.
fn ask(server: &Server) -> (Vec<u8>, bool) {
    let mut stream = connect(server);
    let _broken_meanwhile = stream.write_all(REQUEST);
    let mut answer = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return (answer, true),
            Ok(count) => answer.extend_from_slice(&chunk[..count]),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return (answer, false);
            }
        }
    }
}

#[test]
fn a_request_counts_once_it_is_whole_and_not_before() {
    for at in BreakPoint::ALL {
        for how in [How::Close, How::Reset] {
            let server = server([broken(at, 3, how)]);
            let (answer, orderly) = ask(&server);
            server.settle();
            let whole = !matches!(
                at,
                BreakPoint::BeforeRequest | BreakPoint::InRequestHead | BreakPoint::InRequestBody
            );
            assert_eq!(
                server.requests().len(),
                usize::from(whole),
                "{at:?} {how:?}"
            );
            assert_eq!(orderly, how == How::Close, "{at:?} {how:?}");
            let reported = server
                .requests()
                .first()
                .and_then(|request| request.answered);
            assert_eq!(
                reported,
                (at == BreakPoint::AfterAnswer).then_some(200),
                "{at:?} {how:?}"
            );
            let text = String::from_utf8(answer).unwrap();
            match at {
                BreakPoint::InAnswerHead => assert_eq!(text, "HTT"),
                BreakPoint::InAnswerBody => assert!(text.ends_with("\r\n\r\n{\"o"), "{text}"),
                BreakPoint::AfterAnswer => assert!(text.ends_with("{\"ok\":true}"), "{text}"),
                _ => assert_eq!(text, ""),
            }
        }
    }
}

#[test]
fn silence_lasts_until_the_peer_goes() {
    let server = server([broken(BreakPoint::BeforeAnswer, 0, How::Silence)]);
    let mut stream = connect(&server);
    stream.write_all(REQUEST).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_request_beyond_the_script_is_a_problem() {
    let server = server([]);
    assert_eq!(ask(&server).0, b"");
    server.settle();
    assert_eq!(server.take_problems().len(), 1);
}

#[test]
fn a_request_that_is_not_as_expected_is_a_problem() {
    let mut exchange = Exchange::json(200, json!({}));
    exchange.expect = Some(json!({"path": "/y"}));
    let server = server([Exchange {
        cut: Some(Break {
            at: BreakPoint::AfterAnswer,
            after_bytes: 0,
            how: How::Close,
        }),
        ..exchange
    }]);
    ask(&server);
    server.settle();
    let problems = server.take_problems();
    assert_eq!(problems, ["request 1: path: expected \"/y\", got \"/x\""]);
}

#[test]
fn a_port_that_does_not_listen_refuses() {
    let server = Server::start(Listen::Never).unwrap();
    let error = TcpStream::connect(("127.0.0.1", server.port())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_full_queue_answers_no_connection_attempt() {
    let server = Server::start(Listen::Full).unwrap();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], server.port()));
    let error = TcpStream::connect_timeout(&address, Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn only_whole_answers_that_take_nothing_count_as_refused() {
    let not_made = json!({"code": "CONVERSATION_CREATION_EXCEPTION"});
    for (exchange, refused) in [
        (Exchange::json(429, json!({})), true),
        (Exchange::json(503, json!({"ok": false})), true),
        // As a proxy answers, which may have passed the request on.
        (Exchange::json(503, json!({})), false),
        (Exchange::json(400, not_made), true),
        (Exchange::json(400, json!({})), false),
        (Exchange::json(500, json!({})), false),
    ] {
        for at in [BreakPoint::AfterAnswer, BreakPoint::InAnswerBody] {
            let cut = Some(Break {
                at,
                after_bytes: 0,
                how: How::Close,
            });
            let server = server([Exchange {
                cut,
                ..exchange.clone()
            }]);
            ask(&server);
            server.settle();
            assert_eq!(
                server.requests()[0].refused,
                refused && at == BreakPoint::AfterAnswer
            );
        }
    }
}
