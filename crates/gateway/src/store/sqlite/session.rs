//! Visitors and their refresh tokens.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{json, number};
use super::failure::Done;
use crate::store::{RefreshRow, Rotation, VisitorRow};

pub(super) fn put_visitor(connection: &Connection, visitor: &VisitorRow) -> Done<()> {
    connection
        .prepare_cached(
            "INSERT INTO visitor (id, site, revocation, context, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET site = ?2, context = ?4",
        )?
        .execute(params![
            visitor.id,
            visitor.site,
            visitor.revocation,
            visitor.context.to_string(),
            visitor.created_ms
        ])
        .map(drop)
}

pub(super) const VISITOR: &str = "SELECT id, site, revocation, context, created_ms FROM visitor";

pub(super) fn visitor_row(row: &Row<'_>) -> Done<VisitorRow> {
    Ok(VisitorRow {
        id: row.get(0)?,
        site: row.get(1)?,
        revocation: number(row, 2)?,
        context: json(row, 3)?,
        created_ms: number(row, 4)?,
    })
}

pub(super) fn visitor(connection: &Connection, id: &str) -> Done<Option<VisitorRow>> {
    connection
        .prepare_cached(&format!("{VISITOR} WHERE id = ?1"))?
        .query_row([id], visitor_row)
        .optional()
}

pub(super) fn revoke(connection: &Connection, visitor: &str) -> Done<u64> {
    connection.execute("DELETE FROM refresh WHERE visitor = ?1", [visitor])?;
    connection.execute(
        "UPDATE visitor SET revocation = revocation + 1 WHERE id = ?1",
        [visitor],
    )?;
    let revocation = connection
        .query_row(
            "SELECT revocation FROM visitor WHERE id = ?1",
            [visitor],
            |row| number(row, 0),
        )
        .optional()?;
    Ok(revocation.unwrap_or(0))
}

pub(super) fn revocations(connection: &Connection) -> Done<Vec<(String, u64)>> {
    connection
        .prepare("SELECT id, revocation FROM visitor WHERE revocation > 0")?
        .query_map([], |row| Ok((row.get(0)?, number(row, 1)?)))?
        .collect()
}

pub(super) fn put_refresh(connection: &Connection, refresh: &RefreshRow) -> Done<()> {
    connection
        .prepare_cached(
            "INSERT INTO refresh (family, hash, visitor, site, origin, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            refresh.family,
            refresh.hash,
            refresh.visitor,
            refresh.site,
            refresh.origin,
            refresh.expires_ms
        ])
        .map(drop)
}

pub(super) fn rotate(
    connection: &Connection,
    family: &str,
    hash: [u8; 32],
    next: [u8; 32],
    now_ms: u64,
    expires_ms: u64,
    grace_ms: u64,
) -> Done<Rotation> {
    let found = connection
        .prepare_cached(
            "SELECT family, hash, visitor, site, origin, expires_ms, used_ms FROM refresh
             WHERE family = ?1 AND hash = ?2",
        )?
        .query_row(params![family, hash], |row| {
            let used_ms: Option<i64> = row.get(6)?;
            Ok((refresh(row)?, used_ms.and_then(|at| u64::try_from(at).ok())))
        })
        .optional()?;
    let Some((row, used_ms)) = found else {
        return Ok(Rotation::Expired);
    };
    if row.expires_ms <= now_ms {
        return Ok(Rotation::Expired);
    }
    let mut used_ms = used_ms;
    if let Some(used) = used_ms.filter(|used| used + grace_ms < now_ms) {
        // Tokens that came after it, by when they end.
        let since = used + expires_ms.saturating_sub(now_ms);
        let after = params![family, hash, since];
        let used_after: bool = connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM refresh WHERE family = ?1 AND hash <> ?2
                 AND expires_ms >= ?3 AND used_ms IS NOT NULL)",
            )?
            .query_row(after, |row| row.get(0))?;
        if used_after {
            connection.execute("DELETE FROM refresh WHERE family = ?1", [family])?;
            return Ok(Rotation::Reused);
        }
        // Nobody used them: the answer that held them was lost. They end, so that one of the two who may have
        // it is noticed.
        connection.execute(
            "DELETE FROM refresh WHERE family = ?1 AND hash <> ?2 AND expires_ms >= ?3
             AND used_ms IS NULL",
            after,
        )?;
        used_ms = None;
    }
    if used_ms.is_none() {
        connection.execute(
            "UPDATE refresh SET used_ms = ?3 WHERE family = ?1 AND hash = ?2",
            params![family, hash, now_ms],
        )?;
    }
    let next = RefreshRow {
        hash: next,
        expires_ms,
        ..row
    };
    put_refresh(connection, &next)?;
    Ok(Rotation::Rotated(next))
}

fn refresh(row: &Row<'_>) -> Done<RefreshRow> {
    Ok(RefreshRow {
        family: row.get(0)?,
        hash: row.get(1)?,
        visitor: row.get(2)?,
        site: row.get(3)?,
        origin: row.get(4)?,
        expires_ms: number(row, 5)?,
    })
}
