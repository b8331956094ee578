//! Makes the C header from the source, and names the shared library.

use std::path::PathBuf;
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    for input in ["crates/capi/src", "cbindgen.toml", "include/wotnot.h"] {
        println!("cargo::rerun-if-changed={input}");
    }
    println!("cargo::rerun-if-env-changed=WOTNOT_UPDATE_HEADER");
    name_the_library()?;

    let top = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let made = PathBuf::from(env::var("OUT_DIR")?).join("wotnot.h");
    let mut builder = cbindgen::Builder::new()
        .with_config(cbindgen::Config::from_file(top.join("cbindgen.toml"))?);
    for source in ["lib.rs", "status.rs"] {
        builder = builder.with_src(top.join("crates/capi/src").join(source));
    }
    builder.generate()?.write_to_file(&made);
    if env::var_os("WOTNOT_UPDATE_HEADER").is_some_and(|value| value == "1") {
        fs::copy(&made, top.join("include/wotnot.h"))?;
    }
    // Lets a test compare what is committed with what is made.
    let target = made.ancestors().nth(4).unwrap_or(&made);
    fs::copy(&made, target.join("wotnot.generated.h"))?;
    Ok(())
}

/// The number is that of the C interface, so that a program finds a library it can use.
fn name_the_library() -> Result<(), Failure> {
    match env::var("CARGO_CFG_TARGET_OS")?.as_str() {
        "linux" | "android" | "freebsd" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libwotnot.so.1");
        }
        "macos" | "ios" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libwotnot.1.dylib");
        }
        _ => {}
    }
    Ok(())
}
