//! What stands on the card of a block: its words in lines, and its ways out in rows.

use unicode_width::UnicodeWidthChar;

use super::super::super::model::{self, Block, Flow};
use super::super::layout::{CARD_WIDTH, Card, Port};
use super::super::{Drawn, Link, Role, TRIGGER, buttons, role, short, summary};

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
    /// Its name in a report of what was walked; nothing for a place in another bot.
    pub block: Option<&'a str>,
    /// The type of the block, or what else it stands for.
    pub kind: &'static str,
    pub role: Role,
    /// What it says, whole.
    pub summary: String,
    /// The group that it is in, by number and name.
    pub group: Option<(usize, &'a str)>,
    pub lines: Vec<String>,
    pub saved: Option<String>,
    pub rows: Vec<Row>,
    pub height: f64,
    /// Its arrows.
    pub ways: Vec<WayOut>,
}

/// An arrow from a card.
pub(super) struct WayOut {
    /// The card that it leads to.
    pub to: usize,
    /// Its number among the ways out of the block.
    pub exit: usize,
    /// The row that it leaves from; none for the plain way on.
    pub row: Option<usize>,
}

impl WayOut {
    fn new(link: &Link, row: Option<usize>) -> Self {
        let &Link { to, exit, .. } = link;
        Self { to, exit, row }
    }
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

/// The cards of all that is drawn of a flow, in its order.
pub(super) fn faces<'a>(drawn: &'a mut Drawn<'_>) -> Vec<Face<'a>> {
    let links = std::mem::take(&mut drawn.links);
    let drawn = &*drawn;
    let mut links = links.into_iter();
    let mut faces: Vec<Face<'a>> = Vec::new();
    let blocks = drawn.flow.blocks.iter().zip(&drawn.groups);
    for (((name, block), group), links) in blocks.zip(links.by_ref()) {
        let group = group.and_then(|number| {
            let (name, _) = drawn.flow.groups.get_index(number)?;
            Some((number, name.as_str()))
        });
        faces.push(Face::of_block(
            name.as_str(),
            block,
            group,
            links,
            drawn.flow,
        ));
    }
    let others =
        drawn
            .has_trigger()
            .then_some((TRIGGER, Some(model::TRIGGER), "start", Role::Decides));
    let elsewhere = drawn.elsewhere.iter();
    let elsewhere = elsewhere.map(|name| (name.as_str(), None, "elsewhere", Role::HandsOver));
    for ((name, block, kind, role), links) in others.into_iter().chain(elsewhere).zip(links) {
        let mut face = Face::new(name, kind, role);
        face.block = block;
        face.add_links(links.into_iter());
        faces.push(face);
    }
    faces
}

impl<'a> Face<'a> {
    fn new(name: &'a str, kind: &'static str, role: Role) -> Self {
        Self {
            name,
            block: None,
            kind,
            role,
            summary: String::new(),
            group: None,
            lines: Vec::new(),
            saved: None,
            rows: Vec::new(),
            height: HEADER,
            ways: Vec::new(),
        }
    }

    fn of_block(
        name: &'a str,
        block: &Block,
        group: Option<(usize, &'a str)>,
        links: Vec<Link>,
        flow: &Flow,
    ) -> Self {
        let mut face = Self::new(name, block.type_name(), role(block));
        face.block = Some(name);
        face.summary = summary(block);
        face.group = group;
        face.lines = wrapped(&face.summary);
        let saved: Vec<String> = match block {
            Block::SetVariable(_) => Vec::new(),
            _ => block.writes().iter().map(ToString::to_string).collect(),
        };
        face.saved =
            (!saved.is_empty()).then(|| clipped(&format!("→ {}", saved.join(", ")), LETTERS));
        let lines = face.lines.len()
            + [face.saved.is_some(), group.is_some()]
                .map(usize::from)
                .iter()
                .sum::<usize>();
        if lines > 0 {
            face.height += lines as f64 * LINE + 2.0 * PADDING;
        }
        let mut links = links.into_iter();
        for button in buttons(block) {
            let kind = match (&button.next, &button.url) {
                (Some(next), _) if flow.blocks.contains_key(next) => RowKind::Way,
                (_, Some(_)) => RowKind::Page,
                _ => RowKind::Next,
            };
            let title = clipped(button.title.source(), LETTERS - 5);
            if kind == RowKind::Way {
                let row = Some(face.rows.len());
                face.ways
                    .extend(links.next().map(|link| WayOut::new(&link, row)));
            }
            let text = match kind {
                RowKind::Page => format!("{title} ↗"),
                RowKind::Way | RowKind::Next => title,
            };
            face.add_row(text, kind);
        }
        face.add_links(links);
        face
    }

    /// The ways out that are none of a button.
    fn add_links(&mut self, links: impl Iterator<Item = Link>) {
        for link in links {
            if link.label.is_empty() {
                self.ways.push(WayOut::new(&link, None));
            } else {
                self.ways.push(WayOut::new(&link, Some(self.rows.len())));
                self.add_row(clipped(&link.label, LETTERS - 3), RowKind::Way);
            }
        }
    }

    fn add_row(&mut self, text: String, kind: RowKind) {
        self.rows.push(Row { text, kind });
        self.height += ROW;
    }
}

impl Face<'_> {
    /// How far below the card's top a row begins.
    pub fn row_top(&self, row: usize) -> f64 {
        self.height - (self.rows.len() - row) as f64 * ROW
    }

    /// The card for a drawing that runs to the right: arrows leave at the height of their row.
    pub fn to_the_right(&self) -> Card {
        let port = |way: &WayOut| Port {
            y: way
                .row
                .map_or(HEADER / 2.0, |row| self.row_top(row) + ROW / 2.0),
            to: way.to,
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
        let port = |(index, way): (usize, &WayOut)| Port {
            y: (index as f64 + 0.5) * share,
            to: way.to,
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
