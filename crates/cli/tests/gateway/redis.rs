//! A gateway whose conversations are on Redis, as a process: its URL is a secret.

use serde_json::Value;
use wotnot_conformance::redis::{DURABLE, Redis};

use crate::served::{MARK, Setup, serve_as};
use crate::support::{bare, stdout};

#[test]
fn it_is_stopped_and_goes_on_and_its_password_is_nowhere() {
    let settings = [&DURABLE[..], &["--requirepass", "MARK-redis"]].concat();
    let server = Redis::start(&settings).unwrap();
    let url = format!("redis://:MARK-redis@127.0.0.1:{}/0\n", server.port());
    let mut served = serve_as(Setup {
        top: "store_file = \"redis-url\"\n".into(),
        files: vec![("redis-url", url)],
        ..Setup::default()
    });
    assert_eq!(served.curl("/readyz", &[]), "ready\n");
    let (auth, path) = served.chat("Hello");
    let asks = |it: &str| it.contains("What is it about?");
    served.wait("the bot asks", |it| asks(&it.curl(&path, &["-H", &auth])));
    served.signal("TERM");
    served.rest();
    assert_eq!(served.running.child.wait().unwrap().code(), Some(0));
    served.again();
    let snapshot = served.curl(&path, &["-H", &auth]);
    assert!(asks(&snapshot), "{snapshot}");
    assert!(!served.folder.path().join("data/gateway.db").exists());
    served.signal("TERM");
    let log = served.rest();
    assert!(!log.contains(MARK), "{log}");
}

#[test]
fn conversations_are_moved_from_a_data_folder() {
    let mut served = serve_as(Setup::default());
    let (auth, path) = served.chat("Hello");
    let log = format!("{path}/events?limit=100");
    served.wait("the bot asks", |it| {
        it.curl(&log, &["-H", &auth]).contains("What is it about?")
    });
    let before = served.curl(&log, &["-H", &auth]);
    served.signal("TERM");
    served.rest();
    served.running.child.wait().unwrap();
    let server = Redis::start(&DURABLE).unwrap();
    let from = format!("sqlite:{}", served.folder.path().join("data").display());
    let migrate = |url: &str| {
        let mut migrate = bare(&["gateway", "migrate", "--from", &from, "--to", url]);
        migrate.output().unwrap()
    };
    let moved = stdout(&migrate(&server.url()));
    assert!(
        moved.starts_with("moved and compared: 1 conversations with "),
        "{moved}"
    );
    let refused = migrate("redis://:MARK-password@127.0.0.1:1");
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("redis://127.0.0.1:1") && !why.contains(MARK),
        "{why}"
    );
    let file = served.folder.path().join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("store = \"{}\"\n{text}", server.url())).unwrap();
    served.again();
    let after: Value = serde_json::from_str(&served.curl(&log, &["-H", &auth])).unwrap();
    let before: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(after, before);
}
