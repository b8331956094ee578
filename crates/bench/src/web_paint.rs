//! What the widget costs a page's main thread in Chromium: its first paint beside others', a long conversation, and the
//! way of a frame to the screen.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use xtask::build;
use xtask::run::{Result, command, copy, need, output, root};

use crate::report::Pace;

/// Frames of a display a second.
const DISPLAY: f64 = 60.0;

/// Measures in a project with the packages; returns the page's text.
pub fn measured(pace: Pace, app: &Path, folder: &Path) -> Result<String> {
    need("chromium", "chromium")?;
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    copy(
        &root().join("crates/bench/programs/web_paint.mjs"),
        &app.join("web_paint.mjs"),
    )?;
    let rounds = pace.rounds(15);
    let text = output(
        command("node")
            .current_dir(app)
            .arg("web_paint.mjs")
            .arg(rounds.to_string())
            .arg(folder)
            .env("WOTNOT_BIN", wotnot),
    )?;
    Measured::read(&text).map(|measured| measured.page(rounds))
}

/// What the program printed.
struct Measured {
    /// By name: from the navigation to the first paint, and how long the main thread had worked when the page reported it; in ms.
    paints: Vec<(String, [f64; 2])>,
    /// Frames a second, late ones in per cent, ms for a message that comes (p50 and p99).
    list: [f64; 4],
    /// From a frame's bytes to the paint of its row, p50 and p99; in ms.
    pixels: [f64; 2],
}

impl Measured {
    fn read(text: &str) -> Result<Self> {
        let mut paints = Vec::new();
        let mut others = HashMap::new();
        for line in text.lines() {
            let wrong = || format!("web_paint.mjs: {line}");
            let numbers = |words: &[&str]| -> Result<Vec<f64>> {
                let parsed: std::result::Result<Vec<f64>, _> =
                    words.iter().map(|word| word.parse()).collect();
                parsed.map_err(|_| wrong())
            };
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["paint", name, ref rest @ ..] => {
                    let times = numbers(rest)?.try_into().map_err(|_| wrong())?;
                    paints.push((name.to_owned(), times));
                }
                [name, ref rest @ ..] => {
                    others.insert(name, numbers(rest)?);
                }
                [] => {}
            }
        }
        let mut take = |name: &str| {
            let missing = || format!("web_paint.mjs printed no {name}");
            others.remove(name).ok_or_else(missing)
        };
        let incomplete = |_| "web_paint.mjs printed too little".to_owned();
        Ok(Self {
            paints,
            list: take("list")?.try_into().map_err(incomplete)?,
            pixels: take("pixels")?.try_into().map_err(incomplete)?,
        })
    }

    fn page(&self, rounds: usize) -> String {
        let mut page = format!(
            "In Chromium without a screen, whose pixels are drawn by the same cores. The open window on a page that has nothing else, from a server on this machine, \
             with the processor slowed down to a quarter; medians of {rounds} loads in turns.\n\n\
             | | to the first paint, ms | main thread busy until the page reported it, ms | against ours |\n| --- | ---: | ---: | ---: |\n"
        );
        let ours = self.paints.first().map_or(0.0, |(_, [paint, _])| *paint);
        for (name, [paint, thread]) in &self.paints {
            let ratio = paint / ours;
            let _ = writeln!(page, "| {name} | {paint:.0} | {thread:.0} | {ratio:.2} |");
        }
        let [frames, late, adding, adding_99] = self.list;
        let [pixels, pixels_99] = self.pixels;
        let _ = write!(
            page,
            "\nA window with 1,000 messages (`content-visibility`), at full speed: {frames:.1} frames a second of {DISPLAY:.0} while it is scrolled and messages come, {late:.1} % of them late; \
             a message that comes costs the main thread {adding:.2} ms with its layout (p99 {adding_99:.2}). From the bytes of a frame to the paint of its row, through a real gateway: \
             p50 {pixels:.1} ms, p99 {pixels_99:.1} ms."
        );
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_prints_is_read() {
        let text = "paint wotnot-web/widget 100.0 50.0\npaint deep-chat 250.0 200.0\nlist 60.0 0.1 1.50 2.50\npixels 9.0 20.0\n";
        let page = Measured::read(text).unwrap().page(15);
        assert!(page.contains("| deep-chat | 250 | 200 | 2.50 |"), "{page}");
        assert!(page.contains("60.0 frames a second of 60"), "{page}");
        assert!(Measured::read("list 60.0\n").is_err());
        assert!(Measured::read("pixels many few\n").is_err());
    }
}
