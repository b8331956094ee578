//! What visitors may take away: a conversation as a file, and all that is kept of them.

use serde_json::Value;

use crate::harness::World;

#[test]
fn a_conversation_can_be_taken_away_in_three_forms() {
    let world = World::talkative(|_| {});
    let browser = world.visitor();
    let words = "<script>alert(1)</script> & more";
    let path = browser.start("m1", words);
    browser.wait_state(&path, "m1", &["accepted"]);
    let get = |format: &str| {
        let answer = browser.get(&format!("{path}/transcript{format}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; sandbox");
        answer
    };
    let json = get("");
    assert_eq!(json.header("content-type"), "application/json");
    let first = &json.body["messages"][0];
    assert_eq!(
        (&first["text"], &first["by"]),
        (&words.into(), &"visitor".into())
    );
    // The bot may speak meanwhile.
    assert_eq!(first, &browser.snapshot(&path)["messages"][0]);
    let text = get("?format=txt");
    assert!(text.body.as_str().unwrap().contains(words), "{}", text.body);
    assert!(
        text.header("content-disposition")
            .starts_with("attachment; ")
    );
    let page = get("?format=html");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = page.body.as_str().unwrap();
    assert!(
        html.contains("&lt;script&gt;") && !html.contains("<script"),
        "{html}"
    );
    let wrong = browser.get(&format!("{path}/transcript?format=pdf"));
    assert_eq!((wrong.status, wrong.code()), (400, "invalid_request"));
    let other = world.visitor().get(&format!("{path}/transcript"));
    assert_eq!((other.status, other.code()), (404, "not_found"));
}

#[test]
fn a_visitor_takes_all_of_theirs_away_and_nothing_of_others() {
    let world = World::talkative(|_| {});
    let other = world.user(2);
    other.start("m1", "Words of another");
    let browser = world.user(1);
    let path = browser.start("m1", "Own words");
    browser.wait_state(&path, "m1", &["accepted"]);
    let answer = browser.get("/v1/visitor/export");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/zip");
    let files = answer.unzipped();
    let id = path.rsplit('/').next().unwrap();
    let conversation = format!("conversations/{id}.json");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["visitor.json", conversation.as_str()]);
    let about: Value = serde_json::from_str(&files[0].1).unwrap();
    assert_eq!(about["id"], browser.session["visitor"]["id"]);
    assert!(files[1].1.contains("Own words"));
    assert!(!files.iter().any(|(_, text)| text.contains("another")));
}
