//! Posts that are to be passed on.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::number;
use super::failure::Done;
use crate::store::ForwardRow;

pub(super) fn put(connection: &Connection, posts: &[ForwardRow]) -> Done<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO forward (receiver, body, content_type, has_authorization, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for post in posts {
        insert.execute(params![
            post.receiver,
            post.body,
            post.content_type,
            post.has_authorization,
            post.at_ms
        ])?;
    }
    Ok(())
}

pub(super) const FORWARD: &str =
    "SELECT number, receiver, body, content_type, has_authorization, at_ms FROM forward";

pub(super) fn forward_row(row: &Row<'_>) -> Done<ForwardRow> {
    Ok(ForwardRow {
        number: number(row, 0)?,
        receiver: row.get(1)?,
        body: row.get(2)?,
        content_type: row.get(3)?,
        has_authorization: row.get(4)?,
        at_ms: number(row, 5)?,
    })
}

pub(super) fn first(connection: &Connection, receiver: &str) -> Done<Option<ForwardRow>> {
    connection
        .prepare_cached(&format!(
            "{FORWARD} WHERE receiver = ?1 ORDER BY number LIMIT 1"
        ))?
        .query_row([receiver], forward_row)
        .optional()
}

pub(super) fn drop(connection: &Connection, number: u64) -> Done<()> {
    connection
        .prepare_cached("DELETE FROM forward WHERE number = ?1")?
        .execute([number])
        .map(std::mem::drop)
}
