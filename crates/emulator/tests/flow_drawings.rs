//! Drawings of flows: nothing is left out, nothing lies on top of something else, nothing breaks the format.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::fmt::Write as _;

use roxmltree::{Document, Node};
use wotnot_emulator::flow::{
    Direction, Flow, TooLargeToDraw, check, mermaid, mermaid_in, svg, svg_in,
};

const FORTY: &str = include_str!("data/forty-blocks.yaml");

fn forty() -> Flow {
    Flow::parse("forty-blocks.yaml", FORTY).unwrap()
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap_or("0").parse().unwrap()
}

/// Name, left, top, right and bottom of each card.
fn cards(drawing: &Document<'_>) -> Vec<(String, [f64; 4])> {
    let rects = drawing
        .descendants()
        .filter(|node| node.attribute("class") == Some("card"));
    rects
        .map(|rect| {
            let group = rect.parent().unwrap();
            let place = group.attribute("transform").unwrap();
            let (x, y) = place
                .trim_start_matches("translate(")
                .trim_end_matches(')')
                .split_once(' ')
                .unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            let title = group.children().find(|node| node.has_tag_name("title"));
            let title = title.and_then(|title| title.text()).unwrap();
            let name = title.split_once(" (").unwrap().0.to_owned();
            let (right, below) = (x + number(rect, "width"), y + number(rect, "height"));
            (name, [x, y, right, below])
        })
        .collect()
}

#[test]
fn the_svg_of_forty_blocks_shows_each_once_and_none_on_another() {
    for direction in [Direction::Right, Direction::Down] {
        each_is_shown_once(&svg_in(&forty(), direction).unwrap());
    }
}

fn each_is_shown_once(text: &str) {
    let flow = forty();
    assert!(flow.blocks.len() >= 40);
    let drawing = Document::parse(text).unwrap();
    let cards = cards(&drawing);

    let drawn: Vec<&str> = cards.iter().map(|(name, _)| name.as_str()).collect();
    let blocks: Vec<&str> = flow.blocks.keys().map(|name| name.as_str()).collect();
    assert_eq!(drawn, blocks);
    for (index, (one, a)) in cards.iter().enumerate() {
        for (other, b) in &cards[index + 1..] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "{one} {a:?} overlaps {other} {b:?}");
        }
    }
    let root = drawing.root_element();
    let (right, bottom) = (number(root, "width"), number(root, "height"));
    assert!(cards.iter().all(|(_, place)| place[0] >= 0.0
        && place[1] >= 0.0
        && place[2] < right
        && place[3] < bottom));
}

#[test]
fn the_svg_has_an_arrow_for_every_way_out_and_one_for_the_start() {
    for direction in [Direction::Right, Direction::Down] {
        every_way_has_an_arrow(&svg_in(&forty(), direction).unwrap());
    }
}

fn every_way_has_an_arrow(text: &str) {
    let flow = forty();
    let drawing = Document::parse(text).unwrap();
    let arrow = |node: &Node<'_, '_>| {
        node.has_tag_name("path")
            && node
                .attribute("class")
                .is_some_and(|class| class.starts_with("arrow"))
    };
    let exits: usize = flow.blocks.values().map(|block| block.exits().len()).sum();
    assert_eq!(drawing.descendants().filter(arrow).count(), exits + 1);
}

#[test]
fn no_arrow_that_passes_a_column_runs_through_a_card() {
    let text = svg(&forty()).unwrap();
    let drawing = Document::parse(&text).unwrap();
    let cards = cards(&drawing);
    let mut passed = 0;
    for path in drawing.descendants().filter(|node| {
        node.attribute("class")
            .is_some_and(|class| class.starts_with("arrow"))
    }) {
        // A level run is written as H after the curve that ends at its height.
        let d = path.attribute("d").unwrap();
        for (before, after) in d.match_indices('H').map(|(at, _)| d.split_at(at)) {
            let end: f64 = after[1..].split('C').next().unwrap().parse().unwrap();
            let Some((x, y)) = before
                .rsplit_once(' ')
                .and_then(|(rest, y)| Some((rest.rsplit_once(' ')?.1, y)))
            else {
                continue;
            };
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            let hit = cards.iter().find(|(_, card)| {
                card[1] < y && y < card[3] && card[0] < x.max(end) && x.min(end) < card[2]
            });
            assert!(hit.is_none(), "an arrow at height {y} runs through {hit:?}");
            passed += 1;
        }
    }
    assert!(passed > 20, "{passed}");
}

#[test]
fn the_mermaid_text_has_every_block_and_arrow_and_escapes_what_means_more_than_itself() {
    let flow = forty();
    let text = mermaid(&flow);
    for (index, name) in flow.blocks.keys().enumerate() {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("  n{index}")) && line.contains("<b>"))
            .unwrap();
        assert!(line.contains(&name.as_str().replace('_', "#95;")), "{line}");
    }
    let exits: usize = flow.blocks.values().map(|block| block.exits().len()).sum();
    assert_eq!(text.matches("-->").count(), exits + 1);

    let odd = "bot: {name: 'A \"b\": c', key: k}\nstart: a\nblocks:\n  a: {type: buttons, text: 'x\"] --> <b>', buttons: [{title: '\"]', next: b}]}\n  b: {type: end}\n";
    let text = mermaid(&Flow::parse("odd.yaml", odd).unwrap());
    assert!(text.contains("x#34;#93; --#62; #60;b#62;"), "{text}");
    assert!(text.contains("n0 -- \"#34;#93;\" --> n1"), "{text}");
    assert!(
        text.starts_with("---\ntitle: \"A \\\"b\\\": c\"\n---\n"),
        "{text}"
    );
}

#[test]
fn texts_that_would_break_xml_are_drawn_as_they_are_or_left_out() {
    let yaml = "bot: {name: 'A & <b>', key: k}\nstart: a\nblocks:\n  a: {type: message, text: \"</text>&\\x01\\uFFFE\\\"'漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\", next: gone}\n";
    let text = svg(&check("f.yaml", yaml).flow.unwrap()).unwrap();
    let drawing = Document::parse(&text).unwrap();
    let words: String = drawing
        .descendants()
        .filter_map(|node| node.text())
        .collect();
    assert!(
        words.contains("A & <b>") && words.contains("</text>&"),
        "{words}"
    );
}

#[test]
fn a_block_that_leads_to_itself_is_drawn() {
    let yaml =
        "bot: {name: A, key: k}\nstart: a\nblocks:\n  a: {type: input, text: Again?, next: a}\n";
    let text = svg(&Flow::parse("f.yaml", yaml).unwrap()).unwrap();
    assert_eq!(
        Document::parse(&text)
            .unwrap()
            .descendants()
            .filter(|node| node.attribute("class") == Some("arrow back"))
            .count(),
        1
    );
}

#[test]
fn a_flow_that_nobody_could_read_is_refused_as_svg_but_drawn_as_mermaid() {
    let mut yaml = "bot: {name: A, key: k}\nstart: b0\nblocks:\n".to_owned();
    for number in 0..10_000 {
        writeln!(
            yaml,
            "  b{number}: {{type: input, text: A, attempts: 1, else: b0, next: b{}}}",
            (number + 1) % 10_000
        )
        .unwrap();
    }
    let flow = Flow::parse("f.yaml", &yaml).unwrap();
    assert_eq!(svg(&flow), Err(TooLargeToDraw));
    assert_eq!(mermaid(&flow).lines().count(), 30_005);
}

/// A chain of so many questions.
fn chain(length: usize) -> Flow {
    let mut yaml = "bot: {name: A, key: k}\nstart: b0\nblocks:\n".to_owned();
    for number in 0..length {
        let next = number + 1;
        writeln!(yaml, "  b{number}: {{type: input, text: A, next: b{next}}}").unwrap();
    }
    writeln!(yaml, "  b{length}: {{type: end}}").unwrap();
    Flow::parse("f.yaml", &yaml).unwrap()
}

fn size(text: &str) -> (f64, f64) {
    let drawing = Document::parse(text).unwrap();
    let root = drawing.root_element();
    (number(root, "width"), number(root, "height"))
}

#[test]
fn a_long_chain_runs_down_where_it_may_choose_and_a_short_one_to_the_right() {
    let (long, short) = (chain(30), chain(1));
    let (width, height) = size(&svg_in(&long, Direction::Auto).unwrap());
    assert!(width < 400.0 && height < 30.0 * 150.0, "{width} x {height}");
    let right = svg_in(&long, Direction::Right).unwrap();
    assert_eq!(right, svg(&long).unwrap());
    assert!(size(&right).0 > 9_000.0);
    let auto = svg_in(&short, Direction::Auto).unwrap();
    assert_eq!(auto, svg(&short).unwrap());
    assert!(mermaid(&long).contains("flowchart TD"));
    assert!(mermaid_in(&long, Direction::Right).contains("flowchart LR"));
}

#[test]
fn arrows_that_run_down_leave_below_their_card_and_come_in_above_the_next() {
    let text = svg_in(&forty(), Direction::Down).unwrap();
    let drawing = Document::parse(&text).unwrap();
    let cards = cards(&drawing);
    let arrows = drawing
        .descendants()
        .filter(|node| node.attribute("class") == Some("arrow"));
    let mut looked_at = 0;
    for arrow in arrows {
        let way = arrow.attribute("d").unwrap();
        let Some((_, end)) = way.rsplit_once('C') else {
            continue;
        };
        let start: Vec<f64> = way[1..]
            .split(|each: char| each.is_ascii_alphabetic() || each == ' ')
            .take(2)
            .map(|each| each.parse().unwrap())
            .collect();
        let end: Vec<f64> = end
            .split(' ')
            .skip(4)
            .map(|each| each.parse().unwrap())
            .collect();
        let touches = |x: f64, y: f64, edge: fn(&[f64; 4]) -> f64| {
            cards
                .iter()
                .any(|(_, card)| card[0] < x && x < card[2] && (edge(card) - y).abs() < 2.0)
        };
        assert!(touches(start[0], start[1], |card| card[3]), "{way}");
        assert!(touches(end[0], end[1], |card| card[1]), "{way}");
        looked_at += 1;
    }
    assert!(looked_at > 20, "{looked_at}");
}

#[test]
fn buttons_without_a_way_of_their_own_and_links_are_drawn() {
    let yaml = "bot: {name: A, key: k}\nstart: a\nblocks:\n  a:\n    type: buttons\n    text: Which?\n    buttons:\n      - {title: One, next: b}\n      - {title: Two}\n      - {title: Our site, url: 'https://example.com/x'}\n    next: c\n  b: {type: end}\n  c: {type: end}\n";
    let flow = Flow::parse("f.yaml", yaml).unwrap();
    for direction in [Direction::Right, Direction::Down] {
        let text = svg_in(&flow, direction).unwrap();
        let drawing = Document::parse(&text).unwrap();
        let words: Vec<(String, String)> = drawing
            .descendants()
            .filter(|node| {
                node.attribute("class")
                    .is_some_and(|it| it.starts_with("way"))
            })
            .map(|node| {
                let class = node.attribute("class").unwrap().to_owned();
                (class, node.text().unwrap().to_owned())
            })
            .collect();
        // In a vertical drawing, a number names the arrow: `Two` shares that of the block.
        let texts = match direction {
            Direction::Down => ["1  One", "2  Two", "Our site ↗"],
            _ => ["One", "Two", "Our site ↗"],
        };
        let classes = ["way", "way next", "way page-link"];
        let expected: Vec<(String, String)> = classes
            .into_iter()
            .zip(texts)
            .map(|(class, text)| (class.to_owned(), text.to_owned()))
            .collect();
        assert_eq!(words, expected);
    }
    let text = mermaid(&flow);
    assert!(text.contains("n0 -- \"Two\" --> n2"), "{text}");
    assert!(
        text.contains("n0 -. \"Our site\" .-> n0p0>\"https://example.com/x\"]"),
        "{text}"
    );
}

const GROUPED: &str = "
bot: {name: Shop, key: shop}
start: menu
trigger: [{variable: visit.url, contains: /prices, next: size}]
groups:
  \"sizes & <fits>\":
    start: size
    blocks:
      size: {type: input, text: Which size?, next: out}
      out: {type: jump, to: menu}
blocks:
  menu: {type: buttons, text: 'What is it?', buttons: [{title: Sizes, next: into}, {title: Help, next: help}, {title: Person, next: person}]}
  into: {type: jump, group: 'sizes & <fits>'}
  help: {type: jump, bot: help-bot}
  person: {type: jump, bot: help-bot, to: person}
";

#[test]
fn groups_are_frames_in_mermaid_and_jumps_lead_into_them_and_to_other_bots() {
    let flow = Flow::parse("f.yaml", GROUPED).unwrap();
    let drawing = mermaid(&flow);
    for line in [
        "  start((start)) --> n6",
        "  subgraph g0[\"sizes #38; #60;fits#62;\"]",
        "    n4[/\"<b>size</b> · input<br/>Which size?\"/]",
        "  end",
        "  n6{{\"<b>trigger</b>\"}}",
        "  n6 -- \"visit.url contains /prices\" --> n4",
        "  n6 -- \"else\" --> n0",
        "  n1 --> n4",
        "  n5 --> n0",
        "  n7[[\"bot help-bot\"]]",
        "  n8[[\"bot help-bot, person\"]]",
        "  n2 --> n7",
        "  n3 --> n8",
    ] {
        assert!(
            drawing.lines().any(|each| each == line),
            "{line}\n{drawing}"
        );
    }
}

#[test]
fn the_picture_shows_groups_the_trigger_and_places_in_other_bots() {
    let flow = Flow::parse("f.yaml", GROUPED).unwrap();
    for direction in [Direction::Right, Direction::Down] {
        let text = svg_in(&flow, direction).unwrap();
        let drawing = Document::parse(&text).unwrap();
        let cards = cards(&drawing);
        let drawn: Vec<&str> = cards.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            drawn,
            [
                "menu",
                "into",
                "help",
                "person",
                "size",
                "out",
                "trigger",
                "bot help-bot",
                "bot help-bot, person"
            ]
        );
        for (index, (one, a)) in cards.iter().enumerate() {
            for (other, b) in &cards[index + 1..] {
                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                assert!(apart, "{one} {a:?} overlaps {other} {b:?}");
            }
        }
        let of_class = |class: &str| {
            drawing
                .descendants()
                .filter(|node| node.attribute("class") == Some(class))
                .count()
        };
        assert_eq!(
            of_class("group"),
            2,
            "the group's name is on each of its blocks"
        );
        assert_eq!(of_class("band g0"), 2);
        let arrows = drawing.descendants().filter(|node| {
            node.has_tag_name("path")
                && node
                    .attribute("class")
                    .is_some_and(|it| it.starts_with("arrow"))
        });
        let exits: usize = flow.blocks.values().map(|block| block.exits().len()).sum();
        assert_eq!(arrows.count(), exits + 1 + flow.beginnings().len());
        assert!(text.contains("sizes &amp; &lt;fits&gt;"));
    }
}
