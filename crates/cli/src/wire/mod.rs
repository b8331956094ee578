//! The wire of a conversation in a file: written by `record`, played by `replay`, compared by `doctor --drift`.

pub mod fixture;
pub mod redact;
pub mod server;
