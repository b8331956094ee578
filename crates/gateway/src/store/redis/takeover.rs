//! What another store kept, taken over as it was: under the same numbers, so that readers notice nothing.

use std::collections::BTreeMap;

use redis::Pipeline;

use super::keys;
use super::link::{Request, read};
use super::{RedisStore, Store, text};
use crate::config::secrets::hex;
use crate::store::{
    ConversationState, FileRow, ForwardRow, History, Mark, Parked, RefreshRow, StoreError,
    VisitorRow,
};

/// Commands of one conversation that go together.
const AT_ONCE: usize = 500;

impl RedisStore {
    pub(crate) async fn begin_takeover(&self, incarnation: &str) -> Result<(), StoreError> {
        self.store.begin_takeover(incarnation).await
    }

    pub(crate) fn inner(&self) -> &Store {
        &self.store
    }
}

impl Store {
    /// Makes this the store of that life, unless it is one of its own.
    async fn begin_takeover(&self, incarnation: &str) -> Result<(), StoreError> {
        let refused = |why: &str| Err(StoreError::Failed(format!("{}: {why}", self.link.address)));
        if !self.is_only_node().await? {
            return refused("a gateway runs on it; stop that first");
        }
        let from: Option<String> = self
            .ask(redis::cmd("HGET").arg(keys::LIFE).arg("from"))
            .await?;
        let held: u64 = self.ask(redis::cmd("ZCARD").arg(keys::BY_LAST)).await?;
        match from {
            Some(from) if from == incarnation => Ok(()),
            Some(_) => refused("another store was moved there; use another database"),
            None if held > 0 => refused("there are conversations already; use another database"),
            None => {
                let mut begin = redis::cmd("HSET");
                begin
                    .arg(keys::LIFE)
                    .arg("from")
                    .arg(incarnation)
                    .arg("incarnation")
                    .arg(incarnation);
                self.writes.ask(begin).await
            }
        }
    }

    /// Keeps a whole conversation, unless it is there; whether it was not. What makes it count comes last.
    pub(crate) async fn take_over(
        &self,
        history: &History,
        seen: &[String],
    ) -> Result<bool, StoreError> {
        let row = &history.conversation;
        let [meta, log, send, seen_key, raw] = keys::conversation(&row.id);
        let there: bool = self.ask(redis::cmd("EXISTS").arg(&meta)).await?;
        if there {
            return Ok(false);
        }
        self.index(history).await?;
        let all = [&log, &send, &seen_key, &raw].map(String::as_str);
        self.writes
            .ask::<()>(redis::cmd("DEL").arg(&all[..]).take())
            .await?;
        let mut commands: Vec<redis::Cmd> = Vec::new();
        for entry in &history.entries {
            let mut add = redis::cmd("XADD");
            add.arg(&log)
                .arg(format!("{}-0", entry.seq))
                .arg("k")
                .arg(entry.kind.name());
            add.arg("t")
                .arg(entry.at_ms)
                .arg("f")
                .arg(&entry.frame[..])
                .arg("a");
            add.arg(
                entry
                    .answers
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            );
            commands.push(add);
        }
        for it in &history.sends {
            commands.push(
                redis::cmd("HSET")
                    .arg(&send)
                    .arg(it.seq)
                    .arg(text(it))
                    .take(),
            );
        }
        for (at_ms, body) in &history.raw {
            commands.push(
                redis::cmd("RPUSH")
                    .arg(&raw)
                    .arg(format!("{at_ms}[{body}]"))
                    .take(),
            );
        }
        for keys in seen.chunks(AT_ONCE) {
            commands.push(redis::cmd("SADD").arg(&seen_key).arg(keys).take());
        }
        for part in commands.chunks(AT_ONCE) {
            let mut pipeline = Pipeline::new();
            for command in part {
                pipeline.add_command(command.clone());
            }
            let _: Vec<redis::Value> = read(self.link.answer(Request::Many(&pipeline)).await?)?;
        }
        let mut whole = redis::cmd("HSET");
        whole
            .arg(&meta)
            .arg("base")
            .arg(text(row))
            .arg("version")
            .arg(row.version);
        whole
            .arg("token")
            .arg("")
            .arg("head")
            .arg(row.head)
            .arg("floor")
            .arg(row.floor);
        whole
            .arg("prompt")
            .arg(row.prompt.map(|seq| seq.to_string()).unwrap_or_default());
        whole
            .arg("state")
            .arg(row.state.name())
            .arg("turn")
            .arg(row.turn)
            .arg("last")
            .arg(row.last_ms);
        whole
            .arg("vendor")
            .arg(row.vendor_id.as_deref().unwrap_or_default());
        self.writes.ask::<()>(whole).await?;
        Ok(true)
    }

    /// Where a conversation is found.
    async fn index(&self, history: &History) -> Result<(), StoreError> {
        let row = &history.conversation;
        let oldest_raw = history
            .raw
            .first()
            .map_or(row.created_ms, |(at_ms, _)| *at_ms);
        let mut commands = Vec::new();
        for (index, score) in [(keys::BY_LAST, row.last_ms), (keys::BY_RAW, oldest_raw)] {
            commands.push(redis::cmd("ZADD").arg(index).arg(score).arg(&row.id).take());
        }
        let open = keys::open(&row.visitor);
        let mut number = redis::cmd("HINCRBY");
        let number: u64 = self
            .writes
            .ask(number.arg(&open).arg("made ").arg(1).take())
            .await?;
        let all = keys::conversations_of(&row.visitor);
        commands.push(
            redis::cmd("ZADD")
                .arg(all)
                .arg("NX")
                .arg(number)
                .arg(&row.id)
                .take(),
        );
        commands.push(
            redis::cmd("HSET")
                .arg(&open)
                .arg(&row.site)
                .arg(&row.id)
                .take(),
        );
        match &row.vendor_id {
            Some(id) => commands.push(
                redis::cmd("SET")
                    .arg(keys::name(&row.account, id))
                    .arg(&row.id)
                    .take(),
            ),
            None => {
                let key = keys::unnamed(&row.account, &row.vendor_visitor);
                commands.push(
                    redis::cmd("ZADD")
                        .arg(key)
                        .arg(row.created_ms)
                        .arg(&row.id)
                        .take(),
                );
            }
        }
        for command in commands {
            self.writes.ask::<()>(command).await?;
        }
        let unfinished = history.sends.iter().any(|send| send.state.is_unfinished());
        match unfinished && row.state != ConversationState::Ended {
            true => self.note_work(&row.id).await,
            false => Ok(()),
        }
    }

    /// The newest entry's number, and how many entries are kept.
    pub(crate) async fn extent(&self, id: &str) -> Result<(Option<u64>, u64), StoreError> {
        let head = self
            .ask(redis::cmd("HGET").arg(keys::meta(id)).arg("head"))
            .await?;
        Ok((head, self.ask(redis::cmd("XLEN").arg(keys::log(id))).await?))
    }

    pub(crate) async fn take_over_visitor(&self, visitor: VisitorRow) -> Result<(), StoreError> {
        if visitor.revocation > 0 {
            let mut revoked = redis::cmd("HSET");
            revoked
                .arg(keys::REVOKED)
                .arg(&visitor.id)
                .arg(visitor.revocation);
            self.writes.ask::<()>(revoked).await?;
        }
        self.put_visitor(visitor).await
    }

    pub(crate) async fn take_over_token(
        &self,
        token: RefreshRow,
        used_ms: Option<u64>,
    ) -> Result<(), StoreError> {
        let (key, hash) = (keys::family(&token.family), hex(&token.hash));
        self.put_refresh(token).await?;
        let Some(used_ms) = used_ms else {
            return Ok(());
        };
        let mut used = redis::cmd("HSET");
        used.arg(key).arg(format!("used {hash}")).arg(used_ms);
        self.writes.ask(used).await
    }

    /// All events that are parked, in the order of their arrival, in place of what is there.
    pub(crate) async fn take_over_parked(&self, events: Vec<Parked>) -> Result<(), StoreError> {
        let mut by_name: BTreeMap<(String, String), Vec<Parked>> = BTreeMap::new();
        for event in events {
            let name = (event.account.clone(), event.vendor_id.clone());
            by_name.entry(name).or_default().push(event);
        }
        for ((account, vendor_id), events) in by_name {
            self.drop_key(&keys::parked(&account, &vendor_id)).await?;
            match self.park(events).await {
                // Its conversation is known: it was taken there.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A post that is to be passed on, under its number.
    pub(crate) async fn take_over_forward(&self, post: ForwardRow) -> Result<(), StoreError> {
        let number = post.number;
        let mut keep = redis::cmd("HSET");
        keep.arg(keys::FORWARDS).arg(number).arg(text(&post));
        self.writes.ask::<()>(keep).await?;
        let queue = keys::queue(&post.receiver);
        self.writes
            .ask::<()>(redis::cmd("ZADD").arg(queue).arg(number).arg(number).take())
            .await?;
        self.writes
            .ask(redis::cmd("SET").arg(keys::LAST_FORWARD).arg(number).take())
            .await
    }

    pub(crate) async fn take_over_mark(&self, mark: Mark, at_ms: u64) -> Result<(), StoreError> {
        self.put_mark(mark, at_ms).await
    }

    pub(crate) async fn take_over_file(&self, file: FileRow) -> Result<(), StoreError> {
        self.put_file(file).await
    }

    pub(crate) async fn take_over_secret(
        &self,
        name: &str,
        secret: &str,
    ) -> Result<(), StoreError> {
        self.shared_secret(name, secret).await.map(drop)
    }
}
