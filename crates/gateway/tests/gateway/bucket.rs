//! Files that are kept in a bucket, and a bucket that does not answer.

use serde_json::json;
use wotnot_gateway::Hidden;
use wotnot_gateway::config::S3;

use crate::files::{PNG, begun, fetch, reaches_the_vendor_as_a_link, ready, world_with};
use crate::s3_server::{ACCESS_KEY, BUCKET, REGION, S3Server, SECRET_KEY};

fn in_bucket(server: &S3Server) -> S3 {
    S3 {
        endpoint: server.endpoint(),
        bucket: BUCKET.into(),
        region: REGION.into(),
        prefix: String::new(),
        path_style: true,
        access_key: Hidden::new(ACCESS_KEY),
        secret_key: Hidden::new(SECRET_KEY),
        session_token: None,
    }
}

#[test]
fn a_file_in_a_bucket_reaches_the_vendor_as_a_link() {
    let server = S3Server::start();
    let world = world_with(Some(in_bucket(&server)));
    reaches_the_vendor_as_a_link(&world, &server.objects());
    assert!(!world.config.data.join("files").exists());
}

#[test]
fn a_bucket_that_is_away_loses_nothing() {
    let mut server = S3Server::start();
    let world = world_with(Some(in_bucket(&server)));
    let browser = world.visitor();
    let kept = ready(&browser, "kept.png", PNG);
    let link = browser.get(&format!("/v1/files/{kept}")).body["file"]["url"].clone();
    let link = link.as_str().unwrap();
    let path = begun(&browser, "photo.png", "image/png", PNG.len());
    assert_eq!(browser.put(&path, PNG).status, 200);

    server.stop();
    let complete = || browser.post(&format!("{path}/complete"), &json!({}));
    let away = complete();
    assert_eq!((away.status, away.code()), (503, "unavailable"));
    assert_eq!(away.body["error"]["retryable"], true);
    let away = fetch(link);
    assert_eq!((away.status, away.code()), (503, "unavailable"));
    assert_eq!(browser.delete("/v1/visitor").status, 503);

    server.again();
    assert_eq!(fetch(link).bytes, PNG);
    assert_eq!(browser.get(&path).body["file"]["offset"], PNG.len());
    let done = complete();
    assert_eq!(done.status, 200, "{}", done.body);
    let url = done.body["file"]["url"].as_str().unwrap();
    assert_eq!(fetch(url).bytes, PNG);
    assert_eq!(browser.delete("/v1/visitor").status, 202);
    assert_eq!(fetch(link).status, 404);
}
