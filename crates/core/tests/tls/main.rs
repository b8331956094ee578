//! TLS and proxies as a company has them: whom the client trusts, and what it says when it must not.
//!
//! Every server is a real one, on loopback; every certificate is made for its test.

#![allow(clippy::unwrap_used, clippy::panic)]

mod authority;
mod early;
mod proxy;
mod server;
mod store;
mod stray;

use std::io::{Read, Write};
use std::time::Duration;

use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ProtocolVersion};
use wotnot_core::{
    CallOptions, Client, Code, Config, Delivery, Error, Message, Proxy, Result, Retry, Roots, Sent,
    Tls,
};

use authority::{Authority, Identity};
use server::{Parting, Port, Service};

/// The token of every client here. No error may show it.
const TOKEN: &str = "mark-of-the-token";

/// A client of https://localhost that trusts the certificates of this PEM alone.
fn config(port: u16, ca_pem: &str) -> Config {
    Config {
        base_url: format!("https://localhost:{port}"),
        proxy: Proxy::Direct,
        retry: Retry {
            base_delay: Duration::ZERO,
            ..Retry::default()
        },
        tls: Tls {
            roots: Roots::None,
            ca_pem: Some(ca_pem.to_owned()),
            ca_file: None,
        },
        ..Config::new(TOKEN)
    }
}

fn send(client: &Client) -> Result<Sent> {
    client.send_message("3f0c", &Message::text("Hello"), &CallOptions::default())
}

fn failure(config: Config) -> Error {
    let error = send(&Client::new(config).unwrap()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains(TOKEN) && !shown.contains("Hello"),
        "{shown}"
    );
    error
}

/// A refusal that no second try can change: one connection, no byte of the message, and a hint.
#[track_caller]
fn refused(service: &Service, ca_pem: &str, hint: &str) {
    refused_by(&service.port, ca_pem, hint);
    assert_eq!(service.seen(), []);
}

#[track_caller]
fn refused_by(port: &Port, ca_pem: &str, hint: &str) {
    let error = failure(config(port.number, ca_pem));
    assert_eq!(error.code(), Code::Tls, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert_eq!((error.attempts(), port.accepted()), (1, 1), "{error}");
    assert!(error.message().contains(hint), "{error}");
    assert!(error.message().contains("localhost"), "{error}");
}

#[test]
fn an_authority_of_one_s_own_is_trusted_by_its_pem_text() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves(&[&TLS13]));
    let client = Client::new(config(service.port.number, &authority.pem())).unwrap();
    assert!(send(&client).is_ok());
    let head = &service.seen()[0].head;
    assert!(head.starts_with("POST /api/v1/conversation/3f0c/messages HTTP/1.1\r\n"));
    assert!(head.contains(TOKEN));
}

#[test]
fn an_authority_of_one_s_own_is_trusted_by_its_file() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves(&[&TLS13]));
    let name = format!(
        "wotnot-tls-{}-{}.pem",
        std::process::id(),
        service.port.number
    );
    let file = std::env::temp_dir().join(name);
    // A bundle often holds more than one authority.
    std::fs::write(
        &file,
        format!("{}{}", Authority::new().pem(), authority.pem()),
    )
    .unwrap();
    let client = Client::new(Config {
        tls: Tls {
            roots: Roots::None,
            ca_file: Some(file.clone()),
            ca_pem: None,
        },
        ..config(service.port.number, "")
    });
    std::fs::remove_file(&file).unwrap();
    assert!(send(&client.unwrap()).is_ok());
}

#[test]
fn an_authority_of_one_s_own_stands_beside_the_bundled_ones() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves(&[&TLS13]));
    let mut config = config(service.port.number, &authority.pem());
    config.tls.roots = Roots::Bundled;
    assert!(send(&Client::new(config).unwrap()).is_ok());
}

#[test]
fn a_self_signed_certificate_may_be_trusted_by_name() {
    let identity = Identity::self_signed("localhost", IsCa::NoCa);
    let pem = identity.pem.clone();
    let service = Service::start(identity.serves(&[&TLS13]));
    assert!(send(&Client::new(config(service.port.number, &pem)).unwrap()).is_ok());
}

#[test]
fn both_versions_of_tls_are_spoken() {
    for (version, name) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let authority = Authority::new();
        let service = Service::start(authority.signs("localhost").serves(&[version]));
        let client = Client::new(config(service.port.number, &authority.pem())).unwrap();
        assert!(send(&client).is_ok());
        assert_eq!(service.seen()[0].version, Some(name));
    }
}

#[test]
fn the_second_connection_resumes_the_session_of_the_first() {
    for version in [&TLS12, &TLS13] {
        let authority = Authority::new();
        let service = Service::start(authority.signs("localhost").serves(&[version]));
        let client = Client::new(config(service.port.number, &authority.pem())).unwrap();
        assert!(send(&client).is_ok() && send(&client).is_ok());
        let kinds: Vec<_> = service.seen().iter().map(|seen| seen.handshake).collect();
        assert_eq!(
            kinds,
            [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]
        );
        assert_eq!(service.port.accepted(), 2);
    }
}

#[test]
fn a_self_signed_certificate_is_refused() {
    let service = Service::start(Identity::self_signed("localhost", IsCa::NoCa).serves(&[&TLS13]));
    refused(
        &service,
        &Authority::new().pem(),
        "nobody trusted signed the certificate",
    );
}

#[test]
fn an_authority_that_stands_for_a_host_is_refused_and_named() {
    let is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let identity = Identity::self_signed("localhost", is_ca);
    let pem = identity.pem.clone();
    let service = Service::start(identity.serves(&[&TLS13]));
    refused(&service, &pem, "CA:FALSE");
}

#[test]
fn an_authority_that_is_not_trusted_is_refused() {
    for version in [&TLS12, &TLS13] {
        let service = Service::start(Authority::new().signs("localhost").serves(&[version]));
        refused(
            &service,
            &Authority::new().pem(),
            "give its certificate as tls.ca_file",
        );
    }
}

#[test]
fn an_authority_that_only_bears_a_trusted_name_is_refused() {
    let service = Service::start(
        Authority::named("Example Ltd")
            .signs("localhost")
            .serves(&[&TLS13]),
    );
    refused(
        &service,
        &Authority::named("Example Ltd").pem(),
        "nobody trusted signed the certificate",
    );
}

#[test]
fn the_bundled_authorities_do_not_trust_a_private_one() {
    let service = Service::start(Authority::new().signs("localhost").serves(&[&TLS13]));
    let error = failure(Config {
        tls: Tls {
            roots: Roots::Bundled,
            ..Tls::default()
        },
        ..config(service.port.number, "")
    });
    assert_eq!(error.code(), Code::Tls, "{error}");
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let authority = Authority::new();
    for (from, to) in [(2001, 2002), (4001, 4002)] {
        let identity = authority.signs_with("localhost", |params| {
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(to, 1, 1);
        });
        let service = Service::start(identity.serves(&[&TLS13]));
        refused(&service, &authority.pem(), "check this machine's clock");
    }
}

#[test]
fn a_certificate_of_another_host_is_refused() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("elsewhere.example").serves(&[&TLS13]));
    refused(
        &service,
        &authority.pem(),
        "for another host; check base_url",
    );
}

#[test]
fn an_address_is_a_host_too() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("127.0.0.1").serves(&[&TLS13]));
    refused(&service, &authority.pem(), "for another host");
    let client = Client::new(Config {
        base_url: format!("https://127.0.0.1:{}", service.port.number),
        ..config(service.port.number, &authority.pem())
    });
    assert!(send(&client.unwrap()).is_ok());
}

#[test]
fn a_port_without_tls_is_named() {
    let plain = Port::open(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 4096]);
    });
    refused_by(
        &plain,
        &Authority::new().pem(),
        "does not speak TLS on this port",
    );
}

#[test]
fn a_server_with_other_versions_is_named() {
    // A handshake record's alert: fatal, protocol_version.
    let ancient = Port::open(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46");
        let _ = stream.read(&mut [0; 4096]);
    });
    refused_by(
        &ancient,
        &Authority::new().pem(),
        "TLS 1.2 and 1.3 are spoken",
    );
}

#[test]
fn a_server_that_wants_a_client_s_certificate_is_named() {
    let authority = Authority::new();
    let service = Service::start(authority.signs("localhost").serves_clients_of(&authority));
    let error = failure(config(service.port.number, &authority.pem()));
    assert_eq!(error.code(), Code::Tls, "{error}");
    // TLS 1.3 lets a client speak before it learns of the refusal.
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    assert_eq!(error.attempts(), 1);
    assert!(
        error.message().contains("certificate of the client"),
        "{error}"
    );
    assert_eq!(service.seen(), []);
}

#[test]
fn a_handshake_that_is_cut_is_tried_again_and_sends_nothing() {
    let cut = Port::open(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    let error = failure(config(cut.number, &Authority::new().pem()));
    assert_eq!(error.code(), Code::Network, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert_eq!((error.attempts(), cut.accepted()), (4, 4));
    assert!(
        error.message().contains("during the TLS handshake"),
        "{error}"
    );
}

#[test]
fn a_handshake_that_hangs_ends_with_the_time() {
    let silent = Port::open(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = failure(Config {
        timeout: Duration::from_millis(300),
        ..config(silent.number, &Authority::new().pem())
    });
    assert_eq!(error.code(), Code::RequestTimeout, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
}

#[test]
fn a_handshake_that_takes_too_long_is_tried_again() {
    let silent = Port::open(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = failure(Config {
        connect_timeout: Duration::from_millis(100),
        ..config(silent.number, &Authority::new().pem())
    });
    assert_eq!(error.code(), Code::RequestTimeout, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert_eq!((error.attempts(), silent.accepted()), (4, 4));
    assert!(error.message().contains("connect_timeout_ms"), "{error}");
}

#[test]
fn half_an_answer_without_tls_s_goodbye_is_not_taken_for_a_whole_one() {
    let half = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"ok\":true,\"message_id\":\"abc\"}";
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        let config_of = || authority.signs("localhost").serves(&[version]);
        let whole = Service::answering(config_of(), half, Parting::Goodbye);
        let client = Client::new(config(whole.port.number, &authority.pem())).unwrap();
        assert!(send(&client).is_ok());

        let cut = Service::answering(config_of(), half, Parting::Cut);
        let error = failure(config(cut.port.number, &authority.pem()));
        assert_eq!(error.code(), Code::Network, "{error}");
        assert_eq!(error.delivery(), Some(Delivery::Unknown));
        assert_eq!((error.attempts(), cut.seen().len()), (1, 1));
    }
}

#[test]
fn what_is_no_certificate_is_refused_before_anything_is_sent() {
    for (tls, field) in [
        (
            Tls {
                ca_pem: Some("hush".into()),
                ..Tls::default()
            },
            "tls.ca_pem",
        ),
        (
            Tls {
                ca_file: Some("/nowhere/ca.pem".into()),
                ..Tls::default()
            },
            "tls.ca_file",
        ),
        (
            Tls {
                roots: Roots::None,
                ..Tls::default()
            },
            "tls.roots",
        ),
    ] {
        let error = Client::new(Config {
            tls,
            ..Config::new(TOKEN)
        })
        .unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with(field), "{error}");
        assert!(!error.message().contains("hush"), "{error}");
    }
}
