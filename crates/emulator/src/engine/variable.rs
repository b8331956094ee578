//! What a `set_variable` block makes of a variable.

use serde_json::Value;

use super::value::{number, number_of};
use crate::flow::Change;

/// The new value; `None` where it stays as it is, because what is no number cannot be reckoned with.
pub(crate) fn changed(change: &Change, before: Option<&Value>, operand: Value) -> Option<Value> {
    let before = match before {
        None => Some(0.0),
        Some(value) => number_of(value),
    };
    let reckoned = |reckon: fn(f64, f64) -> f64| {
        let value = reckon(before?, number_of(&operand)?);
        value.is_finite().then(|| number(value))
    };
    match change {
        Change::Value(_) => Some(operand),
        Change::Add(_) => reckoned(|a, b| a + b),
        Change::Subtract(_) => reckoned(|a, b| a - b),
        Change::Multiply(_) => reckoned(|a, b| a * b),
        Change::Divide(_) => reckoned(|a, b| a / b),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_reckoned_with_and_what_is_none_stays() {
        let change = |kind: fn(crate::flow::Value) -> Change| kind(crate::flow::Value::Number(0.0));
        for (kind, before, operand, after) in [
            (
                Change::Add as fn(_) -> _,
                json!(2),
                json!(3),
                Some(json!(5)),
            ),
            (Change::Add, json!("2"), json!("0.5"), Some(json!(2.5))),
            (Change::Subtract, json!(2), json!(3), Some(json!(-1))),
            (Change::Multiply, json!(2), json!(3), Some(json!(6))),
            (Change::Divide, json!(3), json!(2), Some(json!(1.5))),
            (Change::Divide, json!(3), json!(0), None),
            (Change::Add, json!("two"), json!(1), None),
            (Change::Add, json!(2), json!("one"), None),
            (
                Change::Value,
                json!("two"),
                json!("one"),
                Some(json!("one")),
            ),
        ] {
            let found = changed(&change(kind), Some(&before), operand.clone());
            assert_eq!(found, after, "{before} {operand}");
        }
        assert_eq!(
            changed(&change(Change::Add), None, json!(1)),
            Some(json!(1))
        );
    }
}
