//! Windows as Wine plays it, with what Wine 8 lacks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tools::Tools;
use crate::run::{Result, check, command, need, write};

const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// The source of random numbers that Rust asks on Windows 10, by the one that Wine has.
const RANDOM: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) {
  return SystemFunction036(bytes, (ULONG)count);
}
";

/// A Windows of its own, which stays for runs to come. Its server ends when it is dropped.
pub struct Wine {
    prefix: PathBuf,
    /// Starts a program of Windows.
    pub script: PathBuf,
}

impl Wine {
    /// Sets it up where it is not there yet. Programs look for libraries in these folders too.
    pub fn new(tools: &Tools, out: &Path, libraries: &[&Path]) -> Result<Self> {
        need(WINE, "wine64")?;
        let prefix = tools.kept("wine", set_up)?;
        let folders: Vec<String> = libraries.iter().map(|folder| in_windows(folder)).collect();
        let script = script(
            &out.join("wine"),
            &format!(
                "export WINEPREFIX='{}' WINEDEBUG=-all WINEPATH='{}'\nexec {WINE} \"$@\"",
                prefix.display(),
                folders.join(";")
            ),
        )?;
        // It stays for a while between two programs; started by one of them, it would keep that one's pipes open.
        check(in_prefix(SERVER, &prefix).arg("-p60"))?;
        check(in_prefix(WINE, &prefix).arg("wineboot"))?;
        Ok(Self { prefix, script })
    }

    /// Starts a program whose standard streams have to be files, as Node's.
    pub fn with_files(&self, out: &Path) -> Result<PathBuf> {
        let (wine, files) = (self.script.display(), out.display());
        script(
            &out.join("wine-with-files"),
            &format!(
                "cat > '{files}/in'\n'{wine}' \"$@\" < '{files}/in' > '{files}/out' 2>&1\ncode=$?\ncat '{files}/out'\nexit $code"
            ),
        )
    }

    /// Starts a program whose standard streams have to be pipes, as Python's.
    pub fn with_pipes(&self, out: &Path) -> Result<PathBuf> {
        let wine = self.script.display();
        script(
            &out.join("wine-with-pipes"),
            &format!("set -o pipefail\n'{wine}' \"$@\" 2>&1 | cat"),
        )
    }
}

/// A path as programs of Windows know it.
pub fn in_windows(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// A script of these lines.
fn script(path: &Path, lines: &str) -> Result<PathBuf> {
    write(path, &format!("#!/bin/bash\n{lines}\n"))?;
    check(command("chmod").arg("+x").arg(path))?;
    Ok(path.to_path_buf())
}

impl Drop for Wine {
    fn drop(&mut self) {
        let _ = in_prefix(SERVER, &self.prefix).arg("-k").status();
    }
}

fn set_up(prefix: &Path) -> Result<()> {
    let wine = || in_prefix(WINE, prefix);
    check(wine().args(["wineboot", "-i"]))?;
    // Node refuses an older one.
    let version = [
        "reg",
        "add",
        "HKCU\\Software\\Wine",
        "/v",
        "Version",
        "/d",
        "win10",
        "/f",
    ];
    check(wine().args(version))?;
    let source = prefix.join("random.c");
    write(&source, RANDOM)?;
    let made = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    check(
        command("x86_64-w64-mingw32-gcc")
            .arg("-shared")
            .arg("-o")
            .args([&made, &source])
            .arg("-ladvapi32"),
    )?;
    check(in_prefix(SERVER, prefix).arg("-k"))
}

fn in_prefix(program: &str, prefix: &Path) -> Command {
    let mut run = command(program);
    run.env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        // Without the offers to download .NET and a browser.
        .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    run
}
