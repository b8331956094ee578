//! The suite of every store, on each kind of server; and what is Redis's own.

use std::path::Path;

use rcgen::{CertificateParams, KeyPair};
use wotnot_conformance::redis::{self as servers, Cluster, DURABLE, Redis};

use super::*;
use crate::config::Hidden;
use crate::store::{Store as _, conformance};

/// What the documentation says that a user of the server must be allowed.
const RIGHTS: &str =
    "~w:* ~{w:* &w:* +@read +@write +@scripting +@pubsub +@connection +info +config|get +time";

fn address(url: &str) -> RedisAddress {
    RedisAddress::parse(&Hidden::new(url)).unwrap()
}

async fn open(url: &str) -> Result<RedisStore, StoreError> {
    RedisStore::open(address(url)).await
}

async fn refusal(url: &str) -> String {
    open(url).await.err().unwrap().to_string()
}

#[tokio::test]
async fn it_passes_the_suite_of_every_store() {
    let server = Redis::start(&DURABLE).unwrap();
    conformance::run(async || {
        server.ask("FLUSHALL").unwrap();
        (open(&server.url()).await.unwrap(), ())
    })
    .await;
}

/// The rights that the documentation names are enough.
#[tokio::test]
async fn a_user_with_the_rights_that_it_takes_passes_the_suite() {
    assert!(include_str!("../../../../../docs/gateway.md").contains(RIGHTS));
    let user = ["--user", "gate", "on", ">pass-word"].into_iter();
    let user: Vec<&str> = user.chain(RIGHTS.split(' ')).collect();
    let server = Redis::start(&[&DURABLE[..], &user].concat()).unwrap();
    let url = format!("redis://gate:pass-word@127.0.0.1:{}", server.port());
    conformance::run(async || {
        server.ask("FLUSHALL").unwrap();
        (open(&url).await.unwrap(), ())
    })
    .await;
    let wrong = url.replace("pass-word", "other-word");
    let why = refusal(&wrong).await;
    assert!(
        why.contains("authentication failed") && why.contains("127.0.0.1"),
        "{why}"
    );
    assert!(!why.contains("other-word"), "{why}");
}

#[tokio::test]
async fn it_passes_the_suite_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]);
    let signed = params.unwrap().self_signed(&key).unwrap();
    let (cert, private) = (path("cert.pem"), path("key.pem"));
    std::fs::write(&cert, signed.pem()).unwrap();
    std::fs::write(&private, key.serialize_pem()).unwrap();
    let tls = [
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &private,
        "--tls-auth-clients",
        "no",
    ];
    let server = Redis::start(&[&DURABLE[..], &tls].concat()).unwrap();
    let url = format!("rediss://localhost:{}", server.port());
    let trusting = || address(&url).trusting(Path::new(&cert)).unwrap();
    conformance::run(async || {
        let link = Link::open(trusting()).await.unwrap();
        link.ask::<()>(&redis::cmd("FLUSHALL")).await.unwrap();
        (RedisStore::open(trusting()).await.unwrap(), ())
    })
    .await;
    // The system does not know who signed it.
    assert!(open(&url).await.is_err());
}

#[tokio::test]
async fn it_passes_the_suite_on_a_cluster() {
    let cluster = Cluster::start().unwrap();
    conformance::run(async || {
        for server in cluster.servers() {
            server.ask("FLUSHALL").unwrap();
        }
        (open(&cluster.url()).await.unwrap(), ())
    })
    .await;
}

/// A later server is asked whether it has flushed.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[tokio::test]
async fn it_passes_the_suite_on_valkey_that_is_asked_whether_it_has_flushed() {
    let server = Redis::start_program(&servers::valkey(), &DURABLE).unwrap();
    conformance::run(async || {
        server.ask("FLUSHALL").unwrap();
        (open(&server.url()).await.unwrap(), ())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_would_lose_what_it_acknowledged_is_refused() {
    for (settings, advice) in [
        (&["--appendonly", "no"][..], "appendonly yes"),
        (
            &["--appendonly", "yes", "--appendfsync", "everysec"],
            "appendfsync always",
        ),
        (
            &["--appendonly", "yes", "--appendfsync", "no"],
            "appendfsync always",
        ),
        (
            &[
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--maxmemory-policy",
                "allkeys-lru",
            ],
            "maxmemory-policy noeviction",
        ),
    ] {
        let server = Redis::start(settings).unwrap();
        let why = refusal(&server.url()).await;
        assert!(why.contains(advice) && why.contains("127.0.0.1"), "{why}");
        assert_eq!(server.ask("DBSIZE").unwrap(), ":0");
    }
}

#[tokio::test]
async fn what_another_version_keeps_there_is_refused_and_left_as_it_is() {
    let server = Redis::start(&DURABLE).unwrap();
    let life = open(&server.url()).await.unwrap().incarnation();
    server.ask("HSET w:life form 99").unwrap();
    let why = refusal(&server.url()).await;
    assert!(why.contains("the form 99"), "{why}");
    let kept = server.ask("HGET w:life incarnation").unwrap();
    assert_eq!(kept, *life);
}
