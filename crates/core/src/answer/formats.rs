//! Texts of a certain form: addresses, phone numbers and dates.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::{VALUE, refused, said};
use crate::Result;

pub(super) const EMAIL: &str = "an e-mail address";
pub(super) const PHONE: &str = "a phone number of 7 to 15 digits";
pub(super) const DATE: &str = "a date as DD/MM/YYYY or MM/DD/YYYY";

const DAY_FIRST: &str = "DD/MM/YYYY";
const MONTH_FIRST: &str = "MM/DD/YYYY";

/// The rule of HTML's `type=email`, in short: one `@`, a domain with a dot, no white space.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_label = |part: &str| {
        let inner = |letter: char| letter.is_alphanumeric() || letter == '-';
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(inner)
    };
    let is_blank = |letter: char| letter.is_whitespace() || letter.is_control();
    !local.is_empty()
        && !local.chars().any(is_blank)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// 7 to 15 digits (E.164) with what people write between them.
pub(super) fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let is_part = |letter: char| letter.is_ascii_digit() || " -.()/".contains(letter);
    (7..=15).contains(&digits) && rest.chars().all(is_part)
}

/// A date in one of the two forms of the vendor's variables.
pub(super) fn is_date(text: &str) -> bool {
    Day::read(text, DAY_FIRST)
        .or_else(|| Day::read(text, MONTH_FIRST))
        .is_some()
}

/// A day of the calendar as `YYYY-MM-DD`.
#[cfg(feature = "gateway")]
pub(crate) fn is_day(text: &str) -> bool {
    Day::read(text, "YYYY-MM-DD").is_some()
}

/// The date as the bot wants it written.
///
/// ASSUMED: `format`, `earliest` and `latest`. A format that this version does not know, or none, takes
/// any text.
pub(super) fn date(validation: &Map<String, Value>, value: &Value) -> Result<String> {
    let rule = |name| validation.get(name).and_then(Value::as_str);
    let format = rule("format").filter(|format| [DAY_FIRST, MONTH_FIRST].contains(format));
    let (earliest, latest) = (rule("earliest"), rule("latest"));
    let mut asked = format.map_or("a date".to_owned(), |format| {
        format!("a date as {format} or YYYY-MM-DD")
    });
    for (word, bound) in [(", not before ", earliest), (", not after ", latest)] {
        if let Some(bound) = bound {
            asked.push_str(word);
            asked.push_str(bound);
        }
    }
    let text = said(VALUE, &asked, value)?.trim();
    let iso = Day::read(text, "YYYY-MM-DD");
    let day = iso.or_else(|| Day::read(text, format?));
    match (day, format) {
        (Some(day), _) if !day.is_within(earliest, latest) => Err(refused(VALUE, &asked)),
        (Some(day), Some(format)) => Ok(day.write(format)),
        (None, Some(_)) => Err(refused(VALUE, &asked)),
        (_, None) => Ok(text.to_owned()),
    }
}

/// A day of the calendar; earlier days are less.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Day {
    year: u32,
    month: u32,
    day: u32,
}

impl Day {
    fn read(text: &str, format: &str) -> Option<Self> {
        let separator = if format.contains('/') { '/' } else { '-' };
        let mut parts = text.split(separator);
        let mut found = Day {
            year: 0,
            month: 0,
            day: 0,
        };
        for name in format.split(separator) {
            let part = parts.next()?;
            let is_whole = part.len() == name.len() || (name != "YYYY" && part.len() == 1);
            if !is_whole || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *match name {
                "YYYY" => &mut found.year,
                "MM" => &mut found.month,
                _ => &mut found.day,
            } = part.parse().ok()?;
        }
        (parts.next().is_none() && found.exists()).then_some(found)
    }

    fn exists(self) -> bool {
        let is_multiple = |of| self.year.is_multiple_of(of);
        let leap = is_multiple(4) && (!is_multiple(100) || is_multiple(400));
        let last = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        (1..=last).contains(&self.day)
    }

    fn write(self, format: &str) -> String {
        let Day { year, month, day } = self;
        match format {
            MONTH_FIRST => format!("{month:02}/{day:02}/{year:04}"),
            _ => format!("{day:02}/{month:02}/{year:04}"),
        }
    }

    /// A bound is `YYYY-MM-DD` or `today`: the day before by UTC for the earliest, the day after for the
    /// latest, because it is another day elsewhere. What is neither is the program's to read.
    fn is_within(self, earliest: Option<&str>, latest: Option<&str>) -> bool {
        const DAY: Duration = Duration::from_secs(86_400);
        let now = SystemTime::now();
        let bound = |bound: Option<&str>, today: SystemTime| match bound? {
            "today" => {
                let text = humantime::format_rfc3339_seconds(today).to_string();
                Day::read(text.split('T').next()?, "YYYY-MM-DD")
            }
            text => Day::read(text, "YYYY-MM-DD"),
        };
        bound(earliest, now - DAY).is_none_or(|earliest| self >= earliest)
            && bound(latest, now + DAY).is_none_or(|latest| self <= latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_or_number_is_refused() {
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
    }

    #[test]
    fn days_that_the_calendar_lacks_are_no_dates() {
        for right in ["29/02/2024", "9/2/1931", "12/31/2026", "31/12/2026"] {
            assert!(is_date(right), "{right}");
        }
        for wrong in [
            "29/02/2023",
            "31/31/2026",
            "1/1/26",
            "2026-01-01",
            "1/1/2026/1",
            "+1/1/2026",
        ] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }

    #[test]
    fn today_is_a_day_wide_on_either_side() {
        let validation = |name: &str| Map::from_iter([(name.to_owned(), Value::from("today"))]);
        let day = |days: i64| {
            let offset = Duration::from_secs(days.unsigned_abs() * 86_400);
            let at = match days < 0 {
                true => SystemTime::now() - offset,
                false => SystemTime::now() + offset,
            };
            let text = humantime::format_rfc3339_seconds(at).to_string();
            Value::from(text.split('T').next().unwrap_or_default())
        };
        for (name, days, taken) in [
            ("earliest", 0, true),
            ("earliest", 3, true),
            ("earliest", -3, false),
            ("latest", 0, true),
            ("latest", -3, true),
            ("latest", 3, false),
        ] {
            assert_eq!(
                date(&validation(name), &day(days)).is_ok(),
                taken,
                "{name} {days}"
            );
        }
    }
}
