//! Files of visitors: how large, of which types, and how long.

use serde::Deserialize;
use toml::Spanned;

use super::Origin;
use super::reader::{Reader, Text};
use super::s3::{self, S3, S3File};
use crate::files::can_be_told;

/// How visitors send files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Where this gateway is reached, such as `https://chat.example.com`: links to files begin with
    /// it. `None`: the address that it listens on.
    pub url: Option<String>,
    /// The largest file, in megabytes of 1,000,000 bytes.
    pub largest_mb: u32,
    /// All files of one visitor together.
    pub visitor_mb: u32,
    /// How long a link counts.
    pub link_hours: u32,
    /// Files go so many days after they were begun.
    pub keep_days: u32,
    /// The media types that are taken.
    pub types: Vec<String>,
    /// A program that looks at each file, and its arguments; the file's path follows. It ends with
    /// 0 for a file that is taken, with 1 for one that is not. Empty: none.
    pub scanner: Vec<String>,
    /// Where they are kept; `None`: in the data folder.
    pub s3: Option<S3>,
}

impl Files {
    pub(crate) fn bytes(megabytes: u32) -> u64 {
        u64::from(megabytes) * 1_000_000
    }

    pub(crate) fn link_seconds(&self) -> u64 {
        u64::from(self.link_hours) * 3_600
    }

    pub(crate) fn keep_ms(&self) -> u64 {
        u64::from(self.keep_days) * 24 * 3_600 * 1_000
    }
}

impl Default for Files {
    fn default() -> Self {
        let types = [
            "image/jpeg",
            "image/png",
            "image/gif",
            "image/webp",
            "application/pdf",
            "text/plain",
            "audio/mpeg",
            "audio/ogg",
            "video/mp4",
            "video/webm",
        ];
        Self {
            url: None,
            largest_mb: 20,
            visitor_mb: 100,
            link_hours: 7 * 24,
            keep_days: 30,
            types: types.map(String::from).to_vec(),
            scanner: Vec::new(),
            s3: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesFile {
    url: Option<Text>,
    largest_mb: Option<u32>,
    visitor_mb: Option<u32>,
    link_hours: Option<u32>,
    keep_days: Option<u32>,
    types: Option<Vec<Text>>,
    #[serde(default)]
    scanner: Vec<String>,
    s3: Option<Spanned<S3File>>,
}

pub(super) fn read(reader: &mut Reader<'_>, file: Spanned<FilesFile>) -> Files {
    let (span, file) = (file.span(), file.into_inner());
    match &file.url {
        None => reader.wrong(
            span,
            "files.url: missing; expected where the vendor reaches this gateway, such as https://chat.example.com",
        ),
        Some(url) if Origin::parse(url.as_ref()).is_none() => reader.wrong(
            url.span(),
            format!(
                "files.url: `{}` is no address such as https://chat.example.com",
                url.as_ref()
            ),
        ),
        Some(_) => {}
    }
    for media_type in file.types.iter().flatten() {
        if !can_be_told(media_type.as_ref()) {
            reader.wrong(
                media_type.span(),
                format!(
                    "files.types: `{}` cannot be recognised by its first bytes; leave it out",
                    media_type.as_ref()
                ),
            );
        }
    }
    let defaults = Files::default();
    let texts = |listed: Vec<Text>| listed.into_iter().map(Spanned::into_inner).collect();
    Files {
        url: file.url.map(Spanned::into_inner),
        largest_mb: file.largest_mb.unwrap_or(defaults.largest_mb),
        visitor_mb: file.visitor_mb.unwrap_or(defaults.visitor_mb),
        link_hours: file.link_hours.unwrap_or(defaults.link_hours),
        keep_days: file.keep_days.unwrap_or(defaults.keep_days),
        types: file.types.map_or(defaults.types, texts),
        scanner: file.scanner,
        s3: file.s3.map(|file| s3::read(reader, file)),
    }
}
