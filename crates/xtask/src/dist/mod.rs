//! The SDK archive: what a user of C, C++, Swift, Kotlin or Java needs, relocatable, without Rust. Not the Python and Node packages.

pub mod jvm;
pub mod notices;
pub mod packages;
pub mod sbom;
pub mod windows;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::build::{self, Profile};
use crate::c_program::SYSTEM_LIBRARIES;
use crate::run::{
    Result, check, command, copy, host, make_folder, need, output, read, root, scratch, target,
    write,
};

/// The oldest glibc that the shared library may need; `bindings/c/README.md` names it too.
pub const GLIBC_FLOOR: (u32, u32) = (2, 34);

const SONAME: &str = "libwotnot.so.1";

/// The file behind the SONAME, with the version of the C interface: the same that cargo-c installs.
const SHARED: &str = "libwotnot.so.1.0.0";

/// The two archives of one build.
pub struct Archives {
    /// Headers, libraries, packages, examples, licences. Its top folder has the name of the archive.
    pub sdk: PathBuf,
    /// What a debugger wants besides, under the same top folder.
    pub debug: PathBuf,
    /// The top folder's name.
    pub name: String,
}

impl Archives {
    /// Three lines, which [`Archives::from_variable`] reads.
    pub fn to_variable(&self) -> String {
        let (sdk, debug) = (self.sdk.display(), self.debug.display());
        format!("{sdk}\n{debug}\n{}", self.name)
    }

    /// Reads what [`Archives::to_variable`] gave.
    pub fn from_variable(text: &str) -> Result<Self> {
        match text.lines().collect::<Vec<_>>().as_slice() {
            [sdk, debug, name] => Ok(Self {
                sdk: sdk.into(),
                debug: debug.into(),
                name: (*name).to_owned(),
            }),
            _ => Err("the archives are named by three lines".into()),
        }
    }
}

/// The users that an archive is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Languages {
    /// Every language over the C library.
    All,
    /// C, C++ and Swift, whose packing needs neither a JDK nor Maven.
    WithoutJava,
}

/// Packs a build of this profile.
pub fn archives(profile: Profile, languages: Languages) -> Result<Archives> {
    need("objdump", "binutils")?;
    let built = build::shipped(profile, &host()?)?;
    let version = env!("CARGO_PKG_VERSION");
    let platform = format!("{}-linux-gnu", std::env::consts::ARCH);
    let only = match languages {
        Languages::All => "",
        Languages::WithoutJava => "-c",
    };
    let name = format!("wotnot-{version}-{platform}{only}");
    let tops = scratch("dist")?;
    let (sdk, debug) = (tops.join("sdk").join(&name), tops.join("debug").join(&name));

    libraries(&built, &sdk.join("lib"), &debug.join("lib"))?;
    let glibc = glibc(&sdk.join("lib").join(SHARED))?;
    if glibc > GLIBC_FLOOR {
        return Err(format!(
            "the library needs glibc {}.{}, more than is promised",
            glibc.0, glibc.1
        ));
    }
    templates(
        &sdk,
        &[
            ("@PLATFORM@", &platform),
            ("@SHARED@", SHARED),
            ("@GLIBC@", &format!("{}.{}", glibc.0, glibc.1)),
            ("@SYSTEM_LIBRARIES@", &SYSTEM_LIBRARIES.join(" ")),
        ],
        &[
            ("README.md", "README.md"),
            ("cmake/WotnotConfig.cmake", CMAKE_CONFIG),
        ],
    )?;
    add_common(&sdk)?;
    for (folder, to) in [
        ("bindings/swift/Sources", "share/wotnot/swift/Sources"),
        ("bindings/swift/Tests", "share/wotnot/swift/Tests"),
    ] {
        copy_tree(&root().join(folder), &sdk.join(to))?;
    }
    for file in ["Package.swift", "README.md"] {
        copy(
            &root().join("bindings/swift").join(file),
            &sdk.join("share/wotnot/swift").join(file),
        )?;
    }
    if languages == Languages::All {
        add_java(&sdk)?;
    }

    let dist = folder(profile);
    make_folder(&dist)?;
    Ok(Archives {
        sdk: pack(&sdk, &dist.join(format!("{name}.tar.gz")))?,
        debug: pack(&debug, &dist.join(format!("{name}-debug.tar.gz")))?,
        name,
    })
}

/// The CMake package of an archive.
const CMAKE_CONFIG: &str = "lib/cmake/Wotnot/WotnotConfig.cmake";

/// Writes files of `bindings/c/sdk` to an archive, these and those that every platform has, with what stands for
/// their words.
fn templates(sdk: &Path, words: &[(&str, &str)], files: &[(&str, &str)]) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let mut numbers = version.split('.');
    let numbers = [
        ("@VERSION@", version),
        ("@MAJOR@", numbers.next().unwrap_or_default()),
        ("@MINOR@", numbers.next().unwrap_or_default()),
    ];
    let everywhere = [
        ("wotnot.pc", "lib/pkgconfig/wotnot.pc"),
        ("wotnot-static.pc", "lib/pkgconfig/wotnot-static.pc"),
        (
            "cmake/WotnotConfigVersion.cmake",
            "lib/cmake/Wotnot/WotnotConfigVersion.cmake",
        ),
    ];
    for (from, to) in files.iter().chain(&everywhere) {
        let template = read(&root().join("bindings/c/sdk").join(from))?;
        let text = numbers
            .iter()
            .chain(words)
            .fold(template, |text, (word, value)| text.replace(word, value));
        write(&sdk.join(to), &text)?;
    }
    Ok(())
}

/// Headers, examples in C and C++, licences, notices and the bill of materials.
fn add_common(sdk: &Path) -> Result<()> {
    let (examples, doc) = (
        sdk.join("share/wotnot/examples"),
        sdk.join("share/doc/wotnot"),
    );
    for (folder, to) in [
        ("include", &sdk.join("include")),
        ("bindings/c/testing", &sdk.join("include")),
        ("bindings/c/examples", &examples),
        ("bindings/cpp/examples", &examples),
    ] {
        copy_files(&root().join(folder), to)?;
    }
    copy(
        &root().join("bindings/c/sdk/CMakeLists.txt"),
        &examples.join("CMakeLists.txt"),
    )?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(licence), &doc.join(licence))?;
    }
    write(&doc.join("THIRD-PARTY.md"), &notices::text("wotnot")?)?;
    write(&doc.join("sbom.cdx.json"), &sbom::text("wotnot")?)
}

/// The jar around the archive's library, and the examples for it.
fn add_java(sdk: &Path) -> Result<()> {
    let java = sdk.join("share/wotnot/java");
    for made in jvm::pack(&sdk.join("lib").join(SHARED))? {
        copy(&made, &java.join(made.file_name().unwrap_or_default()))?;
    }
    let examples = root().join("bindings/kotlin/examples");
    copy_tree(&examples.join("src"), &java.join("examples/src"))?;
    copy(&examples.join("pom.xml"), &java.join("examples/pom.xml"))
}

/// The glibc that a shared library asks for: the highest of its symbols' versions.
pub fn glibc(library: &Path) -> Result<(u32, u32)> {
    let symbols = output(command("objdump").arg("-T").arg(library))?;
    symbols
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .filter_map(|word| word.strip_prefix("GLIBC_"))
        .filter_map(|number| {
            let mut parts = number.split('.').map(|part| part.parse().ok());
            Some((parts.next()??, parts.next()??))
        })
        .max()
        .ok_or_else(|| format!("{}: no glibc symbols", library.display()))
}

/// Where packages of builds with this profile are put.
pub fn folder(profile: Profile) -> PathBuf {
    let dist = target().join("dist");
    match profile {
        Profile::Dev => dist.join("dev"),
        Profile::Release | Profile::Phone => dist,
    }
}

/// Both libraries without debug symbols; those go beside, where a debugger looks for them.
fn libraries(built: &Path, lib: &Path, debug: &Path) -> Result<()> {
    make_folder(lib)?;
    make_folder(debug)?;
    split("", &built.join("libwotnot.so"), &lib.join(SHARED), debug)?;
    let packed = built.join("libwotnot.so.dwp");
    if packed.exists() {
        copy(&packed, &debug.join(format!("{SHARED}.dwp")))?;
    }
    for (link, to) in [(SONAME, SHARED), ("libwotnot.so", SONAME)] {
        symlink(to, lib.join(link)).map_err(|error| format!("{link}: {error}"))?;
    }
    check(
        command("objcopy")
            .arg("--strip-debug")
            .args([built.join("libwotnot.a"), lib.join("libwotnot.a")]),
    )
}

/// Copies a shared library without its debug symbols, which go to this folder. `tools` is what the names of the
/// platform's binutils begin with.
fn split(tools: &str, from: &Path, to: &Path, debug: &Path) -> Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let symbols = debug.join(format!("{name}.debug"));
    let objcopy = format!("{tools}objcopy");
    check(
        command(&objcopy)
            .arg("--only-keep-debug")
            .args([from, &symbols]),
    )?;
    check(command(format!("{tools}strip")).arg("-o").args([to, from]))?;
    let mut link = std::ffi::OsString::from("--add-gnu-debuglink=");
    link.push(&symbols);
    check(command(&objcopy).arg(link).arg(to))
}

/// A gzipped tar of one folder, the same for the same contents.
fn pack(folder: &Path, archive: &Path) -> Result<PathBuf> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Err(format!("{} has no parent", folder.display()));
    };
    check(
        command("tar")
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
            .args([
                "--mtime=@0",
                "--mode=u+w,go-w,a+rX",
                "--use-compress-program=gzip -n",
            ])
            .arg("-cf")
            .arg(archive)
            .arg("-C")
            .arg(parent)
            .arg(name),
    )?;
    Ok(archive.to_path_buf())
}

fn copy_files(folder: &Path, to: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy_tree(folder: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    check(command("cp").arg("-R").arg(folder.join(".")).arg(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_library_is_called_as_cargo_c_calls_it() {
        let manifest = read(&root().join("Cargo.toml")).unwrap();
        let (_, library) = manifest
            .split_once("[package.metadata.capi.library]\n")
            .unwrap();
        let version = SHARED.trim_start_matches("libwotnot.so.");
        assert!(library.starts_with(&format!("version = \"{version}\"\n")));
        assert!(SHARED.starts_with(&format!("{SONAME}.")));
    }
}
