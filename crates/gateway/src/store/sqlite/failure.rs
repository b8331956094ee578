//! How the store fails: for good, with the reason, and with what to do about it.

use std::sync::OnceLock;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use crate::store::StoreError;

/// What a job made of it: a value, or an error of the database, which ends the store.
pub(super) type Done<T> = rusqlite::Result<T>;

pub(super) fn stopped(failure: &OnceLock<StoreError>) -> StoreError {
    let why = failure.get().cloned();
    why.unwrap_or_else(|| StoreError::Failed("it was stopped".into()))
}

/// After a failure nothing more is written: not even the log is moved into the file when it is closed.
pub(super) fn leave_the_log(connection: &Connection) {
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

pub(super) fn failed(error: &rusqlite::Error) -> StoreError {
    StoreError::Failed(text_of(error))
}

/// What SQLite says, and what to do about it.
pub(super) fn text_of(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "; free some space where the data folder is, then start it again"
        }
        Some(ErrorCode::SystemIoFailure) => {
            "; the disk of the data folder refused to read or to write: look at it, then start it again"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; it cannot be written: look at the rights of the data folder and at how its disk is mounted"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "; restore the data folder from a backup"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

pub(super) fn stop(failure: &OnceLock<StoreError>, error: &StoreError) {
    tracing::error!(%error, "the store stops");
    let _ = failure.set(error.clone());
}
