//! The blocks that wait for nobody, one struct each. What they do is the engine's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{BlockName, Pattern, Scalar, Value};
use super::variables::{Template, Variable, WritableVariable};

/// Says text, shows media, or both (text first). Needs at least one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// What is shown after the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// One picture, film, sound or document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MediaKind,
    /// Its URL.
    pub link: Template,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// The kinds of media that a bot can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// png, jpg, gif.
    Image,
    /// mp4.
    Video,
    /// mp3.
    Audio,
    /// pdf, csv, xlsx.
    Document,
}

/// Goes to the first case that holds, or to `else`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The cases, tried in order.
    #[schemars(length(min = 1))]
    pub when: Vec<Case>,
    /// The block when no case holds.
    #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<BlockName>,
}

/// One case of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "CaseFields", into = "CaseFields")]
#[schemars(with = "CaseFields")]
pub struct Case {
    /// What is looked at.
    pub variable: Variable,
    /// What must hold.
    pub test: Test,
    /// The block when it holds.
    pub next: BlockName,
}

/// What a case asks of its variable. An unset variable fails every test but `set: false`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is this; numbers by value, texts without regard to case.
    Equals(Scalar),
    /// Its text contains this, without regard to case.
    Contains(String),
    /// It is a number above this.
    Greater(f64),
    /// It is a number below this.
    Less(f64),
    /// The expression finds a match in its text.
    Matches(Pattern),
    /// It has a value (`true`), or has none (`false`).
    Set(bool),
}

/// A case as the file writes it: exactly one of the tests.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Case", deny_unknown_fields)]
struct CaseFields {
    /// What is looked at.
    variable: Variable,
    /// Holds when the variable is this; numbers by value, texts without regard to case.
    #[serde(skip_serializing_if = "Option::is_none")]
    equals: Option<Scalar>,
    /// Holds when the variable's text contains this, without regard to case.
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    /// Holds when the variable is a number above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    greater: Option<f64>,
    /// Holds when the variable is a number below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    less: Option<f64>,
    /// Holds when the expression finds a match in the variable's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<Pattern>,
    /// Holds when the variable has a value (`true`), or has none (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<bool>,
    /// The block when it holds.
    next: BlockName,
}

impl TryFrom<CaseFields> for Case {
    type Error = String;

    fn try_from(fields: CaseFields) -> Result<Self, String> {
        let mut tests = [
            fields.equals.map(Test::Equals),
            fields.contains.map(Test::Contains),
            fields.greater.map(Test::Greater),
            fields.less.map(Test::Less),
            fields.matches.map(Test::Matches),
            fields.set.map(Test::Set),
        ]
        .into_iter()
        .flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Self { variable: fields.variable, test, next: fields.next }),
            _ => Err("a case needs exactly one of `equals`, `contains`, `greater`, `less`, `matches` or `set`".to_owned()),
        }
    }
}

impl From<Case> for CaseFields {
    fn from(case: Case) -> Self {
        let mut fields = Self {
            variable: case.variable,
            equals: None,
            contains: None,
            greater: None,
            less: None,
            matches: None,
            set: None,
            next: case.next,
        };
        match case.test {
            Test::Equals(value) => fields.equals = Some(value),
            Test::Contains(value) => fields.contains = Some(value),
            Test::Greater(value) => fields.greater = Some(value),
            Test::Less(value) => fields.less = Some(value),
            Test::Matches(value) => fields.matches = Some(value),
            Test::Set(value) => fields.set = Some(value),
        }
        fields
    }
}

/// Goes to another block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    /// The block.
    pub to: BlockName,
}

/// Writes a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetVariable {
    /// What is written.
    pub variable: WritableVariable,
    /// Its new value; a text may be a template.
    pub value: Value,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// Waits, on the emulator's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How long, from 0 to 86,400 seconds.
    #[schemars(range(min = 0, max = 86_400))]
    pub seconds: f64,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// Hands the conversation to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TalkToHuman {
    /// What is said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
}

/// Closes the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// What is said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
}
