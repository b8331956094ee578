//! Text as HTML or XML.

/// Text as the contents of an HTML element.
pub fn html(text: &str) -> String {
    escaped(text, |_| None)
}

/// Text as the value of an HTML attribute between double quotes, or as the contents of an element.
pub fn attribute(text: &str) -> String {
    escaped(text, quote)
}

/// Text as XML 1.0, in an element or in an attribute between double quotes. Characters that XML cannot hold become
/// U+FFFD.
pub fn xml(text: &str) -> String {
    escaped(text, |letter| match letter {
        '\n' => None,
        letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
            Some("\u{fffd}")
        }
        letter => quote(letter),
    })
}

fn quote(letter: char) -> Option<&'static str> {
    (letter == '"').then_some("&quot;")
}

fn escaped(text: &str, more: impl Fn(char) -> Option<&'static str>) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            letter => match more(letter) {
                Some(instead) => safe.push_str(instead),
                None => safe.push(letter),
            },
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let text = "<a href=\"x\">Tom & Jerry</a>";
        assert_eq!(html(text), "&lt;a href=\"x\"&gt;Tom &amp; Jerry&lt;/a&gt;");
        assert_eq!(
            attribute(text),
            "&lt;a href=&quot;x&quot;&gt;Tom &amp; Jerry&lt;/a&gt;"
        );
    }

    #[test]
    fn xml_holds_no_character_that_it_cannot() {
        assert_eq!(
            xml("a\u{1b}\u{ffff}\n\t<\""),
            "a\u{fffd}\u{fffd}\n\u{fffd}&lt;&quot;"
        );
    }
}
