//! `wotnot gateway xray`: asks the gateway that runs, or reads the data folder of one that does not.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use wotnot_gateway::STORE_FILE;
use wotnot_gateway::store::sqlite::SqliteStore;
use wotnot_gateway::xray::{Timeline, timeline};

use crate::{exit, output};

const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(super) struct Args {
    /// The conversation, as in the log and in calls: c_…
    conversation: String,
    /// The configuration: its `listen.admin` is asked; when the gateway does not run, its data folder is read
    #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
    config: PathBuf,
    /// The admin address of a gateway that runs, such as http://127.0.0.1:9090
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "data"])]
    admin: Option<String>,
    /// The data folder of a gateway that does not run
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    data: Option<PathBuf>,
}

/// Why there is no timeline.
enum Missing {
    /// Nobody listens at the admin address.
    NotRunning(String),
    Other(String),
}

pub(super) fn run(args: &Args) -> ExitCode {
    let id = &args.conversation;
    let found = match (&args.admin, &args.data) {
        (Some(admin), _) => ask(admin, id),
        (None, Some(data)) => read(data, id),
        (None, None) => match super::read(&args.config) {
            Err(code) => return code,
            Ok(config) => match config.listen.admin.filter(|admin| admin.port() != 0) {
                None => read(&config.data, id),
                Some(admin) => match ask(&url(admin), id) {
                    Err(Missing::NotRunning(_)) => read(&config.data, id),
                    found => found,
                },
            },
        },
    };
    match found {
        Ok(timeline) => output::end("gateway", 0, output::write(&shown(&timeline))),
        Err(Missing::NotRunning(problem) | Missing::Other(problem)) => {
            exit::fail("gateway", &problem, exit::FAILED)
        }
    }
}

/// Where an address that listens is reached from this machine.
fn url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

fn ask(admin: &str, id: &str) -> Result<Timeline, Missing> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        // An address of this machine, or of its network.
        .proxy(None)
        .build()
        .into();
    let admin = admin.trim_end_matches('/');
    // Other letters stand in no id, and must not lead to another path.
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.is_empty() || !id.chars().all(is_id) {
        return Err(unknown(admin));
    }
    let answer = agent
        .get(format!("{admin}/admin/conversations/{id}/timeline"))
        .call();
    let mut answer = answer.map_err(|error| match error {
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => {
            Missing::NotRunning(format!("{admin}: no gateway answers there: {error}"))
        }
        _ => Missing::Other(format!("{admin}: {error}")),
    })?;
    let text = answer.body_mut().read_to_string();
    let text = text.map_err(|error| Missing::Other(format!("{admin}: {error}")))?;
    match answer.status().as_u16() {
        200 => serde_json::from_str(&text)
            .map_err(|_| Missing::Other(format!("{admin}: this is no admin address of a gateway"))),
        404 => Err(unknown(admin)),
        status => Err(Missing::Other(format!("{admin}: {status} {}", text.trim()))),
    }
}

fn read(data: &Path, id: &str) -> Result<Timeline, Missing> {
    let file = data.join(STORE_FILE);
    match SqliteStore::history_in(&file, id) {
        Ok(Some(history)) => Ok(timeline(&history)),
        Ok(None) => Err(unknown(file.display())),
        Err(error) => Err(Missing::Other(format!("{}: {error}", file.display()))),
    }
}

fn unknown(place: impl std::fmt::Display) -> Missing {
    Missing::Other(format!("{place}: there is no such conversation"))
}

fn shown(timeline: &Timeline) -> String {
    let mut text = format!(
        "{}: site {}, account {}, {}\n",
        timeline.conversation, timeline.site, timeline.account, timeline.state
    );
    let mut before = None;
    for moment in &timeline.moments {
        let wait = moment.at_ms - before.unwrap_or(moment.at_ms);
        before = Some(moment.at_ms);
        let (at, step) = (moment.at(), moment.step.name());
        text.push_str(&format!(
            "{at} {wait:>8} ms  {step:<8}  {}\n",
            moment.detail
        ));
    }
    text
}
