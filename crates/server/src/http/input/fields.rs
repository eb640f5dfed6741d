//! The fields of a request: read one by one, so that all that are wrong can be told at once.

use super::json::{self, Unknown};
use super::value::{Message, Value};
use crate::http::problem::{FieldError, Problem};

/// How many wrong fields are told at once; who has more than this is not helped by a longer list.
const MAX_ERRORS: usize = 20;

/// Unknown names longer than this are shortened in messages and not compared with known ones.
const MAX_SHOWN_NAME: usize = 40;

/// An unknown name that differs from a known one in fewer than one of so many characters is taken
/// for a typo of it; one typo is always allowed.
const CHARS_PER_TYPO: usize = 3;

/// Where a message about the body as a whole belongs.
const BODY: &str = "body";

/// The fields that a request gives, of those that the call knows.
pub(in crate::http) struct Fields<'a> {
    known: &'static [&'static str],
    /// What is given for each known name.
    values: Vec<Option<Value<'a>>>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Reads a JSON object with these fields and no others.
    ///
    /// # Errors
    /// When the body is not JSON, or other JSON than an object.
    pub(in crate::http) fn strict(
        body: &'a [u8],
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        Self::of_json(json::text(body)?, known, Unknown::Refused)
    }

    /// Reads these fields of a JSON object and leaves out all others.
    ///
    /// # Errors
    /// When the body is not JSON, or other JSON than an object.
    pub(in crate::http) fn lenient(
        body: &'a str,
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        Self::of_json(body, known, Unknown::Ignored)
    }

    /// Reads the parameters of a query string.
    pub(in crate::http) fn of_query(query: &'a str, known: &'static [&'static str]) -> Self {
        let mut fields = Self::none(known);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match fields.slot(&name) {
                Some(slot) => fields.put(slot, Value::Word(value)),
                None => fields.unknown(&name),
            }
        }
        fields
    }

    fn none(known: &'static [&'static str]) -> Self {
        let values = known.iter().map(|_| None).collect();
        Self { known, values, errors: Vec::new() }
    }

    fn of_json(
        body: &'a str,
        known: &'static [&'static str],
        unknown: Unknown,
    ) -> Result<Self, Problem> {
        let mut fields = Self::none(known);
        match json::read_object(body, unknown, &mut fields)? {
            None => Ok(fields),
            Some(other) => Err(Problem::field(BODY, format!("must be a JSON object, not {other}"))),
        }
    }

    /// A field that must be there.
    pub(in crate::http) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        self.required_as(&[name], read)
    }

    /// A field that must be there under exactly one of these names, the first being ours.
    pub(in crate::http) fn required_as<T>(
        &mut self,
        names: &[&'static str],
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        let given = self.given(names)?;
        let Some((name, value)) = given else {
            self.wrong(names.first().copied().unwrap_or(BODY), "is required");
            return None;
        };
        self.read(name, &value, read)
    }

    /// A field that may be absent or `null`.
    pub(in crate::http) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        self.optional_as(&[name], read)
    }

    /// A field that may be absent or `null`, under one of these names.
    pub(in crate::http) fn optional_as<T>(
        &mut self,
        names: &[&'static str],
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        match self.given(names)?? {
            (_, Value::Null) => None,
            (name, value) => self.read(name, &value, read),
        }
    }

    /// A field whose absence leaves a setting alone and whose `null` clears it.
    pub(in crate::http) fn clearable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<Option<T>> {
        match self.given(&[name])?? {
            (_, Value::Null) => Some(None),
            (name, value) => self.read(name, &value, read).map(Some),
        }
    }

    /// A field whose absence leaves a setting alone and which cannot be cleared.
    pub(in crate::http) fn change<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        let (name, value) = self.given(&[name])??;
        self.read(name, &value, read)
    }

    /// Whether a known field is there, even as `null`.
    pub(in crate::http) fn has(&self, name: &str) -> bool {
        self.slot(name).is_some_and(|slot| self.values.get(slot).is_some_and(Option::is_some))
    }

    /// Whether a known field is there and is not `null`.
    pub(in crate::http) fn is_given(&self, name: &str) -> bool {
        self.slot(name).is_some_and(|slot| {
            self.values.get(slot).is_some_and(|value| !matches!(value, None | Some(Value::Null)))
        })
    }

    /// Notes that `field` is wrong.
    pub(in crate::http) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(FieldError::new(field, message));
        }
    }

    /// What a header came to; its error joins those of the fields.
    pub(in crate::http) fn header<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|error| self.wrong(&error.field, error.message)).ok()
    }

    /// The request, if no field was wrong.
    ///
    /// # Errors
    /// Every wrong field.
    pub(in crate::http) fn finish<T>(self, request: Option<T>) -> Result<T, Problem> {
        match request {
            Some(request) if self.errors.is_empty() => Ok(request),
            Some(_) | None => Err(Problem::Invalid(self.errors)),
        }
    }

    /// The value given under one of `names`: `None` when there are two, which is an error;
    /// `Some(None)` when there is none.
    #[expect(clippy::option_option, reason = "a mistake is not an absence")]
    fn given(&mut self, names: &[&'static str]) -> Option<Option<(&'static str, Value<'a>)>> {
        let mut given = None;
        for name in names {
            let slot = self.slot(name)?;
            let Some(value) = self.values.get_mut(slot).and_then(Option::take) else {
                continue;
            };
            if let Some((other, _)) = given {
                self.wrong(other, format!("and {name} are two names of one field: give one"));
                self.wrong(name, format!("and {other} are two names of one field: give one"));
                return None;
            }
            given = Some((*name, value));
        }
        Some(given)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        value: &Value<'a>,
        read: impl FnOnce(&Value<'a>) -> Result<T, Message>,
    ) -> Option<T> {
        read(value).map_err(|message| self.wrong(name, message)).ok()
    }

    /// Which of the known fields has this name.
    pub(super) fn slot(&self, name: &str) -> Option<usize> {
        self.known.iter().position(|known| *known == name)
    }

    /// Notes what is given for a known field.
    pub(super) fn put(&mut self, slot: usize, value: Value<'a>) {
        let Some(place) = self.values.get_mut(slot) else { return };
        if place.replace(value).is_some()
            && let Some(name) = self.known.get(slot)
        {
            self.wrong(name, "is given twice");
        }
    }

    /// Notes a field that is not known.
    pub(super) fn unknown(&mut self, name: &str) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let shown: String = name.chars().take(MAX_SHOWN_NAME).collect();
        if shown.len() < name.len() {
            self.wrong(&format!("{shown}…"), "is not known here");
            return;
        }
        let nearest = self
            .known
            .iter()
            .map(|known| (strsim::osa_distance(known, name), known))
            .filter(|(typos, known)| *typos <= (known.len() / CHARS_PER_TYPO).max(1))
            .min_by_key(|(typos, _)| *typos);
        match nearest {
            Some((_, known)) => {
                self.wrong(&shown, format!("is not known here; did you mean {known}?"));
            }
            None => self.wrong(&shown, "is not known here"),
        }
    }
}

#[cfg(test)]
mod tests;
