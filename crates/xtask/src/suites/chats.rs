//! The chat example of each language: beside an emulator, and as a visitor of a gateway. No suite of its own.

use std::path::Path;
use std::process::Command;

use super::Tally;
use crate::examples::{chats, dev_gateway};
use crate::readme::block_with;
use crate::run::{Result, write};

/// Has an example hold the conversation of `flows/demo.yaml` both ways: nothing differs but its configuration.
pub fn both_ways(tally: &mut Tally, example: &str, mut program: Command) {
    tally.note(
        &format!("{example} chats with an emulator in another process"),
        chats(&mut program),
    );
    tally.note(
        &format!("{example} chats through a gateway, by its configuration alone"),
        dev_gateway().and_then(|it| it.play_demo(&mut program)),
    );
}

/// Writes the program of a language's page that talks through a gateway to a file, and has `run` make a run of it.
pub fn page(
    tally: &mut Tally,
    (language, fence): (&str, &str),
    source: &Path,
    run: impl FnOnce(&Path) -> Result<Command>,
) {
    let page = format!("bindings/{language}/README.md");
    let played = block_with(&page, fence, "WOTNOT_GATEWAY")
        .and_then(|program| write(source, &program))
        .and_then(|()| run(source))
        .and_then(|mut program| {
            dev_gateway()?.play_page(&mut program, &source.with_extension("state"))
        });
    tally.note("the README's visitor talks through a gateway", played);
}
