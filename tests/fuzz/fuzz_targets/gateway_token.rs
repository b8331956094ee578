//! Any bytes as a visitor's token, a refresh token or a site's identity, and as changes of a good token.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| wotnot_gateway::any_input::token(data));
