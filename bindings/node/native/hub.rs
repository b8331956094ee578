//! What one environment (the main thread, or one of `node:worker_threads`) shares between its
//! clients: the threads, the way back to its event loop, and the hold that keeps it alive.

use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::outbox::{Notify, Outbox};
use crate::pool::Pool;

type Waker = ThreadsafeFunction<(), (), String, Status, false, true>;
type Hold = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The way back to the event loop, for any thread.
pub(crate) struct Notifier {
    outbox: Arc<Outbox>,
    waker: Waker,
}

impl Notifier {
    /// Tells the event loop something about `id`, a JSON document.
    pub(crate) fn tell(&self, id: i64, document: &str) {
        if self.outbox.put(id, document) == Notify::Needed {
            // Refused only while the environment ends, when nobody is left to notify.
            self.waker.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

/// One for each environment.
#[napi]
pub struct Hub {
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) pool: Arc<Pool>,
    hold: Hold,
}

#[napi]
impl Hub {
    /// `onNews` gets `[id, document, id, document, ...]` as JSON text: the envelope of each call
    /// that is over, and under the number of a client `null` when it has events, and `{"log": ...}`
    /// for each record of its log.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: &Env,
        #[napi(ts_arg_type = "(news: string) => void")] on_news: Function<'_, String, ()>,
    ) -> Result<Self> {
        let outbox = Arc::new(Outbox::default());
        let waiting = Arc::clone(&outbox);
        let waker = on_news
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .build_callback(move |_| Ok(waiting.take()))?;
        let hold = on_news
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .build_callback(|_| Ok(()))?;
        let notifier = Arc::new(Notifier { outbox, waker });
        let back = Arc::clone(&notifier);
        let pool = Arc::new(Pool::new(Box::new(move |id, envelope| {
            back.tell(id, envelope);
        })));
        // Hooks run in reverse order: this one comes before the threadsafe functions go.
        env.add_env_cleanup_hook(Arc::clone(&pool), |pool| pool.stop())?;
        Ok(Self {
            notifier,
            pool,
            hold,
        })
    }

    /// Keeps the event loop alive: something is pending.
    #[napi(catch_unwind)]
    #[allow(deprecated, reason = "the replacement, dropping it, cannot be undone")]
    pub fn hold(&mut self, env: &Env) -> Result<()> {
        self.hold.refer(env)
    }

    /// Lets the event loop end: nothing is pending.
    #[napi(catch_unwind)]
    #[allow(deprecated, reason = "the replacement, dropping it, cannot be undone")]
    pub fn release(&mut self, env: &Env) -> Result<()> {
        self.hold.unref(env)
    }

    /// Ends the call with this number at once, if it is not over.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: i64) {
        self.pool.cancel(id);
    }

    /// Ends the call with this number if it still waits for its turn: its time is over.
    #[napi(catch_unwind)]
    pub fn expire(&self, id: i64) {
        self.pool.expire(id);
    }
}
