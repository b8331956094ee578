//! JSON as services really write it: what a strict reader refuses over a detail is repaired first.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::Object;

/// Values within so many others are kept as their text. serde_json itself refuses more than 127.
const DEEPEST: usize = 100;

/// Reads JSON, and repairs what a strict reader would refuse although its meaning is plain.
///
/// Skipped: a byte order mark. Read as U+FFFD: bytes that are no UTF-8, and half of a surrogate pair (a
/// text that was cut inside an emoji). Taken as they stand: control characters in a string. Read as
/// strings, so that no digit and no field is lost: numbers beyond 64 bits, and what is nested more
/// than a hundred deep. Of a key that comes twice, the last value counts. `None` for anything else that
/// is no JSON.
pub fn read_json(bytes: &[u8]) -> Option<Value> {
    // Hardly anything that comes needs a repair, and to look for one takes longer than to read.
    if let Ok(value) = serde_json::from_slice(bytes)
        && is_as_sent(&value, 0)
    {
        return Some(value);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(&repaired(text)).ok()
}

/// Whether a strict reader loses no digit of this, and nothing in it is nested too deep.
fn is_as_sent(value: &Value, depth: usize) -> bool {
    // Every whole number that 64 bits do not hold is at least as large.
    const LARGE: f64 = i64::MIN.unsigned_abs() as f64;
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().is_some_and(|number| number.abs() < LARGE)
        }
        Value::Array(items) => {
            depth < DEEPEST && items.iter().all(|item| is_as_sent(item, depth + 1))
        }
        Value::Object(fields) => {
            depth < DEEPEST && fields.values().all(|field| is_as_sent(field, depth + 1))
        }
        _ => true,
    }
}

/// Takes a field as text. A number becomes its text; a value of another kind stays where it is.
pub fn take_text(object: &mut Object, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::Null | Value::String(_) | Value::Number(_) => match object.remove(name)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes a field that is an object. Null is taken as well; a value of another kind stays where it is.
pub fn take_object(object: &mut Object, name: &str) -> Option<Object> {
    match object.get(name)? {
        Value::Null | Value::Object(_) => match object.remove(name)? {
            Value::Object(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// A text that is copied only where it is changed.
struct Repair<'a> {
    text: &'a str,
    out: String,
    /// How much of `text` stands in `out`.
    copied: usize,
}

impl Repair<'_> {
    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.out.push_str(&self.text[self.copied..range.start]);
        self.out.push_str(with);
        self.copied = range.end;
    }

    /// Repairs the string that begins at `at`; gives the place behind it.
    fn string(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = at + 1;
        while let Some(byte) = bytes.get(at) {
            at += match byte {
                b'"' => return at + 1,
                b'\\' => match unit(bytes, at) {
                    Some(0xD800..=0xDBFF)
                        if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) =>
                    {
                        12
                    }
                    Some(0xD800..=0xDFFF) => {
                        self.replace(at..at + 6, "\u{fffd}");
                        6
                    }
                    _ => 2,
                },
                control @ ..0x20 => {
                    self.replace(at..at + 1, &format!("\\u{control:04x}"));
                    1
                }
                _ => 1,
            };
        }
        at
    }
}

fn repaired(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut repair = Repair {
        text,
        out: String::new(),
        copied: 0,
    };
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = repair.string(at);
                continue;
            }
            b'{' | b'[' if depth == DEEPEST => {
                let end = end_of(bytes, at);
                repair.replace(at..end, &quoted(&text[at..end]));
                at = end;
                continue;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &bytes[at..];
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = at
                    + rest
                        .iter()
                        .position(|byte| !is_part(byte))
                        .unwrap_or(rest.len());
                if overflows(&text[at..end]) {
                    repair.replace(at..end, &quoted(&text[at..end]));
                }
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    if repair.copied == 0 {
        return Cow::Borrowed(text);
    }
    repair.out.push_str(&text[repair.copied..]);
    Cow::Owned(repair.out)
}

/// The code unit of the escape `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | digit as u16)
    })
}

/// Whether this is a number that 64 bits do not hold: not to the last digit, or not at all.
fn overflows(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let fits = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
        return !digits.is_empty() && !fits;
    }
    number.parse().is_ok_and(f64::is_infinite)
}

/// Where the object or array that begins at `at` ends.
fn end_of(bytes: &[u8], mut at: usize) -> usize {
    let (mut depth, mut in_string) = (0_usize, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    at.min(bytes.len())
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Option<Value> {
        read_json(text.as_bytes())
    }

    #[test]
    fn what_is_right_is_not_copied() {
        for text in [
            r#"{"a": [1, -2.5e3, 18446744073709551615, -9223372036854775808], "b": "\ud83d\ude00 \\ud83d \" \n"}"#,
            "[]",
            "",
            "\"",
        ] {
            assert!(matches!(repaired(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn half_an_emoji_and_control_characters_are_repaired() {
        for (text, expected) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ude00\u0041""#, "\u{fffd}A"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            ("\"a\nb\t\u{1}\"", "a\nb\t\u{1}"),
            ("\u{feff}\"a\"", "a"),
        ] {
            assert_eq!(read(text), Some(json!(expected)), "{text}");
        }
        assert_eq!(read_json(b"\"a\xff\""), Some(json!("a\u{fffd}")));
    }

    #[test]
    fn numbers_that_do_not_fit_keep_every_digit() {
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            "1e400",
            "-1.5E999",
        ] {
            let text = format!("{{\"a\":{number}}}");
            assert_eq!(read(&text), Some(json!({"a": number})));
        }
        assert_eq!(read("[1e3, 1.5]"), Some(json!([1e3, 1.5])));
    }

    #[test]
    fn what_is_nested_too_deep_is_its_text() {
        let deep = |levels: usize| format!("{}\"]\"{}", "[".repeat(levels), "]".repeat(levels));
        let text = format!("{{\"a\":{},\"b\":1}}", deep(100_000));
        let value = read(&text).unwrap();
        assert_eq!(value["b"], 1);
        let mut inner = &value["a"];
        while let Some(list) = inner.as_array() {
            inner = &list[0];
        }
        assert_eq!(inner, &json!(deep(100_000 - DEEPEST + 1)));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in [
            "",
            "{",
            "\"a",
            "{\"a\":1}}",
            "01",
            "-",
            "nul",
            "[1 2]",
            r#""\u12""#,
            r#""\x""#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)), None);
        assert_eq!(read(&"[{\"a\":".repeat(100_000)), None);
    }

    #[test]
    fn a_field_of_another_kind_stays_where_it_is() {
        let mut object = json!({"a": "x", "b": 7, "c": null, "d": [1], "e": {"f": 1}});
        let object = object.as_object_mut().unwrap();
        assert_eq!(take_text(object, "a").as_deref(), Some("x"));
        assert_eq!(take_text(object, "b").as_deref(), Some("7"));
        assert_eq!(take_text(object, "c"), None);
        assert_eq!(take_text(object, "d"), None);
        assert_eq!(take_object(object, "d"), None);
        assert_eq!(
            take_object(object, "e"),
            json!({"f": 1}).as_object().cloned()
        );
        assert_eq!(json!(object), json!({"d": [1]}));
    }
}
