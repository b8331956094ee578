//! `wotnot.hpp`: both modes, both compilers, the sanitizers, and the chat example. Its vectors are in the suite `vectors`.

use std::path::Path;

use super::count::counted;
use super::language::{Page, SHOWN, SuiteFolder, both_ways};
use super::{Tally, is_reported};
use crate::examples::serves_many_visitors;
use crate::run::{Result, again, check, needs, output, read};
use crate::sh;

const SANITIZERS: [&str; 3] = [
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
];

const EXAMPLES: &str = "-Ibindings/cpp/examples";

const PAGE: Page = Page {
    folder: "cpp",
    fence: "cpp",
    reads_by: "getline",
    file: "*.cpp",
    shown: &SHOWN,
};

pub fn run() -> Result<Tally> {
    needs(&[
        "g++",
        "clang++ clang",
        "<nlohmann/json.hpp> nlohmann-json3-dev",
        "<httplib.h> libcpp-httplib-dev",
        "pkg-config",
    ])?;
    let place = SuiteFolder::new("cpp")?;
    let out = &place.out;
    let compile = |compiler: &str, source: &Path, name: &str, flags: &[&str]| {
        let program = out.join(name);
        check(sh!(
            "{compiler} -std=c++17 -Wall -Wextra -Wpedantic -Werror -pthread {flags...} -Iinclude
             {source} -L {out} -lwotnot -o {program}"
        ))?;
        Ok::<_, String>(place.command(program))
    };
    let mut tally = Tally::default();

    let client = Path::new("tests/cpp/client.cpp");
    for (name, compiler, flags) in [
        ("client-gcc", "g++", [].as_slice()),
        ("client-gcc-20", "g++", &["-std=c++20", "-fno-exceptions"]),
        ("client-clang", "clang++", &[]),
        ("client-clang-nx", "clang++", &["-DWOTNOT_NO_EXCEPTIONS"]),
        ("client-sanitized", "g++", &SANITIZERS),
    ] {
        println!("--- {name}");
        tally.add(counted(compile(compiler, client, name, flags)?)?);
    }
    let broken = compile(
        "g++",
        "tests/cpp/broken.cpp".as_ref(),
        "broken",
        &SANITIZERS,
    )?;
    for (fault, report) in [
        ("use_after_free", "AddressSanitizer: heap-use-after-free"),
        ("leak", "LeakSanitizer: detected memory leaks"),
        ("overflow", "runtime error: signed integer overflow"),
    ] {
        let name = format!("the sanitizers report a {fault}");
        tally.note(&name, is_reported(again(&broken).arg(fault), report));
    }
    let chat = "bindings/cpp/examples/chat.cpp";
    let chat = compile("g++", chat.as_ref(), "chat", &SANITIZERS)?;
    both_ways(&mut tally, "the example", chat);

    // Debian's package is no header alone: it has a library, and needs what pkg-config says.
    let httplib = output(sh!("pkg-config --cflags --libs cpp-httplib"))?;
    let flags = SANITIZERS.into_iter().chain(["-Wl,--no-as-needed"]);
    let flags: Vec<&str> = flags.chain(httplib.split_whitespace()).collect();
    let backend = "bindings/cpp/examples/backend.cpp";
    tally.note(
        "the backend serves many visitors, some of whom leave",
        compile("g++", backend.as_ref(), "backend", &flags)
            .and_then(|mut backend| serves_many_visitors(&mut backend)),
    );
    tally.note(
        "the README's programs compile",
        PAGE.each(out, |source| {
            let flags = match read(source)?.contains("WOTNOT_NO_EXCEPTIONS") {
                true => "-fno-exceptions",
                false => EXAMPLES,
            };
            compile("g++", source, "readme", &[flags]).map(drop)
        }),
    );
    PAGE.check(&mut tally, out, |source| {
        compile("g++", source, "page", &[EXAMPLES])
    });
    Ok(tally)
}
