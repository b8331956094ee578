//! Where files are kept instead of in the data folder: `[files.s3]` in the file.

use std::fmt;
use std::ops::Range;

use rusty_s3::{Bucket, BucketError, Credentials, UrlStyle};
use serde::Deserialize;
use toml::Spanned;

use super::Hidden;
use super::origin::is_loopback;
use super::reader::{Reader, Text};

/// A bucket of an S3-compatible service.
#[derive(Clone, PartialEq, Eq)]
pub struct S3 {
    /// The service, such as `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: String,
    /// The region that requests are signed for.
    pub region: String,
    /// What the name of each object begins with.
    pub prefix: String,
    /// Whether the bucket's name stands in the path; otherwise it is the first part of the host.
    pub path_style: bool,
    /// The id of the key that signs requests.
    pub access_key: Hidden,
    /// The key.
    pub secret_key: Hidden,
    /// Comes with keys that count for a while.
    pub session_token: Option<Hidden>,
}

impl S3 {
    /// What is wrong with it otherwise: the key, and what was expected.
    pub(crate) fn bucket(&self) -> Result<Bucket, String> {
        let endpoint = self.endpoint.parse().map_err(
            |_| "endpoint: expected a URL such as https://s3.eu-central-1.amazonaws.com",
        )?;
        let style = match self.path_style {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let bucket = Bucket::new(endpoint, style, self.bucket.clone(), self.region.clone());
        bucket.map_err(|error| match error {
            BucketError::UnsupportedScheme => "endpoint: expected https, or http".into(),
            BucketError::MissingHost => "endpoint: there is no host in it".into(),
            BucketError::ParseError(_) => {
                "bucket: it cannot be a part of this endpoint's host; give `path_style = true`"
                    .into()
            }
        })
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let (key, secret) = (self.access_key.expose(), self.secret_key.expose());
        match &self.session_token {
            Some(token) => Credentials::new_with_token(key, secret, token.expose()),
            None => Credentials::new(key, secret),
        }
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("prefix", &self.prefix)
            .field("path_style", &self.path_style)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct S3File {
    endpoint: Text,
    bucket: Text,
    region: Text,
    prefix: Option<Text>,
    #[serde(default)]
    path_style: bool,
    #[serde(default)]
    allow_http: bool,
    access_key_file: Option<Text>,
    access_key_env: Option<Text>,
    secret_key_file: Option<Text>,
    secret_key_env: Option<Text>,
    session_token_file: Option<Text>,
    session_token_env: Option<Text>,
}

pub(super) fn read(reader: &mut Reader<'_>, file: Spanned<S3File>) -> S3 {
    let (span, file) = (file.span(), file.into_inner());
    let secret = |reader: &mut Reader<'_>, name, from_file, env, span: &Range<usize>| {
        let name = format!("files.s3.{name}");
        reader.secret(&name, from_file, env, span)
    };
    let s3 = S3 {
        endpoint: file.endpoint.as_ref().trim_end_matches('/').to_owned(),
        bucket: file.bucket.as_ref().clone(),
        region: file.region.as_ref().clone(),
        prefix: file
            .prefix
            .as_ref()
            .map(|prefix| prefix.as_ref().clone())
            .unwrap_or_default(),
        path_style: file.path_style,
        access_key: secret(
            reader,
            "access_key",
            file.access_key_file,
            file.access_key_env,
            &span,
        ),
        secret_key: secret(
            reader,
            "secret_key",
            file.secret_key_file,
            file.secret_key_env,
            &span,
        ),
        session_token: match (file.session_token_file, file.session_token_env) {
            (None, None) => None,
            (from_file, env) => Some(secret(reader, "session_token", from_file, env, &span)),
        },
    };
    endpoint(reader, &file.endpoint, file.allow_http);
    if !is_bucket_name(&s3.bucket) {
        reader.wrong(
            file.bucket.span(),
            "files.s3.bucket: expected 3 to 63 small letters, digits, dots and hyphens",
        );
    } else if let Err(why) = s3.bucket() {
        let span = match why.starts_with("bucket") {
            true => file.bucket.span(),
            false => file.endpoint.span(),
        };
        reader.wrong(span, format!("files.s3.{why}"));
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if s3.region.is_empty() || !s3.region.chars().all(is_word) {
        reader.wrong(
            file.region.span(),
            "files.s3.region: expected a word such as eu-central-1; services without regions take us-east-1",
        );
    }
    if let Some(prefix) = file.prefix
        && !is_prefix(prefix.as_ref())
    {
        reader.wrong(
            prefix.span(),
            "files.s3.prefix: expected letters, digits, -, _, . and single slashes, and none in front, such as chat/",
        );
    }
    s3
}

fn endpoint(reader: &mut Reader<'_>, endpoint: &Text, allow_http: bool) {
    const EXPECTED: &str =
        "files.s3.endpoint: expected a URL such as https://s3.eu-central-1.amazonaws.com";
    let uri = endpoint.as_ref().parse::<axum::http::Uri>();
    let authority = uri.as_ref().ok().and_then(|uri| uri.authority());
    let (Ok(uri), Some(authority)) = (&uri, authority) else {
        reader.wrong(endpoint.span(), EXPECTED);
        return;
    };
    if authority.as_str().contains('@') || uri.query().is_some() {
        reader.wrong(
            endpoint.span(),
            "files.s3.endpoint: expected no user and no query in it; keys have fields of their own",
        );
    } else if uri.scheme_str() == Some("http") && !is_loopback(authority.host()) && !allow_http {
        reader.wrong(
            endpoint.span(),
            "files.s3.endpoint: files would travel in the clear; expected https, or `allow_http = true` in a network that nobody else reads",
        );
    }
}

fn is_bucket_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    (3..=63).contains(&name.len())
        && name.chars().all(good)
        && ends_well(name.chars().next())
        && ends_well(name.chars().last())
        && !name.contains("..")
}

/// In a URL, `.` and `..` between slashes would lead to another object.
fn is_prefix(prefix: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let folders = prefix.strip_suffix('/').unwrap_or(prefix);
    prefix.len() <= 500
        && prefix.chars().all(good)
        && (prefix.is_empty() || !folders.split('/').any(|it| matches!(it, "" | "." | "..")))
}
