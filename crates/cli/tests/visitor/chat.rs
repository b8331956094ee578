//! `wotnot chat --gateway`: no token of the account, no webhook, and everything that a page can do.

use std::process::Stdio;

use wotnot_gateway::Challenge;
use wotnot_gateway::config::limits::Limit;

use crate::support::{Running, stderr, stdout};
use crate::{Dev, ORIGIN, Shop, identity};

#[test]
fn a_visitor_needs_nothing_of_the_account() {
    let dev = Dev::start();
    let folder = tempfile::tempdir().unwrap();
    let mut command = dev.command(&["chat", "--set", "contact.name=Asha", "--transcript"]);
    command.arg("talk.chat").current_dir(folder.path());
    let mut chat = Running::start(command);
    assert_eq!(
        chat.line(),
        format!("-- talking through the gateway at {}", dev.url)
    );
    for (said, heard) in [("Hello", "Our site"), ("1", "How old"), ("30", "Thank you")] {
        chat.type_line(said);
        chat.await_line(heard);
    }
    let (code, rest) = chat.end();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("-- the conversation has ended"), "{rest}");
    let script = std::fs::read_to_string(folder.path().join("talk.chat")).unwrap();
    assert_eq!(
        script,
        "$ contact.name = Asha\n> Hello\n< Hi Asha\n< What is it about? [Sales] [Our site]\n> [Sales]\n< How old are you?\n> 30\n< Thank you\n"
    );
}

#[test]
fn files_go_by_their_bytes_and_a_link_is_refused_with_what_to_do() {
    let shop = Shop::with("feedback.yaml", |_| {});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("room.png"),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    )
    .unwrap();
    let mut command = shop.command(&["chat"]);
    command.current_dir(folder.path());
    let mut chat = Running::start(command);
    for (said, heard) in [
        ("Hello", "1 to 10 points"),
        ("11", "a number from 1 to 10"),
        ("3", "one or more, with commas"),
        ("Room, 3", "files of this machine"),
        ("https://example.com/room.png", "a gateway takes files"),
        ("room.png", "Room, Staff"),
    ] {
        chat.type_line(said);
        chat.await_line(heard);
    }
    assert_eq!(chat.end().0, Some(0));
    let said = shop.emulator.transcripts()[0].entries.iter().any(|entry| {
        let text = entry.event.to_string();
        text.contains("room.png") && text.contains(&shop.gateway.url())
    });
    assert!(said, "the service got a link of the gateway's");
}

#[test]
fn a_known_visitor_goes_on_where_they_were() {
    let shop = Shop::with("demo.yaml", |_| {});
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        std::fs::write(folder.path().join("identity"), identity("asha")).unwrap();
        let mut command = shop.command(&["chat", "--identity-file", "identity"]);
        command.current_dir(folder.path());
        Running::start(command)
    };
    let mut first = begin();
    first.type_line("Hello");
    first.await_line("Our site");
    assert_eq!(first.end().0, Some(0));
    let mut second = begin();
    second.await_line("-- the conversation goes on");
    second.await_line("< What is it about?");
    second.await_line("Our site");
    second.type_line("Sales");
    second.await_line("How old");
    second.type_line("30");
    second.await_line("Thank you");
    assert_eq!(second.end().0, Some(0));
    assert_eq!(shop.emulator.transcripts().len(), 1);
    // It is over: the next one starts over.
    let mut third = begin();
    third.type_line("Hello");
    third.await_line("Our site");
    assert_eq!(third.end().0, Some(0));
    assert_eq!(shop.emulator.transcripts().len(), 2);
}

#[test]
fn a_page_is_one_of_its_origin_and_work_that_is_asked_for_is_done() {
    let shop = Shop::with("demo.yaml", |config| {
        let site = &mut config.sites[0];
        site.challenge = Challenge::Pow { bits: 8 };
        site.limits.sessions.site = Limit::at_most(1);
    });
    for _ in 0..3 {
        let mut command = shop.command(&["chat", "--origin", ORIGIN, "--say", "Hello"]);
        let output = command.env_remove("WOTNOT_APP").output().unwrap();
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
        assert!(said.contains("What is it about?"), "{said}");
    }
    let output = shop
        .command(&[
            "chat",
            "--origin",
            "https://elsewhere.example",
            "--say",
            "Hi",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(
        stderr(&output).contains("the gateway says `origin_not_allowed`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_message_that_nobody_knows_of_is_the_visitors_to_decide_on() {
    let shop = Shop::with("demo.yaml", |config| config.sending.evidence_ms = 400);
    let mut chat = Running::start(shop.command(&["chat", "--patience", "60"]));
    chat.type_line("Hello");
    chat.await_line("Our site");
    shop.emulator
        .set_faults_yaml("faults:\n  - {fault: drop_request, call: send, times: 1}\n")
        .unwrap();
    chat.type_line("Sales");
    chat.await_line("/resend sends it again");
    chat.type_line("/resend");
    chat.await_line("How old");
    chat.type_line("/discard");
    chat.await_line("no message is in doubt");
    assert_eq!(chat.end().0, Some(0));
}

#[test]
fn what_has_no_meaning_there_is_named() {
    let dev = Dev::start();
    for (arguments, says) in [
        (&["--visitor", "v"][..], "--visitor: a gateway gives"),
        (
            &["--conversation", "c"],
            "--conversation: a gateway goes on",
        ),
        (&["--files-at", "https://a.example"], "--files-at: files go"),
        (
            &["--identity-file", "/nowhere"],
            "--identity-file: /nowhere:",
        ),
        (&["--gateway", "http://chat.example.com"], "--allow-http"),
        (
            &["--gateway", "chat"],
            "expected an http:// or https:// URL",
        ),
    ] {
        let output = dev
            .command(&[&["chat"], arguments].concat())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_gateway_and_what_is_not_there_are_two_errors() {
    let emulator = crate::support::emulator("demo.yaml");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for (url, code, says) in [
        (
            emulator.base_url(),
            5,
            "not as a gateway does; is the URL right?",
        ),
        (nobody, 3, "cannot be reached"),
    ] {
        let arguments = [
            "chat",
            "--gateway",
            &url,
            "--timeout",
            "1",
            "--say",
            "Hello",
        ];
        let output = crate::support::bare(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}
