//! The package for the JVM: its tests, its jar in a fresh project, its README, and the Android files.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use crate::build::{self, Profile};
use crate::emulator::Emulator;
use crate::run::{
    Result, apt_install, check, command, has, make_folder, need, output, root, scratch, target,
};

const PACKAGE: &str = "bindings/kotlin";

/// JNA's name of the only platform that this suite runs on.
const PLATFORM: &str = "linux-x86-64";

pub fn run() -> Result<Tally> {
    need_jdk()?;
    need("mvn", "maven")?;
    let mut tally = Tally::default();
    let library = build::library(Profile::Dev)?.join("libwotnot.so");
    let stub = build::program("wotnot-stub", "wotnot-stub")?;
    build::program("wotnot-cli", "wotnot")?;
    let out = target().join("kotlin");
    put_library(&library, &out)?;

    let reports = out.join("build/surefire-reports");
    if reports.exists() {
        std::fs::remove_dir_all(&reports)
            .map_err(|error| format!("{}: {error}", reports.display()))?;
    }
    let tested = check(
        maven(PACKAGE, &out, &stub)
            .arg("install")
            .arg("-Dmaven.test.failure.ignore=true"),
    );
    let counted = count(&reports)?;
    tally.add(counted);
    tally.note("mvn install builds, tests and packs", tested);
    tally.note(
        "the jar holds the library for this platform",
        jar_holds_library(&out),
    );
    tally.note("the package has the project's version", same_version());
    tally.note(
        "the README's examples are those that run",
        readme_is_compiled(),
    );
    match fresh_project() {
        Err(why) => tally.note("a fresh project builds against the jar", Err(why)),
        Ok(project) => {
            for class in ["ChatKt", "ChatInJava", "ReadmeKt", "ReadmeInJava"] {
                tally.note(
                    &format!("{class} chats with an emulator, with no Rust on its path"),
                    chats(&project, class),
                );
            }
        }
    }
    Ok(tally)
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

/// Where Maven packs it from, without debug symbols: they are nine tenths of it.
fn put_library(library: &Path, out: &Path) -> Result<()> {
    let folder = out.join("natives").join(PLATFORM);
    make_folder(&folder)?;
    check(
        command("strip")
            .args(["--strip-unneeded", "-o"])
            .arg(folder.join("libwotnot.so"))
            .arg(library),
    )
}

fn maven(folder: &str, out: &Path, stub: &Path) -> Command {
    let mut maven = command("mvn");
    maven.args(["-q", "-B", "-f"]).arg(root().join(folder));
    maven.arg(format!("-Dwotnot.out={}", out.display()));
    if let Some(programs) = stub.parent() {
        maven.arg(format!("-Dwotnot.programs={}", programs.display()));
    }
    maven
}

/// Adds up the reports: one `<testsuite tests= errors= skipped= failures=>` a class. A skipped test counts as failed.
fn count(reports: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let entries =
        std::fs::read_dir(reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let number = |name| attribute(&text, name).unwrap_or(0);
        let failed = number("errors") + number("failures") + number("skipped");
        tally.add(Tally {
            passed: number("tests").saturating_sub(failed),
            failed,
        });
    }
    Ok(tally)
}

/// A number among the attributes of the first `<testsuite`.
fn attribute(xml: &str, name: &str) -> Option<u64> {
    let (_, rest) = xml.split_once("<testsuite ")?;
    let (head, _) = rest.split_once('>')?;
    let (_, value) = head.split_once(&format!(" {name}=\""))?;
    value.split('"').next()?.parse().ok()
}

fn jar_holds_library(out: &Path) -> Result<()> {
    let jar = out.join(format!("build/wotnot-{}.jar", env!("CARGO_PKG_VERSION")));
    let listed = output(command("jar").arg("tf").arg(&jar))?;
    for wanted in [
        &format!("{PLATFORM}/libwotnot.so"),
        "META-INF/LICENSE-MIT",
        "META-INF/LICENSE-APACHE",
    ] {
        if !listed.lines().any(|line| line == wanted) {
            return Err(format!("{wanted} is not in {}", jar.display()));
        }
    }
    Ok(())
}

/// The manifests that name a version of the package all name that of the workspace.
fn same_version() -> Result<()> {
    let wanted = format!("<version>{}</version>", env!("CARGO_PKG_VERSION"));
    for file in ["pom.xml", "examples/pom.xml", "README.md"] {
        let text = read(&root().join(PACKAGE).join(file))?;
        let (_, after) = text
            .split_once("<artifactId>wotnot</artifactId>")
            .ok_or_else(|| format!("{file} does not name the package"))?;
        if !after.trim_start().starts_with(&wanted) {
            return Err(format!("{file} does not say {wanted}"));
        }
    }
    Ok(())
}

/// Every block of Kotlin or Java in the README stands in a program of the examples, but for its indentation.
fn readme_is_compiled() -> Result<()> {
    let package = root().join(PACKAGE);
    let readme = read(&package.join("README.md"))?;
    let mut blocks = 0;
    for (language, source) in [
        ("kotlin", "examples/src/main/kotlin/Readme.kt"),
        ("java", "examples/src/main/java/ReadmeInJava.java"),
    ] {
        let program = unindented(&read(&package.join(source))?);
        for block in readme.split(&format!("```{language}\n")).skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            if !program.contains(&unindented(block)) {
                return Err(format!("not in {source}:\n{block}"));
            }
            blocks += 1;
        }
    }
    match blocks {
        3 => Ok(()),
        found => Err(format!("expected 3 blocks of code, found {found}")),
    }
}

fn unindented(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

/// The examples in a folder of their own, built against the installed jar.
fn fresh_project() -> Result<PathBuf> {
    let project = scratch("kotlin-examples")?;
    check(
        command("cp")
            .arg("-a")
            .arg(root().join(PACKAGE).join("examples/."))
            .arg(&project),
    )?;
    check(
        without_rust(
            command("mvn")
                .args(["-q", "-B", "package", "-f"])
                .arg(&project),
        )
        .current_dir(&project),
    )?;
    Ok(project)
}

fn chats(project: &Path, class: &str) -> Result<()> {
    let class_path = format!(
        "{}:{}",
        project.join("target/classes").display(),
        project.join("target/lib/*").display()
    );
    let emulator = Emulator::start("flows/demo.yaml")?;
    emulator.play_demo(
        without_rust(command("java").args(["-cp", &class_path, class])).current_dir(project),
    )
}

/// The system's own programs alone.
fn without_rust(command: &mut Command) -> &mut Command {
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin")
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::attribute;

    #[test]
    fn the_first_suite_s_attributes_are_read() {
        let xml = "<?xml?><testsuite name=\"a\" tests=\"12\" errors=\"0\" failures=\"3\"><p tests=\"9\"/>";
        assert_eq!(attribute(xml, "tests"), Some(12));
        assert_eq!(attribute(xml, "failures"), Some(3));
        assert_eq!(attribute(xml, "skipped"), None);
    }
}
