//! The package for the JVM: its tests against the archive's jar, the archive's examples against the same, and its README.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::chats::both_ways;
use super::sdk::Sdk;
use super::{Tally, android, count};
use crate::build;
use crate::dist::jvm::{self, PLATFORM};
use crate::examples::{dev_gateway, marked_vectors, plays_every_flow, serves_many_visitors};
use crate::run::{
    Result, check, command, copy, output, path_without_rust, read, remove_folder, root, scratch,
};

const PACKAGE: &str = "bindings/kotlin";

/// Of the sample app for Android: what needs no Android, and what runs it.
const SAMPLE: [&str; 2] = [
    "src/main/kotlin/com/example/chat/ChatModel.kt",
    "run/SampleRun.kt",
];

/// Puts a jar into the local Maven repository.
const INSTALL: &str = "org.apache.maven.plugins:maven-install-plugin:3.1.4:install-file";

pub fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    let sdk = Sdk::unpack(&scratch("kotlin")?)?;
    let player = build::program("wotnot-conformance", "wotnot-conformance")?;
    build::program("wotnot-cli", "wotnot")?;

    let reports = jvm::folder().join("build/surefire-reports");
    remove_folder(&reports)?;
    // What `mvn test` does, but for what the packing of the jar has done already.
    let tested = check(maven(&sdk, &player).args([
        "kotlin:test-compile@test-compile",
        "compiler:testCompile@java-test-compile",
        "surefire:test",
        "-Dmaven.test.failure.ignore=true",
    ]));
    tally.add(count::reports(&reports)?);
    tally.note("Maven tests the archive's jar", tested);
    let watch = marked_vectors("kotlin-secrets")?;
    tally.shows_no_secret(
        "Kotlin and Java",
        &watch,
        maven(&sdk, &player)
            .args([
                "surefire:test",
                "-Dtest=ConformanceTest,JavaConformanceTest",
            ])
            .env("WOTNOT_VECTORS", watch.folder())
            .env(
                "JAVA_TOOL_OPTIONS",
                "-Djna.debug_load=true -Djna.debug_load.jna=true -Dkotlinx.coroutines.debug=on",
            ),
    );
    tally.note(
        "the jar holds the library for this platform",
        jar_holds_library(&sdk.jar()),
    );
    tally.note("the package has the project's version", same_version());
    tally.note(
        "the README's examples are those that run",
        readme_is_compiled(),
    );
    android::check_files(&mut tally, &sdk.jar());
    match fresh_project(&sdk) {
        Err(why) => tally.note("a fresh project builds against the archive", Err(why)),
        Ok(project) => {
            for class in ["ChatKt", "ChatInJava"] {
                both_ways(&mut tally, class, program(&project, class)?);
            }
            for (class, what) in [
                ("ThroughGatewayKt", "the README's visitor"),
                ("SampleRunKt", "the sample app's model"),
            ] {
                let state = project.join(format!("{class}.state"));
                tally.note(
                    &format!("{what} talks through a gateway"),
                    program(&project, class)
                        .and_then(|mut program| dev_gateway()?.play_page(&mut program, &state)),
                );
            }
            for class in ["ReadmeKt", "ReadmeInJava"] {
                tally.note(
                    &format!("{class}, the README's loop, plays every sample flow"),
                    plays_every_flow(|| program(&project, class)),
                );
            }
            for class in ["BackendKt", "BackendInJava"] {
                tally.note(
                    &format!("{class} serves many visitors, some of whom leave"),
                    program(&project, class)
                        .and_then(|mut program| serves_many_visitors(&mut program)),
                );
            }
        }
    }
    Ok(tally)
}

/// Maven, with the archive's jar as what is tested.
fn maven(sdk: &Sdk, player: &Path) -> Command {
    let mut maven = jvm::maven();
    maven.arg(format!("-Dwotnot.tested={}", sdk.jar().display()));
    if let Some(programs) = player.parent() {
        maven.arg(format!("-Dwotnot.programs={}", programs.display()));
    }
    maven
}

fn jar_holds_library(jar: &Path) -> Result<()> {
    let listed = output(command("jar").arg("tf").arg(jar))?;
    for wanted in [
        &format!("{PLATFORM}/libwotnot.so"),
        "META-INF/LICENSE-MIT",
        "META-INF/LICENSE-APACHE",
        "META-INF/THIRD-PARTY.md",
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
    let gradle = format!(
        "implementation(\"io.github.libwotnot:wotnot:{}\")",
        env!("CARGO_PKG_VERSION")
    );
    match read(&root().join(PACKAGE).join("README.md"))?.contains(&gradle) {
        true => Ok(()),
        false => Err(format!("README.md does not say {gradle}")),
    }
}

/// Every block of Kotlin or Java in the README stands in a program of the examples, but for its indentation.
fn readme_is_compiled() -> Result<()> {
    let package = root().join(PACKAGE);
    let readme = read(&package.join("README.md"))?;
    let mut blocks = 0;
    for (language, sources) in [
        (
            "kotlin",
            &["kotlin/Readme.kt", "kotlin/ThroughGateway.kt"][..],
        ),
        ("java", &["java/ReadmeInJava.java"]),
    ] {
        let programs = sources.iter().map(|source| {
            let source = package.join("examples/src/main").join(source);
            read(&source).map(|text| unindented(&text))
        });
        let programs = programs.collect::<Result<Vec<_>>>()?;
        for block in readme.split(&format!("```{language}\n")).skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let shown = unindented(block);
            if !programs.iter().any(|program| program.contains(&shown)) {
                return Err(format!("not in {sources:?}:\n{block}"));
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

/// The archive's examples, built against its jar as its README says.
fn fresh_project(sdk: &Sdk) -> Result<PathBuf> {
    let project = sdk.top.join("share/wotnot/java/examples");
    for source in SAMPLE {
        let source = root().join(PACKAGE).join("android/sample").join(source);
        let name = source.file_name().unwrap_or_default();
        copy(&source, &project.join("src/main/kotlin").join(name))?;
    }
    let mut install = command("mvn");
    install
        .args(["-q", "-B", INSTALL])
        .arg(format!("-Dfile={}", sdk.jar().display()))
        .arg(format!("-DpomFile={}", sdk.java(".pom").display()))
        .arg(format!("-Dsources={}", sdk.java("-sources.jar").display()));
    for maven in [&mut install, command("mvn").args(["-q", "-B", "package"])] {
        check(
            maven
                .env("PATH", path_without_rust()?)
                .current_dir(&project),
        )?;
    }
    Ok(project)
}

/// A run of one of the examples, with no Rust on its path.
fn program(project: &Path, class: &str) -> Result<Command> {
    let class_path = format!(
        "{}:{}",
        project.join("target/classes").display(),
        project.join("target/lib/*").display()
    );
    let mut java = command("java");
    java.args(["-cp", &class_path, class])
        .env("PATH", path_without_rust()?)
        .current_dir(project);
    Ok(java)
}
