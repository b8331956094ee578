//! A tag of HTML, put together from the pieces that a tokenizer finds.

/// A tag as it is being read.
#[derive(Default)]
pub(super) struct Tag {
    pub(super) name: Vec<u8>,
    pub(super) self_closing: bool,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tag {
    /// An attribute's value; the first one counts when a name comes twice.
    pub(super) fn attribute(&self, name: &[u8]) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(of, _)| of == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    pub(super) fn begin_attribute(&mut self) {
        self.attributes.push(Default::default());
    }

    pub(super) fn push_attribute_name(&mut self, text: &[u8]) {
        if let Some((name, _)) = self.attributes.last_mut() {
            name.extend_from_slice(text);
        }
    }

    pub(super) fn push_attribute_value(&mut self, text: &[u8]) {
        if let Some((_, value)) = self.attributes.last_mut() {
            value.extend_from_slice(text);
        }
    }
}
