//! What a photograph says of itself: when it was taken, where, and with what.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::inspection::InspectionPlan;

/// The kind of evidence under which an inspection team files its photographs.
pub const PHOTO: &str = "inspection_photo";

/// What a photograph says of itself. It is what the camera wrote, or whoever changed it since: a hint, not a proof by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhotoFacts {
    /// When it was taken.
    pub taken: Option<Taken>,
    /// Where.
    pub location: Option<Place>,
    /// With what: maker and model.
    pub device: Option<String>,
}

/// When a photograph was taken, by the clock of the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PhotoTime")]
pub struct Taken {
    /// What the clock showed.
    pub local: NaiveDateTime,
    /// How many minutes the clock was ahead of UTC, where the photograph says so.
    pub offset_minutes: Option<i16>,
}

/// What the clocks of China are ahead of UTC.
const CHINA_MINUTES: i16 = 8 * 60;

impl Taken {
    /// The day in China. A clock that does not say how far ahead it was is taken for one of China's.
    pub fn day(&self) -> NaiveDate {
        let behind = CHINA_MINUTES - self.offset_minutes.unwrap_or(CHINA_MINUTES);
        let there = self.local.checked_add_signed(TimeDelta::minutes(behind.into()));
        there.unwrap_or(self.local).date()
    }
}

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PhotoPlace")]
pub struct Place {
    /// North of the equator; negative in the south.
    #[schemars(with = "String", regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$"))]
    pub latitude: Decimal,
    /// East of Greenwich; negative in the west.
    #[schemars(with = "String", regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$"))]
    pub longitude: Decimal,
}

impl PhotoFacts {
    /// Whether it was taken on a day of the plan; none where either does not tell.
    pub fn is_of_the_visit(&self, plan: &InspectionPlan) -> Option<bool> {
        let day = self.taken?.day();
        Some((plan.from?..=plan.until?).contains(&day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_chinas() {
        let day = |local: &str, offset_minutes| {
            let local = local.parse().unwrap();
            Taken { local, offset_minutes }.day().to_string()
        };
        assert_eq!(day("2026-05-25T23:30:00", Some(480)), "2026-05-25");
        assert_eq!(day("2026-05-25T23:30:00", None), "2026-05-25");
        assert_eq!(day("2026-05-25T16:30:00", Some(0)), "2026-05-26");
        assert_eq!(day("2026-05-25T00:30:00", Some(540)), "2026-05-24");
        assert_eq!(Taken { local: NaiveDateTime::MAX, offset_minutes: Some(0) }.day(), NaiveDate::MAX);
    }
}
