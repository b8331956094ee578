//! The Go package: formatted, vetted and tested under the race detector, and used from a module of its own.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Tally;
use super::abi::SuiteFolder;
use super::chats::{self, both_ways};
use crate::c_program::with_library;
use crate::examples::serves_many_visitors;
use crate::readme::blocks;
use crate::run::{
    Result, at_least, captured, check, command, copy, make_folder, need, output, root, write,
};

const PACKAGE: &str = "bindings/go";

const MODULE: &str = "github.com/libwotnot/libwotnot/bindings/go";

/// The oldest Go that has loops over functions.
const OLDEST: (u32, u32) = (1, 23);

pub fn run() -> Result<Tally> {
    // Debian's own package is older.
    let version = &mut command("go");
    at_least(
        OLDEST,
        version.args(["env", "GOVERSION"]),
        "Go",
        " (https://go.dev)",
    )?;
    need("gcc", "gcc")?;
    need("pkg-config", "pkg-config")?;
    let place = Go::new()?;
    let mut tally = Tally::default();
    tally.note("gofmt has nothing to change", is_formatted());
    tally.note(
        "go vet finds nothing",
        check(place.go(PACKAGE).args(["vet", "./..."])),
    );
    tally.add(place.tests()?);
    tally.note(
        "a static build passes the same tests",
        place.builds_statically(),
    );
    place.programs(&mut tally)?;
    let mut vectors = place.go(PACKAGE);
    vectors.args(["test", "-count=1", "-v", "-run", "^TestVectors$", "."]);
    place.0.shows_no_secret(&mut tally, "Go", &mut vectors)?;
    Ok(tally)
}

fn is_formatted() -> Result<()> {
    let files = output(command("gofmt").args(["-l", PACKAGE]))?;
    match files.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "run gofmt -w on {}",
            files.trim().replace('\n', " ")
        )),
    }
}

struct Go(SuiteFolder);

impl Go {
    fn new() -> Result<Self> {
        let place = SuiteFolder::new("go")?;
        let out = &place.out;
        copy(
            &crate::build::Profile::Dev.folder().join("libwotnot.a"),
            &out.join("lib/libwotnot.a"),
        )?;
        copy(&out.join("libwotnot.so"), &out.join("lib/libwotnot.so"))?;
        copy(
            &root().join("include/wotnot.h"),
            &out.join("include/wotnot.h"),
        )?;
        // The archive's own, so that they are what a user's build reads.
        for name in ["wotnot.pc", "wotnot-static.pc"] {
            copy(
                &root().join("bindings/c/sdk").join(name),
                &out.join("lib/pkgconfig").join(name),
            )?;
        }
        Ok(Self(place))
    }

    /// `go` in this folder.
    fn go(&self, folder: impl AsRef<Path>) -> Command {
        let mut go = self.0.command("go");
        go.current_dir(root().join(folder))
            .env("PKG_CONFIG_PATH", self.0.out.join("lib/pkgconfig"))
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "")
            .env("GOWORK", "off")
            .env("CGO_ENABLED", "1");
        go
    }

    fn tests(&self) -> Result<Tally> {
        let (report, success) = captured(
            self.go(PACKAGE)
                .args(["test", "-race", "-count=1", "-json", "./..."]),
        )?;
        let mut tally = Tally::default();
        for line in report.lines() {
            let Ok(event) = serde_json::from_str::<Value>(line) else {
                println!("{line}");
                continue;
            };
            match (event["Action"].as_str(), event["Test"].as_str()) {
                (Some("pass"), Some(_)) => tally.passed += 1,
                // A test that was skipped did not pass.
                (Some("fail" | "skip"), Some(test)) => {
                    tally.failed += 1;
                    println!("FAILED {test}");
                }
                (Some("output" | "build-output"), _) => {
                    let text = event["Output"].as_str().unwrap_or_default();
                    if !text.starts_with("=== ") && !text.trim_start().starts_with("--- PASS") {
                        print!("{text}");
                    }
                }
                _ => {}
            }
        }
        match success == (tally.failed == 0) {
            true => Ok(tally),
            false => Err("go test ended with a failure of its own".into()),
        }
    }

    /// With the archive's static library, which needs no other at run time.
    fn builds_statically(&self) -> Result<()> {
        let mut test = self.go(PACKAGE);
        test.args(["test", "-count=1", "-tags", "wotnot_static"]);
        check(
            test.args(["-skip", "^TestVectors$", "."])
                .env_remove("LD_LIBRARY_PATH"),
        )
    }

    /// Under the race detector.
    fn backend_serves(&self) -> Result<()> {
        let backend = self.0.out.join("backend");
        let mut build = self.go(PACKAGE);
        build.args(["build", "-race", "-o"]).arg(&backend);
        check(build.arg("./examples/backend"))?;
        serves_many_visitors(&mut self.0.command(&backend))
    }

    /// The example, and the programs of the page, each in a module that requires the package.
    fn programs(&self, tally: &mut Tally) -> Result<()> {
        let example = self.0.out.join("chat");
        tally.note(
            "the example builds",
            check(
                self.go(PACKAGE)
                    .arg("build")
                    .arg("-o")
                    .arg(&example)
                    .arg("./examples/chat"),
            ),
        );
        both_ways(tally, "the example", self.0.command(&example));
        tally.note(
            "the backend serves many visitors, some of whom leave",
            self.backend_serves(),
        );

        let app = self.0.out.join("app");
        let package = root().join(PACKAGE);
        write(
            &app.join("go.mod"),
            &format!(
                "module example.com/app\n\ngo {}.{}\n\nrequire {MODULE} v0.0.0\n\nreplace {MODULE} => {}\n",
                OLDEST.0,
                OLDEST.1,
                package.display()
            ),
        )?;
        for (number, program) in blocks(&format!("{PACKAGE}/README.md"), "go")?
            .iter()
            .enumerate()
        {
            write(&app.join(format!("readme{number}/main.go")), program)?;
        }
        tally.note(
            "the README's programs build and pass go vet",
            check(self.go(&app).args(["vet", "./..."])),
        );
        let source = app.join("visitor/main.go");
        chats::page(tally, ("go", "go"), &source, |_| {
            let built = self.0.out.join("visitor");
            let mut build = self.go(&app);
            check(build.args(["build", "-o"]).arg(&built).arg("./visitor"))?;
            Ok(self.0.command(&built))
        });
        make_folder(&app.join("loop"))?;
        let built = self.0.out.join("loop");
        self.0.page_plays(
            tally,
            ("go", "go", "bufio"),
            &app.join("loop/main.go"),
            |_| {
                check(
                    self.go(&app)
                        .arg("build")
                        .arg("-o")
                        .arg(&built)
                        .arg("./loop"),
                )?;
                let folder = self.0.out.clone();
                Ok(Box::new(move || with_library(&built, &folder)))
            },
        );
        Ok(())
    }
}
