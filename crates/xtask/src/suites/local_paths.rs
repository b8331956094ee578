//! That what is shipped names no folder of the machine that it was built on.

use std::path::Path;

use crate::build::{self, RemappedPath};
use crate::run::{Result, at, files_below};

/// Fails where a file below these folders names a folder of this machine, programs included.
pub fn name_none(folders: &[&Path]) -> Result<()> {
    let mut remapped = build::remapped_paths()?;
    // Where pip unpacks and builds.
    remapped.push(RemappedPath {
        from: std::env::temp_dir(),
        to: "",
        children: &["pip-", "tmp"],
    });
    let patterns = local_paths(&remapped);
    let mut found = Vec::new();
    for folder in folders {
        for file in files_below(folder)? {
            let bytes = read(&file)?;
            if let Some(path) = patterns.iter().find(|path| path.is_in(&bytes)) {
                found.push(format!("{} names {}", file.display(), path.text));
            }
        }
    }
    if !found.is_empty() {
        return Err(found.join("\n"));
    }
    // A search that finds nothing proves nothing unless it would find something.
    let this = read(&std::env::current_exe().map_err(|error| error.to_string())?)?;
    match patterns.iter().any(|path| path.is_in(&this)) {
        true => Ok(()),
        false => Err("the search does not find this machine's folders in xtask itself".into()),
    }
}

/// A path below a folder of this machine, as a compiler would write it.
struct LocalPath {
    text: String,
    /// What stands before it where it is the tail of a name that is meant to be there.
    intended_before: Option<&'static str>,
}

impl LocalPath {
    fn is_in(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find_iter(bytes, &self.text).any(|at| {
            !self
                .intended_before
                .is_some_and(|before| bytes[..at].ends_with(before.as_bytes()))
        })
    }
}

/// What to look for: not the folders alone, for `/src` or `/target` stand in many a path that is not of this machine.
fn local_paths(remapped: &[RemappedPath]) -> Vec<LocalPath> {
    let mut paths = Vec::new();
    for RemappedPath { from, to, children } in remapped {
        let from = from.to_string_lossy();
        // What is written in its place says nothing of this machine.
        if from == *to {
            continue;
        }
        for child in *children {
            paths.push(LocalPath {
                text: format!("{from}/{child}"),
                intended_before: to.strip_suffix(&*from),
            });
        }
    }
    paths
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_named(folder: &str, to: &'static str, text: &str) -> bool {
        let remapped = [RemappedPath {
            from: folder.into(),
            to,
            children: &["crates", "debug"],
        }];
        local_paths(&remapped)
            .iter()
            .any(|path| path.is_in(text.as_bytes()))
    }

    #[test]
    fn a_short_folder_is_found_only_as_a_path_of_its_own() {
        let text = "/wotnot/crates/core/src/lib.rs/cargo/registry/src/x";
        assert!(!is_named("/src", "/wotnot", text));
        assert!(is_named("/src", "/wotnot", "lib.rs/src/crates/core/src/x"));
        assert!(is_named("/home/a b", "/wotnot", "\0/home/a b/crates/core"));
    }

    #[test]
    fn a_name_that_is_meant_to_be_there_is_no_finding() {
        let text = "/wotnot/target/debug/build/ring";
        assert!(!is_named("/target", "/wotnot/target", text));
        assert!(is_named("/target", "/wotnot/target", "/target/debug/build"));
        assert!(!is_named("/wotnot", "/wotnot", "/wotnot/crates/core"));
    }
}
