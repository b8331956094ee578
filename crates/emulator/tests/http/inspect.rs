//! What the emulator's page stands on: the wait for changes, the visitor's calls, what was walked, posts to the
//! webhook, findings, and fault rules one by one.

use serde_json::{Value, json};
use wotnot_emulator::Emulator;

use crate::support::{
    ECHO, Sink, Visitor, call, control, emulator_of, flow_of, get, text, wait_for,
};

#[test]
fn a_wait_for_changes_ends_with_the_next_one_and_names_its_area() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let seen = get(&emulator, "/changes?wait_ms=0");
    let after = format!("/changes?after={}&wait_ms=60000", seen["change"]);
    let changed = |act: &dyn Fn()| {
        let now = get(&emulator, "/changes?wait_ms=0");
        let after = format!("/changes?after={}&wait_ms=60000", now["change"]);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| get(&emulator, &after));
            act();
            let then = waits.join().unwrap();
            let names = now.as_object().unwrap().keys();
            let changed = names.filter(|name| now[name.as_str()] != then[name.as_str()]);
            changed.cloned().collect::<Vec<String>>()
        })
    };
    let ruled = || {
        drop(control(
            &emulator,
            "POST",
            "/faults",
            r#"{"fault": "reset", "off": true}"#,
        ))
    };
    assert_eq!(changed(&ruled), ["change", "settings"]);
    let profiled = || drop(control(&emulator, "PUT", "/profile", "second_start: same"));
    assert_eq!(changed(&profiled), ["change", "settings"]);
    let deployed = || drop(control(&emulator, "POST", "/deploy", &flow_of(ECHO)));
    assert_eq!(changed(&deployed), ["bots", "change"]);
    let close = format!("/conversations/{}/close", visitor.conversation);
    let closed = || drop(control(&emulator, "POST", &close, ""));
    assert_eq!(changed(&closed), ["change", "conversations"]);
    let refused = || drop(visitor.send(&text("too late")));
    assert_eq!(changed(&refused), ["change", "requests"]);
    assert!(changed(&|| emulator.reset()).contains(&"all".to_owned()));
    assert_ne!(
        get(&emulator, &after),
        seen,
        "what has changed already is answered at once"
    );
    let unknown = get(&emulator, "/changes?after=999999&wait_ms=60000");
    assert!(
        unknown["change"].as_u64().unwrap() < 999_999,
        "of an emulator before this one"
    );
    let now = get(&emulator, "/changes?wait_ms=0");
    let quiet = format!("/changes?after={}&wait_ms=1", now["change"]);
    assert_eq!(
        get(&emulator, &quiet),
        now,
        "without a change the wait ends"
    );
    assert_eq!(
        control(&emulator, "GET", "/changes?after=x", "").status,
        422
    );
}

#[test]
fn a_visitor_is_played_without_the_accounts_token_and_faults_strike_as_ever() {
    let emulator = emulator_of(ECHO);
    let body = Visitor::start_body(&emulator, "asha", json!({})).to_string();
    let started = control(&emulator, "POST", "/conversations", &body);
    assert_eq!(started.status, 200, "{}", started.body);
    let id = started.json()["conversation"]["id"].clone();
    let id = id.as_str().unwrap();
    let send = |words: &str| {
        let body = json!({"message": text(words), "user": {"type": "VISITOR"}}).to_string();
        let url = format!("{}/conversations/{id}/messages", emulator.control_url());
        let headers = [("content-type", "application/json")];
        call("POST", &url, &headers, body.as_bytes())
    };
    assert_eq!(send("Asha").unwrap().status, 200);
    let transcript = get(&emulator, &format!("/conversations/{id}"));
    assert_eq!(transcript["variables"]["name"], "Asha");
    let requests = emulator.requests();
    let paths: Vec<&str> = requests.iter().map(|it| it.path.as_str()).collect();
    let sent = format!("/api/v1/conversation/{id}/messages");
    assert_eq!(paths, ["/api/v1/conversations", sent.as_str()]);
    assert!(requests.iter().all(|it| it.authorized));
    let hidden = |it: &wotnot_emulator::RequestView| {
        let authorization = it.headers.iter().find(|it| it.name == "authorization");
        authorization.unwrap().value.clone()
    };
    assert_eq!(hidden(&requests[0]), "Bearer ***");
    let wrong = control(&emulator, "POST", "/conversations", "{}");
    assert_eq!(wrong.status, 400);
    assert!(wrong.header("x-emulator-reason").is_some());

    emulator
        .set_faults_yaml("faults: [{fault: token_expired}]")
        .unwrap();
    assert_eq!(send("x").unwrap().status, 401);
    emulator
        .set_faults_yaml("faults: [{fault: drop_answer}]")
        .unwrap();
    assert!(send("dropped").is_err(), "the answer was lost");
    let visitor = Visitor {
        emulator: &emulator,
        conversation: id.to_owned(),
    };
    assert!(visitor.words().contains(&"You said dropped".to_owned()));
}

#[test]
fn what_a_conversation_walked_and_what_all_of_them_did_are_two_answers() {
    let emulator = emulator_of(
        "
  ask: {type: buttons, text: Which?, buttons: [{title: A, next: wait}, {title: B, next: person}]}
  wait: {type: delay, seconds: 60, next: done}
  person: {type: talk_to_human, next: lost}",
    );
    let (first, second) = (
        Visitor::start(&emulator, "a"),
        Visitor::start(&emulator, "b"),
    );
    first.say(&text("A"));
    second.say(&text("B"));
    let walked = |coverage: &Value| {
        let blocks = coverage["blocks"].as_array().unwrap().iter();
        let blocks = blocks.filter(|block| block["walked"] == true);
        let names = blocks.map(|block| block["block"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let of = |visitor: &Visitor<'_>| {
        get(
            &emulator,
            &format!("/conversations/{}/coverage", visitor.conversation),
        )
    };
    assert_eq!(walked(&of(&first)), ["ask", "wait"]);
    assert_eq!(of(&first)["current_block"], "wait");
    assert_eq!(walked(&of(&second)), ["ask", "person"]);
    let all = get(&emulator, "/bots/test-bot/coverage");
    assert_eq!(walked(&all), ["ask", "wait", "person"]);
    assert_eq!(
        all["blocks"][0]["exits"][1],
        json!({"way": "B", "to": "person", "walked": true})
    );
    let standing: Vec<&Value> = all["standing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["block"])
        .collect();
    assert_eq!(standing, ["wait", "person"]);

    emulator.deploy_yaml(&flow_of(ECHO)).unwrap();
    let newest = get(&emulator, "/bots/test-bot/coverage");
    assert_eq!(
        (newest["bot_version"].as_u64(), walked(&newest).len()),
        (Some(2), 0)
    );
    assert_eq!(newest["standing"], json!([]));
    assert_eq!(of(&first)["bot_version"], 1, "it stays on its version");
    let own = format!("/conversations/{}/graph?direction=down", first.conversation);
    let drawn = control(&emulator, "GET", &own, "");
    assert_eq!(drawn.header("content-type"), Some("image/svg+xml"));
    assert!(drawn.body.contains("data-block=\"person\""));
    assert!(drawn.body.contains("data-from=\"ask\" data-exit=\"1\""));
    assert!(drawn.body.contains("<style>"));
    let bare = control(&emulator, "GET", &format!("{own}&style=none"), "").body;
    assert!(!bare.contains("style") && bare.contains("<defs>"));
    let newest = control(&emulator, "GET", "/bots/test-bot/graph", "").body;
    assert!(newest.contains("data-block=\"again\"") && !newest.contains("data-block=\"person\""));
    for (path, status) in [
        ("/bots/none/graph", 404),
        ("/bots/none/coverage", 404),
        ("/conversations/none/graph", 404),
        ("/conversations/none/coverage", 404),
        ("/bots/test-bot/graph?direction=up", 422),
    ] {
        assert_eq!(control(&emulator, "GET", path, "").status, status, "{path}");
    }
}

#[test]
fn an_agent_takes_over_without_a_word_and_not_after_the_end() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let take = format!("/conversations/{}/take", visitor.conversation);
    let heard = visitor.heard().len();
    assert_eq!(control(&emulator, "POST", &take, "").status, 200);
    assert_eq!(
        control(&emulator, "POST", &take, "").status,
        200,
        "again is no harm"
    );
    assert_eq!(
        (visitor.place().as_str(), visitor.heard().len()),
        ("human", heard)
    );
    emulator.close_conversation(&visitor.conversation).unwrap();
    assert_eq!(control(&emulator, "POST", &take, "").status, 409);
    assert_eq!(visitor.place(), "ended");
    assert_eq!(
        control(&emulator, "POST", "/conversations/none/take", "").status,
        404
    );
}

#[test]
fn posts_are_kept_with_their_answers_and_without_the_token() {
    let sink = Sink::new();
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .webhook_with(wotnot_emulator::Webhook {
            url: sink.url(),
            token: Some("hook \"secret\"".into()),
            token_in: wotnot_emulator::TokenPlace::BodyAndHeader,
        })
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    let posts = wait_for("the test and four events", || {
        let posts = get(&emulator, "/deliveries")["deliveries"].clone();
        (posts.as_array()?.len() == 5).then_some(posts)
    });
    let posts = posts.as_array().unwrap();
    let of_test = posts
        .iter()
        .find(|it| it["conversation"].is_null())
        .unwrap();
    assert_eq!(of_test["body"], json!({"token": "***"}));
    let created = posts.iter().find(|it| it["seqs"] == json!([1])).unwrap();
    assert_eq!(created["conversation"], visitor.conversation);
    assert_eq!(created["body"]["token"], "***");
    assert_eq!(
        created["body"]["events"][0]["event"]["type"],
        "conversation_create"
    );
    assert_eq!(
        (&created["attempt"], &created["answer"]["status"]),
        (&json!(1), &json!(200))
    );
    let hidden = json!({"name": "authorization", "value": "Bearer ***"});
    assert!(created["headers"].as_array().unwrap().contains(&hidden));
    assert!(!json!(posts).to_string().contains("secret"));
    let last = posts[4]["number"].as_u64().unwrap();
    let none = get(&emulator, &format!("/deliveries?after={last}"));
    assert_eq!(none, json!({"deliveries": []}));
    emulator.reset();
    assert_eq!(get(&emulator, "/deliveries"), json!({"deliveries": []}));
}

#[test]
fn a_later_question_gets_only_what_is_new() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "a");
    Visitor::start(&emulator, "b");
    visitor.say(&text("Asha"));
    let requests = get(&emulator, "/requests?after=2");
    assert_eq!(requests["requests"].as_array().unwrap().len(), 1);
    assert_eq!(requests["requests"][0]["number"], 3);
    assert_eq!(requests["requests"][0]["answer"]["ok"], true);
    let path = format!("/conversations/{}", visitor.conversation);
    let all = get(&emulator, &path)["entries"].as_array().unwrap().len();
    let news = get(&emulator, &format!("{path}?after=4"));
    assert_eq!(news["entries"][0]["seq"], 5);
    assert_eq!(news["entries"].as_array().unwrap().len(), all - 4);
    let newest = get(&emulator, "/conversations?newest=1");
    assert_eq!(newest["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(newest["conversations"][0]["visitor_id"], "b");
    assert_eq!(newest.get("hash"), None);
    assert_eq!(newest["conversations"][0]["current_block"], "name");
    for wrong in [
        "/requests?after=x",
        "/conversations?newest=-1",
        "/deliveries?after=",
    ] {
        assert_eq!(control(&emulator, "GET", wrong, "").status, 422, "{wrong}");
    }
}

#[test]
fn findings_of_a_file_follow_its_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flow.yaml");
    std::fs::write(&file, flow_of(ECHO)).unwrap();
    let emulator = Emulator::builder()
        .flow_file(&file)
        .watch(std::time::Duration::from_millis(5))
        .start()
        .unwrap();
    let state = |wanted: &str| {
        wait_for(wanted, || {
            let files = get(&emulator, "/findings")["files"].clone();
            (files[0]["state"] == wanted).then(|| files[0].clone())
        })
    };
    let deployed = state("deployed");
    assert_eq!(deployed["bot_key"], "test-bot");
    assert_eq!(deployed["file"], file.display().to_string());
    assert_eq!(
        deployed["findings"][0]["severity"], "warning",
        "`stop` cannot be reached"
    );
    std::fs::write(&file, flow_of(&ECHO.replace("next: name", "next: nowhere"))).unwrap();
    let refused = state("refused");
    assert_eq!(refused["findings"][0]["code"], "unknown_target");
    assert!(refused["findings"][0]["line"].is_u64());
    std::fs::write(&file, b"bot: \xff").unwrap();
    assert!(
        state("unread")["problem"]
            .as_str()
            .unwrap()
            .contains("UTF-8")
    );
    std::fs::write(&file, flow_of(ECHO)).unwrap();
    state("deployed");
    assert_eq!(emulator.bots()[0].version, 2);
}

#[test]
fn a_fault_rule_is_added_switched_and_removed_by_its_number() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let put = |method, path, body| control(&emulator, method, path, body).status;
    assert_eq!(put("POST", "/faults", r#"{"fault": "server_error"}"#), 200);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 500);
    assert_eq!(put("PATCH", "/faults/1", r#"{"off": true}"#), 200);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 200);
    let rule = &get(&emulator, "/faults")["faults"][0];
    assert_eq!(
        rule,
        &json!({"rule": {"fault": "server_error", "off": true}, "matched": 1, "struck": 1})
    );
    assert_eq!(put("PATCH", "/faults/1", r#"{"off": false}"#), 200);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 500);
    assert_eq!(put("DELETE", "/faults/1", ""), 200);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 200);
    for (method, path, body, status) in [
        ("POST", "/faults", r#"{"fault": "delay"}"#, 422),
        ("POST", "/faults", "7", 422),
        ("PATCH", "/faults/1", r#"{"off": true}"#, 404),
        ("PATCH", "/faults/x", r#"{"off": true}"#, 404),
        ("PATCH", "/faults/1", "{}", 422),
        ("DELETE", "/faults/0", "", 404),
    ] {
        assert_eq!(put(method, path, body), status, "{method} {path} {body}");
    }
}
