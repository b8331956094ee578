//! The SDK archive, unpacked elsewhere and used as its reader would, with no Rust on the path.

use std::path::{Path, PathBuf};

use super::Tally;
use super::sdk::{PATH, Sdk};
use crate::build;
use crate::dist::{self, GLIBC_FLOOR};
use crate::run::{
    Result, captured, check, command, make_folder, need, need_nlohmann, output, root, scratch,
};

pub fn run() -> Result<Tally> {
    for (program, package) in [
        ("gcc", "gcc"),
        ("g++", "g++"),
        ("clang", "clang"),
        ("pkg-config", "pkg-config"),
        ("cmake", "cmake"),
    ] {
        need(program, package)?;
    }
    need_nlohmann()?;
    let sdk = Sdk::unpack(&scratch("elsewhere")?)?;
    let mut tally = Tally::default();
    tally.note("there is no cargo on the path", no_rust(&sdk));
    tally.note(
        "the archive names no folder of this machine",
        names_no_place(&sdk),
    );
    tally.note("glibc is as old as promised", glibc(&sdk));
    tally.note("the debug symbols are split off, and found", symbols(&sdk));
    for compiler in ["gcc", "clang"] {
        for package in ["wotnot", "wotnot-static"] {
            tally.note(
                &format!("a C program built with {compiler} and pkg-config {package} chats"),
                chat_in_c(&sdk, compiler, package).and_then(|program| sdk.chat(&program)),
            );
        }
    }
    tally.note(
        "CMake finds the package and builds the examples",
        cmake(&sdk),
    );
    for program in ["chat", "chat_static", "chat_cpp"] {
        tally.note(
            &format!("{program}, built with CMake, chats"),
            sdk.chat(&sdk.top.with_file_name("build").join(program)),
        );
    }
    tally.note(
        "what is linked statically needs no libwotnot.so",
        needs_nothing(&sdk),
    );
    Ok(tally)
}

fn no_rust(sdk: &Sdk) -> Result<()> {
    let found = sdk
        .shell("sh")
        .args(["-c", "command -v cargo rustc"])
        .output();
    match found.map_err(|error| error.to_string())?.stdout.is_empty() {
        true => Ok(()),
        false => Err(format!("{PATH} has it")),
    }
}

/// Programs and what is packed in the jar included.
fn names_no_place(sdk: &Sdk) -> Result<()> {
    let unpacked = sdk.top.with_file_name("jar");
    make_folder(&unpacked)?;
    check(
        command("jar")
            .arg("xf")
            .arg(sdk.jar())
            .current_dir(&unpacked),
    )?;
    let named = places_named_in(&[&sdk.top, &unpacked])?;
    if !named.is_empty() {
        return Err(named);
    }
    // A search that finds nothing proves nothing unless it would find something.
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    match places_named_in(&[&this])?.is_empty() {
        true => Err("the search does not find this machine's folders in xtask itself".into()),
        false => Ok(()),
    }
}

/// The files of these folders that hold the path of a folder of this machine.
fn places_named_in(folders: &[&Path]) -> Result<String> {
    let mut search = command("grep");
    search.args(["-r", "-l", "-F"]);
    for (place, _) in build::places()? {
        search.arg("-e").arg(place);
    }
    captured(search.args(folders)).map(|(files, _)| files)
}

fn glibc(sdk: &Sdk) -> Result<()> {
    let (major, minor) = dist::glibc(&sdk.top.join("lib/libwotnot.so.1"))?;
    let (floor, said) = (
        format!("glibc {}.{} or later", GLIBC_FLOOR.0, GLIBC_FLOOR.1),
        format!("glibc {major}.{minor} or later"),
    );
    for (page, floor) in [
        (root().join("bindings/c/README.md"), floor),
        (sdk.top.join("README.md"), said),
    ] {
        let text = std::fs::read_to_string(&page).map_err(|error| error.to_string())?;
        if !text.contains(&floor) {
            return Err(format!("{} does not say `{floor}`", page.display()));
        }
    }
    Ok(())
}

fn symbols(sdk: &Sdk) -> Result<()> {
    let library = sdk.top.join("lib/libwotnot.so.1");
    let sections = output(command("objdump").arg("-h").arg(&library))?;
    if sections.contains(".debug_info") || !sections.contains(".gnu_debuglink") {
        return Err("the shared library is not stripped, or links to no symbols".into());
    }
    let table = output(command("nm").arg("-D").arg(&library))?;
    let address = table
        .lines()
        .find_map(|line| line.strip_suffix(" T wotnot_call"))
        .ok_or("wotnot_call is not exported")?;
    let file = std::fs::canonicalize(&library).map_err(|error| error.to_string())?;
    let symbols = format!("{}.debug", file.display());
    let place = output(command("addr2line").args(["-e", &symbols, address]))?;
    match place.contains("capi/src/lib.rs:") {
        true => Ok(()),
        false => Err(format!("wotnot_call is at {place}")),
    }
}

fn chat_in_c(sdk: &Sdk, compiler: &str, package: &str) -> Result<PathBuf> {
    let source = sdk.top.join("share/wotnot/examples/chat.c");
    let program = format!("chat-{compiler}-{package}");
    sdk.compile(compiler, &["-std=c99"], &source, package, &program)
}

fn cmake(sdk: &Sdk) -> Result<()> {
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", sdk.top.display());
    check(
        sdk.shell("cmake")
            .arg("-S")
            .arg(sdk.top.join("share/wotnot/examples"))
            .args(["-B", "build", &prefix]),
    )?;
    check(
        sdk.shell("cmake")
            .args(["--build", "build", "--parallel", "2"]),
    )
}

fn needs_nothing(sdk: &Sdk) -> Result<()> {
    for program in [
        "chat-gcc-wotnot-static",
        "chat-clang-wotnot-static",
        "build/chat_static",
    ] {
        let headers = output(
            command("objdump")
                .arg("-p")
                .arg(sdk.top.with_file_name(program)),
        )?;
        if headers.contains("libwotnot") {
            return Err(format!("{program} asks for the shared library"));
        }
    }
    Ok(())
}
