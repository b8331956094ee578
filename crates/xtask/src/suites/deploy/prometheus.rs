//! Alert rules by promtool and their own tests, and the queries of the dashboard.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{
    Result, apt_get, check, command, has, make_folder, read, root, scratch, target, write,
};
use crate::suites::Tally;

const RULES: &str = "deploy/prometheus/alerts.yml";
const TESTS: &str = "deploy/prometheus/alerts_test.yml";
const DASHBOARD: &str = "deploy/grafana/gateway.json";

pub(super) fn run(tally: &mut Tally) {
    let promtool = promtool();
    let with = |test: fn(&Path) -> Result<()>| {
        promtool
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|it| test(it))
    };
    tally.note(
        "alert rules speak when they should, and else are silent",
        with(rules),
    );
    tally.note("each alert rule has a test of both", tested());
    tally.note(
        "Prometheus reads the queries of the dashboard",
        with(queries),
    );
}

/// Debian's, without its server: that would start at once.
fn promtool() -> Result<PathBuf> {
    if has("promtool") {
        return Ok("promtool".into());
    }
    let folder = target().join("tools/prometheus");
    let program = folder.join("usr/bin/promtool");
    if !program.exists() {
        make_folder(&folder)?;
        apt_get(&folder, &["download", "prometheus"]).map_err(|why| {
            format!("promtool is missing: install it (Debian: apt-get install prometheus); {why}")
        })?;
        let unpack = "dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb";
        check(command("sh").args(["-c", unpack]).current_dir(&folder))?;
    }
    Ok(program)
}

fn rules(promtool: &Path) -> Result<()> {
    check(command(promtool).args(["check", "rules", RULES]))?;
    check(command(promtool).args(["test", "rules", TESTS]))
}

/// The tests name a rule in one line where they expect nothing, and in several where they expect what it says.
fn tested() -> Result<()> {
    let names = |text: &str, before: &str| -> BTreeSet<String> {
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix(before));
        let names = lines.filter_map(|rest| rest.split([',', ' ']).next());
        names.map(str::to_owned).collect()
    };
    let rules = names(&read(&root().join(RULES))?, "- alert: ");
    let tests = read(&root().join(TESTS))?;
    if rules.is_empty() {
        return Err(format!("{RULES} has no rule"));
    }
    for (what, before) in [("is silent", "- {alertname: "), ("speaks", "- alertname: ")] {
        let tested = names(&tests, before);
        if let Some(rule) = rules.difference(&tested).next() {
            return Err(format!("{TESTS} does not say when {rule} {what}"));
        }
    }
    Ok(())
}

fn queries(promtool: &Path) -> Result<()> {
    let text = read(&root().join(DASHBOARD))?;
    let dashboard: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let panels = dashboard["panels"].as_array().ok_or("it has no panels")?;
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    let mut count = 0;
    for query in targets
        .flatten()
        .filter_map(|target| target["expr"].as_str())
    {
        // What Grafana puts in.
        let query = query
            .replace("$__rate_interval", "1m")
            .replace("$__range", "6h");
        let query = Value::from(query.replace("$instance", ".*"));
        let _ = write!(
            rules,
            "      - record: query:{count}\n        expr: {query}\n"
        );
        count += 1;
    }
    if count == 0 {
        return Err("it has no queries".into());
    }
    let file = scratch("deploy-dashboard")?.join("queries.yml");
    write(&file, &rules)?;
    check(command(promtool).args(["check", "rules"]).arg(&file))
}
