//! The `wotnot` command: one file a subcommand, nothing but arguments here.

mod agent;
mod chat;
mod complain;
mod completions;
mod demo;
mod doctor;
mod emulate;
mod exit;
mod explain;
mod flow;
mod forward;
mod gateway;
mod init;
mod listen;
mod local;
mod man;
mod output;
mod pipe;
mod profile;
mod record;
mod refused;
mod replay;
mod screen;
mod send;
mod talk;
mod target;
mod token;
mod trust;
mod visitor;
mod wire;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// The emulator makes and drops a few hundred small things for each message.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The version, and which build of it this is.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("WOTNOT_BUILD"), ")");

const AFTER_HELP: &str = "\
Exit codes: 0 is success and 2 are wrong arguments everywhere; `--help` behind a command lists its own.";

/// Tools for the WotNot API channel.
#[derive(Parser)]
#[command(name = "wotnot", version = VERSION, propagate_version = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Talk to a sample bot: service, bot and conversation in one process, no account needed
    Demo(demo::Args),
    /// Talk to a bot at any service, in the terminal
    Chat(chat::Args),
    /// Send one message: into a conversation, or to start one
    Send(send::Args),
    /// Print events as the service posts them
    Listen(listen::Args),
    /// Hold a conversation as in chat, and write it down: a chat script and the wire
    Record(record::Args),
    /// Stand in for the service with a conversation that was recorded
    Replay(replay::Args),
    /// Find out which hop to the service and back fails, and what to do
    Doctor(doctor::Args),
    /// JSON lines in, JSON lines out, for programs that cannot link the library
    Pipe(pipe::Args),
    /// Run a local stand-in for the service
    Emulate(emulate::Args),
    /// Let browsers, phones and kiosks chat without the account's token
    Gateway(gateway::Args),
    /// Check, draw and test flow files
    Flow(flow::Args),
    /// Make or read a token of the emulator
    Token(token::Args),
    /// Write wotnot.toml, a file of settings by profile
    Init(init::Args),
    /// Print a script that completes the command's words in a shell
    Completions(completions::Args),
    /// Write the man pages, for packages
    Man(man::Args),
}

impl Command {
    /// Whether it takes settings from `wotnot.toml`; the others work beside a broken one.
    fn has_settings(&self) -> bool {
        match self {
            Self::Chat(_)
            | Self::Send(_)
            | Self::Listen(_)
            | Self::Doctor(_)
            | Self::Pipe(_)
            | Self::Record(_)
            | Self::Replay(_)
            | Self::Emulate(_) => true,
            Self::Flow(args) => args.has_settings(),
            Self::Demo(_)
            | Self::Gateway(_)
            | Self::Token(_)
            | Self::Init(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }
}

/// The command line, as `--help` and completion know it.
fn command() -> clap::Command {
    Cli::command().arg(profile::argument())
}

fn main() -> ExitCode {
    let loaded = profile::load(profile::named(command()).as_deref());
    let matches = profile::as_defaults(command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::InvalidUtf8 => return not_utf8(),
        Err(error) => return not_run(&error),
    };
    if let (Err(problem), true) = (loaded, cli.command.has_settings()) {
        output::complain(format_args!("wotnot: {problem}"));
        return ExitCode::from(exit::USAGE);
    }
    match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Chat(args) => chat::run(args),
        Command::Send(args) => send::run(args),
        Command::Listen(args) => listen::run(args),
        Command::Record(args) => record::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Doctor(args) => doctor::run(args),
        Command::Pipe(args) => pipe::run(args),
        Command::Emulate(args) => emulate::run(args),
        Command::Gateway(args) => gateway::run(args),
        Command::Flow(args) => flow::run(args),
        Command::Token(args) => token::run(args),
        Command::Init(args) => init::run(&args),
        Command::Completions(args) => completions::run(&args, &mut command()),
        Command::Man(args) => man::run(&args, command()),
    }
}

/// Help that was asked for, or what is wrong with the arguments.
fn not_run(error: &clap::Error) -> ExitCode {
    match (error.print(), error.use_stderr()) {
        (printed, false) => output::end("help", 0, printed),
        (_, true) => ExitCode::from(exit::USAGE),
    }
}

/// Names the arguments that are not UTF-8; the parser does not.
fn not_utf8() -> ExitCode {
    for (index, argument) in std::env::args_os().enumerate().skip(1) {
        if argument.to_str().is_none() {
            let shown = screen::visible(&argument.to_string_lossy());
            output::complain(format_args!(
                "wotnot: argument {index}, `{shown}`, is not UTF-8"
            ));
        }
    }
    ExitCode::from(exit::USAGE)
}
