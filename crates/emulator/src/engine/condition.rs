//! Which way a condition goes.

use jiff::civil::Date;
use serde_json::Value;

use super::value::{number_of, text_of};
use crate::flow::{BlockName, Case, Check, DateFormat, Joined, Scalar, Test, Variable};

/// Where the first case leads that holds. `value` gives a variable that is set.
pub(crate) fn choose<'c, 'v>(
    cases: &'c [Case],
    today: Date,
    value: impl Fn(&Variable) -> Option<&'v Value>,
) -> Option<&'c BlockName> {
    let holds = |check: &Check| holds(&check.test, today, value(&check.variable));
    let mut cases = cases.iter();
    let case = cases.find(|case| match case.joined {
        Joined::One | Joined::All => case.checks.iter().all(holds),
        Joined::Any => case.checks.iter().any(holds),
    });
    case.map(|case| &case.next)
}

fn holds(test: &Test, today: Date, value: Option<&Value>) -> bool {
    let Some(value) = value else {
        return *test == Test::Set(false);
    };
    match test {
        Test::Equals(wanted) => is(value, wanted),
        Test::NotEquals(wanted) => !is(value, wanted),
        Test::Contains(wanted) => fold(&text_of(value)).contains(&fold(wanted)),
        Test::Greater(bound) => number_of(value).is_some_and(|number| number > *bound),
        Test::Less(bound) => number_of(value).is_some_and(|number| number < *bound),
        Test::Before(bound) => date_of(value).is_some_and(|day| day < bound.day(today)),
        Test::After(bound) => date_of(value).is_some_and(|day| day > bound.day(today)),
        Test::Matches(pattern) => pattern.is_match(&text_of(value)),
        Test::Set(wanted) => *wanted,
    }
}

fn is(value: &Value, wanted: &Scalar) -> bool {
    match wanted {
        Scalar::Bool(wanted) => truth(value) == Some(*wanted),
        Scalar::Number(wanted) => number_of(value) == Some(*wanted),
        Scalar::Text(wanted) => fold(&text_of(value)) == fold(wanted),
    }
}

/// A date as the vendor's variables hold it, or as machines write it. Where day and month could be either,
/// the day comes first.
fn date_of(value: &Value) -> Option<Date> {
    let text = text_of(value);
    let text = text.trim();
    DateFormat::DayFirst
        .read(text)
        .or_else(|| DateFormat::MonthFirst.read(text))
        .or_else(|| text.get(..10)?.parse().ok())
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
    use crate::flow::DateBound;

    #[test]
    fn each_test_holds_for_what_it_says_and_for_nothing_else() {
        let today = Date::new(2026, 1, 1).unwrap();
        let on = |day: &str| DateBound::try_from(day.to_owned()).unwrap();
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
            (
                Test::NotEquals(Scalar::Text("Sales".into())),
                json!("sale"),
                json!("SALES"),
            ),
            (Test::NotEquals(Scalar::Number(7.0)), json!(8), json!("7.0")),
            (
                Test::Before(DateBound::Today),
                json!("31/12/2025"),
                json!("01/01/2026"),
            ),
            (
                Test::After(DateBound::Today),
                json!("2026-01-02"),
                json!("soon"),
            ),
            (
                Test::After(on("2026-12-30")),
                json!("12/31/2026"),
                json!("30/12/2026"),
            ),
            (pattern("^A[0-9]+$"), json!("A12"), json!("xA12")),
            (Test::Set(true), json!(""), Value::Null),
        ];
        for (test, right, wrong) in cases {
            assert!(holds(&test, today, Some(&right)), "{test:?} {right}");
            let wrong = Some(&wrong).filter(|value| !value.is_null());
            assert!(!holds(&test, today, wrong), "{test:?} {wrong:?}");
        }
        assert!(holds(&Test::Set(false), today, None));
        assert!(!holds(&Test::NotEquals(Scalar::Bool(true)), today, None));
    }
}
