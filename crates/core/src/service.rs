//! Where requests go, and the headers that all of them carry, made once a client.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Uri, header};

use crate::config::Config;
use crate::{Code, Error, Result, Secret};

pub(crate) struct Service {
    scheme: Scheme,
    authority: Authority,
    /// The path of the base URL, without a slash at its end.
    prefix: String,
    pub(crate) headers: HeaderMap,
}

impl Service {
    /// `base_url` has been checked. Requests carry `token` where there is one that all have.
    pub(crate) fn new(config: &Config, base_url: &str, token: Option<&Secret>) -> Result<Self> {
        let not_a_url = || Error::invalid("base_url", "not a URL");
        let uri: Uri = base_url.parse().map_err(|_| not_a_url())?;
        let parts = uri.into_parts();
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        Ok(Self {
            prefix: path.trim_end_matches('/').to_owned(),
            scheme: parts.scheme.ok_or_else(not_a_url)?,
            authority: parts.authority.ok_or_else(not_a_url)?,
            headers: headers(config, token)?,
        })
    }

    /// The address of a path of the API, given in pieces whose segments are encoded.
    pub(crate) fn at(&self, path: &[&str]) -> Result<Uri> {
        let impossible = || Error::new(Code::Internal, "the request has no address");
        let path = self.prefix.clone() + &path.concat();
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| impossible())?);
        Uri::from_parts(parts).map_err(|_| impossible())
    }
}

fn headers(config: &Config, token: Option<&Secret>) -> Result<HeaderMap> {
    let user_agent = match &config.user_agent {
        Some(name) => HeaderValue::from_str(name)
            .map_err(|_| Error::invalid("user_agent", "not fit for an HTTP header"))?,
        None => HeaderValue::from_static(concat!("libwotnot/", env!("CARGO_PKG_VERSION"))),
    };
    let json = HeaderValue::from_static("application/json");
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, json.clone()),
        (header::ACCEPT, json),
        // Answers are small. Saying nothing would leave the choice to the service.
        (
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        ),
        (header::USER_AGENT, user_agent),
    ]);
    if let Some(token) = token {
        let value = bearer(token.expose())
            .ok_or_else(|| Error::invalid("token", "not fit for an HTTP header"))?;
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

/// The value of `Authorization`; `None` for a token that no header takes.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
