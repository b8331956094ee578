//! Any text as an element of a post to the gateway's webhook.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wotnot_gateway::any_input::event(text));
