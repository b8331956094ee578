//! Ids are strings for us, even where the service writes a number.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a JSON string or number as text; null and absence are `None`.
///
/// 64-bit ids keep every digit: no number passes through a float.
pub fn id_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(serde::de::Error::custom("expected a string or a number")),
    }
}
