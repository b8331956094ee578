//! The tables, and how a file is opened.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, ffi};

/// What changes with each event goes to the end of a table (`log`, `raw`) or into one small row
/// (`head`), so that the changes of one transaction share their pages: a page that is written for one
/// event alone, of an index or of a tree by conversation, costs more than all else that is done for it.
///
/// A row of `log` is one change of a conversation: its entries, and the keys of the events that they
/// came from, as JSON. It names the change before it, and the milestone before it for those who look
/// for an old one; `head` names the newest. A row of `raw` has the number of its change. `seen` has
/// the keys of changes that are gone.
const TABLES: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE visitor (
  id TEXT PRIMARY KEY, site TEXT NOT NULL, revocation INTEGER NOT NULL, context TEXT NOT NULL,
  created_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX visitor_revoked ON visitor (revocation) WHERE revocation > 0;
CREATE TABLE refresh (
  family TEXT NOT NULL, hash BLOB NOT NULL, visitor TEXT NOT NULL, site TEXT NOT NULL,
  origin TEXT NOT NULL, expires_ms INTEGER NOT NULL, used_ms INTEGER,
  PRIMARY KEY (family, hash)) WITHOUT ROWID;
CREATE INDEX refresh_visitor ON refresh (visitor);
CREATE TABLE conversation (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, site TEXT NOT NULL, account TEXT NOT NULL,
  bot_key TEXT NOT NULL, visitor TEXT NOT NULL, vendor_visitor TEXT NOT NULL, vendor_id TEXT,
  nonce TEXT NOT NULL, variables TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX conversation_visitor ON conversation (visitor, number);
CREATE INDEX conversation_vendor ON conversation (vendor_id, account);
CREATE INDEX conversation_nameless ON conversation (vendor_visitor, account) WHERE vendor_id IS NULL;
CREATE TABLE head (
  conversation INTEGER PRIMARY KEY, head INTEGER NOT NULL, floor INTEGER NOT NULL, prompt INTEGER,
  state TEXT NOT NULL, turn INTEGER NOT NULL, last_ms INTEGER NOT NULL, version INTEGER NOT NULL,
  newest INTEGER, milestone INTEGER, steps INTEGER NOT NULL);
CREATE TABLE log (
  number INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, before INTEGER, milestone INTEGER,
  last_seq INTEGER NOT NULL, keys TEXT, entries TEXT);
CREATE TABLE raw (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, bodies TEXT NOT NULL);
CREATE TABLE seen (
  conversation INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (conversation, key)) WITHOUT ROWID;
CREATE TABLE send (
  conversation INTEGER NOT NULL, seq INTEGER NOT NULL, client_id TEXT NOT NULL,
  digest TEXT NOT NULL, answer_to INTEGER, message TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL, sent_ms INTEGER, evidence_until_ms INTEGER,
  message_id TEXT, echoed INTEGER NOT NULL, code TEXT,
  PRIMARY KEY (conversation, seq)) WITHOUT ROWID;
CREATE INDEX send_unfinished ON send (conversation) WHERE state IN ('queued', 'sending', 'unknown');
CREATE TABLE parked (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, vendor_id TEXT NOT NULL, raw TEXT NOT NULL,
  at_ms INTEGER NOT NULL);
CREATE INDEX parked_vendor ON parked (vendor_id, account);
CREATE TABLE forward (
  number INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, body TEXT NOT NULL,
  content_type TEXT, has_authorization INTEGER NOT NULL, at_ms INTEGER NOT NULL);
CREATE INDEX forward_receiver ON forward (receiver, number);
CREATE TABLE file (
  id TEXT PRIMARY KEY, visitor TEXT NOT NULL, site TEXT NOT NULL, name TEXT NOT NULL,
  media_type TEXT NOT NULL, size INTEGER NOT NULL, ready INTEGER NOT NULL,
  created_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX file_visitor ON file (visitor, created_ms);
CREATE INDEX file_created ON file (created_ms);
CREATE TABLE mark (value BLOB PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX mark_at ON mark (at_ms);
";

/// The form of the file that this version reads and writes. Forms 1 to 3 were before the first release.
const FORM: u32 = 4;

/// Pages that the writer keeps, in kilobytes: it looks into what it has just written.
const WRITER_CACHE_KB: i64 = 16_384;
/// Pages that each of the others keeps. What they read is in the system's own cache too.
const READER_CACHE_KB: i64 = 1_024;

/// Opens the file for writing, and makes it first where there is none.
pub(super) fn open_writer(file: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(file)?;
    if connection.is_readonly("main")? {
        let refused = ffi::Error::new(ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(refused, None));
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints have a thread of their own; here they would hold up answers.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    settings(&connection, WRITER_CACHE_KB)?;
    if form(&connection)? == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute(
            "INSERT INTO meta (name, value) VALUES ('incarnation', lower(hex(randomblob(4))))",
            [],
        )?;
        transaction.pragma_update(None, "user_version", FORM)?;
        transaction.commit()?;
    }
    check_form(&connection)?;
    Ok(connection)
}

fn form(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// That this version can read the file.
///
/// # Errors
/// Another version wrote it: the error says what to do.
pub(super) fn check_form(connection: &Connection) -> rusqlite::Result<()> {
    let form = form(connection)?;
    let advice = match form {
        FORM => return Ok(()),
        0 => "no gateway has written it",
        1..FORM => "it was made before the first release: move it away, and a new one is made",
        _ => "it was made by a newer version: run that one",
    };
    let why = format!("the file has the form {form}, this version reads {FORM}; {advice}");
    Err(rusqlite::Error::ToSqlConversionFailure(why.into()))
}

/// Opens the file for reading alone.
pub(super) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    settings(&connection, READER_CACHE_KB)?;
    Ok(connection)
}

/// Opens the file for moving the log into it.
pub(super) fn open_checkpointer(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    settings(&connection, READER_CACHE_KB)?;
    Ok(connection)
}

fn settings(connection: &Connection, cache_kb: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "cache_size", -cache_kb)
}

pub(super) fn incarnation(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row(
        "SELECT value FROM meta WHERE name = 'incarnation'",
        [],
        |row| row.get(0),
    )
}

/// Gives a copy a life of its own.
pub(super) fn renew_incarnation(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE meta SET value = lower(hex(randomblob(4))) WHERE name = 'incarnation'",
            [],
        )
        .map(drop)
}
