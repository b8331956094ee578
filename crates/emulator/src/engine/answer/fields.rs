//! Answers made of text, files, form fields, dates and variables.

use jiff::civil::Date;
use serde_json::{Value, json};
use wotnot_protocol::Message;

use super::{Verdict, right};
use crate::engine::value::{number, number_of, text_of};
use crate::flow::{
    Calendar, DateFormat, FieldKind, FileUpload, Form, FormField, Input, InputFormat, Javascript,
    Scope,
};

/// What a right answer is kept as; `None` for a wrong one.
pub(super) fn input(block: &Input, text: &str) -> Option<Value> {
    let is_right = match block.format {
        InputFormat::Number => return number_in(text).map(number),
        InputFormat::Boolean => return yes_or_no(text).map(Value::Bool),
        InputFormat::Date => is_date(text),
        InputFormat::Text => true,
        InputFormat::Email => is_email(text),
        InputFormat::Phone => is_phone(text),
        InputFormat::Name => is_name(text),
        InputFormat::Regex => block.pattern.as_ref().is_none_or(|it| it.is_match(text)),
    };
    (is_right && !text.is_empty()).then(|| json!(text))
}

fn number_in(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The vendor's booleans (0, 1, true, false), and what people type.
fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// One of the vendor's two ways to write a date.
fn is_date(text: &str) -> bool {
    let day_first = DateFormat::DayFirst.read(text);
    day_first.or(DateFormat::MonthFirst.read(text)).is_some()
}

/// The rule of HTML's `type=email`, in short: one `@`, a domain with a dot, no white space.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    !local.is_empty()
        && !local
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// 7 to 15 digits (E.164) with what people write between them.
fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && rest
            .chars()
            .all(|letter| letter.is_ascii_digit() || " -.()/".contains(letter))
}

/// Letters, and what stands between the parts of a name.
fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && !text
            .chars()
            .any(|letter| letter.is_numeric() || "@<>{}[]=_".contains(letter))
}

pub(super) fn files(block: &FileUpload, message: &Message) -> Verdict<'static> {
    let Some(files) = message.data.get("files").and_then(Value::as_array) else {
        return Verdict::Wrong;
    };
    let field = |file: &Value, name: &str| file.get(name).map(text_of).unwrap_or_default();
    let taken = |file: &Value| {
        let kinds = &block.accept;
        let kind = kinds.is_empty()
            || kinds
                .iter()
                .any(|kind| kind.takes(&field(file, "extension"), &field(file, "mime_type")));
        // The documented file has no size; a client that gives one is held to it.
        let size = file.get("size").and_then(number_of).unwrap_or(0.0);
        kind && block
            .max_size
            .is_none_or(|most| size <= most.bytes() as f64)
    };
    if files.len() > block.max_files as usize || !files.iter().all(taken) {
        return Verdict::Wrong;
    }
    let links: Vec<String> = files.iter().map(|file| field(file, "link")).collect();
    right(block.save_to.as_ref(), json!(links.join(", ")))
}

pub(super) fn form(block: &Form, message: &Message) -> Verdict<'static> {
    let Some(answers) = message.data.get("fields").and_then(Value::as_array) else {
        return Verdict::Wrong;
    };
    let label = |answer: &Value| answer.get("label").map(text_of).unwrap_or_default();
    let asked = |answer: &Value| {
        block
            .fields
            .iter()
            .any(|field| field.label == label(answer))
    };
    if !answers.iter().all(asked) {
        return Verdict::Wrong;
    }
    let mut writes = Vec::new();
    for field in &block.fields {
        let answer = answers.iter().find(|answer| label(answer) == field.label);
        let value = answer.and_then(|answer| answer.get("value"));
        let text = value.map(text_of).unwrap_or_default();
        if text.trim().is_empty() {
            if field.required {
                return Verdict::Wrong;
            }
        } else if !field_is_right(field, text.trim()) {
            return Verdict::Wrong;
        } else if let (Some(name), Some(value)) = (&field.save_to, value) {
            writes.push((name.clone(), value.clone()));
        }
    }
    Verdict::Right { writes, next: None }
}

fn field_is_right(field: &FormField, text: &str) -> bool {
    match field.kind {
        FieldKind::Text => true,
        FieldKind::Email => is_email(text),
        FieldKind::Phone => is_phone(text),
        FieldKind::Number => number_in(text).is_some(),
        FieldKind::Date => is_date(text),
        FieldKind::Choice => field.options.iter().any(|option| option == text),
    }
}

pub(super) fn calendar(block: &Calendar, text: &str, today: Date) -> Verdict<'static> {
    let Some(day) = block.format.read(text) else {
        return Verdict::Wrong;
    };
    let early = block.earliest.is_some_and(|bound| day < bound.day(today));
    let late = block.latest.is_some_and(|bound| day > bound.day(today));
    if early || late {
        return Verdict::Wrong;
    }
    right(block.save_to.as_ref(), json!(text.trim()))
}

pub(super) fn javascript(block: &Javascript, message: &Message) -> Verdict<'static> {
    let Some(sent) = message.data.get("variables") else {
        return Verdict::Wrong;
    };
    let mut writes = Vec::new();
    for wanted in &block.variables {
        let list = match wanted.variable().scope {
            Scope::Contact => "contact_variables",
            Scope::Conversation | Scope::System | Scope::Visit => "non_contact_variables",
        };
        let name = wanted.variable().name.as_str();
        let found = sent
            .get(list)
            .and_then(Value::as_array)
            .and_then(|items| {
                items
                    .iter()
                    .find(|item| item.get("name") == Some(&json!(name)))
            })
            .and_then(|item| item.get("value"));
        match found {
            Some(value) => writes.push((wanted.clone(), value.clone())),
            None => return Verdict::Wrong,
        }
    }
    Verdict::Right { writes, next: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_number_or_name_is_refused() {
        for right in [
            "a@b.co",
            "first.last+tag@mail.example.com",
            "ü@bücher.example",
        ] {
            assert!(is_email(right), "{right}");
        }
        for wrong in [
            "", "a", "a@b", "@b.co", "a b@c.de", "a@b..de", "a@b@c.de", "a@-b.de",
        ] {
            assert!(!is_email(wrong), "{wrong}");
        }
        for right in ["+49 (30) 123-4567", "1234567", "+1.555.010.9999"] {
            assert!(is_phone(right), "{right}");
        }
        for wrong in ["123", "call me", "1234567890123456", "+49x1234567"] {
            assert!(!is_phone(wrong), "{wrong}");
        }
        assert!(is_name("Anne-Marie d'Arc") && is_name("李雷"));
        assert!(!is_name("R2D2") && !is_name("--") && !is_name("<b>x</b>"));
    }
}
