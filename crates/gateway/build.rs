//! Takes the widget's files into the crate where they were built: `npm run build` in `bindings/web` makes them. Without
//! Node nothing is there, and the gateway says so.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let crate_folder = env::var("CARGO_MANIFEST_DIR")?;
    let built = Path::new(&crate_folder).join("../../bindings/web/gateway");
    // A path that is not there would have this run each time.
    let watched = if built.is_dir() {
        built.clone()
    } else {
        "build.rs".into()
    };
    println!("cargo::rerun-if-changed={}", watched.display());
    let mut code = String::from("&[\n");
    if let Ok(list) = fs::read_to_string(built.join("files.txt")) {
        for line in list.lines() {
            let [file, stable_name, integrity] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(format!(
                    "files.txt: {line}: expected a name, a stable name or -, and a hash"
                )
                .into());
            };
            let stable_name = (stable_name != "-").then_some(stable_name);
            let path = built.join(file);
            let zipped = built.join(format!("{file}.gz"));
            writeln!(
                code,
                "File {{ name: {file:?}, stable_name: {stable_name:?}, integrity: {integrity:?}, \
                 bytes: include_bytes!({path:?}), gzip: include_bytes!({zipped:?}) }},",
            )?;
        }
    }
    code.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("widget.rs"), code)?;
    Ok(())
}
