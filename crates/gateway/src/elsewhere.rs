//! What other processes that share the store do, brought to what is held here.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::app::App;
use crate::store::{Signal, StoreError};
use crate::{forward, outbox, unread};

/// Takes signals for as long as the store gives them.
pub(crate) async fn follow(app: Arc<App>, mut signals: UnboundedReceiver<Signal>) {
    while let Some(signal) = signals.recv().await {
        // At once: nothing of the life before may be read any more.
        if signal == Signal::Life {
            app.conversations.start_over();
            continue;
        }
        let app = Arc::clone(&app);
        // One conversation that is busy holds up no other.
        tokio::spawn(async move {
            if let Err(error) = take(&app, signal).await {
                // What is held is compared again before long.
                tracing::warn!(%error, "what another node did was not taken over");
            }
        });
    }
}

async fn take(app: &Arc<App>, signal: Signal) -> Result<(), StoreError> {
    match signal {
        Signal::Changed { conversation, head } => {
            app.conversations.moved(&conversation, head).await
        }
        Signal::Gone(conversation) => {
            app.conversations.forget(&[conversation]);
            Ok(())
        }
        Signal::Revoked { visitor, number } => {
            app.note_revocation(&visitor, number);
            app.wake_readers_of(&visitor).await
        }
        Signal::Orphans(conversations) => {
            for id in conversations {
                // Nobody else takes them up.
                let found = loop {
                    match app.conversations.get(&id).await {
                        Err(StoreError::Away(_)) => tokio::time::sleep(forward::WHEN_AWAY).await,
                        found => break found?,
                    }
                };
                if let Some(conversation) = found {
                    outbox::wake(app, &conversation);
                }
            }
            Ok(())
        }
        Signal::Compare => {
            // Another node may have left posts.
            forward::wake_all(app);
            unread::wake_all(app);
            app.conversations.compare().await
        }
        Signal::Missed => {
            for (visitor, number) in app.store.revocations().await? {
                app.note_revocation(&visitor, number);
            }
            app.conversations.compare().await
        }
        // It was taken at once.
        Signal::Life => Ok(()),
    }
}
