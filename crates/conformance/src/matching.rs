//! Compares what a client gave with what a vector expects: a pattern language of seven words, no more.
//!
//! An object lists the keys that matter; an array must have the same length. `"$any"` is any value
//! but null, `"$absent"` a key that is not there. An object with one key that starts with `$` is a
//! rule: `$one_of`, `$range`, `$contains`, `$lacks`, `$exact`, `$json`.

use serde_json::Value;

/// Says where and why `actual` is not what `expected` describes.
pub fn matches(expected: &Value, actual: &Value) -> Result<(), String> {
    compare(expected, Some(actual), "")
}

fn compare(expected: &Value, actual: Option<&Value>, path: &str) -> Result<(), String> {
    let differs = |what: &str| {
        let place = if path.is_empty() { "the result" } else { path };
        let actual = actual.map_or("nothing".into(), |value| shortened(&value.to_string()));
        Err(format!("{place}: expected {what}, got {actual}"))
    };
    if expected == "$absent" {
        return match actual {
            None => Ok(()),
            Some(_) => differs("no such key"),
        };
    }
    let Some(value) = actual else {
        return differs(&shortened(&expected.to_string()));
    };
    if expected == "$any" {
        return if value.is_null() {
            differs("any value but null")
        } else {
            Ok(())
        };
    }
    match (expected, value) {
        (Value::Object(wanted), _) if is_rule(wanted) => {
            wanted.iter().try_for_each(|(rule, argument)| {
                apply(rule, argument, value, path).or_else(|what| differs(&what))
            })
        }
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .try_for_each(|(key, inner)| compare(inner, found.get(key), &join(path, key))),
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() != found.len() {
                return differs(&format!("{} elements", wanted.len()));
            }
            wanted
                .iter()
                .zip(found)
                .enumerate()
                .try_for_each(|(at, (wanted, found))| {
                    compare(wanted, Some(found), &format!("{path}[{at}]"))
                })
        }
        _ if same(expected, value) => Ok(()),
        _ => differs(&shortened(&expected.to_string())),
    }
}

fn is_rule(object: &serde_json::Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key.starts_with('$'))
}

/// One rule; the error says what was expected.
fn apply(rule: &str, argument: &Value, value: &Value, path: &str) -> Result<(), String> {
    let holds = match (rule, argument) {
        ("$one_of", Value::Array(choices)) => choices
            .iter()
            .any(|choice| compare(choice, Some(value), path).is_ok()),
        ("$range", Value::Array(ends)) => {
            let ends: Vec<f64> = ends.iter().filter_map(Value::as_f64).collect();
            matches!((ends.as_slice(), value.as_f64()),
                ([least, most], Some(number)) if (*least..=*most).contains(&number))
        }
        ("$contains", needles) => texts(needles)
            .iter()
            .all(|needle| value.as_str().is_some_and(|text| text.contains(needle))),
        ("$lacks", needles) => texts(needles)
            .iter()
            .all(|needle| value.as_str().is_some_and(|text| !text.contains(needle))),
        ("$exact", wanted) => same(wanted, value),
        ("$json", wanted) => {
            let text = value.as_str().unwrap_or_default();
            let parsed = serde_json::from_str(text).map_err(|_| "a string of JSON".to_owned())?;
            return compare(wanted, Some(&parsed), "within the string");
        }
        _ => return Err(format!("a rule that the player knows (not {rule})")),
    };
    if holds {
        Ok(())
    } else {
        Err(format!("{rule} {}", shortened(&argument.to_string())))
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

/// Equality in which `30` and `30.0` are one number: a language may not tell them apart.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.into()
    } else {
        format!("{path}.{key}")
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        None => text.into(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_lists_the_keys_that_matter() {
        assert!(matches(&json!({"a": 1}), &json!({"a": 1, "b": 2})).is_ok());
        let why = matches(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})).unwrap_err();
        assert_eq!(why, "a.b: expected 1, got 2");
        assert!(
            matches(&json!({"a": null}), &json!({})).is_err(),
            "null is not absence"
        );
    }

    #[test]
    fn an_array_has_the_same_length() {
        assert!(matches(&json!([1]), &json!([1, 2])).is_err());
        let why = matches(&json!([{"a": 1}]), &json!([{"a": 2}])).unwrap_err();
        assert_eq!(why, "[0].a: expected 1, got 2");
    }

    #[test]
    fn each_word_holds_and_fails() {
        for (expected, good, bad) in [
            (json!("$any"), json!(0), json!(null)),
            (json!({"k": "$absent"}), json!({}), json!({"k": null})),
            (
                json!({"$one_of": ["a", {"b": 1}]}),
                json!({"b": 1}),
                json!("c"),
            ),
            (json!({"$range": [1, 2.5]}), json!(2.5), json!(3)),
            (json!({"$range": [1, 2]}), json!(1), json!("1")),
            (json!({"$contains": ["a", "b"]}), json!("xba"), json!("a")),
            (
                json!({"$lacks": "secret"}),
                json!("fine"),
                json!("a secret"),
            ),
            (
                json!({"$exact": {"a": 1}}),
                json!({"a": 1.0}),
                json!({"a": 1, "b": 2}),
            ),
            (
                json!({"$json": {"a": 1}}),
                json!("{\"a\":1,\"b\":2}"),
                json!("{"),
            ),
            (json!({"$typo": 1}), json!(null), json!(null)),
        ] {
            let known = expected.get("$typo").is_none();
            assert_eq!(
                matches(&expected, &good).is_ok(),
                known,
                "{expected} {good}"
            );
            assert!(matches(&expected, &bad).is_err(), "{expected} {bad}");
        }
    }

    #[test]
    fn big_integers_are_not_rounded() {
        assert!(matches(&json!(9007199254740993_u64), &json!(9007199254740992_u64)).is_err());
    }
}
