//! Lays the text of an HTML fragment out for a chat window: breaks, lists, links.

use super::tag::Tag;

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
    /// A writer that keeps lines and spaces.
    pub(super) fn preformatted() -> Self {
        Self {
            preformatted: 1,
            ..Self::default()
        }
    }

    pub(super) fn has_tags(&self) -> bool {
        self.has_tags
    }

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

    pub(super) fn finish(mut self) -> String {
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
