//! `wotnot init`: writes `wotnot.toml`, the file of profiles, for people to fill in.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::profile::FILE_NAME;
use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  the file was written
  1  there is one already, or it could not be written
  2  wrong arguments
  7  the output could not be written, as on a full disk";

/// Arguments of `wotnot init`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The folder to write it in
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// The key of your bot, for both profiles
    #[arg(long, value_name = "KEY", default_value = "lead-bot")]
    bot_key: String,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let path = args.folder.join(FILE_NAME);
    let mut options = File::options();
    match args.force {
        true => options.write(true).create(true).truncate(true),
        false => options.write(true).create_new(true),
    };
    let written = options
        .open(&path)
        .and_then(|mut file| file.write_all(text(&args.bot_key).as_bytes()));
    let shown = path.display();
    match written {
        Ok(()) => {
            let said = format!("{shown} is written; `wotnot doctor` says what is still missing");
            output::end("init", 0, output::line(&said))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let problem = format!("{shown} is there already; --force writes over it");
            exit::fail("init", &problem, exit::FAILED)
        }
        Err(error) => exit::fail("init", &format!("{shown}: {error}"), exit::FAILED),
    }
}

fn text(bot_key: &str) -> String {
    let bot_key = toml::Value::String(bot_key.to_owned());
    format!(
        r#"# Settings of the command `wotnot`. What the environment or an argument says wins over them.
# No token stands here: it is in a file of its own (token_file) or in a variable (token_env).

# The profile where neither --profile nor WOTNOT_PROFILE names one.
profile = "local"

# The stand-in for the service on this machine:
#   wotnot emulate --flow bot.yaml --port 8080 --webhook http://127.0.0.1:8089/wotnot/events
[profiles.local]
base_url = "http://127.0.0.1:8080"
bot_key = {bot_key}
token_env = "WOTNOT_LOCAL_TOKEN"
listen = "127.0.0.1:8089"
webhook_path = "/wotnot/events"
webhook_token_env = "WOTNOT_LOCAL_WEBHOOK_TOKEN"

# The service itself.
[profiles.live]
base_url = "https://app.wotnot.io"
bot_key = {bot_key}
token_env = "WOTNOT_LIVE_TOKEN"
listen = "127.0.0.1:8089"
webhook_path = "/wotnot/events"
webhook_token_env = "WOTNOT_LIVE_WEBHOOK_TOKEN"
# timeout = 30
# gateway = "https://chat.example.com"   # chat, record and doctor go through it, as its visitors do
# app = "shop-app"
# ca_file = "company.pem"
# proxy = "http://127.0.0.1:3128"
"#
    )
}
