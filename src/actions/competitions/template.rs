//! The settings that a new competition begins from.

use crate::actions::data::{self, Kind};
use crate::actions::{Service, parse};
use crate::domain::competition::Settings;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The default rubric with all that belongs to it.
const DEFAULT: &str = include_str!("../../../data/settings.example.json");

const DAY: i64 = 24 * 60 * 60;

/// The default settings, ready for a competition to come.
///
/// # Errors
/// If the database fails.
pub async fn template(service: &Service) -> Result<Settings> {
    brought_up_to_date(service, parse(DEFAULT)?).await
}

/// Settings with the newest reference data and with a calendar that lies ahead.
///
/// # Errors
/// If the database fails.
pub async fn brought_up_to_date(service: &Service, mut settings: Settings) -> Result<Settings> {
    settings.catalogue = data::newest_version(service, Kind::Catalogue).await?;
    settings.working_days = data::newest_version(service, Kind::WorkingDays).await?;
    move_to_future(&mut settings, service.clock.now());
    Ok(settings)
}

/// Moves a calendar by whole weeks until applications begin after `now`: weekdays stay what they were.
fn move_to_future(settings: &mut Settings, now: Timestamp) {
    let calendar = &mut settings.calendar;
    let late = now.seconds_since(calendar.application.from);
    if late < 0 {
        return;
    }
    let by = (late / (7 * DAY) + 1) * 7 * DAY;
    let periods = [
        &mut calendar.application,
        &mut calendar.recommendation,
        &mut calendar.checking,
        &mut calendar.review,
        &mut calendar.announcement,
    ];
    for period in periods {
        period.from = period.from.plus_seconds(by);
        period.until = period.until.plus_seconds(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_lies_ahead_on_the_same_weekdays() {
        use chrono::Datelike;
        let mut settings: Settings = parse(DEFAULT).unwrap();
        let before = settings.calendar.clone();
        let now: Timestamp = "2027-01-15T12:00:00+08:00".parse().unwrap();
        move_to_future(&mut settings, now);
        let after = settings.calendar;
        assert!(after.application.from > now && after.application.from < now.plus_seconds(7 * DAY + 1));
        assert_eq!(after.review.until.date().weekday(), before.review.until.date().weekday());
        assert_eq!(
            after.announcement.until.seconds_since(after.application.from),
            before.announcement.until.seconds_since(before.application.from)
        );
    }
}
