//! `wotnot gateway check` tries the bucket for files, over TLS too, and says what is wrong with it.

use std::path::Path;
use std::process::Output;

use crate::s3_server::{ACCESS_KEY, BUCKET, REGION, S3Server, SECRET_KEY};
use crate::served::write;
use crate::support::{bare, stderr, stdout};
use crate::tls::certificate;

/// A configuration with this bucket, in `folder`.
fn configure(folder: &Path, endpoint: &str, bucket: &str) {
    write(folder, "token", "account-token");
    write(folder, "webhook-token", "webhook-token");
    write(folder, "webhook-secret", "a-secret-of-the-webhook");
    write(folder, "access-key", ACCESS_KEY);
    write(folder, "secret-key", SECRET_KEY);
    let text = format!(
        r#"[[account]]
name = "main"
token_file = "token"
webhook_token_file = "webhook-token"
webhook_secret_file = "webhook-secret"
[[site]]
name = "shop"
app = "shop-app"
bot_key = "lead-bot"
[files]
url = "https://chat.example.com"
[files.s3]
endpoint = "{endpoint}"
bucket = "{bucket}"
region = "{REGION}"
path_style = true
access_key_file = "access-key"
secret_key_file = "secret-key"
"#
    );
    write(folder, "gateway.toml", &text);
}

fn check(folder: &Path, more: &[&str], authority: Option<&Path>) -> Output {
    let mut command = bare(&["gateway", "check", "--config"]);
    command.arg(folder.join("gateway.toml")).args(more);
    if let Some(authority) = authority {
        command.env("SSL_CERT_FILE", authority);
    }
    command.output().unwrap()
}

#[test]
fn check_keeps_reads_and_removes_an_object_and_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut server = S3Server::start();
    let says = |expected: &str, more: &[&str]| {
        let output = check(folder, more, None);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        let printed = stderr(&output);
        assert!(printed.contains(expected), "{printed} lacks {expected}");
        assert!(
            !printed.contains("MARK") && !printed.contains(SECRET_KEY),
            "{printed}"
        );
    };
    configure(folder, &server.endpoint(), BUCKET);
    let good = check(folder, &[], None);
    assert!(good.status.success(), "{}", stderr(&good));
    assert!(stdout(&good).ends_with("good; accounts: 1, sites: 1\n"));
    let left = std::fs::read_dir(server.objects()).unwrap();
    assert!(
        left.flatten()
            .all(|it| !it.file_name().to_string_lossy().starts_with("check-"))
    );

    write(folder, "secret-key", "MARK-another-key");
    says(
        "gateway.toml: files.s3: the bucket answered 403 SignatureDoesNotMatch; check secret_key",
        &[],
    );
    write(folder, "secret-key", SECRET_KEY);
    configure(folder, &server.endpoint(), "another-bucket");
    says("NoSuchBucket; check bucket", &[]);
    configure(folder, &server.endpoint(), BUCKET);
    server.stop();
    says("files.s3: the bucket cannot be reached: ", &[]);
    let offline = check(folder, &["--offline"], None);
    assert!(offline.status.success(), "{}", stderr(&offline));
}

#[test]
fn a_bucket_over_tls_is_trusted_as_the_system_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (cert, key) = certificate();
    write(folder, "cert.pem", &cert);
    write(folder, "key.pem", &key);
    let files = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    let server = S3Server::start_with(Some(files));
    configure(folder, &server.endpoint(), BUCKET);
    let trusted = check(folder, &[], Some(&folder.join("cert.pem")));
    assert!(trusted.status.success(), "{}", stderr(&trusted));
    let unknown = check(folder, &[], None);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        stderr(&unknown).contains("the bucket cannot be reached"),
        "{}",
        stderr(&unknown)
    );
}
