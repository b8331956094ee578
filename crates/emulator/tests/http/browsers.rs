//! What a web page in the developer's own browser can do with the control API: nothing without its token.

use wotnot_emulator::Emulator;

use crate::support::{ECHO, emulator_of, exchange};

/// The status of a request of the control API with these header lines beside `Host`.
fn status(emulator: &Emulator, request: &str, host: &str, headers: &[&str]) -> u16 {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let request = format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    exchange(emulator, request.as_bytes()).status().unwrap()
}

#[test]
fn a_page_of_another_origin_is_refused_with_or_without_the_token() {
    let emulator = emulator_of(ECHO);
    let host = emulator.address().to_string();
    let token = format!("Authorization: Bearer {}", emulator.control_token());
    for origin in [
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://localhost:3000",
    ] {
        for request in ["POST /_emulator/reset", "GET /_emulator/state"] {
            assert_eq!(
                status(&emulator, request, &host, &[origin]),
                403,
                "{origin}"
            );
            assert_eq!(status(&emulator, request, &host, &[origin, &token]), 403);
        }
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn a_name_that_was_made_to_point_here_is_refused() {
    let emulator = emulator_of(ECHO);
    let port = emulator.address().port();
    let ask = |host: &str| status(&emulator, "GET /_emulator/requests", host, &[]);
    for host in [
        "rebind.example",
        "127.0.0.1.rebind.example",
        "localhost.rebind.example",
        "192.0.2.7",
        "a b",
    ] {
        assert_ne!(ask(host), 200, "{host}");
        assert_eq!(ask(&format!("{host}:{port}")) / 100, 4, "{host}");
    }
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "LocalHost", "[::1]"] {
        assert_eq!(ask(&format!("{host}:{port}")), 200, "{host}");
        assert_eq!(ask(host), 200, "{host}");
    }
    let token = format!("Authorization: Bearer {}", emulator.control_token());
    let known = status(
        &emulator,
        "GET /_emulator/requests",
        "proxy.example",
        &[&token],
    );
    assert_eq!(known, 200, "who has the token comes by any name");
}

#[test]
fn a_page_of_the_emulator_itself_sends_the_control_token() {
    let emulator = emulator_of(ECHO);
    let host = emulator.address().to_string();
    let origin = format!("Origin: http://{host}");
    let token = format!("Authorization: Bearer {}", emulator.control_token());
    let wrong = "Authorization: Bearer wrong";
    let reset = "POST /_emulator/reset";
    assert_eq!(status(&emulator, reset, &host, &[&origin]), 401);
    assert_eq!(status(&emulator, reset, &host, &[&origin, wrong]), 401);
    assert_eq!(status(&emulator, reset, &host, &[&origin, &token]), 200);

    let get = "GET /_emulator/requests";
    for site in ["cross-site", "same-site", "same-origin"] {
        let site = format!("Sec-Fetch-Site: {site}");
        assert_eq!(status(&emulator, get, &host, &[&site]), 401, "{site}");
        assert_eq!(status(&emulator, get, &host, &[&site, &token]), 200);
    }
    let typed = "Sec-Fetch-Site: none";
    assert_eq!(
        status(&emulator, get, &host, &[typed]),
        200,
        "the address bar"
    );
}

#[test]
fn no_route_of_the_control_api_lets_a_page_in() {
    let emulator = emulator_of(ECHO);
    let host = emulator.address().to_string();
    let routes = wotnot_emulator::control_routes();
    assert!(routes.len() > 15);
    for (method, path) in routes {
        let request = format!("{method} {path}");
        let strange = status(
            &emulator,
            &request,
            &host,
            &["Origin: https://evil.example"],
        );
        assert_eq!(strange, 403, "{request}");
        let rebound = status(&emulator, &request, "rebind.example", &[]);
        assert_eq!(rebound, 403, "{request}");
    }
}
