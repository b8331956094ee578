//! A Debian tree with a Swift compiler: made once, kept in the system's cache, entered by chroot.
//!
//! Debian 12 has no Swift; its successor has. Root makes the tree; every user may enter it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{Result, check, command, make_folder, need, output, remove_folder, root, write};

/// The release whose packages have Swift.
const RELEASE: &str = "trixie";

const PACKAGES: [&str; 6] = [
    "swiftlang",
    "libc6-dev",
    "libstdc++-14-dev",
    "g++",
    "pkg-config",
    "git",
];

/// Names the recipe by which a tree was made; only a whole tree has it.
const STAMP: &str = "wotnot-swift-tree";

/// Where a program inside finds the checkout, which it may only read.
pub const CHECKOUT: &str = "/checkout";

/// Where a program inside finds the folder that it was given, which it may write.
pub const BUILT: &str = "/built";

/// Swift's own libraries inside, which its programs need.
pub const LIBRARIES: &str = "/usr/libexec/swift/lib/swift/linux";

/// Where trees are kept: root makes them, and others read them.
const CACHE: &str = "/var/cache/wotnot-xtask";

/// Mounts are the command's own and end with it. So does `/tmp`, where Swift leaves locks that belong to one user.
const ENTER: &str = r#"set -e
tree=$1 checkout=$2 built=$3
shift 3
mount --rbind /proc "$tree/proc"
mount -t tmpfs tmpfs "$tree/tmp"
mount --bind "$checkout" "$tree/checkout"
mount -o remount,bind,ro "$tree/checkout"
mount --bind "$built" "$tree/built"
exec chroot "$tree" "$@""#;

/// A tree that is ready. While it lives, other processes wait for theirs.
pub struct Tree {
    folder: PathBuf,
    is_root: bool,
    _lock: File,
}

impl Tree {
    /// The tree of the cache; root makes it when it is not there or not whole.
    pub fn ready() -> Result<Self> {
        let cache = Path::new(CACHE);
        let folder = cache.join("swift");
        let recipe = format!("{RELEASE} {}\n", PACKAGES.join(" "));
        let is_whole = || fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == recipe);
        let is_root = is_root()?;
        if !is_root && !is_whole() {
            return Err(format!(
                "there is no Swift compiler in {CACHE}: run `cargo xtask test swift` once as root, which puts it there"
            ));
        }
        let lock = match is_root {
            true => make_folder(cache).map(|()| File::create(cache.join("swift.lock")))?,
            false => File::open(cache.join("swift.lock")),
        };
        let lock = lock
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| format!("{CACHE}/swift.lock: {error}"))?;
        if is_whole() {
            println!("using the Swift of {}", folder.display());
        } else {
            make(&folder)?;
            write(&folder.join(STAMP), &recipe)?;
        }
        Ok(Self {
            folder,
            is_root,
            _lock: lock,
        })
    }

    /// A command that runs `program` inside, with `built` at [`BUILT`].
    pub fn command(&self, built: &Path, program: &str) -> Command {
        let mut command = apart();
        if !self.is_root {
            // Mounts need privileges, which a user has in a user namespace.
            command.args(["--user", "--map-root-user"]);
        }
        command
            .args(["sh", "-c", ENTER, "sh"])
            .args([&self.folder, &root(), built])
            .arg(program)
            .env_clear()
            .env("HOME", BUILT)
            .env(
                "PATH",
                "/usr/libexec/swift/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("LD_LIBRARY_PATH", LIBRARIES);
        command
    }
}

fn is_root() -> Result<bool> {
    output(command("id").arg("-u")).map(|id| id.trim() == "0")
}

/// A command in a mount namespace of its own.
fn apart() -> Command {
    let mut command = command("unshare");
    command.args(["--mount", "--propagation", "private"]);
    command
}

fn make(folder: &Path) -> Result<()> {
    let mirror = mirror()?;
    need("debootstrap", "debootstrap")?;
    println!(
        "making a Debian tree with Swift in {} (3 GB, once, some minutes)",
        folder.display()
    );
    remove_folder(folder)?;
    check(
        apart()
            .args(["debootstrap", "--variant=minbase", RELEASE])
            .arg(folder)
            .arg(mirror)
            .stdout(Stdio::null()),
    )?;
    let inside = |arguments: &[&str]| {
        check(
            apart()
                .arg("chroot")
                .arg(folder)
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .env("LC_ALL", "C")
                .stdout(Stdio::null()),
        )
    };
    inside(&["apt-get", "-qq", "update"])?;
    let mut install = vec!["apt-get", "-qq", "-y", "--no-install-recommends"];
    install.extend(["-o", "Dpkg::Use-Pty=0"]);
    install.extend(["-o", "Dpkg::Options::=--force-unsafe-io", "install"]);
    install.extend(PACKAGES);
    inside(&install)?;
    inside(&["apt-get", "clean"])?;
    for place in [CHECKOUT, BUILT] {
        make_folder(&folder.join(place.trim_start_matches('/')))?;
    }
    Ok(())
}

/// The mirror that this machine's own release comes from; it has the other releases too.
fn mirror() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release")
        .ok()
        .filter(|text| text.lines().any(|line| line == "ID=debian"))
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("VERSION_CODENAME=").map(str::to_owned))
        })
        .ok_or("the Swift suite needs Debian, whose mirror has a Swift compiler")?;
    let sources = output(command("apt-get").args([
        "indextargets",
        "--format",
        "$(RELEASE) $(REPO_URI)",
        "Created-By: Packages",
    ]))?;
    sources
        .lines()
        .find_map(|line| line.strip_prefix(&release)?.strip_prefix(' '))
        .map(str::to_owned)
        .ok_or_else(|| format!("apt's sources name no mirror for {release}"))
}
