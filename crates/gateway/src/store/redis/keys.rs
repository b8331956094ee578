//! The names of keys. What has to change in one piece has one hash tag, so that a cluster keeps it in one place.

/// The store's form, its life, and what one server counts.
pub(super) const LIFE: &str = "w:life";
/// Secrets that all nodes have.
pub(super) const SECRETS: &str = "w:secrets";
/// Where nodes hear of each other's changes.
pub(super) const LIVE: &str = "w:live";
/// Conversations by a time before which nothing in them came; [`super::trim`] looks and corrects it.
pub(super) const BY_LAST: &str = "w:i:last";
/// The same for raw events.
pub(super) const BY_RAW: &str = "w:i:raw";
/// Names under which events are parked, by the time of the oldest.
pub(super) const PARKED: &str = "w:i:parked";
/// Visitors whose tokens were ever revoked.
pub(super) const REVOKED: &str = "w:i:revoked";
/// Marks of what was erased, by their time.
pub(super) const MARKS: &str = "w:i:marks";
/// Files by when they were begun.
pub(super) const FILES: &str = "w:i:files";
/// The same of those that are not ready.
pub(super) const UNREADY: &str = "w:i:unready";
/// Until when each node's lease lasts.
pub(super) const NODES: &str = "{w:nodes}:until";
/// The last node's number.
pub(super) const LAST_NODE: &str = "{w:nodes}:last";
/// Posts that are to be passed on.
pub(super) const FORWARDS: &str = "{w:f}:posts";
/// The last one's number.
pub(super) const LAST_FORWARD: &str = "{w:f}:number";

pub(super) fn meta(conversation: &str) -> String {
    format!("{{w:c:{conversation}}}:meta")
}

pub(super) fn log(conversation: &str) -> String {
    format!("{{w:c:{conversation}}}:log")
}

pub(super) fn send(conversation: &str) -> String {
    format!("{{w:c:{conversation}}}:send")
}

pub(super) fn seen(conversation: &str) -> String {
    format!("{{w:c:{conversation}}}:seen")
}

pub(super) fn raw(conversation: &str) -> String {
    format!("{{w:c:{conversation}}}:raw")
}

/// All of a conversation's, in the order in which scripts take them.
pub(super) fn conversation(id: &str) -> [String; 5] {
    [meta(id), log(id), send(id), seen(id), raw(id)]
}

pub(super) fn visitor(id: &str) -> String {
    format!("{{w:v:{id}}}")
}

/// The visitor's newest conversation on each site.
pub(super) fn open(visitor: &str) -> String {
    format!("{{w:v:{visitor}}}:open")
}

/// All of the visitor's conversations, oldest first.
pub(super) fn conversations_of(visitor: &str) -> String {
    format!("{{w:v:{visitor}}}:conversations")
}

/// The families of the visitor's refresh tokens.
pub(super) fn families_of(visitor: &str) -> String {
    format!("{{w:v:{visitor}}}:families")
}

/// The visitor's files, oldest first.
pub(super) fn files_of(visitor: &str) -> String {
    format!("{{w:v:{visitor}}}:files")
}

/// A family of refresh tokens.
pub(super) fn family(id: &str) -> String {
    format!("{{w:r:{id}}}")
}

/// The conversation that the vendor knows by this id.
pub(super) fn name(account: &str, vendor_id: &str) -> String {
    format!("{{w:n:{}:{account}:{vendor_id}}}:id", account.len())
}

/// What came for a conversation of the vendor's that is not known.
pub(super) fn parked(account: &str, vendor_id: &str) -> String {
    format!("{{w:n:{}:{account}:{vendor_id}}}:parked", account.len())
}

/// Conversations that were begun for a visitor of the vendor's and had no id of the vendor's.
pub(super) fn unnamed(account: &str, vendor_visitor: &str) -> String {
    format!("{{w:u:{}:{account}:{vendor_visitor}}}", account.len())
}

pub(super) fn file(id: &str) -> String {
    format!("{{w:b:{id}}}")
}

/// The numbers of a receiver's posts.
pub(super) fn queue(receiver: &str) -> String {
    format!("{{w:f}}:to:{receiver}")
}

/// Who works on a receiver's posts.
pub(super) fn queue_lease(receiver: &str) -> String {
    format!("{{w:f}}:by:{receiver}")
}

/// Conversations in which a node has something to send.
pub(super) fn work(node: u64) -> String {
    format!("w:work:{node}")
}
