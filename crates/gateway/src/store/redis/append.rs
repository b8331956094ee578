//! Changes of conversations on their way to the script that keeps them.

use super::keys;
use super::scripts::{APPEND, Call, NAME, RESERVE};
use super::{Store, Stored, text};
use crate::config::random_hex;
use crate::store::{Change, ConversationRow, ConversationState, Mark, SendState, StoreError};

/// How long who took a visitor's place has to make the conversation, in milliseconds; and after how long another one may
/// take the place of a conversation that was never made.
const MADE_WITHIN_MS: u64 = 3_000;
const GIVEN_UP_AFTER_MS: i64 = 5_000;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

impl Store {
    pub(super) async fn append(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if self.link.is_cluster() && changes.len() > 1 {
            return self.append_in_turn(changes).await;
        }
        self.append_together(changes).await
    }

    /// A cluster keeps each conversation in a place of its own. What was kept of a batch when it is found out that the
    /// rest cannot be, is known by its keys when the batch comes again.
    async fn append_in_turn(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        for change in &changes {
            let row = &change.conversation;
            let held = self.conversation(&row.id).await?;
            let seen = self.seen(&row.id, change.seen.clone()).await?;
            if held.is_none_or(|held| held.version != row.version) || seen.contains(&true) {
                return Err(StoreError::Conflict);
            }
        }
        for change in changes {
            self.append_together(vec![change]).await?;
        }
        Ok(())
    }

    async fn append_together(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        for change in &changes {
            self.note_sends(change).await?;
        }
        let tokens = tokens(changes.len())?;
        let mut named = vec![false; changes.len()];
        loop {
            let call = self.call(&changes, &tokens, &named, None);
            match self.kept(call).await? {
                Kept::All => break,
                Kept::NameFirst(number) => {
                    let Some(change) = changes.get(number) else {
                        return Err(StoreError::Conflict);
                    };
                    self.name(change).await?;
                    named[number] = true;
                }
            }
        }
        for (change, named) in changes.iter().zip(named) {
            self.after_naming(change, named).await?;
        }
        Ok(())
    }

    /// Who is to send something is known before it is there.
    async fn note_sends(&self, change: &Change) -> Result<(), StoreError> {
        match change
            .sends
            .iter()
            .any(|send| send.state == SendState::Queued)
        {
            true => self.note_work(&change.conversation.id).await,
            false => Ok(()),
        }
    }

    /// Of a conversation that has the vendor's id now: nothing waits for that any more.
    async fn after_naming(&self, change: &Change, named: bool) -> Result<(), StoreError> {
        let row = &change.conversation;
        let Some(vendor_id) = &row.vendor_id else {
            return Ok(());
        };
        if change.unpark.is_some() {
            let parked = keys::parked(&row.account, vendor_id);
            self.writes
                .ask::<()>(redis::cmd("DEL").arg(parked).take())
                .await?;
        }
        if named {
            let key = keys::unnamed(&row.account, &row.vendor_visitor);
            self.writes
                .ask::<()>(redis::cmd("ZREM").arg(key).arg(&row.id).take())
                .await?;
        }
        Ok(())
    }

    async fn kept(&self, call: Call) -> Result<Kept, StoreError> {
        let (what, number): (String, u64) = self.writes.run(call).await?;
        match what.as_str() {
            "kept" => {
                self.life.acknowledged(number);
                Ok(Kept::All)
            }
            "name" => Ok(Kept::NameFirst(
                usize::try_from(number).unwrap_or(0).saturating_sub(1),
            )),
            "late" => Err(StoreError::Away("it took too long".into())),
            "life" => {
                let (_, mut conn) = self.link.connection().await?;
                self.life.look(&mut conn).await?;
                Err(StoreError::Conflict)
            }
            _ => Err(StoreError::Conflict),
        }
    }

    /// Has the vendor's id lead to the conversation; from then on nothing is parked under it.
    async fn name(&self, change: &Change) -> Result<(), StoreError> {
        let row = &change.conversation;
        let Some(vendor_id) = &row.vendor_id else {
            return Ok(());
        };
        let call = NAME
            .on([
                keys::name(&row.account, vendor_id),
                keys::parked(&row.account, vendor_id),
            ])
            .arg(row.id.as_str())
            .arg(
                change
                    .unpark
                    .map(|taken| taken.to_string())
                    .unwrap_or_default(),
            );
        match self.writes.run::<u64>(call).await? {
            // More came meanwhile: who names it takes that along too.
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    pub(super) async fn create(&self, change: Change) -> Result<Result<(), String>, StoreError> {
        let row = &change.conversation;
        let now = match self.reserve(row).await? {
            Ok(now) => now,
            Err(open) => return Ok(Err(open)),
        };
        // Where it is found, before it is there: what leads to nothing is noticed.
        for (index, score) in [(keys::BY_LAST, row.last_ms), (keys::BY_RAW, row.created_ms)] {
            let add = redis::cmd("ZADD").arg(index).arg(score).arg(&row.id).take();
            self.writes.ask::<()>(add).await?;
        }
        match &row.vendor_id {
            Some(_) => self.name(&change).await?,
            None => {
                let key = keys::unnamed(&row.account, &row.vendor_visitor);
                let add = redis::cmd("ZADD")
                    .arg(key)
                    .arg(row.created_ms)
                    .arg(&row.id)
                    .take();
                self.writes.ask::<()>(add).await?;
            }
        }
        self.note_sends(&change).await?;
        let changes = vec![change];
        let call = self.call(&changes, &tokens(1)?, &[true], Some(now + MADE_WITHIN_MS));
        self.kept(call).await?;
        Ok(Ok(()))
    }

    /// Takes the visitor's place on the site; gives the server's time, or the conversation that has the place.
    async fn reserve(&self, row: &ConversationRow) -> Result<Result<u64, String>, StoreError> {
        let mut replaces = String::new();
        loop {
            let call = RESERVE
                .on([
                    keys::open(&row.visitor),
                    keys::conversations_of(&row.visitor),
                ])
                .arg(row.site.as_str())
                .arg(row.id.as_str())
                .arg(replaces.as_str());
            let (has_it, for_ms, now): (String, i64, u64) = self.writes.run(call).await?;
            if has_it == row.id {
                return Ok(Ok(now));
            }
            match self.conversation(&has_it).await? {
                Some(found) if found.state != ConversationState::Ended => return Ok(Err(has_it)),
                Some(_) => replaces = has_it,
                None if for_ms > GIVEN_UP_AFTER_MS => replaces = has_it,
                // It is being made.
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// `made_until`: these are new conversations, which are not made any more after that time.
    fn call(
        &self,
        changes: &[Change],
        tokens: &[String],
        named: &[bool],
        made_until: Option<u64>,
    ) -> Call {
        let own = changes
            .iter()
            .flat_map(|it| keys::conversation(&it.conversation.id));
        let (life, keys): (_, Vec<String>) = match self.link.is_cluster() {
            true => ("".into(), own.collect()),
            false => {
                let life = std::iter::once(keys::LIFE.to_owned());
                (self.life.incarnation(), life.chain(own).collect())
            }
        };
        let mut call = APPEND
            .on(keys)
            .arg(self.node())
            .arg(&*life)
            .arg(changes.len() as u64);
        for ((change, token), named) in changes.iter().zip(tokens).zip(named) {
            call = with_change(call, change, token, *named, made_until);
        }
        call
    }
}

enum Kept {
    All,
    /// The change at this place gives its conversation an id of the vendor's.
    NameFirst(usize),
}

/// By which the server knows a change that comes again because its answer was lost.
fn tokens(count: usize) -> Result<Vec<String>, StoreError> {
    let made = (0..count).map(|_| random_hex(8)).collect::<Result<_, _>>();
    made.map_err(|error: std::io::Error| StoreError::Failed(error.to_string()))
}

fn with_change(
    call: Call,
    change: &Change,
    token: &str,
    named: bool,
    made_until: Option<u64>,
) -> Call {
    let row = &change.conversation;
    let base = match made_until {
        Some(_) => text(row),
        None => String::new(),
    };
    let mut call = call
        .arg(row.id.as_str())
        .arg(base)
        .arg(made_until.unwrap_or(0))
        .arg(token)
        .args([row.version, row.head, row.floor])
        .arg(row.prompt.map(|seq| seq.to_string()).unwrap_or_default())
        .arg(row.state.name())
        .args([row.turn, row.last_ms])
        .arg(row.vendor_id.as_deref().unwrap_or_default())
        .arg(if named { "1" } else { "" })
        .arg(if change.by_sender { "1" } else { "" })
        .arg(change.entries.len() as u64 * 5);
    for entry in &change.entries {
        call = call
            .arg(entry.seq)
            .arg(entry.kind.name())
            .arg(entry.at_ms)
            .arg(entry.frame.to_vec())
            .arg(
                entry
                    .answers
                    .as_ref()
                    .map(|it| it.to_string())
                    .unwrap_or_default(),
            );
    }
    call = call.arg(change.sends.len() as u64 * 2);
    for send in &change.sends {
        call = call.arg(send.seq).arg(text(send));
    }
    call = call
        .arg(change.seen.len() as u64)
        .args(change.seen.iter().map(String::as_str));
    // The time first, where scripts find it.
    call.arg(match change.raw.is_empty() {
        true => String::new(),
        false => format!("{}[{}]", change.at_ms, change.raw.join(",")),
    })
}

/// A mark as the server keeps it.
pub(super) fn mark_text(mark: &Mark) -> String {
    crate::config::secrets::hex(mark)
}

impl Stored {
    /// A conversation out of its `meta`.
    pub(super) fn row(self) -> Result<Option<ConversationRow>, StoreError> {
        let Some(base) = self.0.get("base") else {
            return Ok(None);
        };
        let mut row: ConversationRow = super::parse(base)?;
        let number = |name: &str| self.0.get(name).and_then(|it| it.parse::<u64>().ok());
        let wrong = |name: &str| StoreError::Failed(format!("a conversation has no good `{name}`"));
        row.version = number("version").ok_or_else(|| wrong("version"))?;
        row.head = number("head").ok_or_else(|| wrong("head"))?;
        row.floor = number("floor").ok_or_else(|| wrong("floor"))?;
        row.turn = number("turn").ok_or_else(|| wrong("turn"))?;
        row.last_ms = number("last").ok_or_else(|| wrong("last"))?;
        row.prompt = number("prompt");
        row.vendor_id = self.0.get("vendor").filter(|it| !it.is_empty()).cloned();
        row.state = self
            .0
            .get("state")
            .and_then(|name| ConversationState::from_name(name))
            .ok_or_else(|| wrong("state"))?;
        Ok(Some(row))
    }
}
