//! The status table in every language: numbers, names, and the classes of errors.

use std::collections::BTreeSet;
use std::fmt::Write;

use wotnot_json::Code;

use crate::{Region, read};

mod abi;

/// `rate_limited` as `RateLimited`.
fn pascal(name: &str) -> String {
    name.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A class of errors, the same in every language that has classes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Class(&'static str);

impl Class {
    /// The class of a code; none for what is no error.
    fn of(code: Code) -> Option<Self> {
        Some(Self(match code {
            Code::Ok | Code::Timeout => return None,
            Code::NullArgument
            | Code::InvalidUtf8
            | Code::InvalidJson
            | Code::InvalidArgument
            | Code::UnknownMethod => "invalid_argument",
            Code::InvalidClient => "closed",
            Code::Panic => "internal",
            code => code.name(),
        }))
    }

    /// Every class, in the order of the codes.
    fn all() -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let classes = Code::ALL.iter().filter_map(|code| Self::of(*code));
        classes.filter(|class| seen.insert(*class)).collect()
    }

    /// Whether it is a kind of network error.
    fn is_network(self) -> bool {
        matches!(self.0, "tls" | "proxy")
    }

    /// What it means; `field` writes the name of a property of the error as the language does.
    fn description(self, field: impl Fn(&str) -> String) -> String {
        let meant = |code: &&&'static str| **code == self.0;
        let code = Code::ALL.iter().find(|code| meant(&&code.name()));
        let text = code.map_or("", |code| code.description()).trim();
        let more = match self.0 {
            "invalid_argument" => " Nothing was sent.".to_owned(),
            "internal" => " Please report it.".to_owned(),
            "rate_limited" => format!(" See {}.", field("retry_after")),
            "webhook_rejected" | "overloaded" => {
                format!(" For a post: answer it with {}.", field("reply"))
            }
            _ => String::new(),
        };
        format!("{text}{more}")
    }

    fn python(self) -> String {
        match self.0 {
            // `InterruptedError` is one of Python's own.
            "interrupted" => "CallInterruptedError".into(),
            "closed" => "ClientClosedError".into(),
            name => with_error(name),
        }
    }

    fn node(self) -> String {
        with_error(self.0)
    }
}

/// `ServerError` and `ProtocolError` end in the word already.
fn with_error(name: &str) -> String {
    match name.ends_with("_error") {
        true => pascal(name),
        false => pascal(name) + "Error",
    }
}

fn lines(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect()
}

fn each_code(line: impl Fn(Code) -> String) -> String {
    lines(Code::ALL.iter().map(|code| line(*code)))
}

/// One line for each code that has a class.
fn each_error(line: impl Fn(Code, Class) -> String) -> String {
    let errors = Code::ALL
        .iter()
        .filter_map(|code| Some((*code, Class::of(*code)?)));
    lines(errors.map(|(code, class)| line(code, class)))
}

fn each_class(line: impl Fn(Class) -> String) -> String {
    lines(Class::all().into_iter().map(line))
}

/// The names in the order of the alphabet, as linters want imports.
fn sorted(names: impl IntoIterator<Item = String>, base: &str) -> BTreeSet<String> {
    names.into_iter().chain([base.to_owned()]).collect()
}

/// The table of a language's page: each class, its codes, and what it means.
fn page(
    name: impl Fn(Class) -> String,
    remark: impl Fn(Class) -> &'static str,
    field: impl Fn(&str) -> String,
) -> String {
    let row = |class: Class| {
        let codes = Code::ALL
            .iter()
            .filter(|code| Class::of(**code) == Some(class));
        let codes: Vec<String> = codes.map(|code| format!("`{}`", code.name())).collect();
        let below = match class.is_network() {
            true => " (a `NetworkError`)",
            false => remark(class),
        };
        format!(
            "| `{}`{below} | {} | {} |\n",
            name(class),
            codes.join(", "),
            class.description(&field)
        )
    };
    format!(
        "| class | `code` | when |\n| --- | --- | --- |\n{}",
        each_class(row)
    )
}

fn upper(code: Code) -> String {
    code.name().to_uppercase()
}

pub fn regions() -> Vec<Region> {
    let region = Region::named;
    let mut all = vec![
        region(
            "crates/capi/src/status.rs",
            "codes",
            each_code(|code| {
                format!(
                    "/// {}\npub const WOTNOT_{}: wotnot_status = {};\n\n",
                    code.description().trim(),
                    upper(code),
                    code.number()
                )
            }),
        ),
        region(
            "crates/capi/src/status.rs",
            "names",
            each_code(|code| format!("        WOTNOT_{} => c\"{}\",\n", upper(code), code.name())),
        ),
        region(
            "include/wotnot.hpp",
            "codes",
            each_code(|code| format!("  {} = WOTNOT_{},\n", code.name(), upper(code))),
        ),
    ];
    all.extend(python());
    all.extend(node());
    all.extend(kotlin());
    all.extend(swift());
    all.extend(abi::regions());
    all
}

fn python() -> Vec<Region> {
    let field = |name: &str| format!("`{name}`");
    let class = |class: Class| {
        let base = match class.0 {
            _ if class.is_network() => "NetworkError",
            "invalid_argument" => "WotnotError, ValueError",
            _ => "WotnotError",
        };
        let (name, text) = (class.python(), class.description(field));
        format!("class {name}({base}):\n    \"\"\"{text}\"\"\"\n\n\n")
    };
    let region = Region::named;
    let remark = |class: Class| match class.0 {
        "invalid_argument" => " (also a `ValueError`)",
        _ => "",
    };
    let errors = "bindings/python/python/wotnot/_errors.py";
    let package = "bindings/python/python/wotnot/__init__.py";
    vec![
        Region::between(package, "__all__ = [", "]", exported(&read(package))),
        region(errors, "classes", each_class(class)),
        region(
            "bindings/python/README.md",
            "classes",
            page(Class::python, remark, field),
        ),
        region(
            errors,
            "codes",
            each_error(|code, class| format!("    \"{}\": {},\n", code.name(), class.python())),
        ),
        region(
            package,
            "errors",
            lines(
                sorted(Class::all().into_iter().map(Class::python), "WotnotError")
                    .into_iter()
                    .map(|name| format!("        {name},\n")),
            ),
        ),
    ]
}

/// The lines of `__all__`: the names that are written there by hand, and every class of errors.
fn exported(package: &str) -> String {
    let listed = package
        .split_once("__all__ = [\n")
        .map_or("", |(_, rest)| rest);
    let by_hand = listed
        .lines()
        .take_while(|line| *line != "]")
        .map(|line| line.trim().trim_matches(['"', ',']).to_owned())
        .filter(|name| !name.ends_with("Error"));
    let classes = Class::all().into_iter().map(Class::python);
    let names = sorted(classes.chain(by_hand), "WotnotError");
    lines(names.into_iter().map(|name| format!("    \"{name}\",\n")))
}

fn node() -> Vec<Region> {
    let field = |name: &str| match name {
        "retry_after" => "`retryAfterMs`".to_owned(),
        name => format!("`{name}`"),
    };
    let remark = |class: Class| match class.0 {
        "interrupted" => " (`cause` is the reason of your `signal`)",
        _ => "",
    };
    let class = |class: Class| {
        let base = match class.is_network() {
            true => "NetworkError",
            false => "WotnotError",
        };
        let (name, text) = (class.node(), class.description(field));
        let more = match class.0 {
            "interrupted" => {
                " After an abort, `cause` is the signal's reason, in an Error where it is none."
            }
            _ => "",
        };
        format!("/** {text}{more} */\nexport class {name} extends {base} {{}}\n")
    };
    let region = Region::named;
    let errors = "bindings/node/src/errors.ts";
    let codes = Code::ALL.iter().filter(|code| **code != Code::Ok);
    vec![
        region(
            errors,
            "codes",
            lines(codes.map(|code| format!("  | \"{}\"\n", code.name()))),
        ),
        region(errors, "classes", each_class(class)),
        region(
            "bindings/node/README.md",
            "classes",
            page(Class::node, remark, field),
        ),
        region(
            errors,
            "table",
            each_error(|code, class| format!("  {}: {},\n", code.name(), class.node())),
        ),
        region(
            "bindings/node/src/index.ts",
            "errors",
            lines(
                sorted(Class::all().into_iter().map(Class::node), "WotnotError")
                    .into_iter()
                    .map(|name| format!("  {name},\n")),
            ),
        ),
    ]
}

fn kotlin() -> Vec<Region> {
    let field = |name: &str| match name {
        "retry_after" => "[retryAfterMillis]".to_owned(),
        name => format!("[{name}]"),
    };
    let class = |class: Class| {
        let (open, base) = match class.0 {
            "network" => ("open ", "WotnotException"),
            _ if class.is_network() => ("", "Network"),
            _ => ("", "WotnotException"),
        };
        let (name, text) = (pascal(class.0), class.description(field));
        format!(
            "    /** {text} */\n    public {open}class {name} internal constructor(details: Details) : {base}(details)\n\n"
        )
    };
    let region = Region::named;
    let exception = "bindings/kotlin/src/main/kotlin/io/github/libwotnot/WotnotException.kt";
    let constant = |code: Code| {
        format!(
            "    /** {} */\n    {}({}),\n\n",
            code.description().trim(),
            upper(code),
            code.number()
        )
    };
    vec![
        region(
            "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Code.kt",
            "codes",
            each_code(constant),
        ),
        region(exception, "classes", each_class(class)),
        region(
            exception,
            "table",
            each_error(|code, class| {
                format!(
                    "            Code.{} -> {}(details)\n",
                    upper(code),
                    pascal(class.0)
                )
            }),
        ),
    ]
}

fn swift() -> Vec<Region> {
    /// Swift writes abbreviations in capitals.
    fn case(code: Code) -> String {
        let mut words = code.name().split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |mut name, word| {
            let word = match word {
                "utf8" | "json" => word.to_uppercase(),
                word => capitalized(word),
            };
            let _ = write!(name, "{word}");
            name
        })
    }
    let cases = Code::ALL.iter().filter(|code| **code != Code::Ok);
    let declared = cases.clone().map(|code| {
        let name = match case(*code).as_str() {
            "internal" => "`internal`".to_owned(),
            name => name.to_owned(),
        };
        format!("    /// {}\n    case {name}\n", code.description().trim())
    });
    let rows = cases.map(|code| {
        format!(
            "      (.{}, \"{}\", {}),\n",
            case(*code),
            code.name(),
            code.number()
        )
    });
    let file = "bindings/swift/Sources/Wotnot/Code.swift";
    let region = |name, lines| Region::named(file, name, lines);
    vec![
        region("codes", lines(declared)),
        region("table", lines(rows)),
    ]
}
