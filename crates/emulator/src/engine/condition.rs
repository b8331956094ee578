//! Which way a condition goes.

use serde_json::Value;

use super::answer::{number_of, text_of};
use crate::flow::{BlockName, Condition, Scalar, Test, Variable};

/// The first case that holds, else the condition's `else`. `value` gives a variable that is set.
pub(crate) fn choose<'c, 'v>(
    condition: &'c Condition,
    value: impl Fn(&Variable) -> Option<&'v Value>,
) -> Option<&'c BlockName> {
    condition
        .when
        .iter()
        .find(|case| holds(&case.test, value(&case.variable)))
        .map(|case| &case.next)
        .or(condition.otherwise.as_ref())
}

fn holds(test: &Test, value: Option<&Value>) -> bool {
    let Some(value) = value else {
        return *test == Test::Set(false);
    };
    match test {
        Test::Equals(Scalar::Bool(wanted)) => truth(value) == Some(*wanted),
        Test::Equals(Scalar::Number(wanted)) => number_of(value) == Some(*wanted),
        Test::Equals(Scalar::Text(wanted)) => fold(&text_of(value)) == fold(wanted),
        Test::Contains(wanted) => fold(&text_of(value)).contains(&fold(wanted)),
        Test::Greater(bound) => number_of(value).is_some_and(|number| number > *bound),
        Test::Less(bound) => number_of(value).is_some_and(|number| number < *bound),
        Test::Matches(pattern) => pattern.is_match(&text_of(value)),
        Test::Set(wanted) => *wanted,
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The vendor's booleans: 0, 1, true, false.
fn truth(value: &Value) -> Option<bool> {
    match fold(&text_of(value)).as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_test_holds_for_what_it_says_and_for_nothing_else() {
        let pattern = |text: &str| Test::Matches(text.to_owned().try_into().unwrap());
        let cases = [
            (
                Test::Equals(Scalar::Text("Sales".into())),
                json!("sales "),
                json!("sale"),
            ),
            (Test::Equals(Scalar::Number(7.0)), json!("7"), json!(8)),
            (Test::Equals(Scalar::Bool(true)), json!("1"), json!(false)),
            (Test::Contains("ELP".into()), json!("help"), json!("hep")),
            (Test::Greater(60.0), json!("61"), json!(60)),
            (Test::Less(60.0), json!(59.5), json!("old")),
            (pattern("^A[0-9]+$"), json!("A12"), json!("xA12")),
            (Test::Set(true), json!(""), Value::Null),
        ];
        for (test, right, wrong) in cases {
            assert!(holds(&test, Some(&right)), "{test:?} {right}");
            let wrong = Some(&wrong).filter(|value| !value.is_null());
            assert!(!holds(&test, wrong), "{test:?} {wrong:?}");
        }
        assert!(holds(&Test::Set(false), None));
    }
}
