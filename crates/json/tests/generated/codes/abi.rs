//! The same for the languages over the C functions.

use wotnot_json::Code;

use super::{Class, capitalized, each_class, each_error, lines, pascal, with_error};
use crate::Region;

pub fn regions() -> Vec<Region> {
    [go(), php(), ruby(), csharp()]
        .into_iter()
        .flatten()
        .collect()
}

/// The codes by name, and which of them are kinds of another, as `errors.Is` sees them.
fn go() -> Vec<Region> {
    let name = |code: Code| {
        let words = code.name().split('_').map(|word| match word {
            "utf8" | "json" | "tls" => word.to_uppercase(),
            word => capitalized(word),
        });
        format!("Code{}", words.collect::<String>())
    };
    let constant = |code: Code| {
        let (name, text) = (name(code), code.description().trim());
        format!("\t// {name}: {text}\n\t{name} Code = \"{}\"\n", code.name())
    };
    let general = |class: Class| match class.is_network() {
        true => Some(Code::Network),
        false => Code::ALL
            .iter()
            .copied()
            .find(|code| code.name() == class.0),
    };
    let family = |code: Code, class: Class| match general(class).filter(|general| *general != code)
    {
        Some(general) => format!("\tcase {}:\n\t\treturn {}\n", name(code), name(general)),
        None => String::new(),
    };
    let region = |name, lines| Region::named("bindings/go/codes.go", name, lines);
    let codes = Code::ALL.iter().filter(|code| **code != Code::Ok);
    vec![
        region("codes", lines(codes.map(|code| constant(*code)))),
        region("families", each_error(family)),
    ]
}

fn php() -> Vec<Region> {
    let field = |name: &str| match name {
        "retry_after" => "`$retryAfterMs`".to_owned(),
        name => format!("`${name}`"),
    };
    let name = |class: Class| format!("{}Exception", pascal(class.0));
    let class = |class: Class| {
        let (is_final, base) = match class.0 {
            "network" => ("", "WotnotException"),
            _ if class.is_network() => ("final ", "NetworkException"),
            _ => ("final ", "WotnotException"),
        };
        let text = class.description(field);
        format!(
            "/** {text} */\n{is_final}class {} extends {base}\n{{\n}}\n\n",
            name(class)
        )
    };
    let row = |code: Code, class: Class| {
        format!("        '{}' => {}::class,\n", code.name(), name(class))
    };
    let region = |name, lines| Region::named("bindings/php/src/WotnotException.php", name, lines);
    vec![
        region("table", each_error(row)),
        region("classes", each_class(class)),
    ]
}

fn ruby() -> Vec<Region> {
    let field = |name: &str| match name {
        "retry_after" => "{#retry_after_ms}".to_owned(),
        name => format!("{{#{name}}}"),
    };
    let class = |class: Class| {
        let base = match class.is_network() {
            true => "NetworkError",
            false => "Error",
        };
        let text = class.description(field);
        format!(
            "  # {text}\n  class {} < {base}; end\n\n",
            with_error(class.0)
        )
    };
    let row = |code: Code, class: Class| {
        format!("      \"{}\" => {},\n", code.name(), with_error(class.0))
    };
    let region = |name, lines| Region::named("bindings/ruby/lib/wotnot/error.rb", name, lines);
    vec![
        region("classes", each_class(class)),
        region("table", each_error(row)),
    ]
}

fn csharp() -> Vec<Region> {
    let field = |name: &str| match name {
        "retry_after" => "<see cref=\"WotnotException.RetryAfter\"/>".to_owned(),
        name => format!("<see cref=\"WotnotException.{}\"/>", pascal(name)),
    };
    let name = |class: Class| format!("{}Exception", pascal(class.0));
    let class = |class: Class| {
        let (sealed, base) = match class.0 {
            "network" => ("", "WotnotException"),
            _ if class.is_network() => ("sealed ", "NetworkException"),
            _ => ("sealed ", "WotnotException"),
        };
        let (name, text) = (name(class), class.description(field));
        format!(
            "    /// <summary>{text}</summary>\n    public {sealed}class {name} : {base}\n    {{\n        \
             internal {name}(JsonObject document) : base(document) {{ }}\n    }}\n\n"
        )
    };
    let row = |code: Code, class: Class| {
        format!(
            "                case \"{}\": return new {}(document);\n",
            code.name(),
            name(class)
        )
    };
    let region = |name, lines| Region::named("bindings/csharp/src/Exceptions.cs", name, lines);
    vec![
        region("table", each_error(row)),
        region("classes", each_class(class)),
    ]
}
