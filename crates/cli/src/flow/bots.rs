//! Which flows jump to which: a bot is played together with those that it hands conversations to.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use wotnot_emulator::flow::{self, Flow};

use super::read;

/// Flows that can be read, by their files; whether they can run is found out by playing them.
pub struct Bots(HashMap<PathBuf, Flow>);

/// Where a conversation of a flow may come to by jumps.
#[derive(Default)]
pub struct Reached {
    /// The flows of other bots, each once.
    pub files: Vec<PathBuf>,
    /// The keys of bots that none of the flows has.
    pub missing: BTreeSet<String>,
}

impl Bots {
    /// Of these files.
    pub fn of<'f>(files: impl Iterator<Item = &'f Path>) -> Self {
        let flow = |file: &'f Path| {
            let checked = flow::check("flow", &read(file).ok()?);
            Some((file.to_owned(), checked.flow?))
        };
        Self(files.filter_map(flow).collect())
    }

    /// Of a flow and of those in its folder, which are not read unless it jumps to another bot.
    pub fn beside(file: &Path) -> Self {
        let mut bots = Self::of(std::iter::once(file));
        let jumps = |flow: &Flow| flow.bots_jumped_to().any(|key| key != flow.bot.key);
        if bots.0.values().any(jumps) {
            let others = flows_beside(file);
            bots.0
                .extend(Self::of(others.iter().map(PathBuf::as_path)).0);
        }
        bots
    }

    /// The flows that a conversation of this one may come to by jumps.
    pub fn jumped_to_from(&self, file: &Path) -> Reached {
        let own = self.0.get(file).map(|flow| flow.bot.key.as_str());
        let mut reached = Reached::default();
        let mut open = vec![file.to_owned()];
        while let Some(next) = open.pop() {
            let Some(flow) = self.0.get(&next) else {
                continue;
            };
            for key in flow.bots_jumped_to().filter(|key| own != Some(*key)) {
                match self.with_key(key) {
                    None => drop(reached.missing.insert(key.to_owned())),
                    Some(other) if !reached.files.contains(other) => {
                        reached.files.push(other.clone());
                        open.push(other.clone());
                    }
                    Some(_) => {}
                }
            }
        }
        reached
    }

    /// The first file, by name, whose bot has this key: two with one key could not be deployed together.
    fn with_key(&self, key: &str) -> Option<&PathBuf> {
        let files = self.0.iter().filter(|(_, flow)| flow.bot.key == key);
        files.map(|(file, _)| file).min()
    }
}

/// The flow files of a file's own folder. What is no regular file is passed over: it might never end.
fn flows_beside(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let entries = folder.unwrap_or(Path::new(".")).read_dir();
    let entries = entries.into_iter().flatten().flatten();
    let ends_so = |path: &PathBuf| {
        path.extension()
            .is_some_and(|it| it == "yaml" || it == "yml")
    };
    let files = entries.map(|entry| entry.path()).filter(ends_so);
    files.filter(|path| path.is_file()).collect()
}
