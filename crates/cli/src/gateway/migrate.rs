//! `wotnot gateway migrate`: from a file of SQLite to Redis.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wotnot_gateway::store::redis::RedisAddress;
use wotnot_gateway::{Hidden, STORE_FILE, store};

use super::said;
use crate::exit;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The data folder, or the store's file in it: sqlite:PATH
    #[arg(long, value_name = "sqlite:PATH")]
    from: String,
    /// The server: redis:// or rediss://, as in the configuration's `store`
    #[arg(long, value_name = "URL", required_unless_present = "to_file")]
    to: Option<String>,
    /// A file with the URL, which then is in no list of processes
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    to_file: Option<PathBuf>,
    /// Who signed the server's certificate, when the system does not know them
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let (from, to) = match (file(&args.from), address(args)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(problem), _) | (_, Err(problem)) => {
            return exit::fail("gateway", &problem, exit::USAGE);
        }
    };
    match store::migrate(&from, to) {
        Ok(moved) => said(&moved.to_string()),
        Err(error) => exit::fail("gateway", &error.to_string(), exit::FAILED),
    }
}

fn file(from: &str) -> Result<PathBuf, String> {
    let path = from.strip_prefix("sqlite:").filter(|path| !path.is_empty());
    let path = Path::new(path.ok_or("--from: expected sqlite: and the data folder")?);
    Ok(match path.is_dir() {
        true => path.join(STORE_FILE),
        false => path.to_owned(),
    })
}

fn address(args: &Args) -> Result<RedisAddress, String> {
    let url = match (&args.to, &args.to_file) {
        (Some(url), _) => url.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|error| format!("--to-file: {}: {error}", file.display()))?,
        (None, None) => return Err("--to: missing".into()),
    };
    let address = RedisAddress::parse(&Hidden::new(url.trim()));
    let address = address.map_err(|why| format!("--to: {why}"))?;
    match &args.ca_file {
        Some(file) => address
            .trusting(file)
            .map_err(|why| format!("--ca-file: {why}")),
        None => Ok(address),
    }
}
