//! Rules about text that several crates share: the name that was meant, and text as HTML or XML.

#![forbid(unsafe_code)]

mod closest;
mod markup;

pub use closest::closest;
pub use markup::{attribute, html, xml};
