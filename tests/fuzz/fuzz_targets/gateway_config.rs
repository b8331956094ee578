//! Any text as the gateway's configuration.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wotnot_gateway::any_input::config(text));
