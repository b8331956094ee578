//! A flow as a Mermaid flowchart.

use std::fmt::Write as _;

use super::super::model::{Block, BlockName, Flow};
use super::{Direction, Drawn, Role, TRIGGER, buttons, role, short, summary};

/// The flow as a Mermaid flowchart that runs down.
#[must_use]
pub fn mermaid(flow: &Flow) -> String {
    mermaid_in(flow, Direction::Auto)
}

/// The flow as a Mermaid flowchart: shapes tell asking, deciding and ending blocks apart, arrows carry
/// button titles and cases. Buttons without a way of their own share the block's; those that open a page
/// lead to its address, dotted. Groups are frames around their blocks, places in other bots have their bot's key.
#[must_use]
pub fn mermaid_in(flow: &Flow, direction: Direction) -> String {
    let way = match direction {
        Direction::Right => "LR",
        Direction::Auto | Direction::Down => "TD",
    };
    let mut text = format!(
        "---\ntitle: {}\n---\nflowchart {way}\n",
        serde_json::Value::from(short(&flow.bot.name, 100))
    );
    let drawn = Drawn::new(flow);
    if let Some(first) = drawn.first {
        add(&mut text, format_args!("  start((start)) --> n{first}\n"));
    }
    let blocks = || flow.blocks.iter().zip(&drawn.groups).enumerate();
    for (index, ((name, block), _)) in blocks().filter(|(_, (_, group))| group.is_none()) {
        node(&mut text, "  ", index, name, block);
    }
    for (number, name) in flow.groups.keys().enumerate() {
        let title = escaped(name.as_str(), 40);
        add(
            &mut text,
            format_args!("  subgraph g{number}[\"{title}\"]\n"),
        );
        for (index, ((name, block), _)) in
            blocks().filter(|(_, (_, group))| **group == Some(number))
        {
            node(&mut text, "    ", index, name, block);
        }
        text.push_str("  end\n");
    }
    if drawn.has_trigger() {
        let index = flow.blocks.len();
        add(
            &mut text,
            format_args!("  n{index}{{{{\"<b>{TRIGGER}</b>\"}}}}\n"),
        );
    }
    for (number, name) in drawn.elsewhere.iter().enumerate() {
        let index = drawn.first_elsewhere() + number;
        let name = escaped(name, 60);
        add(&mut text, format_args!("  n{index}[[\"{name}\"]]\n"));
    }
    for (index, links) in drawn.links.iter().enumerate() {
        let block = flow.blocks.get_index(index).map(|(_, block)| block);
        let (shared, pages) = block.map(without_way).unwrap_or_default();
        for link in links {
            let label = match link.label.is_empty() {
                true => escaped(&shared, 60),
                false => escaped(&link.label, 40),
            };
            let arrow = if label.is_empty() {
                "-->".to_owned()
            } else {
                format!("-- \"{label}\" -->")
            };
            add(&mut text, format_args!("  n{index} {arrow} n{}\n", link.to));
        }
        for (number, (title, url)) in pages.iter().enumerate() {
            let (title, url) = (escaped(title, 40), escaped(url, 60));
            add(
                &mut text,
                format_args!("  n{index} -. \"{title}\" .-> n{index}p{number}>\"{url}\"]\n"),
            );
        }
    }
    text
}

fn node(text: &mut String, indent: &str, index: usize, name: &BlockName, block: &Block) {
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
        text,
        format_args!("{indent}n{index}{open}\"{label}\"{close}\n"),
    );
}

/// The titles of the buttons that go where their block goes, and title and address of those that open a page.
fn without_way(block: &Block) -> (String, Vec<(&str, &str)>) {
    let buttons = buttons(block);
    let others = buttons.iter().filter(|button| button.next.is_none());
    let (mut shared, mut pages) = (Vec::new(), Vec::new());
    for button in others {
        match &button.url {
            Some(url) => pages.push((button.title.source(), url.source())),
            None => shared.push(button.title.source()),
        }
    }
    (shared.join(", "), pages)
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
