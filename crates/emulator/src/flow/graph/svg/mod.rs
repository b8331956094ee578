//! A flow as SVG: a card for each block, its ways out as rows that the arrows start from.

mod face;
mod frame;

use std::fmt::Write as _;

use self::face::{Face, HEADER, LINE, PADDING, ROW, RowKind, clipped, faces};
use self::frame::Frame;
use wotnot_text::xml;

use super::super::model::Flow;
use super::layout::{self, Arrow, CARD_WIDTH, COLUMN_GAP, Card, Layout};
use super::{Direction, Drawn, Role, TooLargeToDraw, short};

const MARGIN: f64 = 48.0;
const TITLE: f64 = 40.0;
/// How far a backward arrow swings out into the gap between two columns.
const BOW: f64 = COLUMN_GAP * 0.4;
/// A picture that is longer than this, and than so many times its height, is turned.
const LONGEST: f64 = 2_400.0;
const WIDEST: f64 = 4.0;
/// So many groups have a colour of their own; then they come again.
const GROUP_COLOURS: usize = 5;
/// How many letters the header has for name and type.
const HEADER_LETTERS: usize = 34;

/// The flow as an SVG document that runs to the right.
///
/// # Errors
/// When the flow is too large to be drawn and read.
pub fn svg(flow: &Flow) -> Result<String, TooLargeToDraw> {
    svg_in(flow, Direction::Right)
}

/// The flow as an SVG document.
///
/// # Errors
/// When the flow is too large to be drawn and read.
pub fn svg_in(flow: &Flow, direction: Direction) -> Result<String, TooLargeToDraw> {
    let mut drawn = Drawn::new(flow);
    let start = drawn.first;
    let faces = faces(&mut drawn);
    let placed = |cards: &[Card]| layout::layout(cards, start.unwrap_or_default());
    let right = || -> Result<_, TooLargeToDraw> {
        let cards: Vec<Card> = faces.iter().map(Face::to_the_right).collect();
        let layout = placed(&cards)?;
        Ok((cards, layout, Frame::Right))
    };
    let down = || -> Result<_, TooLargeToDraw> {
        let cards: Vec<Card> = faces.iter().map(Face::down).collect();
        let layout = placed(&cards)?;
        let frame = Frame::down(&layout, &faces);
        Ok((cards, layout, frame))
    };
    let (cards, layout, frame) = match direction {
        Direction::Right => right()?,
        Direction::Down => down()?,
        Direction::Auto => {
            let drawn = right()?;
            match drawn.1.width > LONGEST.max(WIDEST * drawn.1.height) {
                true => down()?,
                false => drawn,
            }
        }
    };
    let mut page = Page {
        text: String::new(),
        frame,
    };
    page.open(flow, &layout);
    for arrow in &layout.arrows {
        page.arrow(arrow, &faces, &cards, &layout);
    }
    for ((face, card), corner) in faces.iter().zip(&cards).zip(&layout.corners) {
        let corner = page.frame.point(corner.0, corner.1);
        page.card(face, card, corner);
    }
    if let Some(corner) = start.and_then(|start| layout.corners.get(start)) {
        page.start(*corner);
    }
    page.text.push_str("</g>\n</svg>\n");
    Ok(page.text)
}

struct Page {
    text: String,
    frame: Frame,
}

impl Page {
    fn add(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = self.text.write_fmt(what);
    }

    fn open(&mut self, flow: &Flow, layout: &Layout) {
        let (width, height) = self.frame.size(layout);
        let (width, height) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN + TITLE);
        let name = xml(&short(&flow.bot.name, 80));
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

    fn start(&mut self, corner: (f64, f64)) {
        let (along, across) = corner;
        let (dot, from, to) = match self.frame {
            Frame::Right => {
                let y = across + HEADER / 2.0;
                ((along - 32.0, y), (along - 25.0, y), (along - 1.0, y))
            }
            Frame::Down(_) => {
                let (x, y) = self.frame.point(along, across + CARD_WIDTH / 2.0);
                ((x, y - 32.0), (x, y - 25.0), (x, y - 1.0))
            }
        };
        self.add(format_args!(
            "<circle class=\"start\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"7\"/>",
            dot.0, dot.1
        ));
        self.add(format_args!(
            "<path class=\"arrow\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>\n",
            from.0, from.1, to.0, to.1
        ));
    }

    fn card(&mut self, face: &Face<'_>, card: &Card, (x, y): (f64, f64)) {
        let class = match face.role {
            Role::Says => "says",
            Role::Asks => "asks",
            Role::Decides => "decides",
            Role::HandsOver => "hands-over",
            Role::Ends => "ends",
        };
        let kind = face.kind;
        let height = face.height;
        self.add(format_args!(
            "<g class=\"{class}\" transform=\"translate({x:.1} {y:.1})\""
        ));
        if let Some(block) = face.block {
            self.add(format_args!(" data-block=\"{}\"", xml(block)));
        }
        self.text.push('>');
        self.add(format_args!(
            "<title>{} ({kind}): {}</title>",
            xml(face.name),
            xml(&short(&face.summary, 1000))
        ));
        self.add(format_args!(
            "<rect class=\"card\" width=\"{CARD_WIDTH}\" height=\"{height:.1}\" rx=\"6\"/>"
        ));
        self.add(format_args!(
            "<path class=\"header\" d=\"M0 {HEADER}V6a6 6 0 0 1 6-6h{}a6 6 0 0 1 6 6V{HEADER}z\"/>",
            CARD_WIDTH - 12.0
        ));
        let room = HEADER_LETTERS.saturating_sub(kind.len() + 4);
        self.add(format_args!(
            "<text class=\"name\" x=\"10\" y=\"20\">{}</text>",
            xml(&clipped(face.name, room))
        ));
        self.add(format_args!(
            "<text class=\"kind\" x=\"{}\" y=\"20\">{kind}</text>",
            CARD_WIDTH - 10.0
        ));
        let mut baseline = HEADER + PADDING + 12.0;
        if let Some((number, name)) = face.group {
            let colour = number % GROUP_COLOURS;
            self.add(format_args!(
                "<path class=\"band g{colour}\" d=\"M2 {HEADER}V{:.1}\"/>",
                height - 4.0
            ));
            self.add(format_args!(
                "<text class=\"group\" x=\"10\" y=\"{baseline:.1}\">▣ {}</text>",
                xml(&clipped(name, HEADER_LETTERS - 2))
            ));
            baseline += LINE;
        }
        for line in &face.lines {
            self.add(format_args!(
                "<text x=\"10\" y=\"{baseline:.1}\">{}</text>",
                xml(line)
            ));
            baseline += LINE;
        }
        if let Some(saved) = &face.saved {
            self.add(format_args!(
                "<text class=\"saved\" x=\"10\" y=\"{baseline:.1}\">{}</text>",
                xml(saved)
            ));
        }
        self.rows(face);
        for (number, port) in card.ports.iter().enumerate() {
            let (x, y) = match self.frame {
                Frame::Right => (CARD_WIDTH, port.y),
                Frame::Down(_) => (port.y, height),
            };
            self.add(format_args!(
                "<circle class=\"port\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
            ));
            if let Frame::Down(_) = self.frame
                && card.ports.len() > 1
            {
                self.add(format_args!(
                    "<text class=\"number\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    x + 6.0,
                    y + 12.0,
                    number + 1
                ));
            }
        }
        self.text.push_str("</g>\n");
    }

    /// The ways out. In a vertical drawing a number says which arrow is whose.
    fn rows(&mut self, face: &Face<'_>) {
        let numbered = matches!(self.frame, Frame::Down(_)) && face.ways.len() > 1;
        for (index, row) in face.rows.iter().enumerate() {
            let top = face.row_top(index);
            let class = match row.kind {
                RowKind::Way => "way",
                RowKind::Next => "way next",
                RowKind::Page => "way page-link",
            };
            // A button without a way of its own shares the plain way on.
            let leaves_from = match row.kind {
                RowKind::Way => Some(Some(index)),
                RowKind::Next => Some(None),
                RowKind::Page => None,
            };
            let number =
                leaves_from.and_then(|from| face.ways.iter().position(|way| way.row == from));
            let number = match number.filter(|_| numbered) {
                Some(number) => format!("{}  ", number + 1),
                None => String::new(),
            };
            self.add(format_args!(
                "<path class=\"rule\" d=\"M0 {top:.1}H{CARD_WIDTH}\"/>"
            ));
            self.add(format_args!(
                "<text class=\"{class}\" x=\"{}\" y=\"{:.1}\">{number}{}</text>",
                CARD_WIDTH - 12.0,
                top + ROW * 2.0 / 3.0,
                xml(&row.text)
            ));
        }
    }

    fn arrow(&mut self, arrow: &Arrow, faces: &[Face<'_>], cards: &[Card], layout: &Layout) {
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
        let face = faces.get(arrow.from);
        self.add(format_args!("<path class=\"{class}\""));
        if let Some(face) = face
            && let Some(block) = face.block
            && let Some(way) = face.ways.get(arrow.port)
        {
            self.add(format_args!(
                " data-from=\"{}\" data-exit=\"{}\"",
                xml(block),
                way.exit
            ));
        }
        self.text.push_str(" d=\"");
        self.leave(face, (x, y));
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
            self.run(leave, height);
            (x, y) = (leave, height);
        }
        self.curve(
            (x, y),
            (end_x, end_y),
            if arrow.back { Bow::Left } else { Bow::None },
        );
        self.text.push_str("\"/>\n");
    }

    /// Where an arrow starts. A card may end above the foot of its row.
    fn leave(&mut self, from: Option<&Face<'_>>, (along, across): (f64, f64)) {
        let (x, y) = self.frame.point(along, across);
        let above = match (&self.frame, from) {
            (Frame::Down(_), Some(face)) => {
                let (_, top) = self.frame.point(along - CARD_WIDTH, across);
                top + face.height
            }
            _ => y,
        };
        self.add(format_args!("M{x:.1} {above:.1}"));
        if above < y {
            self.add(format_args!("V{y:.1}"));
        }
    }

    /// A straight run, along the drawing.
    fn run(&mut self, along: f64, across: f64) {
        let (x, y) = self.frame.point(along, across);
        match self.frame {
            Frame::Right => self.add(format_args!("H{x:.1}")),
            Frame::Down(_) => self.add(format_args!("V{y:.1}")),
        }
    }

    /// A curve between two ends that are level.
    fn curve(&mut self, (along, across): (f64, f64), (to, to_across): (f64, f64), bow: Bow) {
        let middle = (along + to) / 2.0;
        let (out, into) = match bow {
            Bow::None => (middle, middle),
            Bow::Right => (along + BOW, to + BOW),
            Bow::Left => (along - BOW, to - BOW),
        };
        let points = [(out, across), (into, to_across), (to, to_across)];
        let [a, b, c] = points.map(|(along, across)| self.frame.point(along, across));
        self.add(format_args!(
            "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            a.0, a.1, b.0, b.1, c.0, c.1
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
.saved{fill:#5b6675;font-style:italic}.way{text-anchor:end}.next{fill:#5b6675}.page-link{fill:#2563a8}.number{font-size:10px;fill:#5b6675}.rule{stroke:#e3e7ec}
.says .header{fill:#d8e8fb}.asks .header{fill:#e3dcfa}.decides .header{fill:#fbeac4}.hands-over .header{fill:#cdeee0}.ends .header{fill:#e1e4e9}
.port,.start{fill:#5b6675}
.group{fill:#5b6675;font-weight:600}.band{fill:none;stroke-width:4}.g0{stroke:#2563a8}.g1{stroke:#b4581e}.g2{stroke:#2f7d4f}.g3{stroke:#8a3ea8}.g4{stroke:#a8812a}
.arrow{fill:none;stroke:#7b8796;stroke-width:1.5;marker-end:url(#head)}.back{stroke:#c2643a;stroke-dasharray:5 3;marker-end:url(#head-back)}
</style>
<defs>
<marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#7b8796\"/></marker>
<marker id=\"head-back\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#c2643a\"/></marker>
</defs>
";
