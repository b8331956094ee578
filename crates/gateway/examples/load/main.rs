//! The load that `cargo xtask bench gateway` measures the gateway under, and its rivals: `load WHAT NAME=VALUE...`.
//! Each prints one line of JSON. It knows how the bench's own store is filled, and nothing else of the gateway.

mod http;
mod posts;
mod readers;
mod redis;
mod seed;
mod sends;
mod serve;
mod sse;

use std::collections::HashMap;
use std::fmt::Display;
use std::process::ExitCode;
use std::str::FromStr;

use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Value> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let arguments = words
        .map(|word| match word.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` is not NAME=VALUE").into()),
        })
        .collect::<Result<_>>()?;
    let arguments = Arguments(arguments);
    // One core is the load's; the other one is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match what.as_str() {
            "seed" => seed::run(&arguments).await,
            "serve" => serve::run(&arguments).await,
            "flush" => seed::flush(&arguments),
            "posts" => posts::run(&arguments).await,
            "memory" => readers::memory(&arguments).await,
            "quiet" => readers::quiet(&arguments).await,
            "delay" => readers::delay(&arguments).await,
            "storm" => readers::storm(&arguments).await,
            "sends" => sends::run(&arguments).await,
            _ => Err(format!("`{what}` is no load").into()),
        }
    })
}

/// What the command line says.
struct Arguments(HashMap<String, String>);

impl Arguments {
    fn text(&self, name: &str) -> Result<&str> {
        let found = self.0.get(name).map(String::as_str);
        found.ok_or_else(|| format!("{name}= is missing").into())
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T>
    where
        T::Err: Display,
    {
        let text = self.text(name)?;
        text.parse()
            .map_err(|error| format!("{name}={text}: {error}").into())
    }
}

/// The value below which this share of the values lies; the values are sorted by it.
fn share(values: &mut [u64], share: f64) -> u64 {
    values.sort_unstable();
    let at = (values.len() as f64 * share) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0)
}
