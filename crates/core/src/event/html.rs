//! HTML to plain text: the tokens of a WHATWG tokenizer, laid out for a chat window.

use html5gum::Tokenizer;

use super::markup::{Input, Tell};
use super::writer::Writer;

/// The text of an HTML fragment: entities decoded, white space folded, breaks and blocks as new
/// lines, lists with bullets or numbers, links as `text (URL)`, images as their alternative text,
/// scripts and styles left out. Links that are no address, such as `javascript:`, are not shown.
///
/// A text without a single tag keeps its lines and its spaces.
pub fn html_to_text(html: &str) -> String {
    let plain = write(html, Writer::preformatted());
    if plain.has_tags() {
        return write(html, Writer::default()).finish();
    }
    let text = plain.finish();
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    }
}

fn write(html: &str, mut writer: Writer) -> Writer {
    if html.contains(['<', '&']) {
        let tell = Tell::new(&mut writer);
        let Ok(()) = Tokenizer::new_with_emitter(Input(html.as_bytes()), tell).finish();
    } else {
        writer.text(html);
    }
    writer
}

#[cfg(test)]
mod tests {
    use super::html_to_text;

    #[test]
    fn html_reads_as_a_person_would_read_it() {
        for (html, text) in [
            ("Hello", "Hello"),
            ("  a \r\n b  ", "a \n b"),
            ("I <3 you &amp; me\n\n\nBye", "I <3 you & me\n\n\nBye"),
            ("<i>a</i> \n b  ", "a b"),
            ("<a href='javascript:alert(1)'>here</a>", "here"),
            ("<a href=' Java\tScript:alert(1)'></a>x", "x"),
            ("<a href='data:text/html;base64,eA=='>file</a>", "file"),
            ("<a href='/path:1'>page</a>", "page"),
            (
                "Tom &amp; Jerry &lt;3 &eacute; &#128512;",
                "Tom & Jerry <3 é 😀",
            ),
            ("one<br>two<br/>three", "one\ntwo\nthree"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<div>one</div><div>two</div>", "one\ntwo"),
            ("<b>bold</b> and <i>italic</i>", "bold and italic"),
            (
                "see <a href=\"https://example.com/x\">our site</a>!",
                "see our site (https://example.com/x)!",
            ),
            (
                "<a href=\"https://example.com\">https://example.com</a>",
                "https://example.com",
            ),
            (
                "<a href='mailto:a@example.com'>a@example.com</a>",
                "a@example.com",
            ),
            ("<a href='https://example.com'></a>", "https://example.com"),
            ("<ul><li>one<li>two</ul>end", "- one\n- two\nend"),
            (
                "<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol>",
                "1. one\n2. two\n  - in",
            ),
            ("<img src=x alt='a cat'> here", "a cat here"),
            (
                "<script>alert(1 < 2)</script>shown<style>p{}</style>",
                "shown",
            ),
            ("a < b & c", "a < b & c"),
            ("مرحبا <b>بك</b>", "مرحبا بك"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("<<>>&&;<p", "<<>>&&;"),
            ("", ""),
        ] {
            assert_eq!(html_to_text(html), text, "{html}");
        }
    }
}
