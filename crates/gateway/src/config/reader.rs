//! What the readers of all sections share: it notes each mistake with its place, and reads secrets from files.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{Hidden, Mistake};

/// A text of the file, with its place.
pub(super) type Text = Spanned<String>;

impl Mistake {
    /// The mistake at this place of the text.
    pub(super) fn at(text: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}

/// Reads on after a mistake, so that all of them are reported at once.
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) folder: &'a Path,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) secret_files: Vec<PathBuf>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, folder: &'a Path) -> Self {
        Self {
            text,
            folder,
            mistakes: Vec::new(),
            secret_files: Vec::new(),
        }
    }

    pub(super) fn wrong(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(self.text, &span, message));
    }

    /// From `<name>_file` or `<name>_env`; empty, and a mistake, when there is none.
    pub(super) fn secret(
        &mut self,
        name: &str,
        file: Option<Text>,
        env: Option<Text>,
        span: &Range<usize>,
    ) -> Hidden {
        let (found, span) = match (file, env) {
            (Some(file), None) => {
                let path = self.folder.join(file.as_ref());
                let read = std::fs::read_to_string(&path)
                    .map_err(|error| format!("{name}_file: {}: {error}", path.display()));
                self.secret_files.push(path);
                (read, file.span())
            }
            (None, Some(env)) => {
                let read = std::env::var(env.as_ref())
                    .map_err(|_| format!("{name}_env: the variable {} is not set", env.as_ref()));
                (read, env.span())
            }
            (Some(_), Some(env)) => (
                Err(format!("give {name}_file or {name}_env, not both")),
                env.span(),
            ),
            (None, None) => (
                Err(format!("{name}_file: missing (or {name}_env)")),
                span.clone(),
            ),
        };
        match found {
            Ok(text) if !text.trim().is_empty() => Hidden::new(text.trim()),
            Ok(_) => {
                self.wrong(span, format!("{name}: empty"));
                Hidden::new("")
            }
            Err(why) => {
                self.wrong(span, why);
                Hidden::new("")
            }
        }
    }
}
