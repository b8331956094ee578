//! Which button an answer picked: by key, by index when several were picked, or by title when it was typed.

use serde_json::{Value, json};
use wotnot_protocol::{Message, kind};

use super::{Asked, Verdict, right};
use crate::engine::prompt::button_key;
use crate::flow::{Button, Buttons, Carousel, WritableVariable};

pub(super) fn buttons<'f>(block: &'f Buttons, message: &Message, asked: &Asked<'_>) -> Verdict<'f> {
    let titles = if block.multiple {
        several(block, message, asked)
    } else {
        None
    };
    let enough = |count: usize| {
        let bound = |bound: Option<u32>, otherwise| bound.map_or(otherwise, |it| it as usize);
        (bound(block.least, 1)..=bound(block.most, usize::MAX)).contains(&count)
    };
    if let Some(titles) = titles {
        return match enough(titles.len()) {
            true => right(block.save_to.as_ref(), json!(titles.join(", "))),
            false => Verdict::Wrong,
        };
    }
    if block.multiple && !enough(1) {
        return Verdict::Wrong;
    }
    pick(&[&block.buttons], block.save_to.as_ref(), message, asked)
}

pub(super) fn carousel<'f>(
    block: &'f Carousel,
    message: &Message,
    asked: &Asked<'_>,
) -> Verdict<'f> {
    let cards: Vec<&Vec<Button>> = block.cards.iter().map(|card| &card.buttons).collect();
    pick(&cards, block.save_to.as_ref(), message, asked)
}

/// The titles at `selected_button_index`, when there is one and every index fits.
fn several(block: &Buttons, message: &Message, asked: &Asked<'_>) -> Option<Vec<String>> {
    let indexes = message.data.get("selected_button_index")?.as_array()?;
    if indexes.is_empty() {
        return None;
    }
    indexes
        .iter()
        .map(|index| {
            let index = usize::try_from(index.as_u64()?).ok()?;
            Some((asked.titles)(&block.buttons.get(index)?.title))
        })
        .collect()
}

fn pick<'f>(
    cards: &[&'f Vec<Button>],
    save_to: Option<&WritableVariable>,
    message: &Message,
    asked: &Asked<'_>,
) -> Verdict<'f> {
    let body = message
        .data
        .get("body")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let key = message
        .data
        .get("key")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let typed = message.kind == kind::TEXT || key.is_empty();
    let offered = cards.iter().enumerate().flat_map(|(card, buttons)| {
        let number = move |(index, button)| (card, index, button);
        buttons.iter().enumerate().map(number)
    });
    let picked = offered.into_iter().find(|(card, index, button)| {
        if typed {
            fold(&(asked.titles)(&button.title)) == fold(body)
        } else {
            button_key(asked.seed, asked.block, *card, *index) == key
        }
    });
    let Some((_, _, button)) = picked else {
        return Verdict::Wrong;
    };
    if button.url.is_some() && button.next.is_none() {
        return Verdict::GoesOnWaiting;
    }
    let title = json!((asked.titles)(&button.title));
    let writes = save_to
        .map(|name| (name.clone(), title))
        .into_iter()
        .collect();
    Verdict::Right {
        writes,
        next: button.next.as_ref(),
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
