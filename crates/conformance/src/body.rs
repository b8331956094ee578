//! Turns the body of a vector's answer or post into bytes. Not a codec: gzip comes ready as hex.

use serde::Deserialize;
use serde_json::Value;

/// A body as a vector writes it; every form can be repeated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// A JSON document, written without spaces.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// Text as it stands.
    #[serde(default)]
    pub text: Option<String>,
    /// Bytes, two hexadecimal digits each.
    #[serde(default)]
    pub hex: Option<String>,
    /// Bodies one after another.
    #[serde(default)]
    pub parts: Vec<Body>,
    /// How often the whole is written; once when absent.
    #[serde(default)]
    pub repeat: Option<usize>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Body {
    /// A JSON body.
    pub fn json(value: Value) -> Self {
        Self {
            json: Some(value),
            ..Self::default()
        }
    }

    /// A text body.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// The bytes; an error when `hex` is no hex.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let mut once = Vec::new();
        if let Some(json) = &self.json {
            once.extend_from_slice(json.to_string().as_bytes());
        }
        if let Some(text) = &self.text {
            once.extend_from_slice(text.as_bytes());
        }
        if let Some(hex) = &self.hex {
            once.extend(unhex(hex)?);
        }
        for part in &self.parts {
            once.extend(part.bytes()?);
        }
        Ok(once.repeat(self.repeat.unwrap_or(1)))
    }
}

fn unhex(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = hex
        .bytes()
        .map(|byte| (byte as char).to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()
        .ok_or("hex: a character that is no hexadecimal digit")?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("hex: an odd number of digits".into());
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_its_forms_one_after_another_and_repeated() {
        let body: Body =
            serde_json::from_str(r#"{"parts": [{"text": "ab", "repeat": 2}, {"hex": "00fF"}]}"#)
                .unwrap();
        assert_eq!(body.bytes().unwrap(), b"abab\x00\xff");
    }

    #[test]
    fn a_json_null_is_a_body_of_four_letters() {
        let body: Body = serde_json::from_str(r#"{"json": null}"#).unwrap();
        assert_eq!(body.bytes().unwrap(), b"null");
    }

    #[test]
    fn bad_hex_is_an_error() {
        for hex in ["0", "0g", "0x"] {
            let body = Body {
                hex: Some(hex.into()),
                ..Body::default()
            };
            assert!(body.bytes().is_err(), "{hex}");
        }
    }
}
