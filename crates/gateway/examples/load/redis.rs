//! A rival store: what happens in conversations goes to Redis Streams, pipelined over one connection. All else is the file's, which
//! the rows that are measured do not touch.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use wotnot_gateway::store::sqlite::SqliteStore;
use wotnot_gateway::store::{
    Answer, Change, ConversationRow, Entry, Expired, FileRow, ForwardRow, History, Mark, MarkKey,
    OldFiles, Parked, RefreshRow, Rotation, SendRow, Store, StoreError, Trim, VisitorRow,
};

use crate::Result;

/// One change: all of it, or nothing when one of its keys was seen before. What the gateway's own store checks beside, Redis is spared:
/// that the conversation is still as the change was made for.
const APPEND: &str = "#!lua name=bench
redis.register_function('append', function(keys, args)
  local seen = tonumber(args[1])
  for i = 1, seen do
    if redis.call('SISMEMBER', keys[3], args[1 + i]) == 1 then return -1 end
  end
  local at = 2 + seen
  local entries = tonumber(args[at])
  for i = 0, entries - 1 do
    redis.call('XADD', keys[1], args[at + 1 + 3 * i], 'frame', args[at + 2 + 3 * i], 'raw', args[at + 3 + 3 * i])
  end
  at = at + 1 + 3 * entries
  redis.call('HSET', keys[2], 'head', args[at], 'floor', args[at + 1], 'turn', args[at + 2], 'last', args[at + 3],
    'version', args[at + 4], 'state', args[at + 5])
  if seen > 0 then redis.call('SADD', keys[3], unpack(args, 2, 1 + seen)) end
  return 1
end)
";
const SEEN_BEFORE: i64 = -1;

/// Commands that belong together, and who waits for their answers.
struct Job {
    bytes: Vec<u8>,
    answers: usize,
    done: oneshot::Sender<std::result::Result<Vec<i64>, StoreError>>,
}

type Waiting = Arc<Mutex<VecDeque<Job>>>;

pub struct RedisStore {
    file: SqliteStore,
    jobs: UnboundedSender<Job>,
    /// As the newest changes left them.
    rows: Arc<Mutex<HashMap<String, ConversationRow>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(why: impl ToString) -> StoreError {
    StoreError::Failed(why.to_string())
}

impl RedisStore {
    pub async fn connect(to: &str, file: SqliteStore) -> Result<Self> {
        let address = to.to_owned();
        let (jobs, queue) = unbounded_channel();
        let (sender, ready) = std::sync::mpsc::channel();
        // A thread of its own, so that it does not matter whose runtime asks.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let Ok(stream) = TcpStream::connect(&address).await else {
                    return;
                };
                let _ = stream.set_nodelay(true);
                let _ = sender.send(());
                let (reading, writing) = stream.into_split();
                let waiting = Waiting::default();
                tokio::spawn(read(reading, Arc::clone(&waiting)));
                write(writing, queue, waiting).await;
            });
        });
        ready
            .recv()
            .map_err(|_| format!("Redis at {to} does not answer"))?;
        let store = Self {
            file,
            jobs,
            rows: Arc::default(),
        };
        let mut load = Commands::default();
        load.push(&[b"FUNCTION", b"LOAD", b"REPLACE", APPEND.as_bytes()]);
        store.ask(load).await?;
        Ok(store)
    }

    fn ask(&self, commands: Commands) -> Answer<Vec<i64>> {
        let (done, answered) = oneshot::channel();
        let sent = self.jobs.send(Job {
            bytes: commands.bytes,
            answers: commands.count,
            done,
        });
        Box::pin(async move {
            sent.map_err(|_| failed("the connection is gone"))?;
            answered
                .await
                .map_err(|_| failed("the connection is gone"))?
        })
    }
}

/// Commands as Redis reads them.
#[derive(Default)]
struct Commands {
    bytes: Vec<u8>,
    count: usize,
}

impl Commands {
    fn push(&mut self, parts: &[&[u8]]) {
        self.bytes
            .extend_from_slice(format!("*{}\r\n", parts.len()).as_bytes());
        for part in parts {
            self.bytes
                .extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
            self.bytes.extend_from_slice(part);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.count += 1;
    }
}

/// Writes all that is queued at once.
async fn write(mut to: OwnedWriteHalf, mut queue: UnboundedReceiver<Job>, waiting: Waiting) {
    let mut jobs = Vec::new();
    while queue.recv_many(&mut jobs, 1_024).await > 0 {
        let mut bytes = Vec::new();
        for mut job in jobs.drain(..) {
            bytes.append(&mut job.bytes);
            lock(&waiting).push_back(job);
        }
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Answers come in the order of the commands.
async fn read(mut from: OwnedReadHalf, waiting: Waiting) {
    let mut held: Vec<u8> = Vec::new();
    let mut answers = Vec::new();
    let mut refused = None;
    while let Ok(1..) = from.read_buf(&mut held).await {
        let mut at = 0;
        while let Some((length, answer)) = answer(&held[at..]) {
            at += length;
            match answer {
                Ok(numbers) => answers.push(numbers),
                Err(why) => {
                    refused = Some(why);
                    answers.push(Vec::new());
                }
            }
            let mut waiting = lock(&waiting);
            let whole = |job: &Job| job.answers == answers.len();
            if waiting.front().is_some_and(whole)
                && let Some(job) = waiting.pop_front()
            {
                let answers = std::mem::take(&mut answers).concat();
                let _ = job.done.send(refused.take().map_or(Ok(answers), Err));
            }
        }
        held.drain(..at);
    }
}

/// The first answer in there, once it is whole, and its length. Of what Redis says the numbers count alone.
fn answer(bytes: &[u8]) -> Option<(usize, std::result::Result<Vec<i64>, StoreError>)> {
    let length = bytes.windows(2).position(|two| two == b"\r\n")?;
    let line = std::str::from_utf8(&bytes[..length]).ok()?;
    let number: i64 = line.get(1..)?.parse().unwrap_or(0);
    let mut whole = length + 2;
    let mut numbers = Vec::new();
    match line.as_bytes().first()? {
        b'-' => return Some((whole, Err(failed(line)))),
        b'*' => {
            for _ in 0..number {
                let (length, answer) = answer(bytes.get(whole..)?)?;
                whole += length;
                match answer {
                    Ok(more) => numbers.extend(more),
                    Err(why) => return Some((whole, Err(why))),
                }
            }
        }
        b'$' if number >= 0 => {
            whole += usize::try_from(number).ok()? + 2;
            bytes.get(..whole)?;
        }
        _ => numbers.push(number),
    }
    Some((whole, Ok(numbers)))
}

macro_rules! the_files_own {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> Answer<$answer> {
            self.file.$name($($argument),*)
        })*
    };
}

impl Store for RedisStore {
    fn incarnation(&self) -> Arc<str> {
        self.file.incarnation()
    }

    fn failure(&self) -> Option<StoreError> {
        self.file.failure()
    }

    fn append(&self, changes: Vec<Change>) -> Answer<()> {
        let mut commands = Commands::default();
        for change in &changes {
            let row = &change.conversation;
            let key = |part: &str| format!("{{w:c:{}}}:{part}", row.id);
            let mut parts = vec!["FCALL".to_owned(), "append".into(), "3".into()];
            parts.extend([key("log"), key("meta"), key("seen")]);
            parts.push(change.seen.len().to_string());
            parts.extend(change.seen.iter().cloned());
            parts.push(change.entries.len().to_string());
            for (entry, place) in change.entries.iter().zip(0..) {
                let raw = change.raw.get(place).cloned();
                parts.push(format!("{}-0", entry.seq));
                parts.push(String::from_utf8_lossy(&entry.frame).into_owned());
                parts.push(raw.unwrap_or_default());
            }
            for number in [row.head, row.floor, row.turn, row.last_ms, row.version + 1] {
                parts.push(number.to_string());
            }
            parts.push(row.state.name().into());
            commands.push(&parts.iter().map(String::as_bytes).collect::<Vec<_>>());
        }
        let answer = self.ask(commands);
        let rows = Arc::clone(&self.rows);
        Box::pin(async move {
            if answer.await?.contains(&SEEN_BEFORE) {
                return Err(StoreError::Conflict);
            }
            for change in changes {
                let mut row = change.conversation;
                row.version += 1;
                lock(&rows).insert(row.id.clone(), row);
            }
            Ok(())
        })
    }

    fn seen(&self, conversation: &str, keys: Vec<String>) -> Answer<Vec<bool>> {
        let mut commands = Commands::default();
        let key = format!("{{w:c:{conversation}}}:seen");
        let mut parts: Vec<&[u8]> = vec![b"SMISMEMBER", key.as_bytes()];
        parts.extend(keys.iter().map(String::as_bytes));
        commands.push(&parts);
        let answer = self.ask(commands);
        Box::pin(async move { Ok(answer.await?.into_iter().map(|found| found == 1).collect()) })
    }

    fn conversation(&self, id: &str) -> Answer<Option<ConversationRow>> {
        match lock(&self.rows).get(id).cloned() {
            Some(row) => Box::pin(async move { Ok(Some(row)) }),
            None => self.file.conversation(id),
        }
    }

    the_files_own! {
        put_visitor(visitor: VisitorRow) -> ();
        visitor(id: &str) -> Option<VisitorRow>;
        revoke(visitor: &str) -> u64;
        revocations() -> Vec<(String, u64)>;
        put_refresh(refresh: RefreshRow) -> ();
        rotate_refresh(family: &str, hash: [u8; 32], next: [u8; 32], now_ms: u64, expires_ms: u64, grace_ms: u64) -> Rotation;
        create(change: Change) -> std::result::Result<(), String>;
        history(conversation: &str) -> Option<History>;
        latest_of(visitor: &str, site: &str) -> Option<ConversationRow>;
        conversations_of(visitor: &str) -> Vec<ConversationRow>;
        by_vendor_id(account: &str, vendor_id: &str) -> Option<String>;
        without_vendor_id(account: &str, vendor_visitor: &str) -> Vec<String>;
        read(conversation: &str, after: u64, limit: usize) -> Vec<Entry>;
        messages_before(conversation: &str, before: u64, limit: usize) -> Vec<Entry>;
        sends(conversation: &str) -> Vec<SendRow>;
        unfinished() -> Vec<String>;
        park(events: Vec<Parked>) -> ();
        parked(account: &str, vendor_id: &str) -> Vec<Parked>;
        put_forwards(posts: Vec<ForwardRow>) -> ();
        first_forward(receiver: &str) -> Option<ForwardRow>;
        drop_forward(number: u64) -> ();
        trim(trim: Trim) -> Expired;
        erase(visitor: &str, key: MarkKey, at_ms: u64) -> Vec<String>;
        put_mark(mark: Mark, at_ms: u64) -> ();
        is_marked(mark: Mark) -> bool;
        put_file(file: FileRow) -> ();
        file_is_ready(id: &str) -> bool;
        file(id: &str) -> Option<FileRow>;
        files_of(visitor: &str) -> Vec<FileRow>;
        old_files(old: OldFiles) -> Vec<FileRow>;
        drop_files(ids: Vec<String>) -> ();
    }
}
