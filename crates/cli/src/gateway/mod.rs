//! `wotnot gateway`: lets browsers and apps chat without the account's token.

mod dev;
mod log;
mod migrate;
mod reload;
mod serve;
mod xray;

pub(crate) use dev::{SITE as DEV_SITE, beside};

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use wotnot_gateway::config::{random_hex, random_token};
use wotnot_gateway::store::sqlite::SqliteStore;
use wotnot_gateway::{Config, Origin, STORE_FILE, Sites, check_bucket};

use crate::{exit, output};

pub(crate) use dev::run_once;

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C or SIGTERM, after what was under way; the configuration is right; a site takes the page
  1  the gateway cannot go on, and says why; no site takes the page; there is no such conversation; the bucket
     for files cannot be used
  2  wrong arguments, or a configuration that cannot be used
  7  the output could not be written, as on a full disk; a gateway that runs goes on without it";

/// Arguments of `wotnot gateway`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
    config: PathBuf,
    /// Try it with nothing set up: a stand-in for the service with a sample bot, and a page to chat in
    #[arg(long, conflicts_with = "config")]
    dev: bool,
    /// With --dev: where to keep things, instead of a folder of the user's data directory
    #[arg(long, value_name = "DIR", requires = "dev")]
    data: Option<PathBuf>,
    /// With --dev: the port to listen on; 0 lets the system choose
    #[arg(long, requires = "dev", default_value_t = 0)]
    port: u16,
    /// The form of the log, which goes to standard error
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    log: log::Form,
    /// What is logged; `info` has a line for each call
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    log_level: log::Level,
}

#[derive(Subcommand)]
enum Command {
    /// Read a configuration, and name each mistake with line and column; try the bucket for files
    #[command(after_help = AFTER_HELP)]
    Check {
        /// The configuration
        #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
        config: PathBuf,
        /// Send nothing to the bucket
        #[arg(long)]
        offline: bool,
    },
    /// Say which site a page meets
    #[command(after_help = AFTER_HELP)]
    Routes {
        /// The page, such as https://shop.example.com/basket
        url: String,
        /// The configuration
        #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
        config: PathBuf,
    },
    /// Make a key, for a file that the configuration names
    #[command(after_help = AFTER_HELP)]
    Secret {
        /// A line for `token_keys_file`: an id and a key
        #[arg(long)]
        token_key: bool,
    },
    /// Print one conversation's timeline with the waits between, and nothing of what was said
    #[command(after_help = AFTER_HELP)]
    Xray(xray::Args),
    /// Move conversations from a data folder to Redis; the gateway must not run. Goes on where it was when it was broken off
    #[command(after_help = AFTER_HELP)]
    Migrate(migrate::Args),
    /// Prepare a data folder that was restored from a backup for use; the gateway must not run
    #[command(after_help = AFTER_HELP)]
    Restore {
        /// The data folder
        #[arg(value_name = "DIR")]
        data: PathBuf,
    },
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    match args.command {
        None => {
            log::start(args.log, args.log_level);
            match args.dev {
                true => dev::run(args.data, args.port),
                false => match read(&args.config) {
                    Ok(config) => serve::run(config, &args.config),
                    Err(code) => code,
                },
            }
        }
        Some(Command::Check { config, offline }) => check(&config, offline),
        Some(Command::Routes { url, config }) => routes(&url, &config),
        Some(Command::Secret { token_key }) => secret(token_key),
        Some(Command::Xray(args)) => xray::run(&args),
        Some(Command::Migrate(args)) => migrate::run(&args),
        Some(Command::Restore { data }) => restore(&data),
    }
}

/// Reads the configuration; says each mistake otherwise.
fn read(file: &Path) -> Result<Config, ExitCode> {
    load(file).map_err(|mistakes| {
        for mistake in mistakes {
            output::complain(mistake);
        }
        ExitCode::from(exit::USAGE)
    })
}

/// Reads the configuration; gives each mistake otherwise.
fn load(file: &Path) -> Result<Config, Vec<String>> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| vec![format!("{}: {error}", file.display())])?;
    let folder = file.parent().unwrap_or(Path::new(""));
    Config::from_toml(&text, folder).map_err(|mistakes| {
        let located = |mistake| format!("{}:{mistake}", file.display());
        mistakes.iter().map(located).collect()
    })
}

fn check(file: &Path, offline: bool) -> ExitCode {
    match read(file) {
        Err(code) => code,
        Ok(config) => {
            if !offline && let Err(error) = check_bucket(&config) {
                let problem = format!("{}: files.s3: {error}", file.display());
                return exit::fail("gateway", &problem, exit::FAILED);
            }
            said(&format!(
                "{}: good; accounts: {}, sites: {}",
                file.display(),
                config.accounts.len(),
                config.sites.len()
            ))
        }
    }
}

fn routes(url: &str, file: &Path) -> ExitCode {
    let config = match read(file) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let Some(origin) = Origin::parse(url) else {
        let problem = format!("`{url}` is no page of http or https");
        return exit::fail("gateway", &problem, exit::USAGE);
    };
    match Sites::new(config.sites).of_origin(&origin) {
        Some(site) => {
            let off = if site.enabled { "" } else { ", switched off" };
            said(&format!(
                "{}: account {}, bot {}{off}",
                site.name, site.account, site.bot_key
            ))
        }
        None => {
            let problem = format!("no site takes pages of {origin}");
            exit::fail("gateway", &problem, exit::FAILED)
        }
    }
}

/// Success, with one line to print.
fn said(text: &str) -> ExitCode {
    output::end("gateway", 0, output::line(text))
}

/// Tells something of a gateway that runs, and that goes on where its output is gone.
fn tell(text: &str) {
    let _ = output::line(text);
}

fn secret(token_key: bool) -> ExitCode {
    let made = match token_key {
        true => random_hex(4).and_then(|id| Ok(format!("{id} {}", random_token(32)?))),
        false => random_token(32),
    };
    match made {
        Ok(text) => said(&text),
        Err(error) => exit::fail("gateway", &error.to_string(), exit::FAILED),
    }
}

fn restore(data: &Path) -> ExitCode {
    let file = data.join(STORE_FILE);
    if !file.is_file() {
        let problem = format!("{}: there is no store here", file.display());
        return exit::fail("gateway", &problem, exit::USAGE);
    }
    match SqliteStore::restore(&file) {
        Ok(()) => said(&format!(
            "{}: readers will take a snapshot first",
            file.display()
        )),
        Err(error) => exit::fail("gateway", &error.to_string(), exit::FAILED),
    }
}
