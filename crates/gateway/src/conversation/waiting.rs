//! The vendor's posts that wait to be kept in one conversation.

use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;
use wotnot_core::Event;

use super::lock;
use crate::store::StoreError;

/// The posts of one conversation, in the order in which they came.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Vec<Post>>);

/// The events of a post, all of them of one conversation.
pub(crate) struct Post {
    pub events: Arc<Vec<Event>>,
    /// Learns whether they were kept.
    pub done: oneshot::Sender<Result<(), StoreError>>,
}

impl Waiting {
    pub fn add(&self, post: Post) {
        lock(&self.0).push(post);
    }

    /// All of them, without those whose sender has gone: they come again.
    pub fn take(&self) -> Vec<Post> {
        let mut posts = std::mem::take(&mut *lock(&self.0));
        posts.retain(|post| !post.done.is_closed());
        posts
    }
}
