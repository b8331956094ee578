//! The project's chores, for the command `cargo xtask` and for the benchmarks, which build and run the same things.

#![forbid(unsafe_code)]

mod backend;
pub mod build;
pub mod c_program;
pub mod dist;
mod emulator;
mod flows;
pub mod generate;
mod http;
pub mod image;
pub mod npm;
mod readme;
pub mod run;
pub mod suites;
pub mod swift_chroot;
pub mod xcframework;
