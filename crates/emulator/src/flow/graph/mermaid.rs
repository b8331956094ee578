//! A flow as a Mermaid flowchart.

use std::fmt::Write as _;

use super::super::model::Flow;
use super::{Role, links, role, short, summary};

/// The flow as a Mermaid flowchart: shapes tell asking, deciding and ending blocks apart, arrows carry
/// button titles and cases.
#[must_use]
pub fn mermaid(flow: &Flow) -> String {
    let mut text = format!(
        "---\ntitle: {}\n---\nflowchart TD\n",
        serde_json::Value::from(short(&flow.bot.name, 100))
    );
    if let Some(start) = flow.blocks.get_index_of(&flow.start) {
        add(&mut text, format_args!("  start((start)) --> n{start}\n"));
    }
    for (index, (name, block)) in flow.blocks.iter().enumerate() {
        let (open, close) = match role(block) {
            Role::Says => ("[", "]"),
            Role::Asks => ("[/", "/]"),
            Role::Decides => ("{{", "}}"),
            Role::HandsOver => ("[[", "]]"),
            Role::Ends => ("([", "])"),
        };
        let mut label = format!(
            "<b>{}</b> · {}",
            escaped(name.as_str(), 40),
            block.type_name()
        );
        let summary = escaped(&summary(block), 60);
        if !summary.is_empty() {
            add(&mut label, format_args!("<br/>{summary}"));
        }
        add(
            &mut text,
            format_args!("  n{index}{open}\"{label}\"{close}\n"),
        );
    }
    for (index, links) in links(flow).iter().enumerate() {
        for link in links {
            let label = escaped(&link.label, 40);
            let arrow = if label.is_empty() {
                "-->".to_owned()
            } else {
                format!("-- \"{label}\" -->")
            };
            add(&mut text, format_args!("  n{index} {arrow} n{}\n", link.to));
        }
    }
    text
}

fn add(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = text.write_fmt(what);
}

/// Mermaid's labels know HTML and take characters by number; everything that could mean more than itself goes so.
fn escaped(text: &str, most: usize) -> String {
    let mut safe = String::new();
    for each in short(text, most).chars() {
        match each {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' | '{' | '}' | '*' | '_' | '[' | ']' => {
                add(&mut safe, format_args!("#{};", u32::from(each)))
            }
            _ => safe.push(each),
        }
    }
    safe
}
