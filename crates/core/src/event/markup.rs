//! Takes from html5gum what a plain text needs, names, attributes and characters, and leaves out
//! positions, errors, comments and doctypes: the library goes into phones.

use std::convert::Infallible;

use html5gum::{Emitter, Error, Reader, State, naive_next_state};

use super::tag::Tag;
use super::writer::Writer;

/// What is left to read.
///
/// html5gum's own reader is inlined into each of the tokenizer's seventy states, and four times as large.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl Reader for Input<'_> {
    type Error = Infallible;

    #[inline(never)]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        Ok(self.0.split_off_first().copied())
    }

    #[inline(never)]
    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let Some((start, rest)) = self.0.split_at_checked(text.len()) else {
            return Ok(false);
        };
        let found = start == text || !case_sensitive && start.eq_ignore_ascii_case(text);
        if found {
            self.0 = rest;
        }
        Ok(found)
    }

    #[inline(never)]
    fn read_until<'b>(
        &'b mut self,
        needle: &[u8],
        _: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, Infallible> {
        let before = self.0.iter().position(|byte| needle.contains(byte));
        let length = before.map_or(self.0.len(), |before| before.max(1));
        Ok(self.0.split_off(..length).filter(|read| !read.is_empty()))
    }
}

/// Tells a [`Writer`] what the tokenizer finds.
pub(super) struct Tell<'a> {
    to: &'a mut Writer,
    tag: Tag,
    is_end_tag: bool,
    last_start_tag: Vec<u8>,
    text: Vec<u8>,
}

impl<'a> Tell<'a> {
    pub(super) fn new(to: &'a mut Writer) -> Self {
        Self {
            to,
            tag: Tag::default(),
            is_end_tag: false,
            last_start_tag: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Text comes in pieces that may cut a character's bytes apart, so it is passed on as a whole.
    fn tell_text(&mut self) {
        if !self.text.is_empty() {
            self.to.text(&String::from_utf8_lossy(&self.text));
            self.text.clear();
        }
    }

    fn init_tag(&mut self, is_end_tag: bool) {
        self.tag = Tag::default();
        self.is_end_tag = is_end_tag;
    }
}

impl Emitter for Tell<'_> {
    type Token = Infallible;

    fn emit_eof(&mut self) {
        self.tell_text();
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    fn init_start_tag(&mut self) {
        self.init_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.init_tag(true);
    }

    fn push_tag_name(&mut self, text: &[u8]) {
        self.tag.name.extend_from_slice(text);
    }

    fn init_attribute(&mut self) {
        self.tag.begin_attribute();
    }

    fn push_attribute_name(&mut self, text: &[u8]) {
        self.tag.push_attribute_name(text);
    }

    fn push_attribute_value(&mut self, text: &[u8]) {
        self.tag.push_attribute_value(text);
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.tell_text();
        if self.is_end_tag {
            self.to.close(&self.tag.name);
            return None;
        }
        self.to.open(&self.tag);
        self.last_start_tag.clone_from(&self.tag.name);
        naive_next_state(&self.tag.name)
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end_tag && !self.tag.name.is_empty() && self.tag.name == self.last_start_tag
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start_tag = name.unwrap_or_default().to_vec();
    }

    fn pop_token(&mut self) -> Option<Self::Token> {
        None
    }

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn emit_current_doctype(&mut self) {}
}
