//! Calls that wait for the service, and the library's own listener, under threads. Miri knows no such sockets.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::*;

/// How long to wait for what must come, so that a failure does not hang.
const DEADLINE: Duration = Duration::from_secs(120);

#[test]
fn a_close_ends_every_call_that_waits_for_the_service() {
    let _alone = alone();
    for _ in 0..ROUNDS / 10 {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        silent.set_nonblocking(true).unwrap();
        let address = silent.local_addr().unwrap();
        let client = made_of(&format!(
            r#"{{"token":"t","base_url":"http://{address}","proxy":null}}"#
        ));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(move || {
                    let params = r#"{"conversation_id":"3f0c","message":{"type":"text","data":{"body":"Hello"}}}"#;
                    let (status, text) = call(client, c"send_message", params);
                    assert_eq!(status, WOTNOT_CLOSED, "{text}");
                });
            }
            let connections: Vec<_> = (0..THREADS).map(|_| accepted(&silent)).collect();
            assert_eq!(wotnot_client_close(client), WOTNOT_OK);
            drop(connections);
        });
    }
    nothing_is_left();
}

fn accepted(listener: &TcpListener) -> TcpStream {
    let since = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => return stream,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        assert!(since.elapsed() < DEADLINE, "nobody connected");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(feature = "listener")]
mod listener {
    use std::io::{Read, Write};

    use super::*;

    const EACH: usize = ROUNDS / 10;

    #[test]
    fn it_takes_posts_while_its_client_is_used_and_closed() {
        let _alone = alone();
        for _ in 0..5 {
            let client = made_of(
                r#"{"token":"t","webhook":{"token":"hook","listen":"127.0.0.1:0","capacity":1000}}"#,
            );
            let address = &address(client);
            std::thread::scope(|scope| {
                for thread in 0..THREADS {
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let answer = posted(address, &format!("{thread}-{number}")).unwrap();
                            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                        }
                    });
                }
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        assert_eq!(wotnot_interrupt(client), WOTNOT_OK);
                    }
                });
                let mut received = 0;
                while received < THREADS * EACH {
                    match receive(client, DEADLINE.as_millis() as u32).0 {
                        WOTNOT_OK => received += 1,
                        status => assert_eq!(status, WOTNOT_INTERRUPTED),
                    }
                }
            });
            // Posts go on until the port is given up.
            std::thread::scope(|scope| {
                for thread in 0..THREADS {
                    scope
                        .spawn(move || while posted(address, &format!("late-{thread}")).is_ok() {});
                }
                assert_eq!(wotnot_client_close(client), WOTNOT_OK);
            });
        }
        nothing_is_left();
    }

    /// Where the client listens: host and port.
    fn address(client: wotnot_client) -> String {
        let (_, status) = call(client, c"status", "");
        let (_, rest) = status.split_once("http://").unwrap();
        rest.split_once('/').unwrap().0.to_owned()
    }

    /// The answer to one event, on a connection of its own.
    fn posted(address: &str, id: &str) -> io::Result<String> {
        let body = format!(
            r#"{{"token":"hook","events":[{{"event":{{"type":"message","payload":{{"id":"{id}"}}}}}}]}}"#
        );
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /wotnot/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}
