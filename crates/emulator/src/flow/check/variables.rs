//! Variables that are read before anything can have set them.

use std::collections::HashMap;

use super::super::finding::Code;
use super::super::model::{Case, Exit, Flow, Read, Scope, Variable};
use super::{Checker, Placed};

/// What the client knows of every visitor.
const KNOWN_OF_A_CONTACT: [&str; 3] = ["name", "email", "phone"];
/// Looking along paths stops after so many steps, so that no file can keep the check busy.
const MAX_STEPS: usize = 20_000_000;

impl Checker<'_> {
    /// Names each variable where it is read and no path leads through a block that sets it. A contact's
    /// variable may come from an earlier conversation, so for those any block that sets it will do.
    pub(super) fn variables(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        let mut readers: HashMap<&Variable, Vec<(usize, Read<'_>)>> = HashMap::new();
        let mut writers: HashMap<&Variable, Vec<usize>> = HashMap::new();
        for (index, placed) in blocks.iter().enumerate() {
            for read in placed.block.reads() {
                let (Read::Template(variable) | Read::Case(variable)) = read;
                readers.entry(variable).or_default().push((index, read));
            }
            for variable in placed.block.writes() {
                writers.entry(variable).or_default().push(index);
            }
        }
        self.trigger(flow, &writers);
        let at = |exit: &Exit<'_>| flow.blocks.get_index_of(flow.block_at(exit.to)?);
        let exits: Vec<Vec<usize>> = blocks
            .iter()
            .map(|placed| placed.block.exits().iter().filter_map(at).collect())
            .collect();
        let mut steps = 0;
        for (variable, readers) in readers {
            if given(flow, variable) {
                continue;
            }
            let writers = writers.get(variable).map(Vec::as_slice).unwrap_or_default();
            if variable.scope == Scope::Contact && !writers.is_empty() {
                continue;
            }
            let Some(set) = after(&exits, writers, &mut steps) else {
                return;
            };
            for (index, read) in readers {
                if let (Some(placed), Some(false)) = (blocks.get(index), set.get(index)) {
                    self.unset(placed, read, writers.is_empty());
                }
            }
        }
    }

    /// No block comes before the trigger: what it looks at is sent with the start call, or of the visitor.
    fn trigger(&self, flow: &Flow, writers: &HashMap<&Variable, Vec<usize>>) {
        let Some(node) = self.root.get("trigger") else {
            return;
        };
        for variable in flow.trigger.iter().flat_map(Case::reads) {
            let is_of_visitor = variable.scope == Scope::Contact && writers.contains_key(variable);
            if !given(flow, variable) && !is_of_visitor {
                self.report.add_at_word(
                    Code::UnsetVariable,
                    node.span,
                    &variable.to_string(),
                    format!("nothing sets `{variable}` before the trigger"),
                    format!("say that the client sends it: `expects: [{variable}]`"),
                );
            }
        }
    }

    fn unset(&self, placed: &Placed<'_>, read: Read<'_>, nowhere: bool) {
        let (Read::Template(variable) | Read::Case(variable)) = read;
        let (message, hint) = if nowhere {
            (
                format!("nothing sets `{variable}`"),
                format!(
                    "save an answer to it, or say that the client sends it: `expects: [{variable}]`"
                ),
            )
        } else {
            (
                format!(
                    "`{variable}` is not set yet: no path to here leads through a block that sets it"
                ),
                "ask for it before".to_owned(),
            )
        };
        let within = match read {
            Read::Case(_) => placed.field("when"),
            Read::Template(_) => placed.node.span,
        };
        self.report.add_at_word(
            Code::UnsetVariable,
            within,
            &variable.to_string(),
            message,
            hint,
        );
    }
}

fn given(flow: &Flow, variable: &Variable) -> bool {
    match variable.scope {
        Scope::System | Scope::Visit => true,
        Scope::Contact if KNOWN_OF_A_CONTACT.contains(&variable.name.as_str()) => true,
        Scope::Contact | Scope::Conversation => flow.expects.contains(variable),
    }
}

/// Which blocks come after any of these; `None` when it would take too long to tell.
fn after(exits: &[Vec<usize>], from: &[usize], steps: &mut usize) -> Option<Vec<bool>> {
    *steps += exits.len();
    let mut reached = vec![false; exits.len()];
    let mut open: Vec<usize> = from.to_vec();
    while let Some(index) = open.pop() {
        for next in exits.get(index).into_iter().flatten() {
            *steps += 1;
            if let Some(seen) = reached.get_mut(*next)
                && !std::mem::replace(seen, true)
            {
                open.push(*next);
            }
        }
    }
    (*steps <= MAX_STEPS).then_some(reached)
}
