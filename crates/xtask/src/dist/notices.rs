//! The licences of what is linked into the library, as their packages state them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::sbom;
use crate::run::{Result, cargo, output, root};

const OPENING: &str = "# What libwotnot links in\n\n\
Its libraries and programs hold code of these packages, each under its own licence, and of the Rust standard library (MIT OR Apache-2.0).\n\
Some are linked in on one system alone.\n";

/// The packages that carry native code, and where what they publish holds its notices.
const PUBLISHED: [(&str, &str); 4] = [
    ("wotnot-python", "bindings/python/licenses/THIRD-PARTY.md"),
    (
        "wotnot-cli",
        "bindings/python-command/licenses/THIRD-PARTY.md",
    ),
    ("wotnot-node", "bindings/node/THIRD-PARTY.md"),
    ("wotnot-cli", "bindings/node/THIRD-PARTY-COMMAND.md"),
];

/// Writes them, and the bills of materials: the tools that make these packages take only what stands in their folders.
pub fn write_all() -> Result<()> {
    for (package, path) in PUBLISHED {
        crate::run::write(&root().join(path), &text(package)?)?;
    }
    sbom::write_all()
}

/// Every package that this one links, with its licence and the texts that come with it.
pub fn text(package: &str) -> Result<String> {
    let tree = output(cargo().args([
        "tree",
        "--package",
        package,
        "--edges",
        "normal,no-proc-macro",
        "--target",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let metadata = metadata()?;
    let mut packages = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let word = |field: &str| package[field].as_str().unwrap_or_default();
        packages.insert(format!("{} v{}", word("name"), word("version")), package);
    }
    // A package without a source is one of ours.
    let linked: BTreeMap<&str, &Value> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter_map(|name| Some((name, *packages.get(name)?)))
        .filter(|(_, package)| !package["source"].is_null())
        .collect();
    let mut text = OPENING.to_owned();
    for (name, package) in linked {
        let word = |field: &str| package[field].as_str().unwrap_or("-");
        let _ = write!(
            text,
            "\n## {name}\n\n{} · {}\n",
            word("license"),
            word("repository")
        );
        for licence in licences(Path::new(word("manifest_path"))) {
            let _ = write!(text, "\n```text\n{}\n```\n", licence.trim());
        }
    }
    Ok(text)
}

/// What cargo says of every package.
pub fn metadata() -> Result<Value> {
    let metadata = output(cargo().args(["metadata", "--format-version=1"]))?;
    serde_json::from_str(&metadata).map_err(|error| error.to_string())
}

/// The licence files in a package's own folder, in the order of their names.
fn licences(manifest: &Path) -> Vec<String> {
    let entries = manifest
        .parent()
        .and_then(|folder| fs::read_dir(folder).ok());
    let mut files: Vec<_> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .to_uppercase();
            ["LICEN", "COPY", "NOTICE", "UNLICEN"]
                .iter()
                .any(|start| name.starts_with(start))
        })
        .collect();
    files.sort();
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Their tools take no file from above their folders.
    #[test]
    fn the_licences_of_the_packages_are_those_of_the_project() {
        for folder in ["python/licenses", "python-command/licenses", "ruby", "php"] {
            for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
                let copy = root().join("bindings").join(folder).join(name);
                let (ours, theirs) = (fs::read(root().join(name)), fs::read(&copy));
                assert_eq!(ours.unwrap(), theirs.unwrap(), "{}", copy.display());
            }
        }
    }
}
