//! Drawings of flows: nothing is left out, nothing lies on top of something else, nothing breaks the format.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::fmt::Write as _;

use roxmltree::{Document, Node};
use wotnot_emulator::flow::{Flow, TooLargeToDraw, check, mermaid, svg};

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
            let title = group
                .children()
                .find(|node| node.has_tag_name("title"))
                .unwrap()
                .text()
                .unwrap();
            let name = title.split_once(" (").unwrap().0.to_owned();
            (
                name,
                [x, y, x + number(rect, "width"), y + number(rect, "height")],
            )
        })
        .collect()
}

#[test]
fn the_svg_of_forty_blocks_shows_each_once_and_none_on_another() {
    let (flow, text) = (forty(), svg(&forty()).unwrap());
    assert!(flow.blocks.len() >= 40);
    let drawing = Document::parse(&text).unwrap();
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
    let flow = forty();
    let text = svg(&flow).unwrap();
    let drawing = Document::parse(&text).unwrap();
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
