//! What is not YAML, or not the YAML that flows use.

use wotnot_emulator::flow::{Colour, check};

use crate::{findings, flow, in_blocks, only};

#[test]
fn what_is_not_yaml_is_placed_where_it_stops_to_be() {
    assert!(
        only("bot: {name: A, key: b\nstart: a\n")
            .starts_with("f.yaml:2:6: error[syntax]: not YAML: ")
    );
    assert_eq!(only(""), "f.yaml:1:1: error[syntax]: the file is empty");
    assert!(only("a: b: c").contains("error[syntax]"));
}

#[test]
fn yaml_that_flows_do_not_use_is_refused_with_what_to_write_instead() {
    let refused = |blocks: &str| in_blocks(blocks);
    assert!(
        refused("  a: &x {type: end}\n")
            .starts_with("f.yaml:4:6: error[unsupported_yaml]: flow files have no anchors")
    );
    assert!(
        refused("  a: !Block {type: end}\n")
            .starts_with("f.yaml:4:6: error[unsupported_yaml]: flow files have no tags")
    );
    assert!(
        refused("  [a]: {type: end}\n")
            .starts_with("f.yaml:4:3: error[unsupported_yaml]: a key must be plain text")
    );
    assert!(
        refused("  a: {type: end}\n---\nb: 1\n")
            .starts_with("f.yaml:5:1: error[unsupported_yaml]: a flow file holds one document")
    );
}

#[test]
fn comments_however_many_are_passed_over() {
    let comments = "  # a line\n".repeat(500);
    let blocks = format!("{comments}  a: {{type: end}} # and more\n{comments}");
    assert!(findings(&blocks).is_empty());
}

#[test]
fn a_key_that_comes_twice_names_the_first() {
    assert_eq!(
        in_blocks("  a: {type: end}\n  a: {type: end}\n"),
        "f.yaml:5:3: error[duplicate_key]: `a` is here twice (it is already on line 4: rename or remove one of the two)"
    );
    assert!(
        in_blocks("  a: {type: end, text: A, text: B}\n")
            .starts_with("f.yaml:4:27: error[duplicate_key]: `text`")
    );
}

#[test]
fn lines_that_end_in_any_way_and_wide_letters_keep_their_columns() {
    let windows = flow("  a: {type: end, text: '😀é', txt: 1}\n").replace('\n', "\r\n");
    let found = check("f.yaml", &windows).findings;
    assert_eq!((found[0].line, found[0].column), (4, 30));
    assert!(found[0].render(Colour::Plain).contains("'😀é', txt: 1}"));
    assert!(
        only("\u{feff}bot: {name: A, key: b}\nstart: c\nblocks: {c: {type: end, x: 1}}")
            .starts_with("f.yaml:3:25:")
    );
}

#[test]
fn a_text_with_a_colon_is_to_be_put_in_quotes() {
    let found = in_blocks("  a: {type: end}\n  b:\n    type: end\n    text: Note: this\n");
    assert!(found.starts_with("f.yaml:7:"), "{found}");
    assert!(
        found.ends_with("(put text that holds a colon in quotes: `text: \"Note: this\"`)"),
        "{found}"
    );
}

#[test]
fn merge_keys_are_named() {
    assert_eq!(
        in_blocks("  a:\n    type: end\n    <<: {text: Bye}\n"),
        "f.yaml:6:5: error[unsupported_yaml]: flow files have no merge keys (`<<`) (write the fields out)"
    );
    assert!(findings("  a: {type: end, text: <<}\n").is_empty());
    assert!(in_blocks("  a: {type: end, text: *b*}\n").contains("begins with `*` in quotes"));
}

#[test]
fn what_is_not_utf8_is_placed() {
    use wotnot_emulator::flow::text_of;
    assert_eq!(text_of(b"a: b\n".to_vec()).unwrap(), "a: b\n");
    let error = text_of(b"a: b\n\xc3\xa9: caf\xe9\n".to_vec()).unwrap_err();
    assert!(
        error.starts_with("line 2, column 7 is not UTF-8"),
        "{error}"
    );
}
