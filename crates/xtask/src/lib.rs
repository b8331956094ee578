//! The project's chores, for the command `cargo xtask` and for the benchmarks, which build and run the same things.

#![forbid(unsafe_code)]

pub mod build;
pub mod c_program;
pub mod dist;
mod examples;
pub mod generate;
pub mod npm;
mod readme;
pub mod run;
pub mod suites;
pub mod swift_chroot;
