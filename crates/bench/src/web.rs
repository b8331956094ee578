//! What a page loads for a chat: the loader, the browser client and the widget, beside others, by the same esbuild. What they
//! cost its main thread is `web_paint`'s.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use xtask::build;
use xtask::npm::{application, pack};
use xtask::run::{Result, check, command, copy, npm_install, output, root, scratch};

use crate::page;
use crate::report::{self, Pace};
use crate::web_paint;

/// What other clients load: package, version, kind.
const OTHERS: [(&str, &str, &str); 3] = [
    ("botframework-directlinejs", "0.15.8", CLIENT),
    ("centrifuge", "5.8.0", CLIENT),
    ("deep-chat", "2.4.2", WIDGET),
];
/// Its own bundle is measured: a package that it depends on is not published.
const BUNDLED: (&str, &str, &str) = ("@n8n/chat", "1.37.0", "package/dist/chat.bundle.es.js");
const CLIENT: &str = "client";
const WIDGET: &str = "widget with its client";

/// Bytes at first, and later.
type Sizes = (u64, u64);

pub fn run(pace: Pace) -> Result<()> {
    let out = scratch("bench-web")?;
    let folder = root().join("bindings/web");
    npm_install(&folder)?;
    check(
        command("npm")
            .current_dir(&folder)
            .args(["run", "--silent", "build"]),
    )?;
    let app = application(&out.join("app"), &[&pack(&folder, &out)?])?;
    install(&app)?;
    for package in ["esbuild", "@esbuild", "playwright-core"] {
        let link = app.join("node_modules").join(package);
        std::os::unix::fs::symlink(folder.join("node_modules").join(package), link)
            .map_err(|error| error.to_string())?;
    }
    copy(
        &root().join("crates/bench/programs/web.mjs"),
        &app.join("web.mjs"),
    )?;
    let mut subjects = vec![
        "wotnot-web=wotnot-web".to_owned(),
        "wotnot-web/widget=wotnot-web/widget".to_owned(),
    ];
    subjects.extend(OTHERS.map(|(name, _, _)| format!("{name}={name}")));
    subjects.push(format!("{}={}", BUNDLED.0, BUNDLED.2));
    let text = output(
        command("node")
            .current_dir(&app)
            .arg("web.mjs")
            .args(&subjects),
    )?;
    let sizes = text.lines().map(read).collect::<Result<Vec<Sizes>>>()?;
    let [client, widget, others @ ..] = &sizes[..] else {
        return Err("web.mjs printed too little".into());
    };
    let sizes = page(pace, loader(&folder)?, *client, *widget, others);
    let painted = web_paint::measured(pace, &app, &folder)?;
    page::write("web", &format!("{sizes}\n{painted}"))
}

/// Random walks of {send, answer, reload, offline, kill the gateway, new tab} in Chromium, each judged against the
/// emulator's record: nothing is lost and nothing said twice. `WOTNOT_SEED` is the first one's seed, 1 when left out.
pub fn walks(pace: Pace) -> Result<()> {
    let walks = match pace {
        Pace::Full => 500,
        Pace::Quick | Pace::Trial => 5,
    };
    let folder = root().join("bindings/web");
    npm_install(&folder)?;
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    check(
        command("npm")
            .current_dir(folder)
            .args(["test", "--silent", "--", "browser/walks.test.mjs"])
            .env("WOTNOT_WALKS", walks.to_string())
            .env("WOTNOT_BIN", &wotnot),
    )
}

/// The other clients, as a project would install them.
fn install(app: &Path) -> Result<()> {
    let packages = OTHERS.map(|(name, version, _)| format!("{name}@{version}"));
    check(
        command("npm")
            .current_dir(app)
            .args(["install", "--silent", "--no-fund", "--no-audit"])
            .args(&packages),
    )?;
    let bundled = format!("{}@{}", BUNDLED.0, BUNDLED.1);
    let packed = output(
        command("npm")
            .current_dir(app)
            .args(["pack", "--silent", &bundled]),
    )?;
    check(command("tar").current_dir(app).args(["xzf", packed.trim()]))
}

/// The script of the tag, as the gateway serves it.
fn loader(folder: &Path) -> Result<u64> {
    let built = fs::read_dir(folder.join("gateway")).map_err(|error| error.to_string())?;
    for file in built.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.starts_with("loader-") && name.ends_with(".gz") {
            return Ok(file.metadata().map_err(|error| error.to_string())?.len());
        }
    }
    Err("bindings/web/gateway holds no loader".into())
}

fn page(pace: Pace, loader: u64, client: Sizes, widget: Sizes, others: &[Sizes]) -> String {
    let mut page = format!(
        "{} Each bundled by one esbuild (minified, ES2022), gzip at its best, in bytes. What is loaded later comes when it is \
         called for: of the widget, questions other than text and choice, pictures, what is said about messages that did not \
         arrive, and five languages; of the client, what most pages never need, such as uploads, history, second tabs, long \
         polls and refusals.\n\n\
         | what a page loads | | at first | goal | later | at first, against ours |\n\
         | --- | --- | ---: | ---: | ---: | ---: |\n",
        report::made_by("web", pace)
    );
    let own = widget.0.saturating_sub(client.0);
    for (name, what, bytes, goal, later) in [
        ("wotnot, loader", "the script of the tag", loader, 1_024, 0),
        ("wotnot-web", CLIENT, client.0, 5_734, client.1),
        (
            "wotnot-web/widget",
            "the widget's own part",
            own,
            7_987,
            widget.1.saturating_sub(client.1),
        ),
    ] {
        let _ = writeln!(page, "| {name} | {what} | {bytes} | {goal} | {later} | |");
    }
    let _ = writeln!(
        page,
        "| wotnot-web/widget | {WIDGET} | {} | | {} | 1.00 |",
        widget.0, widget.1
    );
    let known = OTHERS
        .iter()
        .map(|(name, version, what)| (*name, *version, *what));
    let all = known.chain([(BUNDLED.0, BUNDLED.1, WIDGET)]);
    for ((name, version, what), (first, later)) in all.zip(others) {
        let ours = if what == CLIENT { client.0 } else { widget.0 };
        let ratio = *first as f64 / ours as f64;
        let _ = writeln!(
            page,
            "| {name} {version} | {what} | {first} | | {later} | {ratio:.2} |"
        );
    }
    page
}

/// A line of the script: a name, and two sizes.
fn read(line: &str) -> Result<Sizes> {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |text: &str| text.parse().map_err(|_| format!("web.mjs: {line}"));
    match words[..] {
        [_, first, later] => Ok((number(first)?, number(later)?)),
        _ => Err(format!("web.mjs: {line}")),
    }
}
