//! What every store must do, whatever it is made of. A store's own tests call [`run`].

mod keeping;
mod logs;

use bytes::Bytes;
use serde_json::json;

use super::{
    Change, ConversationRow, ConversationState, Entry, EntryKind, FileRow, ForwardRow, History,
    MarkKey, OldFiles, Parked, RefreshRow, Retention, Rotation, SendRow, SendState, Store,
    StoreError, Trim, VisitorRow,
};

/// Plays the whole suite, each part against a store of its own. What `open` gives besides lives
/// as long as the store.
pub async fn run<S: Store, Keep>(open: impl AsyncFn() -> (S, Keep)) {
    let (store, _keep) = open().await;
    a_visitor_is_kept_and_their_revocation_outlives_a_new_session(&store).await;
    let (store, _keep) = open().await;
    a_refresh_token_rotates_and_its_reuse_ends_the_family(&store).await;
    let (store, _keep) = open().await;
    a_tab_keeps_its_token_when_the_answer_of_another_was_lost(&store).await;
    let (store, _keep) = open().await;
    a_visitor_has_one_open_conversation_a_site(&store).await;
    let (store, _keep) = open().await;
    what_is_appended_is_read_in_order(&store).await;
    let (store, _keep) = open().await;
    a_change_for_an_old_version_keeps_nothing_of_its_batch(&store).await;
    let (store, _keep) = open().await;
    sends_and_seen_keys_are_kept_with_their_change(&store).await;
    let (store, _keep) = open().await;
    a_history_holds_all_of_one_conversation(&store).await;
    let (store, _keep) = open().await;
    a_conversation_is_found_by_what_the_vendor_calls_it(&store).await;
    let (store, _keep) = open().await;
    parked_events_wait_in_order_and_expire(&store).await;
    let (store, _keep) = open().await;
    logs::a_long_log_is_read_from_anywhere(&store).await;
    let (store, _keep) = open().await;
    logs::an_event_is_known_however_old_it_is(&store).await;
    let (store, _keep) = open().await;
    keeping::what_is_old_goes_whole(&store).await;
    let (store, _keep) = open().await;
    keeping::much_that_is_old_goes_in_parts(&store).await;
    let (store, _keep) = open().await;
    keeping::an_erased_visitor_leaves_nothing_but_marks(&store).await;
    let (store, _keep) = open().await;
    keeping::a_raised_floor_drops_what_is_below(&store).await;
    let (store, _keep) = open().await;
    keeping::files_are_kept_until_they_are_dropped(&store).await;
    let (store, _keep) = open().await;
    keeping::forwards_come_in_order_until_they_are_dropped(&store).await;
}

fn visitor(id: &str) -> VisitorRow {
    VisitorRow {
        id: id.into(),
        site: "shop".into(),
        revocation: 0,
        context: json!({"locale": "de"}),
        created_ms: 5,
    }
}

pub(super) fn conversation(id: &str) -> ConversationRow {
    ConversationRow {
        id: id.into(),
        site: "shop".into(),
        account: "main".into(),
        bot_key: "lead".into(),
        visitor: "v_1".into(),
        vendor_visitor: "v_1".into(),
        vendor_id: None,
        nonce: "0000000a".into(),
        head: 0,
        floor: 0,
        prompt: None,
        state: ConversationState::Open,
        turn: 0,
        variables: json!({}),
        created_ms: 10,
        last_ms: 10,
        version: 1,
    }
}

fn entry(seq: u64, kind: EntryKind) -> Entry {
    Entry {
        seq,
        kind,
        frame: Bytes::from(format!("{{\"seq\":{seq}}}")),
        answers: (seq == 2).then(|| json!([{"type": "button.response"}])),
        at_ms: 10 + seq,
    }
}

fn send(seq: u64, state: SendState) -> SendRow {
    SendRow {
        seq,
        client_id: format!("m{seq}"),
        digest: "d".into(),
        answer_to: (seq > 1).then_some(seq - 1),
        message: json!({"type": "text", "data": {"body": "Hi"}}),
        state,
        attempts: 1,
        next_ms: 7,
        sent_ms: Some(8),
        evidence_until_ms: None,
        message_id: Some("m-9".into()),
        echoed: true,
        code: None,
    }
}

async fn begin(store: &impl Store, row: &ConversationRow) {
    assert_eq!(store.create(Change::of(row.clone())).await, Ok(Ok(())));
}

async fn a_visitor_is_kept_and_their_revocation_outlives_a_new_session(store: &impl Store) {
    assert_eq!(store.visitor("v_1").await, Ok(None));
    store.put_visitor(visitor("v_1")).await.unwrap();
    assert_eq!(store.visitor("v_1").await, Ok(Some(visitor("v_1"))));
    assert_eq!(store.revoke("v_1").await, Ok(1));
    store.put_visitor(visitor("v_1")).await.unwrap();
    let kept = store.visitor("v_1").await.unwrap().unwrap();
    assert_eq!(kept.revocation, 1);
    assert_eq!(store.revocations().await, Ok(vec![("v_1".into(), 1)]));
}

async fn a_refresh_token_rotates_and_its_reuse_ends_the_family(store: &impl Store) {
    let first = RefreshRow {
        family: "f".into(),
        hash: [1; 32],
        visitor: "v_1".into(),
        site: "shop".into(),
        origin: "https://shop.example.com".into(),
        expires_ms: 1_000,
    };
    store.put_refresh(first.clone()).await.unwrap();
    let rotate = |hash: u8, next: u8, now: u64| {
        store.rotate_refresh("f", [hash; 32], [next; 32], now, 2_000, 60)
    };
    let second = RefreshRow {
        hash: [2; 32],
        expires_ms: 2_000,
        ..first.clone()
    };
    assert_eq!(rotate(1, 2, 100).await, Ok(Rotation::Rotated(second)));
    // A lost answer or a second tab: the one before works a little longer.
    assert!(matches!(rotate(1, 3, 160).await, Ok(Rotation::Rotated(_))));
    // However long the network was down: nobody used what came of it, which ends.
    assert!(matches!(rotate(1, 7, 300).await, Ok(Rotation::Rotated(_))));
    assert_eq!(rotate(2, 8, 301).await, Ok(Rotation::Expired));
    assert_eq!(rotate(3, 8, 301).await, Ok(Rotation::Expired));
    assert!(matches!(rotate(7, 4, 500).await, Ok(Rotation::Rotated(_))));
    assert_eq!(rotate(9, 5, 500).await, Ok(Rotation::Expired));
    assert_eq!(rotate(4, 5, 2_000).await, Ok(Rotation::Expired));
    assert_eq!(rotate(1, 5, 561).await, Ok(Rotation::Reused));
    // All of the family ended.
    assert_eq!(rotate(4, 6, 600).await, Ok(Rotation::Expired));
}

async fn a_tab_keeps_its_token_when_the_answer_of_another_was_lost(store: &impl Store) {
    const LIFE_MS: u64 = 10_000;
    let first = RefreshRow {
        family: "tabs".into(),
        hash: [1; 32],
        visitor: "v_1".into(),
        site: "shop".into(),
        origin: "https://shop.example.com".into(),
        expires_ms: LIFE_MS,
    };
    store.put_refresh(first).await.unwrap();
    let rotate = async |hash: u8, next: u8, now: u64| {
        let rotated = store.rotate_refresh("tabs", [hash; 32], [next; 32], now, now + LIFE_MS, 60);
        matches!(rotated.await, Ok(Rotation::Rotated(_)))
    };
    // Two tabs, with a token each.
    assert!(rotate(1, 2, 100).await && rotate(1, 3, 101).await);
    // One loses an answer and tries again much later; the other one's token was there before, and stays.
    assert!(rotate(2, 4, 1_000).await && rotate(2, 5, 1_200).await);
    assert!(rotate(3, 6, 1_300).await && rotate(5, 7, 1_301).await);
}

async fn a_visitor_has_one_open_conversation_a_site(store: &impl Store) {
    begin(store, &conversation("c_1")).await;
    let second = store.create(Change::of(conversation("c_2"))).await;
    assert_eq!(second, Ok(Err("c_1".into())));
    let elsewhere = ConversationRow {
        site: "blog".into(),
        ..conversation("c_3")
    };
    begin(store, &elsewhere).await;
    let ended = ConversationRow {
        state: ConversationState::Ended,
        ..conversation("c_1")
    };
    store.append(vec![Change::of(ended)]).await.unwrap();
    begin(store, &conversation("c_4")).await;
    let latest = store.latest_of("v_1", "shop").await.unwrap().unwrap();
    assert_eq!(latest.id, "c_4");
    let all = store.conversations_of("v_1").await.unwrap();
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["c_1", "c_3", "c_4"]);
}

async fn what_is_appended_is_read_in_order(store: &impl Store) {
    begin(store, &conversation("c_1")).await;
    let kinds = [EntryKind::Message, EntryKind::Message, EntryKind::Delivery];
    let mut row = conversation("c_1");
    for (kind, seq) in kinds.into_iter().zip(1..) {
        row.head = seq;
        row.prompt = Some(seq);
        let change = Change {
            entries: vec![entry(seq, kind)],
            ..Change::of(row.clone())
        };
        store.append(vec![change]).await.unwrap();
        row.version += 1;
    }
    assert_eq!(store.conversation("c_1").await, Ok(Some(row)));
    assert_eq!(store.conversation("c_2").await, Ok(None));
    let all: Vec<Entry> = kinds
        .into_iter()
        .zip(1..)
        .map(|(kind, seq)| entry(seq, kind))
        .collect();
    assert_eq!(store.read("c_1", 0, 100).await.unwrap(), all);
    assert_eq!(store.read("c_1", 1, 1).await.unwrap(), all[1..2]);
    assert_eq!(store.read("c_1", u64::MAX, 100).await.unwrap(), []);
    assert_eq!(store.messages_before("c_1", 9, 9).await.unwrap(), all[..2]);
    assert_eq!(store.messages_before("c_1", 9, 1).await.unwrap(), all[1..2]);
    assert_eq!(store.messages_before("c_1", 2, 9).await.unwrap(), all[..1]);
}

async fn a_change_for_an_old_version_keeps_nothing_of_its_batch(store: &impl Store) {
    begin(store, &conversation("c_1")).await;
    let other = ConversationRow {
        visitor: "v_2".into(),
        ..conversation("c_2")
    };
    begin(store, &other).await;
    let good = Change {
        entries: vec![entry(1, EntryKind::Message)],
        ..Change::of(ConversationRow {
            head: 1,
            ..conversation("c_1")
        })
    };
    let stale = Change::of(ConversationRow {
        version: 7,
        ..other
    });
    let both = store.append(vec![good.clone(), stale]).await;
    assert_eq!(both, Err(StoreError::Conflict));
    assert_eq!(store.read("c_1", 0, 9).await.unwrap(), []);
    assert_eq!(store.failure(), None);
    store.append(vec![good.clone()]).await.unwrap();
    assert_eq!(store.append(vec![good]).await, Err(StoreError::Conflict));
}

async fn sends_and_seen_keys_are_kept_with_their_change(store: &impl Store) {
    let change = Change {
        sends: vec![send(1, SendState::Queued), send(2, SendState::Accepted)],
        seen: vec!["a".into(), "b".into()],
        ..Change::of(conversation("c_1"))
    };
    assert_eq!(store.create(change).await, Ok(Ok(())));
    let sends = store.sends("c_1").await.unwrap();
    assert_eq!(
        sends,
        [send(1, SendState::Queued), send(2, SendState::Accepted)]
    );
    let keys = ["a", "x", "b"].map(String::from).to_vec();
    assert_eq!(store.seen("c_1", keys).await, Ok(vec![true, false, true]));
    let again = Change {
        seen: vec!["new".into(), "b".into()],
        entries: vec![entry(1, EntryKind::Message)],
        ..Change::of(conversation("c_1"))
    };
    let refused = store.append(vec![again]).await;
    assert_eq!(refused, Err(StoreError::Conflict));
    let new = store.seen("c_1", vec!["new".into()]).await;
    assert_eq!(new, Ok(vec![false]));
    assert_eq!(store.read("c_1", 0, 9).await.unwrap(), []);
    assert_eq!(store.unfinished().await, Ok(vec!["c_1".into()]));
    let done = Change {
        sends: vec![send(1, SendState::Unconfirmed)],
        ..Change::of(conversation("c_1"))
    };
    store.append(vec![done]).await.unwrap();
    assert_eq!(store.unfinished().await, Ok(Vec::new()));
    assert_eq!(store.sends("c_1").await.unwrap().len(), 2);
}

async fn a_history_holds_all_of_one_conversation(store: &impl Store) {
    let of = |id: &str, visitor: &str, number: u64| Change {
        at_ms: 30 + number,
        entries: vec![entry(1, EntryKind::Message), entry(2, EntryKind::Delivery)],
        sends: vec![send(1, SendState::Accepted)],
        raw: [json!({"number": number}), json!({"more": number})]
            .map(|it| it.to_string())
            .to_vec(),
        ..Change::of(ConversationRow {
            visitor: visitor.into(),
            head: 2,
            ..conversation(id)
        })
    };
    for change in [of("c_1", "v_1", 1), of("c_2", "v_2", 2)] {
        assert_eq!(store.create(change).await, Ok(Ok(())));
    }
    let history = store.history("c_2").await.unwrap().unwrap();
    let expected = History {
        conversation: store.conversation("c_2").await.unwrap().unwrap(),
        entries: store.read("c_2", 0, 9).await.unwrap(),
        sends: store.sends("c_2").await.unwrap(),
        raw: vec![(32, json!({"number": 2})), (32, json!({"more": 2}))],
    };
    assert_eq!((history.entries.len(), history.sends.len()), (2, 1));
    assert_eq!(history, expected);
    assert_eq!(store.history("c_3").await, Ok(None));
}

async fn a_conversation_is_found_by_what_the_vendor_calls_it(store: &impl Store) {
    begin(store, &conversation("c_1")).await;
    let unnamed = store.without_vendor_id("main", "v_1").await;
    assert_eq!(unnamed, Ok(vec!["c_1".into()]));
    assert_eq!(
        store.without_vendor_id("other", "v_1").await,
        Ok(Vec::new())
    );
    let named = ConversationRow {
        vendor_id: Some("3f0c".into()),
        ..conversation("c_1")
    };
    store.append(vec![Change::of(named)]).await.unwrap();
    assert_eq!(store.without_vendor_id("main", "v_1").await, Ok(Vec::new()));
    assert_eq!(
        store.by_vendor_id("main", "3f0c").await,
        Ok(Some("c_1".into()))
    );
    assert_eq!(store.by_vendor_id("other", "3f0c").await, Ok(None));
}

async fn parked_events_wait_in_order_and_expire(store: &impl Store) {
    let event = |number: u64| Parked {
        account: "main".into(),
        vendor_id: "3f0c".into(),
        raw: json!({"number": number}),
        at_ms: 100 + number,
    };
    store.park(vec![event(1), event(2)]).await.unwrap();
    store.park(vec![event(3)]).await.unwrap();
    let all = [event(1), event(2), event(3)];
    assert_eq!(store.parked("main", "3f0c").await.unwrap(), all);
    assert_eq!(store.parked("other", "3f0c").await.unwrap(), []);
    let expired = store
        .trim(Trim {
            parked_before_ms: 102,
            retention: None,
        })
        .await
        .unwrap();
    assert_eq!(expired.dead_letters, 1);
    begin(store, &conversation("c_1")).await;
    let named = Change {
        unpark: Some(2),
        ..Change::of(ConversationRow {
            vendor_id: Some("3f0c".into()),
            ..conversation("c_1")
        })
    };
    let too_few = Change {
        unpark: Some(1),
        ..named.clone()
    };
    let refused = store.append(vec![too_few]).await;
    assert_eq!(refused, Err(StoreError::Conflict));
    assert_eq!(store.parked("main", "3f0c").await.unwrap(), all[1..]);
    store.append(vec![named]).await.unwrap();
    assert_eq!(store.parked("main", "3f0c").await.unwrap(), []);
}
