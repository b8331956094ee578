//! One POST to the webhook's endpoint, and whether it was taken. No queue and no second try here.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{TokenPlace, Webhook};
use crate::delivery::Delivery;

/// The most that is read of an endpoint's answer, in bytes.
const ANSWER_READ: usize = 64 * 1024;

/// The webhook's URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's URL must start with http:// and name a host")]
pub struct WebhookUrlError;

pub(super) fn check_url(url: &str) -> Result<Uri, WebhookUrlError> {
    let uri: Uri = url.parse().map_err(|_| WebhookUrlError)?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err(WebhookUrlError),
    }
}

pub(super) struct Post {
    client: Client<HttpConnector, Full<Bytes>>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl Post {
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(15))
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { client }
    }

    /// Posts events; an error says what came instead of 200.
    pub async fn events(
        &self,
        webhook: &Webhook,
        events: &[Delivery],
        timeout: Duration,
    ) -> Result<(), String> {
        let events = events
            .iter()
            .filter_map(|event| serde_json::from_str(&event.body).ok())
            .collect();
        match self.send(webhook, events, timeout).await? {
            (StatusCode::OK, _) => Ok(()),
            (status, _) => Err(format!("HTTP {}", status.as_u16())),
        }
    }

    /// Posts the test that the service sends when an endpoint is saved.
    pub async fn test(&self, webhook: &Webhook, timeout: Duration) -> Result<(), String> {
        let (status, body) = self.send(webhook, Vec::new(), timeout).await?;
        if status != StatusCode::OK {
            return Err(format!(
                "the test was answered with HTTP {}",
                status.as_u16()
            ));
        }
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = answer.get("token").and_then(Value::as_str);
        if webhook.token.is_some() && token != webhook.token.as_deref() {
            return Err("the test was not answered with the same token".into());
        }
        Ok(())
    }

    async fn send(
        &self,
        webhook: &Webhook,
        events: Vec<&RawValue>,
        timeout: Duration,
    ) -> Result<(StatusCode, Bytes), String> {
        let request = request(webhook, events)?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| {
                if error.is_connect() {
                    "no connection"
                } else {
                    "the connection broke"
                }
            })?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_READ)
                .collect()
                .await;
            // What the body of an answer says counts in the test alone; one cut short is no failure.
            Ok((status, body.map(|body| body.to_bytes()).unwrap_or_default()))
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(done) => done.map_err(|error: &str| error.to_owned()),
            Err(_) => Err(format!("no answer within {timeout:?}")),
        }
    }
}

fn request(webhook: &Webhook, events: Vec<&RawValue>) -> Result<Request<Full<Bytes>>, String> {
    let uri = check_url(&webhook.url).map_err(|error| error.to_string())?;
    let body = Body {
        events,
        token: webhook.token.as_deref(),
    };
    let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("wotnot-emulator"));
    if let (Some(token), TokenPlace::BodyAndHeader) = (&webhook.token, webhook.token_in) {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "the webhook's token cannot stand in a header".to_owned())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(request)
}
