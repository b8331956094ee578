//! What is SQLite's own of the store, and the suite of every store.

use super::*;

#[tokio::test]
async fn it_passes_the_suite_of_every_store() {
    crate::store::conformance::run(async || {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("gateway.db")).unwrap();
        (store, folder)
    })
    .await;
}

#[test]
fn a_restored_file_has_another_incarnation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let before = SqliteStore::open(&file).unwrap().incarnation().to_owned();
    assert_eq!(SqliteStore::open(&file).unwrap().incarnation(), before);
    SqliteStore::restore(&file).unwrap();
    assert_ne!(SqliteStore::open(&file).unwrap().incarnation(), before);
}

#[test]
fn a_file_that_another_store_writes_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let first = SqliteStore::open(&file).unwrap();
    for refused in [
        SqliteStore::open(&file).map(drop),
        SqliteStore::restore(&file),
    ] {
        let why = refused.unwrap_err().to_string();
        assert!(
            why.contains("gateway.db: another gateway has it open"),
            "{why}"
        );
    }
    drop(first);
    SqliteStore::open(&file).unwrap();
}

/// Windows takes longer paths than 260 characters in another form alone.
#[test]
fn the_file_may_lie_deep() {
    let folder = tempfile::tempdir().unwrap();
    let deep = (0..10).fold(folder.path().to_path_buf(), |path, _| {
        path.join("x".repeat(30))
    });
    std::fs::create_dir_all(&deep).unwrap();
    let file = deep.join("gateway.db");
    let before = SqliteStore::open(&file).unwrap().incarnation().to_owned();
    assert_eq!(SqliteStore::open(&file).unwrap().incarnation(), before);
    assert!(SqliteStore::history_in(&file, "c_1").unwrap().is_none());
}

#[test]
fn a_file_of_another_form_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    drop(SqliteStore::open(&file).unwrap());
    let connection = rusqlite::Connection::open(&file).unwrap();
    for (form, advice) in [(3, "move it away"), (99, "newer version")] {
        connection
            .pragma_update(None, "user_version", form)
            .unwrap();
        let opened = SqliteStore::open(&file).err().unwrap();
        let looked_into = SqliteStore::history_in(&file, "c_1").unwrap_err();
        for why in [opened.to_string(), looked_into.to_string()] {
            assert!(why.contains(&format!("the form {form}")), "{why}");
            assert!(why.contains(advice), "{why}");
        }
        let kept = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        assert_eq!(kept, Ok(form));
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_store_and_what_was_answered_for_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let store = SqliteStore::open(&file).unwrap();
    // Full, as far as SQLite can tell.
    let pages = |connection: &rusqlite::Connection| {
        let used: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        connection.pragma_update_and_check(None, "max_page_count", used + 20, |_| Ok(()))
    };
    store.writer.write(pages).await.unwrap();
    let event = |number: u64| Parked {
        account: "main".into(),
        vendor_id: "3f0c".into(),
        raw: serde_json::json!({"number": number, "filler": "x".repeat(2_000)}),
        at_ms: number,
    };
    let mut kept = 0;
    let why = loop {
        match store.park(vec![event(kept)]).await {
            Ok(()) => kept += 1,
            Err(why) => break why.to_string(),
        }
        assert!(kept < 1_000, "it never got full");
    };
    assert!(why.contains("full"), "{why}");
    assert!(store.failure().is_some());
    assert!(
        store.park(vec![event(kept)]).await.is_err(),
        "no second try"
    );
    drop(store);
    let store = SqliteStore::open(&file).unwrap();
    let parked = store.parked("main", "3f0c").await.unwrap();
    assert_eq!(parked.len() as u64, kept);
}

#[tokio::test]
async fn a_store_that_is_opened_again_knows_the_events_that_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let change = |version, key: &str| {
        let mut change = Change::of(crate::store::conformance::conversation("c_1"));
        change.conversation.version = version;
        change.seen = vec![key.to_owned()];
        change
    };
    let store = SqliteStore::open(&file).unwrap();
    store.create(change(0, "first")).await.unwrap().unwrap();
    store.append(vec![change(1, "second")]).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&file).unwrap();
    for key in ["first", "second"] {
        let again = store.append(vec![change(2, key)]).await;
        assert_eq!(again, Err(StoreError::Conflict), "{key}");
    }
    store.append(vec![change(2, "third")]).await.unwrap();
}

#[tokio::test]
async fn a_long_log_of_writes_begins_again_while_they_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let store = SqliteStore::open(&file).unwrap();
    let log = folder.path().join("gateway.db-wal");
    let size = || std::fs::metadata(&log).unwrap().len();
    let event = || Parked {
        account: "main".into(),
        vendor_id: "3f0c".into(),
        raw: "x".repeat(80_000).into(),
        at_ms: 1,
    };
    let (mut longest, mut since) = (0, 0);
    for _ in 0..5_000 {
        store.park(vec![event()]).await.unwrap();
        since = if size() > longest { 0 } else { since + 1 };
        longest = size();
        if since == 50 {
            return;
        }
    }
    panic!("the log has {longest} bytes and never began again");
}
