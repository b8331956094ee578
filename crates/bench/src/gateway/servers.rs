//! What is measured: the gateway, and its rivals at the settings that suit them best. Each is a process on the first core;
//! the load has the others.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use xtask::run::{Result, cargo, check, command, make_folder, need, output, target, write};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// Builds the command and the load.
pub fn build() -> Result<()> {
    need("taskset", "util-linux")?;
    check(cargo().args(["build", "--release", "--package", "wotnot-cli"]))?;
    check(cargo().args([
        "build",
        "--release",
        "--package",
        "wotnot-gateway",
        "--example",
        "load",
    ]))
}

/// Centrifugo from the module proxy, and its version.
pub fn centrifugo() -> Result<(PathBuf, String)> {
    if !has_go() {
        return Err(
            "go is missing: install Go 1.26 or later, which Centrifugo is built with".into(),
        );
    }
    let folder = target().join("xtask-tools");
    make_folder(&folder)?;
    let program = folder.join("centrifugo");
    if !program.exists() {
        let mut install = command("go");
        install.args(["install", "github.com/centrifugal/centrifugo/v6@latest"]);
        check(install.env("GOBIN", &folder))?;
    }
    let about = output(command("go").args(["version", "-m"]).arg(&program))?;
    let version = about
        .lines()
        .filter_map(|line| line.trim().strip_prefix("mod"))
        .find_map(|line| line.split_whitespace().nth(1));
    Ok((program, version.unwrap_or("of unknown version").to_owned()))
}

fn has_go() -> bool {
    output(command("go").arg("version")).is_ok()
}

/// Redis, and which version that is.
pub fn redis_version() -> Result<String> {
    need("redis-server", "redis-server")?;
    let text = output(command("redis-server").arg("--version"))?;
    let version = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("v="));
    Ok(version.unwrap_or("of unknown version").to_owned())
}

/// Runs the load with these options; returns what it printed.
pub fn load(what: &str, options: &[(&str, String)]) -> Result<Value> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut load = on_core(
        &cores.saturating_sub(1).to_string(),
        &program("examples/load"),
    );
    load.arg(what);
    load.args(
        options
            .iter()
            .map(|(name, value)| format!("{name}={value}")),
    );
    let text = output(&mut load)?;
    serde_json::from_str(&text).map_err(|error| format!("load {what}: {error}: {text}"))
}

fn program(name: &str) -> PathBuf {
    target().join("release").join(name)
}

/// A program on this core that may have as many sockets as the system allows.
fn on_core(core: &str, program: &Path) -> Command {
    let mut bound = command("sh");
    bound.args([
        "-c",
        "ulimit -n \"$(ulimit -Hn)\" && exec taskset -c \"$0\" \"$@\"",
        core,
    ]);
    bound.arg(program);
    bound
}

/// A port that is free at the moment.
pub fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| error.to_string())
}

/// A process that is measured. Ends when it is dropped.
pub struct Server {
    child: Child,
    /// Where it is spoken to, such as `127.0.0.1:8080`.
    pub address: String,
    /// The server that it needs, ended after it.
    _below: Option<Box<Server>>,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The gateway, as `wotnot gateway --config` runs it, on a store that the load has filled.
    pub fn gateway(data: &Path) -> Result<Self> {
        Self::gateway_with(data, 9, None)
    }

    /// A gateway whose vendor listens on this port, with the `admin` address on another.
    pub fn gateway_with(data: &Path, vendor: u16, admin: Option<u16>) -> Result<Self> {
        let config = data.join("gateway.toml");
        let off = "{visitor = \"off\", address = \"off\", site = \"off\"}";
        let admin = admin.map(|port| format!("admin = \"127.0.0.1:{port}\"\n"));
        for (name, text) in [
            ("account-token", "account-token-of-the-bench\n"),
            ("webhook-token", "webhook-token-of-the-bench\n"),
            ("webhook-secret", "hook-secret-of-the-bench\n"),
        ] {
            write(&data.join(name), text)?;
        }
        let text = format!(
            "data = {:?}\n[listen]\npublic = \"127.0.0.1:0\"\n{}[[account]]\nname = \"main\"\ntoken_file = \"account-token\"\n\
             webhook_token_file = \"webhook-token\"\nwebhook_secret_file = \"webhook-secret\"\n\
             base_url = \"http://127.0.0.1:{vendor}\"\n[[site]]\nname = \"bench\"\napp = \"bench\"\nbot_key = \"bench\"\n\
             [limits]\nsessions = {off}\nstarts = {off}\nmessages = {off}\nstreams = {off}\n",
            data.display(),
            admin.unwrap_or_default(),
        );
        write(&config, &text)?;
        let mut gateway = on_core("0", &program("wotnot"));
        // As the rival: a line for each call would cost more than the call.
        gateway.args(["gateway", "--log-level", "error", "--config"]);
        gateway.arg(&config);
        Self::listening(gateway, None)
    }

    /// The gateway's own handlers over Redis, both on the one core.
    pub fn redis(data: &Path, folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let redis = Self::redis_alone(folder, port)?;
        let mut gateway = on_core("0", &program("examples/load"));
        gateway.arg("serve").args([
            format!("data={}", data.display()),
            "listen=127.0.0.1:0".into(),
            format!("redis=127.0.0.1:{port}"),
        ]);
        Self::listening(gateway, Some(redis))
    }

    fn redis_alone(folder: &Path, port: u16) -> Result<Self> {
        make_folder(folder)?;
        let mut redis = on_core("0", Path::new("redis-server"));
        redis.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
        ]);
        redis.args(["--appendonly", "yes", "--appendfsync", "always"]);
        redis.arg("--dir").arg(folder);
        Self::at(redis.stdout(Stdio::null()), port)
    }

    /// With no limits, and with a history where readers are to recover from it.
    pub fn centrifugo(program: &Path, folder: &Path, history: bool) -> Result<Self> {
        let port = free_port()?;
        let history = match history {
            true => ", \"history_size\": 100, \"history_ttl\": \"600s\", \"force_recovery\": true",
            false => "",
        };
        let config = folder.join("centrifugo.json");
        write(
            &config,
            &format!(
                "{{\"http_server\": {{\"address\": \"127.0.0.1\", \"port\": {port}}}, \"http_api\": {{\"key\": \"bench\"}},\n\
                 \"uni_sse\": {{\"enabled\": true}}, \"log\": {{\"level\": \"error\"}},\n\
                 \"client\": {{\"insecure\": true, \"allowed_origins\": [\"*\"]}},\n\
                 \"channel\": {{\"without_namespace\": {{\"allow_subscribe_for_client\": true, \"allow_subscribe_for_anonymous\": true{history}}}}}}}\n"
            ),
        )?;
        let mut centrifugo = on_core("0", program);
        centrifugo.arg("--config").arg(&config);
        Self::at(centrifugo.stdout(Stdio::null()), port)
    }

    /// One that says where it listens.
    fn listening(mut process: Command, below: Option<Self>) -> Result<Self> {
        let mut child = process
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut line);
        }
        let mut server = Self {
            child,
            address: String::new(),
            _below: below.map(Box::new),
        };
        server.address = line
            .trim()
            .strip_prefix("listening at http://")
            .ok_or("the gateway did not start")?
            .to_owned();
        Ok(server)
    }

    /// One that listens at this port sooner or later.
    fn at(process: &mut Command, port: u16) -> Result<Self> {
        let child = process.spawn().map_err(|error| error.to_string())?;
        let mut server = Self {
            child,
            address: format!("127.0.0.1:{port}"),
            _below: None,
        };
        let until = Instant::now() + READY_WITHIN;
        while TcpStream::connect(&server.address).is_err() {
            if Instant::now() > until || server.child.try_wait().is_ok_and(|ended| ended.is_some())
            {
                return Err(format!("nothing listens at {}", server.address));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
