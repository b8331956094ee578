//! The Go package: formatted, vetted and tested under the race detector, and used from a module of its own.

use std::path::Path;
use std::process::Command;

use super::Tally;
use super::count::{each, printed};
use super::language::{Page, SHOWN, SuiteFolder, both_ways, shows_no_secret};
use crate::c_program::SYSTEM_LIBRARIES;
use crate::examples::serves_many_visitors;
use crate::run::{Result, at_least, check, copy, file_name, needs, output, read, root, write};
use crate::sh;

const PACKAGE: &str = "bindings/go";

const MODULE: &str = "github.com/libwotnot/libwotnot/bindings/go";

const PAGE: Page = Page {
    folder: "go",
    fence: "go",
    reads_by: "bufio",
    file: "*/main.go",
    shown: &SHOWN,
};

/// The oldest Go that has loops over functions.
const OLDEST: (u32, u32) = (1, 23);

pub fn run() -> Result<Tally> {
    // Debian's own package is older.
    let version = sh!("go env GOVERSION");
    at_least(OLDEST, version, "Go", " (https://go.dev)")?;
    needs(&["gcc", "pkg-config"])?;
    let place = SuiteFolder::new("go")?;
    let out = &place.out;
    // The archive's own, so that they are what a user's build reads.
    for (from, to) in [
        (out.join("libwotnot.a"), "lib"),
        (out.join("libwotnot.so"), "lib"),
        (root().join("include/wotnot.h"), "include"),
        (root().join("bindings/c/sdk/wotnot.pc"), "lib/pkgconfig"),
    ] {
        copy(&from, &out.join(to).join(file_name(&from)))?;
    }
    let linked = read(&root().join("bindings/c/sdk/wotnot-static.pc"))?
        .replace("@SYSTEM_LIBRARIES@", &SYSTEM_LIBRARIES.join(" "));
    write(&out.join("lib/pkgconfig/wotnot-static.pc"), &linked)?;
    // `go` for the package.
    let go = |line: &str| go(&place, &root().join(PACKAGE), line);
    let built = |name: &str, line: &str| {
        check(go("build -o").arg(out.join(name)).args(line.split(' ')))?;
        Ok::<_, String>(place.command(out.join(name)))
    };

    let mut tally = Tally::default();
    tally.note("gofmt has nothing to change", is_formatted());
    tally.note("go vet finds nothing", check(go("vet ./...")));
    tally.add(printed(go("test -race -count=1 -v ./..."), |text| {
        let lines = text.lines().map(str::trim_start);
        Some(each(lines, |line| {
            match line.strip_prefix("--- ")?.get(..6)? {
                "PASS: " => Some(true),
                // A test that was skipped did not pass.
                "FAIL: " | "SKIP: " => Some(false),
                _ => None,
            }
        }))
    })?);
    // With the archive's static library, which needs no other at run time.
    let mut tests = go("test -count=1 -tags wotnot_static -skip ^TestVectors$ .");
    tally.note(
        "a static build passes the same tests",
        check(tests.env_remove("LD_LIBRARY_PATH")),
    );
    let example = built("chat", "./examples/chat");
    tally.note(
        "the example builds",
        example.as_ref().map(|_| ()).map_err(Clone::clone),
    );
    both_ways(&mut tally, "the example", example?);
    tally.note(
        "the backend serves many visitors, some of whom leave",
        built("backend", "-race ./examples/backend")
            .and_then(|mut backend| serves_many_visitors(&mut backend)),
    );
    page(&place, &mut tally)?;
    shows_no_secret(
        &mut tally,
        "Go",
        go("test -count=1 -v -run ^TestVectors$ ."),
    )?;
    Ok(tally)
}

/// `go` in this folder.
fn go(place: &SuiteFolder, folder: &Path, line: &str) -> Command {
    let mut go = place.run("go", line.split(' '));
    go.current_dir(folder)
        .env("PKG_CONFIG_PATH", place.out.join("lib/pkgconfig"))
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .env("CGO_ENABLED", "1");
    go
}

fn is_formatted() -> Result<()> {
    let files = output(sh!("gofmt -l {PACKAGE}"))?.trim().replace('\n', " ");
    match files.is_empty() {
        true => Ok(()),
        false => Err(format!("run gofmt -w on {files}")),
    }
}

/// The programs of the page, in a module that requires the package.
fn page(place: &SuiteFolder, tally: &mut Tally) -> Result<()> {
    let app = place.out.join("app");
    let (package, (major, minor)) = (root().join(PACKAGE), OLDEST);
    write(
        &app.join("go.mod"),
        &format!(
            "module example.com/app\n\ngo {major}.{minor}\n\nrequire {MODULE} v0.0.0\n\n\
             replace {MODULE} => {}\n",
            package.display()
        ),
    )?;
    PAGE.programs(&app)?;
    tally.note(
        "the README's programs build and pass go vet",
        check(go(place, &app, "vet ./...")),
    );
    PAGE.check(tally, &app, |source| {
        let folder = source.parent().unwrap_or(source);
        let program = folder.join("program");
        check(go(place, &app, "build -o").args([&*program, folder]))?;
        Ok(place.command(program))
    });
    Ok(())
}
