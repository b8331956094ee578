//! Everything that a file holds, part by part, for another store.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, Params, Row, params};

use super::column::{json, maybe_number, number};
use super::failure::{Done, failed};
use super::{alone, file, forward, log, query, reachable, schema, session};
use crate::store::{
    FileRow, ForwardRow, History, Mark, Parked, RefreshRow, StoreError, VisitorRow,
};

/// Rows that are read at once.
const AT_ONCE: usize = 500;

/// A file that no gateway has open, read whole.
pub(crate) struct Everything {
    connection: Connection,
    _alone: Option<File>,
}

/// A refresh token, and when it was used.
pub(crate) type Token = (RefreshRow, Option<u64>);

impl Everything {
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        if !file.is_file() {
            let why = format!("{}: there is no store here", file.display());
            return Err(StoreError::Failed(why));
        }
        let file = &reachable(file);
        let alone = alone(file)?;
        let connection = schema::open_reader(file).map_err(|error| failed(&error))?;
        schema::check_form(&connection).map_err(|error| failed(&error))?;
        Ok(Self {
            connection,
            _alone: alone,
        })
    }

    pub fn incarnation(&self) -> Result<String, StoreError> {
        schema::incarnation(&self.connection).map_err(|error| failed(&error))
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {table}");
        let count = self.connection.query_row(&sql, [], |row| number(row, 0));
        count.map_err(|error| failed(&error))
    }

    fn rows<T>(
        &self,
        sql: &str,
        after: impl Params,
        read: impl FnMut(&Row<'_>) -> Done<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = || -> Done<Vec<T>> {
            let sql = format!("{sql} LIMIT {AT_ONCE}");
            self.connection
                .prepare_cached(&sql)?
                .query_map(after, read)?
                .collect()
        };
        rows().map_err(|error| failed(&error))
    }

    pub fn visitors(&self, after: &str) -> Result<Vec<VisitorRow>, StoreError> {
        let sql = format!("{} WHERE id > ?1 ORDER BY id", session::VISITOR);
        self.rows(&sql, [after], session::visitor_row)
    }

    pub fn tokens(&self, after: Option<&Token>) -> Result<Vec<Token>, StoreError> {
        let (family, hash) =
            after.map_or(("", [0; 32]), |(row, _)| (row.family.as_str(), row.hash));
        let sql = "SELECT family, hash, visitor, site, origin, expires_ms, used_ms FROM refresh
                   WHERE (family, hash) > (?1, ?2) ORDER BY family, hash";
        self.rows(sql, params![family, hash], |row| {
            let token = RefreshRow {
                family: row.get(0)?,
                hash: row.get(1)?,
                visitor: row.get(2)?,
                site: row.get(3)?,
                origin: row.get(4)?,
                expires_ms: number(row, 5)?,
            };
            Ok((token, maybe_number(row, 6)?))
        })
    }

    /// Conversations by their number, in the order in which they began.
    pub fn conversations(&self, after: i64) -> Result<Vec<(i64, String)>, StoreError> {
        let sql = "SELECT number, id FROM conversation WHERE number > ?1 ORDER BY number";
        self.rows(sql, [after], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A conversation, with the key of every event that it took.
    pub fn conversation(
        &self,
        id: &str,
        number: i64,
    ) -> Result<Option<(History, Vec<String>)>, StoreError> {
        let read = || -> Done<Option<(History, Vec<String>)>> {
            let Some(history) = query::history(&self.connection, id)? else {
                return Ok(None);
            };
            let sql = "SELECT newest FROM head WHERE conversation = ?1";
            let newest = self.connection.query_row(sql, [number], |row| row.get(0))?;
            let mut keys = Vec::new();
            log::every_key(&self.connection, number, newest, |key| {
                keys.push(key.to_owned())
            })?;
            Ok(Some((history, keys)))
        };
        read().map_err(|error| failed(&error))
    }

    pub fn parked(&self, after: i64) -> Result<Vec<(i64, Parked)>, StoreError> {
        let sql = "SELECT number, account, vendor_id, raw, at_ms FROM parked WHERE number > ?1 ORDER BY number";
        self.rows(sql, [after], |row| {
            let event = Parked {
                account: row.get(1)?,
                vendor_id: row.get(2)?,
                raw: json(row, 3)?,
                at_ms: number(row, 4)?,
            };
            Ok((row.get(0)?, event))
        })
    }

    pub fn forwards(&self, after: u64) -> Result<Vec<ForwardRow>, StoreError> {
        let sql = format!("{} WHERE number > ?1 ORDER BY number", forward::FORWARD);
        self.rows(&sql, [after], forward::forward_row)
    }

    pub fn files(&self, after: &str) -> Result<Vec<FileRow>, StoreError> {
        let sql = format!("{} WHERE id > ?1 ORDER BY id", file::FILE);
        self.rows(&sql, [after], file::file_row)
    }

    pub fn marks(&self, after: &[u8]) -> Result<Vec<(Mark, u64)>, StoreError> {
        let sql = "SELECT value, at_ms FROM mark WHERE value > ?1 ORDER BY value";
        self.rows(sql, [after], |row| Ok((row.get(0)?, number(row, 1)?)))
    }
}
