//! Nodes to the model's types, by serde: every error knows its place, and unknown fields are findings that
//! stop nothing. Which type a block is, is `parse`'s business.

use std::cell::Cell;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, suggestion};
use super::finding::Code;
use super::report::Report;
use super::source::Span;
use super::yaml::{Content, Key, Node, shown};

/// Reads values out of one file and reports what is wrong with them.
pub(super) struct Decoder<'a> {
    pub report: &'a Report<'a>,
}

impl<'a> Decoder<'a> {
    /// A value of the model, or `None` and a finding.
    pub fn value<'n, T: Deserialize<'n>>(&self, node: &'n Node, field: &str) -> Option<T> {
        T::deserialize(Cursor {
            node,
            decoder: self,
            field,
            pass: None,
        })
        .map_err(|fault| self.fault(fault, node.span))
        .ok()
    }

    /// The fields of a block, besides `type`, which is already read. Every wrong one is reported: after
    /// each the rest is read again without it.
    pub fn fields<'n, T: Deserialize<'n>>(&self, key: &'n Key, node: &'n Node) -> Option<T> {
        let mut wrong: Vec<&'n str> = Vec::new();
        loop {
            let failed = Cell::new(None);
            let fields = T::deserialize(Cursor {
                node,
                decoder: self,
                field: &key.text,
                pass: Some(Pass {
                    wrong: &wrong,
                    failed: &failed,
                }),
            });
            let fault = match fields {
                Ok(fields) => return wrong.is_empty().then_some(fields),
                Err(fault) => fault,
            };
            let failed = failed.take();
            // What was left out for being wrong is not missing, and nothing is said of the rest as a whole.
            let is_left_out = match fault.missing {
                Some(field) => wrong.contains(&field),
                None => failed.is_none() && !wrong.is_empty(),
            };
            if !is_left_out {
                self.fault(fault, key.span);
            }
            wrong.push(failed?);
        }
    }

    /// Names a field that is not known here, and the one that was meant if it is close.
    pub fn unknown_field(&self, key: &Key, known: &[&str]) {
        let message = format!("`{}` is not a field here", shown(&key.text));
        self.report.add(
            Code::UnknownField,
            key.span,
            message,
            suggestion(&key.text, known),
        );
    }

    fn fault(&self, fault: Fault, otherwise: Span) {
        self.report.add(
            fault.code,
            fault.span.unwrap_or(otherwise),
            fault.message,
            fault.hint,
        );
    }
}

/// A node that is being read, and the field that it is the value of.
struct Cursor<'n, 'd> {
    node: &'n Node,
    decoder: &'d Decoder<'d>,
    field: &'d str,
    pass: Option<Pass<'n, 'd>>,
}

/// One reading of a block's fields: those that were found wrong before are passed over.
#[derive(Clone, Copy)]
struct Pass<'n, 'd> {
    wrong: &'d [&'n str],
    /// The field that this reading stopped at.
    failed: &'d Cell<Option<&'n str>>,
}

impl Pass<'_, '_> {
    fn leaves_out(&self, field: &str) -> bool {
        field == "type" || self.wrong.contains(&field)
    }
}

impl<'n> Cursor<'n, '_> {
    fn wrong_type(&self, wanted: &str) -> Fault {
        let found = match &self.node.content {
            Content::Null => "nothing".to_owned(),
            Content::Bool(value) => format!("`{value}`"),
            Content::Int(value) => format!("the number {value}"),
            Content::Float(value) => format!("the number {value}"),
            Content::Text(_) => "text".to_owned(),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
        };
        let mut fault = Fault::new(
            Code::WrongType,
            format!("`{}` must be {wanted}, not {found}", shown(self.field)),
        );
        fault.hint = match (&self.node.content, wanted) {
            (Content::Null, _) => Some("give it a value, or remove the line".to_owned()),
            (Content::Bool(_) | Content::Int(_) | Content::Float(_), "text") => {
                Some("put it in quotes".to_owned())
            }
            (Content::Text(text), "a number") if text.parse::<f64>().is_ok() => {
                Some("remove the quotes".to_owned())
            }
            _ => None,
        };
        fault.at(self.node)
    }

    fn text<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.content {
            Content::Text(text) => visitor
                .visit_borrowed_str(text)
                .map_err(|fault: Fault| fault.at(self.node)),
            _ => Err(self.wrong_type("text")),
        }
    }

    fn number<V: Visitor<'n>>(self, visitor: V, wanted: &'static str) -> Result<V::Value, Fault> {
        let read = match self.node.content {
            Content::Int(value) => visitor.visit_i64(value),
            Content::Float(value) => visitor.visit_f64(value),
            _ => return Err(self.wrong_type(wanted)),
        };
        read.map_err(|fault: Fault| match fault.code {
            Code::WrongType | Code::BadValue => Fault {
                code: fault.code,
                ..self.wrong_type(wanted)
            },
            _ => fault.at(self.node),
        })
    }
}

impl<'n> Deserializer<'n> for Cursor<'n, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.content {
            Content::Null => Err(self.wrong_type("a value")),
            Content::Bool(value) => visitor.visit_bool(*value),
            Content::Int(value) => visitor.visit_i64(*value),
            Content::Float(value) => visitor.visit_f64(*value),
            Content::Text(text) => visitor.visit_borrowed_str(text),
            Content::List(_) => return self.deserialize_seq(visitor),
            Content::Map(entries) => visitor.visit_map(Entries {
                rest: entries.iter(),
                value: None,
                known: None,
                cursor: &self,
            }),
        }
        .map_err(|fault: Fault| fault.at(self.node))
    }

    fn deserialize_bool<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.content {
            Content::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.wrong_type("`true` or `false`")),
        }
    }

    fn deserialize_u32<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor, "a whole number from 0")
    }

    fn deserialize_f64<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor, "a number")
    }

    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.content {
            Content::Text(text) => visitor
                .visit_enum(StrDeserializer::<Fault>::new(text))
                .map_err(|fault: Fault| fault.at(self.node)),
            _ => Err(self.wrong_type("text")),
        }
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.content {
            Content::List(items) => visitor
                .visit_seq(Items {
                    rest: items.iter(),
                    cursor: &self,
                })
                .map_err(|fault: Fault| fault.at(self.node)),
            _ => Err(self.wrong_type("a list")),
        }
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.content {
            Content::Map(entries) => visitor
                .visit_map(Entries {
                    rest: entries.iter(),
                    value: None,
                    known: Some(known),
                    cursor: &self,
                })
                .map_err(|fault: Fault| {
                    if self.pass.is_some() {
                        fault
                    } else {
                        fault.at(self.node)
                    }
                }),
            _ => Err(self.wrong_type("a mapping")),
        }
    }

    forward_to_deserialize_any! { <V: Visitor<'n>>
        i8 i16 i32 i64 u8 u16 u64 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'n, 'c> {
    rest: std::slice::Iter<'n, Node>,
    cursor: &'c Cursor<'n, 'c>,
}

impl<'n> SeqAccess<'n> for Items<'n, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'n>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Cursor { decoder, field, .. } = *self.cursor;
        self.rest
            .next()
            .map(|node| {
                seed.deserialize(Cursor {
                    node,
                    decoder,
                    field,
                    pass: None,
                })
                .map_err(|fault| fault.at(node))
            })
            .transpose()
    }
}

struct Entries<'n, 'c> {
    rest: std::slice::Iter<'n, (Key, Node)>,
    value: Option<(&'n Key, &'n Node)>,
    known: Option<&'static [&'static str]>,
    cursor: &'c Cursor<'n, 'c>,
}

impl<'n> MapAccess<'n> for Entries<'n, '_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'n>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let pass = self.cursor.pass;
        for (key, node) in self.rest.by_ref() {
            if pass.is_some_and(|pass| pass.leaves_out(&key.text)) {
                continue;
            }
            if let Some(known) = self.known
                && !known.contains(&key.text.as_str())
            {
                self.cursor.decoder.unknown_field(key, known);
                continue;
            }
            self.value = Some((key, node));
            return seed.deserialize(StrDeserializer::new(&key.text)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'n>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((key, node)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(Cursor {
            node,
            decoder: self.cursor.decoder,
            field: &key.text,
            pass: None,
        })
        .map_err(|fault| {
            if let Some(pass) = self.cursor.pass {
                pass.failed.set(Some(&key.text));
            }
            fault.at(node)
        })
    }
}
