//! The jar of the archive, with the native library inside, made by Maven. It is tested by the suite `kotlin`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{notices, sbom};
use crate::build::{self, Profile};
use crate::run::{
    Result, apt_install, check, command, copy, has, host, need, remove_folder, scratch, target,
    write,
};

/// JNA's name of the only platform that archives are made on.
pub const PLATFORM: &str = "linux-x86-64";

/// Builds the jar around this library, which has no debug symbols: they would be nine tenths of it.
/// Gives the jar, its sources, its POM and its bill of materials.
pub fn pack(library: &Path) -> Result<[PathBuf; 4]> {
    let natives = resources()?;
    copy(library, &natives.join(PLATFORM).join("libwotnot.so"))?;
    check(maven().arg("package").arg("-Dmaven.test.skip=true"))?;
    Ok([".jar", "-sources.jar", ".pom", "-cyclonedx.json"].map(built))
}

/// What Maven Central takes, with the libraries of all platforms, in folders of JNA's names; else with this machine's.
pub fn bundle(profile: Profile, libraries: Option<&Path>, to: &Path) -> Result<Vec<PathBuf>> {
    let natives = resources()?;
    match libraries {
        Some(folder) => super::copy_tree(folder, &natives)?,
        None => {
            let built = build::shipped(profile, &host()?)?;
            let folder = scratch("jar")?;
            super::libraries(&built, &folder.join("lib"), &folder.join("debug"))?;
            let library = folder.join("lib").join(super::SHARED);
            copy(&library, &natives.join(PLATFORM).join("libwotnot.so"))?;
        }
    }
    check(
        maven()
            .args(["-Prelease", "deploy", "-DskipPublishing=true"])
            .arg("-Dmaven.test.skip=true"),
    )?;
    let mut made = Vec::new();
    for kind in [
        ".jar",
        "-sources.jar",
        "-javadoc.jar",
        ".pom",
        "-cyclonedx.json",
    ] {
        let from = built(kind);
        let file = to.join(from.file_name().unwrap_or_default());
        copy(&from, &file)?;
        made.push(file);
    }
    Ok(made)
}

/// A file that Maven made.
fn built(kind: &str) -> PathBuf {
    let name = format!("wotnot-{}{kind}", env!("CARGO_PKG_VERSION"));
    folder().join("build").join(name)
}

/// Makes the folder whose contents the jar takes in, with what it tells of the libraries. They are to be put there.
fn resources() -> Result<PathBuf> {
    need_jdk()?;
    need("mvn", "maven")?;
    let resources = folder().join("natives");
    // Those of an earlier build may be of other platforms.
    remove_folder(&resources)?;
    let meta = resources.join("META-INF");
    write(&meta.join("THIRD-PARTY.md"), &notices::text("wotnot")?)?;
    write(
        &meta.join("sbom/wotnot-native.cdx.json"),
        &sbom::text("wotnot")?,
    )?;
    Ok(resources)
}

/// Maven for the package, building where [`folder`] says.
pub fn maven() -> Command {
    let mut maven = command("mvn");
    maven
        .args(["-q", "-B", "-f", "bindings/kotlin"])
        .arg(format!("-Dwotnot.out={}", folder().display()));
    maven
}

/// Where Maven builds, and packs native libraries from.
pub fn folder() -> PathBuf {
    target().join("kotlin")
}

/// `java` alone may be a runtime without a compiler.
fn need_jdk() -> Result<()> {
    match has("javac") {
        true => Ok(()),
        false => apt_install(&["default-jdk-headless"]).map_err(|why| {
            format!(
                "a JDK is missing: install it (Debian: apt-get install default-jdk-headless); {why}"
            )
        }),
    }
}
