//! `wotnot man`: writes the man pages, for who packs the command.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::exit;

const AFTER_HELP: &str = "\
Exit codes:
  0  the pages were written
  1  a page could not be written
  2  wrong arguments";

/// Arguments of `wotnot man`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The folder to write them in, a page for every command; it is made where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages of `command`.
pub fn run(args: &Args, command: clap::Command) -> ExitCode {
    let folder = &args.folder;
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::fail(
            "man",
            &format!("{}: {error}", folder.display()),
            exit::FAILED,
        ),
    }
}
