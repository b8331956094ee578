//! The npm package in the checkout: built, packed, and installed in empty projects.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::build::{self, Profile};
use crate::dist::{notices, sbom};
use crate::run::{
    Result, at, check, command, copy, entries, file_name, make_folder, need, npm_install, output,
    read, remove_folder, root, scratch, tracked, write,
};
use crate::sh;

const FOLDER: &str = "bindings/node";

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
        fs::rename(&tarball, folder.join("wotnot.tgz")).map_err(at(&tarball))?;
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
        true => strip(&addon, place),
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
        let made = root().join(FOLDER).join(written);
        copy(&made, &package.join(written))?;
    }
    write(&package.join("sbom.cdx.json"), &sbom::of_npm(&package)?)?;
    npm_run(&package, "build:js", &[])?;
    npm_run(&package, "packages", commands)?;
    Ok(package)
}

/// Has the release put each addon into its package, and name these packages in the main one. `addon` puts that of a
/// platform to a place.
fn published(package: &Path, addon: impl Fn(&str, &Path) -> Result<()>) -> Result<()> {
    for name in platforms(package)? {
        let place = format!("artifacts/{name}/wotnot.{name}.node");
        addon(&name, &package.join(place))?;
    }
    npm_run(package, "release", &[])?;
    names_the_platforms(package)?;
    // napi puts them here too; the platforms' packages have them.
    remove_addons(package)
}

/// This machine, as napi names it.
fn platform_name(package: &Path) -> Result<String> {
    let print = "require('./dist/platform.js').platformName()";
    let name = output(sh!("node -p {print}").current_dir(package))?;
    Ok(name.trim().to_owned())
}

/// The package and what it takes from above, elsewhere: the release changes what it is made from.
fn copy_of_package(to: &Path) -> Result<PathBuf> {
    let (ours, package) = (root().join(FOLDER), to.join(FOLDER));
    npm_install(&ours)?;
    let above = ["LICENSE-MIT", "LICENSE-APACHE", "flows/demo.yaml"].map(String::from);
    for file in above.into_iter().chain(tracked(FOLDER)?) {
        copy(&root().join(&file), &to.join(&file))?;
    }
    let modules = "node_modules";
    symlink(ours.join(modules), package.join(modules)).map_err(at(&package))?;
    Ok(package)
}

/// The platforms that the addon is published for.
fn platforms(package: &Path) -> Result<Vec<String>> {
    let folders = entries(&package.join("npm"))?;
    let names = folders.iter().map(|folder| file_name(folder));
    Ok(names.filter(|name| !name.starts_with("cli-")).collect())
}

/// What is published must ask for the package of each platform, in its own version.
fn names_the_platforms(package: &Path) -> Result<()> {
    let path = package.join("package.json");
    let manifest: Value = serde_json::from_str(&read(&path)?).map_err(at(&path))?;
    for name in platforms(package)? {
        let name = format!("wotnot-{name}");
        if manifest["optionalDependencies"][&name] != manifest["version"] {
            return Err(format!("the published package does not name {name}"));
        }
    }
    Ok(())
}

/// Takes away the addons that an earlier build left in the package's folder.
fn remove_addons(package: &Path) -> Result<()> {
    for path in entries(package)? {
        if path.extension().is_some_and(|end| end == "node") {
            fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}

impl Package {
    /// Installs what building needs, and builds both halves.
    pub fn build(profile: Profile) -> Result<Self> {
        let folder = root().join(FOLDER);
        need("strip", "binutils")?;
        npm_install(&folder)?;
        npm_run(&folder, "build:js", &[])?;
        let addon = scratch("node-addon")?.join("wotnot.node");
        strip(&build::addon(profile)?, &addon)?;
        Ok(Self {
            platform: platform_name(&folder)?,
            folder,
            addon,
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
        let wotnot = build::program("wotnot-cli", "wotnot")?;
        strip(&wotnot, &commands.join(&self.platform).join("wotnot"))?;
        let pages = scratch("node-man")?;
        build::man_pages(&pages)?;
        let made = self.folder.join("npm");
        remove_folder(&made)?;
        notices::write_all()?;
        npm_run(&self.folder, "packages", &[&commands, &pages])?;
        let folder = made.join(&self.platform);
        let inside = format!("wotnot.{}.node", self.platform);
        copy(&self.addon, &folder.join(inside))?;
        let command = made.join(format!("cli-{}", self.platform));
        Ok((pack(&folder, to)?, pack(&command, to)?))
    }
}

/// Runs a script of the package in this folder.
fn npm_run(package: &Path, script: &str, arguments: &[&Path]) -> Result<()> {
    check(sh!("npm run --silent {script} -- {arguments...}").current_dir(package))
}

/// A program or an addon without its symbols.
fn strip(from: &Path, to: &Path) -> Result<()> {
    to.parent().map_or(Ok(()), make_folder)?;
    check(sh!("strip -o {to} {from}"))
}

/// A tool among the package's own dependencies.
pub fn npx(tool: &str) -> Command {
    let folder = root().join(FOLDER);
    let mut tool = command(folder.join("node_modules/.bin").join(tool));
    tool.current_dir(folder);
    tool
}

/// Makes the tarball of the package in this folder.
pub fn pack(folder: &Path, to: &Path) -> Result<PathBuf> {
    make_folder(to)?;
    let name = output(sh!("npm pack --silent --pack-destination {to}").current_dir(folder))?;
    Ok(to.join(name.trim()))
}

/// An empty project with these tarballs installed.
pub fn application(folder: &Path, tarballs: &[&Path]) -> Result<PathBuf> {
    let manifest = r#"{"name": "app", "private": true}"#;
    write(&folder.join("package.json"), manifest)?;
    let mut install = sh!("npm install --silent --no-fund --no-audit --offline {tarballs...}");
    check(install.current_dir(folder))?;
    Ok(folder.to_path_buf())
}

/// Puts packages of the checkout beside the one that was installed.
pub fn link_packages(app: &Path, names: &[&str]) -> Result<()> {
    let from = root().join(FOLDER).join("node_modules");
    for name in names {
        let link = app.join("node_modules").join(name);
        if !link.exists() {
            symlink(from.join(name), &link).map_err(at(&link))?;
        }
    }
    Ok(())
}
