//! A webhook with everything worked out that is the same for each of its POSTs.

use std::sync::{Arc, Weak};

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Uri};
use bytes::Bytes;
use http_body_util::Full;
use serde_json::json;

use super::connections::{Connections, KEPT_IDLE};
use super::{TokenPlace, Webhook};
use crate::delivery::Delivery;
use crate::error::WebhookUrlError;
use crate::headers::{self, HeaderView};

pub(super) struct Target {
    pub webhook: Webhook,
    pub connections: Connections,
    /// What each POST has in its head, as it may be shown.
    pub shown: Arc<ShownHead>,
    path: Uri,
    /// Or why there can be none.
    headers: Result<HeaderMap, &'static str>,
    /// `"token":".."`, when there is one.
    token: Option<String>,
}

/// Where posts go, and with which headers, without what is secret.
pub(super) struct ShownHead {
    pub url: String,
    pub headers: Vec<HeaderView>,
    /// Whether the body has a token.
    pub token: bool,
}

impl Target {
    pub fn new(webhook: Webhook) -> Result<Self, WebhookUrlError> {
        let uri: Uri = webhook.url.parse().map_err(|_| WebhookUrlError)?;
        let host = uri.host().filter(|host| !host.is_empty());
        let (Some("http"), Some(host)) = (uri.scheme_str(), host) else {
            return Err(WebhookUrlError);
        };
        let path = uri.path_and_query().cloned();
        let headers = head(&webhook, host, uri.port_u16());
        let shown = ShownHead {
            url: webhook.url.clone(),
            headers: headers.as_ref().map(headers::shown).unwrap_or_default(),
            token: webhook.token.is_some(),
        };
        Ok(Self {
            shown: Arc::new(shown),
            connections: Connections::new(host, uri.port_u16().unwrap_or(80)),
            path: path
                .unwrap_or_else(|| PathAndQuery::from_static("/"))
                .into(),
            headers,
            token: webhook
                .token
                .as_ref()
                .map(|token| format!("\"token\":{}", json!(token))),
            webhook,
        })
    }

    /// The POST of these events; with none of them it is the service's test.
    pub fn request(&self, events: &[Delivery]) -> Result<Request<Full<Bytes>>, &'static str> {
        let mut request = Request::new(Full::new(self.body(events).into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.path.clone();
        *request.headers_mut() = self.headers.clone()?;
        Ok(request)
    }

    /// `{"events": [..], "token": ".."}`; the events are JSON already.
    fn body(&self, events: &[Delivery]) -> String {
        let events: Vec<&str> = events.iter().map(|event| &*event.body).collect();
        let events = (!events.is_empty()).then(|| format!("\"events\":[{}]", events.join(",")));
        match (events, &self.token) {
            (Some(events), Some(token)) => format!("{{{events},{token}}}"),
            (Some(events), None) => format!("{{{events}}}"),
            (None, token) => format!("{{{}}}", token.as_deref().unwrap_or_default()),
        }
    }
}

/// Closes connections that nobody needs any more, for as long as the target is in use.
pub(super) async fn close_idle(target: Weak<Target>) {
    loop {
        tokio::time::sleep(KEPT_IDLE).await;
        match target.upgrade() {
            Some(target) => target.connections.close_idle(),
            None => return,
        }
    }
}

fn head(webhook: &Webhook, host: &str, port: Option<u16>) -> Result<HeaderMap, &'static str> {
    let host = match port {
        Some(port) if port != 80 => HeaderValue::from_str(&format!("{host}:{port}")),
        _ => HeaderValue::from_str(host),
    };
    let mut headers = HeaderMap::new();
    headers.insert(
        HOST,
        host.map_err(|_| "the webhook's host cannot stand in a header")?,
    );
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("wotnot-emulator"));
    if let (Some(token), TokenPlace::BodyAndHeader) = (&webhook.token, webhook.token_in) {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "the webhook's token cannot stand in a header")?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}
