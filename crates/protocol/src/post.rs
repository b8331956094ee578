//! A post of the service, split into its parts before any of them is read, so that one part that
//! cannot be read costs no other.

use std::borrow::Cow;

/// `{"events": [...], "token": "..."}`, taken apart.
///
/// Saving the endpoint sends a test: a token, and `events` empty, null or left out.
#[derive(Debug, PartialEq)]
pub struct Post<'a> {
    /// The shared token that was set beside the endpoint.
    pub token: Option<String>,
    /// The array of the events, as it was sent; empty when there is none.
    pub array: &'a str,
    /// Its elements, each as it was sent, in the order in which the service wrote them.
    pub elements: Vec<&'a str>,
}

/// Why a body is no post of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostError {
    /// No JSON from this byte on.
    NotJson(usize),
    /// JSON, but not an object with a token and an array of events.
    NotAPost,
}

impl<'a> Post<'a> {
    /// Takes a body apart. A byte order mark is skipped; of a key that comes twice the last counts.
    ///
    /// # Errors
    /// What is wrong with the body as a whole, never with an element.
    pub fn split(body: &'a str) -> Result<Self, PostError> {
        let mut scan = Scanner::new(body);
        let mut post = Post {
            token: None,
            array: "",
            elements: Vec::new(),
        };
        if scan.text.starts_with('\u{feff}') {
            scan.at = '\u{feff}'.len_utf8();
        }
        if !scan.take(b'{') {
            let whole = scan.value().is_some() && scan.peek().is_none();
            return Err(if whole {
                PostError::NotAPost
            } else {
                scan.not_json()
            });
        }
        let mut first = true;
        while !scan.take(b'}') {
            let separated = first || scan.take(b',');
            first = false;
            let (key, value) = separated
                .then(|| scan.member())
                .flatten()
                .ok_or_else(|| scan.not_json())?;
            match serde_json::from_str::<Cow<'_, str>>(key).as_deref() {
                Ok("token") => post.token = token(value)?,
                Ok("events") => {
                    let base = scan.at - value.len();
                    post.elements = elements(value, base)?;
                    post.array = value;
                }
                _ => {}
            }
        }
        match scan.peek() {
            None => Ok(post),
            Some(_) => Err(scan.not_json()),
        }
    }
}

fn token(value: &str) -> Result<Option<String>, PostError> {
    serde_json::from_str(value).map_err(|_| PostError::NotAPost)
}

/// The elements of an array that stands at the byte `base` of the body.
fn elements(array: &str, base: usize) -> Result<Vec<&str>, PostError> {
    let mut scan = Scanner::new(array);
    let mut elements = Vec::new();
    if array == "null" {
        return Ok(elements);
    }
    if !scan.take(b'[') {
        return Err(PostError::NotAPost);
    }
    while !scan.take(b']') {
        let separated = elements.is_empty() || scan.take(b',');
        match separated.then(|| scan.value()).flatten() {
            Some(element) => elements.push(element),
            None => return Err(PostError::NotJson(base + scan.at)),
        }
    }
    Ok(elements)
}

/// Finds where values begin and end. What stands inside of one is not looked at.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn not_json(&self) -> PostError {
        PostError::NotJson(self.at)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn member(&mut self) -> Option<(&'a str, &'a str)> {
        let key = self.value()?;
        if !key.starts_with('"') || !self.take(b':') {
            return None;
        }
        Some((key, self.value()?))
    }

    fn value(&mut self) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.byte()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                _ if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => self.word()?,
            }
            if depth == 0 {
                return self.text.get(start..self.at);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// A number, `true`, `false`, `null`, or what stands in the place of one.
    fn word(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let ends = |byte: &u8| b",:]} \t\n\r".contains(byte);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_split_wherever_its_token_stands() {
        for body in [
            r#"{"token":"t","events":[ {"a":"]}\""}, 2 ,[3,[4]], "x" ]}"#,
            "\u{feff}{ \"events\" : [ {\"a\":\"]}\\\"\"}, 2 ,[3,[4]], \"x\" ], \"x\":{}, \"token\":\"t\" }\n",
        ] {
            let post = Post::split(body).unwrap();
            assert_eq!(post.token.as_deref(), Some("t"));
            assert_eq!(post.array, r#"[ {"a":"]}\""}, 2 ,[3,[4]], "x" ]"#);
            assert_eq!(post.elements, [r#"{"a":"]}\""}"#, "2", "[3,[4]]", "\"x\""]);
        }
    }

    #[test]
    fn the_test_of_the_endpoint_has_no_events_in_any_form() {
        for body in [
            r#"{"token":"t"}"#,
            r#"{"token":"t","events":[]}"#,
            r#"{"token":"t","events":null}"#,
        ] {
            let post = Post::split(body).unwrap();
            assert_eq!(post.token.as_deref(), Some("t"));
            assert!(post.elements.is_empty(), "{body}");
        }
    }

    #[test]
    fn a_cut_body_and_one_of_another_shape_are_two_errors() {
        for body in [
            "[]",
            "[1]",
            "null",
            "3",
            r#"{"events":3}"#,
            r#"{"token":{}}"#,
        ] {
            assert_eq!(Post::split(body), Err(PostError::NotAPost), "{body}");
        }
        for (body, at) in [
            ("", 0),
            ("{", 1),
            (r#"{"events":[{"a":1}"#, 18),
            (r#"{"events":[1 2]}"#, 13),
            (r#"{"events":[1,]}"#, 13),
            (r#"{"events":[]} x"#, 14),
            (r#"{"events" []}"#, 10),
        ] {
            assert_eq!(Post::split(body), Err(PostError::NotJson(at)), "{body}");
        }
    }
}
