//! Judges what the visitor sent against the block that asked: right, wrong, or no answer at all.
//! The texts that follow are the engine's.

mod fields;
mod picks;
mod shape;

use jiff::civil::Date;
use serde_json::Value;
use wotnot_protocol::{Message, kind};

pub(crate) use picks::check_callback;
pub(crate) use shape::check_shape;

use super::Rejection;
use super::value::number;
use crate::flow::{Block, BlockName, Slider, Template, WritableVariable};
use crate::seed::Seed;

/// What became of an answer.
pub(crate) enum Verdict<'f> {
    /// Right: variables to write, and where the picked button leads when it says so.
    Right {
        writes: Vec<(WritableVariable, Value)>,
        next: Option<&'f BlockName>,
    },
    /// A button that opened a page: the block goes on waiting.
    GoesOnWaiting,
    /// Wrong: the block's error text, and the question again.
    Wrong,
}

/// The question that is answered.
pub(crate) struct Asked<'a> {
    pub seed: Seed,
    pub block: &'a str,
    pub today: Date,
    /// Gives a text as the visitor saw it.
    pub render: Box<dyn Fn(&Template) -> String + 'a>,
}

/// Refuses a kind of message that cannot answer this block. Text can where it may be typed: people do.
pub(crate) fn check_kind(
    block: &Block,
    message: &Message,
    may_be_typed: bool,
) -> Result<(), Rejection> {
    let wanted = match block {
        Block::Buttons(_) | Block::Carousel(_) => kind::BUTTON_RESPONSE,
        Block::Slider(_) => kind::SLIDER_RESPONSE,
        Block::FileUpload(_) => kind::FILE_UPLOAD_RESPONSE,
        Block::Form(_) => kind::FORM_RESPONSE,
        Block::Javascript(_) => kind::JAVASCRIPT_RESPONSE,
        _ => kind::TEXT,
    };
    if message.kind == wanted || (may_be_typed && message.kind == kind::TEXT) {
        return Ok(());
    }
    let text = format!(
        "a `{}` block is answered with `{wanted}`, not with `{}`",
        block.type_name(),
        message.kind
    );
    Err(Rejection(text.into()))
}

/// Judges an answer whose shape and kind have been checked.
pub(crate) fn judge<'f>(block: &'f Block, message: &Message, asked: &Asked<'_>) -> Verdict<'f> {
    let text = message.data.get("body").and_then(Value::as_str);
    match block {
        Block::Input(block) => match fields::input(block, text.unwrap_or_default().trim()) {
            Some(value) => right(block.save_to.as_ref(), value),
            None => Verdict::Wrong,
        },
        Block::Buttons(block) => picks::buttons(block, message, asked),
        Block::Carousel(block) => picks::carousel(block, message, asked),
        Block::Slider(block) => slider(block, message, text),
        Block::FileUpload(block) => fields::files(block, message),
        Block::Form(block) => fields::form(block, message),
        Block::Calendar(block) => fields::calendar(block, text.unwrap_or_default(), asked.today),
        Block::Javascript(block) => fields::javascript(block, message),
        _ => Verdict::GoesOnWaiting,
    }
}

fn right(save_to: Option<&WritableVariable>, value: Value) -> Verdict<'static> {
    Verdict::Right {
        writes: save_to
            .map(|name| (name.clone(), value))
            .into_iter()
            .collect(),
        next: None,
    }
}

fn slider(block: &Slider, message: &Message, text: Option<&str>) -> Verdict<'static> {
    let value = match message.data.get("value") {
        Some(value) => value.as_f64(),
        None => text.and_then(|text| text.trim().parse().ok()),
    };
    match value.filter(|value| on_the_scale(block, *value)) {
        Some(value) => right(block.save_to.as_ref(), number(value)),
        None => Verdict::Wrong,
    }
}

fn on_the_scale(slider: &Slider, value: f64) -> bool {
    let steps = (value - slider.min) / slider.step;
    let on_a_step = (steps - steps.round()).abs() < 1e-6;
    value.is_finite() && value >= slider.min && value <= slider.max && on_a_step
}
