//! The PHP package: installed by Composer into an application, and tested there.

use std::path::Path;
use std::process::Command;

use super::Tally;
use super::count::counted;
use super::language::{Page, SHOWN, SuiteFolder, both_ways, shows_no_secret};
use crate::run::{Result, at_least, check, needs, root, write};
use crate::sh;

const PAGE: Page = Page {
    folder: "php",
    fence: "php",
    reads_by: "fgets",
    file: "*.php",
    shown: &SHOWN,
};

pub fn run() -> Result<Tally> {
    needs(&["gcc", "php php-cli", "composer"])?;
    // FFI comes with PHP, but some builds leave it out.
    let version = "echo extension_loaded('ffi') ? PHP_VERSION : 'without FFI';";
    at_least((8, 2), sh!("php -r {version}"), "PHP", " with FFI")?;
    let place = SuiteFolder::new("php")?;
    let (package, app) = (root().join("bindings/php"), place.out.join("app"));
    let threads = place.out.join("threads.so");
    let composer = |line: &str, folder: &Path| {
        let words = line.split(' ');
        let mut composer = sh!("composer {words...}");
        composer
            .env("COMPOSER_HOME", place.out.join("composer"))
            .env("COMPOSER_ALLOW_SUPERUSER", "1")
            .env("COMPOSER_DISABLE_NETWORK", "1");
        check(composer.current_dir(folder))
    };
    install(&place, &package, &app, &threads, composer)?;

    // A file of the package as Composer installed it, by the application's autoloader; every notice shows.
    let installed = app.join("vendor/libwotnot/wotnot");
    let php = |file: &str| -> Command {
        let settings =
            "-d error_reporting=-1 -d display_errors=stderr -d zend.exception_ignore_args=0";
        let mut php = place.run("php", settings.split(' '));
        php.arg(installed.join(file))
            .env("WOTNOT_AUTOLOAD", app.join("vendor/autoload.php"))
            .env("WOTNOT_TEST_THREADS", &threads);
        php
    };
    let mut tally = Tally::default();
    tally.note(
        "composer validate finds nothing",
        composer("validate --strict --no-check-publish", &package),
    );
    for test in ["tests/client.php", "tests/vectors.php"] {
        tally.add(counted(php(test))?);
    }
    both_ways(&mut tally, "the example", php("examples/chat.php"));
    tally.note(
        "the README's programs have no error of syntax",
        PAGE.each(&app, |source| check(sh!("php -l {source}"))),
    );
    PAGE.check(&mut tally, &app, |source| Ok(place.run("php", [source])));
    shows_no_secret(&mut tally, "PHP", php("tests/vectors.php"))?;
    Ok(tally)
}

/// Makes an application that requires the package, and the library with which its tests start threads.
fn install(
    place: &SuiteFolder,
    package: &Path,
    app: &Path,
    threads: &Path,
    composer: impl Fn(&str, &Path) -> Result<()>,
) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let options = serde_json::json!({"symlink": false, "versions": {"libwotnot/wotnot": version}});
    let manifest = serde_json::json!({
        "name": "example/app",
        "require": {"libwotnot/wotnot": version},
        "repositories": [
            {"packagist.org": false},
            {"type": "path", "url": package, "options": options},
        ],
    });
    write(&app.join("composer.json"), &manifest.to_string())?;
    composer("install --quiet --no-interaction --no-progress", app)?;
    let out = &place.out;
    check(sh!(
        "gcc -std=c99 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L -shared -fPIC -Iinclude
         {package}/tests/threads.c -L {out} -lwotnot -lpthread -o {threads}"
    ))
}
