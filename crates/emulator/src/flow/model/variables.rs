//! Variables by name, and the templates that read them. Their values live in the engine.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The three kinds of variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// About the visitor; lives across conversations.
    Contact,
    /// About one conversation.
    Conversation,
    /// Sent by the client at the start; a flow only reads it.
    System,
    /// What the start call says of this conversation, by [`VISIT`]; a flow only reads it.
    Visit,
}

/// The variables of [`Scope::Visit`].
pub const VISIT: [&str; 6] = ["url", "language", "visitor", "number", "message", "date"];

impl Scope {
    /// The part before the dot.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Conversation => "conversation",
            Self::System => "system",
            Self::Visit => "visit",
        }
    }
}

/// A variable by its full name: `contact.name`, `conversation.topic`, `system.timezone`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "VariableText")]
pub struct Variable {
    /// Whose it is.
    pub scope: Scope,
    /// The part after the dot.
    pub name: String,
}

#[derive(JsonSchema)]
#[schemars(transparent, rename = "Variable")]
#[allow(dead_code)]
struct VariableText(
    #[schemars(regex(
        pattern = r"^((contact|conversation|system)\.[A-Za-z_][A-Za-z0-9_]*|visit\.(url|language|visitor|number|message|date))$"
    ))]
    String,
);

impl Variable {
    /// A variable that a client may send. What is known of a visit is made from the start call, and no part of it.
    ///
    /// # Errors
    /// What to write in its place.
    pub fn to_send(name: &str) -> Result<Self, String> {
        let variable: Self = name.parse()?;
        match variable.scope {
            Scope::Visit => Err(format!(
                "`{variable}` is made from the start call: send `system.referrerUrl` or `system.browserLanguage`"
            )),
            Scope::Contact | Scope::Conversation | Scope::System => Ok(variable),
        }
    }
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scope, name) = text.split_once('.').unwrap_or((text, ""));
        let scope = match scope {
            "contact" => Scope::Contact,
            "conversation" => Scope::Conversation,
            "system" => Scope::System,
            "visit" if VISIT.contains(&name) => Scope::Visit,
            "visit" => {
                return Err(format!(
                    "`{text}` is no variable: after `visit.` comes one of {}",
                    VISIT.join(", ")
                ));
            }
            _ => {
                return Err(format!(
                    "`{text}` is no variable: it must start with `contact.`, `conversation.`, `system.` or `visit.`"
                ));
            }
        };
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if !starts
            || !name
                .chars()
                .all(|each| each.is_ascii_alphanumeric() || each == '_')
        {
            return Err(format!(
                "`{text}` is no variable: after the dot come ASCII letters, digits and `_`"
            ));
        }
        Ok(Self {
            scope,
            name: name.to_owned(),
        })
    }
}

impl TryFrom<String> for Variable {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Variable> for String {
    fn from(variable: Variable) -> Self {
        variable.to_string()
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.scope.as_str(), self.name)
    }
}

/// A variable that a flow may write: contact or conversation, never system.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "WritableVariableText")]
pub struct WritableVariable(Variable);

#[derive(JsonSchema)]
#[schemars(transparent, rename = "WritableVariable")]
#[allow(dead_code)]
struct WritableVariableText(
    #[schemars(regex(pattern = r"^(contact|conversation)\.[A-Za-z_][A-Za-z0-9_]*$"))] String,
);

impl WritableVariable {
    /// The variable itself.
    #[must_use]
    pub const fn variable(&self) -> &Variable {
        &self.0
    }
}

impl TryFrom<String> for WritableVariable {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let variable: Variable = text.parse()?;
        let from = match variable.scope {
            Scope::Contact | Scope::Conversation => return Ok(Self(variable)),
            Scope::System => "system variables come from the client",
            Scope::Visit => "what is known of a visit is set when the conversation starts",
        };
        Err(format!(
            "`{text}` cannot be written: {from}; use `conversation.{}`",
            variable.name
        ))
    }
}

impl From<WritableVariable> for String {
    fn from(variable: WritableVariable) -> Self {
        variable.0.to_string()
    }
}

/// Text with `{{contact.name}}` in it, already taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that is said as it is.
    Text(String),
    /// The value of a variable; nothing when it is unset.
    Variable(Variable),
}

impl Template {
    /// The text as the file writes it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its pieces, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The variables that it reads, in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) => None,
        })
    }

    /// The text with every variable replaced by what `value_of` gives, unset ones by nothing.
    pub fn render(&self, mut value_of: impl FnMut(&Variable) -> Option<String>) -> String {
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(variable) => text.push_str(&value_of(variable).unwrap_or_default()),
            }
        }
        text
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, following)) = after.split_once("}}") else {
                return Err("`{{` is not closed: write `{{contact.name}}`".to_owned());
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.trim().parse()?));
            rest = following;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { source, parts })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}
