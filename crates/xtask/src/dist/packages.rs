//! The packages of a release, each made by its own registry's tool, under `target/dist`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Languages, archives, folder, jvm, notices, pack, sbom, windows};
use crate::build::{self, EPOCH, Profile};
use crate::npm;
use crate::run::{
    Result, check, command, copy, host, make_folder, need, npm_install, root, scratch, target,
    tracked, write,
};
use crate::suites::platforms::tools::{DEBUG, Tools};

/// What is asked for on the command line.
pub struct Order<'a> {
    /// As it is published, or quickly, to try it.
    pub profile: Profile,
    /// The platform that wheels and the SDK archive are for, where it is not this one.
    pub target: Option<&'a str>,
    /// Where the addons and commands of all platforms are, for npm's packages.
    pub addons: Option<(&'a Path, &'a Path)>,
    /// Where the jar takes the libraries of other platforms from.
    pub natives: Option<&'a Path>,
}

impl<'a> Order<'a> {
    /// Reads `[--dev] [--target TRIPLE] [--addons DIR --commands DIR] [--natives DIR] PACKAGE...`, and makes these packages;
    /// without one, the SDK archive.
    pub fn run(mut words: &'a [&'a str]) -> Result<()> {
        let mut order = Order {
            profile: Profile::Release,
            target: None,
            addons: None,
            natives: None,
        };
        loop {
            words = match words {
                ["--dev", rest @ ..] => {
                    order.profile = Profile::Dev;
                    rest
                }
                ["--target", triple, rest @ ..] => {
                    order.target = Some(triple);
                    rest
                }
                ["--addons", addons, "--commands", commands, rest @ ..] => {
                    order.addons = Some((Path::new(*addons), Path::new(*commands)));
                    rest
                }
                ["--natives", natives, rest @ ..] => {
                    order.natives = Some(Path::new(*natives));
                    rest
                }
                _ => break,
            };
        }
        let packages: &[&str] = if words.is_empty() { &["sdk"] } else { words };
        for package in packages {
            for made in order.make(package)? {
                println!("{}", made.display());
            }
        }
        Ok(())
    }

    /// Makes one of them. Gives its files.
    fn make(&self, package: &str) -> Result<Vec<PathBuf>> {
        let (to, host) = (folder(self.profile), host()?);
        make_folder(&to)?;
        match package {
            "sdk" | "c" if self.target.is_some_and(|target| target != host) => {
                if self.target != Some(windows::TRIPLE) {
                    return Err(format!(
                        "{package} is made for {host}, where this runs, and for {}",
                        windows::TRIPLE
                    ));
                }
                let made = windows::archives(self.profile)?;
                Ok(vec![made.sdk, made.debug])
            }
            "sdk" | "c" => {
                let languages = match package {
                    "c" => Languages::WithoutJava,
                    _ => Languages::All,
                };
                let made = archives(self.profile, languages)?;
                Ok(vec![made.sdk, made.debug])
            }
            "wheel" => self.wheel("python", &to),
            "command-wheel" => self.wheel("python-command", &to),
            "sdist" => sdist(&to),
            "npm" => npm::release(self.profile, self.addons, &to),
            "web" => web(&to),
            "jar" => jvm::bundle(self.profile, self.natives, &to),
            "gem" => gem(&to).map(|gem| vec![gem]),
            "php" => php(&to).map(|archive| vec![archive]),
            other => Err(format!(
                "no package is called {other}; known: sdk c wheel command-wheel sdist npm web jar gem php"
            )),
        }
    }

    /// A wheel whose tags say what its platform needs at least, with no folder of this machine in it.
    fn wheel(&self, package: &str, to: &Path) -> Result<Vec<PathBuf>> {
        let here = host()?;
        let triple = self.target.unwrap_or(&here);
        let tools = Tools::new(triple)?;
        notices::write_all()?;
        let mut maturin = maturin(&tools, package, triple);
        match self.profile {
            Profile::Dev => maturin.args(["--profile", "dev"]),
            _ => &mut maturin,
        };
        let mut flags = build::Flags::default();
        // This machine's own linker asks for this machine's C library; Zig for an older one, or another.
        if self.target.is_some() && triple.contains("-linux-") {
            maturin.args(["--zig", "--compatibility"]);
            maturin.arg(match triple.ends_with("musl") {
                true => "musllinux_1_2",
                false => "manylinux_2_17",
            });
            if triple.ends_with("musl") {
                flags.rust.push("-Ctarget-feature=-crt-static".to_owned());
            }
        }
        let made = scratch(&format!("wheel-{package}"))?;
        maturin.arg("--out").arg(&made);
        // As the library and the addon are built, which share what is compiled.
        match std::env::var_os(DEBUG) {
            Some(debug) => maturin.env(DEBUG, debug),
            None => maturin.env_remove(DEBUG),
        };
        check(build::remap_paths(&mut maturin, triple, flags)?)?;
        moved(&made, to)
    }
}

/// `maturin build` for a platform, of a package whose bill of materials is written.
pub fn maturin(tools: &Tools, package: &str, triple: &str) -> Command {
    let bill = match package {
        "python" => "sboms/wotnot.cdx.json",
        _ => "sboms/wotnot-command.cdx.json",
    };
    let mut maturin = tools.command("maturin");
    maturin
        .args(["build", "--target", triple, "--sbom-include", bill])
        .current_dir(root().join("bindings").join(package))
        .env("CARGO_TARGET_DIR", target());
    maturin
}

/// The source of the library's Python package.
fn sdist(to: &Path) -> Result<Vec<PathBuf>> {
    notices::write_all()?;
    let made = scratch("sdist")?;
    check(
        Tools::new(&host()?)?
            .command("maturin")
            .args(["sdist", "--out"])
            .arg(&made)
            .current_dir(root().join("bindings/python")),
    )?;
    moved(&made, to)
}

/// The browser client and the widget.
fn web(to: &Path) -> Result<Vec<PathBuf>> {
    let package = root().join("bindings/web");
    npm_install(&package)?;
    check(
        command("npm")
            .args(["run", "--silent", "build"])
            .current_dir(&package),
    )?;
    write(&package.join("sbom.cdx.json"), &sbom::of_npm(&package)?)?;
    Ok(vec![npm::pack(&package, to)?])
}

/// The gem, made of a copy, so that nothing is written to the tree.
pub fn gem(to: &Path) -> Result<PathBuf> {
    need("ruby", "ruby")?;
    let source = copy_of("ruby")?;
    write(
        &source.join("sbom.cdx.json"),
        &sbom::of_sources("gem", "wotnot")?,
    )?;
    let file = to.join(format!("wotnot-{}.gem", env!("CARGO_PKG_VERSION")));
    check(
        command("gem")
            .args(["build", "--strict", "--quiet", "wotnot.gemspec", "--output"])
            .arg(&file)
            .current_dir(&source)
            .env("SOURCE_DATE_EPOCH", EPOCH),
    )?;
    Ok(file)
}

/// What the repository holds that Packagist reads.
fn php(to: &Path) -> Result<PathBuf> {
    let source = copy_of("php")?;
    write(
        &source.join("sbom.cdx.json"),
        &sbom::of_sources("composer", "libwotnot/wotnot")?,
    )?;
    pack(
        &source,
        &to.join(format!("wotnot-php-{}.tar.gz", env!("CARGO_PKG_VERSION"))),
    )
}

/// What git knows of a package, elsewhere.
fn copy_of(package: &str) -> Result<PathBuf> {
    let name = format!("wotnot-{package}-{}", env!("CARGO_PKG_VERSION"));
    let to = scratch(&format!("source-{package}"))?.join(name);
    let folder = format!("bindings/{package}/");
    for file in tracked(&folder)? {
        let inside = file.strip_prefix(&folder).unwrap_or(&file);
        copy(&root().join(&file), &to.join(inside))?;
    }
    Ok(to)
}

/// Moves every file of one folder to another.
fn moved(from: &Path, to: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let file = to.join(entry.file_name());
        std::fs::rename(entry.path(), &file).map_err(failed)?;
        files.push(file);
    }
    files.sort();
    Ok(files)
}
