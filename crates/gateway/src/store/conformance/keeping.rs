//! What is kept for how long: retention, erasure, files and posts that are passed on.

use super::*;

pub(super) async fn what_is_old_goes_whole(store: &impl Store) {
    let change = Change {
        entries: vec![entry(1, EntryKind::Message)],
        sends: vec![send(1, SendState::Queued)],
        seen: vec!["a".into()],
        raw: vec![json!({}).to_string()],
        ..Change::of(conversation("c_1"))
    };
    assert_eq!(store.create(change).await, Ok(Ok(())));
    let young = ConversationRow {
        last_ms: 500,
        visitor: "v_2".into(),
        ..conversation("c_2")
    };
    begin(store, &young).await;
    let expired = store
        .trim(Trim {
            parked_before_ms: 0,
            retention: Some(Retention {
                conversations_ms: 100,
                raw_ms: 100,
                refresh_ms: 100,
                erased_ms: 100,
            }),
        })
        .await
        .unwrap();
    assert_eq!(expired.conversations, ["c_1"]);
    assert_eq!(store.conversation("c_1").await, Ok(None));
    assert_eq!(store.sends("c_1").await, Ok(Vec::new()));
    assert_eq!(store.read("c_1", 0, 9).await, Ok(Vec::new()));
    assert!(store.conversation("c_2").await.unwrap().is_some());
}

pub(super) async fn much_that_is_old_goes_in_parts(store: &impl Store) {
    const MANY: u64 = 1_201;
    begin(store, &conversation("c_1")).await;
    for version in 1..=MANY {
        let change = Change {
            raw: vec![json!({"number": version}).to_string()],
            at_ms: version,
            ..Change::of(ConversationRow {
                version,
                last_ms: MANY,
                ..conversation("c_1")
            })
        };
        store.append(vec![change]).await.unwrap();
    }
    let event = |at_ms| Parked {
        account: "main".into(),
        vendor_id: "3f0c".into(),
        raw: json!({}),
        at_ms,
    };
    store.park((1..=MANY).map(event).collect()).await.unwrap();
    let (mut dead_letters, mut parts) = (0, 0);
    loop {
        let expired = store.trim(everything_before(MANY)).await.unwrap();
        assert!(expired.conversations.is_empty());
        dead_letters += expired.dead_letters;
        parts += 1;
        if !expired.more {
            break;
        }
    }
    assert!(parts > 1, "all of it was dropped at once");
    assert_eq!(dead_letters, MANY - 1);
    let history = store.history("c_1").await.unwrap().unwrap();
    assert_eq!(history.raw, [(MANY, json!({"number": MANY}))]);
    let young = store.parked("main", "3f0c").await.unwrap();
    assert_eq!(young.len(), 1);
}

pub(super) async fn an_erased_visitor_leaves_nothing_but_marks(store: &impl Store) {
    let key = MarkKey::new(b"the key of the test");
    let erase = |at_ms| store.erase("v_1", key.clone(), at_ms);
    store.put_visitor(visitor("v_1")).await.unwrap();
    let event = |vendor_id: &str| Parked {
        account: "main".into(),
        vendor_id: vendor_id.into(),
        raw: json!({}),
        at_ms: 20,
    };
    store
        .park(vec![event("3f0c"), event("other")])
        .await
        .unwrap();
    let ended = ConversationRow {
        vendor_id: Some("3f0c".into()),
        state: ConversationState::Ended,
        ..conversation("c_1")
    };
    begin(store, &ended).await;
    begin(store, &conversation("c_2")).await;
    store.put_file(file("f_1", 10)).await.unwrap();
    let theirs = FileRow {
        visitor: "v_2".into(),
        ..file("f_2", 10)
    };
    store.put_file(theirs.clone()).await.unwrap();
    assert_eq!(erase(100).await, Ok(vec!["c_1".into(), "c_2".into()]));
    assert_eq!(store.conversation("c_1").await, Ok(None));
    assert_eq!(store.file("f_1").await, Ok(None));
    assert_eq!(store.file("f_2").await, Ok(Some(theirs)));
    assert_eq!(store.parked("main", "3f0c").await, Ok(Vec::new()));
    assert_eq!(store.parked("main", "other").await.unwrap().len(), 1);
    let kept = store.visitor("v_1").await.unwrap().unwrap();
    assert_eq!((kept.context, kept.revocation), (json!({}), 1));
    // A conversation is known by its id at the vendor, or by its visitor there while it has none.
    for (mark, expected) in [
        (key.conversation("main", "3f0c"), true),
        (key.visitor("main", "v_1"), true),
        (key.conversation("main", "v_1"), false),
        (key.conversation("other", "3f0c"), false),
        (MarkKey::new(b"another").conversation("main", "3f0c"), false),
    ] {
        assert_eq!(store.is_marked(mark).await, Ok(expected));
    }
    let late = key.conversation("main", "late");
    store.put_mark(late, 200).await.unwrap();
    store.trim(everything_before(200)).await.unwrap();
    assert_eq!(store.is_marked(late).await, Ok(true));
    let old = store.is_marked(key.conversation("main", "3f0c")).await;
    assert_eq!(old, Ok(false));
    assert_eq!(erase(300).await, Ok(Vec::new()));
}

fn everything_before(at_ms: u64) -> Trim {
    Trim {
        parked_before_ms: at_ms,
        retention: Some(Retention {
            conversations_ms: at_ms,
            raw_ms: at_ms,
            refresh_ms: at_ms,
            erased_ms: at_ms,
        }),
    }
}

pub(super) async fn a_raised_floor_drops_what_is_below(store: &impl Store) {
    let change = |floor, version, seqs: std::ops::RangeInclusive<u64>| Change {
        entries: seqs
            .clone()
            .map(|seq| entry(seq, EntryKind::Message))
            .collect(),
        sends: vec![send(1, SendState::Accepted)],
        ..Change::of(ConversationRow {
            head: *seqs.end(),
            floor,
            version,
            ..conversation("c_1")
        })
    };
    let begun = store.create(change(0, 0, 1..=3)).await;
    assert_eq!(begun, Ok(Ok(())));
    store.append(vec![change(3, 1, 4..=5)]).await.unwrap();
    let seqs = |entries: Vec<Entry>| entries.iter().map(|it| it.seq).collect::<Vec<_>>();
    assert_eq!(seqs(store.read("c_1", 0, 9).await.unwrap()), [4, 5]);
    let shown = store.messages_before("c_1", 9, 9).await.unwrap();
    assert_eq!(seqs(shown), [4, 5]);
    let row = store.conversation("c_1").await.unwrap().unwrap();
    assert_eq!((row.floor, row.head), (3, 5));
    // That a message was sent is known as long as its conversation is.
    assert_eq!(store.sends("c_1").await.unwrap().len(), 1);
}

fn file(id: &str, created_ms: u64) -> FileRow {
    FileRow {
        id: id.into(),
        visitor: "v_1".into(),
        site: "shop".into(),
        name: "a.png".into(),
        media_type: "image/png".into(),
        size: 9,
        ready: false,
        created_ms,
    }
}

pub(super) async fn files_are_kept_until_they_are_dropped(store: &impl Store) {
    let old = |created, unready, limit| {
        store.old_files(OldFiles {
            created_before_ms: created,
            unready_before_ms: unready,
            limit,
        })
    };
    store.put_file(file("f_2", 20)).await.unwrap();
    store.put_file(file("f_1", 10)).await.unwrap();
    let ready = FileRow {
        ready: true,
        ..file("f_1", 10)
    };
    assert_eq!(store.file_is_ready("f_1").await, Ok(true));
    assert_eq!(store.file_is_ready("f_3").await, Ok(false));
    assert_eq!(store.file("f_1").await, Ok(Some(ready.clone())));
    assert_eq!(store.file("f_3").await, Ok(None));
    let both = vec![ready.clone(), file("f_2", 20)];
    assert_eq!(store.files_of("v_1").await, Ok(both.clone()));
    assert_eq!(store.files_of("v_2").await, Ok(Vec::new()));
    assert_eq!(old(10, 20, 9).await, Ok(Vec::new()));
    assert_eq!(old(10, 21, 9).await, Ok(vec![file("f_2", 20)]));
    assert_eq!(old(30, 0, 9).await, Ok(both));
    assert_eq!(old(30, 0, 1).await, Ok(vec![ready]));
    store.drop_files(vec!["f_1".into()]).await.unwrap();
    assert_eq!(store.files_of("v_1").await, Ok(vec![file("f_2", 20)]));
}

pub(super) async fn forwards_come_in_order_until_they_are_dropped(store: &impl Store) {
    let post = |receiver: &str, body: &str| ForwardRow {
        number: 0,
        receiver: receiver.into(),
        body: body.into(),
        content_type: None,
        has_authorization: true,
        at_ms: 7,
    };
    let posts = vec![post("r1", "first"), post("r2", "first")];
    store.put_forwards(posts).await.unwrap();
    store
        .put_forwards(vec![post("r1", "second")])
        .await
        .unwrap();
    for body in ["first", "second"] {
        let found = store.first_forward("r1").await.unwrap().unwrap();
        let number = found.number;
        assert_eq!(
            found,
            ForwardRow {
                number,
                ..post("r1", body)
            }
        );
        let again = store.first_forward("r1").await.unwrap();
        assert_eq!(again.unwrap().number, number);
        store.drop_forward(number).await.unwrap();
    }
    assert_eq!(store.first_forward("r1").await, Ok(None));
    assert!(store.first_forward("r2").await.unwrap().is_some());
}
