//! What the arrow keys walk through while a question stands: options, a field's values, days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use wotnot_core::Prompt;

use super::{Picks, Question};
use crate::screen;

/// The most days that the arrow keys lead through.
pub const DAYS: usize = 366;

/// The choices of a question, as they would be typed; of a form those of the field with this number. None
/// where several may be picked at once: those are written with commas between.
pub fn choices(question: Option<&Question>, part: usize) -> Vec<String> {
    let Some(question) = question else {
        return Vec::new();
    };
    match &question.prompt {
        Prompt::Choice { options, .. } if question.picks == Picks::One => options
            .iter()
            .map(|option| screen::visible(&option.label))
            .collect(),
        Prompt::Form { fields } => {
            let details = fields.get(part).map(|field| &field.details);
            let options = details.and_then(|details| details.get("options")?.as_array());
            let texts = options.into_iter().flatten().filter_map(Value::as_str);
            texts.map(screen::visible).collect()
        }
        Prompt::Date { validation } => days(validation),
        _ => Vec::new(),
    }
}

/// The days that the bot takes, from today on; back from the last one where all of them are past.
fn days(validation: &Map<String, Value>) -> Vec<String> {
    let rule = |name: &str| validation.get(name).and_then(Value::as_str);
    let format = match rule("format") {
        Some("MM/DD/YYYY") => "%m/%d/%Y",
        Some("YYYY-MM-DD") => "%Y-%m-%d",
        _ => "%d/%m/%Y",
    };
    let bound = |name: &str| match rule(name)? {
        "today" => Some(today()),
        day => Date::strptime("%Y-%m-%d", day).ok(),
    };
    let (earliest, latest) = (bound("earliest"), bound("latest"));
    let first = earliest.unwrap_or_else(today).max(today());
    let inside = |day: &Date| {
        earliest.is_none_or(|earliest| *day >= earliest)
            && latest.is_none_or(|latest| *day <= latest)
    };
    let days: Vec<Date> = match latest {
        Some(latest) if latest < first => from(latest, Date::yesterday),
        _ => from(first, Date::tomorrow),
    };
    let days = days.iter().take_while(|day| inside(day));
    days.map(|day| day.strftime(format).to_string()).collect()
}

fn from(first: Date, step: fn(Date) -> Result<Date, jiff::Error>) -> Vec<Date> {
    let days = std::iter::successors(Some(first), |day| step(*day).ok());
    days.take(DAYS).collect()
}

/// The day by UTC: what the service counts in.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_keep_to_the_bots_bounds_and_format() {
        let rule = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let ahead = days(&rule(
            r#"{"format": "MM/DD/YYYY", "earliest": "2999-12-31", "latest": "3000-01-01"}"#,
        ));
        assert_eq!(ahead, ["12/31/2999", "01/01/3000"]);
        let past = days(&rule(
            r#"{"earliest": "1999-12-31", "latest": "2000-01-01"}"#,
        ));
        assert_eq!(past, ["01/01/2000", "31/12/1999"]);
        assert_eq!(days(&Map::new()).len(), DAYS);
    }
}
