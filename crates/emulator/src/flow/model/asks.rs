//! The blocks that wait for an answer, one struct each; what all of them have is in `asking`. How an answer is
//! judged is the engine's business.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::prompt::Prompt;
use super::values::{Accept, BlockName, ByteSize, DateBound, Pattern};
use super::variables::{Template, WritableVariable};

/// A block that waits for an answer: its own fields, then those that all of them have.
macro_rules! asking {
    ($(#[$docs:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// What is said to a wrong answer.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub error: Option<Template>,
            /// How many wrong answers are taken before `else`.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1))]
            pub attempts: Option<u32>,
            /// Where the conversation goes after the last wrong answer.
            #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
            pub otherwise: Option<BlockName>,
            /// The block after a right answer, unless a button names one of its own.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub next: Option<BlockName>,
        }

        impl $name {
            /// What it shares with all blocks that ask. `default_error` is the reply to a wrong answer when the
            /// flow does not say.
            pub(super) const fn asks<'a>(
                &'a self,
                text: Option<&'a Template>,
                save_to: Option<&'a WritableVariable>,
                default_error: &'static str,
            ) -> Prompt<'a> {
                Prompt {
                    text,
                    error: self.error.as_ref(),
                    default_error,
                    attempts: self.attempts,
                    otherwise: self.otherwise.as_ref(),
                    save_to,
                }
            }
        }
    };
}

asking! {
    /// Asks for a line of text and checks it.
    pub struct Input {
        /// The question.
        pub text: Template,
        /// What a right answer looks like; any text when it is left out.
        #[serde(default)]
        pub format: InputFormat,
        /// The regular expression of `format: regex`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub pattern: Option<Pattern>,
        /// Where a right answer is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
    }
}

/// What an input takes for right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputFormat {
    /// Any text that is not empty.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A person's name.
    Name,
    /// A number, kept as one.
    Number,
    /// A date, DD/MM/YYYY or MM/DD/YYYY.
    Date,
    /// `true`, `false`, `1` or `0`, and `yes` or `no`; kept as true or false.
    Boolean,
    /// What `pattern` finds a match in.
    Regex,
}

impl InputFormat {
    /// What is said to a wrong answer when the flow does not say.
    pub(super) const fn default_error(self) -> &'static str {
        match self {
            Self::Text => "Please write something.",
            Self::Email => "That is not an e-mail address.",
            Self::Phone => "That is not a phone number.",
            Self::Name => "That is not a name.",
            Self::Number => "That is not a number.",
            Self::Date => "That is not a date.",
            Self::Boolean => "Please answer yes or no.",
            Self::Regex => "That is not in the right form.",
        }
    }
}

asking! {
    /// Offers one to ten buttons.
    pub struct Buttons {
        /// The question above the buttons.
        pub text: Template,
        /// The buttons.
        #[schemars(length(min = 1, max = 10))]
        pub buttons: Vec<Button>,
        /// The visitor may pick several; then the block's own `next` is followed.
        #[serde(default)]
        pub multiple: bool,
        /// How many must be picked at least, with `multiple`; one when it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 10))]
        pub least: Option<u32>,
        /// How many may be picked at most, with `multiple`; all when it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 10))]
        pub most: Option<u32>,
        /// Where the picked title is kept (several: joined by `, `).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
        /// Where the picked button's callback is kept (several: joined by `, `).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_callback_to: Option<WritableVariable>,
    }
}

/// One button: it goes to a block, or opens a page (then the block goes on waiting).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// What is written on it.
    pub title: Template,
    /// The block that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
    /// The page that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    /// A value of the bot's own that an answer brings back, such as the number of an article; no visitor sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<Template>,
}

asking! {
    /// Offers cards side by side, each with its buttons.
    pub struct Carousel {
        /// What is said before the cards.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub text: Option<Template>,
        /// The cards.
        #[schemars(length(min = 1))]
        pub cards: Vec<Card>,
        /// The cards are pictures first of all: the message is an `image_carousel`.
        #[serde(default)]
        pub images: bool,
        /// Where the picked button's title is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
        /// Where its callback is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_callback_to: Option<WritableVariable>,
    }
}

/// One card of a carousel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its heading.
    pub title: Template,
    /// The text under the heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Template>,
    /// The URL of its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Template>,
    /// Its buttons.
    #[schemars(length(min = 1, max = 10))]
    pub buttons: Vec<Button>,
}

asking! {
    /// Asks for a number on a scale; off the scale or off its steps is a wrong answer.
    pub struct Slider {
        /// The question.
        pub text: Template,
        /// The lowest value.
        pub min: f64,
        /// The highest value.
        pub max: f64,
        /// The distance between two values, counted from `min`.
        #[serde(default = "one")]
        pub step: f64,
        /// What a value counts, for people: `years`, `%`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub unit: Option<String>,
        /// Where the number is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
    }
}

const fn one() -> f64 {
    1.0
}

asking! {
    /// Asks for files.
    pub struct FileUpload {
        /// The question.
        pub text: Template,
        /// What is taken: extensions (`pdf`) and MIME types (`image/*`, `text/csv`); all when it is empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub accept: Vec<Accept>,
        /// The most files in one answer.
        #[serde(default = "one_file")]
        #[schemars(range(min = 1))]
        pub max_files: u32,
        /// The largest file, by the size that the client gives.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_size: Option<ByteSize>,
        /// Where the links are kept (several: joined by `, `).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
    }
}

const fn one_file() -> u32 {
    1
}

asking! {
    /// Asks for several fields at once.
    pub struct Form {
        /// The form's heading.
        pub text: Template,
        /// Its fields, in order.
        #[schemars(length(min = 1))]
        pub fields: Vec<FormField>,
    }
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Its label, by which the answer names it; no two fields of a form share one.
    pub label: String,
    /// What a right value looks like.
    #[serde(rename = "type", default)]
    pub kind: FieldKind,
    /// It must be filled in; true when it is left out.
    #[serde(default = "required")]
    pub required: bool,
    /// The values of `type: choice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Where its value is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_to: Option<WritableVariable>,
}

const fn required() -> bool {
    true
}

/// What a form's field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A number.
    Number,
    /// A date, DD/MM/YYYY or MM/DD/YYYY as the vendor's variables.
    Date,
    /// One of `options`.
    Choice,
}

asking! {
    /// Asks for a date.
    pub struct Calendar {
        /// The question.
        pub text: Template,
        /// How the answer is written.
        #[serde(default)]
        pub format: DateFormat,
        /// The first day that is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub earliest: Option<DateBound>,
        /// The last day that is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub latest: Option<DateBound>,
        /// The visitor's side should open its calendar at once.
        #[serde(default)]
        pub auto_open: bool,
        /// Where the date is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub save_to: Option<WritableVariable>,
    }
}

/// The two ways in which the vendor writes a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum DateFormat {
    /// 31/12/2026.
    #[default]
    #[serde(rename = "DD/MM/YYYY")]
    DayFirst,
    /// 12/31/2026.
    #[serde(rename = "MM/DD/YYYY")]
    MonthFirst,
}

impl DateFormat {
    /// How the format is written in a flow.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "DD/MM/YYYY",
            Self::MonthFirst => "MM/DD/YYYY",
        }
    }

    /// Reads a date written this way; `None` when it is written otherwise or is no date.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Date> {
        let mut parts = text.trim().split('/');
        let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let shaped = year.len() == 4 && [first, second, year].into_iter().all(digits);
        if !shaped || first.len() > 2 || second.len() > 2 || parts.next().is_some() {
            return None;
        }
        let (day, month) = match self {
            Self::DayFirst => (first, second),
            Self::MonthFirst => (second, first),
        };
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    }
}

asking! {
    /// Asks the visitor's side to run code and to return variables.
    pub struct Javascript {
        /// The code, sent as it is.
        pub code: String,
        /// The variables that it must return.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub variables: Vec<WritableVariable>,
    }
}
