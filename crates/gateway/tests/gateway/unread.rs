//! The site's own program hears what waits for visitors who are not there.

use std::net::Ipv4Addr;
use std::time::Duration;

use ring::hmac;
use serde_json::{Value, json};
use wotnot_core::{CallOptions, Client, Config, Gateway, IfKnown, Message, Start};
use wotnot_gateway::{Hidden, UnreadHook};

use crate::forward::{Crm, Got};
use crate::harness::{DEADLINE, World, call, wait_for};

const SECRET: &str = "unread-secret-of-the-test-of-32-bytes";

fn world(statuses: &[u16], text: bool) -> (World, Crm) {
    let crm = Crm::start(statuses);
    let hook = UnreadHook {
        receiver: crm.receiver(),
        secret: Hidden::new(SECRET),
        delay: Duration::from_millis(300),
        text,
    };
    let world = World::talkative(|config| {
        config.sites[0].unread_hook = Some(hook.clone());
        config.listen.admin = Some((Ipv4Addr::LOCALHOST, 0).into());
    });
    (world, crm)
}

fn client(world: &World) -> Client {
    let gateway = Gateway::new(world.gateway().url(), "shop-app");
    Client::new(Config::through(gateway)).unwrap()
}

fn open(client: &Client) -> String {
    let start = Start::text("", "Hello");
    let opened = client.open_conversation(&start, IfKnown::Reuse, &CallOptions::default());
    opened.unwrap().conversation.id
}

/// The body of a post that the gateway signed.
fn signed(got: &Got) -> Value {
    let (_, rest) = got.head.split_once("x-wotnot-signature: t=").unwrap();
    let (seconds, rest) = rest.split_once(",v1=").unwrap();
    let signature = rest.lines().next().unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let expected = hmac::sign(&key, format!("{seconds}.{}", got.body).as_bytes());
    let hex: String = expected
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(signature, hex);
    serde_json::from_str(&got.body).unwrap()
}

#[test]
fn one_signed_post_covers_all_that_waits_and_is_repeated_until_it_is_accepted() {
    let (world, crm) = world(&[503, 500], false);
    let client = client(&world);
    let id = open(&client);
    wait_for(|| crm.got().len() == 3);
    let visitor = client.status().unwrap().gateway.unwrap().visitor_id;
    for got in crm.got() {
        // What the account alone knows, and what was said, stays here.
        assert_eq!(
            signed(&got),
            json!({"visitor": visitor, "site": "shop", "conversation": id, "unread": 1})
        );
    }
    // Something more: all that waits is counted, in one post.
    world
        .emulator
        .agent_says(&vendor_id(&world), "Anybody there?")
        .unwrap();
    world
        .emulator
        .agent_says(&vendor_id(&world), "Hello?")
        .unwrap();
    wait_for(|| crm.got().len() == 4);
    assert_eq!(signed(&crm.got()[3])["unread"], 3);
}

#[test]
fn messages_that_come_while_the_receiver_is_down_are_in_one_post() {
    let (world, crm) = world(&[503; 3], false);
    let id = open(&client(&world));
    for failures in 1..=2 {
        wait_for(|| failed(&world) >= failures);
        let text = format!("message {failures}");
        world
            .emulator
            .agent_says(&vendor_id(&world), &text)
            .unwrap();
    }
    wait_for(|| crm.got().len() == 4);
    assert_eq!(signed(&crm.got()[3])["unread"], 3);
    // Posts go out in turn: this visitor's comes after all that was kept for the first one.
    let other = open(&client(&world));
    wait_for(|| signed(crm.got().last().unwrap())["conversation"] == other);
    let got = crm.got();
    assert_eq!(got.len(), 5);
    assert_eq!(signed(&got[3])["conversation"], id);
}

/// Posts that were not taken, as the gateway counts them.
fn failed(world: &World) -> usize {
    let url = format!("{}/metrics", world.gateway().admin_url().unwrap());
    let metrics = call("GET", &url, &[], None).body;
    let name = "wotnot_gateway_unread_posts_total{site=\"shop\",outcome=\"again\"} ";
    let mut lines = metrics.as_str().unwrap().lines();
    let count = lines.find_map(|line| line.strip_prefix(name));
    count.map_or(0, |count| count.parse().unwrap())
}

fn vendor_id(world: &World) -> String {
    world.emulator.transcripts()[0].conversation.clone()
}

#[test]
fn the_last_text_is_posted_where_the_site_wants_it() {
    let (world, crm) = world(&[], true);
    open(&client(&world));
    wait_for(|| !crm.got().is_empty());
    assert_eq!(signed(&crm.got()[0])["last_text"], "Say something");
}

#[test]
fn no_notice_is_posted_of_what_the_visitor_has() {
    let (world, crm) = world(&[], false);
    let reader = client(&world);
    let id = open(&reader);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut texts = 0;
            while texts < 3 {
                let event = reader.receive(Some(DEADLINE), None).unwrap();
                texts += usize::from(event.by() == Some("bot"));
            }
            // The one that asks again has shown that it has the last one.
            while reader.receive(Some(Duration::from_secs(3)), None).is_ok() {}
        });
        for text in ["one", "two"] {
            let sent = reader.send_message(&id, &Message::text(text), &CallOptions::default());
            sent.unwrap();
        }
        reading.join().unwrap();
    });
    // Another visitor, who is not connected, gets a notice after all that was kept for the first one.
    let other = open(&client(&world));
    wait_for(|| !crm.got().is_empty());
    for got in crm.got() {
        assert_eq!(signed(&got)["conversation"], other);
    }
}

#[test]
fn what_waits_survives_a_restart() {
    // Nobody answers at first.
    let (mut world, crm) = world(&[0; 4], false);
    let id = open(&client(&world));
    wait_for(|| crm.got().len() == 1);
    world.gateway = None;
    let before = crm.got().len();
    world.start();
    wait_for(|| crm.got().len() > before);
    assert_eq!(signed(crm.got().last().unwrap())["conversation"], id);
}
