//! What the project is built from: licences, sources and doubles, held to `deny.toml` without a network.
//!
//! Known weaknesses are the part that needs one: `cargo deny check advisories`.

use serde_json::Value;
use spdx::{Expression, ParseMode};

use super::Tally;
use crate::run::{Result, cargo, output, root};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn run() -> Result<Tally> {
    let rules: toml::Table = std::fs::read_to_string(root().join("deny.toml"))
        .map_err(|error| error.to_string())?
        .parse()
        .map_err(|error| format!("deny.toml: {error}"))?;
    let text = output(cargo().args(["metadata", "--format-version=1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let foreign: Vec<&Value> = packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .collect();

    let mut tally = Tally::default();
    tally.note(
        &format!("{} crates have a licence of deny.toml", foreign.len()),
        each(&foreign, |package| is_allowed(package, &rules)),
    );
    tally.note(
        "every crate comes from crates.io",
        each(&foreign, |package| package["source"] == REGISTRY),
    );
    tally.note(
        "no crate is one of those that deny.toml bans",
        each(&foreign, |package| !is_banned(package, &rules)),
    );
    tally.note("the library holds no crate twice", no_doubles());
    tally.note("the lock file of the fuzz targets is fresh", fuzz_lock());
    Ok(tally)
}

/// Whether this holds for each package; the others are named.
fn each(packages: &[&Value], holds: impl Fn(&Value) -> bool) -> Result<()> {
    let others: Vec<String> = packages
        .iter()
        .filter(|package| !holds(package))
        .map(|package| format!("{} ({})", package["name"], package["license"]))
        .collect();
    match packages.is_empty() || !others.is_empty() {
        true => Err(others.join(", ")),
        false => Ok(()),
    }
}

fn is_allowed(package: &Value, rules: &toml::Table) -> bool {
    let licenses = &rules["licenses"];
    let name = package["name"].as_str().unwrap_or_default();
    let exception = list(&licenses["exceptions"])
        .find(|exception| exception["crate"].as_str() == Some(name))
        .map(|exception| &exception["allow"]);
    let allowed: Vec<&str> = list(&licenses["allow"])
        .chain(exception.into_iter().flat_map(list))
        .filter_map(toml::Value::as_str)
        .collect();
    package["license"]
        .as_str()
        .and_then(|text| Expression::parse_mode(text, ParseMode::LAX).ok())
        .is_some_and(|license| {
            license.evaluate(|needed| allowed.contains(&needed.to_string().as_str()))
        })
}

fn is_banned(package: &Value, rules: &toml::Table) -> bool {
    list(&rules["bans"]["deny"]).any(|ban| ban["crate"].as_str() == package["name"].as_str())
}

fn list(value: &toml::Value) -> impl Iterator<Item = &toml::Value> {
    value.as_array().into_iter().flatten()
}

/// Two versions of one crate would be in every program twice; the project's own tools may have them.
fn no_doubles() -> Result<()> {
    let tree = ["tree", "--locked", "--package", "wotnot", "--edges=normal"];
    let doubles = output(cargo().args(tree).args(["--duplicates", "--prefix=none"]))?;
    match doubles.trim() {
        "" => Ok(()),
        some => Err(some.replace('\n', ", ")),
    }
}

/// They are a workspace of their own, whose lock file must follow the crates here.
fn fuzz_lock() -> Result<()> {
    let manifest = root().join("tests/fuzz/Cargo.toml");
    output(
        cargo()
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--manifest-path",
            ])
            .arg(&manifest),
    )
    .map(drop)
    .map_err(|why| {
        format!("{why}; `cargo metadata --manifest-path tests/fuzz/Cargo.toml` writes it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_allowed_choice_is_enough_and_every_part_must_be_allowed() {
        let rules: toml::Table =
            "licenses = {allow = [\"MIT\", \"Apache-2.0 WITH LLVM-exception\"], exceptions = [{crate = \"x\", allow = [\"MPL-2.0\"]}]}"
                .parse()
                .unwrap();
        for (name, license, expected) in [
            ("a", "MIT", true),
            ("a", "Apache-2.0/MIT", true),
            ("a", "GPL-3.0-only OR MIT", true),
            ("a", "GPL-3.0-only AND MIT", false),
            ("a", "Apache-2.0 WITH LLVM-exception", true),
            ("a", "Apache-2.0", false),
            ("a", "MPL-2.0", false),
            ("x", "MPL-2.0", true),
            ("a", "my own", false),
        ] {
            let package = json!({"name": name, "license": license});
            assert_eq!(is_allowed(&package, &rules), expected, "{name} {license}");
        }
    }
}
