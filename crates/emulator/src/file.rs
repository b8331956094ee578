//! Reads a text file that the user names; its errors name it too.

use std::path::Path;

use crate::error::Error;
use crate::flow::text_of;

pub(crate) fn read_file(path: &Path) -> Result<String, Error> {
    std::fs::read(path)
        .and_then(|bytes| text_of(bytes).map_err(std::io::Error::other))
        .map_err(|source| Error::File {
            file: path.display().to_string(),
            source,
        })
}
