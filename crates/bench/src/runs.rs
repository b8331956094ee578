//! What a measuring program printed: one JSON object for each subject and round, the subjects in turns.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;

use xtask::run::{Result, output};

/// Measurements, in the order in which they were taken.
#[derive(Clone, Debug, Default)]
pub struct Runs(Vec<Value>);

impl Runs {
    /// Runs a program and reads what it prints.
    pub fn of(program: &mut Command) -> Result<Self> {
        Self::read(&output(program)?)
    }

    /// One JSON object a line, each with its `subject`.
    pub fn read(text: &str) -> Result<Self> {
        text.lines()
            .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Those whose `field` is this number.
    pub fn with(&self, field: &str, number: u64) -> Self {
        Self(
            self.0
                .iter()
                .filter(|run| run[field] == number)
                .cloned()
                .collect(),
        )
    }

    /// The subjects, in the order of the first round.
    pub fn subjects(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for subject in self.0.iter().filter_map(|run| run["subject"].as_str()) {
            if !found.contains(&subject) {
                found.push(subject);
            }
        }
        found
    }

    /// The middle of a subject's numbers under `field`.
    pub fn median(&self, subject: &str, field: &str) -> f64 {
        median(self.numbers_of(subject, field))
    }

    /// How many times the number of `other` a subject's own is, taken round by round.
    pub fn ratio(&self, subject: &str, other: &str, field: &str) -> f64 {
        median(
            self.numbers_of(subject, field)
                .zip(self.numbers_of(other, field))
                .map(|(own, theirs)| own / theirs),
        )
    }

    /// A row for each subject, under `head`: the middle of each column's field with that many
    /// decimals, and finally how many times its rate wotnot does.
    pub fn table(&self, head: &str, columns: &[(&str, &str, usize)]) -> String {
        let mut text = format!("| {head} |");
        for (title, ..) in columns {
            let _ = write!(text, " {title} |");
        }
        text += " wotnot's rate against it |\n| --- |";
        text += &" ---: |".repeat(columns.len() + 1);
        for subject in self.subjects() {
            let _ = write!(text, "\n| {subject} |");
            for (_, field, decimals) in columns {
                let _ = write!(text, " {:.decimals$} |", self.median(subject, field));
            }
            let _ = write!(text, " {:.2} |", self.ratio("wotnot", subject, "rate"));
        }
        text + "\n\n"
    }

    /// Every number under `field`, of whichever subject.
    pub fn numbers(&self, field: &str) -> Vec<f64> {
        let numbers = self.0.iter().filter_map(|run| run[field].as_f64());
        numbers.collect()
    }

    fn numbers_of(&self, subject: &str, field: &str) -> impl Iterator<Item = f64> {
        self.0
            .iter()
            .filter(move |run| run["subject"] == subject)
            .map(move |run| run[field].as_f64().unwrap_or_default())
    }
}

/// The middle of some numbers; 0 of none.
pub fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let runs = Runs::read(
            "{\"subject\":\"own\",\"threads\":1,\"rate\":2}\n{\"subject\":\"other\",\"threads\":1,\"rate\":1}\n\
             {\"subject\":\"own\",\"threads\":1,\"rate\":30}\n{\"subject\":\"other\",\"threads\":1,\"rate\":10}\n\
             {\"subject\":\"own\",\"threads\":1,\"rate\":500}\n{\"subject\":\"other\",\"threads\":1,\"rate\":100}\n\
             {\"subject\":\"own\",\"threads\":8,\"rate\":7}\n",
        );
        let runs = runs.unwrap();
        assert_eq!(runs.subjects(), ["own", "other"]);
        assert_eq!(runs.with("threads", 1).ratio("own", "other", "rate"), 3.0);
        assert_eq!(runs.with("threads", 8).median("own", "rate"), 7.0);
    }

    #[test]
    fn a_table_has_a_row_for_each_subject() {
        let runs = Runs::read(
            "{\"subject\":\"wotnot\",\"rate\":300,\"cpu_us\":1.25}\n{\"subject\":\"other\",\"rate\":200,\"cpu_us\":5}\n",
        );
        let table = runs
            .unwrap()
            .table("1 thread", &[("calls/s", "rate", 0), ("CPU", "cpu_us", 1)]);
        assert_eq!(
            table,
            "| 1 thread | calls/s | CPU | wotnot's rate against it |\n| --- | ---: | ---: | ---: |\n\
             | wotnot | 300 | 1.2 | 1.00 |\n| other | 200 | 5.0 | 1.50 |\n\n"
        );
    }
}
