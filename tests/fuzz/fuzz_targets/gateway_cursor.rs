//! Any text as a cursor of a reader.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wotnot_gateway::any_input::cursor(text));
