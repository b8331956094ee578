//! The defaults that the bindings' documentation names are the core's. Their code holds none: what is not
//! given is left to the library.

use wotnot_core::{Config, DEFAULT_QUIET, Webhook};

use crate::read;

#[test]
fn the_defaults_that_the_bindings_document_are_the_core_s() {
    let (config, webhook) = (Config::new("t"), Webhook::new("t"));
    let core = Defaults {
        timeout: config.timeout.as_secs(),
        connect_timeout: config.connect_timeout.as_secs(),
        capacity: webhook.capacity as u64,
        capacity_mib: webhook.capacity_bytes as u64 >> 20,
        idle: webhook.idle.as_secs(),
        quiet: DEFAULT_QUIET.as_secs(),
    };
    let mut missing = Vec::new();
    for (path, phrases) in documented(&core) {
        // Where a line ends is nobody's business.
        let text: Vec<String> = read(path).lines().map(bare).collect();
        let text = text.join(" ");
        let lacking = phrases.iter().filter(|phrase| !text.contains(*phrase));
        missing.extend(lacking.map(|phrase| format!("{path} lacks \"{phrase}\"")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Times in seconds.
struct Defaults {
    timeout: u64,
    connect_timeout: u64,
    capacity: u64,
    capacity_mib: u64,
    idle: u64,
    quiet: u64,
}

/// What each file says.
fn documented(core: &Defaults) -> [(&'static str, Vec<String>); 9] {
    let millis = |seconds: u64| grouped(seconds * 1000);
    let (events, mib, minutes) = (grouped(core.capacity), core.capacity_mib, core.idle / 60);
    let quiet = core.quiet;
    [
        (
            "bindings/python/python/wotnot/_client.py",
            vec![
                format!("; {} when `None`.", core.timeout),
                format!("; {} when `None`.", core.connect_timeout),
                format!("ended its turn; {quiet} when `None`."),
            ],
        ),
        (
            "bindings/python/python/wotnot/_config.py",
            vec![
                format!("refused; {events} when `None`."),
                format!("; {mib} MiB when `None`."),
                format!("; {} when `None`.", core.idle),
            ],
        ),
        (
            "bindings/node/src/config.ts",
            vec![
                format!("{} by default.", millis(core.timeout)),
                format!("{} by default.", millis(core.connect_timeout)),
                format!("refused; {events} by default."),
                format!("; {mib} MiB by default."),
                format!("; {minutes} minutes by default."),
            ],
        ),
        (
            "bindings/node/src/turn.ts",
            vec![format!("; {} by default.", millis(quiet))],
        ),
        (
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/WotnotConfig.kt",
            vec![
                format!("retries included; {} when null", millis(core.timeout)),
                format!("may take; {} when null", millis(core.connect_timeout)),
                format!("refused; {events} when null"),
                format!("; {mib} MiB when null"),
                format!("; {minutes} minutes when null"),
            ],
        ),
        (
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Conversation.kt",
            vec![format!("[quiet] ({quiet} s)")],
        ),
        (
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/blocking/BlockingConversation.kt",
            vec![format!("[quiet] ({quiet} s)")],
        ),
        (
            "bindings/swift/Sources/Wotnot/Configuration.swift",
            vec![
                format!("of a call; {} seconds when `nil`.", core.timeout),
                format!("may take; {} seconds when `nil`.", core.connect_timeout),
                format!("refused; {events} when `nil`."),
                format!("; {mib} MiB when `nil`."),
                format!("; {minutes} minutes when `nil`."),
            ],
        ),
        (
            "bindings/swift/Sources/Wotnot/Conversation.swift",
            vec![format!("`quiet` ({quiet} s)")],
        ),
    ]
}

/// A line without its indentation and the signs of a comment.
fn bare(line: &str) -> String {
    let signs = |c: char| c.is_whitespace() || c == '*' || c == '/';
    line.trim_matches(signs).to_owned()
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1000),
    }
}
