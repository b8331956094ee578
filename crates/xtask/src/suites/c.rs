//! The built C library: header, exports, boundary, memory, and the example against an emulator.

use std::path::Path;

use super::Tally;
pub use super::count::counted;
use super::language::{Page, SuiteFolder, both_ways};
use crate::build;
use crate::c_program::{Link, STRICT, compile};
use crate::examples::{chats, serves_many_visitors};
use crate::readme::programs;
use crate::run::{Result, check, needs, output, quietly, read, root, write};
use crate::sh;

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

const HEADER: [(&str, &str); 7] = [
    ("gcc", "c89"),
    ("gcc", "c99"),
    ("gcc", "c11"),
    ("clang", "c99"),
    ("clang", "c11"),
    ("g++", "c++17"),
    ("clang++", "c++17"),
];

/// An old compiler's user gives the fixed-width types: documented in `bindings/c/README.md`.
const OLD_TYPES: [&str; 5] = [
    "-std=c89",
    "-DWOTNOT_NO_STDINT",
    "-Dint32_t=int",
    "-Duint32_t=unsigned int",
    "-Duint64_t=unsigned long",
];

const LEGACY: &str = "bindings/c/examples/legacy.c";

/// Where `wotnot_testing.h` is, with which programs test themselves against an emulator of their own.
const TESTING: &str = "-Ibindings/c/testing";

/// What the programs of the README need besides.
const README_FLAGS: [&str; 3] = [TESTING, "-Wl,--no-as-needed", "-ljansson"];

const PAGE: Page = Page {
    folder: "c",
    fence: "c",
    reads_by: "next_answer",
    file: "*.c",
    shown: &["started", "What is it about?"],
};

pub fn run() -> Result<Tally> {
    needs(&[
        "gcc",
        "g++",
        "clang",
        "valgrind",
        "<microhttpd.h> libmicrohttpd-dev",
        "<jansson.h> libjansson-dev",
    ])?;
    let place = SuiteFolder::new("c")?;
    let out = &place.out;
    // Compiles a program, and gives a run of it.
    let program = |compiler: &str, source: &str, name: &str, flags: &[&str]| {
        let link = Link::Shared(out);
        compile(compiler, source, &out.join(name), flags, &link).map(|it| place.command(it))
    };
    let mut tally = Tally::default();

    tally.note("the committed header is fresh", build::header_is_fresh());
    tally.note(
        "thirteen functions are exported, and nothing else",
        exports(out),
    );
    tally.note("the shared library is called libwotnot.so.1", soname(out));
    for (compiler, standard) in HEADER {
        tally.note(
            &format!("the header compiles with {compiler} as {standard}"),
            header_compiles(compiler, standard),
        );
    }
    tally.note(
        "clang imports the header as the module CWotnot",
        module_imports(out),
    );
    tally.note(
        "the header compiles where there is no <stdint.h>",
        program("gcc", LEGACY, "legacy-types", &OLD_TYPES).map(drop),
    );
    for compiler in ["gcc", "clang"] {
        let name = format!("boundary-{compiler}");
        let boundary = program(
            compiler,
            "tests/c/boundary.c",
            &name,
            &["-DWITH_TEST_PANIC"],
        );
        tally.add(counted(boundary?)?);
    }
    tally.note(
        "valgrind finds no error and no leak",
        under_valgrind(&place),
    );
    for (name, link) in [("shared", Link::Shared(out)), ("static", Link::Static(out))] {
        let chat = out.join(format!("chat-{name}"));
        let chat = compile("gcc", "bindings/c/examples/chat.c", &chat, &[], &link)?;
        both_ways(
            &mut tally,
            &format!("the example ({name})"),
            place.command(chat),
        );
    }
    tally.note(
        "the backend serves many visitors, some of whom leave",
        backend_serves(&place),
    );
    for compiler in ["gcc", "clang"] {
        let name = format!("testing-{compiler}");
        let mut tests = program(compiler, "tests/c/testing.c", &name, &[TESTING])?;
        tally.add(counted(tests.arg("flows/demo.yaml"))?);
    }
    tally.note(
        "the header for tests is C++ too",
        check(sh!(
            "g++ -std=c++17 -fsyntax-only -Iinclude {TESTING} {STRICT...} -x c++ tests/c/testing.c"
        )),
    );
    tally.note(
        "the C89 example, of 60 lines at most, chats too",
        is_short(LEGACY, 60)
            .and_then(|()| program("gcc", LEGACY, "legacy", &["-std=c89"]))
            .and_then(|mut legacy| chats(&mut legacy)),
    );
    // With all that a page's program may need.
    let compiled = |source: &Path| {
        let name = source.with_extension("").to_string_lossy().into_owned();
        program("gcc", &source.to_string_lossy(), &name, &README_FLAGS)
    };
    tally.note(
        "the README's programs compile",
        PAGE.each(out, |source| compiled(source).map(drop))
            .and_then(|()| {
                let top = programs("README.md", "c", &out.join("top"), PAGE.file)?;
                top.iter().try_for_each(|source| compiled(source).map(drop))
            }),
    );
    PAGE.check(&mut tally, out, compiled);
    Ok(tally)
}

fn exports(library: &Path) -> Result<()> {
    let text = output(sh!("nm -D --defined-only {library}/libwotnot.so"))?;
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2));
    are_exports(names.collect())
}

/// Fails unless these names are the library's.
pub fn are_exports(mut found: Vec<&str>) -> Result<()> {
    found.sort_unstable();
    match found == EXPORTS {
        true => Ok(()),
        false => Err(format!("exported: {}", found.join(" "))),
    }
}

fn soname(library: &Path) -> Result<()> {
    let text = output(sh!("objdump -p {library}/libwotnot.so"))?;
    let mut lines = text.lines().map(str::split_whitespace);
    match lines.any(|line| line.eq(["SONAME", "libwotnot.so.1"])) {
        true => Ok(()),
        false => Err("no such SONAME".into()),
    }
}

fn header_compiles(compiler: &str, standard: &str) -> Result<()> {
    let language = standard.trim_end_matches(|c: char| c.is_ascii_digit());
    // The header is the main file here, which clang remarks on.
    let clang = compiler.starts_with("clang");
    let pragma = clang.then_some("-Wno-pragma-once-outside-header");
    check(sh!(
        "{compiler} -std={standard} {STRICT...} -fsyntax-only -x {language} include/wotnot.h
         -Wno-unused-function {pragma...}"
    ))
}

/// Through `include/module.modulemap`, as Apple's platforms and Swift see it.
fn module_imports(out: &Path) -> Result<()> {
    let source = out.join("module.m");
    let program =
        "@import CWotnot;\nint main(void) { return wotnot_abi_version() != WOTNOT_ABI_VERSION; }\n";
    write(&source, program)?;
    check(sh!(
        "clang -fsyntax-only -fmodules -Iinclude -Wall -Werror -fmodules-cache-path={out}/modules {source}"
    ))
}

fn under_valgrind(place: &SuiteFolder) -> Result<()> {
    // The forked child ends without freeing what belongs to its parent.
    let flags = "-q --leak-check=full --error-exitcode=9 --child-silent-after-fork=yes";
    quietly(
        place
            .run("valgrind", flags.split(' '))
            .arg(place.out.join("boundary-gcc")),
    )
}

/// With the sanitizers, which watch the example's own memory and the borders of the library's.
fn backend_serves(place: &SuiteFolder) -> Result<()> {
    let out = &place.out;
    check(sh!(
        "gcc -std=c99 -D_POSIX_C_SOURCE=200809L -g -Iinclude -fsanitize=address,undefined
         -fno-sanitize-recover=undefined {STRICT...} bindings/c/examples/backend.c -L {out}
         -lwotnot -lmicrohttpd -ljansson -lpthread -o {out}/backend"
    ))?;
    serves_many_visitors(&mut place.command(out.join("backend")))
}

fn is_short(source: &str, most: usize) -> Result<()> {
    match read(&root().join(source))?.lines().count() {
        lines if lines > most => Err(format!("{source} has {lines} lines")),
        _ => Ok(()),
    }
}
