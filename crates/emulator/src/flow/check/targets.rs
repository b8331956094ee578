//! Names that a flow leads to and that are not there: blocks, groups and bots.

use wotnot_text::closest;

use super::super::finding::Code;
use super::super::model::{BlockName, BotEntry, BotJump, Destination, Exit, Flow, GroupName, Step};
use super::super::source::Span;
use super::super::yaml::shown;
use super::{Checker, Placed};

/// With how many names an unknown one is compared: enough for flows that people write.
const COMPARED: usize = 2000;

impl Checker<'_> {
    pub(super) fn targets(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        self.groups(flow);
        for exit in flow.beginnings() {
            self.target(flow, &exit, self.frame_span(&exit.field));
        }
        for placed in blocks {
            for exit in placed.block.exits() {
                if !self.report.is_full() {
                    self.target(flow, &exit, placed.span(&exit.field));
                    if let Destination::Bot(jump) = exit.to {
                        self.bot(flow, placed, jump);
                    }
                }
            }
        }
    }

    /// Where the name of a group stands.
    pub(super) fn group_key(&self, name: &str) -> Span {
        let entry = self.root.get("groups").and_then(|node| node.entry(name));
        entry.map_or(self.root.span, |(key, _)| key.span)
    }

    fn groups(&self, flow: &Flow) {
        let groups = self.root.get("groups");
        for (name, group) in &flow.groups {
            let node = groups.and_then(|node| node.get(name.as_str()));
            let span = |field: &str| {
                let found = node.and_then(|node| node.get(field));
                found.map_or_else(|| self.group_key(name.as_str()), |node| node.span)
            };
            if group.blocks.is_empty() {
                let message = format!("the group `{}` has no block", shown(name.as_str()));
                self.add(
                    Code::BadValue,
                    span("blocks"),
                    message,
                    "add one, or remove the group",
                );
            } else if !group.blocks.contains(&group.start) {
                let start = shown(group.start.as_str());
                let message = format!("the group has no block `{start}` to start with");
                let own = group.blocks.iter();
                let hint = match flow.blocks.contains_key(&group.start) {
                    true => "name one of the group's own blocks".to_owned(),
                    false => hint(group.start.as_str(), own.map(BlockName::as_str)),
                };
                self.add(Code::UnknownTarget, span("start"), message, &hint);
            }
        }
    }

    fn target(&self, flow: &Flow, exit: &Exit<'_>, span: Span) {
        match exit.to {
            Destination::Block(name) => self.block(flow, "", name, span),
            Destination::Group(name) => self.group(flow, "", name, span),
            Destination::Bot(_) => {}
        }
    }

    /// `whose` says which bot's flow it is, for one that is not this.
    fn block(&self, flow: &Flow, whose: &str, name: &BlockName, span: Span) {
        if flow.blocks.contains_key(name) {
            return;
        }
        let name = name.as_str();
        let hint = match flow.groups.contains_key(name) {
            true => format!("it is a group: jump into it with `group: {}`", shown(name)),
            false => hint(name, flow.blocks.keys().map(BlockName::as_str)),
        };
        let message = format!("there is no block `{}`{whose}", shown(name));
        self.add(Code::UnknownTarget, span, message, &hint);
    }

    fn group(&self, flow: &Flow, whose: &str, name: &GroupName, span: Span) {
        if flow.groups.contains_key(name) {
            return;
        }
        let name = name.as_str();
        let hint = match flow.blocks.contains_key(name) {
            true => format!("it is a block: jump to it with `to: {}`", shown(name)),
            false => hint(name, flow.groups.keys().map(GroupName::as_str)),
        };
        let message = format!("there is no group `{}`{whose}", shown(name));
        self.add(Code::UnknownTarget, span, message, &hint);
    }

    /// A jump to another bot: what it names there can be looked up where the flows of all bots are known.
    fn bot(&self, flow: &Flow, placed: &Placed<'_>, jump: &BotJump) {
        let others = self.bots.unwrap_or_default();
        let known = || others.iter().chain([flow]);
        let Some(other) = known().find(|other| other.bot.key == jump.key) else {
            if self.bots.is_some() {
                let message = format!("no flow here has the bot key `{}`", shown(&jump.key));
                let hint = hint(&jump.key, known().map(|flow| flow.bot.key.as_str()));
                self.add(Code::UnknownBot, placed.field("bot"), message, &hint);
            }
            return;
        };
        let whose = match other.bot.key == flow.bot.key {
            true => String::new(),
            false => format!(" in the flow of `{}`", shown(&jump.key)),
        };
        match &jump.entry {
            BotEntry::Start => {}
            BotEntry::Block(name) => {
                let span = placed.span(&[Step::Field("to")]);
                self.block(other, &whose, name, span);
            }
            BotEntry::Group(name) => {
                let span = placed.span(&[Step::Field("group")]);
                self.group(other, &whose, name, span);
            }
        }
    }
}

fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    match closest(name, known.take(COMPARED)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "add it, or name another one".to_owned(),
    }
}
