//! A JSON value that is read as a type, and what kept it from being one: told by what was asked for and what serde calls
//! the mistake, never by the sentences that it writes.

use std::any::type_name;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Expected, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::strict::Wanted;

/// What is the matter with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A member is missing.
    Missing(&'static str),
    /// It is none of the words that may stand there, of which this is one.
    NotAChoice(Option<&'static str>),
    /// It is of another type, or outside the bounds of its type.
    Shape,
    /// Its type refuses it for a reason of its own.
    Value,
}

/// What stood where a value was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Bool,
    Text,
    Unsigned,
    Signed,
    List,
    Id,
    /// One of some words, such as this.
    Choice(Option<&'static str>),
    Told(Wanted),
    Other,
}

/// What kept a value from being of its type.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) what: What,
    place: Option<Place>,
}

impl Mistake {
    /// The innermost place that is known holds.
    fn at(mut self, place: Place) -> Self {
        let place = *self.place.get_or_insert(place);
        // A date is read by a library, which only says that it can't.
        if place == Place::Told(Wanted::Date) && self.what == What::Value {
            self.what = What::Shape;
        }
        self
    }

    /// What is told of it, in Chinese and English.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match (self.what, self.place) {
            (What::Missing(_), _) => ("必须填写", "Must be filled in"),
            (What::NotAChoice(_), _) => ("请从所列选项中选择", "Must be one of the choices"),
            (What::Value, Some(Place::Id)) => ("请选择一项", "Choose one"),
            (What::Shape, Some(place)) => place.words(),
            _ => ("内容不符合要求", "Not what belongs here"),
        }
    }

    /// What its type might take instead, so that one can read on.
    pub(super) fn stand_in(&self) -> Value {
        match (self.what, self.place) {
            (What::Missing(_), _) => Value::Null,
            (What::NotAChoice(choice), _) | (_, Some(Place::Choice(choice))) => json!(choice),
            (_, Some(Place::Bool)) => json!(false),
            (_, Some(Place::Text)) => json!("x"),
            (_, Some(Place::Unsigned | Place::Signed)) => json!(1),
            (_, Some(Place::List)) => json!([]),
            (_, Some(Place::Id)) => json!(Uuid::nil()),
            (_, Some(Place::Told(Wanted::RegionCode))) => json!("320000"),
            (_, Some(Place::Told(Wanted::Time))) => json!("2026-03-10T18:00:00+08:00"),
            (_, Some(Place::Told(Wanted::Number))) => json!("1"),
            (_, Some(Place::Told(Wanted::Date))) => json!("2026-03-10"),
            (_, Some(Place::Told(Wanted::TimeOfDay))) => json!("09:00"),
            (_, Some(Place::Other) | None) => json!({}),
        }
    }
}

impl Place {
    /// The place where a reader makes a `T`; `otherwise` where that says nothing.
    fn of<T>(otherwise: Self) -> Self {
        let made = type_name::<T>();
        if made == type_name::<NaiveDate>() {
            Self::Told(Wanted::Date)
        } else if made == type_name::<Uuid>() {
            Self::Id
        } else if made == type_name::<Decimal>() {
            Self::Told(Wanted::Number)
        } else {
            otherwise
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Bool => ("应选择是或否", "Must be yes or no"),
            Self::Text => ("应为文字", "Must be text"),
            Self::Unsigned => {
                ("应为整数，且不能过大或为负", "Must be a whole number, not too large nor below zero")
            }
            Self::Signed => ("应为整数，且不能过大", "Must be a whole number, not too large"),
            Self::List => ("应为列表", "Must be a list"),
            Self::Told(Wanted::RegionCode) => ("应为六位地区代码", "Must be a region's code of six digits"),
            Self::Told(Wanted::Time) => (
                "应为日期和时间，如 2026-03-10 18:00（接口须写明时区：2026-03-10T18:00:00+08:00）",
                "Must be a date and time with its time zone, such as 2026-03-10T18:00:00+08:00",
            ),
            Self::Told(Wanted::Number) => ("应为数字，如 48.5", "Must be a number such as 48.5"),
            Self::Told(Wanted::Date) => ("应为日期，如 2026-03-10", "Must be a date such as 2026-03-10"),
            Self::Told(Wanted::TimeOfDay) => ("应为时刻，如 09:00", "Must be a time of day such as 09:00"),
            Self::Id | Self::Choice(_) | Self::Other => ("内容不符合要求", "Not what belongs here"),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words().1)
    }
}

impl std::error::Error for Mistake {}

impl From<What> for Mistake {
    fn from(what: What) -> Self {
        Self { what, place: None }
    }
}

impl serde::de::Error for Mistake {
    fn custom<T: fmt::Display>(_: T) -> Self {
        What::Value.into()
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        What::Shape.into()
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // Readers of ours say what they want by the word for it.
        let wanted = expected.to_string().parse().ok();
        Self { what: What::Shape, place: wanted.map(Place::Told) }
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        What::Shape.into()
    }

    fn unknown_variant(_: &str, choices: &'static [&'static str]) -> Self {
        What::NotAChoice(choices.first().copied()).into()
    }

    fn missing_field(name: &'static str) -> Self {
        What::Missing(name).into()
    }
}

/// A value to be read.
#[derive(Clone, Copy)]
pub(super) struct Given<'de>(pub(super) &'de Value);

impl<'de> Given<'de> {
    fn read<V: Visitor<'de>>(self, place: Place, visitor: V) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(What::Shape.into()),
            },
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.iter().map(Given));
                visitor.visit_seq(&mut items).and_then(|value| items.end().map(|()| value))
            }
            Value::Object(members) => {
                let mut members = MapDeserializer::new(members.iter().map(member));
                visitor.visit_map(&mut members).and_then(|value| members.end().map(|()| value))
            }
        }
        .map_err(|mistake| mistake.at(place))
    }
}

fn member<'de>((name, value): (&'de String, &'de Value)) -> (Name<'de>, Given<'de>) {
    (Name(name), Given(value))
}

/// The name of a member.
struct Name<'de>(&'de str);

impl<'de> IntoDeserializer<'de, Mistake> for Name<'de> {
    type Deserializer = BorrowedStrDeserializer<'de, Mistake>;

    fn into_deserializer(self) -> Self::Deserializer {
        BorrowedStrDeserializer::new(self.0)
    }
}

impl<'de> IntoDeserializer<'de, Mistake> for Given<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Readers that ask for one kind of thing.
macro_rules! asking {
    ($($name:ident => $place:expr;)+) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            self.read($place, visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Mistake;

    asking! {
        deserialize_any => Place::of::<V::Value>(Place::Other);
        deserialize_bool => Place::Bool;
        deserialize_u8 => Place::Unsigned;
        deserialize_u16 => Place::Unsigned;
        deserialize_u32 => Place::Unsigned;
        deserialize_u64 => Place::Unsigned;
        deserialize_i8 => Place::Signed;
        deserialize_i16 => Place::Signed;
        deserialize_i32 => Place::Signed;
        deserialize_i64 => Place::Signed;
        deserialize_str => Place::of::<V::Value>(Place::Text);
        deserialize_string => Place::of::<V::Value>(Place::Text);
        deserialize_seq => Place::List;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        choices: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(BorrowedStrDeserializer::new(word)),
            Value::Object(members) => {
                let members = MapDeserializer::new(members.iter().map(member));
                visitor.visit_enum(MapAccessDeserializer::new(members))
            }
            _ => Err(What::Shape.into()),
        }
        .map_err(|mistake: Mistake| mistake.at(Place::Choice(choices.first().copied())))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}
