//! Which flows of a folder jump to which: a bot is tested together with those that it hands conversations to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use wotnot_emulator::flow::{self, Flow};

use crate::flow::read;

/// The flows of a folder that can be read, by their files; whether they can run is found out by playing them.
pub struct Bots(HashMap<PathBuf, Flow>);

impl Bots {
    pub fn of<'f>(files: impl Iterator<Item = &'f Path>) -> Self {
        let flow = |file: &'f Path| {
            let checked = flow::check("flow", &read(file).ok()?);
            Some((file.to_owned(), checked.flow?))
        };
        Self(files.filter_map(flow).collect())
    }

    /// The flows that a conversation of this one may come to by jumps, each once.
    pub fn jumped_to_from(&self, file: &Path) -> Vec<PathBuf> {
        let own = self.0.get(file).map(|flow| flow.bot.key.as_str());
        let mut reached: Vec<PathBuf> = Vec::new();
        let mut open = vec![file.to_owned()];
        while let Some(next) = open.pop() {
            let Some(flow) = self.0.get(&next) else {
                continue;
            };
            for key in flow.bots_jumped_to() {
                let Some(other) = self.with_key(key) else {
                    continue;
                };
                if own != Some(key) && !reached.contains(other) {
                    reached.push(other.clone());
                    open.push(other.clone());
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
