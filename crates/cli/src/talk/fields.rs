//! What is typed into one field of a form, checked before the next one is asked for. The rules are the core's.

use serde_json::{Value, json};
use wotnot_core::Prompt;

use super::{Question, answer};
use crate::screen;

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
    let options = field.details.get("options").and_then(Value::as_array);
    let texts = options.into_iter().flatten().filter_map(Value::as_str);
    let options: Vec<&str> = texts.collect();
    let named = options
        .iter()
        .find(|option| screen::visible(option).to_lowercase() == given.to_lowercase());
    let number = || given.parse::<usize>().ok()?.checked_sub(1);
    let option = named.or_else(|| options.get(number()?));
    let value = option.map_or(given, |option| option);
    let alone = Prompt::Form {
        fields: vec![field.clone()],
    };
    answer::answered(&alone, json!({field.label.as_str(): value}))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wotnot_core::Event;

    use super::*;

    fn form() -> Question {
        let payload = json!({"message_by": "bot", "message": {"type": "form", "payload": {"fields": [
            {"label": "Name", "required": true},
            {"label": "Treatment", "options": ["Haircut", "Colour"]},
            {"label": "E-mail", "type": "email"},
        ]}}});
        let event = Event::from_raw(json!({"event": {"type": "message", "payload": payload}}));
        let prompt = event.content.and_then(|content| content.prompt).unwrap();
        Question::of(prompt)
    }

    #[test]
    fn each_field_is_checked_before_the_next_one() {
        let form = form();
        let value = |part, line: &str| super::value(Some(&form), part, line.to_owned());
        assert!(
            value(0, " ")
                .unwrap_err()
                .starts_with("Name: the bot requires")
        );
        assert!(value(2, "asha").unwrap_err().contains("an e-mail address"));
        assert_eq!(value(0, "Asha"), Ok("Asha".to_owned()));
        assert_eq!(value(1, ""), Ok(String::new()));
        assert_eq!(value(1, "colour"), Ok("Colour".to_owned()));
        assert_eq!(value(1, "1"), Ok("Haircut".to_owned()));
        for wrong in ["0", "3", "Wash"] {
            assert!(value(1, wrong).unwrap_err().contains("Haircut"));
        }
    }
}
