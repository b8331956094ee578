//! File answers: links that the integrator hosts, with name, extension and MIME type.

use std::path::Path;

use http::Uri;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use wotnot_protocol::{Message, kind};

use super::{elements, object};
use crate::fields::Fields;
use crate::{Error, Result};

/// Of a file that nothing is known of.
const ANY_TYPE: &str = "application/octet-stream";

/// One file of an answer. What is `None` is filled in from `path`, or else from the link.
#[derive(Clone, Debug, Default)]
pub struct FileLink {
    /// Where the service can fetch the file: an absolute http or https URL.
    pub link: String,
    /// The local file that stands behind the link. Only its name is used; nothing is uploaded.
    pub path: Option<String>,
    /// The name to show.
    pub filename: Option<String>,
    /// Such as `image/png`.
    pub mime_type: Option<String>,
    /// Without the dot.
    pub extension: Option<String>,
}

/// The JSON form, as [`Prompt::answer`](crate::Prompt::answer) takes it.
impl From<FileLink> for Value {
    fn from(file: FileLink) -> Self {
        Value::Object(object([
            ("link", file.link.into()),
            ("path", file.path.into()),
            ("filename", file.filename.into()),
            ("mime_type", file.mime_type.into()),
            ("extension", file.extension.into()),
        ]))
    }
}

/// A `file_upload.response` of these files.
///
/// # Errors
/// `invalid_argument` naming the file and the field.
pub fn files_message(files: Vec<FileLink>) -> Result<Message> {
    if files.is_empty() {
        return Err(Error::invalid("message.data.files", "must not be empty"));
    }
    let files: Result<Vec<Value>> = files
        .into_iter()
        .enumerate()
        .map(|(index, file)| file.complete(&format!("message.data.files[{index}]")))
        .collect();
    Ok(Message::new(
        kind::FILE_UPLOAD_RESPONSE,
        object([("files", files?.into())]),
    ))
}

pub(super) fn files(mut fields: Fields) -> Result<Map<String, Value>> {
    let items = elements(&mut fields, "files")?;
    fields.finish()?;
    if items.is_empty() {
        return Err(Error::invalid("message.data.files", "must not be empty"));
    }
    let files: Result<Vec<Value>> = items
        .into_iter()
        .map(|(path, item)| complete_file(&path, Fields::open(&path, item)?))
        .collect();
    Ok(object([("files", files?.into())]))
}

/// The whole file that stands at `path`, whose fields are taken apart here.
pub(crate) fn complete_file(path: &str, mut fields: Fields) -> Result<Value> {
    let file = FileLink {
        link: fields.required_string("link")?,
        path: fields.string("path")?,
        filename: fields.string("filename")?,
        mime_type: fields.string("mime_type")?,
        extension: fields.string("extension")?,
    };
    fields.finish()?;
    file.complete(path)
}

impl FileLink {
    fn complete(self, at: &str) -> Result<Value> {
        let uri = web_url(&self.link).ok_or_else(|| {
            Error::invalid(
                &format!("{at}.link"),
                "expected an absolute http or https URL",
            )
        })?;
        let filename = match self.filename {
            Some(name) => name,
            None => self
                .path
                .as_deref()
                .and_then(name_of)
                .or_else(|| name_of(&percent_decode_str(uri.path()).decode_utf8_lossy()))
                .ok_or_else(|| {
                    Error::invalid(
                        &format!("{at}.filename"),
                        "missing, and neither `path` nor the link ends in a name",
                    )
                })?,
        };
        let extension = match self.extension {
            Some(extension) => extension.trim_start_matches('.').to_owned(),
            None => Path::new(&filename)
                .extension()
                .map(|extension| extension.to_string_lossy().into_owned())
                .unwrap_or_default(),
        };
        let mime_type = self
            .mime_type
            .unwrap_or_else(|| mime_type_of(&extension).unwrap_or(ANY_TYPE).to_owned());
        Ok(Value::Object(object([
            ("filename", filename.into()),
            ("link", self.link.into()),
            ("mime_type", mime_type.into()),
            ("extension", extension.into()),
        ])))
    }
}

/// The MIME type that a file's name says.
pub(crate) fn mime_type_of_name(name: &str) -> &'static str {
    let extension = Path::new(name).extension().unwrap_or_default();
    mime_type_of(&extension.to_string_lossy()).unwrap_or(ANY_TYPE)
}

/// The MIME type of an extension (without a dot, in letters of either case).
fn mime_type_of(extension: &str) -> Option<&'static str> {
    /// A line for each type: the type and its extensions, with spaces between.
    const TYPES: &str = include_str!(concat!(env!("OUT_DIR"), "/mime.types"));
    TYPES.lines().find_map(|line| {
        let (mime_type, extensions) = line.split_once(' ')?;
        extensions
            .split(' ')
            .any(|known| known.eq_ignore_ascii_case(extension))
            .then_some(mime_type)
    })
}

fn web_url(link: &str) -> Option<Uri> {
    let uri: Uri = link.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_web && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// The last part of a path, with slashes of either kind.
fn name_of(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?.trim();
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::read_checked;
    use serde_json::{Value, json};

    fn sent(files: Value) -> Result<Value, String> {
        read_checked(json!({"type": "file_upload.response", "data": {"files": files}}))
            .map(|message| message.data["files"].clone())
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_path_and_a_link_make_a_whole_file() {
        assert_eq!(
            sent(
                json!([{"path": "C:\\scans\\Passport.PDF", "link": "https://cdn.example.com/f/17"}])
            ),
            Ok(
                json!([{"filename": "Passport.PDF", "link": "https://cdn.example.com/f/17",
                "mime_type": "application/pdf", "extension": "PDF"}])
            )
        );
    }

    #[test]
    fn common_extensions_have_their_mime_types() {
        for (extension, mime_type) in [
            ("jpg", Some("image/jpeg")),
            ("JPEG", Some("image/jpeg")),
            ("pdf", Some("application/pdf")),
            ("mp3", Some("audio/mpeg")),
            ("mp4", Some("video/mp4")),
            ("txt", Some("text/plain")),
            (
                "docx",
                Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ),
            ("zip", Some("application/zip")),
            ("nosuchthing", None),
            ("", None),
        ] {
            assert_eq!(super::mime_type_of(extension), mime_type, "{extension}");
        }
    }

    #[test]
    fn the_link_s_own_name_serves_where_there_is_no_other() {
        assert_eq!(
            sent(json!([{"link": "https://cdn.example.com/my%20cat.png?v=2"}])),
            Ok(
                json!([{"filename": "my cat.png", "link": "https://cdn.example.com/my%20cat.png?v=2",
                "mime_type": "image/png", "extension": "png"}])
            )
        );
    }

    #[test]
    fn what_is_given_is_sent() {
        let file = json!({"filename": "a", "link": "http://example.com/x", "mime_type": "text/x", "extension": "b"});
        assert_eq!(sent(json!([file])), Ok(json!([file])));
    }

    #[test]
    fn a_wrong_link_is_named() {
        for link in ["/x.png", "ftp://example.com/x", "https://", "example.com/x"] {
            let message =
                sent(json!([{"link": "https://example.com/a.png"}, {"link": link}])).unwrap_err();
            assert_eq!(
                message,
                "message.data.files[1].link: expected an absolute http or https URL"
            );
        }
        assert!(sent(json!([])).unwrap_err().contains("must not be empty"));
        assert!(
            sent(json!([{"link": "https://example.com/"}]))
                .unwrap_err()
                .starts_with("message.data.files[0].filename: missing")
        );
    }
}
