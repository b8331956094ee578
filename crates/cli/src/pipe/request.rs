//! One line of the pipe's input: the id, the method and its parameters, or what is wrong with it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;
use wotnot_core::strict::Fields;
use wotnot_json::{Code, Delivery, Error, Outcome, not_made};

/// JSON of the input; a byte order mark before it is taken for none.
pub fn parse(what: &str, text: &[u8]) -> Result<Value, Error> {
    let text = std::str::from_utf8(text)
        .map_err(|_| Error::new(Code::InvalidUtf8, format!("{what} is not UTF-8")))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        Error::new(
            Code::InvalidJson,
            format!("{what} is not JSON: column {}", error.column()),
        )
    })
}

/// The id of a request as its line writes it: numbers keep their form and all their digits. In the line it
/// gives way to a number that every reader takes, of the same length, so that columns stay right.
fn take_id(line: &mut [u8]) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(line).ok()?;
    let object = text.trim_start_matches('\u{feff}');
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(object).ok()?;
    let id = fields.get("id")?.get();
    let start = id.as_ptr() as usize - text.as_ptr() as usize;
    let place = start..start + id.len();
    // White space within an object may hold the end of a line, for some readers.
    let id = RawValue::from_string(id.replace('\r', " ")).ok()?;
    let place = line.get_mut(place)?;
    place.fill(b' ');
    *place.first_mut()? = b'0';
    Some(id)
}

/// One line of the input.
pub struct Request {
    /// `None` where there is none, or the line cannot be read.
    pub id: Option<Box<RawValue>>,
    /// The method and its parameters, or what is wrong with the line.
    pub call: Result<(String, Value), Box<Outcome>>,
}

impl Request {
    pub fn read(line: Result<Vec<u8>, Error>) -> Self {
        let mut id = None;
        let document = line.and_then(|mut bytes| {
            id = take_id(&mut bytes);
            parse("the request", &bytes)
        });
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                let call = Err(Box::new(unread(error)));
                return Self { id, call };
            }
        };
        let method = document.get("method").and_then(Value::as_str);
        let method = method.map(str::to_owned);
        let call = open(document).map_err(|error| match method {
            Some(method) => not_made(error, &method),
            None => unread(error),
        });
        Self {
            id,
            call: call.map_err(Box::new),
        }
    }
}

/// A line that does not say what it asks for: whatever that was, it was not sent.
fn unread(error: Error) -> Outcome {
    Outcome::failed(error.with_delivery(Delivery::NotSent), "request")
}

/// The method and its parameters.
fn open(request: Value) -> Result<(String, Value), Error> {
    let mut fields = Fields::open("", request)?;
    let _ = fields.take_nullable("id");
    let method = fields.required_string("method")?;
    let params = fields.map("params")?.unwrap_or_default();
    fields.finish()?;
    if ["receive", "wait"].contains(&method.as_str()) {
        return Err(Error::invalid(
            "method",
            "there is nothing to wait for: the pipe prints each event as it comes",
        ));
    }
    Ok((method, Value::Object(params)))
}
