//! Events whose conversation is known, taken into its draft.

use std::collections::HashSet;

use wotnot_core::Event;

use crate::app::App;
use crate::conversation::{Draft, events};
use crate::store::StoreError;

/// Where it is looked up which conversation a post belongs to, and which of its events came before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// In what is held of conversations in use; events count as new, which they mostly are. The store refuses
    /// the post when that is wrong.
    Held,
    /// In the store.
    Asked,
}

/// Takes the events that came before the vendor's id was known.
pub(crate) async fn take_parked(app: &App, draft: &mut Draft) -> Result<(), StoreError> {
    let Some(vendor_id) = draft.state.row.vendor_id.clone() else {
        return Ok(());
    };
    let parked = app
        .store
        .parked(&draft.state.row.account, &vendor_id)
        .await?;
    draft.unpark = Some(parked.len());
    for parked in parked {
        let event = [Event::from_raw(parked.raw)];
        take_events(app, draft, &event, Known::Asked).await?;
    }
    Ok(())
}

pub(super) async fn take_events(
    app: &App,
    draft: &mut Draft,
    taken: &[Event],
    known: Known,
) -> Result<(), StoreError> {
    let mut seen = HashSet::new();
    if known == Known::Asked {
        let keys = events::keys(draft, taken);
        let known = app.store.seen(&draft.state.row.id, keys.clone()).await?;
        let known = keys.into_iter().zip(known);
        seen.extend(known.filter_map(|(key, known)| known.then_some(key)));
    }
    // Of an earlier part of the same draft.
    seen.extend(draft.seen.iter().cloned());
    let site = app.sites().named(&draft.state.row.site).cloned();
    let javascript = site.map(|site| site.javascript).unwrap_or_default();
    events::take(draft, taken, &seen, javascript);
    Ok(())
}
