//! Columns of a row as what they mean.

use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::Value;

use super::failure::Done;

pub(super) fn number(row: &Row<'_>, column: usize) -> Done<u64> {
    let value: i64 = row.get(column)?;
    Ok(u64::try_from(value).unwrap_or(0))
}

pub(super) fn maybe_number(row: &Row<'_>, column: usize) -> Done<Option<u64>> {
    let value: Option<i64> = row.get(column)?;
    Ok(value.and_then(|value| u64::try_from(value).ok()))
}

pub(super) fn json(row: &Row<'_>, column: usize) -> Done<Value> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error))
}

pub(super) fn word<T>(row: &Row<'_>, column: usize, read: impl Fn(&str) -> Option<T>) -> Done<T> {
    let name: String = row.get(column)?;
    read(&name).ok_or_else(|| unreadable(column, format!("`{name}` is no word of this version")))
}

pub(super) fn unreadable(
    column: usize,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
