//! Writes what the library knows of file extensions as one text: mime_guess's own table is five
//! times as large in a shared library, where each of its strings is a pointer to relocate.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let mut types: BTreeMap<&str, String> = BTreeMap::new();
    for extension in mime_guess::get_mime_extensions_str("*/*").ok_or("no extensions")? {
        if let Some(mime_type) = mime_guess::from_ext(extension).first_raw() {
            write!(types.entry(mime_type).or_default(), " {extension}")?;
        }
    }
    let text: String = types
        .iter()
        .map(|(mime_type, extensions)| format!("{mime_type}{extensions}\n"))
        .collect();
    let out = std::env::var("OUT_DIR")?;
    Ok(std::fs::write(Path::new(&out).join("mime.types"), text)?)
}
