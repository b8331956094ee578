//! That every manifest names the same project and version, by the address and the version that `Cargo.toml` has.

use crate::run::{Result, read, root};

/// A manifest, and what it says of the project: `@` stands for its address, `&` for this without `https://`, `%` for
/// the version.
const MANIFESTS: [(&str, &[&str]); 14] = [
    ("bindings/python/pyproject.toml", PYPROJECT),
    ("bindings/python-command/pyproject.toml", PYPROJECT),
    ("bindings/node/package.json", NPM),
    ("bindings/web/package.json", NPM),
    (
        "bindings/kotlin/pom.xml",
        &[
            "<version>%</version>",
            "<url>@</url>",
            "<connection>scm:git:@.git</connection>",
            "<url>@/issues</url>",
            "<developer><name>The libwotnot authors</name><url>@</url></developer>",
        ],
    ),
    (
        "bindings/ruby/wotnot.gemspec",
        &[
            "spec.homepage = \"@\"",
            "spec.authors = [\"The libwotnot authors\"]",
        ],
    ),
    ("bindings/ruby/lib/wotnot/version.rb", &["VERSION = \"%\""]),
    (
        "bindings/php/composer.json",
        &[
            "\"homepage\": \"@\"",
            "\"issues\": \"@/issues\"",
            "\"source\": \"@\"",
            "\"authors\": [{ \"name\": \"The libwotnot authors\" }]",
        ],
    ),
    (
        "bindings/csharp/src/Wotnot.csproj",
        &[
            "<PackageProjectUrl>@</PackageProjectUrl>",
            "<RepositoryUrl>@</RepositoryUrl>",
            "<Authors>The libwotnot authors</Authors>",
            "<Version>%</Version>",
        ],
    ),
    ("bindings/go/go.mod", &["module &/bindings/go"]),
    ("bindings/c/sdk/wotnot.pc", &["URL: @"]),
    ("bindings/c/sdk/wotnot-static.pc", &["URL: @"]),
    ("bindings/c/sdk/cmake/WotnotConfig.cmake", &["# @"]),
    ("Cargo.toml", &["authors = [\"The libwotnot authors\"]"]),
];

const PYPROJECT: &[&str] = &[
    "Homepage = \"@\"",
    "Source = \"@\"",
    "Issues = \"@/issues\"",
    "Changelog = \"@/blob/main/CHANGELOG.md\"",
    "authors = [{ name = \"The libwotnot authors\" }]",
];

const NPM: &[&str] = &[
    "\"homepage\": \"@#readme\"",
    "\"url\": \"git+@.git\"",
    "\"bugs\": \"@/issues\"",
    "\"author\": \"The libwotnot authors\"",
    "\"version\": \"%\"",
];

/// The pages that registries show of the packages.
const PAGES: [&str; 8] = [
    "bindings/csharp/README.md",
    "bindings/go/README.md",
    "bindings/node/README.md",
    "bindings/php/README.md",
    "bindings/python/README.md",
    "bindings/python-command/README.md",
    "bindings/ruby/README.md",
    "bindings/web/README.md",
];

/// Checks the manifests and the pages.
pub fn agree() -> Result<()> {
    let workspace = read(&root().join("Cargo.toml"))?;
    let project = workspace
        .lines()
        .find_map(|line| line.strip_prefix("repository = \"")?.strip_suffix('"'))
        .ok_or("Cargo.toml names no repository")?;
    let module = project.trim_start_matches("https://");
    let mut wrong = Vec::new();
    for (file, said) in MANIFESTS {
        let text = read(&root().join(file))?;
        for line in said {
            let line = line
                .replace('@', project)
                .replace('&', module)
                .replace('%', env!("CARGO_PKG_VERSION"));
            if !text.contains(&line) {
                wrong.push(format!("{file} does not say `{line}`"));
            }
        }
    }
    for page in PAGES {
        let words = read(&root().join(page))?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !words.contains("Independent of WotNot: neither made nor endorsed by the vendor") {
            wrong.push(format!(
                "{page} does not say that it is independent of WotNot"
            ));
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("; ")),
    }
}
