//! What stands on the names: alert rules and the dashboard, which are silent when a name is wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

const ALERTS: &str = include_str!("../../../../deploy/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../deploy/grafana/gateway.json");
const PAGE: &str = include_str!("../../../../docs/gateway-operation.md");
const CALLS: &str = include_str!("../../../../docs/schema/gateway.openapi.yaml");

/// The names of all samples that there can be, with their labels.
fn samples() -> BTreeMap<String, BTreeSet<String>> {
    let counters = Counters::new();
    let moment = Duration::from_millis(1);
    counters.request("GET", "/v1/sessions".into(), 200, moment);
    counters.vendor_call("main", "accepted", moment);
    counters.post("main", "kept");
    counters.forward("main", "taken");
    counters.unread("shop", "taken");
    let text = counters.text(true, moment).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names = lines.map(|line| {
        let (sample, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
        let keys = matchers(labels).into_iter().map(|(key, _)| key);
        (name.to_owned(), keys.collect())
    });
    names.collect()
}

/// `key="value"` of a list of labels, up to its closing brace; values may hold braces themselves.
fn matchers(labels: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = labels;
    while !rest.starts_with('}') {
        let Some((key, value)) = rest.split_once('"') else {
            break;
        };
        let (value, after) = value.split_once('"').unwrap();
        let key = key.trim_matches(|c: char| !c.is_ascii_lowercase());
        found.push((key.to_owned(), value.to_owned()));
        rest = after;
    }
    found
}

/// Each series that a query asks for: its name, and what its labels are to be.
fn series(query: &str) -> Vec<(String, Vec<(String, String)>)> {
    let starts = query.match_indices("wotnot_gateway_").map(|(at, _)| at);
    let found = starts.map(|at| {
        let rest = &query[at..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let labels = after.strip_prefix('{').map(matchers);
        (name.to_owned(), labels.unwrap_or_default())
    });
    found.collect()
}

/// Whether a label can have this value, by the page that says which there are.
fn is_documented(name: &str, label: &str, value: &str) -> bool {
    match label {
        "instance" => true,
        "route" => [format!("\n  {value}:"), format!("\n  \"{value}\":")]
            .iter()
            .any(|path| CALLS.contains(path)),
        "status" => value.len() == 3,
        _ => {
            let row = PAGE
                .lines()
                .find(|line| line.contains(&format!("`{name}`")));
            row.is_some_and(|row| row.contains(&format!("`{value}`")))
        }
    }
}

/// Fails when a query asks for what no gateway says.
fn check(query: &str) -> usize {
    let samples = samples();
    let asked = series(query);
    for (name, labels) in &asked {
        let known = samples
            .get(name)
            .unwrap_or_else(|| panic!("no metric is called {name}: {query}"));
        for (label, values) in labels {
            assert!(
                known.contains(label) || label == "instance",
                "{name} has no label {label}: {query}"
            );
            for value in values.split('|') {
                assert!(
                    is_documented(name, label, value),
                    "{label} of {name} is never {value}: {query}"
                );
            }
        }
    }
    for list in query.split(" by (").skip(1) {
        let list = list.split(')').next().unwrap_or_default();
        for label in list.split(", ") {
            let is_of_one = asked.iter().any(|(name, _)| samples[name].contains(label));
            assert!(is_of_one || label == "instance", "by {label}: {query}");
        }
    }
    asked.len()
}

#[test]
fn alert_rules_ask_for_what_is_counted() {
    let lines = ALERTS
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let rules = lines.collect::<Vec<_>>().join("\n");
    let mut asked = 0;
    for rule in rules.split("- alert: ").skip(1) {
        let query = rule.split("labels: ").next().unwrap();
        asked += check(query);
    }
    assert!(asked >= 25, "{asked}");
}

#[test]
fn the_dashboard_asks_for_what_is_counted() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut asked = 0;
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        if panel["type"] == "row" {
            continue;
        }
        for said in ["title", "description"] {
            assert!(!panel[said].as_str().unwrap().is_empty(), "{panel}");
        }
        for target in panel["targets"].as_array().unwrap() {
            asked += check(target["expr"].as_str().unwrap());
        }
    }
    assert!(asked >= 20, "{asked}");
    let named = dashboard["templating"]["list"][1]["query"]["query"].as_str();
    assert_eq!(check(named.unwrap()), 1);
}

#[test]
#[should_panic(expected = "no metric is called wotnot_gateway_gaps_total")]
fn a_name_that_is_not_counted_is_found() {
    check("increase(wotnot_gateway_gaps_total[5m]) > 0");
}

#[test]
#[should_panic(expected = "outcome of wotnot_gateway_posts_total is never lost")]
fn a_value_that_never_comes_is_found() {
    check("wotnot_gateway_posts_total{instance=\"a\",outcome=~\"kept|lost\"}");
}

#[test]
#[should_panic(expected = "has no label site")]
fn a_label_that_is_not_there_is_found() {
    check("wotnot_gateway_requests_total{site=\"shop\"}");
}
