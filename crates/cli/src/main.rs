//! The `wotnot` command: one file a subcommand, nothing but arguments here.

mod emulate;
mod flow;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tools for the WotNot API channel.
#[derive(Parser)]
#[command(name = "wotnot", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a local stand-in for the service
    Emulate(emulate::Args),
    /// Check and draw flow files
    Flow(flow::Args),
    /// Make or read a token of the emulator
    Token(token::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Emulate(args) => emulate::run(args),
        Command::Flow(args) => flow::run(args),
        Command::Token(args) => token::run(args),
    }
}
