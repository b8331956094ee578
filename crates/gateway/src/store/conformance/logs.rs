//! Long logs: each entry is found from anywhere, and no event is ever taken twice.

use super::*;

const CHANGES: u64 = 300;

/// The change with the entries `2n - 1` and `2n`, every third without any.
fn change(number: u64, head: &mut u64) -> Change {
    let entries: Vec<Entry> = match number % 3 {
        0 => Vec::new(),
        _ => (*head + 1..=*head + 2)
            .map(|seq| match seq % 5 {
                0 => entry(seq, EntryKind::Delivery),
                _ => entry(seq, EntryKind::Message),
            })
            .collect(),
    };
    *head += entries.len() as u64;
    Change {
        entries,
        seen: vec![key(number)],
        raw: vec![json!({"number": number}).to_string()],
        ..Change::of(ConversationRow {
            head: *head,
            version: number,
            ..conversation("c_1")
        })
    }
}

fn key(number: u64) -> String {
    format!("event \"{number}\"\n")
}

async fn long(store: &impl Store) -> Vec<Entry> {
    let (mut head, mut all) = (0, Vec::new());
    begin(store, &conversation("c_1")).await;
    let other = ConversationRow {
        visitor: "v_2".into(),
        ..conversation("c_2")
    };
    begin(store, &other).await;
    for number in 1..=CHANGES {
        let change = change(number, &mut head);
        all.extend(change.entries.clone());
        // Their changes lie between each other's.
        let theirs = Change {
            seen: vec![key(number)],
            ..Change::of(ConversationRow {
                version: number,
                ..other.clone()
            })
        };
        store.append(vec![change, theirs]).await.unwrap();
    }
    all
}

pub(super) async fn a_long_log_is_read_from_anywhere(store: &impl Store) {
    let all = long(store).await;
    for after in (0..=all.len()).step_by(7) {
        for limit in [0, 1, 50, 1_000] {
            let read = store.read("c_1", after as u64, limit).await.unwrap();
            let until = all.len().min(after + limit);
            assert_eq!(read, all[after..until], "{limit} after {after}");
        }
        let messages: Vec<Entry> = all[..after]
            .iter()
            .filter(|entry| entry.kind == EntryKind::Message)
            .cloned()
            .collect();
        let before = after as u64 + 1;
        let shown = store.messages_before("c_1", before, 30).await.unwrap();
        let from = messages.len().saturating_sub(30);
        assert_eq!(shown, messages[from..], "before {before}");
    }
    let history = store.history("c_1").await.unwrap().unwrap();
    assert_eq!(history.entries, all);
    let numbers = history.raw.iter().map(|(_, raw)| raw["number"].as_u64());
    assert!(numbers.eq((1..=CHANGES).map(Some)));
    assert_eq!(store.read("c_2", 0, 9).await, Ok(Vec::new()));
}

pub(super) async fn an_event_is_known_however_old_it_is(store: &impl Store) {
    let all = long(store).await;
    let head = all.len() as u64;
    let row = |floor, version| ConversationRow {
        head,
        floor,
        version,
        ..conversation("c_1")
    };
    let cut = head - 5;
    let trims = Change::of(row(cut, CHANGES + 1));
    store.append(vec![trims]).await.unwrap();
    assert_eq!(
        store.read("c_1", 0, 1_000).await.unwrap(),
        all[all.len() - 5..]
    );
    let before = store.messages_before("c_1", cut + 1, 9).await;
    assert_eq!(before, Ok(Vec::new()));
    for number in [1, 64, 65, CHANGES] {
        let again = Change {
            seen: vec!["new".into(), key(number)],
            ..Change::of(row(cut, CHANGES + 2))
        };
        assert_eq!(store.append(vec![again]).await, Err(StoreError::Conflict));
    }
    let keys = vec![key(1), "new".into(), key(CHANGES)];
    let seen = store.seen("c_1", keys).await;
    assert_eq!(seen, Ok(vec![true, false, true]));
    let new = Change {
        seen: vec!["new".into()],
        ..Change::of(row(cut, CHANGES + 2))
    };
    store.append(vec![new]).await.unwrap();
}
