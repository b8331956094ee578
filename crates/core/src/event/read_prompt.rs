//! Reads the JSON form of a prompt back, as an event has it. A kind that this version does not know is
//! `unknown`, as it is when it comes from the service.

use serde_json::{Map, Value};
use wotnot_protocol::Message;

use super::{ChoiceOption, FormField, Prompt, TextFormat, form_field, number, string};
use crate::fields::wrong;
use crate::{Error, Result};

/// Reads `prompt` of an event. What does not matter for an answer, such as the cards of options, is left
/// out.
///
/// # Errors
/// `invalid_argument` naming the field.
pub fn read_prompt(value: Value) -> Result<Prompt> {
    let Value::Object(prompt) = value else {
        return Err(wrong("prompt", "the `prompt` of an event", &value));
    };
    let Some(kind) = prompt.get("kind").and_then(Value::as_str) else {
        return Err(Error::invalid(
            "prompt.kind",
            "missing; expected the whole `prompt` of an event",
        ));
    };
    let object = |name: &str| match prompt.get(name) {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    let count = |name: &str| number(prompt.get(name)).and_then(|number| number.as_u64());
    Ok(match kind {
        "text" => Prompt::Text {
            format: match prompt.get("format").and_then(Value::as_str) {
                Some("name") => TextFormat::Name,
                Some("email") => TextFormat::Email,
                Some("phone") => TextFormat::Phone,
                _ => TextFormat::Any,
            },
        },
        "choice" => Prompt::Choice {
            options: list(&prompt, "options")?
                .iter()
                .enumerate()
                .map(|(at, option)| read_option(at, option))
                .collect::<Result<_>>()?,
            multiple: prompt.get("multiple") == Some(&Value::Bool(true)),
            least: count("least"),
            most: count("most"),
        },
        "slider" => Prompt::Slider {
            min: number(prompt.get("min")),
            max: number(prompt.get("max")),
            step: number(prompt.get("step")),
            unit: string(prompt.get("unit")),
        },
        "file" => Prompt::File {
            limits: object("limits"),
        },
        "form" => Prompt::Form {
            fields: list(&prompt, "fields")?
                .iter()
                .filter_map(form_field)
                .collect::<Vec<FormField>>(),
        },
        "date" => Prompt::Date {
            validation: object("validation"),
        },
        "javascript" => Prompt::Javascript {
            code: string(prompt.get("code")),
            variables: list(&prompt, "variables")?.clone(),
        },
        _ => Prompt::Unknown {},
    })
}

fn list<'p>(prompt: &'p Map<String, Value>, name: &str) -> Result<&'p Vec<Value>> {
    let expected = "the array that the event has";
    match prompt.get(name) {
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(wrong(&format!("prompt.{name}"), expected, other)),
        None => Err(Error::invalid(
            &format!("prompt.{name}"),
            format_args!("missing; expected {expected}"),
        )),
    }
}

fn read_option(at: usize, option: &Value) -> Result<ChoiceOption> {
    let path = format!("prompt.options[{at}]");
    let Some(label) = option.get("label").and_then(Value::as_str) else {
        return Err(Error::invalid(&path, "expected an option with its `label`"));
    };
    Ok(ChoiceOption {
        label: label.to_owned(),
        answer: match option.get("answer") {
            None | Some(Value::Null) => None,
            Some(answer) => Some(read_answer(&path, answer)?),
        },
        url: string(option.get("url")),
        card: None,
    })
}

fn read_answer(path: &str, answer: &Value) -> Result<Message> {
    match (&answer["type"], &answer["data"]) {
        (Value::String(kind), Value::Object(data)) => Ok(Message::new(kind, data.clone())),
        _ => {
            let problem = "expected the option's own `answer`, {type, data}";
            Err(Error::invalid(&format!("{path}.answer"), problem))
        }
    }
}
