//! That every manifest names the same project and version, by the address and the version that `Cargo.toml` has.

use crate::run::{Result, read, root};

/// Manifests, and below each what it says of the project: `@` stands for its address, `&` for this without `https://`,
/// `%` for the version. Spaces and line breaks count alike.
const MANIFESTS: &str = r#"
Cargo.toml
    authors = ["The libwotnot authors"]
bindings/python/pyproject.toml bindings/python-command/pyproject.toml
    Homepage = "@"
    Source = "@"
    Issues = "@/issues"
    Changelog = "@/blob/main/CHANGELOG.md"
    authors = [{ name = "The libwotnot authors" }]
bindings/node/package.json bindings/web/package.json
    "homepage": "@#readme"
    "url": "git+@.git"
    "bugs": "@/issues"
    "author": "The libwotnot authors"
    "version": "%"
bindings/kotlin/pom.xml
    <artifactId>wotnot</artifactId> <version>%</version>
    <url>@</url>
    <connection>scm:git:@.git</connection>
    <url>@/issues</url>
    <developer><name>The libwotnot authors</name><url>@</url></developer>
bindings/kotlin/examples/pom.xml
    <artifactId>wotnot</artifactId> <version>%</version>
bindings/kotlin/README.md
    <artifactId>wotnot</artifactId> <version>%</version>
    implementation("io.github.libwotnot:wotnot:%")
bindings/ruby/wotnot.gemspec
    spec.homepage = "@"
    spec.authors = ["The libwotnot authors"]
bindings/ruby/lib/wotnot/version.rb
    VERSION = "%"
bindings/php/composer.json
    "homepage": "@"
    "issues": "@/issues"
    "source": "@"
    "authors": [{ "name": "The libwotnot authors" }]
bindings/csharp/src/Wotnot.csproj
    <PackageProjectUrl>@</PackageProjectUrl>
    <RepositoryUrl>@</RepositoryUrl>
    <Authors>The libwotnot authors</Authors>
    <Version>%</Version>
bindings/go/go.mod
    module &/bindings/go
bindings/c/sdk/wotnot.pc bindings/c/sdk/wotnot-static.pc
    URL: @
bindings/c/sdk/cmake/WotnotConfig.cmake
    # @
"#;

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
    let mut files = Vec::new();
    for line in MANIFESTS.lines().skip(1) {
        let Some(said) = line.strip_prefix("    ") else {
            files = line.split(' ').collect();
            continue;
        };
        let said = said.replace('@', project).replace('&', module);
        let said = said.replace('%', env!("CARGO_PKG_VERSION"));
        for file in &files {
            if !words(file)?.contains(&said) {
                wrong.push(format!("{file} does not say `{said}`"));
            }
        }
    }
    for page in PAGES {
        if !words(page)?.contains("Independent of WotNot: neither made nor endorsed by the vendor")
        {
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

/// A file with one space between its words.
fn words(file: &str) -> Result<String> {
    let text = read(&root().join(file))?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
