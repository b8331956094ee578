//! Which faults strike which call or event. What they do to bytes is the socket's, to deliveries the outbox's.

mod effect;
mod rule;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub(crate) use effect::{Effect, Instead};
pub(crate) use rule::Fault;
pub use rule::{Call, FaultKind, Rule, When, WhichConversation};

use crate::seed::Seed;

/// A file of fault rules: `faults`, a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultFile {
    /// The rules; all that match strike, in this order.
    #[serde(default)]
    pub faults: Vec<Rule>,
}

/// The call or the event that a rule is asked about.
#[derive(Clone, Copy)]
pub(crate) struct FaultContext<'a> {
    /// A call, or the type of an event.
    pub what: FaultTarget<'a>,
    pub visitor: Option<&'a str>,
    /// The conversation's number among the visitor's.
    pub number: Option<u64>,
    pub conversation: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum FaultTarget<'a> {
    Call(Call),
    /// Its type, and who said it when it is a message.
    Event(&'a str, Option<&'a str>),
}

/// A rule and how often it was asked and struck.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ActiveRule {
    rule: Rule,
    matched: u64,
    struck: u64,
    /// Occasions so far of each visitor; draws must not depend on what other visitors do.
    draws: HashMap<String, u64>,
}

/// A rule with its counts, as the control API shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule.
    pub rule: Rule,
    /// Calls or events that it is about, so far.
    pub matched: u64,
    /// How many of them it struck.
    pub struck: u64,
}

/// All rules in force.
#[derive(Default)]
pub(crate) struct FaultPlan {
    watches: Vec<ActiveRule>,
}

impl FaultPlan {
    pub fn set(&mut self, rules: Vec<Rule>) {
        self.watches = rules.into_iter().map(ActiveRule::new).collect();
    }

    /// Adds a rule behind the others.
    pub fn add(&mut self, rule: Rule) {
        self.watches.push(ActiveRule::new(rule));
    }

    /// Switches the rule with this number, from 1, off or on; its counts stay. False where there is none.
    pub fn switch(&mut self, number: usize, off: bool) -> bool {
        let watch = number
            .checked_sub(1)
            .and_then(|it| self.watches.get_mut(it));
        watch.map(|watch| watch.rule.fields.off = off).is_some()
    }

    /// Takes the rule with this number away. False where there is none.
    pub fn remove(&mut self, number: usize) -> bool {
        let there = (1..=self.watches.len()).contains(&number);
        if there {
            self.watches.remove(number - 1);
        }
        there
    }

    pub fn watches(&self) -> &[ActiveRule] {
        &self.watches
    }

    pub fn restore(&mut self, watches: Vec<ActiveRule>) {
        self.watches = watches;
    }

    pub fn counts(&self) -> Vec<RuleCount> {
        let count = |watch: &ActiveRule| RuleCount {
            rule: watch.rule.clone(),
            matched: watch.matched,
            struck: watch.struck,
        };
        self.watches.iter().map(count).collect()
    }

    /// The faults that strike here, in the order of their rules.
    pub fn strike(&mut self, seed: Seed, context: FaultContext<'_>) -> Vec<(FaultKind, Fault)> {
        let mut struck = Vec::new();
        for (index, watch) in self.watches.iter_mut().enumerate() {
            if watch.strikes(seed, index, context) {
                struck.push((watch.rule.fields.fault, watch.rule.fault.clone()));
            }
        }
        struck
    }
}

impl ActiveRule {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            matched: 0,
            struck: 0,
            draws: HashMap::new(),
        }
    }

    fn strikes(&mut self, seed: Seed, index: usize, context: FaultContext<'_>) -> bool {
        if self.rule.fields.off || !self.matches(context) {
            return false;
        }
        self.matched += 1;
        let fields = &self.rule.fields;
        if self.matched <= fields.skip || fields.times.is_some_and(|times| self.struck >= times) {
            return false;
        }
        if let Some(chance) = fields.chance {
            let visitor = context.visitor.unwrap_or_default();
            let draw = self.draws.entry(visitor.to_owned()).or_default();
            *draw += 1;
            let path = ["fault", &index.to_string(), visitor, &draw.to_string()];
            if seed.chance(&path) >= chance {
                return false;
            }
        }
        self.struck += 1;
        true
    }

    fn matches(&self, context: FaultContext<'_>) -> bool {
        let fields = &self.rule.fields;
        let kind = match context.what {
            FaultTarget::Event(event, by) => {
                fields.fault.strikes_events()
                    && (fields.by.is_none() || fields.by.as_deref() == by)
                    && fields.event.as_deref().is_none_or(|wanted| wanted == event)
            }
            FaultTarget::Call(call) => {
                !fields.fault.strikes_events()
                    && fields.call.is_none_or(|wanted| wanted == call)
                    && (fields.fault != FaultKind::WebhookEarly || call == Call::Start)
            }
        };
        let visitor = fields.visitor.as_deref();
        let conversation = match &fields.conversation {
            None => true,
            Some(WhichConversation::Number(number)) => context.number == Some(*number),
            Some(WhichConversation::Id(id)) => context.conversation == Some(id),
        };
        kind && conversation && (visitor.is_none() || visitor == context.visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rules: &str) -> FaultPlan {
        let file: FaultFile = serde_json::from_str(rules).unwrap();
        let mut plan = FaultPlan::default();
        plan.set(file.faults);
        plan
    }

    fn send<'a>(visitor: &'a str) -> FaultContext<'a> {
        FaultContext {
            what: FaultTarget::Call(Call::Send),
            visitor: Some(visitor),
            number: Some(1),
            conversation: Some("c"),
        }
    }

    #[test]
    fn a_rule_skips_then_strikes_then_stops() {
        let mut plan =
            plan(r#"{"faults": [{"fault": "reset", "call": "send", "skip": 1, "times": 2}]}"#);
        let struck: Vec<bool> = (0..5)
            .map(|_| !plan.strike(Seed(1), send("v")).is_empty())
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert_eq!(plan.counts()[0].matched, 5);
    }

    #[test]
    fn chance_depends_on_the_seed_and_on_the_visitor_alone() {
        let run = |seed: u64, others: bool| -> Vec<bool> {
            let mut plan = plan(r#"{"faults": [{"fault": "reset", "chance": 0.5}]}"#);
            (0..40)
                .map(|_| {
                    if others {
                        plan.strike(Seed(seed), send("other"));
                    }
                    !plan.strike(Seed(seed), send("v")).is_empty()
                })
                .collect()
        };
        assert_eq!(run(4711, false), run(4711, true));
        assert_ne!(run(4711, false), run(4712, false));
        let struck = run(4711, false)
            .into_iter()
            .filter(|struck| *struck)
            .count();
        assert!(
            (8..32).contains(&struck),
            "{struck} of 40 at a chance of one half"
        );
    }

    #[test]
    fn a_rule_that_is_off_neither_strikes_nor_counts() {
        let mut plan = plan(r#"{"faults": [{"fault": "reset", "off": true}]}"#);
        assert_eq!(plan.strike(Seed(1), send("v")).len(), 0);
        assert_eq!(plan.counts()[0].matched, 0);
        assert!(plan.switch(1, false));
        assert_eq!(plan.strike(Seed(1), send("v")).len(), 1);
        assert!(plan.switch(1, true));
        assert_eq!(plan.strike(Seed(1), send("v")).len(), 0);
        assert_eq!(plan.counts()[0].struck, 1, "its counts stay");
        assert!(!plan.switch(0, true) && !plan.switch(2, true));
        assert!(!plan.remove(0) && plan.remove(1) && !plan.remove(1));
    }

    #[test]
    fn a_rule_is_about_its_visitor_and_conversation_alone() {
        let mut plan = plan(
            r#"{"faults": [{"fault": "reset", "visitor": "a"}, {"fault": "reset", "conversation": 2}]}"#,
        );
        assert_eq!(plan.strike(Seed(1), send("a")).len(), 1);
        assert_eq!(plan.strike(Seed(1), send("b")).len(), 0);
    }
}
