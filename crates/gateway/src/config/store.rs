//! `store`: where conversations are kept when several gateways share them.

use std::path::PathBuf;

use toml::Spanned;

use super::Hidden;
use super::reader::{Reader, Text};
use crate::store::redis::RedisAddress;

/// From `store`, or from a secret, since the URL may hold a password; `None` is the file of SQLite.
pub(super) fn read(
    reader: &mut Reader<'_>,
    shown: Option<Text>,
    (file, env): (Option<Text>, Option<Text>),
    roots: Option<Spanned<PathBuf>>,
) -> Option<RedisAddress> {
    let secret = file.as_ref().or(env.as_ref()).map(Spanned::span);
    let (url, span) = match (shown, secret) {
        (None, None) => {
            if let Some(roots) = roots {
                reader.wrong(roots.span(), "store_ca_file: there is no `store`");
            }
            return None;
        }
        (Some(_), Some(span)) => {
            reader.wrong(span, "store: there is another one; give it once");
            return None;
        }
        (Some(url), None) => (Hidden::new(url.as_ref().as_str()), url.span()),
        (None, Some(span)) => {
            let text = reader.secret("store", file, env, &span);
            if text.expose().is_empty() {
                return None;
            }
            let url = text.expose().lines().next().unwrap_or_default().trim();
            (Hidden::new(url), span)
        }
    };
    let address = match RedisAddress::parse(&url) {
        Ok(address) => address,
        Err(why) => {
            reader.wrong(span, format!("store: {why}"));
            return None;
        }
    };
    let Some(roots) = roots else {
        return Some(address);
    };
    let file = reader.folder.join(roots.as_ref());
    reader.secret_files.push(file.clone());
    match address.trusting(&file) {
        Ok(address) => Some(address),
        Err(why) => {
            reader.wrong(roots.span(), format!("store_ca_file: {why}"));
            None
        }
    }
}
