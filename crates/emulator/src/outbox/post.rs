//! One POST to the webhook's endpoint, and whether it was taken. No queue and no second try here.
//! An endpoint that is not reachable, or fails its test, is named with its URL.

use std::fmt::Display;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

use super::target::Target;
use crate::delivery::Delivery;

/// The most that is read of an endpoint's answer, in bytes.
const ANSWER_READ: usize = 64 * 1024;

/// What became of a POST.
pub(super) struct Posted {
    /// The whole answer, when one came.
    pub answer: Option<(StatusCode, Bytes)>,
    /// Whether it was taken; an error says what came instead.
    pub outcome: Result<(), String>,
    pub took: Duration,
}

/// Posts events; an error says what came instead of 200.
pub(super) async fn events(target: &Target, events: &[Delivery], timeout: Duration) -> Posted {
    send(target, events, timeout)
        .await
        .judged(|status, _| match status {
            StatusCode::OK => Ok(()),
            status => Err(format!("HTTP {}", status.as_u16())),
        })
}

/// Posts the test that the service sends when an endpoint is saved.
pub(super) async fn test(target: &Target, timeout: Duration) -> Posted {
    send(target, &[], timeout).await.judged(|status, body| {
        if status != StatusCode::OK {
            let problem = format_args!("the test was answered with HTTP {}", status.as_u16());
            return Err(named(target, problem));
        }
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let token = answer.get("token").and_then(Value::as_str);
        let wanted = target.webhook.token.as_deref();
        if wanted.is_some() && token != wanted {
            return Err(named(
                target,
                "the test was not answered with the same token",
            ));
        }
        Ok(())
    })
}

impl Posted {
    /// The same with what an answer that came is worth.
    fn judged(mut self, judge: impl FnOnce(StatusCode, &Bytes) -> Result<(), String>) -> Self {
        if let Some((status, body)) = &self.answer {
            self.outcome = judge(*status, body);
        }
        self
    }
}

async fn send(target: &Target, events: &[Delivery], timeout: Duration) -> Posted {
    let started = Instant::now();
    let answer = exchange(target, events, timeout).await;
    let took = started.elapsed();
    match answer {
        Ok(answer) => Posted {
            answer: Some(answer),
            outcome: Ok(()),
            took,
        },
        Err(problem) => Posted {
            answer: None,
            outcome: Err(problem),
            took,
        },
    }
}

async fn exchange(
    target: &Target,
    events: &[Delivery],
    timeout: Duration,
) -> Result<(StatusCode, Bytes), String> {
    let request = target.request(events)?;
    let exchange = async {
        let (connection, answer) = target.connections.send(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_READ)
            .collect()
            .await;
        // What the body of an answer says counts in the test alone; one cut short is no failure.
        let Ok(body) = body else {
            return Ok((status, Bytes::new()));
        };
        target.connections.give_back(connection);
        Ok((status, body.to_bytes()))
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(done) => done.map_err(|error: &str| named(target, error)),
        Err(_) => Err(named(target, format_args!("no answer within {timeout:?}"))),
    }
}

fn named(target: &Target, problem: impl Display) -> String {
    format!("{}: {problem}", target.webhook.url)
}
