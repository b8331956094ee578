//! Servers of Redis (or Valkey) for tests: each on a port and in a folder of its own, and gone with what holds it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);
/// A log that is flushed before each answer: what a gateway asks of a server.
pub const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Valkey's server, where `cargo xtask test rust` puts it, or as it is found by its name.
#[must_use]
pub fn valkey() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let installed = root.join(target).join("tools/valkey-server");
    match installed.exists() {
        true => installed.to_string_lossy().into_owned(),
        false => "valkey-server".into(),
    }
}

/// A server that runs.
pub struct Redis {
    /// What it was started as.
    program: String,
    arguments: Vec<String>,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

/// A port that nobody has.
///
/// # Errors
/// The system gives none.
pub fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

impl Redis {
    /// Starts Debian's `redis-server` with these settings, and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        Self::start_program("redis-server", settings)
    }

    /// Starts a server of this program.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start_program(program: &str, settings: &[&str]) -> io::Result<Self> {
        let mut server = Self {
            program: program.to_owned(),
            arguments: settings.iter().map(|it| (*it).to_owned()).collect(),
            port: free_port()?,
            folder: tempfile::tempdir()?,
            child: None,
        };
        server.start_again()?;
        Ok(server)
    }

    /// Starts it on its port, with what is in its folder.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.kill();
        let port = self.port.to_string();
        let tls = self.arguments.iter().any(|it| it == "--tls-cert-file");
        let mut command = Command::new(&self.program);
        // A file of settings comes first.
        let sentinel = self.arguments.iter().any(|it| it == "--sentinel");
        if sentinel {
            command.args(&self.arguments);
        }
        match tls {
            true => command.args(["--port", "0", "--tls-port", &port]),
            false => command.args(["--port", &port]),
        };
        command
            .args(["--bind", "127.0.0.1", "--dir"])
            .arg(self.folder.path());
        if !sentinel {
            command.args(["--save", ""]).args(&self.arguments);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().map_err(|error| {
            let why = format!(
                "{} cannot be started: {error}; Debian has it in the package redis-server",
                self.program
            );
            io::Error::new(error.kind(), why)
        })?;
        self.child = Some(child);
        let until = Instant::now() + DEADLINE;
        loop {
            match tls {
                true if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() => {
                    return Ok(());
                }
                true => {}
                // It says LOADING, or asks for a password: it is up once it says neither or the latter.
                false => match self.ask("PING") {
                    Ok(answer) if answer == "+PONG" || answer.starts_with("-NOAUTH") => {
                        return Ok(());
                    }
                    _ => {}
                },
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!("{} never answered", self.program)));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address for a gateway.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sends a command in one line; gives its answer, without that of its parts.
    ///
    /// # Errors
    /// It does not answer.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        ask(self.port, command)
    }

    /// Kills it, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a command in one line to a server on loopback: gives the answer's text, or its first line.
///
/// # Errors
/// It does not answer.
pub fn ask(port: u16, command: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end();
    match line
        .strip_prefix('$')
        .and_then(|length| length.parse::<usize>().ok())
    {
        Some(length) => {
            let mut text = vec![0; length];
            reader.read_exact(&mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        None => Ok(line.to_owned()),
    }
}

/// A Sentinel that watches one master.
pub struct Sentinel(Redis);

impl Sentinel {
    /// Starts one that replaces the master on this port one second after it was lost.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start(service: &str, master: u16) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let settings = folder.path().join("sentinel.conf");
        let text = format!(
            "sentinel monitor {service} 127.0.0.1 {master} 1\nsentinel down-after-milliseconds {service} 1000\n\
             sentinel failover-timeout {service} 5000\n"
        );
        std::fs::write(&settings, text)?;
        let mut server = Redis {
            program: "redis-server".into(),
            arguments: vec![settings.to_string_lossy().into_owned(), "--sentinel".into()],
            port: free_port()?,
            folder,
            child: None,
        };
        server.start_again()?;
        Ok(Self(server))
    }

    /// The port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Sends a command in one line; gives its answer.
    ///
    /// # Errors
    /// It does not answer.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        self.0.ask(command)
    }
}

/// Three servers that share the keys.
pub struct Cluster {
    servers: Vec<Redis>,
}

impl Cluster {
    /// Starts them, and waits until they serve every key.
    ///
    /// # Errors
    /// One does not start, or they do not find each other.
    pub fn start() -> io::Result<Self> {
        let mut servers = Vec::new();
        for _ in 0..3 {
            let bus = free_port()?.to_string();
            let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            servers.push(Redis::start(&[&DURABLE[..], &settings].concat())?);
        }
        let cluster = Self { servers };
        let mut from = 0;
        for (server, until) in cluster.servers.iter().zip([5_460, 10_922, 16_383]) {
            server.ask(&format!("CLUSTER ADDSLOTSRANGE {from} {until}"))?;
            from = until + 1;
        }
        let first = &cluster.servers[0];
        for other in &cluster.servers[1..] {
            first.ask(&format!(
                "CLUSTER MEET 127.0.0.1 {} {}",
                other.port,
                other.bus()
            ))?;
        }
        let until = Instant::now() + DEADLINE;
        let whole = |server: &Redis| {
            let info = server.ask("CLUSTER INFO").unwrap_or_default();
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !cluster.servers.iter().all(whole) {
            if Instant::now() > until {
                return Err(io::Error::other("the cluster never came together"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// The servers.
    #[must_use]
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// Its address for a gateway.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .servers
            .iter()
            .map(|server| format!("127.0.0.1:{}", server.port))
            .collect();
        format!("redis://{}", hosts.join(","))
    }
}

impl Redis {
    fn bus(&self) -> &str {
        let at = self.arguments.iter().position(|it| it == "--cluster-port");
        at.and_then(|at| self.arguments.get(at + 1))
            .map_or("0", String::as_str)
    }
}
