//! `wotnot token`: makes a token that an emulator with the same secret takes, or shows what one says.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use wotnot_emulator::ACCOUNT_ID;
use wotnot_emulator::token::{Claims, read_unverified, sign};

use crate::{exit, output};

/// Arguments of `wotnot token`.
#[derive(clap::Args)]
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
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let iat = i64::try_from(now).unwrap_or(i64::MAX);
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

fn read(token: &str, json: bool) -> ExitCode {
    let claims = match read_unverified(token.trim()) {
        Ok(claims) => claims,
        Err(error) => return exit::fail("token", &error.to_string(), exit::FAILED),
    };
    let text = match json {
        true => json!({"claims": claims}).to_string(),
        false => {
            let begins = claims
                .nbf
                .map(|begin| format!("begins  {begin} s after 1970\n"));
            let ends = match claims.exp {
                Some(end) => format!("{end} s after 1970"),
                None => "never".to_owned(),
            };
            format!(
                "account {}\nmade    {} s after 1970\n{}ends    {ends}",
                claims.account_id,
                claims.iat,
                begins.unwrap_or_default()
            )
        }
    };
    output::end("token", 0, output::line(&text))
}
