//! Part of libwotnot.
