//! Where a call comes from.

use std::net::IpAddr;

/// The address that a call came from; an extension of every request.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);
