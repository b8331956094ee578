//! HTML to plain text: the tokens of a WHATWG tokenizer, laid out for a chat window.

use html5gum::Tokenizer;

use super::markup::{Input, Tag, Tell};

/// The text of an HTML fragment: entities decoded, white space folded, breaks and blocks as new
/// lines, lists with bullets or numbers, links as `text (URL)`, images as their alternative text,
/// scripts and styles left out. Links that are no address, such as `javascript:`, are not shown.
///
/// A text without a single tag keeps its lines and its spaces.
pub fn html_to_text(html: &str) -> String {
    let plain = write(
        html,
        Writer {
            preformatted: 1,
            ..Writer::default()
        },
    );
    if plain.has_tags {
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

/// Whether a link's target may stand in a text: an address of the web, of mail or of a phone, or
/// one without a scheme.
pub(super) fn is_shown(target: &str) -> bool {
    match target.split_once(':') {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => {
            ["http", "https", "mailto", "tel"]
                .iter()
                .any(|known| scheme.trim().eq_ignore_ascii_case(known))
        }
        _ => true,
    }
}

/// The text so far.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    /// New lines that are due before the next text.
    breaks: usize,
    /// Whether a space is due before the next text.
    space: bool,
    /// How many elements are open whose content is not text.
    hidden: usize,
    has_tags: bool,
    preformatted: usize,
    lists: Vec<Option<usize>>,
    links: Vec<(Option<String>, usize)>,
}

impl Writer {
    pub(super) fn open(&mut self, tag: &Tag) {
        self.has_tags = true;
        let attribute = |name: &[u8]| {
            tag.attribute(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        match &tag.name[..] {
            b"script" | b"style" | b"template" | b"title" | b"noscript" if !tag.self_closing => {
                self.hidden += 1;
            }
            b"br" => self.breaks += 1,
            b"hr" => self.block(1),
            b"p" => self.block(2),
            b"ul" => {
                self.block(1);
                self.lists.push(None);
            }
            b"ol" => {
                self.block(1);
                let start = attribute(b"start").and_then(|start| start.parse().ok());
                self.lists.push(Some(start.unwrap_or(1)));
            }
            b"li" => self.item(),
            b"pre" => {
                self.block(1);
                self.preformatted += 1;
            }
            b"td" | b"th" => self.space = true,
            b"a" => {
                let target = attribute(b"href").filter(|target| is_shown(target));
                self.links.push((target, self.out.len()));
            }
            b"img" => {
                if let Some(alt) = attribute(b"alt") {
                    self.text(&alt);
                }
            }
            name if is_block(name) => self.block(1),
            _ => {}
        }
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        self.has_tags = true;
        match name {
            b"script" | b"style" | b"template" | b"title" | b"noscript" => {
                self.hidden = self.hidden.saturating_sub(1);
            }
            b"p" => self.block(2),
            b"ul" | b"ol" => {
                self.lists.pop();
                self.block(1);
            }
            b"pre" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.block(1);
            }
            b"a" => self.end_link(),
            name if is_block(name) => self.block(1),
            _ => {}
        }
    }

    /// A line of its own: at least this many new lines before whatever comes next.
    fn block(&mut self, lines: usize) {
        self.breaks = self.breaks.max(lines);
    }

    fn item(&mut self) {
        self.block(1);
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(8));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{indent}{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            _ => format!("{indent}- "),
        };
        self.raw(&mark);
    }

    fn end_link(&mut self) {
        let Some((Some(href), start)) = self.links.pop() else {
            return;
        };
        let shown = self.out.get(start..).unwrap_or_default().trim();
        let bare = href
            .trim_start_matches("mailto:")
            .trim_start_matches("tel:");
        if shown.is_empty() {
            self.text(&href);
        } else if shown != href && shown != bare && !href.starts_with(['#', '/']) {
            self.text(&format!(" ({href})"));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        if self.preformatted > 0 {
            self.raw(text);
            return;
        }
        for (index, word) in text.split(is_space).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            self.raw(word);
        }
    }

    /// Writes as it stands, after the breaks and the space that are due.
    fn raw(&mut self, text: &str) {
        if self.breaks > 0 {
            if !self.out.is_empty() {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out
                    .extend(std::iter::repeat_n('\n', self.breaks.min(2)));
            }
            self.space = false;
        }
        if self.space && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
        self.out.push_str(text);
    }

    fn finish(mut self) -> String {
        while !self.links.is_empty() {
            self.end_link();
        }
        self.out.trim().to_owned()
    }
}

/// White space that HTML folds; a no-break space is a character of its own.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"blockquote"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"header"
            | b"li"
            | b"main"
            | b"nav"
            | b"section"
            | b"table"
            | b"tr"
    )
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
