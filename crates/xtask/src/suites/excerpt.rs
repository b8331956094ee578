//! What of a failed suite's output is shown once more at the end, where a reader of a long log looks first.

/// What a line holds that tells of a failure, in the words of the test runners in use.
const SIGNS: [&str; 9] = [
    "FAILED",
    "FAIL:",
    "panicked at",
    "✖",
    "not ok",
    "SUMMARY: ",
    "[ERROR]",
    "error: ",
    "Error: ",
];

const LINES_BEFORE: usize = 15;
const LINES_AFTER: usize = 5;
const MAX_LINES: usize = 150;

/// The lines about failures with those around them: the last 150 of them at most.
pub fn failures(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let mut is_shown = vec![false; lines.len()];
    for (number, line) in lines.iter().enumerate() {
        if SIGNS.iter().any(|sign| line.contains(sign)) {
            let last = (number + LINES_AFTER).min(lines.len() - 1);
            is_shown[number.saturating_sub(LINES_BEFORE)..=last].fill(true);
        }
    }
    let shown: Vec<&str> = lines
        .into_iter()
        .zip(is_shown)
        .filter_map(|(line, is_shown)| is_shown.then_some(line))
        .collect();
    shown[shown.len().saturating_sub(MAX_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_shown_with_the_lines_around_it() {
        let quiet = "ok\n".repeat(1_000);
        let output = format!("{quiet}the reason\nFAILED one\nafter\n{quiet}");
        let shown = failures(&output);
        assert!(shown.contains("the reason\nFAILED one\nafter"), "{shown}");
        assert_eq!(shown.lines().count(), LINES_BEFORE + 1 + LINES_AFTER);
    }

    #[test]
    fn of_many_failures_the_last_are_shown() {
        let shown = failures(&format!("{}FAILED last\n", "FAILED one\n".repeat(1_000)));
        assert_eq!(shown.lines().count(), MAX_LINES);
        assert!(shown.ends_with("FAILED last"));
        assert_eq!(failures("all passed"), "");
    }
}
