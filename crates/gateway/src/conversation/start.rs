//! A visitor begins: `POST /v1/conversations`. One conversation is open at a time for a visitor and
//! a site; the same post again gives the same conversation.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use wotnot_core::strict::{Fields, read_variables};
use wotnot_core::{Message, Variables};

use super::draft::{Draft, VisitorMessage};
use super::post::{checked_text, client_id, digest_of};
use super::{Conversation, State};
use crate::answers::Taken;
use crate::app::App;
use crate::clock::now_ms;
use crate::config::{Site, VisitorIdRule, random_hex, random_token};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::outbox;
use crate::store::{ConversationRow, ConversationState};

/// What came of a post.
pub(crate) enum Begun {
    /// It was taken now.
    New(Taken),
    /// It had been taken before.
    Repeated(Taken),
}

/// A first message, as it was posted.
pub(crate) struct First {
    client_id: String,
    pub(crate) text: String,
    variables: Variables,
    digest: String,
}

impl First {
    pub(crate) fn read(site: &Site, body: Value) -> ApiResult<Self> {
        let digest = digest_of(&body);
        let mut fields = Fields::open("body", body)?;
        let client_id = client_id(&mut fields)?;
        let text = match (fields.string("text")?, &site.greeting) {
            (Some(text), _) => checked_text("text", text)?,
            (None, Some(greeting)) => greeting.clone(),
            (None, None) => return Err(fields.missing("text", "a string").into()),
        };
        let variables = match fields.object("variables")? {
            Some(variables) => read_variables(variables)?,
            None => Variables::default(),
        };
        fields.finish()?;
        Ok(Self {
            client_id,
            text,
            variables,
            digest,
        })
    }
}

/// Starts the visitor's conversation.
pub(crate) async fn start(
    app: &Arc<App>,
    site: &Site,
    visitor: &str,
    body: Value,
) -> ApiResult<Begun> {
    let first = First::read(site, body)?;
    if let Some(latest) = app.store.latest_of(visitor, &site.name).await?
        && let Some(found) = look_at(app, &latest.id, &first).await?
    {
        return found;
    }
    let context = app.store.visitor(visitor).await?.map(|row| row.context);
    let variables = all_variables(site, &context.unwrap_or_default(), &first.variables);
    let mut draft = Draft::of(&State {
        row: new_row(site, visitor, json!(variables))?,
        sends: Arc::default(),
    });
    draft.say(VisitorMessage {
        client_id: first.client_id.clone(),
        digest: first.digest.clone(),
        message: json!(Message::text(first.text.as_str())),
        text: first.text.clone(),
        answer_to: None,
    });
    match app.conversations.create(draft).await? {
        Ok(conversation) => {
            let body = answer_of(&conversation, &first.client_id).await?;
            outbox::wake(app, &conversation);
            Ok(Begun::New(body))
        }
        // Another post of the same visitor was faster; it may be this very one.
        Err(open) => match look_at(app, &open, &first).await? {
            Some(found) => found,
            None => Err(is_open(&open)),
        },
    }
}

/// What an earlier conversation makes of the post; `None` when it stands in nobody's way.
async fn look_at(app: &App, id: &str, first: &First) -> ApiResult<Option<ApiResult<Begun>>> {
    let Some(conversation) = app.conversations.get(id).await? else {
        return Ok(None);
    };
    app.conversations.refresh(&conversation).await?;
    let state = conversation.lock().await;
    let begun = state.sends.first();
    if let Some(begun) = begun.filter(|begun| begun.client_id == first.client_id) {
        return Ok(Some(if begun.digest == first.digest {
            Ok(Begun::Repeated(Taken::of(&conversation.id, begun)))
        } else {
            Err(conflict())
        }));
    }
    let open = state.row.state != ConversationState::Ended;
    Ok(open.then(|| Err(is_open(id))))
}

pub(super) fn conflict() -> ApiError {
    ApiError::new(
        ErrorCode::ClientIdConflict,
        "client_id: was used for another message",
    )
}

fn is_open(id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ConversationOpen,
        "the visitor has a conversation that has not ended; go on in it",
    )
    .with("id", id)
}

async fn answer_of(conversation: &Conversation, client_id: &str) -> ApiResult<Taken> {
    let state = conversation.lock().await;
    let send = state.sends.iter().find(|send| send.client_id == client_id);
    send.map(|send| Taken::of(&conversation.id, send))
        .ok_or_else(ApiError::not_found)
}

pub(crate) fn new_row(
    site: &Site,
    visitor: &str,
    variables: Value,
) -> std::io::Result<ConversationRow> {
    let nonce = random_hex(4)?;
    let now = now_ms();
    Ok(ConversationRow {
        id: format!("c_{}", random_token(16)?),
        site: site.name.clone(),
        account: site.account.clone(),
        bot_key: site.bot_key.clone(),
        visitor: visitor.to_owned(),
        vendor_visitor: match site.visitor_id {
            VisitorIdRule::PerVisitor => visitor.to_owned(),
            VisitorIdRule::PerConversation => format!("{visitor}-{nonce}"),
        },
        vendor_id: None,
        nonce,
        head: 0,
        floor: 0,
        prompt: None,
        state: ConversationState::Open,
        turn: 0,
        variables,
        created_ms: now,
        last_ms: now,
        // The store begins to count when it keeps it.
        version: 0,
    })
}

/// The site's own, then what it signed, then what it lets the page say, each over the one before;
/// and the system's from the session.
fn all_variables(site: &Site, context: &Value, page: &Variables) -> Variables {
    let mut contact = site.variables.contact.clone();
    let mut conversation = site.variables.conversation.clone();
    extend(&mut contact, context["contact"].as_object());
    for (kind, map, given) in [
        ("contact", &mut contact, &page.contact),
        ("conversation", &mut conversation, &page.conversation),
    ] {
        for (name, value) in given.iter().flatten() {
            let full = format!("{kind}.{name}");
            if site.variables_from_page.contains(&full) {
                map.insert(name.clone(), value.clone());
            }
        }
    }
    let mut system = Map::new();
    extend(&mut system, context["system"].as_object());
    let some = |map: Map<String, Value>| (!map.is_empty()).then_some(map);
    Variables {
        system: some(system),
        contact: some(contact),
        conversation: some(conversation),
    }
}

fn extend(map: &mut Map<String, Value>, more: Option<&Map<String, Value>>) {
    for (name, value) in more
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        map.insert(name.clone(), value.clone());
    }
}
