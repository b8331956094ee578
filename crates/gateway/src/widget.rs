//! The files of the widget, as pages of any origin load them. A name with a hash never changes; a stable name leads to
//! what there is now.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::error::ApiError;

/// One file.
#[derive(Debug)]
pub struct File {
    /// Its name, with a hash of what is in it.
    pub name: &'static str,
    /// The name under which pages ask for it, such as `loader.js`; none of parts that are loaded later.
    pub stable_name: Option<&'static str>,
    /// The hash for `integrity`.
    pub integrity: &'static str,
    bytes: &'static [u8],
    gzip: &'static [u8],
}

/// What was there when this was built; empty without Node.
pub const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/widget.rs"));

/// Where a bot's JavaScript runs: a document without an origin, a network or a page around it.
const SANDBOX: &str = "<!doctype html><meta charset=\"utf-8\"><title>sandbox</title><script src=\"sandbox.js\"></script>";
const SANDBOX_POLICY: &str =
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src blob:";

/// Of the hashes in names, as esbuild writes them.
const HASH_LENGTH: usize = 8;
/// How long a browser may keep what never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Serves these at `/widget/…`.
pub(crate) fn router(files: &'static [File]) -> Router {
    let serve = move |Path(name): Path<String>, headers: HeaderMap| async move {
        match find(files, &name) {
            Some((file, cached)) => answer(file, cached, &headers),
            None => ApiError::not_found().into_response(),
        }
    };
    Router::new()
        .route("/widget/sandbox", get(sandbox))
        .route("/widget/{file}", get(serve))
}

async fn sandbox() -> impl IntoResponse {
    let headers = [
        (CONTENT_SECURITY_POLICY, SANDBOX_POLICY),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(SANDBOX))
}

/// The file of this name, and how it may be cached. A page that stays open while the gateway is upgraded asks for parts of
/// the version before: it gets today's, which import nothing from the others.
fn find(files: &'static [File], name: &str) -> Option<(&'static File, &'static str)> {
    let exact = files.iter().find(|file| file.name == name);
    let now = || {
        let is_today = |file: &&File| {
            file.stable_name == Some(name)
                || stem(name).is_some_and(|it| stem(file.name) == Some(it))
        };
        files.iter().find(is_today)
    };
    let exact = exact.map(|file| (file, FOR_GOOD));
    exact.or_else(|| now().map(|file| (file, "no-cache")))
}

/// What stands before the hash in the name of a file.
fn stem(name: &str) -> Option<&str> {
    let (stem, hash) = name.strip_suffix(".js")?.rsplit_once('-')?;
    let is_hash = hash.len() == HASH_LENGTH && hash.bytes().all(|b| b.is_ascii_alphanumeric());
    is_hash.then_some(stem)
}

fn answer(file: &File, cached: &'static str, asked: &HeaderMap) -> Response<Body> {
    let has = |name: HeaderName, word: &str| {
        let values = asked.get_all(name);
        let texts = values.iter().filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|text| text.split(','))
            .any(|one| one.trim() == word)
    };
    let tag = format!("\"{}\"", file.integrity);
    let is_known = has(IF_NONE_MATCH, &tag) || has(IF_NONE_MATCH, &format!("W/{tag}"));
    let zipped = has(ACCEPT_ENCODING, "gzip");
    let mut response = Response::new(match (is_known, zipped) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(file.gzip),
        (false, false) => Body::from(file.bytes),
    });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, cached),
        // Scripts for any page: nothing in them is anybody's.
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "accept-encoding"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if zipped && !is_known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use http_body_util::BodyExt;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    const SAMPLE: &[File] = &[File {
        name: "loader-AB12CD34.js",
        stable_name: Some("loader.js"),
        integrity: "sha384-abc",
        bytes: b"plain",
        gzip: b"zipped",
    }];

    async fn get(name: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = Request::get(format!("/widget/{name}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let service = TowerToHyperService::new(router(SAMPLE));
        let (head, body) = service.call(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        (head.status, head.headers, body)
    }

    #[tokio::test]
    async fn a_name_with_a_hash_may_be_kept_for_good_by_any_page() {
        let (status, headers, body) = get("loader-AB12CD34.js", &[]).await;
        assert_eq!((status, &*body), (StatusCode::OK, &b"plain"[..]));
        assert_eq!(headers["cache-control"], FOR_GOOD);
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers.get("content-encoding"), None);
    }

    #[tokio::test]
    async fn a_stable_name_is_asked_for_each_time_and_costs_nothing_while_it_is_the_same() {
        let (_, headers, _) = get("loader.js", &[]).await;
        assert_eq!(headers["cache-control"], "no-cache");
        let tag = headers["etag"].to_str().unwrap();
        let (status, _, body) = get("loader.js", &[("if-none-match", tag)]).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
        let (status, _, _) = get("loader.js", &[("if-none-match", "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_part_of_the_version_before_is_todays_and_is_not_kept() {
        let (status, headers, body) = get("loader-OLD12345.js", &[]).await;
        assert_eq!((status, &*body), (StatusCode::OK, &b"plain"[..]));
        assert_eq!(headers["cache-control"], "no-cache");
    }

    #[tokio::test]
    async fn it_is_compressed_for_who_takes_that() {
        let (_, headers, body) = get("loader.js", &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["vary"], "accept-encoding");
        assert_eq!(body, b"zipped");
    }

    #[tokio::test]
    async fn the_sandbox_has_no_origin_and_no_network() {
        let (status, headers, body) = get("sandbox", &[]).await;
        assert_eq!(status, StatusCode::OK);
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("sandbox allow-scripts; default-src 'none';"));
        assert!(!policy.contains("allow-same-origin"));
        assert!(body.ends_with(b"</script>"));
    }

    #[tokio::test]
    async fn another_name_is_not_found() {
        for name in [
            "loader-OLD1.js",
            "other-AB12CD34.js",
            "loader-",
            "manifest",
            "..%2Fsecret",
        ] {
            assert_eq!(get(name, &[]).await.0, StatusCode::NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn what_was_built_is_whole() {
        for file in FILES {
            assert!(file.integrity.starts_with("sha384-"), "{}", file.name);
            assert!(file.gzip.len() < file.bytes.len(), "{}", file.name);
            assert!(stem(file.name).is_some(), "{}", file.name);
        }
        let stable = FILES.iter().filter_map(|file| file.stable_name);
        let expected: &[&str] = match FILES {
            [] => &[],
            _ => &["loader.js", "widget.js", "client.js", "sandbox.js"],
        };
        assert_eq!(stable.collect::<Vec<_>>(), expected);
    }
}
