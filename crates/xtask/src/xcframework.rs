//! `CWotnot.xcframework` for Apple platforms. Runs on macOS alone; untested, as the Swift README says.

use std::path::{Path, PathBuf};

use crate::run::{
    Result, cargo, check, command, has, make_folder, output, read, remove_folder, root, scratch,
    target, write,
};

/// One platform's part of the framework.
struct Slice {
    name: &'static str,
    /// What `lipo` joins into one library.
    targets: &'static [&'static str],
    profile: &'static str,
    /// Phones take no webhook posts.
    features: &'static [&'static str],
    /// The oldest system that it runs on, as `Package.swift` says too.
    deployment: (&'static str, &'static str),
}

const IOS: (&str, &str) = ("IPHONEOS_DEPLOYMENT_TARGET", "16.0");

const SLICES: [Slice; 3] = [
    Slice {
        name: "macos",
        targets: &["aarch64-apple-darwin", "x86_64-apple-darwin"],
        profile: "release",
        features: &[],
        deployment: ("MACOSX_DEPLOYMENT_TARGET", "13.0"),
    },
    Slice {
        name: "ios",
        targets: &["aarch64-apple-ios"],
        profile: "phone",
        features: &["--no-default-features", "--features", "gateway"],
        deployment: IOS,
    },
    Slice {
        name: "ios-simulator",
        targets: &["aarch64-apple-ios-sim", "x86_64-apple-ios"],
        profile: "phone",
        features: &["--no-default-features", "--features", "gateway"],
        deployment: IOS,
    },
];

/// Builds every slice and joins them beside `Package.swift`, which then uses them.
pub fn run() -> Result<()> {
    let installed = match std::env::consts::OS {
        "macos" => output(command("rustup").args(["target", "list", "--installed"]))?,
        _ => String::new(),
    };
    ready(std::env::consts::OS, &installed)?;
    // `xcodebuild` answers to `-version` alone; `xcrun` to both.
    if !has("xcrun") {
        return Err("xcrun is missing: install Xcode".into());
    }
    let out = scratch("xcframework")?;
    let headers = headers(&out)?;
    let framework = root().join("bindings/swift/CWotnot.xcframework");
    remove_folder(&framework)?;
    let mut join = command("xcodebuild");
    join.arg("-create-xcframework");
    for slice in &SLICES {
        let library = slice.build(&out)?;
        join.arg("-library").arg(library);
        join.arg("-headers").arg(&headers);
    }
    check(join.arg("-output").arg(&framework))?;
    println!("made {}", framework.display());
    Ok(())
}

/// Whether this machine can make one; else what is missing, in one line.
fn ready(os: &str, installed: &str) -> Result<()> {
    if os != "macos" {
        return Err("an XCFramework is made on macOS, with Xcode; this is not one".into());
    }
    let missing: Vec<&str> = SLICES
        .iter()
        .flat_map(|slice| slice.targets.iter().copied())
        .filter(|target| !installed.lines().any(|line| line.trim() == *target))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "Rust targets are missing: rustup target add {}",
            missing.join(" ")
        )),
    }
}

impl Slice {
    /// One static library for all of its targets.
    fn build(&self, out: &Path) -> Result<PathBuf> {
        let folder = out.join(self.name);
        make_folder(&folder)?;
        let library = folder.join("libwotnot.a");
        let mut join = command("lipo");
        join.arg("-create");
        for name in self.targets {
            check(
                cargo()
                    .args(["rustc", "--package", "wotnot", "--crate-type", "staticlib"])
                    .args(["--profile", self.profile, "--target", name])
                    .args(self.features)
                    .env(self.deployment.0, self.deployment.1),
            )?;
            join.arg(target().join(name).join(self.profile).join("libwotnot.a"));
        }
        check(join.arg("-output").arg(&library))?;
        Ok(library)
    }
}

/// The header and its module map. The framework itself says what to link.
fn headers(out: &Path) -> Result<PathBuf> {
    let folder = out.join("headers");
    for name in ["wotnot.h", "module.modulemap"] {
        let from = root().join("include").join(name);
        let text = read(&from)?;
        let kept: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("link \""))
            .flat_map(|line| [line, "\n"])
            .collect();
        write(&folder.join(name), &kept)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_system_is_refused_in_one_line() {
        let why = ready("linux", "").unwrap_err();
        assert!(why.contains("macOS") && !why.contains('\n'), "{why}");
    }

    #[test]
    fn missing_targets_come_with_the_command_that_adds_them() {
        let why = ready("macos", "aarch64-apple-darwin\naarch64-apple-ios\n").unwrap_err();
        assert_eq!(
            why,
            "Rust targets are missing: rustup target add x86_64-apple-darwin \
             aarch64-apple-ios-sim x86_64-apple-ios"
        );
    }

    #[test]
    fn all_targets_are_enough() {
        let all: Vec<&str> = SLICES
            .iter()
            .flat_map(|slice| slice.targets.iter().copied())
            .collect();
        assert_eq!(ready("macos", &all.join("\n")), Ok(()));
    }
}
