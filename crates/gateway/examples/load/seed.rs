//! A store with conversations in it, as if they had been held; and how long the disk takes for one flush.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use wotnot_gateway::STORE_FILE;
use wotnot_gateway::store::sqlite::SqliteStore;
use wotnot_gateway::store::{
    Change, ConversationRow, ConversationState, Entry, EntryKind, SendRow, SendState, Store,
};

use crate::{Arguments, Result, share};

pub const SITE: &str = "bench";
pub const ACCOUNT: &str = "main";
pub const HOOK_TOKEN: &str = "webhook-token-of-the-bench";
pub const HOOK_SECRET: &str = "hook-secret-of-the-bench";
pub const TOKEN_KEY: &str = "token-key-of-the-bench-of-32-bytes-and-more";
/// Entries that each conversation begins with.
pub const FIRST: u64 = 2;
const AT_ONCE: usize = 256;
const LONGEST_LOG: u64 = 200_000_000;

pub fn conversation_id(number: usize) -> String {
    format!("c_{number:024}")
}

pub fn visitor_id(number: usize) -> String {
    format!("v_{number:024}")
}

pub fn vendor_id(number: usize) -> String {
    format!("5f1d{number:020}")
}

/// What comes after the store's incarnation in the epoch.
pub fn nonce(number: usize) -> String {
    format!("{number:08x}")
}

/// `conversations` of them, then entries until the file has `megabytes`.
pub async fn run(arguments: &Arguments) -> Result<Value> {
    let folder = Path::new(arguments.text("data")?);
    let conversations: usize = arguments.number("conversations")?;
    let megabytes: u64 = arguments.number("megabytes")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("token-keys"), format!("k1 {TOKEN_KEY}\n"))?;
    let file = folder.join(STORE_FILE);
    let store = SqliteStore::open(&file)?;
    let mut rows: Vec<ConversationRow> = Vec::new();
    for chunk in (0..conversations).collect::<Vec<_>>().chunks(AT_ONCE) {
        let changes: Vec<Change> = chunk.iter().map(|number| begun(*number)).collect();
        rows.extend(changes.iter().map(|change| change.conversation.clone()));
        for kept in try_join_all(changes.into_iter().map(|change| store.create(change))).await? {
            kept.map_err(|open| format!("{open} is there already"))?;
        }
    }
    for row in &mut rows {
        row.version = 1;
    }
    let mut at = 0;
    let look = rusqlite::Connection::open(&file)?;
    while bytes(&look)? < megabytes * 1_000_000 {
        if std::fs::metadata(folder.join(format!("{STORE_FILE}-wal")))?.len() > LONGEST_LOG {
            fold(&look)?;
        }
        let count = AT_ONCE.min(rows.len());
        let changes: Vec<Change> = (0..count)
            .map(|more| {
                let place = (at + more) % rows.len();
                talk_on(&mut rows[place])
            })
            .collect();
        at += count;
        try_join_all(changes.into_iter().map(|change| store.append(vec![change]))).await?;
    }
    fold(&look)?;
    Ok(
        json!({"conversations": conversations, "bytes": bytes(&look)?, "incarnation": &*store.incarnation()}),
    )
}

fn bytes(store: &rusqlite::Connection) -> Result<u64> {
    let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let bytes: i64 = store.query_row(sql, [], |row| row.get(0))?;
    Ok(u64::try_from(bytes)?)
}

/// Moves the write-ahead log into the file: the process ends before the store would.
fn fold(store: &rusqlite::Connection) -> Result<()> {
    store.busy_timeout(std::time::Duration::from_secs(60))?;
    Ok(store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// A conversation in which the visitor spoke, and the vendor took it.
fn begun(number: usize) -> Change {
    let now = now_ms();
    let mut change = Change::of(ConversationRow {
        id: conversation_id(number),
        site: SITE.into(),
        account: ACCOUNT.into(),
        bot_key: "bench".into(),
        visitor: visitor_id(number),
        vendor_visitor: visitor_id(number),
        vendor_id: Some(vendor_id(number)),
        nonce: nonce(number),
        head: FIRST,
        floor: 0,
        prompt: None,
        state: ConversationState::Open,
        turn: 1,
        variables: json!({"system": {"timezone": "Asia/Kolkata", "locale": "en"}}),
        created_ms: now,
        last_ms: now,
        version: 0,
    });
    change.entries = (1..=FIRST).map(|seq| entry(seq, now)).collect();
    change.sends = vec![SendRow {
        seq: 1,
        client_id: "m1".into(),
        digest: "0".repeat(64),
        answer_to: None,
        message: json!({"type": "text", "data": {"body": "Hello"}}),
        state: SendState::Accepted,
        attempts: 1,
        next_ms: 0,
        sent_ms: Some(now),
        evidence_until_ms: None,
        message_id: Some("0123456789abcdef01234567".into()),
        echoed: true,
        code: None,
    }];
    change
}

/// A few entries more, each with its row for redeliveries and the vendor's event.
fn talk_on(row: &mut ConversationRow) -> Change {
    let now = now_ms();
    let entries: Vec<Entry> = (row.head + 1..=row.head + 10)
        .map(|seq| entry(seq, now))
        .collect();
    row.head += 10;
    let mut change = Change::of(row.clone());
    row.version += 1;
    change.seen = entries
        .iter()
        .map(|entry| format!("seeded-event-{:024}", entry.seq))
        .collect();
    change.raw = entries
        .iter()
        .map(|entry| json!({"seeded": entry.seq, "text": "x".repeat(400)}).to_string())
        .collect();
    change.entries = entries;
    change
}

fn entry(seq: u64, at_ms: u64) -> Entry {
    let frame = json!({"type": "message", "seq": seq, "at": "2026-11-24T10:00:00.123Z", "by": "bot",
        "text": "What is it about? Tell us in a few words, and somebody will be with you.", "answer_to": null, "prompt": null});
    Entry {
        seq,
        kind: EntryKind::Message,
        frame: frame.to_string().into(),
        answers: None,
        at_ms,
    }
}

/// Writes of 4 KB over what a file holds, each flushed, as the commit of a small change is: the median, the 99th of 100
/// and the longest, in microseconds.
pub fn flush(arguments: &Arguments) -> Result<Value> {
    const BLOCK: usize = 4_096;
    const BLOCKS: u64 = 1_024;
    let lasts = Duration::from_secs_f64(arguments.number("seconds")?);
    let path = Path::new(arguments.text("data")?).join("flush-probe");
    let mut file = File::create(&path)?;
    file.write_all(&vec![7; BLOCK * usize::try_from(BLOCKS)?])?;
    file.sync_all()?;
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let block = times.len() as u64 % BLOCKS;
        let since = Instant::now();
        file.seek(SeekFrom::Start(block * BLOCK as u64))?;
        file.write_all(&[8; BLOCK])?;
        file.sync_data()?;
        times.push(u64::try_from(since.elapsed().as_nanos())?);
    }
    std::fs::remove_file(&path)?;
    let ms = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    Ok(json!({
        "p50_ms": ms(share(&mut times, 0.5)), "p99_ms": ms(share(&mut times, 0.99)), "max_ms": ms(share(&mut times, 1.0)),
    }))
}
