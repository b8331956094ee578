//! `wotnot.hpp`: both modes, both compilers, the sanitizers, and the chat example. Its vectors are in the suite `vectors`.

use std::path::PathBuf;
use std::process::Output;

use super::Tally;
use super::c::{counted, name_for_the_loader, with_library};
use crate::build::{self, Profile};
use crate::emulator::Emulator;
use crate::readme::blocks;
use crate::run::{Result, check, command, need, need_nlohmann, scratch};

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
    tally.note(
        "the example chats with an emulator in another process",
        example_chats(&place),
    );
    tally.note("the README's programs compile", readme_compiles(&place));
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

fn example_chats(place: &Workspace) -> Result<()> {
    let source = "bindings/cpp/examples/chat.cpp";
    let program = place.compile("g++", source, "chat", &SANITIZERS)?;
    let emulator = Emulator::start("flows/demo.yaml")?;
    emulator.play_demo(&mut with_library(&program, &place.out))
}

fn readme_compiles(place: &Workspace) -> Result<()> {
    for (number, program) in blocks("bindings/cpp/README.md", "cpp")?.iter().enumerate() {
        let source = place.out.join(format!("readme-{number}.cpp"));
        std::fs::write(&source, program).map_err(|error| error.to_string())?;
        let flags: &[&str] = match program.contains("WOTNOT_NO_EXCEPTIONS") {
            true => &["-fno-exceptions"],
            false => &["-Ibindings/cpp/examples"],
        };
        let source = source.to_string_lossy();
        place.compile("g++", &source, &format!("readme-{number}"), flags)?;
    }
    Ok(())
}
