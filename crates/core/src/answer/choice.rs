//! Options that are picked.

use serde_json::{Map, Value};
use wotnot_protocol::{Message, kind};

use super::{VALUE, named, refused};
use crate::event::ChoiceOption;
use crate::fields::wrong;
use crate::{Error, Result};

/// What is offered.
pub(super) struct Choice<'p> {
    pub options: &'p [ChoiceOption],
    pub multiple: bool,
    pub least: Option<u64>,
    pub most: Option<u64>,
}

impl Choice<'_> {
    /// One option is answered with its own message; several with one for all, in the order in which they
    /// were given.
    pub(super) fn answer(&self, value: Value) -> Result<Message> {
        let given = match value {
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(at, item)| (format!("{VALUE}[{at}]"), item))
                .collect(),
            one => vec![(VALUE.to_owned(), one)],
        };
        let mut picked: Vec<(usize, &Message)> = Vec::new();
        for (path, item) in &given {
            let index = self.find(path, item)?;
            if picked.iter().any(|(earlier, _)| *earlier == index) {
                return Err(Error::invalid(path, "this option is there twice"));
            }
            let answer = self.options[index].answer.as_ref().ok_or_else(|| {
                Error::invalid(path, "this option is a link to open, not an answer")
            })?;
            picked.push((index, answer));
        }
        self.check_count(picked.len())?;
        match picked.as_slice() {
            [(_, answer)] => Ok((*answer).clone()),
            several => Ok(self.joined(several)),
        }
    }

    fn find(&self, path: &str, item: &Value) -> Result<usize> {
        let found = match item {
            Value::Number(number) => number
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .filter(|index| *index < self.options.len()),
            Value::String(name) => self.find_named(path, name)?,
            other => return Err(wrong(path, "an option's label, key or index", other)),
        };
        found.ok_or_else(|| refused(path, &self.asked()))
    }

    /// By the label, whatever the case and the spaces; else by the key.
    fn find_named(&self, path: &str, name: &str) -> Result<Option<usize>> {
        let with = |is_it: &dyn Fn(&ChoiceOption) -> bool| -> Vec<usize> {
            let all = self.options.iter().enumerate();
            all.filter_map(|(index, option)| is_it(option).then_some(index))
                .collect()
        };
        let exact = with(&|option| option.label == name);
        let found = match exact.len() {
            1 => exact,
            _ => with(&|option| fold(&option.label) == fold(name)),
        };
        match found[..] {
            [] => Ok(
                with(&|option| !name.is_empty() && key(option) == Some(name))
                    .first()
                    .copied(),
            ),
            [one] => Ok(Some(one)),
            _ => Err(Error::invalid(
                path,
                "several options have this label; give the index or the key of one",
            )),
        }
    }

    fn check_count(&self, count: usize) -> Result<()> {
        let offered = self.options.len();
        let bound = |bound: Option<u64>| {
            let bound = bound.and_then(|bound| usize::try_from(bound).ok());
            // No bot can mean more than it offers, nor none at all.
            bound.map(|bound| bound.clamp(1, offered))
        };
        let (least, most) = match self.multiple {
            true => (bound(self.least), bound(self.most)),
            false => (None, Some(1)),
        };
        let least = least.unwrap_or(1);
        let most = most.unwrap_or(offered).max(least);
        if (least..=most).contains(&count) {
            return Ok(());
        }
        Err(match (least, most) {
            (1, 1) => refused(VALUE, "one option"),
            (least, most) if least == most => refused(VALUE, &format!("{least} options")),
            (least, most) => refused(VALUE, &format!("{least} to {most} options")),
        })
    }

    fn joined(&self, picked: &[(usize, &Message)]) -> Message {
        let labels: Vec<&str> = picked
            .iter()
            .map(|(index, _)| self.options[*index].label.as_str())
            .collect();
        let indexes: Vec<Value> = picked.iter().map(|(index, _)| (*index).into()).collect();
        let mut data = Map::new();
        data.insert("body".into(), labels.join(", ").into());
        for name in ["callback", "next_dialog", "key"] {
            data.insert(name.into(), "".into());
        }
        data.insert("selected_button_index".into(), indexes.into());
        Message::new(kind::BUTTON_RESPONSE, data)
    }

    fn asked(&self) -> String {
        let answers = self.options.iter().filter(|option| option.answer.is_some());
        let labels = named(answers.map(|option| option.label.as_str()));
        let last = self.options.len() - 1;
        format!("one of its options, by label or key ({labels}) or by index (0 to {last})")
    }
}

fn key(option: &ChoiceOption) -> Option<&str> {
    option.answer.as_ref()?.data.get("key")?.as_str()
}

fn fold(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
