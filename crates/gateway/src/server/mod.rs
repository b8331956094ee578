//! Listeners and their connections: HTTP/1.1 and HTTP/2 on one port, with bounds on what a caller
//! who says nothing, or says too much, can hold.

mod connection;
mod io;
mod listen;
mod peer;
mod takeover;

pub(crate) use listen::{Listening, bind, serve};
pub(crate) use peer::Peer;
