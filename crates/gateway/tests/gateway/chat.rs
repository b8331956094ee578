//! A whole conversation, by stream, by poll and by snapshot.

use serde_json::{Value, json};

use wotnot_emulator::Emulator;

use crate::harness::{DEADLINE, Frame, HOOK_SECRET, HOOK_TOKEN, TALK, World, text_is, wait_for};

fn prompt_of(frames: &[Frame]) -> (u64, Value) {
    let asked = frames
        .iter()
        .rfind(|frame| frame.data["prompt"].is_object())
        .unwrap();
    (
        asked.data["seq"].as_u64().unwrap(),
        asked.data["prompt"].clone(),
    )
}

#[test]
fn a_visitor_chats_is_cut_off_and_misses_nothing() {
    chats_is_cut_off_and_misses_nothing(&World::new());
}

pub fn chats_is_cut_off_and_misses_nothing(world: &World) {
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let stream = browser.stream(&path, None);
    let hello = stream.next();
    assert_eq!(hello.event, "hello");
    assert_eq!(hello.data["heartbeat_ms"], 15_000);

    let frames = stream.until(|frame| frame.data["prompt"]["kind"] == "choice");
    assert_eq!(frames[0].data["by"], "visitor");
    assert_eq!(frames[0].data["client_id"], "m1");
    // The page's name counts, for the site lists it.
    assert!(frames.iter().any(text_is("Hi Asha")), "{frames:#?}");
    let (seq, prompt) = prompt_of(&frames);
    assert_eq!(
        prompt,
        json!({"kind": "choice", "options": [{"id": "o1", "label": "Sales"},
               {"id": "o2", "label": "Our site", "url": "https://example.com"}]})
    );
    drop(stream);

    let body = json!({"client_id": "m2", "answer_to": seq, "option": "o1"});
    assert_eq!(browser.say(&path, &body).status, 202);
    // The same post again changes nothing.
    let again = browser.say(&path, &body);
    assert_eq!(
        (again.status, &again.body["message"]["client_id"]),
        (200, &json!("m2"))
    );

    let cursor = frames.last().unwrap().id.clone().unwrap();
    let stream = browser.stream(&path, Some(&cursor));
    assert_eq!(stream.next().event, "hello");
    let frames = stream.until(|frame| frame.data["prompt"]["kind"] == "slider");
    let seqs: Vec<u64> = frames
        .iter()
        .map(|frame| frame.data["seq"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (seq + 1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected);
    let picked = frames
        .iter()
        .find(|frame| frame.data["client_id"] == "m2")
        .unwrap();
    assert_eq!(picked.data["text"], "Sales");

    let (slider, _) = prompt_of(&frames);
    let body = json!({"client_id": "m3", "answer_to": slider, "value": 30});
    assert_eq!(browser.say(&path, &body).status, 202);
    let frames = stream.until(|frame| frame.event == "ended");
    assert!(frames.iter().any(text_is("Thank you")));

    // The poll gives the same log as the streams did.
    let polled = browser.get(&format!("{path}/events?limit=500"));
    assert_eq!(polled.status, 200);
    let log = polled.body["events"].as_array().unwrap();
    assert_eq!(polled.body["cursor"], polled.body["head"]);
    for (entry, seq) in log.iter().zip(1..) {
        assert_eq!(entry["seq"], seq);
    }
    let snapshot = browser.wait(&path, |snapshot| snapshot["state"] == "ended");
    let states: Vec<&Value> = snapshot["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message.get("state"))
        .collect();
    assert_eq!(states, ["accepted", "accepted", "accepted"]);
    let ended = browser.say(&path, &json!({"client_id": "m4", "text": "More"}));
    assert_eq!((ended.status, ended.code()), (410, "ended"));
    assert_eq!(world.emulator.requests().len(), 3);
    assert_eq!(world.gateway().gaps(), 0);

    // The next one may begin now.
    let next = browser.start("m5", "Hello again");
    assert_ne!(next, path);
}

#[test]
fn one_conversation_is_open_at_a_time() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let body = |id: &str, text: &str| {
        json!({"client_id": id, "text": text,
               "variables": {"contact": {"name": "Asha", "plan": "not listed"}}})
    };
    let again = browser.post("/v1/conversations", &body("m1", "Hello"));
    assert_eq!(again.status, 200);
    assert!(path.ends_with(again.body["conversation"]["id"].as_str().unwrap()));
    let other = browser.post("/v1/conversations", &body("m1", "Goodbye"));
    assert_eq!((other.status, other.code()), (409, "client_id_conflict"));
    let second = browser.post("/v1/conversations", &body("m2", "Hello"));
    assert_eq!((second.status, second.code()), (409, "conversation_open"));
    assert!(path.ends_with(second.body["error"]["id"].as_str().unwrap()));
}

#[test]
fn a_slow_tab_cannot_press_yesterdays_button() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let choice = browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let seq = choice["prompt"]["seq"].as_u64().unwrap();
    let option = |id: &str, option: &str| {
        browser.say(
            &path,
            &json!({"client_id": id, "answer_to": seq, "option": option}),
        )
    };
    let wrong = option("m2", "o7");
    assert_eq!((wrong.status, wrong.code()), (422, "invalid_answer"));
    assert_eq!(wrong.body["error"]["field"], "option");
    assert_eq!(option("m3", "o1").status, 202);
    let slider = browser.wait(&path, |it| it["prompt"]["kind"] == "slider");
    let late = option("m4", "o1");
    assert_eq!((late.status, late.code()), (409, "prompt_superseded"));
    assert_eq!(late.body["error"]["current"], slider["prompt"]["seq"]);
    let log = world.emulator.requests();
    assert_eq!(log.len(), 2, "nothing wrong was sent on");
}

#[test]
fn a_cursor_that_cannot_be_served_is_reset_and_nothing_else() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let snapshot = browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let cursor = snapshot["cursor"].as_str().unwrap();
    let (epoch, seq) = cursor.split_once('.').unwrap();
    let ahead = format!("{epoch}.{}", seq.parse::<u64>().unwrap() + 50);
    let elsewhere = format!("{}.1", "0".repeat(16));
    for (cursor, reason) in [(&ahead, "ahead"), (&elsewhere, "epoch")] {
        let polled = browser.get(&format!("{path}/events?after={cursor}"));
        assert_eq!(
            polled.body["events"],
            json!([{"type": "reset", "reason": reason}])
        );
        let stream = browser.stream(&path, Some(cursor));
        let frames = [stream.next(), stream.next()];
        assert_eq!(frames[0].event, "hello");
        assert_eq!(
            (frames[1].event.as_str(), &frames[1].data["reason"]),
            ("reset", &json!(reason))
        );
    }
    let nonsense = browser.get(&format!("{path}/events?after=yesterday"));
    assert_eq!((nonsense.status, nonsense.code()), (400, "invalid_cursor"));
    let nothing = browser.get(&format!("{path}/events?after={cursor}&wait=0"));
    assert_eq!(nothing.status, 204);
}

#[test]
fn what_was_kept_is_there_after_a_restart() {
    let mut world = World::new();
    let (token, path, before) = {
        let browser = world.visitor();
        let path = browser.start("m1", "Hello");
        let before = browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
        (browser.token, path, before)
    };
    world.gateway = None;
    world.start();
    let browser = world.again(&token, &Value::Null);
    assert_eq!(browser.snapshot(&path), before);
    let seq = before["prompt"]["seq"].clone();
    let body = json!({"client_id": "m2", "answer_to": seq, "option": "o1"});
    assert_eq!(browser.say(&path, &body).status, 202);
    browser.wait(&path, |it| it["prompt"]["kind"] == "slider");
}

#[test]
fn a_gateway_that_stops_sends_its_readers_elsewhere() {
    let mut world = World::new();
    let (stream, _path) = {
        let browser = world.visitor();
        let path = browser.start("m1", "Hello");
        (browser.stream(&path, None), path)
    };
    assert_eq!(stream.next().event, "hello");
    world.gateway.take().unwrap().stop(DEADLINE);
    let frames = stream.until(|frame| frame.event == "drain");
    let last = frames.last().unwrap();
    assert!(last.data["retry_ms"].as_u64().unwrap() > 0);
    assert_eq!(last.id, None, "nothing to go on from");
}

#[test]
fn an_erased_visitor_is_gone_and_their_token_too() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    assert_eq!(browser.delete("/v1/visitor").status, 202);
    let refused = browser.get(&path);
    assert_eq!((refused.status, refused.code()), (401, "token_revoked"));
    let other = world.visitor();
    let again = other.start("m1", "Hello");
    other.wait(&again, |it| it["prompt"]["kind"] == "choice");
    assert_eq!(other.get(&path).status, 404);
}

#[test]
fn what_is_no_call_is_refused_and_nothing_is_sent_on() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let large = json!({"client_id": "m2", "text": "x".repeat(64 * 1024 + 1)});
    for (answer, status, code) in [
        (browser.say(&path, &large), 413, "too_large"),
        (browser.say(&path, &json!([1])), 400, "invalid_request"),
        (
            browser.say(&path, &json!({"client_id": 7, "text": "x"})),
            400,
            "invalid_request",
        ),
        (browser.post(&path, &json!({})), 405, "method_not_allowed"),
        (browser.get("/v1/nothing"), 404, "not_found"),
        (
            browser.get("/v1/conversations/../sessions"),
            404,
            "not_found",
        ),
        (
            browser.get("/v1/conversations/%2e%2e%2fhook"),
            404,
            "not_found",
        ),
        (
            world.post("/hook/wrong", &[], &json!({"token": HOOK_TOKEN})),
            401,
            "unauthorized",
        ),
    ] {
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{}",
            answer.body
        );
    }
    let hook = format!("/hook/{HOOK_SECRET}");
    let test = world.post(&hook, &[], &json!({"token": HOOK_TOKEN}));
    assert_eq!(
        (test.status, test.body),
        (200, json!({"token": HOOK_TOKEN}))
    );
    assert_eq!(
        world
            .post(&hook, &[], &json!({"token": "x", "events": []}))
            .status,
        401
    );
    assert_eq!(world.post(&hook, &[], &json!({"events": 3})).status, 400);
    // Events of unknown bots and channels are no errors.
    let foreign = json!({"token": HOOK_TOKEN, "events": [
        {"event": {"type": "message", "payload": {"message": {"type": "text", "text": "?"}}},
         "conversation": {"key": "elsewhere"}, "visitor": {"key": "somebody_777"}},
        {"nonsense": true}]});
    assert_eq!(world.post(&hook, &[], &foreign).status, 200);
    assert_eq!(world.emulator.requests().len(), 1);
}

#[test]
fn two_sites_with_two_bots_answer_two_origins() {
    let second = TALK.replace("lead-bot", "second-bot");
    let emulator = Emulator::builder().flow_yaml(TALK).flow_yaml(second);
    let world = World::build(emulator, |config| {
        let mut blog = wotnot_gateway::Site::new("blog", "main", "second-bot");
        blog.origins =
            vec![wotnot_gateway::OriginPattern::parse("https://*.blog.example").unwrap()];
        config.sites.push(blog);
    });
    for (origin, bot) in [
        ("https://shop.example.com", "lead-bot"),
        ("https://a.blog.example", "second-bot"),
    ] {
        let session = world.post("/v1/sessions", &[("origin", origin)], &json!({}));
        let bearer = format!("Bearer {}", session.body["token"].as_str().unwrap());
        let headers = [("origin", origin), ("authorization", bearer.as_str())];
        let text = format!("Hello {bot}");
        let begun = world.post(
            "/v1/conversations",
            &headers,
            &json!({"client_id": "m1", "text": text}),
        );
        assert_eq!(begun.status, 202, "{}", begun.body);
        let reached = || {
            let transcripts = world.emulator.transcripts();
            let mut bots = transcripts.iter().filter(|it| {
                it.entries
                    .iter()
                    .any(|entry| entry.event.to_string().contains(&text))
            });
            bots.next().map(|it| it.bot_key.clone())
        };
        wait_for(|| reached().is_some());
        assert_eq!(reached().unwrap(), bot);
    }
}
