//! Files of visitors, without their bytes.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::number;
use super::failure::Done;
use crate::store::{FileRow, OldFiles};

pub(super) const FILE: &str =
    "SELECT id, visitor, site, name, media_type, size, ready, created_ms FROM file";

pub(super) fn file_row(row: &Row<'_>) -> Done<FileRow> {
    Ok(FileRow {
        id: row.get(0)?,
        visitor: row.get(1)?,
        site: row.get(2)?,
        name: row.get(3)?,
        media_type: row.get(4)?,
        size: number(row, 5)?,
        ready: row.get(6)?,
        created_ms: number(row, 7)?,
    })
}

pub(super) fn put(connection: &Connection, file: &FileRow) -> Done<()> {
    connection
        .prepare_cached(
            "INSERT INTO file (id, visitor, site, name, media_type, size, ready, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            file.id,
            file.visitor,
            file.site,
            file.name,
            file.media_type,
            file.size,
            file.ready,
            file.created_ms
        ])
        .map(drop)
}

pub(super) fn file(connection: &Connection, id: &str) -> Done<Option<FileRow>> {
    connection
        .prepare_cached(&format!("{FILE} WHERE id = ?1"))?
        .query_row([id], file_row)
        .optional()
}

pub(super) fn is_ready(connection: &Connection, id: &str) -> Done<bool> {
    connection
        .prepare_cached("UPDATE file SET ready = 1 WHERE id = ?1")?
        .execute([id])
        .map(|changed| changed > 0)
}

pub(super) fn files_of(connection: &Connection, visitor: &str) -> Done<Vec<FileRow>> {
    connection
        .prepare_cached(&format!(
            "{FILE} WHERE visitor = ?1 ORDER BY created_ms, id"
        ))?
        .query_map([visitor], file_row)?
        .collect()
}

pub(super) fn old(connection: &Connection, old: &OldFiles) -> Done<Vec<FileRow>> {
    connection
        .prepare(&format!(
            "{FILE} WHERE created_ms < ?1 OR (created_ms < ?2 AND NOT ready)
             ORDER BY created_ms LIMIT ?3"
        ))?
        .query_map(
            params![old.created_before_ms, old.unready_before_ms, old.limit],
            file_row,
        )?
        .collect()
}

pub(super) fn remove(connection: &Connection, ids: &[String]) -> Done<()> {
    let mut delete = connection.prepare_cached("DELETE FROM file WHERE id = ?1")?;
    for id in ids {
        delete.execute([id])?;
    }
    Ok(())
}
