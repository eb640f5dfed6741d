//! JSON as anybody would read it: a tree, from `serde_json`, that also knows of names given twice.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    Array(Vec<Json>),
    /// In the order they are written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The members, if it is an object.
    pub(super) fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// The member under the first of `names` that is there and is not `null`.
    pub(super) fn member(&self, names: &[&str]) -> Option<&Self> {
        let named = |name: &&str| self.members()?.iter().find(|(its, _)| its == *name);
        let found = names.iter().filter_map(named).map(|(_, value)| value);
        found.into_iter().find(|value| !matches!(value, Self::Null))
    }

    /// The integer under one of `names`.
    pub(super) fn integer(&self, names: &[&str]) -> Option<i128> {
        match self.member(names)? {
            Self::Number(number) => number.as_i128(),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The text under one of `names`.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        match self.member(names)? {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// Whether everyone reads the same in it: no object has a name twice, and no number is `-0`,
    /// which is an integer to some.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Text(_) => true,
            Self::Number(number) => {
                number.as_f64().is_none_or(|it| it != 0.0 || it.is_sign_positive())
            }
            Self::Array(values) => values.iter().all(Self::is_plain),
            Self::Object(members) => {
                let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
                names.sort_unstable();
                let once = names.windows(2).all(|pair| pair[0] != pair[1]);
                once && members.iter().all(|(_, value)| value.is_plain())
            }
        }
    }

    /// The same value, written as differently as JSON allows: members in the reverse order, every
    /// character of a text escaped, and white space wherever there may be some.
    pub(super) fn rewritten(&self) -> String {
        let mut text = String::new();
        // Nothing can fail that only grows a text.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> fmt::Result {
        match self {
            Self::Null => to.write_str(" null "),
            Self::Bool(value) => write!(to, "\t{value}\r"),
            Self::Number(number) => write!(to, " {number}\r\n"),
            Self::Text(text) => write_text(text, to),
            Self::Array(values) => {
                to.write_str(" [ ")?;
                for (nth, value) in values.iter().enumerate() {
                    to.write_str(if nth == 0 { "" } else { " , " })?;
                    value.write(to)?;
                }
                to.write_str(" ] ")
            }
            Self::Object(members) => {
                to.write_str("\n{ ")?;
                for (nth, (name, value)) in members.iter().rev().enumerate() {
                    to.write_str(if nth == 0 { "" } else { "\t, " })?;
                    write_text(name, to)?;
                    to.write_str(":")?;
                    value.write(to)?;
                }
                to.write_str(" } ")
            }
        }
    }
}

fn write_text(text: &str, to: &mut String) -> fmt::Result {
    to.write_str(" \"")?;
    for unit in text.encode_utf16() {
        write!(to, "\\u{unit:04X}")?;
    }
    to.write_str("\" ")
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

/// Reads any value.
struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Json::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut read = Vec::new();
        while let Some(value) = values.next_element()? {
            read.push(value);
        }
        Ok(Json::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut read = Vec::new();
        while let Some(member) = members.next_entry()? {
            read.push(member);
        }
        Ok(Json::Object(read))
    }
}
