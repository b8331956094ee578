//! Part of libwotnot.

pub mod flow;
pub mod script;
