//! The built C library: header, exports, boundary, memory, and the example against an emulator.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tally;
use super::chats::both_ways;
use crate::build::{self, Profile};
use crate::c_program::{Link, STRICT, compile, name_for_the_loader, with_library};
use crate::examples::{chats, dev_gateway, plays_every_flow, serves_many_visitors};
use crate::readme;
use crate::run::{
    Result, captured, check, command, need, need_header, output, read, root, scratch, write,
};

/// What the library exports, and nothing else.
pub const EXPORTS: [&str; 13] = [
    "wotnot_abi_version",
    "wotnot_call",
    "wotnot_client_close",
    "wotnot_client_new",
    "wotnot_interrupt",
    "wotnot_live_clients",
    "wotnot_live_strings",
    "wotnot_receive",
    "wotnot_send_message",
    "wotnot_start_conversation",
    "wotnot_status_name",
    "wotnot_string_free",
    "wotnot_version",
];

/// An old compiler's user gives the fixed-width types: documented in `bindings/c/README.md`.
const OLD_TYPES: [&str; 5] = [
    "-std=c89",
    "-DWOTNOT_NO_STDINT",
    "-Dint32_t=int",
    "-Duint32_t=unsigned int",
    "-Duint64_t=unsigned long",
];

/// What the programs of the README need besides.
const README_FLAGS: [&str; 3] = ["-Ibindings/c/testing", "-Wl,--no-as-needed", "-ljansson"];

pub fn run() -> Result<Tally> {
    need("gcc", "gcc")?;
    need("g++", "g++")?;
    need("clang", "clang")?;
    need("valgrind", "valgrind")?;
    need_header("microhttpd.h", "libmicrohttpd-dev")?;
    need_header("jansson.h", "libjansson-dev")?;
    let mut tally = Tally::default();
    let library = build::library(Profile::Dev)?;
    let out = scratch("c")?;
    name_for_the_loader(&library, &out)?;

    tally.note("the committed header is fresh", build::header_is_fresh());
    tally.note(
        "thirteen functions are exported, and nothing else",
        exports(&library),
    );
    tally.note(
        "the shared library is called libwotnot.so.1",
        soname(&library),
    );
    for (compiler, standard) in [
        ("gcc", "c89"),
        ("gcc", "c99"),
        ("gcc", "c11"),
        ("clang", "c99"),
        ("clang", "c11"),
        ("g++", "c++17"),
        ("clang++", "c++17"),
    ] {
        tally.note(
            &format!("the header compiles with {compiler} as {standard}"),
            header_compiles(compiler, standard),
        );
    }
    tally.note(
        "clang imports the header as the module CWotnot",
        module_imports(&out),
    );
    tally.note(
        "the header compiles where there is no <stdint.h>",
        compile(
            "gcc",
            "bindings/c/examples/legacy.c",
            &out.join("legacy-types"),
            &OLD_TYPES,
            &Link::Shared(&library),
        )
        .map(drop),
    );
    for compiler in ["gcc", "clang"] {
        let boundary = compile(
            compiler,
            "tests/c/boundary.c",
            &out.join(format!("boundary-{compiler}")),
            &["-DWITH_TEST_PANIC"],
            &Link::Shared(&library),
        );
        match boundary {
            Err(why) => tally.note(&format!("boundary.c builds with {compiler}"), Err(why)),
            Ok(program) => tally.add(counted(with_library(&program, &out))?),
        }
    }
    tally.note("valgrind finds no error and no leak", under_valgrind(&out));
    for (name, link) in [
        ("shared", Link::Shared(&library)),
        ("static", Link::Static(&library)),
    ] {
        let program = out.join(format!("chat-{name}"));
        let program = compile("gcc", "bindings/c/examples/chat.c", &program, &[], &link)?;
        both_ways(
            &mut tally,
            &format!("the example ({name})"),
            with_library(&program, &out),
        );
    }
    tally.note(
        "the backend serves many visitors, some of whom leave",
        backend_serves(&library, &out),
    );
    tests_of_programs(&library, &out, &mut tally)?;
    tally.note(
        "the C89 example, of 60 lines at most, chats too",
        legacy_chats(&library, &out),
    );
    tally.note(
        "the README's programs compile",
        readme_compiles(&library, &out),
    );
    tally.note(
        "the README's loop plays every sample flow",
        readme_plays(&library, &out),
    );
    tally.note(
        "the README's visitor talks through a gateway",
        readme_visits(&library, &out),
    );
    Ok(tally)
}

/// `wotnot_testing.h`, with which programs test themselves against an emulator of their own.
fn tests_of_programs(library: &Path, out: &Path, tally: &mut Tally) -> Result<()> {
    const SOURCE: &str = "tests/c/testing.c";
    const FOLDER: &str = "-Ibindings/c/testing";
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    for compiler in ["gcc", "clang"] {
        let program = out.join(format!("testing-{compiler}"));
        let program = compile(
            compiler,
            SOURCE,
            &program,
            &[FOLDER],
            &Link::Shared(library),
        )?;
        let mut run = with_library(&program, out);
        run.arg("flows/demo.yaml").env("WOTNOT_BIN", &wotnot);
        tally.add(counted(run)?);
    }
    tally.note(
        "the header for tests is C++ too",
        check(
            command("g++")
                .args(["-std=c++17", "-fsyntax-only", "-Iinclude", FOLDER])
                .args(STRICT)
                .args(["-x", "c++", SOURCE]),
        ),
    );
    Ok(())
}

fn exports(library: &Path) -> Result<()> {
    let text = output(
        command("nm")
            .args(["-D", "--defined-only"])
            .arg(library.join("libwotnot.so")),
    )?;
    let mut found: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    found.sort_unstable();
    match found == EXPORTS {
        true => Ok(()),
        false => Err(format!("exported: {}", found.join(" "))),
    }
}

fn soname(library: &Path) -> Result<()> {
    let text = output(
        command("objdump")
            .arg("-p")
            .arg(library.join("libwotnot.so")),
    )?;
    let named = text
        .lines()
        .any(|line| line.split_whitespace().eq(["SONAME", "libwotnot.so.1"]));
    named.then_some(()).ok_or_else(|| "no such SONAME".into())
}

fn header_compiles(compiler: &str, standard: &str) -> Result<()> {
    let language = match standard.starts_with("c++") {
        true => "c++",
        false => "c",
    };
    check(
        command(compiler)
            .arg(format!("-std={standard}"))
            .args(STRICT)
            .args(["-fsyntax-only", "-x", language, "include/wotnot.h"])
            // The header is the main file here, which clang remarks on.
            .args(match compiler.starts_with("clang") {
                true => ["-Wno-pragma-once-outside-header", "-Wno-unused-function"],
                false => ["-Wno-unused-function", "-Wno-unused-function"],
            }),
    )
}

/// Through `include/module.modulemap`, as Apple's platforms and Swift see it.
fn module_imports(out: &Path) -> Result<()> {
    let source = out.join("module.m");
    let program =
        "@import CWotnot;\nint main(void) { return wotnot_abi_version() != WOTNOT_ABI_VERSION; }\n";
    write(&source, program)?;
    let mut cache = std::ffi::OsString::from("-fmodules-cache-path=");
    cache.push(out.join("modules"));
    check(
        command("clang")
            .args([
                "-fsyntax-only",
                "-fmodules",
                "-Iinclude",
                "-Wall",
                "-Werror",
            ])
            .arg(cache)
            .arg(source),
    )
}

/// Runs a program that counts its own checks, and reads `N passed, N failed`.
pub fn counted(mut program: Command) -> Result<Tally> {
    let (text, success) = captured(&mut program)?;
    print!("{text}");
    let last = text.lines().rev().find(|line| line.contains(" passed, "));
    let numbers: Vec<u64> = last
        .unwrap_or_default()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect();
    match (numbers.as_slice(), success) {
        ([passed, failed], success) if success == (*failed == 0) => Ok(Tally {
            passed: *passed,
            failed: *failed,
        }),
        _ => Err("the program did not come to its count".into()),
    }
}

fn under_valgrind(out: &Path) -> Result<()> {
    let (text, success) = captured(
        with_library(Path::new("valgrind"), out)
            .args(["-q", "--leak-check=full", "--error-exitcode=9"])
            // The forked child ends without freeing what belongs to its parent.
            .arg("--child-silent-after-fork=yes")
            .arg(out.join("boundary-gcc")),
    )?;
    match success {
        true => Ok(()),
        false => Err(text),
    }
}

/// With the sanitizers, which watch the example's own memory and the borders of the library's.
fn backend_serves(library: &Path, out: &Path) -> Result<()> {
    let program = out.join("backend");
    check(
        command("gcc")
            .args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-g", "-Iinclude"])
            .args([
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=undefined",
            ])
            .args(STRICT)
            .arg("bindings/c/examples/backend.c")
            .arg("-L")
            .arg(library)
            .args(["-lwotnot", "-lmicrohttpd", "-ljansson", "-lpthread", "-o"])
            .arg(&program),
    )?;
    serves_many_visitors(&mut with_library(&program, out))
}

fn legacy_chats(library: &Path, out: &Path) -> Result<()> {
    let source = "bindings/c/examples/legacy.c";
    let text = read(&root().join(source))?;
    if text.lines().count() > 60 {
        return Err(format!("{source} has {} lines", text.lines().count()));
    }
    let program = compile(
        "gcc",
        source,
        &out.join("legacy"),
        &["-std=c89"],
        &Link::Shared(library),
    )?;
    chats(&mut with_library(&program, out))
}

fn readme_plays(library: &Path, out: &Path) -> Result<()> {
    let program = readme_program(library, out, "next_answer")?;
    plays_every_flow(|| Ok(with_library(&program, out)))
}

fn readme_visits(library: &Path, out: &Path) -> Result<()> {
    let program = readme_program(library, out, "WOTNOT_GATEWAY")?;
    let state = program.with_extension("state");
    let mut program = with_library(&program, out);
    dev_gateway()?.visited_by(&mut program, &state, &["started", "What is it about?"])
}

/// The program of the page that has this word.
fn readme_program(library: &Path, out: &Path, word: &str) -> Result<PathBuf> {
    let program = out.join(format!("readme-{word}"));
    let source = program.with_extension("c");
    write(
        &source,
        &readme::block_with("bindings/c/README.md", "c", word)?,
    )?;
    let source = source.to_string_lossy();
    let link = Link::Shared(library);
    compile("gcc", &source, &program, &README_FLAGS, &link)
}

fn readme_compiles(library: &Path, out: &Path) -> Result<()> {
    for (name, page) in [("top", "README.md"), ("c", "bindings/c/README.md")] {
        for source in readme::programs(page, "c", &out.join(name), "c")? {
            let program = source.with_extension("");
            let source = source.to_string_lossy();
            let link = Link::Shared(library);
            compile("gcc", &source, &program, &README_FLAGS, &link)?;
        }
    }
    Ok(())
}
