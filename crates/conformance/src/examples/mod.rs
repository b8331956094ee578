//! Drives programs that are written with the library, in whatever language, from outside: a chat over its standard
//! input, a web backend over HTTP, the loop of a language's page over every sample flow.

// A backend is asked to end by a signal.
#[cfg(unix)]
mod backend;
mod emulator;
mod flows;
mod http;

#[cfg(unix)]
pub use backend::serves_many_visitors;
pub use emulator::{DevGateway, Emulator};
pub use flows::plays_every_flow;

/// A failure, in words for the test's output.
type Result<T> = std::result::Result<T, String>;
