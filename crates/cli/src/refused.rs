//! Posts that the listener refused, in words: without them a wrong webhook token looks like a silent bot.

use std::time::{Duration, Instant};

use wotnot_core::{Client, RefusedPosts};

/// How often a command that waits for events looks for refused posts.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Repeated refusals are not printed each time.
const PAUSE: Duration = Duration::from_secs(60);

/// What was printed so far.
#[derive(Debug, Default)]
pub struct Refusals {
    reported: RefusedPosts,
    at: Option<Instant>,
}

impl Refusals {
    /// What was refused since this was last printed: a new cause at once, one that goes on each minute.
    pub fn news(&mut self, client: &Client) -> Option<String> {
        let refused = client.status().ok()?.webhook?.refused;
        if refused == self.reported {
            return None;
        }
        let (before, now) = (causes(&self.reported), causes(&refused));
        let grown = || before.iter().zip(&now).filter(|(was, is)| was.0 < is.0);
        let is_new = grown().any(|(was, _)| was.0 == 0);
        if !is_new && self.at.is_some_and(|at| at.elapsed() < PAUSE) {
            return None;
        }
        let reported: Vec<String> = grown()
            .map(|(was, (count, cause))| match count - was.0 {
                1 => format!("a post to the listener was refused: {cause}"),
                many => format!("{many} posts to the listener were refused: {cause}"),
            })
            .collect();
        self.reported = refused;
        self.at = Some(Instant::now());
        Some(reported.join("; "))
    }
}

/// How many posts were refused for each cause, and what to do about it.
fn causes(posts: &RefusedPosts) -> [(u64, &'static str); 7] {
    [
        (
            posts.unauthorized,
            "no webhook token, or another than WOTNOT_WEBHOOK_TOKEN says here (401); set the same one at both ends",
        ),
        (
            posts.wrong_path,
            "another path than --webhook-path says here (404); set the whole URL at the service",
        ),
        (
            posts.malformed,
            "not JSON, or no delivery of the service (400)",
        ),
        (posts.wrong_method, "not a POST (405)"),
        (posts.too_large, "more than is taken at once (413)"),
        (posts.too_slow, "its body came too slowly (408)"),
        (posts.overloaded, "more events wait than are held (503)"),
    ]
}
