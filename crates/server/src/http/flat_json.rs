//! JSON of flat objects, written fast.
//!
//! Nearly every answer is one object of numbers, short texts and times. A writer that knows no more
//! than that needs no state, escapes nothing, and writes each member at once. Whatever else there
//! is in a value, a list or a text with a quote, is left to `serde_json`, which begins again.

use std::fmt;

use serde::ser::{Error, Impossible, Serialize, SerializeStruct, Serializer};

/// Appends `value` as `serde_json` would write it, and says whether it could. If not, what it
/// appended is of no use.
pub(super) fn write(value: &impl Serialize, output: &mut Vec<u8>) -> bool {
    value.serialize(Object(output)).is_ok()
}

/// There is more in the value than a flat object has.
#[derive(Debug)]
struct NotFlat;

impl fmt::Display for NotFlat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a flat object")
    }
}

impl std::error::Error for NotFlat {}

impl Error for NotFlat {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), NotFlat>;
type Never = Impossible<(), NotFlat>;

/// Writes the value itself.
struct Object<'o>(&'o mut Vec<u8>);

/// Writes the members of the object.
struct Members<'o> {
    output: &'o mut Vec<u8>,
    opened: bool,
}

/// Writes the value of one member.
struct Scalar<'o>(&'o mut Vec<u8>);

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = NotFlat;

    fn serialize_field<T>(&mut self, name: &'static str, value: &T) -> Done
    where
        T: Serialize + ?Sized,
    {
        self.output.extend_from_slice(if self.opened { b",\"" } else { b"{\"" });
        self.opened = true;
        self.output.extend_from_slice(name.as_bytes()); // a field's name has nothing to escape
        self.output.extend_from_slice(b"\":");
        value.serialize(Scalar(self.output))
    }

    fn end(self) -> Done {
        self.output.extend_from_slice(if self.opened { b"}" } else { b"{}" });
        Ok(())
    }
}

/// Methods of a serializer for what has no place there.
macro_rules! not_flat {
    ($($method:ident($($kind:ty),*);)*) => {
        $(fn $method(self $(, _: $kind)*) -> Done { Err(NotFlat) })*
    };
}

/// What has no place in any flat object, nor is one.
macro_rules! never_flat {
    () => {
        type Ok = ();
        type Error = NotFlat;
        type SerializeSeq = Never;
        type SerializeTuple = Never;
        type SerializeTupleStruct = Never;
        type SerializeTupleVariant = Never;
        type SerializeMap = Never;
        type SerializeStructVariant = Never;

        not_flat! {
            serialize_f32(f32);
            serialize_f64(f64);
            serialize_char(char);
            serialize_bytes(&[u8]);
            serialize_unit_struct(&'static str);
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Done {
            Err(NotFlat)
        }

        fn serialize_seq(self, _: Option<usize>) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }

        fn serialize_tuple(self, _: usize) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }

        fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }

        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }

        fn serialize_map(self, _: Option<usize>) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }

        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Never, NotFlat> {
            Err(NotFlat)
        }
    };
}

impl<'o> Serializer for Object<'o> {
    type SerializeStruct = Members<'o>;

    never_flat!();

    not_flat! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_str(&str);
        serialize_none();
        serialize_unit();
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Done {
        Err(NotFlat)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Done {
        Err(NotFlat)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'o>, NotFlat> {
        Ok(Members { output: self.0, opened: false })
    }
}

/// Methods of a serializer that write a number.
macro_rules! numbers {
    ($($method:ident($kind:ty);)*) => {
        $(fn $method(self, number: $kind) -> Done {
            self.0.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            Ok(())
        })*
    };
}

impl Serializer for Scalar<'_> {
    type SerializeStruct = Never;

    never_flat!();

    numbers! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
    }

    fn serialize_bool(self, value: bool) -> Done {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Done {
        // Without a way out on the first of them, the processor looks at many bytes at once.
        let escaped = |byte| (byte < b' ') | (byte == b'"') | (byte == b'\\');
        if text.bytes().fold(false, |found, byte| found | escaped(byte)) {
            return Err(NotFlat);
        }
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, NotFlat> {
        Err(NotFlat)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Serialize)]
    struct Flat<'a> {
        r#type: &'a str,
        number: i64,
        small: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped: Option<&'a str>,
        yes: bool,
        name: Name,
    }

    #[derive(Clone, Copy, Debug, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Name {
        TwoWords,
    }

    fn written(value: &impl Serialize) -> Option<String> {
        let mut output = Vec::new();
        write(value, &mut output).then(|| String::from_utf8(output).unwrap())
    }

    proptest! {
        #[test]
        fn a_flat_object_is_what_serde_json_makes_of_it(
            text: String,
            number: i64,
            small: Option<u32>,
            skipped in prop::option::of("[ -~äß€]*"),
            yes: bool,
        ) {
            let name = Name::TwoWords;
            let flat =
                Flat { r#type: &text, number, small, skipped: skipped.as_deref(), yes, name };
            if let Some(written) = written(&flat) {
                prop_assert_eq!(written, serde_json::to_string(&flat).unwrap());
            } else {
                let needs_escape = |text: &str| serde_json::to_string(text).unwrap().contains('\\');
                prop_assert!(needs_escape(&text) || needs_escape(&skipped.unwrap_or_default()));
            }
        }
    }

    #[test]
    fn nothing_else_is_flat() {
        #[derive(Serialize)]
        struct Has<T> {
            member: T,
        }
        #[derive(Serialize)]
        struct Empty {}
        assert_eq!(written(&Has { member: "text" }).unwrap(), r#"{"member":"text"}"#);
        assert_eq!(written(&Empty {}).unwrap(), "{}");
        let raw = RawValue::from_string("[1]".into()).unwrap();
        assert!(written(&Has { member: raw }).is_none());
        assert!(written(&Has { member: [1, 2] }).is_none());
        assert!(written(&Has { member: vec![1] }).is_none());
        assert!(written(&Has { member: Has { member: 1 } }).is_none());
        assert!(written(&Has { member: 1.5 }).is_none());
        assert!(written(&Has { member: "\u{1}" }).is_none());
        assert!(written(&"text").is_none());
        assert!(written(&[1]).is_none());
        assert!(written(&serde_json::json!({"a": 1})).is_none());
    }
}
