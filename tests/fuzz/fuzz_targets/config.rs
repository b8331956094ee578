//! Any text as a configuration: a client or an error, and no token in either.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wotnot_core::Config;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // Parsing alone: making a client would read files and open ports that the text names.
    let _ = Config::from_json(text).map(|config| format!("{config:?}"));
});
