//! Strict reading of a JSON object: every field is asked for, and what was not asked for is named.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use wotnot_text::closest;

use crate::{Error, Result};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A JSON object that is being taken apart. Call [`Fields::finish`] at the end.
pub struct Fields<'p> {
    path: Cow<'p, str>,
    map: Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'p> Fields<'p> {
    /// Opens `value`, which stands at `path` (empty for the top level).
    ///
    /// # Errors
    /// `invalid_argument` when it is not an object.
    pub fn open(path: impl Into<Cow<'p, str>>, value: Value) -> Result<Self> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self {
                path,
                map,
                known: Vec::with_capacity(8),
            }),
            other => Err(wrong(
                if path.is_empty() {
                    "the document"
                } else {
                    &path
                },
                "an object",
                &other,
            )),
        }
    }

    /// The whole object, unread.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.map
    }

    /// The full path of a field of this object.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Whether a field is absent or null; it counts as asked for.
    pub fn is_absent(&mut self, name: &'static str) -> bool {
        self.known.push(name);
        self.map.get(name).is_none_or(Value::is_null)
    }

    /// The raw value; absent and null are both `None`.
    pub fn take(&mut self, name: &'static str) -> Option<Value> {
        self.take_nullable(name).filter(|value| !value.is_null())
    }

    /// The raw value where null says something of its own.
    pub fn take_nullable(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.map.remove(name)
    }

    /// An optional string.
    pub fn string(&mut self, name: &'static str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "a string", &other)),
        }
    }

    /// A string that must be there and must not be empty.
    pub fn required_string(&mut self, name: &'static str) -> Result<String> {
        match self.string(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Error::invalid(&self.path(name), "must not be empty")),
            None => Err(self.missing(name, "a string")),
        }
    }

    /// Optional bytes, written in Base64 (with or without its padding).
    pub fn bytes(&mut self, name: &'static str) -> Result<Option<Vec<u8>>> {
        let text = self.string(name)?;
        let decoded = text.map(|text| BASE64.decode(text)).transpose();
        decoded.map_err(|_| Error::invalid(&self.path(name), "expected Base64"))
    }

    /// An optional boolean, `false` when absent.
    pub fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(wrong(&self.path(name), "true or false", &other)),
        }
    }

    /// An optional whole number within a range.
    pub fn number(&mut self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(wrong(
                &self.path(name),
                &format!("a whole number from {least} to {most}"),
                &value,
            )),
        }
    }

    /// An optional duration in milliseconds within a range.
    pub fn millis(
        &mut self,
        name: &'static str,
        least: u64,
        most: u64,
    ) -> Result<Option<Duration>> {
        Ok(self.number(name, least, most)?.map(Duration::from_millis))
    }

    /// An optional object, opened.
    pub fn object(&mut self, name: &'static str) -> Result<Option<Fields<'static>>> {
        self.take(name)
            .map(|value| Fields::open(self.path(name), value))
            .transpose()
    }

    /// An optional object, as it is.
    pub fn map(&mut self, name: &'static str) -> Result<Option<Map<String, Value>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(wrong(&self.path(name), "an object", &other)),
        }
    }

    /// The error for a required field that is absent: a field with nearly its name was meant for it.
    pub fn missing(&self, name: &str, expected: &str) -> Error {
        let unknown = self
            .map
            .keys()
            .find(|key| closest(key, [name]).is_some_and(|meant| meant != key.as_str()));
        if let Some(unknown) = unknown {
            return Error::invalid(
                &self.path(unknown),
                format_args!("unknown field; did you mean `{}`?", self.path(name)),
            );
        }
        Error::invalid(
            &self.path(name),
            format_args!("missing; expected {expected}"),
        )
    }

    /// Refuses what was not asked for, and names the field that was probably meant.
    ///
    /// # Errors
    /// `invalid_argument` naming the first unknown field.
    pub fn finish(self) -> Result<()> {
        let left = self
            .map
            .iter()
            .find(|(name, value)| !(value.is_null() && self.known.contains(&name.as_str())));
        let Some((unknown, _)) = left else {
            return Ok(());
        };
        let path = self.path(unknown);
        Err(match closest(unknown, self.known.iter().copied()) {
            Some(meant) => Error::invalid(
                &path,
                format_args!("unknown field; did you mean `{}`?", self.path(meant)),
            ),
            None => Error::invalid(
                &path,
                format_args!("unknown field; known here: {}", self.known.join(", ")),
            ),
        })
    }
}

/// `invalid_argument`: the field at `path` holds something else than `expected`.
///
/// Says the JSON type that was found, never the value, which may be a secret.
pub fn wrong(path: &str, expected: &str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Error::invalid(path, format_args!("expected {expected}, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_field_is_named_with_the_one_that_was_meant() {
        let mut fields = Fields::open("", json!({"botKey": "x"})).unwrap();
        fields.string("bot_key").unwrap();
        let error = fields.finish().unwrap_err();
        assert_eq!(
            error.message(),
            "botKey: unknown field; did you mean `bot_key`?"
        );
    }

    #[test]
    fn a_far_name_lists_what_is_known() {
        let mut fields = Fields::open("retry", json!({"colour": 1})).unwrap();
        fields.number("max_attempts", 1, 10).unwrap();
        let error = fields.finish().unwrap_err();
        assert_eq!(
            error.message(),
            "retry.colour: unknown field; known here: max_attempts"
        );
    }

    #[test]
    fn a_wrong_type_is_named_without_its_value() {
        let mut fields = Fields::open("", json!({"token": 4711})).unwrap();
        let error = fields.string("token").unwrap_err();
        assert_eq!(error.message(), "token: expected a string, found a number");
    }
}
