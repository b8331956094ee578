//! The jar of the archive, with the native library inside, made by Maven. It is tested by the suite `kotlin`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::notices;
use crate::run::{
    Result, apt_install, check, command, has, make_folder, need, root, target, write,
};

/// JNA's name of the only platform that archives are made on.
pub const PLATFORM: &str = "linux-x86-64";

/// Builds the jar around this library, which has no debug symbols: they would be nine tenths of it.
/// Gives the jar, its sources and its POM.
pub fn pack(library: &Path) -> Result<[PathBuf; 3]> {
    need_jdk()?;
    need("mvn", "maven")?;
    let resources = folder().join("natives");
    write(
        &resources.join("META-INF/THIRD-PARTY.md"),
        &notices::text("wotnot")?,
    )?;
    let natives = resources.join(PLATFORM);
    make_folder(&natives)?;
    std::fs::copy(library, natives.join("libwotnot.so"))
        .map_err(|error| format!("{}: {error}", library.display()))?;
    check(maven().arg("package").arg("-Dmaven.test.skip=true"))?;
    let name = format!("wotnot-{}", env!("CARGO_PKG_VERSION"));
    let built = folder().join("build");
    let pom = built.join(format!("{name}.pom"));
    std::fs::copy(root().join("bindings/kotlin/pom.xml"), &pom)
        .map_err(|error| format!("{}: {error}", pom.display()))?;
    Ok([
        built.join(format!("{name}.jar")),
        built.join(format!("{name}-sources.jar")),
        pom,
    ])
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
