//! `wotnot.hpp`: both modes, both compilers, the sanitizers, and the chat example. Its vectors are in the suite `vectors`.

use std::path::PathBuf;
use std::process::Output;

use super::Tally;
use super::c::counted;
use super::chats::{self, both_ways};
use crate::build::{self, Profile};
use crate::c_program::{name_for_the_loader, with_library};
use crate::examples::{plays_every_flow, serves_many_visitors};
use crate::readme::{block_with, programs};
use crate::run::{
    Result, check, command, need, need_header, need_nlohmann, output, read, scratch, write,
};

const STRICT: [&str; 6] = [
    "-std=c++17",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-pthread",
];

const SANITIZERS: [&str; 3] = [
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
];

pub fn run() -> Result<Tally> {
    need("g++", "g++")?;
    need("clang++", "clang")?;
    need_nlohmann()?;
    need_header("httplib.h", "libcpp-httplib-dev")?;
    need("pkg-config", "pkg-config")?;
    let library = build::library(Profile::Dev)?;
    let out = scratch("cpp")?;
    name_for_the_loader(&library, &out)?;
    let place = Workspace { library, out };
    let mut tally = Tally::default();

    for (name, compiler, flags) in [
        ("client-gcc", "g++", [].as_slice()),
        ("client-gcc-20", "g++", &["-std=c++20", "-fno-exceptions"]),
        ("client-clang", "clang++", &[]),
        ("client-clang-nx", "clang++", &["-DWOTNOT_NO_EXCEPTIONS"]),
        ("client-sanitized", "g++", &SANITIZERS),
    ] {
        println!("--- {name}");
        let program = place.compile(compiler, "tests/cpp/client.cpp", name, flags)?;
        tally.add(counted(with_library(&program, &place.out))?);
    }
    sanitizers_watch(&place, &mut tally)?;
    let chat = place.compile("g++", "bindings/cpp/examples/chat.cpp", "chat", &SANITIZERS)?;
    both_ways(&mut tally, "the example", with_library(&chat, &place.out));
    tally.note(
        "the backend serves many visitors, some of whom leave",
        backend_serves(&place),
    );
    tally.note("the README's programs compile", readme_compiles(&place));
    tally.note(
        "the README's loop plays every sample flow",
        readme_plays(&place),
    );
    let source = place.out.join("visitor.cpp");
    chats::page(&mut tally, ("cpp", "cpp"), &source, |source| {
        let flags = ["-Ibindings/cpp/examples"];
        let program = place.compile("g++", &source.to_string_lossy(), "visitor", &flags)?;
        Ok(with_library(&program, &place.out))
    });
    Ok(tally)
}

/// Where the library is, and where programs go.
struct Workspace {
    library: PathBuf,
    out: PathBuf,
}

impl Workspace {
    fn compile(&self, compiler: &str, source: &str, name: &str, flags: &[&str]) -> Result<PathBuf> {
        let program = self.out.join(name);
        let mut build = command(compiler);
        build.args(STRICT).args(flags).arg("-Iinclude").arg(source);
        build.arg("-L").arg(&self.library).arg("-lwotnot");
        check(build.arg("-o").arg(&program))?;
        Ok(program)
    }
}

/// A clean run proves nothing unless a dirty one is reported.
fn sanitizers_watch(place: &Workspace, tally: &mut Tally) -> Result<()> {
    let program = place.compile("g++", "tests/cpp/broken.cpp", "broken", &SANITIZERS)?;
    for (fault, report) in [
        ("use_after_free", "AddressSanitizer: heap-use-after-free"),
        ("leak", "LeakSanitizer: detected memory leaks"),
        ("overflow", "runtime error: signed integer overflow"),
    ] {
        let Output { status, stderr, .. } = with_library(&program, &place.out)
            .arg(fault)
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&stderr);
        let outcome = match !status.success() && said.contains(report) {
            true => Ok(()),
            false => Err(format!("{status}: {said}")),
        };
        tally.note(&format!("the sanitizers report a {fault}"), outcome);
    }
    Ok(())
}

fn backend_serves(place: &Workspace) -> Result<()> {
    let source = "bindings/cpp/examples/backend.cpp";
    // Debian's package is no header alone: it has a library, and needs what pkg-config says.
    let httplib = output(command("pkg-config").args(["--cflags", "--libs", "cpp-httplib"]))?;
    let flags = SANITIZERS.into_iter().chain(["-Wl,--no-as-needed"]);
    let flags: Vec<&str> = flags.chain(httplib.split_whitespace()).collect();
    let program = place.compile("g++", source, "backend", &flags)?;
    serves_many_visitors(&mut with_library(&program, &place.out))
}

fn readme_plays(place: &Workspace) -> Result<()> {
    let source = place.out.join("loop.cpp");
    write(
        &source,
        &block_with("bindings/cpp/README.md", "cpp", "getline")?,
    )?;
    let flags = ["-Ibindings/cpp/examples"];
    let program = place.compile("g++", &source.to_string_lossy(), "loop", &flags)?;
    plays_every_flow(|| Ok(with_library(&program, &place.out)))
}

fn readme_compiles(place: &Workspace) -> Result<()> {
    for source in programs("bindings/cpp/README.md", "cpp", &place.out, "cpp")? {
        let flags: &[&str] = match read(&source)?.contains("WOTNOT_NO_EXCEPTIONS") {
            true => &["-fno-exceptions"],
            false => &["-Ibindings/cpp/examples"],
        };
        place.compile("g++", &source.to_string_lossy(), "readme", flags)?;
    }
    Ok(())
}
