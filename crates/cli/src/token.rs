//! `wotnot token`: makes a token that an emulator with the same secret takes, or shows what one says.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use wotnot_emulator::ACCOUNT_ID;
use wotnot_emulator::token::{Claims, read_unverified, sign};

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

/// Runs the command: 0 when it printed a token, 1 when the one to read is none.
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
        exp: args.expires_in.map(|seconds| iat.saturating_add(seconds)),
    };
    let token = sign(&claims, args.secret.unwrap_or_default().as_bytes());
    if args.json {
        println!("{}", serde_json::json!({"token": token, "claims": claims}));
    } else {
        println!("{token}");
    }
    ExitCode::SUCCESS
}

fn read(token: &str, json: bool) -> ExitCode {
    let claims = match read_unverified(token.trim()) {
        Ok(claims) => claims,
        Err(error) => {
            eprintln!("wotnot token: {error}");
            return ExitCode::FAILURE;
        }
    };
    if json {
        println!("{}", serde_json::json!({"claims": claims}));
    } else {
        println!("account {}", claims.account_id);
        println!("made    {} s after 1970", claims.iat);
        match claims.exp {
            Some(end) => println!("ends    {end} s after 1970"),
            None => println!("ends    never"),
        }
    }
    ExitCode::SUCCESS
}
