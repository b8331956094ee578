//! Which button an answer picked: by key, by index when several were picked, or by title when it was typed.

use serde_json::{Value, json};
use wotnot_protocol::{Message, kind};

use super::{Asked, Verdict};
use crate::engine::Rejection;
use crate::flow::{Block, Button, Buttons, Carousel, WritableVariable};

/// Refuses the answer of a button with another callback than the button's.
///
/// ASSUMED: the service wants it copied as it stands, and recognises by it what was picked.
pub(crate) fn check_callback(
    block: &Block,
    message: &Message,
    asked: &Asked<'_>,
) -> Result<(), Rejection> {
    // An answer that picks several has one callback for all of them.
    if message.data.contains_key("selected_button_index") {
        return Ok(());
    }
    let answer = Answer::of(message);
    let Some(button) = answer.by_key(&offered(block), asked) else {
        return Ok(());
    };
    let callback = button.callback.as_ref().map(&asked.render);
    if answer.callback == callback.unwrap_or_default() {
        return Ok(());
    }
    let why =
        "`callback` is not that of the button with this `key`: copy it from the offered button";
    Err(Rejection(why.into()))
}

pub(super) fn buttons<'f>(block: &'f Buttons, message: &Message, asked: &Asked<'_>) -> Verdict<'f> {
    let keep = [block.save_to.as_ref(), block.save_callback_to.as_ref()];
    let picked = match several(block, message) {
        Some(picked) => picked,
        None => match pick(&[&block.buttons], message, asked) {
            Some(button) => vec![button],
            None => return Verdict::Wrong,
        },
    };
    let least = block.least.map_or(1, |least| least as usize);
    let most = block.most.map_or(usize::MAX, |most| most as usize);
    match block.multiple && !(least..=most).contains(&picked.len()) {
        true => Verdict::Wrong,
        false => right(&picked, keep, asked),
    }
}

pub(super) fn carousel<'f>(
    block: &'f Carousel,
    message: &Message,
    asked: &Asked<'_>,
) -> Verdict<'f> {
    let keep = [block.save_to.as_ref(), block.save_callback_to.as_ref()];
    match pick(&cards(block), message, asked) {
        Some(button) => right(&[button], keep, asked),
        None => Verdict::Wrong,
    }
}

/// What an answer says of the button that it picked.
struct Answer<'m> {
    /// Its title, or what was typed.
    body: &'m str,
    /// Its key; none when it was typed.
    key: Option<&'m str>,
    callback: &'m str,
}

impl<'m> Answer<'m> {
    fn of(message: &'m Message) -> Self {
        let text = |name| message.data.get(name).and_then(Value::as_str);
        let key = text("key").filter(|key| message.kind != kind::TEXT && !key.is_empty());
        Self {
            body: text("body").unwrap_or_default(),
            key,
            callback: text("callback").unwrap_or_default(),
        }
    }

    fn by_key<'f>(&self, cards: &[&'f Vec<Button>], asked: &Asked<'_>) -> Option<&'f Button> {
        let key = self.key?;
        let mut offered = cards.iter().enumerate().flat_map(|(card, buttons)| {
            let buttons = buttons.iter().enumerate();
            buttons.map(move |(index, button)| (card, index, button))
        });
        let is_picked = |(card, index, _): &(usize, usize, &Button)| {
            asked.seed.button_key(asked.block, *card, *index) == key
        };
        offered.find(is_picked).map(|(_, _, button)| button)
    }
}

/// The buttons of a block, card by card.
fn offered(block: &Block) -> Vec<&Vec<Button>> {
    match block {
        Block::Buttons(block) => vec![&block.buttons],
        Block::Carousel(block) => cards(block),
        _ => Vec::new(),
    }
}

fn cards(block: &Carousel) -> Vec<&Vec<Button>> {
    block.cards.iter().map(|card| &card.buttons).collect()
}

/// The buttons at `selected_button_index`, when the block takes several, and every index fits.
fn several<'f>(block: &'f Buttons, message: &Message) -> Option<Vec<&'f Button>> {
    let indexes = message.data.get("selected_button_index")?.as_array()?;
    if !block.multiple || indexes.is_empty() {
        return None;
    }
    let indexes = indexes.iter();
    indexes
        .map(|index| block.buttons.get(usize::try_from(index.as_u64()?).ok()?))
        .collect()
}

fn pick<'f>(cards: &[&'f Vec<Button>], message: &Message, asked: &Asked<'_>) -> Option<&'f Button> {
    let answer = Answer::of(message);
    if answer.key.is_some() {
        return answer.by_key(cards, asked);
    }
    let typed = fold(answer.body);
    let mut offered = cards.iter().copied().flatten();
    offered.find(|button| fold(&(asked.render)(&button.title)) == typed)
}

/// What picking these buttons writes and where it leads. `keep` says where titles and callbacks are kept.
fn right<'f>(
    picked: &[&'f Button],
    keep: [Option<&WritableVariable>; 2],
    asked: &Asked<'_>,
) -> Verdict<'f> {
    let only = match picked {
        [button] => Some(*button),
        _ => None,
    };
    if only.is_some_and(|button| button.url.is_some() && button.next.is_none()) {
        return Verdict::GoesOnWaiting;
    }
    let titles = picked.iter().map(|button| Some(&button.title));
    let callbacks = picked.iter().map(|button| button.callback.as_ref());
    let joined = |texts: &mut dyn Iterator<Item = Option<&'f crate::flow::Template>>| {
        let texts: Vec<String> = texts.flatten().map(&asked.render).collect();
        json!(texts.join(", "))
    };
    let [title, callback] = keep;
    let mut writes = Vec::new();
    if let Some(title) = title {
        writes.push((title.clone(), joined(&mut { titles })));
    }
    if let Some(callback) = callback {
        writes.push((callback.clone(), joined(&mut { callbacks })));
    }
    Verdict::Right {
        writes,
        next: only.and_then(|button| button.next.as_ref()),
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
