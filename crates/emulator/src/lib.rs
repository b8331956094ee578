//! Part of libwotnot.

pub mod flow;
