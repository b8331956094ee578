//! Parts of the address, refused as every other mistake is.

use axum::extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ErrorCode};

/// The variable parts of the path.
pub(super) struct Path<T>(pub T);

/// What stands behind the `?`.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = AxumPath::from_request_parts(parts, state).await;
        // Ids are plain ASCII: what cannot be read is none of ours.
        found
            .map(|AxumPath(found)| Self(found))
            .map_err(|_| ApiError::not_found())
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        AxumQuery::try_from_uri(&parts.uri)
            .map(|AxumQuery(found)| Self(found))
            .map_err(|error| {
                let why = std::error::Error::source(&error).map(ToString::to_string);
                let why = why.unwrap_or_else(|| error.to_string());
                ApiError::new(ErrorCode::InvalidRequest, format!("query: {why}"))
            })
    }
}
