//! Points in time and civil dates. Where the time comes from is not known here; it is always an argument.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

use super::strict::Wanted;

/// China's civil time, UTC+8 all year (no daylight saving since 1991).
fn china() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours are less than a day")
}

/// A point in time, exact to the microsecond. Written as RFC 3339 with the offset `+08:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970-01-01T00:00Z.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00Z, as tokens carry them.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The point in time a whole number of seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The point in time so many microseconds later.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The civil date in China at this time.
    pub fn date(self) -> NaiveDate {
        self.in_china().date_naive()
    }

    /// The last microsecond of a civil date in China: what "until the end of that day" means.
    pub fn end_of(date: NaiveDate) -> Self {
        let next = date.succ_opt().unwrap_or(date).and_time(NaiveTime::MIN);
        // Midnight in China is eight hours before midnight UTC.
        Self(next.and_utc().timestamp_micros() - i64::from(china().local_minus_utc()) * 1_000_000 - 1)
    }

    fn in_china(self) -> DateTime<FixedOffset> {
        let utc = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        utc.with_timezone(&china())
    }

    /// The civil date and time in China.
    pub fn local(self) -> NaiveDateTime {
        self.in_china().naive_local()
    }

    /// Seconds from `earlier` to this; negative if it is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        Duration::microseconds(self.0.saturating_sub(earlier.0)).num_seconds()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.in_china().to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATime;

impl FromStr for Timestamp {
    type Err = NotATime;

    /// Reads RFC 3339, with any offset.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| NotATime)?;
        Ok(Self(time.timestamp_micros()))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NotATime| Wanted::Time.error(&text))
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A time of day to the minute, written `09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(NaiveTime);

impl TimeOfDay {
    /// At this time on a day.
    pub fn on(self, day: NaiveDate) -> NaiveDateTime {
        day.and_time(self.0)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.format("%H:%M"), formatter)
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATime;

    /// Reads it as people write it: `9:00`, `09:00`, `９：００`.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        NaiveTime::parse_from_str(&plain, "%H:%M").map(Self).map_err(|_| NotATime)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NotATime| Wanted::TimeOfDay.error(&text))
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_china() {
        let date = NaiveDate::from_ymd_opt(2026, 4, 8).unwrap();
        let end = Timestamp::end_of(date);
        assert_eq!(end.to_string(), "2026-04-08T23:59:59.999999+08:00");
        assert_eq!(end.date(), date);
        assert_eq!(Timestamp::from_micros(end.micros() + 1).date(), date.succ_opt().unwrap());
    }

    #[test]
    fn times_of_day_are_read_as_people_write_them() {
        for text in ["9:00", "09:00", "９：００", "9: 00"] {
            assert_eq!(
                text.parse::<TimeOfDay>().map(|time| time.to_string()),
                Ok("09:00".to_owned()),
                "{text}"
            );
        }
        for text in ["", "9", "25:00", "9点", "09:00:30"] {
            assert_eq!(text.parse::<TimeOfDay>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let time = Timestamp::from_micros(1_775_000_000_123_456);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
        assert_eq!(
            serde_json::from_str::<Timestamp>("\"2026-04-08T00:00:00Z\"").unwrap().to_string(),
            "2026-04-08T08:00:00+08:00"
        );
    }
}
