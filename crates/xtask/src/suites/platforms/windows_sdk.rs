//! The SDK archive for Windows as its users have it: CMake and MinGW build programs against it, with no Rust on the path.

use std::path::Path;

use super::{Platform, json_library};
use crate::build::Profile;
use crate::dist::windows::{self, TOOLS, exported};
use crate::examples::chats;
use crate::run::{Result, check, command, copy, make_folder, need, output, root};
use crate::suites::Tally;
use crate::suites::c::{EXPORTS, counted};
use crate::suites::packages::holds_what_is_owed;
use crate::suites::sdk::Sdk;

/// MinGW with the threads of C++.
const CXX: &str = "x86_64-w64-mingw32-g++-posix";

/// Packs the libraries of the platform, unpacks the archive, and builds what its reader would.
pub fn check_archive(platform: &Platform, tally: &mut Tally) -> Result<Sdk> {
    need(CXX, "g++-mingw-w64-x86-64-posix")?;
    need("cmake", "cmake")?;
    need("pkg-config", "pkg-config")?;
    let archives = windows::archives_of(&platform.built(), Profile::Dev)?;
    // A space, for users have folders with one.
    let folder = platform.out.join("else where");
    make_folder(&folder)?;
    for archive in [&archives.sdk, &archives.debug] {
        check(
            command("python3")
                .args(["-m", "zipfile", "-e"])
                .args([archive, &folder]),
        )?;
    }
    let sdk = Sdk::at(folder.join(&archives.name))?;
    tally.note(
        "the archive holds licences, notices and a bill of materials",
        holds_what_is_owed(&sdk.top),
    );
    tally.note(
        "the archive's library exports thirteen functions, and needs what Windows has",
        stands_alone(&sdk.top.join("bin/wotnot.dll")),
    );
    let json = json_library(&platform.out)?;
    tally.note(
        "CMake finds the package and builds the examples",
        cmake(&sdk, &json),
    );
    for name in ["chat", "chat_static", "chat_cpp"] {
        let program = folder.join("build").join(platform.file_name(name));
        tally.note(
            &format!("{name}, built with CMake, chats"),
            chats(&mut platform.run(&program)),
        );
    }
    let include = json.join("include");
    let program = sdk.compile(
        CXX,
        &[
            "-std=c++17",
            "-static",
            "-isystem",
            &include.to_string_lossy(),
        ],
        &root().join("tests/cpp/vectors.cpp"),
        "wotnot-static",
        "vectors.exe",
    )?;
    let mut vectors = platform.run(&program);
    vectors.args([&platform.player, &platform.vectors]);
    tally.add(counted(vectors)?);
    Ok(sdk)
}

fn stands_alone(library: &Path) -> Result<()> {
    let found = exported(library)?;
    if found != EXPORTS {
        return Err(format!("exported: {}", found.join(" ")));
    }
    let headers = output(command(format!("{TOOLS}objdump")).arg("-p").arg(library))?;
    // MinGW's own are called so; those of Windows are not.
    let foreign = headers
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DLL Name: "))
        .find(|name| name.starts_with("lib"));
    match foreign {
        None => Ok(()),
        Some(name) => Err(format!("it needs {name}")),
    }
}

fn cmake(sdk: &Sdk, json: &Path) -> Result<()> {
    let prefix = format!(
        "-DCMAKE_PREFIX_PATH={};{}",
        sdk.top.display(),
        json.display()
    );
    check(
        sdk.shell("cmake")
            .arg("-S")
            .arg(sdk.top.join("share/wotnot/examples"))
            .args(["-B", "build", &prefix, "-DCMAKE_SYSTEM_NAME=Windows"])
            .arg(format!("-DCMAKE_C_COMPILER={TOOLS}gcc-posix"))
            .arg(format!("-DCMAKE_CXX_COMPILER={CXX}"))
            .arg(format!("-DCMAKE_RC_COMPILER={TOOLS}windres"))
            .arg("-DCMAKE_EXE_LINKER_FLAGS=-static")
            // Debian's packages are for Linux.
            .env("PKG_CONFIG_LIBDIR", sdk.top.join("lib/pkgconfig")),
    )?;
    check(
        sdk.shell("cmake")
            .args(["--build", "build", "--parallel", "2"]),
    )?;
    copy(
        &sdk.top.join("bin/wotnot.dll"),
        &sdk.top.with_file_name("build").join("wotnot.dll"),
    )
}
