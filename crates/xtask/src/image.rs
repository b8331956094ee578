//! The program of the gateway's image, without Docker: static, and run as the image runs it, by a user without
//! rights in a root that holds nothing else and cannot be written to.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{
    Result, apt_install, cargo, check, command, has, host, need, output, scratch, target,
};

const DEADLINE: Duration = Duration::from_secs(60);

/// Builds it (`--release` as the image does, else faster), and runs it.
pub fn run(release: bool) -> Result<()> {
    let program = build(release)?;
    is_static(&program)?;
    println!("ok    {} is static", program.display());
    chats(&program)?;
    println!("ok    it chats as user 65532 in an empty, read-only root");
    writes_nowhere_else(&program)?;
    println!("ok    it writes to its data folder alone");
    Ok(())
}

fn build(release: bool) -> Result<PathBuf> {
    let host = host()?;
    let architecture = host.split('-').next().unwrap_or_default();
    let triple = format!("{architecture}-unknown-linux-musl");
    if !has("musl-gcc") {
        apt_install(&["musl-tools"])?;
    }
    check(command("rustup").args(["target", "add", &triple]))?;
    let mut build = cargo();
    build
        .args([
            "build",
            "--locked",
            "--package",
            "wotnot-cli",
            "--bin",
            "wotnot",
        ])
        .args(["--target", &triple])
        .env(format!("CC_{}", triple.replace('-', "_")), "musl-gcc");
    if release {
        build.arg("--release");
    }
    check(&mut build)?;
    let profile = if release { "release" } else { "debug" };
    Ok(target().join(triple).join(profile).join("wotnot"))
}

fn is_static(program: &Path) -> Result<()> {
    need("readelf", "binutils")?;
    let text = output(
        command("readelf")
            .args(["--dynamic", "--program-headers"])
            .arg(program),
    )?;
    let wants = ["INTERP", "(NEEDED)"]
        .iter()
        .find(|word| text.contains(**word));
    match wants {
        Some(word) => Err(format!(
            "{} has {word}: it is not static",
            program.display()
        )),
        None => Ok(()),
    }
}

/// The command that runs it like the image does, with `data` as its volume.
fn boxed(program: &Path, data: &Path, folder: &str) -> Command {
    let mut bwrap = command("bwrap");
    bwrap
        .args(["--unshare-user", "--uid", "65532", "--gid", "65532"])
        .args(["--unshare-pid", "--unshare-ipc", "--unshare-uts"])
        .args(["--cap-drop", "ALL", "--clearenv", "--die-with-parent"])
        .arg("--ro-bind")
        .args([program, Path::new("/wotnot")])
        .arg("--bind")
        .args([data, Path::new("/data")])
        .args(["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/"])
        .args([
            "/wotnot", "gateway", "--dev", "--port", "0", "--data", folder,
        ])
        .stdin(Stdio::null());
    bwrap
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn chats(program: &Path) -> Result<()> {
    need("bwrap", "bubblewrap")?;
    need("curl", "curl")?;
    let data = scratch("image")?;
    let child = boxed(program, &data, "/data")
        .stdout(Stdio::piped())
        .spawn();
    let mut running = Running(child.map_err(|error| format!("bwrap: {error}"))?);
    let lines = running.0.stdout.take().ok_or("bwrap has no output")?;
    let mut url = String::new();
    BufReader::new(lines)
        .read_line(&mut url)
        .map_err(|error| error.to_string())?;
    let url = url.trim();
    if !url.starts_with("http://") {
        return Err(format!("the gateway did not start: {url:?}"));
    }
    let session = post(&format!("{url}/v1/sessions"), None, r#"{"app": "dev"}"#)?;
    let bearer = format!("Authorization: Bearer {}", field(&session, "token")?);
    let first = r#"{"client_id": "m1", "text": "Hello"}"#;
    let begun = post(&format!("{url}/v1/conversations"), Some(&bearer), first)?;
    let chat = format!("{url}/v1/conversations/{}", field(&begun, "id")?);
    let until = Instant::now() + DEADLINE;
    loop {
        let shown = curl(&chat, &["-H", &bearer])?;
        if shown.contains(r#""kind":"choice""#) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("the bot said nothing: {shown}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn writes_nowhere_else(program: &Path) -> Result<()> {
    let data = scratch("image")?;
    let ended = boxed(program, &data, "/elsewhere").output();
    let ended = ended.map_err(|error| format!("bwrap: {error}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    match !ended.status.success() && said.contains("/elsewhere: Read-only file system") {
        true => Ok(()),
        false => Err(format!("{}: {said}", ended.status)),
    }
}

fn curl(url: &str, arguments: &[&str]) -> Result<String> {
    let mut curl = command("curl");
    curl.args(["-s", "-m", "60", url])
        .args(arguments)
        .env("no_proxy", "*");
    output(&mut curl)
}

fn post(url: &str, bearer: Option<&str>, body: &str) -> Result<String> {
    let mut arguments = vec!["-d", body];
    arguments.extend(bearer.into_iter().flat_map(|bearer| ["-H", bearer]));
    curl(url, &arguments)
}

/// A string of an answer.
fn field(answer: &str, name: &str) -> Result<String> {
    let found = answer
        .split_once(&format!("\"{name}\":\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    found
        .map(|(value, _)| value.to_owned())
        .ok_or_else(|| format!("there is no {name} in {answer}"))
}
