//! Jumps to another bot, which has the conversation from then on.

use wotnot_protocol::event_type;

use super::{Turn, wire};
use crate::flow::{BotEntry, BotJump};

impl Turn<'_> {
    /// The block of the other bot where the conversation goes on. Where there is none the flow stops.
    ///
    /// ASSUMED: conversation and variables stay, `assignee` names the new bot, and its flow begins at `start`
    /// whatever its trigger says.
    pub(super) fn jump_to_bot(&mut self, from: &str, jump: &BotJump) -> Option<String> {
        let Some(bot) = self.bots.get(&jump.key).cloned() else {
            self.stop(format!(
                "the block `{from}` jumps to the bot `{}`, which is not deployed",
                jump.key
            ));
            return None;
        };
        let Some(block) = bot.flow.entry(&jump.entry).map(ToString::to_string) else {
            let missing = match &jump.entry {
                BotEntry::Start => "start".to_owned(),
                BotEntry::Block(name) => format!("block `{name}`"),
                BotEntry::Group(name) => format!("group `{name}`"),
            };
            self.stop(format!(
                "the block `{from}` jumps to the bot `{}`, which has no {missing}",
                jump.key
            ));
            return None;
        };
        let is_other = bot.key != self.conversation.bot.key;
        self.conversation.assigned = wire::assigned_bot(&bot);
        self.conversation.bot = bot;
        if is_other && self.profile.jump_events {
            let payload = wire::assignee(&self.conversation.assigned);
            self.emit(event_type::ASSIGNEE, &payload);
        }
        Some(block)
    }
}
