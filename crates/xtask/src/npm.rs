//! The npm package in the checkout: built, packed, and installed in empty projects.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{self, Profile};
use crate::run::{
    Result, check, command, copy, make_folder, need, npm_install, output, remove_folder, root,
    scratch, write,
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

impl Package {
    /// Installs what building needs, and builds both halves.
    pub fn build(profile: Profile) -> Result<Self> {
        let folder = root().join("bindings/node");
        need("strip", "binutils")?;
        npm_install(&folder)?;
        check(npm().args(["run", "--silent", "build:js"]))?;
        let platform = output(
            command("node")
                .current_dir(&folder)
                .args(["-p", "require('./dist/platform.js').platformName()"]),
        )?
        .trim()
        .to_owned();
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
            Contents::WithoutAddon if inside.exists() => {
                fs::remove_file(&inside).map_err(|error| error.to_string())?;
            }
            Contents::WithoutAddon => {}
        }
        pack(&self.folder, to)
    }

    /// Makes the tarballs of this platform, the addon's and the command's. napi insists on their place.
    pub fn pack_platform(&self, to: &Path) -> Result<(PathBuf, PathBuf)> {
        let command = scratch("node-command")?.join("wotnot");
        check(
            self::command("strip")
                .arg("-o")
                .args([&command, &build::program("wotnot-cli", "wotnot")?]),
        )?;
        let pages = scratch("node-man")?;
        build::man_pages(&pages)?;
        let made = self.folder.join("npm");
        remove_folder(&made)?;
        check(
            npm()
                .args(["run", "--silent", "packages", "--"])
                .args([&command, &pages]),
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
