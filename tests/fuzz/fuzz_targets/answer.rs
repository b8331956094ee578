//! Any bytes as the service's answer to either call: a value that the bytes hold, or an error that never
//! says "not sent", within the time.
#![no_main]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use wotnot_core::{CallOptions, Client, Code, Config, Delivery, Message, Proxy, Retry, Start};

/// The service closes after each answer, so that no call waits for more; this is for the machine.
const TIMEOUT: Duration = Duration::from_secs(50);

struct Service {
    client: Client,
    next: Sender<Vec<u8>>,
    given: Receiver<()>,
}

thread_local! {
    static SERVICE: LazyLock<Service> = LazyLock::new(start);
}

fn start() -> Service {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    let (next, answers) = channel::<Vec<u8>>();
    let (done, given) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = socket.accept().expect("a connection");
            give(stream, &answer);
            done.send(()).expect("the fuzzer waits");
        }
    });
    let client = Client::new(Config {
        base_url: format!("http://{address}"),
        bot_key: Some("b".into()),
        proxy: Proxy::Direct,
        timeout: TIMEOUT,
        retry: Retry { max_attempts: 1, ..Retry::default() },
        ..Config::new("t")
    })
    .expect("a valid configuration");
    Service { client, next, given }
}

/// Takes one request, whose body ends with its last brace, and answers it.
fn give(mut stream: TcpStream, answer: &[u8]) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"}") {
        match stream.read(&mut buffer) {
            Ok(bytes @ 1..) => request.extend_from_slice(&buffer[..bytes]),
            _ => return,
        }
    }
    // The client may have enough before the end. It then finds the connection closed, should it keep it.
    let _ = stream.write_all(answer);
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, answer)) = data.split_first() else {
        return;
    };
    SERVICE.with(|service| {
        service.next.send(answer.to_vec()).expect("the service runs");
        let begun = Instant::now();
        let options = CallOptions::default();
        let outcome = match choice % 2 {
            0 => service
                .client
                .send_message("3f0c", &Message::text("Hi"), &options)
                .map(|sent| sent.message_id.unwrap_or_else(|| "none".to_owned())),
            _ => service
                .client
                .start_conversation(&Start::text("v", "Hi"), &options)
                .map(|started| started.conversation.id),
        };
        assert!(begun.elapsed() < TIMEOUT, "the answer was over long before");
        match outcome {
            Ok(id) => assert!(!id.is_empty() && answer.starts_with(b"HTTP/1.")),
            Err(error) => {
                assert!(matches!(error.delivery(), Some(Delivery::Unknown | Delivery::Rejected)), "{error:?}");
                assert!(!matches!(error.code(), Code::Internal | Code::RequestTimeout), "{error:?}");
                assert_eq!(error.attempts(), 1);
            }
        }
        service.given.recv().expect("the service answered");
    });
});
