//! Part of libwotnot.
fn main() {}
