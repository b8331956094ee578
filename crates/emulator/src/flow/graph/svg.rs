//! A flow as SVG: a card for each block, its ways out as rows that the arrows start from.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use super::super::model::{Block, Flow};
use super::layout::{self, Arrow, CARD_WIDTH, COLUMN_GAP, Card, Layout, Port};
use super::{Role, TooLargeToDraw, links, role, short, summary};

const MARGIN: f64 = 48.0;
const TITLE: f64 = 40.0;
const HEADER: f64 = 30.0;
const LINE: f64 = 16.0;
const ROW: f64 = 24.0;
const PADDING: f64 = 8.0;
/// How many letters of normal width fit on a line of a card.
const LETTERS: usize = 34;
const MAX_LINES: usize = 3;
/// How far a backward arrow swings out into the gap between two columns.
const BOW: f64 = COLUMN_GAP * 0.4;

/// A card's words, in order, and its size.
struct Face<'a> {
    name: &'a str,
    block: &'a Block,
    lines: Vec<String>,
    saved: Option<String>,
    rows: Vec<String>,
    card: Card,
}

/// The flow as an SVG document.
///
/// # Errors
/// When the flow is too large to be drawn and read.
pub fn svg(flow: &Flow) -> Result<String, TooLargeToDraw> {
    let faces: Vec<Face<'_>> = flow
        .blocks
        .iter()
        .zip(links(flow))
        .map(|((name, block), links)| face(name.as_str(), block, links))
        .collect();
    let start = flow.blocks.get_index_of(&flow.start);
    let cards: Vec<Card> = faces.iter().map(|face| face.card.clone()).collect();
    let layout = layout::layout(&cards, start.unwrap_or_default())?;
    let mut page = Page::default();
    page.open(flow, &layout);
    for arrow in &layout.arrows {
        page.arrow(arrow, &cards, &layout);
    }
    for (face, corner) in faces.iter().zip(&layout.corners) {
        page.card(face, *corner);
    }
    if let Some(corner) = start.and_then(|start| layout.corners.get(start)) {
        page.start(*corner);
    }
    page.text.push_str("</g>\n</svg>\n");
    Ok(page.text)
}

fn face<'a>(name: &'a str, block: &'a Block, links: Vec<super::Link>) -> Face<'a> {
    let lines = wrapped(&summary(block));
    let saved: Vec<String> = match block {
        Block::SetVariable(_) => Vec::new(),
        _ => block.writes().iter().map(ToString::to_string).collect(),
    };
    let saved = (!saved.is_empty()).then(|| clipped(&format!("→ {}", saved.join(", ")), LETTERS));
    let body = lines.len() + usize::from(saved.is_some());
    let mut height = HEADER
        + if body > 0 {
            body as f64 * LINE + 2.0 * PADDING
        } else {
            0.0
        };
    let (mut ports, mut rows) = (Vec::new(), Vec::new());
    for link in links {
        if link.label.is_empty() {
            ports.push(Port {
                y: HEADER / 2.0,
                to: link.to,
            });
        } else {
            ports.push(Port {
                y: height + ROW / 2.0,
                to: link.to,
            });
            rows.push(clipped(&link.label, LETTERS - 3));
            height += ROW;
        }
    }
    Face {
        name,
        block,
        lines,
        saved,
        rows,
        card: Card {
            height,
            inlet: HEADER / 2.0,
            ports,
        },
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn add(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = self.text.write_fmt(what);
    }

    fn open(&mut self, flow: &Flow, layout: &Layout) {
        let (width, height) = (
            layout.width + 2.0 * MARGIN,
            layout.height + 2.0 * MARGIN + TITLE,
        );
        let name = escaped(&short(&flow.bot.name, 80));
        self.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"Flow of {name}\">\n"
        ));
        self.text.push_str(STYLE);
        self.text
            .push_str("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
        self.add(format_args!(
            "<text class=\"bot\" x=\"{MARGIN}\" y=\"{}\">{name}</text>\n",
            MARGIN - 8.0
        ));
        self.add(format_args!(
            "<g transform=\"translate({MARGIN} {})\">\n",
            MARGIN + TITLE
        ));
    }

    fn start(&mut self, (x, y): (f64, f64)) {
        let middle = y + HEADER / 2.0;
        self.add(format_args!(
            "<circle class=\"start\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"7\"/>",
            x - 32.0
        ));
        self.add(format_args!(
            "<path class=\"arrow\" d=\"M{:.1} {middle:.1}H{:.1}\"/>\n",
            x - 25.0,
            x - 1.0
        ));
    }

    fn card(&mut self, face: &Face<'_>, (x, y): (f64, f64)) {
        let class = match role(face.block) {
            Role::Says => "says",
            Role::Asks => "asks",
            Role::Decides => "decides",
            Role::HandsOver => "hands-over",
            Role::Ends => "ends",
        };
        let kind = face.block.type_name();
        let height = face.card.height;
        self.add(format_args!(
            "<g class=\"{class}\" transform=\"translate({x:.1} {y:.1})\">"
        ));
        self.add(format_args!(
            "<title>{} ({kind}): {}</title>",
            escaped(face.name),
            escaped(&short(&summary(face.block), 1000))
        ));
        self.add(format_args!(
            "<rect class=\"card\" width=\"{CARD_WIDTH}\" height=\"{height:.1}\" rx=\"6\"/>"
        ));
        self.add(format_args!(
            "<path class=\"header\" d=\"M0 {HEADER}V6a6 6 0 0 1 6-6h{}a6 6 0 0 1 6 6V{HEADER}z\"/>",
            CARD_WIDTH - 12.0
        ));
        let room = LETTERS.saturating_sub(kind.len() + 4);
        self.add(format_args!(
            "<text class=\"name\" x=\"10\" y=\"20\">{}</text>",
            escaped(&clipped(face.name, room))
        ));
        self.add(format_args!(
            "<text class=\"kind\" x=\"{}\" y=\"20\">{kind}</text>",
            CARD_WIDTH - 10.0
        ));
        let mut baseline = HEADER + PADDING + 12.0;
        for line in &face.lines {
            self.add(format_args!(
                "<text x=\"10\" y=\"{baseline:.1}\">{}</text>",
                escaped(line)
            ));
            baseline += LINE;
        }
        if let Some(saved) = &face.saved {
            self.add(format_args!(
                "<text class=\"saved\" x=\"10\" y=\"{baseline:.1}\">{}</text>",
                escaped(saved)
            ));
        }
        let mut top = height - face.rows.len() as f64 * ROW;
        for row in &face.rows {
            self.add(format_args!(
                "<path class=\"rule\" d=\"M0 {top:.1}H{CARD_WIDTH}\"/>"
            ));
            self.add(format_args!(
                "<text class=\"way\" x=\"{}\" y=\"{:.1}\">{}</text>",
                CARD_WIDTH - 12.0,
                top + 16.0,
                escaped(row)
            ));
            top += ROW;
        }
        for port in &face.card.ports {
            self.add(format_args!(
                "<circle class=\"port\" cx=\"{CARD_WIDTH}\" cy=\"{:.1}\" r=\"3.5\"/>",
                port.y
            ));
        }
        self.text.push_str("</g>\n");
    }

    fn arrow(&mut self, arrow: &Arrow, cards: &[Card], layout: &Layout) {
        let (Some(from), Some(to)) = (cards.get(arrow.from), cards.get(arrow.to)) else {
            return;
        };
        let (Some(tail), Some(head)) =
            (layout.corners.get(arrow.from), layout.corners.get(arrow.to))
        else {
            return;
        };
        let Some(port) = from.ports.get(arrow.port) else {
            return;
        };
        let (mut x, mut y) = (tail.0 + CARD_WIDTH, tail.1 + port.y);
        let (end_x, end_y) = (head.0 - 1.0, head.1 + to.inlet);
        let class = if arrow.back { "arrow back" } else { "arrow" };
        self.add(format_args!("<path class=\"{class}\" d=\"M{x:.1} {y:.1}"));
        for (index, &(left, height)) in arrow.crossings.iter().enumerate() {
            let right = left + CARD_WIDTH;
            let (enter, leave) = if arrow.back {
                (right, left)
            } else {
                (left, right)
            };
            let bow = if arrow.back && index == 0 {
                Bow::Right
            } else {
                Bow::None
            };
            self.curve((x, y), (enter, height), bow);
            self.add(format_args!("H{leave:.1}"));
            (x, y) = (leave, height);
        }
        self.curve(
            (x, y),
            (end_x, end_y),
            if arrow.back { Bow::Left } else { Bow::None },
        );
        self.text.push_str("\"/>\n");
    }

    /// A curve between two ends that are level.
    fn curve(&mut self, (x, y): (f64, f64), (to_x, to_y): (f64, f64), bow: Bow) {
        let middle = (x + to_x) / 2.0;
        let (out, into) = match bow {
            Bow::None => (middle, middle),
            Bow::Right => (x + BOW, to_x + BOW),
            Bow::Left => (x - BOW, to_x - BOW),
        };
        self.add(format_args!(
            "C{out:.1} {y:.1} {into:.1} {to_y:.1} {to_x:.1} {to_y:.1}"
        ));
    }
}

/// How a curve turns round: a backward arrow leaves a card on its right, and comes in on another's left.
#[derive(Clone, Copy)]
enum Bow {
    None,
    Right,
    Left,
}

const STYLE: &str = "<style>
text{font:12px 'Inter','Segoe UI','Helvetica Neue',Arial,sans-serif;fill:#27303f}
.page{fill:#f6f7f9}.bot{font-size:20px;font-weight:600}
.card{fill:#fff;stroke:#c5ccd6}.name{font-weight:600}.kind{text-anchor:end;font-size:11px;fill:#5b6675}
.saved{fill:#5b6675;font-style:italic}.way{text-anchor:end}.rule{stroke:#e3e7ec}
.says .header{fill:#d8e8fb}.asks .header{fill:#e3dcfa}.decides .header{fill:#fbeac4}.hands-over .header{fill:#cdeee0}.ends .header{fill:#e1e4e9}
.port,.start{fill:#5b6675}
.arrow{fill:none;stroke:#7b8796;stroke-width:1.5;marker-end:url(#head)}.back{stroke:#c2643a;stroke-dasharray:5 3;marker-end:url(#head-back)}
</style>
<defs>
<marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#7b8796\"/></marker>
<marker id=\"head-back\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#c2643a\"/></marker>
</defs>
";

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
fn clipped(text: &str, most: usize) -> String {
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

/// Text as XML; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for each in text.chars() {
        match each {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            each if each.is_control() || matches!(each, '\u{fffe}' | '\u{ffff}') => {}
            each => safe.push(each),
        }
    }
    safe
}
