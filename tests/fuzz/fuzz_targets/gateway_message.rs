//! Any text as the body of a visitor's message, to each kind of question.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wotnot_gateway::any_input::message(text));
