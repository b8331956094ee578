//! Other receivers of the account's webhook get each post as it came, in order, whatever they answer.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use serde_json::json;
use wotnot_gateway::Receiver;

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World, call, wait_for};

/// A post, as a receiver had it.
#[derive(Clone, Debug)]
pub struct Got {
    path: String,
    pub head: String,
    pub body: String,
}

/// Answers posts with these statuses in turn, then with 200; and hangs up when asked to.
pub struct Crm {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

const HANG_UP: u16 = 0;

impl Crm {
    pub fn start(statuses: &[u16]) -> Self {
        Self::saying(statuses, "ok")
    }

    /// The same, with this body in every answer.
    pub fn saying(statuses: &[u16], said: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (kept, mut statuses) = (Arc::clone(&got), statuses.to_vec());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(post) = read(&mut reader) {
                    kept.lock().unwrap().push(post);
                    let status = match statuses.is_empty() {
                        true => 200,
                        false => statuses.remove(0),
                    };
                    if status == HANG_UP {
                        break;
                    }
                    let length = said.len();
                    let answer = format!(
                        "HTTP/1.1 {status} x\r\nRetry-After: 0\r\nContent-Length: {length}\r\n\r\n{said}"
                    );
                    if stream.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            }
        });
        Self { address, got }
    }

    pub fn receiver(&self) -> Receiver {
        Receiver::parse(&format!("http://{}/crm/MARK-secret?x=1", self.address)).unwrap()
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn bodies(&self) -> Vec<String> {
        self.got().into_iter().map(|post| post.body).collect()
    }
}

fn read(reader: &mut impl BufRead) -> Option<Got> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ")?;
    let length = length.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got {
        path: head.split(' ').nth(1)?.to_owned(),
        body: String::from_utf8(body).unwrap(),
        head,
    })
}

/// As the vendor writes it, spaces and all.
fn event(number: usize) -> String {
    format!(
        "{{ \"events\": [{{\"conversation\": {{\"id\": \"unknown\"}}, \"event\": {{\"type\": \"note\", \"payload\": {{\"id\": {number}}}}}}}] }}"
    )
}

fn post(world: &World, body: &str) -> u16 {
    let url = format!("{}{HOOK_SECRET}", world.gateway().hook_url());
    let auth = format!("Bearer {HOOK_TOKEN}");
    let headers = [
        ("authorization", auth.as_str()),
        ("content-type", "application/json; charset=utf-8"),
    ];
    call("POST", &url, &headers, Some(body)).status
}

#[test]
fn every_post_is_passed_on_as_it_came_in_order_to_each_receiver() {
    // The first receiver refuses for good what is 422, and has the rest come again.
    let slow = Crm::start(&[503, 200, HANG_UP, 404, 200, 422]);
    let fast = Crm::start(&[]);
    let world = World::with(|config| {
        config.accounts[0].forward = vec![slow.receiver(), fast.receiver()];
    });
    let bodies: Vec<String> = (0..6).map(event).collect();
    for body in &bodies {
        assert_eq!(post(&world, body), 200);
    }
    let ping = json!({"token": HOOK_TOKEN}).to_string();
    assert_eq!(post(&world, &ping), 200);
    let wrong = format!("{}wrong", world.gateway().hook_url());
    assert_eq!(call("POST", &wrong, &[], Some(&bodies[0])).status, 401);

    let all: Vec<String> = bodies.iter().cloned().chain([ping]).collect();
    wait_for(|| fast.bodies().len() >= all.len());
    assert_eq!(fast.bodies(), all);
    let tries = [0, 0, 1, 1, 1, 2, 3, 4, 5, 6];
    wait_for(|| slow.bodies().len() >= tries.len());
    let expected: Vec<&String> = tries.iter().map(|number| &all[*number]).collect();
    assert_eq!(slow.bodies().iter().collect::<Vec<_>>(), expected);
    let first = &fast.got()[0];
    assert_eq!(first.path, "/crm/mark-secret?x=1");
    for line in [
        format!("authorization: bearer {HOOK_TOKEN}"),
        "content-type: application/json; charset=utf-8".into(),
        format!("host: {}", fast.address),
    ] {
        assert!(first.head.contains(&line), "{}", first.head);
    }
}

#[test]
fn what_waits_is_passed_on_after_the_next_start_and_to_receivers_that_are_listed_then() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = Receiver::parse(&format!("http://{}/", port.local_addr().unwrap())).unwrap();
    drop(port);
    let crm = Crm::start(&[]);
    let mut world = World::with(|config| config.accounts[0].forward = vec![nobody.clone()]);
    assert_eq!(post(&world, &event(1)), 200);
    world.gateway = None;
    world.config.accounts[0].forward.push(crm.receiver());
    world.start();
    assert_eq!(post(&world, &event(2)), 200);
    wait_for(|| crm.bodies() == [event(2)]);

    // Listed again later, after a reload: what was kept for it still comes.
    let slow = Crm::start(&[503]);
    let mut config = world.config.clone();
    config.accounts[0].forward = vec![slow.receiver()];
    world.gateway().reload(&config).unwrap();
    assert_eq!(post(&world, &event(3)), 200);
    wait_for(|| slow.bodies() == [event(3), event(3)]);
    assert_eq!(crm.bodies(), [event(2)]);
}

#[test]
fn a_receiver_that_sends_back_what_it_gets_makes_no_circle() {
    let crm = Crm::start(&[]);
    let mut world = World::new();
    let own = format!("{}{HOOK_SECRET}", world.gateway().hook_url());
    world.config.listen.public = own
        .split('/')
        .nth(2)
        .and_then(|address| address.parse().ok())
        .unwrap();
    world.gateway = None;
    let own = Receiver::parse(&own).unwrap();
    world.config.accounts[0].forward = vec![own, crm.receiver()];
    world.start();
    for number in 1..=3 {
        assert_eq!(post(&world, &event(number)), 200);
    }
    wait_for(|| crm.bodies().len() == 3);
    // The last one went around before this one came.
    assert_eq!(post(&world, &event(4)), 200);
    wait_for(|| crm.bodies().len() >= 4);
    let expected: Vec<String> = (1..=4).map(event).collect();
    assert_eq!(crm.bodies(), expected);
}

#[test]
fn a_receiver_must_be_one_and_shows_nothing_but_its_host() {
    let shown = format!("{:?}", Receiver::parse("https://crm.example/MARK").unwrap());
    assert_eq!(shown, "Receiver(crm.example)");
    for wrong in [
        "",
        "crm.example/hook",
        "ftp://crm.example",
        "http://crm.example/hook",
        "https://user:pass@crm.example/",
        "/hook",
    ] {
        assert!(Receiver::parse(wrong).is_err(), "{wrong}");
    }
}
