//! The SDK archive for Windows, as MinGW builds it: for MinGW, and by the import library for Microsoft's compiler.

use std::path::{Path, PathBuf};

use super::{Archives, CMAKE_CONFIG, add_common, folder, split, templates};
use crate::build::{self, EPOCH, Profile};
use crate::c_program::WINDOWS_LIBRARIES;
use crate::run::{
    Result, check, command, copy, files_below, host, make_folder, need, output, scratch, write,
};

/// What rustc calls the platform.
pub const TRIPLE: &str = "x86_64-pc-windows-gnu";

/// What the names of its binutils begin with.
pub const TOOLS: &str = "x86_64-w64-mingw32-";

const PLATFORM: &str = "x86_64-windows-gnu";

/// Builds the library with this profile, and packs it.
pub fn archives(profile: Profile) -> Result<Archives> {
    need(&format!("{TOOLS}gcc"), "gcc-mingw-w64-x86-64")?;
    check(command("rustup").args(["target", "add", TRIPLE]))?;
    archives_of(&build::shipped(profile, TRIPLE)?, profile)
}

/// Packs the libraries in this folder.
pub fn archives_of(built: &Path, profile: Profile) -> Result<Archives> {
    need("zip", "zip")?;
    let name = format!("wotnot-{}-{PLATFORM}", env!("CARGO_PKG_VERSION"));
    let tops = scratch("dist-windows")?;
    let (sdk, debug) = (tops.join("sdk").join(&name), tops.join("debug").join(&name));
    let (bin, lib, symbols) = (sdk.join("bin"), sdk.join("lib"), debug.join("bin"));
    for folder in [&bin, &lib, &symbols] {
        make_folder(folder)?;
    }

    let library = bin.join("wotnot.dll");
    split(TOOLS, &built.join("wotnot.dll"), &library, &symbols)?;
    // As it is: MinGW's objcopy fails on the empty objects that the standard library has in it.
    copy(&built.join("libwotnot.a"), &lib.join("libwotnot.a"))?;
    copy(&built.join("libwotnot.dll.a"), &lib.join("libwotnot.dll.a"))?;
    import_library(&library, &lib.join("wotnot.lib"), &tops)?;
    templates(
        &sdk,
        &[
            ("@PLATFORM@", PLATFORM),
            ("@SYSTEM_LIBRARIES@", &WINDOWS_LIBRARIES.join(" ")),
            ("@SYSTEM_LIBRARIES_LIST@", &WINDOWS_LIBRARIES.join(";")),
        ],
        &[
            ("README-windows.md", "README.md"),
            ("cmake/WotnotConfig-windows.cmake", CMAKE_CONFIG),
        ],
    )?;
    add_common(&sdk)?;

    let dist = folder(profile);
    make_folder(&dist)?;
    Ok(Archives {
        sdk: zip(&sdk, &dist.join(format!("{name}.zip")))?,
        debug: zip(&debug, &dist.join(format!("{name}-debug.zip")))?,
        name,
    })
}

/// The functions that a library exports, sorted.
pub fn exported(library: &Path) -> Result<Vec<String>> {
    let text = output(command(format!("{TOOLS}objdump")).arg("-p").arg(library))?;
    let (_, table) = text
        .split_once("[Ordinal/Name Pointer] Table")
        .ok_or_else(|| format!("{} exports nothing", library.display()))?;
    let mut found: Vec<String> = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.split_once(']'))
        .map(|(_, name)| name.trim().to_owned())
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// A linker like Microsoft's, which comes with Rust.
pub fn microsofts_linker() -> Result<PathBuf> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let linker = format!("lib/rustlib/{}/bin/rust-lld", host()?);
    Ok(Path::new(sysroot.trim()).join(linker))
}

/// Makes an import library as Microsoft's tools do. Theirs take MinGW's too, but not in every version without a warning.
fn import_library(library: &Path, to: &Path, work: &Path) -> Result<()> {
    let definition = work.join("wotnot.def");
    let names = exported(library)?.join("\n");
    write(
        &definition,
        &format!("LIBRARY wotnot.dll\nEXPORTS\n{names}\n"),
    )?;
    check(
        command(microsofts_linker()?)
            .args(["-flavor", "link", "/lib", "/machine:x64"])
            .arg(format!("/def:{}", definition.display()))
            .arg(format!("/out:{}", to.display())),
    )
}

/// A zip of one folder, the same for the same contents.
fn zip(folder: &Path, archive: &Path) -> Result<PathBuf> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Err(format!("{} has no parent", folder.display()));
    };
    // It would be added to.
    if archive.exists() {
        std::fs::remove_file(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    }
    let mut files = files_below(folder)?;
    files.sort();
    check(command("chmod").args(["-R", "u+w,go-w,a+rX"]).arg(folder))?;
    check(
        command("touch")
            .arg(format!("--date=@{EPOCH}"))
            .args(&files),
    )?;
    let inside = files
        .iter()
        .map(|file| Path::new(name).join(file.strip_prefix(folder).unwrap_or(file)));
    check(
        command("zip")
            .args(["-q", "-X", "-D"])
            .arg(archive)
            .args(inside)
            .current_dir(parent)
            // A zip holds local times.
            .env("TZ", "UTC"),
    )?;
    Ok(archive.to_path_buf())
}
