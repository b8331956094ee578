//! The C functions under threads, watched by ThreadSanitizer and by Miri. AddressSanitizer is in the suites `cpp` and `fuzz`.
//!
//! Both need a nightly compiler, which this suite installs by itself. The standard library is
//! rebuilt with the sanitizer: without it, std's own locks are taken for races.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use super::count::of_cargo;
use super::{Tally, is_reported};
use crate::run::{Result, captured, check, command, forget_xtask, host, output, target};

const TOOLCHAIN: &str = "nightly";

/// The second is for build-std: its crates are compiled with the flag and the compiler's own are not.
const THREAD_FLAGS: [&str; 2] = [
    "-Zsanitizer=thread",
    "-Cunsafe-allow-abi-mismatch=sanitizer",
];

/// A tool that watches a run.
#[derive(Clone, Copy)]
enum Tool {
    Thread,
    Miri,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Tool::Thread => "ThreadSanitizer",
            Tool::Miri => "Miri",
        }
    }

    /// What each fault of `tests/broken.rs` makes it say.
    fn reports(self) -> [(&'static str, &'static str); 2] {
        match self {
            Tool::Thread => [
                ("race", "ThreadSanitizer: data race"),
                ("use_after_free", "ThreadSanitizer: heap-use-after-free"),
            ],
            Tool::Miri => [
                ("race", "Undefined Behavior: Data race detected"),
                ("use_after_free", "Undefined Behavior: memory access failed"),
            ],
        }
    }

    /// `cargo test` of one of the root package's tests under this tool, in a target folder of its own.
    fn test(self, host: &str, path: &OsStr, name: &str) -> Command {
        let mut cargo = command("rustup");
        forget_xtask(&mut cargo);
        cargo.args(["run", TOOLCHAIN, "cargo"]).env("PATH", path);
        match self {
            // A platform given by name keeps the flags away from build scripts and macros.
            Tool::Thread => cargo
                .args(["test", "-Zbuild-std", "--target", host])
                .env("CARGO_ENCODED_RUSTFLAGS", THREAD_FLAGS.join("\x1f")),
            // It has no sockets for a listener, and takes the clock from the machine.
            Tool::Miri => cargo
                .args([
                    "miri",
                    "test",
                    "--no-default-features",
                    "--features",
                    "direct",
                ])
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("MIRIFLAGS", "-Zmiri-disable-isolation"),
        };
        cargo
            .env_remove("RUSTFLAGS")
            .env_remove("TSAN_OPTIONS")
            .arg("--target-dir")
            .arg(target().join(self.name().to_lowercase()))
            .args(["--package", "wotnot", "--test", name]);
        cargo
    }
}

pub fn run() -> Result<Tally> {
    let host = host()?;
    toolchain()?;
    let path = path()?;
    let mut tally = Tally::default();
    for tool in [Tool::Thread, Tool::Miri] {
        let (text, success) = captured(&mut tool.test(&host, &path, "boundary"))?;
        print!("{text}");
        tally.add(of_cargo(&text));
        let outcome = match success {
            true => Ok(()),
            false => Err("see its report above".into()),
        };
        tally.note(&format!("{} finds nothing", tool.name()), outcome);
        for (fault, report) in tool.reports() {
            let mut broken = tool.test(&host, &path, "broken");
            tally.note(
                &format!("{} reports a {fault}", tool.name()),
                is_reported(broken.args(["--", "--exact", fault]), report),
            );
        }
    }
    Ok(tally)
}

/// Makes sure that the compiler is there with what both tools need. One that is there is not updated.
fn toolchain() -> Result<()> {
    let run = |words: &str| {
        let arguments = ["run", TOOLCHAIN].into_iter().chain(words.split(' '));
        output(command("rustup").args(arguments))
    };
    let has_source = run("rustc --print sysroot").is_ok_and(|sysroot| {
        let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
        library.join("std/Cargo.toml").exists()
    });
    if has_source && run("cargo miri --version").is_ok() {
        return Ok(());
    }
    let install = "--profile minimal -c miri -c rust-src --no-self-update".split(' ');
    check(
        command("rustup")
            .args(["toolchain", "install", TOOLCHAIN])
            .args(install),
    )
    .map_err(|why| {
        format!(
            "the sanitizers need a nightly Rust with miri and rust-src; install it: \
             rustup toolchain install {TOOLCHAIN} --profile minimal -c miri -c rust-src ({why})"
        )
    })
}

/// The search path with the nightly compiler first: another may stand before rustup's.
fn path() -> Result<OsString> {
    let rustc = output(command("rustup").args(["which", "--toolchain", TOOLCHAIN, "rustc"]))?;
    let folder = Path::new(rustc.trim()).parent().map(Path::to_path_buf);
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&others)))
        .map_err(|error| error.to_string())
}
