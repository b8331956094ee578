//! Which of the known names a misspelt one was meant for.

/// The longest word that is compared: what is longer is no slip.
const LONGEST: usize = 100;

/// The known name that is close enough to `word` to have been meant. `botKey`, `bot-key` and `bot_key` are the same.
///
/// ```
/// assert_eq!(wotnot_text::closest("timout_ms", ["token", "timeout_ms"]), Some("timeout_ms"));
/// assert_eq!(wotnot_text::closest("colour", ["token", "timeout_ms"]), None);
/// ```
pub fn closest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if word.len() > LONGEST {
        return None;
    }
    let meant = folded(word);
    // Two slips at most, and never half of the word: what is further off was not meant.
    known
        .into_iter()
        .map(|each| (strsim::osa_distance(&meant, &folded(each)), each))
        .filter(|(slips, _)| *slips <= 2 && slips * 2 < meant.chars().count())
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, each)| each)
}

fn folded(word: &str) -> String {
    word.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_a_word_of_its_own_is_not() {
        let known = ["visitor_id", "message", "bot_key"];
        for (word, meant) in [
            ("visitorId", Some("visitor_id")),
            ("mesage", Some("message")),
            ("messgae", Some("message")),
            ("bot-keys", Some("bot_key")),
            ("msg", None),
            ("", None),
            ("_", None),
        ] {
            assert_eq!(closest(word, known), meant, "{word}");
        }
        assert_eq!(closest(&"message".repeat(20), known), None);
    }
}
