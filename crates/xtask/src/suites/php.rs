//! The PHP package: installed by Composer into an application, and tested there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::abi::SuiteFolder;
use super::c::counted;
use super::chats::{self, both_ways};
use crate::c_program::with_library;
use crate::readme::programs;
use crate::run::{Result, at_least, check, command, need, root, write};

const PACKAGE: &str = "bindings/php";

pub fn run() -> Result<Tally> {
    need("gcc", "gcc")?;
    need("php", "php-cli")?;
    need("composer", "composer")?;
    // FFI comes with PHP, but some builds leave it out.
    let version = "echo extension_loaded('ffi') ? PHP_VERSION : 'without FFI';";
    at_least(
        (8, 2),
        command("php").args(["-r", version]),
        "PHP",
        " with FFI",
    )?;
    let mut tally = Tally::default();
    let app = App::install()?;
    tally.note(
        "composer validate finds nothing",
        check(
            app.composer()
                .args(["validate", "--strict", "--no-check-publish"])
                .current_dir(root().join(PACKAGE)),
        ),
    );
    tally.add(counted(app.php("tests/client.php"))?);
    tally.add(counted(app.vectors())?);
    both_ways(&mut tally, "the example", app.php("examples/chat.php"));
    tally.note(
        "the README's programs have no error of syntax",
        app.page_is_sound(),
    );
    app.page_plays(&mut tally);
    let source = app.folder.join("visitor.php");
    chats::page(&mut tally, ("php", "php"), &source, |source| {
        Ok(run_of(source, &app.place.out))
    });
    app.place
        .shows_no_secret(&mut tally, "PHP", &mut app.vectors())?;
    Ok(tally)
}

/// An application that requires the package.
struct App {
    place: SuiteFolder,
    folder: PathBuf,
    threads: PathBuf,
}

impl App {
    fn install() -> Result<Self> {
        let place = SuiteFolder::new("php")?;
        let folder = place.out.join("app");
        let version = env!("CARGO_PKG_VERSION");
        let manifest = serde_json::json!({
            "name": "example/app",
            "require": {"libwotnot/wotnot": version},
            "repositories": [
                {"packagist.org": false},
                {
                    "type": "path",
                    "url": root().join(PACKAGE),
                    "options": {"symlink": false, "versions": {"libwotnot/wotnot": version}},
                },
            ],
        });
        write(&folder.join("composer.json"), &manifest.to_string())?;
        let threads = place.out.join("threads.so");
        let app = Self {
            place,
            folder,
            threads,
        };
        check(
            app.composer()
                .args(["install", "--quiet", "--no-interaction", "--no-progress"])
                .current_dir(&app.folder),
        )?;
        check(
            command("gcc")
                .args([
                    "-std=c99",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-D_POSIX_C_SOURCE=200809L",
                    "-shared",
                    "-fPIC",
                    "-Iinclude",
                ])
                .arg(format!("{PACKAGE}/tests/threads.c"))
                .arg("-L")
                .arg(&app.place.out)
                .args(["-lwotnot", "-lpthread", "-o"])
                .arg(&app.threads),
        )?;
        Ok(app)
    }

    fn composer(&self) -> Command {
        let mut composer = command("composer");
        composer
            .env("COMPOSER_HOME", self.place.out.join("composer"))
            .env("COMPOSER_ALLOW_SUPERUSER", "1")
            .env("COMPOSER_DISABLE_NETWORK", "1");
        composer
    }

    /// A file of the package as Composer installed it, by the application's autoloader; every notice shows.
    fn php(&self, file: &str) -> Command {
        let mut php = self.place.command("php");
        php.args([
            "-d",
            "error_reporting=-1",
            "-d",
            "display_errors=stderr",
            "-d",
            "zend.exception_ignore_args=0",
        ])
        .arg(self.folder.join("vendor/libwotnot/wotnot").join(file))
        .env("WOTNOT_AUTOLOAD", self.folder.join("vendor/autoload.php"));
        php
    }

    fn vectors(&self) -> Command {
        let mut vectors = self.php("tests/vectors.php");
        vectors.env("WOTNOT_TEST_THREADS", &self.threads);
        vectors
    }

    fn page_is_sound(&self) -> Result<()> {
        let page = format!("{PACKAGE}/README.md");
        for source in programs(&page, "php", &self.folder, "php")? {
            check(command("php").arg("-l").arg(&source))?;
        }
        Ok(())
    }

    fn page_plays(&self, tally: &mut Tally) {
        let source = self.folder.join("loop.php");
        let out = self.place.out.clone();
        self.place
            .page_plays(tally, ("php", "php", "fgets"), &source, |source: &Path| {
                let source = source.to_path_buf();
                Ok(Box::new(move || run_of(&source, &out)))
            });
    }
}

/// A run of a program of the page, which loads the library from this folder.
fn run_of(program: &Path, library: &Path) -> Command {
    let mut php = with_library(Path::new("php"), library);
    php.arg(program);
    php
}
