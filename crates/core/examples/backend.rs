//! A web backend on axum: many visitors, each in a window of their own.
//!
//! ```text
//! POST   /wotnot/events           the service posts what the bots say
//! POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts a conversation
//! GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//! DELETE /visitors/ID             the visitor has left
//! ```
//!
//! The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
//! holds up no other. What nobody asks for in 15 minutes gives way when there is no room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};
use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Config, Error, EventFilter, Forget, IfKnown, Message,
    PublicEvent, Start, Webhook, WebhookReply,
};

const WAIT: Duration = Duration::from_secs(20);

/// The client, and the conversation of each visitor who is here.
struct Backend {
    client: Client,
    chats: Mutex<HashMap<String, String>>,
}

type Shared = State<Arc<Backend>>;

impl Backend {
    fn chats(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the visitor's conversation with this, or goes on with the one that they have.
    fn say(&self, visitor: &str, text: &str) -> wotnot_core::Result<Value> {
        let options = CallOptions::default();
        let start = Start::text(visitor, text);
        let opened = self
            .client
            .open_conversation(&start, IfKnown::Reuse, &options)?;
        let id = opened.conversation.id;
        self.chats().insert(visitor.to_owned(), id.clone());
        if !opened.message_sent {
            self.client
                .send_message(&id, &Message::text(text), &options)?;
        }
        Ok(json!({"conversation": id}))
    }

    /// What the visitor's window has to show next: waits for one event, and takes the rest that is there already.
    fn events(&self, id: &str, gone: &CancelToken) -> wotnot_core::Result<Vec<PublicEvent>> {
        let mut seen = Vec::new();
        let mut wait = WAIT;
        loop {
            let next = self
                .client
                .receive_wanted(EventFilter::Of(id), Some(wait), Some(gone));
            match next {
                Ok(event) if event.by() == Some("visitor") => {}
                Ok(event) => seen.push(event.public()),
                Err(error) if error.code() == Code::Timeout => return Ok(seen),
                Err(error) => return Err(error),
            }
            wait = Duration::ZERO;
        }
    }

    /// Drops the conversation, and the events of it that wait.
    fn leave(&self, visitor: &str) -> wotnot_core::Result<bool> {
        let was_here = self.chats().remove(visitor).is_some();
        self.client.forget(Forget::Visitor(visitor))?;
        Ok(was_here)
    }
}

/// Ends the wait of a window that went away before its answer was there.
struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Calls of the client block, so they run on threads that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> wotnot_core::Result<T> + Send + 'static,
) -> Result<T, Response> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

/// The window asks before it offers to say it again: it may have been taken.
fn refused(error: &Error) -> Response {
    let delivery = error.delivery().map(|delivery| delivery.name());
    let document = json!({"code": error.code().name(), "delivery": delivery});
    (StatusCode::BAD_GATEWAY, Json(document)).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({}))).into_response()
}

async fn accept(State(backend): Shared, headers: HeaderMap, body: String) -> Response {
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let reply = match backend.client.accept_webhook(&body, authorization) {
        Ok(reply) => reply,
        // 401 for a wrong token, 503 when there is no room: the service comes again.
        Err(error) => error.reply().cloned().unwrap_or(WebhookReply {
            status: 500,
            body: "{}".to_owned(),
        }),
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        reply.body,
    )
        .into_response()
}

async fn say(
    State(backend): Shared,
    Path(visitor): Path<String>,
    Json(said): Json<Value>,
) -> Result<Json<Value>, Response> {
    let Some(text) = said["text"].as_str().map(str::to_owned) else {
        return Err((StatusCode::BAD_REQUEST, Json(json!({}))).into_response());
    };
    blocking(move || backend.say(&visitor, &text))
        .await
        .map(Json)
}

async fn events(
    State(backend): Shared,
    Path(visitor): Path<String>,
) -> Result<Json<Vec<PublicEvent>>, Response> {
    let id = backend.chats().get(&visitor).cloned().ok_or_else(unknown)?;
    let gone = CancelOnDrop(CancelToken::default());
    let token = gone.0.clone();
    blocking(move || backend.events(&id, &token))
        .await
        .map(Json)
}

async fn leave(
    State(backend): Shared,
    Path(visitor): Path<String>,
) -> Result<Json<Value>, Response> {
    match blocking(move || backend.leave(&visitor)).await? {
        true => Ok(Json(json!({}))),
        false => Err(unknown()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Config {
        bot_key: Some(std::env::var("WOTNOT_BOT_KEY")?),
        base_url: std::env::var("WOTNOT_BASE_URL")?,
        webhook: Some(Webhook::new(std::env::var("WOTNOT_WEBHOOK_TOKEN")?)),
        ..Config::new(std::env::var("WOTNOT_TOKEN")?)
    })?;
    let backend = Backend {
        client,
        chats: Mutex::default(),
    };
    let routes = axum::Router::new()
        .route("/wotnot/events", post(accept))
        .route("/visitors/{visitor}/messages", post(say))
        .route("/visitors/{visitor}/events", get(events))
        .route("/visitors/{visitor}", delete(leave))
        .with_state(Arc::new(backend));
    let listener = tokio::net::TcpListener::bind(std::env::var("WOTNOT_LISTEN")?).await?;
    axum::serve(listener, routes).await?;
    Ok(())
}
