//! What can be said of the Android files without an Android SDK: they agree with the package, and its rules keep what must be kept.

use std::path::Path;

use super::Tally;
use crate::run::{self, Result, check, command, output, root};

const FOLDER: &str = "bindings/kotlin/android";

/// What the Gradle build names beside its own version, and what Maven calls it.
const VERSIONS: [(&str, &str); 4] = [
    (
        "id(\"org.jetbrains.kotlin.android\") version \"",
        "kotlin.version",
    ),
    (
        "org.jetbrains.kotlinx:kotlinx-coroutines-android:",
        "coroutines.version",
    ),
    (
        "org.jetbrains.kotlinx:kotlinx-serialization-json:",
        "serialization.version",
    ),
    ("net.java.dev.jna:jna:", "jna.version"),
];

/// Checks the files against the package's POM and its jar.
pub fn check_files(tally: &mut Tally, jar: &Path) {
    tally.note(
        "the Android build has the versions of the package",
        versions(),
    );
    tally.note("the Android manifest is well-formed", manifest());
    tally.note("the Android README names the ABIs that are packed", abis());
    tally.note(
        "what the shrinkers' rules keep is in the jar",
        kept_classes(jar),
    );
}

fn versions() -> Result<()> {
    let (gradle, pom) = (read("build.gradle.kts")?, read("../pom.xml")?);
    let own = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    if !gradle.contains(&own) {
        return Err(format!("build.gradle.kts does not say {own}"));
    }
    for (before, property) in VERSIONS {
        let version = between(&pom, &format!("<{property}>"), "<")?;
        if !gradle.contains(&format!("{before}{version}")) {
            return Err(format!("build.gradle.kts does not say {before}{version}"));
        }
    }
    Ok(())
}

fn manifest() -> Result<()> {
    check(
        command("python3")
            .args([
                "-c",
                "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])",
            ])
            .arg(root().join(FOLDER).join("src/main/AndroidManifest.xml")),
    )
}

fn abis() -> Result<()> {
    let (gradle, readme) = (read("build.gradle.kts")?, read("README.md")?);
    let listed = between(&gradle, "abiFilters += listOf(", ")")?;
    for abi in listed.split(',').map(|abi| abi.trim().trim_matches('"')) {
        for wanted in [format!("-t {abi} "), format!("jni/{abi}/libwotnot.so")] {
            if !readme.contains(&wanted) {
                return Err(format!("README.md lacks `{wanted}`"));
            }
        }
    }
    Ok(())
}

/// The rules name classes of ours exactly; a renamed one would be shrunk away.
fn kept_classes(jar: &Path) -> Result<()> {
    let listed = output(command("jar").arg("tf").arg(jar))?;
    let rules = read("consumer-rules.pro")?;
    let ours = rules
        .lines()
        .filter_map(|line| line.strip_prefix("-keep class io.github.libwotnot."))
        .filter_map(|rest| rest.split_whitespace().next());
    let mut found = 0;
    for name in ours {
        let entry = format!("io/github/libwotnot/{}.class", name.replace('.', "/"));
        if !listed.lines().any(|line| line == entry) {
            return Err(format!("{entry} is not in the jar"));
        }
        found += 1;
    }
    match found {
        0 => Err("the rules keep no class of ours".into()),
        _ => Ok(()),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Result<&'a str> {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .map(|(found, _)| found)
        .ok_or_else(|| format!("`{before}` is not there"))
}

fn read(name: &str) -> Result<String> {
    run::read(&root().join(FOLDER).join(name))
}
