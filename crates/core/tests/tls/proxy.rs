//! The proxy of a company: CONNECT, a user and a password, and the ways that it fails.

use std::io::{Write, copy};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::version::TLS13;
use rustls::{ServerConnection, StreamOwned};
use wotnot_core::{Client, Code, Config, Delivery, Proxy};

use super::authority::Authority;
use super::server::{Port, Service, TAKEN, read_head, read_request};
use super::{config, failure, send};

/// The password, which holds a character that a URL must escape.
const PASSWORD_IN_URL: &str = "hush%407";

/// `clerk:hush@7` in base 64.
const CREDENTIALS: &str = "Proxy-Authorization: Basic Y2xlcms6aHVzaEA3\r\n";

/// A proxy that leads every CONNECT to one port of this machine.
struct Tunnel {
    port: Port,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// Takes those alone who name the clerk and the password.
    fn to(target: u16) -> Self {
        let asked_for = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked_for);
        let port = Port::open(move |mut client| {
            let Ok(head) = read_head(&mut client) else {
                return;
            };
            let asked = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
            record.lock().unwrap().push(asked);
            if !head.contains(CREDENTIALS) {
                let _ = client.write_all(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"hush\"\r\nContent-Length: 0\r\n\r\n",
                );
                return;
            }
            let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .unwrap();
            pass(&client, &server);
        });
        Self { port, asked_for }
    }

    fn asked_for(&self) -> Vec<String> {
        self.asked_for.lock().unwrap().clone()
    }

    fn url(&self, password: &str) -> String {
        format!("http://clerk:{password}@127.0.0.1:{}", self.port.number)
    }
}

/// Bytes both ways, until either side ends.
fn pass(client: &TcpStream, server: &TcpStream) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = copy(&mut &*client, &mut &*server);
            let _ = server.shutdown(Shutdown::Write);
        });
        let _ = copy(&mut &*server, &mut &*client);
        let _ = client.shutdown(Shutdown::Write);
    });
}

/// A service without TLS.
fn plain_service() -> Port {
    Port::open(|mut stream| {
        if read_request(&mut stream).is_ok() {
            let _ = stream.write_all(TAKEN.as_bytes());
        }
    })
}

fn through(proxy: String, base_url: &str, ca_pem: &str) -> Config {
    Config {
        base_url: base_url.to_owned(),
        proxy: Proxy::Url(proxy),
        allow_http: true,
        ..config(1, ca_pem)
    }
}

#[track_caller]
fn failed_at_the_proxy(config: Config, attempts: u32, hint: &str) {
    let error = failure(config);
    assert_eq!(error.code(), Code::Proxy, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert_eq!(error.attempts(), attempts, "{error}");
    assert!(error.message().contains(hint), "{error}");
    for secret in ["hush", "clerk", "Y2xlcms6"] {
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

#[test]
fn tls_goes_through_the_proxy_to_the_host_it_was_meant_for() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("service.invalid").serves(&[&TLS13]));
    let tunnel = Tunnel::to(service.port.number);
    let config = through(
        tunnel.url(PASSWORD_IN_URL),
        "https://service.invalid",
        &authority.pem(),
    );
    assert!(send(&Client::new(config).unwrap()).is_ok());
    assert_eq!(tunnel.asked_for(), ["CONNECT service.invalid:443"]);
    let head = &service.seen()[0].head;
    assert!(
        head.to_lowercase().contains("host: service.invalid\r\n"),
        "{head}"
    );
    assert!(!head.contains("Proxy-"), "{head}");
}

#[test]
fn http_goes_through_the_proxy_by_connect_as_well() {
    let service = plain_service();
    let tunnel = Tunnel::to(service.number);
    let authority = Authority::new();
    let config = through(
        tunnel.url(PASSWORD_IN_URL),
        "http://service.invalid",
        &authority.pem(),
    );
    assert!(send(&Client::new(config).unwrap()).is_ok());
    assert_eq!(tunnel.asked_for(), ["CONNECT service.invalid:80"]);
}

#[test]
fn a_proxy_may_speak_tls_itself() {
    let authority = Authority::new();
    let of_proxy = Arc::new(authority.signs("localhost").serves(&[&TLS13]));
    let of_service = Arc::new(authority.signs("service.invalid").serves(&[&TLS13]));
    let proxy = Port::open(move |client| {
        let outer = ServerConnection::new(Arc::clone(&of_proxy)).unwrap();
        let mut outer = StreamOwned::new(outer, client);
        assert!(read_head(&mut outer).unwrap().contains(CREDENTIALS));
        outer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let inner = ServerConnection::new(Arc::clone(&of_service)).unwrap();
        let mut inner = StreamOwned::new(inner, outer);
        read_request(&mut inner).unwrap();
        inner.write_all(TAKEN.as_bytes()).unwrap();
        inner.conn.send_close_notify();
        inner.flush().unwrap();
    });
    let url = format!("https://clerk:{PASSWORD_IN_URL}@localhost:{}", proxy.number);
    let config = through(url, "https://service.invalid", &authority.pem());
    assert!(send(&Client::new(config).unwrap()).is_ok());
}

#[test]
fn a_wrong_password_is_sent_once_and_not_shown() {
    let tunnel = Tunnel::to(1);
    let config = through(
        tunnel.url("hush-wrong"),
        "https://service.invalid",
        &Authority::new().pem(),
    );
    failed_at_the_proxy(config, 1, "the user and the password");
    assert_eq!(tunnel.port.accepted(), 1);
}

#[test]
fn a_proxy_that_forbids_the_host_is_asked_once() {
    let strict = Port::open(|mut stream| {
        if read_head(&mut stream).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let url = format!("http://127.0.0.1:{}", strict.number);
    let config = through(url, "https://service.invalid", &Authority::new().pem());
    failed_at_the_proxy(config, 1, "HTTP 403");
}

#[test]
fn a_proxy_that_cannot_reach_the_host_is_asked_again() {
    let lost = Port::open(|mut stream| {
        if read_head(&mut stream).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let url = format!("http://clerk:hush@127.0.0.1:{}", lost.number);
    let config = through(url, "https://service.invalid", &Authority::new().pem());
    failed_at_the_proxy(config, 4, "HTTP 502");
    assert_eq!(lost.accepted(), 4);
}

#[test]
fn a_proxy_that_is_down_is_named() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let url = format!("http://clerk:hush@127.0.0.1:{port}");
    let config = through(url, "https://service.invalid", &Authority::new().pem());
    failed_at_the_proxy(config, 4, "the proxy could not be reached");
}

#[test]
fn a_proxy_that_hangs_up_is_named() {
    let rude = Port::open(|mut stream| {
        let _ = read_head(&mut stream);
    });
    let url = format!("http://clerk:hush@127.0.0.1:{}", rude.number);
    let config = through(url, "https://service.invalid", &Authority::new().pem());
    failed_at_the_proxy(config, 4, "proxy");
}

#[test]
fn a_certificate_behind_the_proxy_is_judged_as_without_one() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("elsewhere.example").serves(&[&TLS13]));
    let tunnel = Tunnel::to(service.port.number);
    let config = through(
        tunnel.url(PASSWORD_IN_URL),
        "https://service.invalid",
        &authority.pem(),
    );
    let error = failure(config);
    assert_eq!(error.code(), Code::Tls, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert!(
        error.message().contains("TLS with service.invalid failed"),
        "{error}"
    );
}

#[test]
fn a_proxy_setting_that_is_no_proxy_is_refused_and_not_shown() {
    for (url, hint) in [
        ("http://clerk:hush@", "expected a URL"),
        ("socks5://clerk:hush@127.0.0.1:1", "not SOCKS"),
        ("ftp://clerk:hush@127.0.0.1:1", "expected a URL"),
        ("http://clerk:hush@127.0.0.1:99999", "port from 1 to 65535"),
        ("http://clerk:hush@127.0.0.1:80a", "port from 1 to 65535"),
        ("http://clerk:hush@127.0.0.1:", "port from 1 to 65535"),
        ("http://clerk:12/hush@127.0.0.1:1", "%2F"),
        ("http://clerk:12?hush@127.0.0.1:1", "%3F"),
        ("http://clerk:12#hush@127.0.0.1:1", "%23"),
        ("clerk:12/hush@127.0.0.1:1", "%2F"),
    ] {
        let config = through(
            url.into(),
            "https://service.invalid",
            &Authority::new().pem(),
        );
        let error = Client::new(config).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with("proxy: "), "{error}");
        assert!(error.message().contains(hint), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("hush") && !shown.contains("clerk"),
            "{shown}"
        );
    }
}

#[test]
fn a_proxy_that_opens_the_way_too_late_is_tried_again() {
    let silent = Port::open(|mut stream| {
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
    });
    let url = format!("http://clerk:hush@127.0.0.1:{}", silent.number);
    let config = Config {
        connect_timeout: Duration::from_millis(100),
        ..through(url, "https://service.invalid", &Authority::new().pem())
    };
    failed_at_the_proxy(config, 4, "within `connect_timeout_ms`");
    assert_eq!(silent.accepted(), 4);
}

/// Set in a child process, which then makes one call to this URL and prints what became of it.
/// The environment belongs to a whole process, so each case is another run of the test itself.
const BASE_URL: &str = "WOTNOT_TEST_BASE_URL";

#[test]
fn the_environment_names_the_proxy() {
    if let Ok(base_url) = std::env::var(BASE_URL) {
        let client = Client::new(Config {
            base_url,
            proxy: Proxy::Environment,
            allow_http: true,
            ..config(1, &Authority::new().pem())
        });
        match client.and_then(|client| send(&client)) {
            Ok(sent) => println!("outcome: taken as {}", sent.message_id.unwrap_or_default()),
            Err(error) => println!("outcome: {error}"),
        }
        return;
    }
    let service = plain_service();
    let here = format!("http://localhost:{}", service.number);
    // Leads to this machine as well, without being a loopback address.
    let this_host = format!("http://0.0.0.0:{}", service.number);
    for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        let tunnel = Tunnel::to(service.number);
        let proxy = tunnel.url(PASSWORD_IN_URL);

        let outcome = in_a_child("http://service.invalid", &[(variable, &proxy)]);
        assert!(outcome.contains("taken as abc"), "{variable}: {outcome}");
        assert_eq!(tunnel.asked_for(), ["CONNECT service.invalid:80"]);

        let spared = [
            (variable, proxy.as_str()),
            ("NO_PROXY", "a.example, 0.0.0.0/24"),
        ];
        let outcome = in_a_child(&this_host, &spared);
        assert!(outcome.contains("taken as abc"), "{outcome}");

        let outcome = in_a_child(&here, &[(variable, &proxy)]);
        assert!(outcome.contains("taken as abc"), "{outcome}");
        assert_eq!(
            tunnel.port.accepted(),
            1,
            "only the first came by the proxy"
        );
    }
}

#[test]
fn a_client_s_header_never_names_the_proxy_of_a_cgi_program() {
    let service = plain_service();
    let tunnel = Tunnel::to(service.number);
    let this_host = format!("http://0.0.0.0:{}", service.number);
    let proxy = tunnel.url(PASSWORD_IN_URL);
    let outcome = in_a_child(
        &this_host,
        &[("REQUEST_METHOD", "POST"), ("HTTP_PROXY", &proxy)],
    );
    assert!(outcome.contains("taken as abc"), "{outcome}");
    assert_eq!(tunnel.port.accepted(), 0);
}

#[test]
fn the_scheme_s_own_variable_comes_before_a_socks_proxy_for_all() {
    let service = plain_service();
    let tunnel = Tunnel::to(service.number);
    let proxy = tunnel.url(PASSWORD_IN_URL);
    let socks = ("ALL_PROXY", "socks5://hush@127.0.0.1:1");
    let outcome = in_a_child("http://service.invalid", &[socks, ("http_proxy", &proxy)]);
    assert!(outcome.contains("taken as abc"), "{outcome}");
    let outcome = in_a_child("http://service.invalid", &[socks]);
    // Windows takes the two spellings of a variable for one.
    let outcome = outcome.replace("all_proxy", "ALL_PROXY");
    assert!(outcome.contains("proxy: ALL_PROXY: only http"), "{outcome}");
    assert!(!outcome.contains("hush"), "{outcome}");
}

fn in_a_child(base_url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "proxy::the_environment_names_the_proxy",
        "--nocapture",
    ]);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env_remove("REQUEST_METHOD");
    let output = command
        .env(BASE_URL, base_url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines()
        .find(|line| line.contains("outcome: "))
        .unwrap()
        .to_owned()
}
