//! A file of the visitor's on its way to a gateway: what is asked for, and how far it is.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What of a file goes to the gateway.
#[derive(Clone, Copy, Debug)]
pub enum Upload<'a> {
    /// The whole file. The same call again goes on where the last one stopped, also in another process where there
    /// is a state file.
    File {
        /// Where it is.
        path: &'a Path,
        /// The name to show, in place of that of `path`.
        name: Option<&'a str>,
        /// Such as `image/png`; what its name says where there is none.
        media_type: Option<&'a str>,
        /// Whether events of the kind `upload` tell how far it is.
        progress: bool,
    },
    /// A file whose bytes come by [`Upload::Part`].
    Begin {
        /// The name to show.
        name: &'a str,
        /// Such as `image/png`; what its name says where there is none.
        media_type: Option<&'a str>,
        /// How many bytes it has.
        size: u64,
    },
    /// Bytes of it. The last ones make it ready; none ask how far it is.
    Part {
        /// [`Uploaded::file_id`].
        file_id: &'a str,
        /// From which byte of the file on they are: [`Uploaded::offset`]. Where the gateway has more or fewer,
        /// nothing is written, and its own number is given.
        offset: u64,
        /// At most as many as are missing.
        bytes: &'a [u8],
    },
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Uploaded {
    /// The gateway's id of it.
    pub file_id: String,
    /// The name to show.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// How many of them the gateway has.
    pub offset: u64,
    /// Whether the gateway has it whole, and takes it in an answer.
    pub ready: bool,
    /// The `link` of a `file_upload.response`, once it is ready.
    pub link: Option<String>,
}
