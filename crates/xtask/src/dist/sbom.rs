//! What is linked into each package, as a bill of materials in CycloneDX.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::notices;
use crate::build::EPOCH;
use crate::run::{
    Result, cargo, check, command, copy, forget_xtask, make_folder, output, read, root, target,
    write,
};

const CARGO_CYCLONEDX: &str = "cargo-cyclonedx@0.5.9";

/// The packages that carry native code, and where what they publish holds its bill.
const PUBLISHED: [(&str, &str); 4] = [
    ("wotnot-python", "bindings/python/sboms/wotnot.cdx.json"),
    (
        "wotnot-cli",
        "bindings/python-command/sboms/wotnot-command.cdx.json",
    ),
    ("wotnot-node", "bindings/node/sbom-addon.cdx.json"),
    ("wotnot-cli", "bindings/node/sbom-command.cdx.json"),
];

/// Writes them: the tools that make these packages take only what stands in their folders.
pub fn write_all() -> Result<()> {
    make()?;
    for (package, path) in PUBLISHED {
        copy(&made(package), &root().join(path))?;
    }
    Ok(())
}

/// The bill of what this package of the workspace links, on all systems together.
pub fn text(package: &str) -> Result<String> {
    make()?;
    read(&made(package))
}

/// The bill of a package that holds no code but ours.
pub fn of_sources(kind: &str, name: &str) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "library",
            "bom-ref": name,
            "name": name,
            "version": version,
            "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            "purl": format!("pkg:{kind}/{name}@{version}"),
        }},
        "components": [],
        "dependencies": [{ "ref": name, "dependsOn": [] }],
    });
    pretty(&bill)
}

/// The bill of an npm package in its folder, without what npm writes differently each time.
pub fn of_npm(folder: &Path) -> Result<String> {
    let made = output(command("npm").current_dir(folder).args([
        "sbom",
        "--sbom-format=cyclonedx",
        "--sbom-type=library",
        "--omit=dev",
        "--package-lock-only",
    ]))?;
    let mut bill: Value = serde_json::from_str(&made).map_err(|error| error.to_string())?;
    if let Some(bill) = bill.as_object_mut() {
        bill.remove("serialNumber");
    }
    if let Some(metadata) = bill["metadata"].as_object_mut() {
        metadata.remove("timestamp");
    }
    pretty(&bill)
}

fn pretty(bill: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(bill).map_err(|error| error.to_string())?;
    Ok(format!("{text}\n"))
}

fn made(package: &str) -> PathBuf {
    target().join("sbom").join(format!("{package}.cdx.json"))
}

/// Has cargo-cyclonedx write the bills of all packages, and takes them from the tree.
fn make() -> Result<()> {
    let folder = target().join("sbom");
    make_folder(&folder)?;
    // Suites run side by side, and the tool writes into the tree.
    let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let mut tool = command(tool()?);
    forget_xtask(&mut tool);
    check(
        tool.args(["cyclonedx", "--quiet", "--format=json"])
            .args(["--spec-version=1.5", "--target=all", "--no-build-deps"])
            .env("SOURCE_DATE_EPOCH", EPOCH),
    )?;
    let metadata = notices::metadata()?;
    let ours: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|package| package["source"].is_null())
        .collect();
    let word = |package: &Value, field: &str| package[field].as_str().unwrap_or("").to_owned();
    let top = ours
        .iter()
        .find(|package| package["name"] == "wotnot")
        .map(|package| word(package, "id"))
        .ok_or("the workspace has no package wotnot")?;
    let top = top.split('#').next().unwrap_or_default();
    for package in ours {
        let name = word(package, "name");
        let written =
            Path::new(&word(package, "manifest_path")).with_file_name(format!("{name}.cdx.json"));
        let text = read(&written)?.replace(top, "path+file:///wotnot");
        // So cargo calls a package in a folder of its own name.
        let text = text.replace(
            concat!("path+file:///wotnot#", env!("CARGO_PKG_VERSION")),
            concat!("path+file:///wotnot#wotnot@", env!("CARGO_PKG_VERSION")),
        );
        write(&made(&name), &text)?;
        std::fs::remove_file(&written).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Builds the tool, once.
fn tool() -> Result<PathBuf> {
    let tools = target().join("tools/cyclonedx");
    let program = tools.join("bin/cargo-cyclonedx");
    if !program.exists() {
        println!("building {CARGO_CYCLONEDX}");
        check(
            cargo()
                .args(["install", "--quiet", "--locked", "--debug", CARGO_CYCLONEDX])
                .arg("--root")
                .arg(&tools)
                .env("CARGO_PROFILE_DEV_DEBUG", "0"),
        )?;
    }
    Ok(program)
}
