//! What blocks that wait for an answer may not say.

use std::collections::HashSet;

use super::super::finding::Code;
use super::super::model::{
    Block, Button, Buttons, Calendar, DateBound, FieldKind, FileUpload, Form, Input, InputFormat,
    Slider, Step, WritableVariable,
};
use super::{Checker, Placed};

/// The most buttons of one block or card.
const MAX_BUTTONS: usize = 10;

impl Checker<'_> {
    pub(super) fn prompt(&self, placed: &Placed<'_>) {
        if let Some(prompt) = placed.block.prompt() {
            match (prompt.attempts, prompt.otherwise) {
                (Some(0), _) => self.add(
                    Code::BadValue,
                    placed.field("attempts"),
                    "`attempts` is at least 1",
                    "",
                ),
                (Some(_), None) => self.add(
                    Code::MissingField,
                    placed.field("attempts"),
                    "`attempts` needs an `else`",
                    "name the block that comes after the last wrong answer",
                ),
                (None, Some(_)) => self.add(
                    Code::MissingField,
                    placed.field("else"),
                    "`else` is never taken without `attempts`",
                    "say how many wrong answers are taken first: `attempts: 3`",
                ),
                _ => {}
            }
        }
        match placed.block {
            Block::Input(input) => self.input(placed, input),
            Block::Buttons(block) => {
                self.choices(placed, block);
                self.saved_callback(placed, block.save_callback_to.as_ref(), &[&block.buttons]);
            }
            Block::Carousel(carousel) => {
                let cards: Vec<_> = carousel.cards.iter().map(|card| &card.buttons).collect();
                self.saved_callback(placed, carousel.save_callback_to.as_ref(), &cards);
                if carousel.cards.is_empty() {
                    self.add(
                        Code::BadValue,
                        placed.field("cards"),
                        "a carousel needs at least one card",
                        "",
                    );
                }
                for (index, card) in carousel.cards.iter().enumerate() {
                    self.buttons(
                        placed,
                        &card.buttons,
                        &[Step::Field("cards"), Step::Item(index)],
                    );
                    if let Some(image) = &card.image {
                        let path = [
                            Step::Field("cards"),
                            Step::Item(index),
                            Step::Field("image"),
                        ];
                        self.url(placed, &path, image);
                    }
                }
            }
            Block::Slider(slider) => self.slider(placed, slider),
            Block::FileUpload(upload) => self.upload(placed, upload),
            Block::Form(form) => self.form(placed, form),
            Block::Calendar(calendar) => self.calendar(placed, calendar),
            Block::Javascript(block) if block.code.trim().is_empty() => {
                self.add(Code::BadValue, placed.field("code"), "`code` is empty", "");
            }
            _ => {}
        }
    }

    fn input(&self, placed: &Placed<'_>, input: &Input) {
        match (input.format, &input.pattern) {
            (InputFormat::Regex, None) => {
                self.add(
                    Code::MissingField,
                    placed.field("format"),
                    "`format: regex` needs a `pattern`",
                    "",
                );
            }
            (InputFormat::Regex, Some(_)) | (_, None) => {}
            (_, Some(_)) => self.add(
                Code::BadValue,
                placed.field("pattern"),
                "`pattern` is only looked at with `format: regex`",
                "add `format: regex`",
            ),
        }
    }

    fn choices(&self, placed: &Placed<'_>, block: &Buttons) {
        self.buttons(placed, &block.buttons, &[]);
        self.bounds(placed, block);
        let leading = block
            .buttons
            .iter()
            .position(|button| button.next.is_some() || button.url.is_some());
        if let (true, Some(index)) = (block.multiple, leading) {
            self.add(
                Code::BadValue,
                placed.span(&[Step::Field("buttons"), Step::Item(index)]),
                "with `multiple: true` a button leads nowhere of its own",
                "give the block a `next`, and ask with a condition what was picked",
            );
        }
    }

    fn bounds(&self, placed: &Placed<'_>, block: &Buttons) {
        let count = block.buttons.len();
        for (name, bound) in [("least", block.least), ("most", block.most)] {
            let Some(bound) = bound else { continue };
            if !block.multiple {
                let message = format!("`{name}` is only looked at with `multiple: true`");
                self.add(
                    Code::BadValue,
                    placed.field(name),
                    message,
                    "add `multiple: true`",
                );
            } else if bound == 0 || bound as usize > count {
                let message = format!("`{name}` is from 1 to the number of buttons, {count}");
                self.add(Code::BadValue, placed.field(name), message, "");
            }
        }
        if let (Some(least), Some(most)) = (block.least, block.most)
            && least > most
        {
            let message = "`most` is below `least`";
            self.add(Code::BadValue, placed.field("most"), message, "");
        }
    }

    fn buttons(&self, placed: &Placed<'_>, buttons: &[Button], within: &[Step]) {
        let list = [within, &[Step::Field("buttons")]].concat();
        if buttons.is_empty() {
            self.add(
                Code::BadValue,
                placed.span(&list),
                "there must be at least one button",
                "",
            );
        }
        if buttons.len() > MAX_BUTTONS {
            let message = format!(
                "there are at most {MAX_BUTTONS} buttons, here are {}",
                buttons.len()
            );
            let eleventh = [list.as_slice(), &[Step::Item(MAX_BUTTONS)]].concat();
            self.add(
                Code::TooManyButtons,
                placed.span(&eleventh),
                message,
                "ask in two steps, with `More…` as the last button",
            );
        }
        let mut titles = HashSet::new();
        for (index, button) in buttons.iter().enumerate() {
            let at = |field| [list.as_slice(), &[Step::Item(index), Step::Field(field)]].concat();
            if button.title.source().trim().is_empty() {
                self.add(
                    Code::BadValue,
                    placed.span(&at("title")),
                    "a button needs a title",
                    "",
                );
            } else if !titles.insert(button.title.source()) {
                self.add(
                    Code::BadValue,
                    placed.span(&at("title")),
                    "two buttons have the same title",
                    "a visitor could not tell them apart: rename one",
                );
            }
            if let Some(url) = &button.url {
                self.url(placed, &at("url"), url);
                if button.next.is_some() {
                    self.add(
                        Code::BadValue,
                        placed.span(&at("url")),
                        "a button has `next` or `url`, not both",
                        "",
                    );
                }
                if button.callback.is_some() {
                    self.add(
                        Code::BadValue,
                        placed.span(&at("callback")),
                        "a button that opens a page is not answered, so its `callback` never comes back",
                        "remove one of both",
                    );
                }
            }
        }
    }

    fn saved_callback(
        &self,
        placed: &Placed<'_>,
        save_to: Option<&WritableVariable>,
        cards: &[&Vec<Button>],
    ) {
        let buttons = || cards.iter().copied().flatten();
        if save_to.is_some() && buttons().all(|button| button.callback.is_none()) {
            self.add(
                Code::BadValue,
                placed.field("save_callback_to"),
                "no button here has a `callback` to keep",
                "give the buttons one, or remove the line",
            );
        }
    }

    fn slider(&self, placed: &Placed<'_>, slider: &Slider) {
        if slider.min >= slider.max {
            self.add(
                Code::BadValue,
                placed.field("max"),
                "`max` must be above `min`",
                "",
            );
        }
        if slider.step <= 0.0 {
            self.add(
                Code::BadValue,
                placed.field("step"),
                "`step` must be above 0",
                "",
            );
        } else if slider.min < slider.max && slider.step > slider.max - slider.min {
            self.add(
                Code::BadValue,
                placed.field("step"),
                "one `step` leads beyond `max`",
                "",
            );
        }
    }

    fn upload(&self, placed: &Placed<'_>, upload: &FileUpload) {
        if upload.max_files == 0 {
            self.add(
                Code::BadValue,
                placed.field("max_files"),
                "`max_files` is at least 1",
                "",
            );
        }
    }

    fn form(&self, placed: &Placed<'_>, form: &Form) {
        if form.fields.is_empty() {
            self.add(
                Code::BadValue,
                placed.field("fields"),
                "a form needs at least one field",
                "",
            );
        }
        let mut labels = HashSet::new();
        for (index, field) in form.fields.iter().enumerate() {
            let at =
                |name| placed.span(&[Step::Field("fields"), Step::Item(index), Step::Field(name)]);
            if field.label.trim().is_empty() {
                self.add(Code::BadValue, at("label"), "a field needs a label", "");
            } else if !labels.insert(field.label.as_str()) {
                self.add(
                    Code::BadValue,
                    at("label"),
                    "two fields have the same label",
                    "answers name fields by their labels: rename one",
                );
            }
            match (field.kind, field.options.is_empty()) {
                (FieldKind::Choice, true) => {
                    self.add(
                        Code::MissingField,
                        at("type"),
                        "`type: choice` needs `options`",
                        "",
                    );
                }
                (FieldKind::Choice, false) | (_, true) => {}
                (_, false) => self.add(
                    Code::BadValue,
                    at("options"),
                    "`options` are only for `type: choice`",
                    "add `type: choice`",
                ),
            }
        }
    }

    fn calendar(&self, placed: &Placed<'_>, calendar: &Calendar) {
        if let (Some(DateBound::On(earliest)), Some(DateBound::On(latest))) =
            (calendar.earliest, calendar.latest)
            && earliest > latest
        {
            self.add(
                Code::BadValue,
                placed.field("latest"),
                "`latest` is before `earliest`",
                "",
            );
        }
    }
}
