//! What is typed into one field of a form, checked before the next one is asked for. Whether an address or a
//! number is one is the bot's to say.

use serde_json::Value;
use wotnot_core::Prompt;

use super::{Question, screen};

/// The value of the field with this number; of any other question the line itself.
///
/// # Errors
/// What to type instead.
pub fn value(question: Option<&Question>, part: usize, line: String) -> Result<String, String> {
    let Some(Prompt::Form { fields }) = question.map(|question| &question.prompt) else {
        return Ok(line);
    };
    let Some(field) = fields.get(part) else {
        return Ok(line);
    };
    let given = line.trim();
    let required = field.details.get("required");
    if given.is_empty() {
        return match required.is_some_and(|required| required == true) {
            true => Err("this field must be filled in".to_owned()),
            false => Ok(String::new()),
        };
    }
    let options = field.details.get("options").and_then(Value::as_array);
    let texts = options.into_iter().flatten().filter_map(Value::as_str);
    let options: Vec<&str> = texts.collect();
    if options.is_empty() {
        return Ok(line);
    }
    let named = options
        .iter()
        .find(|option| screen::visible(option).to_lowercase() == given.to_lowercase());
    let number = || given.parse::<usize>().ok()?.checked_sub(1);
    match named.or_else(|| options.get(number()?)) {
        Some(option) => Ok((*option).to_owned()),
        None => Err(format!(
            "type one of these, or its number: {}",
            options.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wotnot_core::Event;

    use super::*;
    use crate::talk::Picks;

    fn form() -> Question {
        let payload = json!({"message_by": "bot", "message": {"type": "form", "payload": {"fields": [
            {"label": "Name", "required": true},
            {"label": "Treatment", "options": ["Haircut", "Colour"]},
        ]}}});
        let event = Event::from_raw(json!({"event": {"type": "message", "payload": payload}}));
        let prompt = event.content.and_then(|content| content.prompt).unwrap();
        Question {
            prompt,
            picks: Picks::One,
        }
    }

    #[test]
    fn each_field_is_checked_before_the_next_one() {
        let form = form();
        let value = |part, line: &str| super::value(Some(&form), part, line.to_owned());
        assert_eq!(value(0, " ").unwrap_err(), "this field must be filled in");
        assert_eq!(value(0, "Asha"), Ok("Asha".to_owned()));
        assert_eq!(value(1, ""), Ok(String::new()));
        assert_eq!(value(1, "colour"), Ok("Colour".to_owned()));
        assert_eq!(value(1, "1"), Ok("Haircut".to_owned()));
        for wrong in ["0", "3", "Wash"] {
            assert!(value(1, wrong).unwrap_err().contains("Haircut, Colour"));
        }
    }
}
