//! Any HTML becomes text in a time that grows with its length.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(html) = std::str::from_utf8(data) else {
        return;
    };
    let text = wotnot_core::html_to_text(html);
    assert_eq!(text, text.trim());
});
