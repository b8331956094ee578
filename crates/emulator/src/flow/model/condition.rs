//! The block that goes one way or another, and what it asks of variables. What holds is the engine's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{BlockName, DateBound, Pattern, Scalar};
use super::variables::Variable;

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
    /// What is asked; at least one thing.
    pub checks: Vec<Check>,
    /// How many of them must hold.
    pub joined: Joined,
    /// The block when it holds.
    pub next: BlockName,
}

/// How many checks of a case must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// The only one there is.
    One,
    /// All of them.
    All,
    /// One of them.
    Any,
}

/// One thing that is asked of one variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "CheckFields", into = "CheckFields")]
#[schemars(with = "CheckFields")]
pub struct Check {
    /// What is looked at.
    pub variable: Variable,
    /// What must hold.
    pub test: Test,
}

/// What a case asks of its variable. An unset variable fails every test but `set: false`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is this; numbers by value, texts without regard to case.
    Equals(Scalar),
    /// It has another value.
    NotEquals(Scalar),
    /// Its text contains this, without regard to case.
    Contains(String),
    /// It is a number above this.
    Greater(f64),
    /// It is a number below this.
    Less(f64),
    /// It is a date before this one.
    Before(DateBound),
    /// It is a date after this one.
    After(DateBound),
    /// The expression finds a match in its text.
    Matches(Pattern),
    /// It has a value (`true`), or has none (`false`).
    Set(bool),
}

/// A struct with the tests of a variable among its fields: serde cannot flatten them under `deny_unknown_fields`.
macro_rules! with_tests {
    ($(#[$about:meta])* struct $name:ident {
        $(#[$looked_at:meta])* variable: $variable:ty,
        ..tests,
        $($(#[$more:meta])* $field:ident: $type:ty,)*
    }) => {
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        $(#[$about])*
        struct $name {
            $(#[$looked_at])*
            variable: $variable,
            /// Holds when the variable is this; numbers by value, texts without regard to case.
            #[serde(skip_serializing_if = "Option::is_none")]
            equals: Option<Scalar>,
            /// Holds when the variable has another value than this.
            #[serde(skip_serializing_if = "Option::is_none")]
            not_equals: Option<Scalar>,
            /// Holds when the variable's text contains this, without regard to case.
            #[serde(skip_serializing_if = "Option::is_none")]
            contains: Option<String>,
            /// Holds when the variable is a number above this.
            #[serde(skip_serializing_if = "Option::is_none")]
            greater: Option<f64>,
            /// Holds when the variable is a number below this.
            #[serde(skip_serializing_if = "Option::is_none")]
            less: Option<f64>,
            /// Holds when the variable is a date before this one: `today`, or a day as `2026-12-31`.
            #[serde(skip_serializing_if = "Option::is_none")]
            before: Option<DateBound>,
            /// Holds when the variable is a date after this one.
            #[serde(skip_serializing_if = "Option::is_none")]
            after: Option<DateBound>,
            /// Holds when the expression finds a match in the variable's text.
            #[serde(skip_serializing_if = "Option::is_none")]
            matches: Option<Pattern>,
            /// Holds when the variable has a value (`true`), or has none (`false`).
            #[serde(skip_serializing_if = "Option::is_none")]
            set: Option<bool>,
            $($(#[$more])* $field: $type,)*
        }
    };
}

with_tests! {
    /// A check as the file writes it: exactly one of the tests.
    #[serde(rename = "Check", deny_unknown_fields)]
    struct CheckFields {
        /// What is looked at.
        variable: Variable,
        ..tests,
    }
}

with_tests! {
    /// A case as the file writes it: one check of its own, or a list of them.
    #[serde(rename = "Case", deny_unknown_fields)]
    #[schemars(extend("oneOf" = [
        {"required": ["variable"]}, {"required": ["all"]}, {"required": ["any"]},
    ]))]
    struct CaseFields {
        /// What is looked at.
        #[serde(skip_serializing_if = "Option::is_none")]
        variable: Option<Variable>,
        ..tests,
        /// Holds when all of these hold.
        #[serde(skip_serializing_if = "Option::is_none")]
        all: Option<Vec<Check>>,
        /// Holds when one of these holds.
        #[serde(skip_serializing_if = "Option::is_none")]
        any: Option<Vec<Check>>,
        /// The block when it holds.
        next: BlockName,
    }
}

impl TryFrom<CheckFields> for Check {
    type Error = String;

    fn try_from(fields: CheckFields) -> Result<Self, String> {
        let mut tests = [
            fields.equals.map(Test::Equals),
            fields.not_equals.map(Test::NotEquals),
            fields.contains.map(Test::Contains),
            fields.greater.map(Test::Greater),
            fields.less.map(Test::Less),
            fields.before.map(Test::Before),
            fields.after.map(Test::After),
            fields.matches.map(Test::Matches),
            fields.set.map(Test::Set),
        ]
        .into_iter()
        .flatten();
        let variable = fields.variable;
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Self { variable, test }),
            _ => Err(format!("a case needs exactly one of {TESTS}")),
        }
    }
}

const TESTS: &str =
    "`equals`, `not_equals`, `contains`, `greater`, `less`, `before`, `after`, `matches` or `set`";

impl From<Check> for CheckFields {
    fn from(check: Check) -> Self {
        let mut fields = Self {
            variable: check.variable,
            equals: None,
            not_equals: None,
            contains: None,
            greater: None,
            less: None,
            before: None,
            after: None,
            matches: None,
            set: None,
        };
        match check.test {
            Test::Equals(value) => fields.equals = Some(value),
            Test::NotEquals(value) => fields.not_equals = Some(value),
            Test::Contains(value) => fields.contains = Some(value),
            Test::Greater(value) => fields.greater = Some(value),
            Test::Less(value) => fields.less = Some(value),
            Test::Before(value) => fields.before = Some(value),
            Test::After(value) => fields.after = Some(value),
            Test::Matches(value) => fields.matches = Some(value),
            Test::Set(value) => fields.set = Some(value),
        }
        fields
    }
}

impl TryFrom<CaseFields> for Case {
    type Error = String;

    fn try_from(fields: CaseFields) -> Result<Self, String> {
        let next = fields.next;
        let own = fields.variable.map(|variable| CheckFields {
            variable,
            equals: fields.equals,
            not_equals: fields.not_equals,
            contains: fields.contains,
            greater: fields.greater,
            less: fields.less,
            before: fields.before,
            after: fields.after,
            matches: fields.matches,
            set: fields.set,
        });
        let (checks, joined) = match (own, fields.all, fields.any) {
            (Some(own), None, None) => (vec![own.try_into()?], Joined::One),
            (None, Some(all), None) => (all, Joined::All),
            (None, None, Some(any)) => (any, Joined::Any),
            _ => return Err("a case needs `variable` with a test, or `all`, or `any`".to_owned()),
        };
        match checks.is_empty() {
            true => Err("`all` and `any` need at least one test".to_owned()),
            false => Ok(Self {
                checks,
                joined,
                next,
            }),
        }
    }
}

impl From<Case> for CaseFields {
    fn from(case: Case) -> Self {
        let (all, any) = match case.joined {
            Joined::All => (Some(case.checks.clone()), None),
            Joined::Any => (None, Some(case.checks.clone())),
            Joined::One => (None, None),
        };
        let own = match case.joined {
            Joined::One => case.checks.into_iter().next().map(CheckFields::from),
            Joined::All | Joined::Any => None,
        };
        let (variable, own) = match own {
            Some(own) => (Some(own.variable.clone()), Some(own)),
            None => (None, None),
        };
        Self {
            variable,
            equals: own.as_ref().and_then(|own| own.equals.clone()),
            not_equals: own.as_ref().and_then(|own| own.not_equals.clone()),
            contains: own.as_ref().and_then(|own| own.contains.clone()),
            greater: own.as_ref().and_then(|own| own.greater),
            less: own.as_ref().and_then(|own| own.less),
            before: own.as_ref().and_then(|own| own.before),
            after: own.as_ref().and_then(|own| own.after),
            matches: own.as_ref().and_then(|own| own.matches.clone()),
            set: own.as_ref().and_then(|own| own.set),
            all,
            any,
            next: case.next,
        }
    }
}
