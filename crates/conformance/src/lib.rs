//! Plays the service's side of the conformance vectors and judges what a client makes of it.
//!
//! A [`Vector`] is one file of `tests/vectors`. A [`Session`] walks it: it says what the client
//! does next ([`Turn::Do`]), takes the result, and in the end gives a [`Verdict`]. The client may
//! be written in any language; the binary of this crate speaks the same turns as JSON lines. A
//! [`Server`] can also be scripted without a vector. Nothing here knows how a client works.
//!
//! [`MarkedVectors`] finds secrets in what a runner prints, and [`examples`] drives programs that use the library.

#![forbid(unsafe_code)]

mod answer;
mod body;
mod breaks;
mod connection;
pub mod examples;
mod gateway;
mod marked;
mod matching;
mod params;
mod post;
pub mod redis;
mod seeds;
mod server;
mod session;
mod state;
mod vector;
mod wire;

pub use body::Body;
pub use breaks::{Break, BreakPoint, How};
pub use marked::MarkedVectors;
pub use matching::matches;
pub use params::expanded;
pub use seeds::{visitor_messages, write_seeds};
pub use server::Server;
pub use session::{Session, Turn, Verdict, agrees};
pub use state::Request;
pub use vector::{Answer, Drip, Exchange, Framing, HeaderValue, Listen, Poll, Post, Step, Vector};
pub use wire::{Message, requests};
