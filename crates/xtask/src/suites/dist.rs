//! The SDK archive, unpacked elsewhere and used as its reader would, with no Rust on the path.

use std::path::PathBuf;

use super::sdk::Sdk;
use super::{Tally, packages};
use crate::dist::{self, GLIBC_FLOOR};
use crate::examples::serves_many_visitors;
use crate::run::{
    self, Result, check, command, make_folder, needs, output, path_without, root, scratch,
};

pub fn run() -> Result<Tally> {
    needs(&[
        "gcc",
        "g++",
        "clang",
        "pkg-config",
        "cmake",
        "<nlohmann/json.hpp> nlohmann-json3-dev",
        "<httplib.h> libcpp-httplib-dev",
        "<microhttpd.h> libmicrohttpd-dev",
        "<jansson.h> libjansson-dev",
    ])?;
    // A space, for users have folders with one.
    let sdk = Sdk::unpack(&scratch("else where")?)?;
    let mut tally = Tally::default();
    tally.note("there is no cargo on the path", no_rust(&sdk));
    packages::check_all(&mut tally, &sdk)?;
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
        "the README's lines with pkg-config build programs that chat",
        readme_lines_compile(&sdk),
    );
    tally.note(
        "CMake finds the package and builds the examples",
        cmake(&sdk),
    );
    for program in ["backend", "backend_cpp"] {
        let built = sdk.top.with_file_name("build").join(program);
        tally.note(
            &format!("{program}, built with CMake, serves many visitors"),
            serves_many_visitors(&mut sdk.shell(built)),
        );
    }
    tally.note(
        "the archive for C is packed where there is neither a JDK nor Maven",
        packs_without_java(),
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
        false => Err("the path of the SDK's users has it".into()),
    }
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
        let text = run::read(&page)?;
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

fn packs_without_java() -> Result<()> {
    let path = path_without(&["java", "javac", "jar", "mvn"])?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut pack = command(this);
    pack.args(["dist", "--dev", "c"])
        .env("PATH", path)
        .env_remove("JAVA_HOME");
    let printed = output(&mut pack)?;
    let archive = printed.lines().next().ok_or("it printed no archive")?;
    let held = output(command("tar").args(["-tzf", archive]))?;
    for wanted in [
        "/include/wotnot.h",
        "/lib/libwotnot.a",
        "/share/wotnot/swift/Package.swift",
    ] {
        if !held.lines().any(|line| line.ends_with(wanted)) {
            return Err(format!("{archive} has no {wanted}"));
        }
    }
    match held.lines().find(|line| line.ends_with(".jar")) {
        None => Ok(()),
        Some(jar) => Err(format!("{archive} has {jar}")),
    }
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
        if needed_libraries(&headers).any(|library| library.starts_with("libwotnot")) {
            return Err(format!("{program} asks for the shared library"));
        }
    }
    Ok(())
}

/// The NEEDED entries of what `objdump -p` prints, whose first line is the path of the file.
fn needed_libraries(headers: &str) -> impl Iterator<Item = &str> {
    headers
        .lines()
        .filter_map(|line| line.trim().strip_prefix("NEEDED"))
        .map(str::trim)
}

/// The lines of the C page that call a compiler, in a shell, as a reader pastes them.
fn readme_lines_compile(sdk: &Sdk) -> Result<()> {
    let source = sdk.top.join("share/wotnot/examples/chat.c");
    let here = sdk.top.with_file_name("readme");
    make_folder(&here)?;
    std::fs::copy(&source, here.join("chat.c"))
        .map_err(|error| format!("{}: {error}", source.display()))?;
    let page = root().join("bindings/c/README.md");
    let text = run::read(&page)?;
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(" -o chat chat.c "))
        .collect();
    if lines.len() != 2 {
        return Err(format!("expected 2 lines, found {}", lines.len()));
    }
    for line in lines {
        check(sdk.shell("sh").args(["-c", line]).current_dir(&here))?;
        sdk.chat(&here.join("chat"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_needed_only_where_an_entry_says_so() {
        let headers = "/libwotnot/chat:     file format elf64-x86-64\n\nDynamic Section:\n  \
                       NEEDED               libc.so.6\n  RUNPATH  /libwotnot/lib\n";
        assert_eq!(needed_libraries(headers).collect::<Vec<_>>(), ["libc.so.6"]);
        let linked = headers.replace("libc.so.6", "libwotnot.so.1");
        assert_eq!(
            needed_libraries(&linked).collect::<Vec<_>>(),
            ["libwotnot.so.1"]
        );
    }
}
