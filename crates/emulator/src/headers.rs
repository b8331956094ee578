//! Headers as the control API shows them: what is secret in them is never kept.

use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;

/// What stands in place of a secret.
pub(crate) const HIDDEN: &str = "***";

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderView {
    /// Its name, in small letters.
    pub name: String,
    /// Its value; `***` in place of a token.
    pub value: String,
}

/// The headers, in the order in which they came.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<HeaderView> {
    let view = |(name, value): (&HeaderName, &axum::http::HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        HeaderView {
            name: name.to_string(),
            value: match is_secret(name.as_str()) || value.is_sensitive() {
                true => hidden(&text),
                false => text.into_owned(),
            },
        }
    };
    headers.iter().map(view).collect()
}

/// Names of headers that carry tokens, and those that people give to headers of their own.
fn is_secret(name: &str) -> bool {
    [
        "authorization",
        "cookie",
        "token",
        "secret",
        "password",
        "api-key",
        "apikey",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// A scheme such as `Bearer` is no secret, and worth seeing.
fn hidden(value: &str) -> String {
    const SCHEMES: [&str; 3] = ["Bearer", "Basic", "Digest"];
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
    match scheme.filter(|it| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(it))) {
        Some(scheme) => format!("{scheme} {HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn no_token_is_shown_and_all_else_is() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer eyJ.secret"),
            ("proxy-authorization", "secret"),
            ("cookie", "id=secret"),
            ("x-api-key", "secret one"),
            ("x-my-token", "secret"),
            ("content-type", "application/json"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let shown: Vec<String> = shown(&headers)
            .into_iter()
            .map(|header| format!("{}: {}", header.name, header.value))
            .collect();
        assert_eq!(
            shown,
            [
                "authorization: Bearer ***",
                "proxy-authorization: ***",
                "cookie: ***",
                "x-api-key: ***",
                "x-my-token: ***",
                "content-type: application/json",
            ]
        );
    }
}
