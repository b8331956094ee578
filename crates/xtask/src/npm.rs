//! The npm package in the checkout: built, packed, and installed in empty projects.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{self, Profile};
use crate::dist::{notices, sbom};
use crate::run::{
    Result, check, command, copy, make_folder, need, npm_install, output, remove_folder, root,
    scratch, tracked, write,
};

/// The package in the checkout, compiled.
pub struct Package {
    folder: PathBuf,
    addon: PathBuf,
    platform: String,
}

/// Whether a tarball brings the addon of this machine, as a checkout's does, or leaves it to the
/// platform's package, as a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The addon of this machine is inside.
    WithAddon,
    /// A platform package brings it.
    WithoutAddon,
}

/// Names the folder of [`Portable`] for the suites that run side by side.
pub const PORTABLE_VARIABLE: &str = "WOTNOT_XTASK_NPM";

/// What a release publishes that is the same wherever it is made: the package without an addon, and the platforms'
/// packages without theirs.
pub struct Portable {
    /// The folder of both.
    pub folder: PathBuf,
}

impl Portable {
    /// Makes it, unless that was done for several suites.
    pub fn get() -> Result<Self> {
        if let Some(folder) = std::env::var_os(PORTABLE_VARIABLE) {
            let folder = PathBuf::from(folder);
            return Ok(Self { folder });
        }
        let folder = scratch("npm-portable")?;
        let package = prepared(&folder, &[])?;
        // Those who install it put the addon of their platform in the place of this.
        published(&package, |name, addon| {
            write(addon, &format!("{name} is built elsewhere"))
        })?;
        let tarball = pack(&package, &folder)?;
        fs::rename(tarball, folder.join("wotnot.tgz")).map_err(|error| error.to_string())?;
        Ok(Self { folder })
    }

    /// The tarball of the package `wotnot`.
    pub fn tarball(&self) -> PathBuf {
        self.folder.join("wotnot.tgz")
    }

    /// The folder of a platform's package.
    pub fn platform(&self, name: &str) -> PathBuf {
        self.folder.join("bindings/node/npm").join(name)
    }
}

/// Makes npm's packages, in the release's own way: all of them of these addons and commands, or the main one and
/// this machine's.
pub fn release(profile: Profile, built: Option<(&Path, &Path)>, to: &Path) -> Result<Vec<PathBuf>> {
    let Some((addons, commands)) = built else {
        return release_here(profile, to);
    };
    let pages = scratch("npm-man")?;
    build::man_pages(&pages)?;
    let package = prepared(&scratch("npm-release")?, &[commands, &pages])?;
    published(&package, |name, addon| {
        copy(&addons.join(format!("wotnot.{name}.node")), addon)
    })?;
    let mut made = vec![pack(&package, to)?];
    for name in platforms(&package)? {
        made.push(pack(&package.join("npm").join(&name), to)?);
        let command = package.join(format!("npm/cli-{name}"));
        if !["wotnot", "wotnot.exe"]
            .iter()
            .any(|program| command.join(program).exists())
        {
            return Err(format!(
                "{} holds no command for {name}",
                commands.display()
            ));
        }
        made.push(pack(&command, to)?);
    }
    Ok(made)
}

/// The main package and the one of this machine's addon.
fn release_here(profile: Profile, to: &Path) -> Result<Vec<PathBuf>> {
    let addon = build::addon(profile)?;
    let package = prepared(&scratch("npm-release")?, &[])?;
    let here = platform_name(&package)?;
    need("strip", "binutils")?;
    published(&package, |name, place| match name == here {
        false => write(place, &format!("{name} is built elsewhere")),
        true => {
            place.parent().map_or(Ok(()), make_folder)?;
            check(command("strip").arg("-o").args([place, &addon]))
        }
    })?;
    Ok(vec![
        pack(&package, to)?,
        pack(&package.join("npm").join(&here), to)?,
    ])
}

/// The packages' folders in a copy: of the main one, and below it those of the platforms, with what the commands' have.
fn prepared(folder: &Path, commands: &[&Path]) -> Result<PathBuf> {
    let package = copy_of_package(folder)?;
    notices::write_all()?;
    for written in [
        "THIRD-PARTY.md",
        "THIRD-PARTY-COMMAND.md",
        "sbom-addon.cdx.json",
        "sbom-command.cdx.json",
    ] {
        let made = root().join("bindings/node").join(written);
        copy(&made, &package.join(written))?;
    }
    write(&package.join("sbom.cdx.json"), &sbom::of_npm(&package)?)?;
    let run = |script: &str, arguments: &[&Path]| {
        check(
            command("npm")
                .args(["run", "--silent", script, "--"])
                .args(arguments)
                .current_dir(&package),
        )
    };
    run("build:js", &[])?;
    run("packages", commands)?;
    Ok(package)
}

/// Has the release put each addon into its package, and name these packages in the main one. `addon` puts that of a
/// platform to a place.
fn published(package: &Path, addon: impl Fn(&str, &Path) -> Result<()>) -> Result<()> {
    for name in platforms(package)? {
        let place = format!("artifacts/{name}/wotnot.{name}.node");
        addon(&name, &package.join(place))?;
    }
    check(
        command("npm")
            .args(["run", "--silent", "release"])
            .current_dir(package),
    )?;
    names_the_platforms(package)?;
    // napi puts them here too; the platforms' packages have them.
    remove_addons(package)
}

/// This machine, as napi names it.
fn platform_name(package: &Path) -> Result<String> {
    let print = "require('./dist/platform.js').platformName()";
    let name = output(command("node").current_dir(package).args(["-p", print]))?;
    Ok(name.trim().to_owned())
}

/// The package and what it takes from above, elsewhere: the release changes what it is made from.
fn copy_of_package(to: &Path) -> Result<PathBuf> {
    npm_install(&root().join("bindings/node"))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "flows/demo.yaml"] {
        copy(&root().join(file), &to.join(file))?;
    }
    let package = to.join("bindings/node");
    make_folder(&package)?;
    for file in tracked("bindings/node")? {
        copy(&root().join(&file), &to.join(&file))?;
    }
    link_modules(&package)?;
    Ok(package)
}

fn link_modules(package: &Path) -> Result<()> {
    let modules = root().join("bindings/node/node_modules");
    std::os::unix::fs::symlink(modules, package.join("node_modules"))
        .map_err(|error| format!("{}: {error}", package.display()))
}

/// The platforms that the addon is published for.
fn platforms(package: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(package.join("npm")).map_err(|error| error.to_string())?;
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with("cli-")).collect())
}

/// What is published must ask for the package of each platform, in its own version.
fn names_the_platforms(package: &Path) -> Result<()> {
    let manifest = fs::read(package.join("package.json")).map_err(|error| error.to_string())?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
    for name in platforms(package)? {
        let name = format!("wotnot-{name}");
        if manifest["optionalDependencies"][&name] != manifest["version"] {
            return Err(format!("the published package does not name {name}"));
        }
    }
    Ok(())
}

/// Installs what building needs, and compiles the TypeScript.
fn build_javascript(package: &Path) -> Result<()> {
    npm_install(package)?;
    check(npm().args(["run", "--silent", "build:js"]))
}

/// Takes away the addons that an earlier build left in the package's folder.
fn remove_addons(package: &Path) -> Result<()> {
    let entries = fs::read_dir(package).map_err(|error| error.to_string())?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|end| end == "node") {
            fs::remove_file(&path).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

impl Package {
    /// Installs what building needs, and builds both halves.
    pub fn build(profile: Profile) -> Result<Self> {
        let folder = root().join("bindings/node");
        need("strip", "binutils")?;
        build_javascript(&folder)?;
        let platform = platform_name(&folder)?;
        let built = build::addon(profile)?;
        let addon = scratch("node-addon")?.join("wotnot.node");
        check(command("strip").arg("-o").arg(&addon).arg(&built))?;
        Ok(Self {
            folder,
            addon,
            platform,
        })
    }

    /// This machine's, as napi names it.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// The addon of this machine, stripped.
    pub fn addon(&self) -> &Path {
        &self.addon
    }

    /// Makes the tarball that `npm publish` would send.
    pub fn pack(&self, to: &Path, contents: Contents) -> Result<PathBuf> {
        let inside = self.folder.join(format!("wotnot.{}.node", self.platform));
        match contents {
            Contents::WithAddon => copy(&self.addon, &inside)?,
            Contents::WithoutAddon => remove_addons(&self.folder)?,
        }
        pack(&self.folder, to)
    }

    /// Makes the tarballs of this platform, the addon's and the command's. napi insists on their place.
    pub fn pack_platform(&self, to: &Path) -> Result<(PathBuf, PathBuf)> {
        let commands = scratch("node-command")?;
        let command = commands.join(&self.platform).join("wotnot");
        make_folder(&commands.join(&self.platform))?;
        check(
            self::command("strip")
                .arg("-o")
                .args([&command, &build::program("wotnot-cli", "wotnot")?]),
        )?;
        let pages = scratch("node-man")?;
        build::man_pages(&pages)?;
        let made = self.folder.join("npm");
        remove_folder(&made)?;
        notices::write_all()?;
        check(
            npm()
                .args(["run", "--silent", "packages", "--"])
                .args([&commands, &pages]),
        )?;
        let folder = made.join(&self.platform);
        copy(
            &self.addon,
            &folder.join(format!("wotnot.{}.node", self.platform)),
        )?;
        Ok((
            pack(&folder, to)?,
            pack(&made.join(format!("cli-{}", self.platform)), to)?,
        ))
    }
}

fn npm() -> Command {
    let mut npm = command("npm");
    npm.current_dir(root().join("bindings/node"));
    npm
}

/// A tool among the package's own dependencies.
pub fn npx(tool: &str) -> Command {
    let folder = root().join("bindings/node");
    let mut command = command(folder.join("node_modules/.bin").join(tool));
    command.current_dir(folder);
    command
}

/// Makes the tarball of the package in this folder.
pub fn pack(folder: &Path, to: &Path) -> Result<PathBuf> {
    make_folder(to)?;
    let name = output(
        command("npm")
            .current_dir(folder)
            .args(["pack", "--silent", "--pack-destination"])
            .arg(to),
    )?;
    Ok(to.join(name.trim()))
}

/// An empty project with these tarballs installed.
pub fn application(folder: &Path, tarballs: &[&Path]) -> Result<PathBuf> {
    make_folder(folder)?;
    write(
        &folder.join("package.json"),
        r#"{"name": "app", "private": true}"#,
    )?;
    check(
        command("npm")
            .current_dir(folder)
            .args([
                "install",
                "--silent",
                "--no-fund",
                "--no-audit",
                "--offline",
            ])
            .args(tarballs),
    )?;
    Ok(folder.to_path_buf())
}

/// Puts packages of the checkout beside the one that was installed.
pub fn link_packages(app: &Path, names: &[&str]) -> Result<()> {
    let from = root().join("bindings/node/node_modules");
    for name in names {
        let link = app.join("node_modules").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(from.join(name), &link)
                .map_err(|error| format!("{}: {error}", link.display()))?;
        }
    }
    Ok(())
}
