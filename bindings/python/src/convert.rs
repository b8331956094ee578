//! Python objects to JSON values and back, without a text in between.

use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};
use wotnot_json::{Code, Error};

/// How deep containers may nest: far beyond any message, and an end to those that hold themselves.
const MAX_DEPTH: usize = 64;

/// Why an object could not be read as JSON.
pub(crate) enum Unreadable {
    /// It has no JSON form; the error names the place within it.
    Invalid(Error),
    /// Code of the caller's own, such as a mapping's, raised this.
    Raised(PyErr),
}

impl From<PyErr> for Unreadable {
    fn from(error: PyErr) -> Self {
        Unreadable::Raised(error)
    }
}

/// Reads a Python object as JSON.
pub(crate) fn to_json(object: &Bound<'_, PyAny>) -> Result<Value, Unreadable> {
    read(object, &JsonPath::Root, MAX_DEPTH)
}

/// Where in the whole an object stands; written out only when something is wrong with it.
enum JsonPath<'a> {
    Root,
    Key(&'a JsonPath<'a>, &'a str),
    Index(&'a JsonPath<'a>, usize),
}

impl JsonPath<'_> {
    fn path(&self) -> String {
        match self {
            JsonPath::Root => "the parameters".to_owned(),
            JsonPath::Key(JsonPath::Root, key) => (*key).to_owned(),
            JsonPath::Key(parent, key) => format!("{}.{key}", parent.path()),
            JsonPath::Index(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }

    fn wrong(&self, problem: &str) -> Unreadable {
        Unreadable::Invalid(Error::invalid(&self.path(), problem))
    }
}

fn read(
    object: &Bound<'_, PyAny>,
    place: &JsonPath<'_>,
    depth: usize,
) -> Result<Value, Unreadable> {
    if let Ok(text) = object.cast::<PyString>() {
        return read_text(text, place).map(Value::String);
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = object.cast::<PyBool>() {
        return Ok(Value::Bool(flag.is_true()));
    }
    if let Ok(number) = object.cast::<PyInt>() {
        let small = number.extract::<i64>().map(Number::from);
        return small
            .or_else(|_| number.extract::<u64>().map(Number::from))
            .map(Value::Number)
            .map_err(|_| place.wrong("the number does not fit into 64 bits"));
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Number::from_f64(number.value())
            .map(Value::Number)
            .ok_or_else(|| place.wrong("JSON has no NaN and no infinity"));
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(place.wrong("nested too deep, or holds itself"));
    };
    if let Ok(dict) = object.cast::<PyDict>() {
        // A list of its own: reading a value may run code that changes the dict.
        return read_items(&dict.items(), place, depth);
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        let mut list = Vec::new();
        for (index, item) in object.try_iter()?.enumerate() {
            list.push(read(&item?, &JsonPath::Index(place, index), depth)?);
        }
        return Ok(Value::Array(list));
    }
    if let Ok(mapping) = object.cast::<PyMapping>() {
        return read_items(&mapping.items()?, place, depth);
    }
    let kind = object
        .get_type()
        .name()
        .map_or_else(|_| "this".to_owned(), |name| name.to_string());
    Err(place.wrong(&format!(
        "expected str, int, float, bool, None, a mapping, a list or a tuple, not {kind}"
    )))
}

fn read_items(
    items: &Bound<'_, PyList>,
    place: &JsonPath<'_>,
    depth: usize,
) -> Result<Value, Unreadable> {
    let mut map = Map::with_capacity(items.len());
    for pair in items {
        let (key, value) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let key = key
            .cast::<PyString>()
            .map_err(|_| place.wrong("the keys must be of type str"))?;
        let key = read_text(key, place)?;
        let value = read(&value, &JsonPath::Key(place, &key), depth)?;
        map.insert(key, value);
    }
    Ok(Value::Object(map))
}

fn read_text(text: &Bound<'_, PyString>, place: &JsonPath<'_>) -> Result<String, Unreadable> {
    text.to_str().map(str::to_owned).map_err(|_| {
        let problem = "holds a lone surrogate, which no UTF-8 text can";
        let problem = format!("{}: {problem}", place.path());
        Unreadable::Invalid(Error::new(Code::InvalidUtf8, problem))
    })
}

/// Makes Python objects of a JSON value.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    write(py, value, MAX_DEPTH * 4)
}

fn write<'py>(py: Python<'py>, value: &Value, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(PyRecursionError::new_err("the document is nested too deep"));
    };
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(flag) => Ok(PyBool::new(py, *flag).to_owned().into_any()),
        Value::String(text) => Ok(PyString::new(py, text).into_any()),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => Ok(whole.into_pyobject(py)?.into_any()),
            (None, Some(whole), _) => Ok(whole.into_pyobject(py)?.into_any()),
            (None, None, real) => Ok(PyFloat::new(py, real.unwrap_or(f64::NAN)).into_any()),
        },
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(write(py, item, depth)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, field) in fields {
                dict.set_item(key, write(py, field, depth)?)?;
            }
            Ok(dict.into_any())
        }
    }
}
