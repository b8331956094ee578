//! What stands on the card of a block: its words in lines, and its ways out in rows.

use unicode_width::UnicodeWidthChar;

use super::super::super::model::{Block, BlockName, Flow};
use super::super::layout::{CARD_WIDTH, Card, Port};
use super::super::{Link, buttons, links, short, summary};

pub(super) const HEADER: f64 = 30.0;
pub(super) const LINE: f64 = 16.0;
pub(super) const ROW: f64 = 24.0;
pub(super) const PADDING: f64 = 8.0;
/// How many letters of normal width fit on a line of a card.
const LETTERS: usize = 34;
const MAX_LINES: usize = 3;

/// A card's words, in order, and its size.
pub(super) struct Face<'a> {
    pub name: &'a str,
    pub block: &'a Block,
    pub lines: Vec<String>,
    pub saved: Option<String>,
    pub rows: Vec<Row>,
    pub height: f64,
    /// The blocks that its arrows lead to, each with the row that it leaves from; none for the plain way on.
    pub ways: Vec<(usize, Option<usize>)>,
}

/// A line of its own at the end of a card.
pub(super) struct Row {
    pub text: String,
    pub kind: RowKind,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A way out of its own.
    Way,
    /// A button that goes where the block goes.
    Next,
    /// A button that opens a page.
    Page,
}

/// The cards of a flow, in its order.
pub(super) fn faces(flow: &Flow) -> Vec<Face<'_>> {
    let is_known = |name: &BlockName| flow.blocks.contains_key(name);
    flow.blocks
        .iter()
        .zip(links(flow))
        .map(|((name, block), links)| face(name.as_str(), block, links, &is_known))
        .collect()
}

fn face<'a>(
    name: &'a str,
    block: &'a Block,
    links: Vec<Link>,
    is_known: &dyn Fn(&BlockName) -> bool,
) -> Face<'a> {
    let lines = wrapped(&summary(block));
    let saved: Vec<String> = match block {
        Block::SetVariable(_) => Vec::new(),
        _ => block.writes().iter().map(ToString::to_string).collect(),
    };
    let saved = (!saved.is_empty()).then(|| clipped(&format!("→ {}", saved.join(", ")), LETTERS));
    let body = lines.len() + usize::from(saved.is_some());
    let (mut rows, mut ways) = (Vec::new(), Vec::new());
    let mut links = links.into_iter();
    for button in buttons(block) {
        let kind = match (&button.next, &button.url) {
            (Some(next), _) if is_known(next) => RowKind::Way,
            (_, Some(_)) => RowKind::Page,
            _ => RowKind::Next,
        };
        let title = clipped(button.title.source(), LETTERS - 5);
        if kind == RowKind::Way {
            ways.extend(links.next().map(|link| (link.to, Some(rows.len()))));
        }
        let text = match kind {
            RowKind::Page => format!("{title} ↗"),
            RowKind::Way | RowKind::Next => title,
        };
        rows.push(Row { text, kind });
    }
    for link in links {
        if link.label.is_empty() {
            ways.push((link.to, None));
        } else {
            ways.push((link.to, Some(rows.len())));
            rows.push(Row {
                text: clipped(&link.label, LETTERS - 3),
                kind: RowKind::Way,
            });
        }
    }
    let body = match body {
        0 => 0.0,
        lines => lines as f64 * LINE + 2.0 * PADDING,
    };
    Face {
        name,
        block,
        lines,
        saved,
        height: HEADER + body + rows.len() as f64 * ROW,
        rows,
        ways,
    }
}

impl Face<'_> {
    /// How far below the card's top a row begins.
    pub fn row_top(&self, row: usize) -> f64 {
        self.height - (self.rows.len() - row) as f64 * ROW
    }

    /// The card for a drawing that runs to the right: arrows leave at the height of their row.
    pub fn to_the_right(&self) -> Card {
        let port = |&(to, row): &(usize, Option<usize>)| Port {
            y: row.map_or(HEADER / 2.0, |row| self.row_top(row) + ROW / 2.0),
            to,
        };
        Card {
            height: self.height,
            inlet: HEADER / 2.0,
            ports: self.ways.iter().map(port).collect(),
        }
    }

    /// The card for a drawing that runs down, turned on its side: arrows leave along its lower edge.
    pub fn down(&self) -> Card {
        let share = CARD_WIDTH / self.ways.len().max(1) as f64;
        let port = |(index, &(to, _)): (usize, &(usize, Option<usize>))| Port {
            y: (index as f64 + 0.5) * share,
            to,
        };
        Card {
            height: CARD_WIDTH,
            inlet: CARD_WIDTH / 2.0,
            ports: self.ways.iter().enumerate().map(port).collect(),
        }
    }
}

/// A text as at most three lines of a card.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in short(text, 4 * LETTERS * MAX_LINES)
        .split(' ')
        .filter(|word| !word.is_empty())
    {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= LETTERS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(clipped(word, LETTERS)),
        }
    }
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        if let Some(last) = lines.last_mut() {
            *last = clipped(&format!("{last} ………"), LETTERS.min(width(last) + 2));
        }
    }
    lines
}

/// How many letters of normal width a text takes.
fn width(text: &str) -> usize {
    text.chars()
        .map(|each| each.width().unwrap_or_default())
        .sum()
}

/// A text of at most that width, with an ellipsis when it was longer.
pub(super) fn clipped(text: &str, most: usize) -> String {
    let text = short(text, usize::MAX);
    if width(&text) <= most {
        return text;
    }
    let mut clipped = String::new();
    for each in text.chars() {
        if width(&clipped) + each.width().unwrap_or_default() + 1 > most {
            break;
        }
        clipped.push(each);
    }
    clipped.push('…');
    clipped
}
