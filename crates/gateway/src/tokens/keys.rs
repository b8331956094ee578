//! Generated keys, kept in the data folder where nobody else reads them.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use crate::config::read::parse_token_keys;
use crate::config::{TokenKey, random_hex, random_token};

pub(crate) const FILE: &str = "token-keys";
pub(crate) const SECRET_FILE: &str = "secret";

/// The keys of the data folder, as they stand there; makes one where there is none.
pub(crate) fn load_or_make(data: &Path) -> Result<String> {
    load_or_make_secret(data, FILE, || {
        Ok(format!("{} {}", random_hex(4)?, random_token(32)?))
    })
}

/// Reads keys that were generated.
pub(crate) fn read(text: &str) -> Result<Vec<TokenKey>> {
    let keys = parse_token_keys(text).map_err(|why| Error::new(ErrorKind::InvalidData, why))?;
    match keys.is_empty() {
        true => Err(Error::new(
            ErrorKind::InvalidData,
            format!("{FILE}: holds no key"),
        )),
        false => Ok(keys),
    }
}

/// What marks of what was erased and links to files are made with. With another one, links no longer
/// count and marks are not found.
pub(crate) fn own_secret(data: &Path) -> Result<String> {
    load_or_make_secret(data, SECRET_FILE, || random_token(32))
}

/// The generated secrets beside a store's file, each with its name.
pub(crate) fn kept_beside(store: &Path) -> Vec<(&'static str, String)> {
    let folder = store.parent().unwrap_or(Path::new(""));
    let names = [FILE, SECRET_FILE].into_iter();
    names
        .filter_map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            Some((name, text.trim().to_owned()))
        })
        .collect()
}

/// A secret that is kept in a file of the data folder; made where there is none.
pub(crate) fn load_or_make_secret(
    data: &Path,
    name: &str,
    make: impl FnOnce() -> Result<String>,
) -> Result<String> {
    let file = data.join(name);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = make()?;
            write_private(&file, &text)?;
            Ok(text)
        }
        Err(error) => Err(error),
    }
}

fn write_private(file: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}
