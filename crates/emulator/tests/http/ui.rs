//! The emulator's page: its files, the headers that they come with, and who gets them.

use crate::support::{ECHO, control, emulator_of, exchange};

const PAGE: [&str; 5] = [
    "/ui",
    "/ui/",
    "/ui/main.js",
    "/ui/style.css",
    "/ui/panels.css",
];

#[test]
fn the_page_is_served_with_a_policy_that_lets_nothing_else_in() {
    let emulator = emulator_of(ECHO);
    for path in PAGE {
        let answer = control(&emulator, "GET", path, "");
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(directive), "{path}: {directive}");
        }
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert!(!answer.body.contains(emulator.control_token()), "{path}");
    }
    assert_eq!(control(&emulator, "POST", "/ui", "").status, 405);
    assert_eq!(control(&emulator, "GET", "/ui/other.js", "").status, 404);
    let page = control(&emulator, "GET", "/ui", "");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let url = emulator.ui_url();
    let (address, token) = url.split_once("#token=").unwrap();
    assert_eq!(address, format!("{}/ui", emulator.control_url()));
    assert_eq!(token, emulator.control_token());
}

#[test]
fn the_view_beside_a_page_stands_in_frames_of_this_machine_alone() {
    let emulator = emulator_of(ECHO);
    let answer = control(&emulator, "GET", "/ui/watch", "");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("; frame-ancestors http://127.0.0.1:* http://localhost:*; "));
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
    assert_eq!(answer.header("x-frame-options"), None);
    assert!(!answer.body.contains(emulator.control_token()));
    let url = emulator.watch_url();
    let (address, token) = url.split_once("#token=").unwrap();
    assert_eq!(address, format!("{}/ui/watch", emulator.control_url()));
    assert_eq!(token, emulator.control_token());
}

#[test]
fn every_module_that_the_pages_import_is_served() {
    let emulator = emulator_of(ECHO);
    let mut left = vec!["main.js".to_owned(), "watch.js".to_owned()];
    let mut seen = Vec::new();
    while let Some(name) = left.pop() {
        let answer = control(&emulator, "GET", &format!("/ui/{name}"), "");
        assert_eq!(answer.status, 200, "{name}");
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("text/javascript"), "{name}: {kind}");
        let imports = answer
            .body
            .lines()
            .filter(|line| line.starts_with("import "));
        let imports =
            imports.filter_map(|line| Some(line.split_once("\"./")?.1.split_once('"')?.0));
        for import in imports {
            if !seen.iter().any(|it| it == import) {
                left.push(import.to_owned());
            }
        }
        seen.push(name);
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[test]
fn other_origins_and_names_that_point_here_do_not_get_the_page() {
    let emulator = emulator_of(ECHO);
    let host = emulator.address().to_string();
    let status = |path: &str, host: &str, more: &str| {
        let request = format!(
            "GET /_emulator{path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"
        );
        exchange(&emulator, request.as_bytes()).status().unwrap()
    };
    for path in PAGE {
        assert_eq!(status(path, &host, "Sec-Fetch-Site: same-origin\r\n"), 200);
        assert_eq!(
            status(path, &host, "Sec-Fetch-Site: cross-site\r\n"),
            200,
            "a link"
        );
        assert_eq!(status(path, &host, "Origin: https://evil.example\r\n"), 403);
        assert_eq!(status(path, "rebind.example", ""), 403);
    }
}
