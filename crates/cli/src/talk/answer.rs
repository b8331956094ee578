//! Makes the message that answers a question out of what a person typed or picked. Sends nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Number, Value, json};
use wotnot_core::strict::read_message;
use wotnot_core::{ChoiceOption, Error, FileLink, Message, Prompt, check_message};

use super::{Picks, Question};

/// How files that the visitor names get to the company's side.
#[derive(Clone, Debug)]
pub enum FileSource {
    /// As links that the visitor gives: nothing is uploaded to the service.
    Links,
    /// The same, and a path stands for its name below this URL.
    Below(String),
    /// By their bytes, to a gateway.
    Upload,
}

impl FileSource {
    /// Links, and paths below the URL where there is one.
    pub fn at(url: Option<String>) -> Self {
        url.map_or(Self::Links, Self::Below)
    }
}

/// What the link of a file that is uploaded begins with, before it has one. Nobody is ever asked there.
const UPLOAD: &str = "https://upload.invalid/";

/// The path of a file that is to be uploaded; `None` for a link of the visitor's.
pub fn uploaded_path(link: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(link.strip_prefix(UPLOAD)?).ok()?;
    String::from_utf8(bytes).ok()
}

/// One line that a question asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name: a form's label, a variable's name; empty when there is one part alone.
    pub label: String,
    /// What to type, in short.
    pub hint: String,
}

/// The lines that answer a question: one, but for forms and code.
pub fn parts(question: Option<&Question>) -> Vec<Part> {
    let part = |label: &str, hint: String| Part {
        label: label.to_owned(),
        hint,
    };
    match question.map(|question| &question.prompt) {
        Some(Prompt::Form { fields }) if !fields.is_empty() => fields
            .iter()
            .map(|field| part(&field.label, field_hint(&field.details)))
            .collect(),
        Some(Prompt::Javascript { variables, .. }) if !variables.is_empty() => variables
            .iter()
            .map(|name| part(&variable_name(name), String::new()))
            .collect(),
        _ => vec![part("", String::new())],
    }
}

fn field_hint(details: &serde_json::Map<String, Value>) -> String {
    let options = details.get("options").and_then(Value::as_array);
    let options: Vec<&str> = options
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let optional = details
        .get("required")
        .is_some_and(|required| required == false);
    match (options.is_empty(), optional) {
        (false, _) => options.join(", "),
        (true, true) => "may be left empty".to_owned(),
        (true, false) => String::new(),
    }
}

/// A variable of a code block: its name, or an object with one.
pub fn variable_name(variable: &Value) -> String {
    match variable {
        Value::String(name) => name.clone(),
        other => {
            let name = other.get("name").and_then(Value::as_str);
            name.unwrap_or_default().to_owned()
        }
    }
}

/// The message for these lines, one for each of [`parts`].
///
/// # Errors
/// What to type instead.
pub fn read(
    question: Option<&Question>,
    lines: &[String],
    files: &FileSource,
) -> Result<Message, String> {
    let line = lines.first().map(|line| line.trim()).unwrap_or_default();
    let Some(question) = question else {
        return text(line);
    };
    match &question.prompt {
        Prompt::Choice { options, .. } if !options.is_empty() => {
            let picked = picked(line, options, question.picks)?;
            pick(&question.prompt, &picked)
        }
        Prompt::Slider { .. } => answered(&question.prompt, number(line)?),
        Prompt::File { .. } => {
            let names = line.split(',').map(str::trim).filter(|it| !it.is_empty());
            let links = file_links(names, files)?;
            answered(&question.prompt, links)
        }
        Prompt::Form { fields } if !fields.is_empty() => {
            let filled = fields.iter().zip(lines);
            let filled = filled.map(|(field, line)| (field.label.as_str(), line.trim()));
            answered(&question.prompt, filled_in(filled))
        }
        Prompt::Javascript { variables, .. } if !variables.is_empty() => {
            let names = variables.iter().map(variable_name);
            returned(names.zip(lines.iter().map(|line| line.trim().to_owned())))
        }
        _ => text(line),
    }
}

/// Plain text.
pub fn text(line: &str) -> Result<Message, String> {
    check_message(Message::text(line)).map_err(|_| "Type something.".into())
}

/// The options that a line names: numbers or labels, separated by commas where several may be picked.
fn picked(line: &str, options: &[ChoiceOption], picks: Picks) -> Result<Vec<usize>, String> {
    if let Some(index) = find(line, options) {
        return Ok(vec![index]);
    }
    let several = match picks {
        Picks::Several => line.split(',').map(|name| find(name, options)).collect(),
        Picks::One => None,
    };
    several.ok_or_else(|| {
        let many = match picks {
            Picks::One => "",
            Picks::Several => "; several with commas between",
        };
        format!("Pick 1 to {} or type a label{many}.", options.len())
    })
}

/// A label, else a number from 1.
fn find(name: &str, options: &[ChoiceOption]) -> Option<usize> {
    let folded = fold(name);
    let by_label = options
        .iter()
        .position(|option| fold(&option.label) == folded);
    by_label.or_else(|| {
        let number: usize = folded.parse().ok()?;
        (1..=options.len()).contains(&number).then(|| number - 1)
    })
}

fn fold(label: &str) -> String {
    // What a terminal does not show cannot be typed.
    let label = crate::screen::visible(label);
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The options with these labels, in the order in which they are named.
///
/// # Errors
/// The label that is not offered, and those that are.
pub fn labelled(options: &[ChoiceOption], labels: &[String]) -> Result<Vec<usize>, String> {
    let position = |label: &String| {
        let found = options
            .iter()
            .position(|option| fold(&option.label) == fold(label));
        found.ok_or_else(|| {
            let offered: Vec<String> = options
                .iter()
                .map(|option| format!("[{}]", option.label))
                .collect();
            match offered.is_empty() {
                true => format!("[{label}] cannot be picked: the bot offers no choices"),
                false => format!("[{label}] is not offered: {}", offered.join(" ")),
            }
        })
    };
    labels.iter().map(position).collect()
}

/// The message that picks these options.
///
/// # Errors
/// The option is a mere link, or so many cannot be picked.
pub fn pick(prompt: &Prompt, picked: &[usize]) -> Result<Message, String> {
    if let (Prompt::Choice { options, .. }, [one]) = (prompt, picked)
        && let Some(option) = options.get(*one)
        && option.answer.is_none()
    {
        let page = option.url.as_deref().unwrap_or(&option.label);
        return Err(format!("That is a link: {page}"));
    }
    answered(prompt, picked.to_vec())
}

/// The message for a value that fits what is asked.
///
/// # Errors
/// What the bot asks for.
pub fn answered(prompt: &Prompt, value: impl Into<Value>) -> Result<Message, String> {
    prompt.answer(value).map_err(|error| {
        let reason = error.message().trim_start_matches("value");
        reason.trim_start_matches(['.', ':', ' ']).to_owned()
    })
}

/// A value on a slider, whether it is on the scale or not.
///
/// # Errors
/// It is no number.
pub fn slider(line: &str) -> Result<Message, String> {
    message(json!({"type": "slider.response", "data": {"value": number(line)?}}))
}

fn number(line: &str) -> Result<Number, String> {
    line.parse().map_err(|_| "Type a number.".to_owned())
}

/// Files by URL, or by local path when `files` says where they can be fetched.
///
/// # Errors
/// What to type instead.
pub fn file_links<'n>(
    names: impl Iterator<Item = &'n str>,
    files: &FileSource,
) -> Result<Vec<FileLink>, String> {
    let links: Vec<FileLink> = names
        .map(|name| file_link(name, files))
        .collect::<Result<_, String>>()?;
    match (links.is_empty(), files) {
        (false, _) => Ok(links),
        (true, FileSource::Upload) => {
            Err("Type the names of your files, with commas between.".to_owned())
        }
        (true, _) => Err("Type the URLs of your files, with commas between.".to_owned()),
    }
}

fn file_link(name: &str, files: &FileSource) -> Result<FileLink, String> {
    let is_url = name.starts_with("https://") || name.starts_with("http://");
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let link = match (files, is_url) {
        (FileSource::Upload, true) => {
            return Err(format!(
                "`{name}` is a link, and a gateway takes files: name one of this machine."
            ));
        }
        (_, true) => {
            return Ok(FileLink {
                link: name.to_owned(),
                ..FileLink::default()
            });
        }
        (FileSource::Links, false) => {
            return Err(format!(
                "`{name}` is no URL, and nothing is uploaded: type the address where it can be fetched, or start with --files-at URL."
            ));
        }
        (FileSource::Below(base), false) => {
            format!("{}/{}", base.trim_end_matches('/'), escaped(last))
        }
        (FileSource::Upload, false) => format!("{UPLOAD}{}", URL_SAFE_NO_PAD.encode(name)),
    };
    Ok(FileLink {
        link,
        path: Some(name.to_owned()),
        ..FileLink::default()
    })
}

/// A file's name as the last segment of a URL.
fn escaped(name: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    name.bytes()
        .map(|byte| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// A filled form, whatever it asks for: labels and values.
///
/// # Errors
/// Nothing was filled in.
pub fn form<'f>(filled: impl Iterator<Item = (&'f str, &'f str)>) -> Result<Message, String> {
    message(json!({"type": "form.response", "data": {"fields": filled_in(filled)}}))
}

fn filled_in<'f>(filled: impl Iterator<Item = (&'f str, &'f str)>) -> Vec<Value> {
    filled
        .map(|(label, value)| json!({"label": label, "value": value}))
        .collect()
}

/// What a code block's variables became; values that read as JSON scalars are sent as such.
///
/// # Errors
/// A variable that cannot be sent.
pub fn returned(values: impl Iterator<Item = (String, String)>) -> Result<Message, String> {
    let (mut contact, mut other) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let value = match serde_json::from_str(&value) {
            Ok(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar,
            _ => Value::String(value),
        };
        let bare = name.split_once('.').map_or(name.as_str(), |(_, bare)| bare);
        let entry = json!({"name": bare, "value": value});
        match name.starts_with("contact.") {
            true => contact.push(entry),
            false => other.push(entry),
        }
    }
    message(
        json!({"type": "javascript.response", "data": {"variables": {
            "contact_variables": contact, "non_contact_variables": other,
        }}}),
    )
}

fn message(value: Value) -> Result<Message, String> {
    read_message(value)
        .and_then(check_message)
        .map_err(|error| plain(&error))
}

fn plain(error: &Error) -> String {
    error.message().to_owned()
}
