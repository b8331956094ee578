//! Benchmarks of several languages: which of them are measured now, and the rows that the others keep.

use crate::page;
use xtask::run::Result;

/// The languages to measure.
#[derive(Clone, Debug)]
pub struct Languages {
    /// By their names in small letters; all when `None`.
    wanted: Option<Vec<String>>,
}

impl Languages {
    /// Every language.
    pub const ALL: Self = Self { wanted: None };

    /// Those named by an option such as `--languages=python,swift`.
    pub fn named(list: &str) -> Self {
        let names = list.split(',').map(|name| name.trim().to_lowercase());
        Self {
            wanted: Some(names.collect()),
        }
    }

    /// Fails on a name that is none of these.
    pub fn check(&self, benchmark: &str, known: &[&str]) -> Result<()> {
        let is_known = |name: &&String| known.iter().any(|known| known.to_lowercase() == **name);
        match self.wanted.iter().flatten().find(|name| !is_known(name)) {
            Some(name) => Err(format!(
                "{benchmark} measures no language called {name}; known: {}",
                known.join(", ").to_lowercase()
            )),
            None => Ok(()),
        }
    }

    /// Whether this one is to be measured.
    pub fn has(&self, language: &str) -> bool {
        let is_it = |name: &String| *name == language.to_lowercase();
        self.wanted
            .as_ref()
            .is_none_or(|names| names.iter().any(is_it))
    }
}

/// A section whose table has a row for each language. A row that is not measured now stays, where it was
/// measured in the same way on the same machine: under the same words.
pub struct Section {
    name: &'static str,
    /// All before the rows.
    head: String,
    rows: String,
    kept: Option<String>,
}

impl Section {
    pub fn new(name: &'static str, head: String) -> Result<Self> {
        let section = page::read(name)?;
        let kept = section.trim().strip_prefix(head.trim()).map(str::to_owned);
        Ok(Self {
            name,
            head,
            rows: String::new(),
            kept,
        })
    }

    /// Adds a row that was measured.
    pub fn add(&mut self, row: &str) {
        self.rows += row;
    }

    /// Adds the row that the page has for this language, if any.
    pub fn keep(&mut self, language: &str) {
        let start = format!("| {language} |");
        let kept = self.kept.iter().flat_map(|text| text.lines());
        for row in kept.filter(|line| line.starts_with(&start)) {
            self.rows += row;
            self.rows.push('\n');
        }
    }

    pub fn write(self) -> Result<()> {
        page::write(self.name, &(self.head + &self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named_in_any_case_and_none_that_is_unknown() {
        let languages = Languages::named("swift, Node");
        assert!(languages.has("Swift") && languages.has("Node") && !languages.has("C"));
        assert_eq!(languages.check("waiters", &["Swift", "Node", "C"]), Ok(()));
        let error = languages.check("soak", &["C", "Node"]).unwrap_err();
        assert_eq!(
            error,
            "soak measures no language called swift; known: c, node"
        );
        assert!(Languages::ALL.has("C"));
    }

    #[test]
    fn rows_stay_under_the_same_words_alone() {
        let section = |kept: Option<&str>| Section {
            name: "waiters",
            head: "head\n".into(),
            rows: String::new(),
            kept: kept.map(str::to_owned),
        };
        let mut same = section(Some("| C | 1 |\n| Node | 2 |\n"));
        same.add("| C | 3 |\n");
        same.keep("Node");
        same.keep("Swift");
        assert_eq!(same.rows, "| C | 3 |\n| Node | 2 |\n");
        let mut other = section(None);
        other.keep("Node");
        assert_eq!(other.rows, "");
    }
}
