//! JSON bodies. Only the values of known fields are kept, and those as slices of the body: a
//! hostile one costs neither memory nor stack.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fields::Fields;
use super::value::Value;
use crate::http::problem::Problem;

/// What becomes of fields that the call does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are wrong.
    Refused,
    /// They are left out.
    Ignored,
}

/// The body as text.
///
/// # Errors
/// When it is empty or not UTF-8 (RFC 8259 §8.1).
pub(in crate::http) fn text(body: &[u8]) -> Result<&str, Problem> {
    if body.is_empty() {
        return Err(Problem::MalformedJson("the body is empty; a JSON object is needed".into()));
    }
    std::str::from_utf8(body).map_err(|error| {
        let byte = error.valid_up_to() + 1;
        Problem::MalformedJson(format!("the body is not UTF-8 from byte {byte} on"))
    })
}

/// Reads the members of the object that `body` is into `fields`. If it is other JSON than an
/// object, says what it is.
///
/// # Errors
/// When it is not JSON.
pub(super) fn read_object<'a>(
    body: &'a str,
    unknown: Unknown,
    fields: &mut Fields<'a>,
) -> Result<Option<&'static str>, Problem> {
    let mut json = serde_json::Deserializer::from_str(body);
    let read = if body.trim_start().starts_with('{') {
        json.deserialize_map(Members { fields, unknown }).map(|()| None)
    } else {
        serde::Deserialize::deserialize(&mut json)
            .map(|other: &RawValue| Some(Value::of_json(other).kind()))
    };
    let found = read.and_then(|found| json.end().map(|()| found));
    found.map_err(|error| Problem::MalformedJson(format!("the body is not JSON: {error}")))
}

/// Reads an object's members.
struct Members<'f, 'a> {
    fields: &'f mut Fields<'a>,
    unknown: Unknown,
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { fields, unknown } = self;
        while let Some(slot) = map.next_key_seed(Name { fields: &mut *fields, unknown })? {
            match slot {
                Some(slot) => {
                    let value: &RawValue = map.next_value()?;
                    fields.put(slot, Value::of_json(value));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds the field that a member's name means.
struct Name<'f, 'a> {
    fields: &'f mut Fields<'a>,
    unknown: Unknown,
}

impl<'a> DeserializeSeed<'a> for Name<'_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let slot = self.fields.slot(name);
        if slot.is_none() && self.unknown == Unknown::Refused {
            self.fields.unknown(name);
        }
        Ok(slot)
    }
}
