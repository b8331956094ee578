//! `wotnot token`: makes a token that an emulator with the same secret takes, or shows what one says.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use wotnot_emulator::ACCOUNT_ID;
use wotnot_emulator::token::{Claims, read_unverified, sign};

use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  the token was made, or read; one that has ended is read too
  1  the token to read is none
  2  wrong arguments
  7  the output could not be written, as on a full disk";

/// Arguments of `wotnot token`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The secret that `wotnot emulate --secret` was given
    #[arg(
        long,
        env = "WOTNOT_EMULATOR_SECRET",
        hide_env_values = true,
        required_unless_present = "read"
    )]
    secret: Option<String>,
    /// End after so many seconds; negative for a token that has ended already
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    expires_in: Option<i64>,
    /// Show what this token says, without its signature and without checking it
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["secret", "expires_in"])]
    read: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0 when it printed a token, 1 when the one to read is none, 7 when it could not print.
pub fn run(args: Args) -> ExitCode {
    if let Some(token) = &args.read {
        return read(token, args.json);
    }
    let iat = now();
    let claims = Claims {
        account_id: ACCOUNT_ID,
        iat,
        nbf: None,
        exp: args.expires_in.map(|seconds| iat.saturating_add(seconds)),
    };
    let token = sign(&claims, args.secret.unwrap_or_default().as_bytes());
    let text = match args.json {
        true => json!({"token": token, "claims": claims}).to_string(),
        false => token,
    };
    output::end("token", 0, output::line(&text))
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

fn read(token: &str, json: bool) -> ExitCode {
    let claims = match read_unverified(token.trim()) {
        Ok(claims) => claims,
        Err(error) => return exit::fail("token", &error.to_string(), exit::FAILED),
    };
    let text = match json {
        true => json!({"claims": claims}).to_string(),
        false => in_words(&claims, now()),
    };
    output::end("token", 0, output::line(&text))
}

/// The claims with their dates, and whether the token holds at `now`, in seconds since 1970.
fn in_words(claims: &Claims, now: i64) -> String {
    let mut text = format!(
        "account {}\nmade    {}\n",
        claims.account_id,
        date(claims.iat)
    );
    if let Some(begin) = claims.nbf {
        let word = if begin > now { " (not yet)" } else { "" };
        text.push_str(&format!("begins  {}{word}\n", date(begin)));
    }
    match claims.exp {
        Some(end) => {
            let word = if end <= now {
                " (it has ended)"
            } else {
                " (it has not ended)"
            };
            text.push_str(&format!("ends    {}{word}", date(end)));
        }
        None => text.push_str("ends    never"),
    }
    text
}

fn date(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(date) => date.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{seconds} s after 1970"),
    }
}
