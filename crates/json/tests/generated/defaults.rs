//! The defaults that the bindings' documentation names are the core's. Their code holds none: what is not
//! given is left to the library.

use wotnot_core::DEFAULT_QUIET;

use crate::read;

#[test]
fn the_defaults_that_the_bindings_document_are_the_core_s() {
    let mut missing = Vec::new();
    for (path, phrase) in documented(DEFAULT_QUIET.as_secs()) {
        // Where a line ends is nobody's business.
        let text: Vec<String> = read(path).lines().map(bare).collect();
        let text = text.join(" ");
        if !text.contains(&phrase) {
            missing.push(format!("{path} lacks \"{phrase}\""));
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// What each file says of a turn that has ended, in seconds. The defaults of the configuration are generated.
fn documented(quiet: u64) -> [(&'static str, String); 5] {
    [
        (
            "bindings/python/python/wotnot/_conversation.py",
            format!("ended its turn; {quiet} when `None`."),
        ),
        (
            "bindings/node/src/turn.ts",
            format!("; {},000 by default.", quiet),
        ),
        (
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Conversation.kt",
            format!("[quiet] ({quiet} s)"),
        ),
        (
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/blocking/BlockingConversation.kt",
            format!("[quiet] ({quiet} s)"),
        ),
        (
            "bindings/swift/Sources/Wotnot/Conversation.swift",
            format!("`quiet` ({quiet} s)"),
        ),
    ]
}

/// A line without its indentation and the signs of a comment.
fn bare(line: &str) -> String {
    let signs = |c: char| c.is_whitespace() || c == '*' || c == '/';
    line.trim_matches(signs).to_owned()
}
