//! `wotnot completions`: a script that completes the command's words in a shell.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::output;

const AFTER_HELP: &str = "\
The script goes to standard output, for the shell to read at its start, such as
  wotnot completions bash > ~/.local/share/bash-completion/completions/wotnot

Exit codes:
  0  the script was printed
  2  wrong arguments
  7  the output could not be written, as on a full disk";

/// Arguments of `wotnot completions`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for `command`.
pub fn run(args: &Args, command: &mut clap::Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "wotnot", &mut script);
    let script = String::from_utf8_lossy(&script);
    output::end("completions", 0, output::write(&script))
}
