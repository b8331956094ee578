//! Questions answered with keys instead of lines: lists, calendars and forms. At a terminal only.

use chrono::NaiveDate;
use inquire::ui::{Color, RenderConfig, StyleSheet, Styled};
use inquire::validator::Validation;
use inquire::{CustomType, DateSelect, InquireError, MultiSelect, Select, Text};
use serde_json::{Map, Value};
use wotnot_core::{ChoiceOption, FormField, Message, Prompt};

use super::answer::{self, FilesAt};
use super::screen;
use super::{Picks, Question};

/// What became of a question.
pub enum Picked {
    /// Say this.
    Say(Message),
    /// What was picked cannot be said; why.
    Wrong(String),
    /// The visitor would rather type (Esc), or there is nothing to pick from.
    Type,
    /// Leave (Ctrl-C).
    Leave,
}

/// Asks, and waits for the answer.
pub fn ask(question: &Question, files: &FilesAt) -> Picked {
    let answered = match &question.prompt {
        Prompt::Choice { options, .. } if !options.is_empty() => choose(question, options),
        Prompt::Slider { .. } => slide(&question.prompt),
        Prompt::Form { fields } if !fields.is_empty() => fill_in(&question.prompt, fields),
        Prompt::Date { validation } => day(&question.prompt, validation),
        Prompt::File { .. } => name_files(&question.prompt, files),
        _ => return Picked::Type,
    };
    match answered {
        Ok(Ok(message)) => Picked::Say(message),
        Ok(Err(hint)) => Picked::Wrong(hint),
        Err(InquireError::OperationCanceled) => Picked::Type,
        Err(InquireError::OperationInterrupted) => Picked::Leave,
        Err(error) => {
            screen::print(&screen::trouble(&format!("the terminal: {error}")));
            Picked::Type
        }
    }
}

/// The message, or what to do instead; outside, why nothing was answered at all.
type Answered = Result<Result<Message, String>, InquireError>;

const KEYS: &str = "arrow keys and Enter; Esc to type instead";

fn looks() -> RenderConfig<'static> {
    let colours = screen::for_terminal("\u{1b}[1m").is_empty();
    let config = match colours {
        true => RenderConfig::empty(),
        false => RenderConfig::default_colored(),
    };
    let sign = |sign: &'static str| match colours {
        true => Styled::new(sign),
        false => Styled::new(sign).with_style_sheet(StyleSheet::new().with_fg(Color::LightGreen)),
    };
    config
        .with_prompt_prefix(sign(">"))
        .with_answered_prompt_prefix(sign(">"))
        .with_highlighted_option_prefix(sign("›"))
}

fn choose(question: &Question, options: &[ChoiceOption]) -> Answered {
    let labels: Vec<String> = options.iter().map(label).collect();
    let picked = match question.picks {
        Picks::One => {
            let list = Select::new("", labels.clone())
                .with_help_message(KEYS)
                .with_render_config(looks());
            vec![list.raw_prompt()?.index]
        }
        Picks::Several => {
            let list = MultiSelect::new("", labels.clone())
                .with_help_message("space picks, Enter says it; Esc to type instead")
                .with_render_config(looks());
            let picked = list.raw_prompt()?;
            picked.iter().map(|option| option.index).collect()
        }
    };
    Ok(answer::pick(&question.prompt, &picked))
}

fn label(option: &ChoiceOption) -> String {
    let mut label = screen::visible(&option.label);
    if let Some(card) = &option.card {
        label = format!("{}: {label}", screen::visible(&card.title));
    }
    if let Some(url) = &option.url {
        label.push_str(&format!("  {}", screen::visible(url)));
    }
    label
}

fn slide(prompt: &Prompt) -> Answered {
    let hint = screen::hint(prompt).unwrap_or_default();
    let wrong = format!("{hint}, please");
    let scale = prompt.clone();
    let typed = CustomType::<f64>::new("")
        .with_help_message(&format!("{hint}; Esc to type instead"))
        .with_error_message(&wrong)
        .with_validator(move |value: &f64| {
            Ok(match scale.answer(*value) {
                Ok(_) => Validation::Valid,
                Err(_) => Validation::Invalid(format!("{hint}, please").into()),
            })
        })
        .with_render_config(looks())
        .prompt()?;
    Ok(answer::answered(prompt, typed))
}

fn fill_in(prompt: &Prompt, fields: &[FormField]) -> Answered {
    let mut filled = Vec::new();
    for field in fields {
        filled.push((field.label.as_str(), value(field)?));
    }
    let filled = filled.iter().map(|(label, value)| (*label, value.as_str()));
    Ok(answer::fill_in(prompt, filled))
}

fn value(field: &FormField) -> Result<String, InquireError> {
    let label = screen::visible(&field.label);
    let options: Vec<String> = strings(field.details.get("options"));
    if !options.is_empty() {
        let list = Select::new(&label, options).with_render_config(looks());
        return list.prompt();
    }
    let optional = field
        .details
        .get("required")
        .is_some_and(|required| required == false);
    let text = Text::new(&label).with_render_config(looks());
    match optional {
        true => text.with_help_message("may be left empty").prompt(),
        false => text
            .with_validator(inquire::validator::ValueRequiredValidator::new(
                "this field must be filled in",
            ))
            .prompt(),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(Value::as_str)
        .map(screen::visible)
        .collect()
}

/// A calendar; the day is said in the format that the bot asks for.
fn day(prompt: &Prompt, validation: &Map<String, Value>) -> Answered {
    let bound = |name: &str| match validation.get(name).and_then(Value::as_str) {
        Some("today") => Some(today()),
        Some(day) => NaiveDate::parse_from_str(day, "%Y-%m-%d").ok(),
        None => None,
    };
    let help = format!(
        "{}; arrow keys, [ ] for months, Enter; Esc to type instead",
        screen::hint(prompt).unwrap_or_default()
    );
    let (earliest, latest) = (bound("earliest"), bound("latest"));
    let mut calendar = DateSelect::new("")
        .with_help_message(&help)
        .with_starting_date(earliest.unwrap_or_else(today).max(today()))
        .with_render_config(looks());
    if let Some(earliest) = earliest {
        calendar = calendar.with_min_date(earliest);
    }
    if let Some(latest) = latest {
        calendar = calendar.with_max_date(latest);
    }
    let picked = calendar.prompt()?;
    Ok(answer::answered(prompt, picked.to_string()))
}

/// The day by UTC: what the service counts in.
fn today() -> NaiveDate {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let days = since.map_or(0, |since| since.as_secs() / 86_400);
    let days = chrono::Days::new(days);
    NaiveDate::default()
        .checked_add_days(days)
        .unwrap_or_default()
}

fn name_files(prompt: &Prompt, files: &FilesAt) -> Answered {
    let help = match &files.0 {
        Some(base) => format!("paths, to be fetched below {base}, or URLs; commas between"),
        None => "URLs, with commas between".to_owned(),
    };
    let hint = screen::hint(prompt).unwrap_or_default();
    let typed = Text::new("")
        .with_help_message(&format!("{hint}. {help}; Esc to type something else"))
        .with_render_config(looks())
        .prompt()?;
    let names = typed.split(',').map(str::trim).filter(|it| !it.is_empty());
    Ok(answer::file_links(names, files).and_then(|links| answer::answered(prompt, links)))
}
