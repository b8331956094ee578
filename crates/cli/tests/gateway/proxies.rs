//! Behind a real nginx, HAProxy and Caddy, as docs/gateway-operation.md sets them up: streams come through at once,
//! an address cannot be made up, and no request gets through that the proxy did not see.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::page::block;
use crate::served::{DEADLINE, Served, Setup, serve_as};
use crate::support::stdout;

/// A proxy as a process; its log has a line for each request that it saw, and says which it passed on.
struct Proxy {
    child: Child,
    url: String,
    log: PathBuf,
    _folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    port.local_addr().unwrap().port()
}

/// As `program` is found for root too, whose PATH may lack it.
fn command(program: &str) -> Command {
    let place = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join(program));
    let found = place.iter().find(|file| file.exists());
    Command::new(found.unwrap_or_else(|| panic!("{program} is missing: apt-get install {program}")))
}

impl Proxy {
    fn started(mut command: Command, port: u16, folder: TempDir) -> Self {
        let log = folder.path().join("log");
        let output = std::fs::File::create(&log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(output).spawn().unwrap();
        let proxy = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            log,
            _folder: folder,
        };
        let until = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the proxy did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy
    }

    fn nginx(served: &Served) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let locations = block("nginx", "location").replace("127.0.0.1:8080", authority(served));
        let (public, _hook) = locations.split_once("location /hook/").unwrap();
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("  {kind}_temp_path {kind};\n"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\n{temp}  \
             log_format seen '$request to:$upstream_addr'; access_log /dev/stdout seen;\n  server {{ listen 127.0.0.1:{port};\n{public}}}\n}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let mut nginx = command("nginx");
        nginx
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(folder.path());
        Self::started(nginx, port, folder)
    }

    fn haproxy(served: &Served, protocol: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let sections = block("haproxy", "frontend")
            .replace(
                "bind :443 ssl crt /etc/haproxy/chat.pem",
                &format!("bind 127.0.0.1:{port}"),
            )
            .replace(
                "127.0.0.1:8080",
                &format!("{}{protocol}", authority(served)),
            );
        let config = format!("global\n    log stdout format raw local0\n{sections}");
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, config).unwrap();
        let mut haproxy = command("haproxy");
        haproxy.args(["-db", "-f"]).arg(file);
        Self::started(haproxy, port, folder)
    }

    fn caddy(served: &Served, scheme: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let site = block("caddyfile", "reverse_proxy")
            .replace(
                "chat.example.com {",
                &format!("http://:{port} {{\n    bind 127.0.0.1\n    log"),
            )
            .replace("127.0.0.1:8081", authority(served))
            .replace("127.0.0.1:8080", &format!("{scheme}{}", authority(served)));
        let config = format!(
            "{{\n    admin off\n    auto_https off\n    log {{\n        output stdout\n    }}\n}}\n{site}"
        );
        let file = folder.path().join("Caddyfile");
        std::fs::write(&file, config).unwrap();
        let mut caddy = command("caddy");
        caddy
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(file)
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stderr(Stdio::null());
        Self::started(caddy, port, folder)
    }

    fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The requests that it passed on, as far as it knows.
    fn passed_on(&self) -> usize {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let passed_on = |line: &&str| {
            line.contains(" to:127.")
                || line.contains(" gateway/gateway ")
                || line.contains("\"http.log.access")
        };
        text.lines().filter(passed_on).count()
    }

    fn curl(&self, path: &str, arguments: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-m", "60", &format!("{}{path}", self.url)]);
        stdout(&curl.args(arguments).env("no_proxy", "*").output().unwrap())
    }

    /// What comes back for these bytes, until the proxy hangs up or has no more to say.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.authority()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn authority(served: &Served) -> &str {
    served.url.trim_start_matches("http://")
}

fn behind() -> Served {
    serve_as(Setup {
        section: "trusted_proxies = 1\n[limits]\nsessions = {address = 1}\n".into(),
        ..Setup::default()
    })
}

/// The requests that the gateway saw.
fn answered(served: &Served) -> usize {
    let metrics = served.curl("/metrics", &[]);
    let lines = metrics.lines();
    let counts = lines.filter(|line| line.starts_with("wotnot_gateway_requests_total{"));
    counts
        .map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
        .sum()
}

fn streams_come_at_once(served: &Served, proxy: &Proxy) {
    let (auth, chat) = served.chat("Hello");
    let accept = "Accept: text/event-stream";
    let until = Instant::now() + DEADLINE;
    loop {
        // It is cut off while it is open: what a proxy held back would not be there.
        let frames = proxy.curl(
            &format!("{chat}/events"),
            &["-N", "-m", "2", "-H", &auth, "-H", accept],
        );
        if frames.contains("event: hello") && frames.contains(r#""kind":"choice""#) {
            return;
        }
        assert!(Instant::now() < until, "held back: {frames}");
    }
}

fn an_address_cannot_be_made_up(proxy: &Proxy) {
    let session = |from: &str, number: usize| {
        let said = format!("X-Forwarded-For: 10.0.0.{number}");
        proxy.curl(
            "/v1/sessions",
            &[
                "--interface",
                from,
                "-H",
                &said,
                "-d",
                r#"{"app": "shop-app"}"#,
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
            ],
        )
    };
    // Another address of this machine has figures of its own.
    for from in ["127.0.0.9", "127.0.0.8"] {
        assert_eq!(session(from, 1), "201");
        assert_eq!(session(from, 2), "429");
    }
}

/// Requests whose end two readers may see in different places, each with another one hidden behind.
fn ambiguous() -> Vec<String> {
    let hidden = "GET /v1/hidden HTTP/1.1\r\nHost: x\r\nX: ";
    let heads = [
        "Content-Length: {all}\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: {all}",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: {all}",
        "Content-Length: {all}\r\nContent-Length: 5",
        "Content-Length: {all}, 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: {all}\r\nTransfer-Encoding: xchunked",
        "Content-Length: {all}\r\nTransfer-Encoding : chunked",
        "Content-Length: {all}\r\nTransfer-Encoding:\tchunked",
        "Content-Length: {all}\r\nTransfer-Encoding:\u{b}chunked",
        "Content-Length: {all}\r\nTransfer-Encoding:\r\n chunked",
        "Content-Length: {all}\r\n Transfer-Encoding: chunked",
        "Content-Length: {all}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Content-Length: {all}\r\nTransfer-Encoding: identity, chunked",
        "Content-Length: {all}\r\nX: y\nTransfer-Encoding: chunked",
        "Content-Length: {all}\r\nX: y\rTransfer-Encoding: chunked",
        "Content\r\n -Length: 5",
    ];
    let body = format!("0\r\n\r\n{hidden}");
    let as_length = heads.iter().map(|head| {
        let head = head.replace("{all}", &body.len().to_string());
        format!("POST /v1/sessions/refresh HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{body}")
    });
    let chunks = [
        format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len()),
        format!("{:x};a=\n{hidden}\r\n0\r\n\r\n", hidden.len()),
        format!("0{:x}\n{hidden}\r\n0\r\n\r\n", hidden.len()),
        format!("1{:016x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len()),
        format!("-1\r\n\r\n{hidden}"),
        format!("0\r\nContent-Length: 5\r\n\r\n{hidden}"),
    ];
    let as_chunks = chunks.iter().flat_map(|chunks| {
        ["1.1", "1.0"].map(|version| {
            format!(
                "POST /v1/sessions/refresh HTTP/{version}\r\nHost: x\r\nConnection: keep-alive\r\n\
                 Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            )
        })
    });
    as_length.chain(as_chunks).collect()
}

fn nothing_is_smuggled(served: &Served, proxy: &Proxy) {
    let before = (answered(served), proxy.passed_on());
    let requests = ambiguous();
    for request in &requests {
        proxy.raw(request.as_bytes());
        // The next one, which may come over the same connection to the gateway, gets its own answer.
        let next = proxy.curl("/v1/own-answer", &["-X", "DELETE", "-w", " %{http_code}"]);
        assert!(next.ends_with(" 404"), "{next} after\n{request}");
    }
    // Its log may lag a little.
    let gateway = answered(served) - before.0;
    served.wait("the proxy knows of all of them", |_| {
        gateway <= proxy.passed_on() - before.1
    });
    assert!(gateway >= requests.len(), "{gateway}");
}

#[test]
fn nginx_in_front() {
    let served = behind();
    let proxy = Proxy::nginx(&served);
    streams_come_at_once(&served, &proxy);
    nothing_is_smuggled(&served, &proxy);
    an_address_cannot_be_made_up(&proxy);
}

#[test]
fn haproxy_in_front() {
    let served = behind();
    let proxy = Proxy::haproxy(&served, "");
    streams_come_at_once(&served, &proxy);
    nothing_is_smuggled(&served, &proxy);
    an_address_cannot_be_made_up(&proxy);
}

#[test]
fn haproxy_in_front_that_speaks_http2_in_the_clear() {
    let served = behind();
    let proxy = Proxy::haproxy(&served, " proto h2");
    streams_come_at_once(&served, &proxy);
    nothing_is_smuggled(&served, &proxy);
    an_address_cannot_be_made_up(&proxy);
}

#[test]
fn caddy_in_front() {
    let served = behind();
    let proxy = Proxy::caddy(&served, "");
    streams_come_at_once(&served, &proxy);
    nothing_is_smuggled(&served, &proxy);
    an_address_cannot_be_made_up(&proxy);
}

#[test]
fn caddy_in_front_that_speaks_http2_in_the_clear() {
    let served = behind();
    let proxy = Proxy::caddy(&served, "h2c://");
    streams_come_at_once(&served, &proxy);
    nothing_is_smuggled(&served, &proxy);
    an_address_cannot_be_made_up(&proxy);
}
