//! The block that writes a variable: a value, or what arithmetic makes of the one before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{BlockName, Value};
use super::variables::WritableVariable;

/// Writes a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "SetVariableFields", into = "SetVariableFields")]
#[schemars(with = "SetVariableFields")]
pub struct SetVariable {
    /// What is written.
    pub variable: WritableVariable,
    /// Its new value.
    pub change: Change,
    /// The block after it.
    pub next: Option<BlockName>,
}

/// What becomes of a variable. In arithmetic an unset one counts as 0, and what is no number stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// This value.
    Value(Value),
    /// So much more.
    Add(Value),
    /// So much less.
    Subtract(Value),
    /// So many times as much.
    Multiply(Value),
    /// One part of so many.
    Divide(Value),
}

impl Change {
    /// The value that it is made with.
    #[must_use]
    pub const fn operand(&self) -> &Value {
        match self {
            Self::Value(value)
            | Self::Add(value)
            | Self::Subtract(value)
            | Self::Multiply(value)
            | Self::Divide(value) => value,
        }
    }
}

/// The block as the file writes it: exactly one of the changes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "SetVariable", deny_unknown_fields)]
struct SetVariableFields {
    /// What is written.
    variable: WritableVariable,
    /// Its new value; a text may be a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// A number that is added to it, or a template that gives one; unset counts as 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<Value>,
    /// A number that is taken from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    subtract: Option<Value>,
    /// A number that it is multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    multiply: Option<Value>,
    /// A number that it is divided by; by 0 it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    divide: Option<Value>,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<BlockName>,
}

impl TryFrom<SetVariableFields> for SetVariable {
    type Error = String;

    fn try_from(fields: SetVariableFields) -> Result<Self, String> {
        let mut changes = [
            fields.value.map(Change::Value),
            fields.add.map(Change::Add),
            fields.subtract.map(Change::Subtract),
            fields.multiply.map(Change::Multiply),
            fields.divide.map(Change::Divide),
        ]
        .into_iter()
        .flatten();
        let (variable, next) = (fields.variable, fields.next);
        match (changes.next(), changes.next()) {
            (Some(change), None) => match (&change, change.operand()) {
                (Change::Value(_), _) | (_, Value::Number(_) | Value::Text(_)) => Ok(Self {
                    variable,
                    change,
                    next,
                }),
                (_, Value::Bool(_)) => {
                    Err("arithmetic needs a number, or a template that gives one".to_owned())
                }
            },
            _ => Err(
                "`set_variable` needs exactly one of `value`, `add`, `subtract`, `multiply` or `divide`"
                    .to_owned(),
            ),
        }
    }
}

impl From<SetVariable> for SetVariableFields {
    fn from(set: SetVariable) -> Self {
        let mut fields = Self {
            variable: set.variable,
            value: None,
            add: None,
            subtract: None,
            multiply: None,
            divide: None,
            next: set.next,
        };
        match set.change {
            Change::Value(value) => fields.value = Some(value),
            Change::Add(value) => fields.add = Some(value),
            Change::Subtract(value) => fields.subtract = Some(value),
            Change::Multiply(value) => fields.multiply = Some(value),
            Change::Divide(value) => fields.divide = Some(value),
        }
        fields
    }
}
