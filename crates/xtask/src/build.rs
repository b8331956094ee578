//! Building what the suites and benchmarks link against.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{
    Result, cargo, cargo_line, check, copy, host, read, root, scratch, sysroot, target,
};
use crate::sh;

/// A build of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Unoptimised, with the method that panics on purpose.
    Dev,
    /// As it is shipped.
    Release,
    /// As small as can be, with no listener; for [`shipped`] alone.
    Phone,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
            Profile::Phone => "phone",
        }
    }

    /// The folder that holds `libwotnot.so` and `libwotnot.a`.
    pub fn folder(self) -> PathBuf {
        target().join(self.folder_name())
    }

    fn folder_name(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release | Profile::Phone => self.name(),
        }
    }
}

/// Builds the C library and gives the folder that holds it.
pub fn library(profile: Profile) -> Result<PathBuf> {
    check(cargo().args(["build", "--package", "wotnot", "--profile", profile.name()]))?;
    Ok(profile.folder())
}

/// The links of a phone's library.
pub const LINKS: &str = "direct,gateway";

/// Of a phone's library. A panic starts at a call, so unwind tables of every instruction are of no use; with frame
/// pointers those of calls are shorter by more than the code gets longer. What is printed for programmers has the name
/// of a type or of a variant, and not the fields.
const SMALL: [&str; 3] = [
    "-Zuse-sync-unwind=yes",
    "-Cforce-frame-pointers=yes",
    "-Zfmt-debug=shallow",
];

/// Builds the C library for others: for a platform by its name, so that flags of ours reach nothing
/// but the library, and with no folder of this machine in it. Gives the folder that holds it.
pub fn shipped(profile: Profile, platform: &str) -> Result<PathBuf> {
    shipped_with(profile, platform, LINKS)
}

/// The same; a phone's has these links alone.
pub fn shipped_with(profile: Profile, platform: &str, links: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", "wotnot", "--lib", "--profile"]);
    build.args([profile.name(), "--target", platform]);
    let mut flags = Flags::default();
    if profile == Profile::Phone {
        build.args(["--no-default-features", "--features", links]);
        flags.rust = with_std(&mut build, "optimize_for_size")?;
        flags.rust.extend(SMALL.map(str::to_owned));
        // No panic passes through C.
        flags.c.push("-fno-asynchronous-unwind-tables".to_owned());
        if platform.ends_with("linux-gnu") {
            // A bit for each pointer in place of 24 bytes (needs glibc 2.36), and equal functions once: nothing
            // here compares their addresses.
            let link = "-Clink-arg=-Wl,-z,pack-relative-relocs,--icf=all";
            flags.rust.push(link.to_owned());
        }
    }
    check(remap_paths(&mut build, platform, flags)?)?;
    Ok(target().join(platform).join(profile.folder_name()))
}

/// Has the standard library built along, with these features of it; gives the flags that go with that.
///
/// As it comes it is built for speed, and brings a reader of debug symbols for stack traces. To build it
/// is for nightly alone, until that is stable; so is to leave out the places of panics.
fn with_std(build: &mut Command, features: &str) -> Result<Vec<String>> {
    need_rust_src()?;
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("-Zbuild-std=std,panic_unwind")
        .arg(format!("-Zbuild-std-features={features}"));
    Ok(vec!["-Zlocation-detail=none".to_owned()])
}

/// A file of the standard library's source, below a compiler's sysroot.
pub const STD_SOURCE: &str = "lib/rustlib/src/rust/library/std/Cargo.toml";

/// Makes sure that the source of the standard library is there.
fn need_rust_src() -> Result<()> {
    match sysroot()?.join(STD_SOURCE).exists() {
        true => Ok(()),
        false => check(sh!("rustup component add rust-src")),
    }
}

/// A folder of this machine that a compiler would write into a library, and what it writes instead.
pub struct RemappedPath {
    /// The folder.
    pub from: PathBuf,
    /// What stands in its place.
    pub to: &'static str,
    /// What the paths below it that reach a compiler go on with. A library that names the folder names one of
    /// these in it; the folder alone may be a word of its own, as `/src` is.
    pub children: &'static [&'static str],
}

/// The folders of this machine that must not show in what is shipped. The later of two that match counts.
pub fn remapped_paths() -> Result<Vec<RemappedPath>> {
    let cargo_home = match (std::env::var_os("CARGO_HOME"), std::env::var_os("HOME")) {
        (Some(folder), _) => PathBuf::from(folder),
        (None, Some(home)) => PathBuf::from(home).join(".cargo"),
        (None, None) => return Err("neither CARGO_HOME nor HOME is set".into()),
    };
    Ok(vec![
        RemappedPath {
            from: root(),
            to: "/wotnot",
            children: &["bindings", "build.rs", "crates", "include", "target"],
        },
        RemappedPath {
            from: target(),
            to: "/wotnot/target",
            children: &["debug", "release", "phone", "x86_64-", "aarch64-", "xtask"],
        },
        RemappedPath {
            from: cargo_home,
            to: "/cargo",
            children: &["git", "registry"],
        },
        RemappedPath {
            from: sysroot()?,
            to: "/rust",
            children: &["lib"],
        },
    ])
}

/// The time of every file in what is packed, in seconds since 1970: the first that a zip archive can say.
pub const EPOCH: &str = "315532800";

/// What the compilers of a library are given besides.
#[derive(Default)]
pub struct Flags {
    /// Rust's.
    pub rust: Vec<String>,
    /// The C compiler's.
    pub c: Vec<String>,
}

/// Has Rust and C compilers write the names of [`remapped_paths`] in place of this machine's, and no time of now.
pub fn remap_paths<'a>(
    build: &'a mut Command,
    platform: &str,
    Flags { mut rust, mut c }: Flags,
) -> Result<&'a mut Command> {
    for RemappedPath { from, to, .. } in remapped_paths()? {
        let map = format!("{}={to}", from.display());
        rust.push(format!("--remap-path-prefix={map}"));
        c.push(format!("-ffile-prefix-map={map}"));
    }
    let c = shlex::try_join(c.iter().map(String::as_str)).map_err(|error| error.to_string())?;
    Ok(build
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env("CC_SHELL_ESCAPED_FLAGS", "1")
        .env("SOURCE_DATE_EPOCH", EPOCH)
        // With it rustc gives the parts of a static library other names each time.
        .env("CARGO_INCREMENTAL", "0")
        .env(format!("CFLAGS_{platform}"), c))
}

/// Names the folder of [`shared_programs`] for the suites that run side by side.
pub const PROGRAMS_VARIABLE: &str = "WOTNOT_XTASK_PROGRAMS";

/// Builds one of the workspace's programs in the dev profile and gives its path.
pub fn program(package: &str, name: &str) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(PROGRAMS_VARIABLE) {
        return Ok(Path::new(&folder).join(name));
    }
    check(cargo().args(["build", "--package", package, "--bin", name]))?;
    Ok(Profile::Dev.folder().join(name))
}

/// Builds what several suites run, and gives a folder with copies. `cargo test` builds `wotnot` with other
/// features into the same place: suites that built it meanwhile would take the program away from its tests.
pub fn shared_programs() -> Result<PathBuf> {
    let folder = scratch("programs")?;
    for (package, name) in [
        ("wotnot-cli", "wotnot"),
        ("wotnot-conformance", "wotnot-conformance"),
    ] {
        copy(&program(package, name)?, &folder.join(name))?;
    }
    Ok(folder)
}

/// Writes the man pages of the command to this folder.
pub fn man_pages(folder: &Path) -> Result<()> {
    let program = program("wotnot-cli", "wotnot")?;
    check(sh!("{program} man {folder}"))
}

/// Builds the addon of the npm package, for release as it is published, and gives its path.
pub fn addon(profile: Profile) -> Result<PathBuf> {
    let name = match std::env::consts::OS {
        "macos" => "libwotnot_node.dylib",
        _ => "libwotnot_node.so",
    };
    let mut build = cargo();
    build.args(["build", "--package", "wotnot-node", "--profile"]);
    let platform = host()?;
    let (profile, folder, flags) = match profile {
        Profile::Dev => ("dev", "debug", Flags::default()),
        Profile::Release | Profile::Phone => {
            let rust = with_std(&mut build, "")?;
            let flags = Flags {
                rust,
                ..Flags::default()
            };
            ("addon", "addon", flags)
        }
    };
    build.args([profile, "--target", &platform]);
    check(remap_paths(&mut build, &platform, flags)?)?;
    Ok(target().join(platform).join(folder).join(name))
}

/// Rewrites `include/wotnot.h`.
pub fn header() -> Result<()> {
    check(cargo_line("build --package wotnot").env("WOTNOT_UPDATE_HEADER", "1"))
}

/// Compares `include/wotnot.h` with what the source says.
pub fn header_is_fresh() -> Result<()> {
    let made = read(&library(Profile::Dev)?.join("wotnot.generated.h"))?;
    match made == read(&root().join("include/wotnot.h"))? {
        true => Ok(()),
        false => Err("include/wotnot.h is stale; run `cargo xtask generate`".into()),
    }
}
