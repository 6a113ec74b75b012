//! Working days (工作日): weekends, public holidays, and weekends on which work is made up (调休), as imported data.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::FieldProblem;
use super::strict;

/// The arrangements that the program brings along, with their source.
pub const CHINA: &str = include_str!("../../data/working_days.cn.json");

/// A calendar of working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WorkingCalendar {
    /// Where it comes from.
    pub source_note: String,
    /// One arrangement a year. Of a year without one nothing is known.
    pub years: Vec<YearArrangement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct YearArrangement {
    pub year: i32,
    /// The document that sets it (文号), if known.
    #[serde(default)]
    pub document: Option<String>,
    /// Days off, also those that fall on weekends.
    pub holidays: Vec<NaiveDate>,
    /// Weekend days that are worked.
    pub make_up_days: Vec<NaiveDate>,
}

/// A year whose arrangement is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownYear(pub i32);

/// Whether the day from which is counted is itself the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstDay {
    /// It is, if it is a working day: as notices count (公示期首日计入).
    Counted,
    /// It is not: the count begins on the day after.
    NotCounted,
}

impl WorkingCalendar {
    /// Reads a calendar.
    ///
    /// # Errors
    /// If it is not JSON of this shape, or [`WorkingCalendar::check`] finds something.
    pub fn read_json(bytes: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        let calendar: Self = strict::dataset(bytes, ("工作日历", "a calendar of working days"))?;
        let problems = calendar.check();
        if problems.is_empty() { Ok(calendar) } else { Err(problems) }
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for (index, year) in self.years.iter().enumerate() {
            let mut wrong = |list: &str, place: usize, code, zh: &str, en: &str| {
                problems.push(FieldProblem::new(format!("/years/{index}/{list}/{place}"), code, zh, en));
            };
            for (list, days) in [("holidays", &year.holidays), ("make_up_days", &year.make_up_days)] {
                for (place, day) in days.iter().enumerate() {
                    if day.year() != year.year {
                        wrong(list, place, "other_year", "日期不在本年", "The date is of another year");
                    }
                    if place > 0 && days[place - 1] >= *day {
                        wrong(
                            list,
                            place,
                            "not_in_order",
                            "日期须按先后排列且不重复",
                            "Dates stand in order, once each",
                        );
                    }
                }
            }
            for (place, day) in year.make_up_days.iter().enumerate() {
                if !is_weekend(*day) || year.holidays.contains(day) {
                    wrong(
                        "make_up_days",
                        place,
                        "not_a_weekend",
                        "调休上班日须为周末且不是放假日",
                        "A day made up is a weekend day and no holiday",
                    );
                }
            }
            if self.years[..index].iter().any(|earlier| earlier.year == year.year) {
                problems.push(FieldProblem::new(
                    format!("/years/{index}/year"),
                    "duplicate",
                    "年份重复",
                    "The year stands twice",
                ));
            }
        }
        problems
    }

    /// Whether a day is worked.
    ///
    /// # Errors
    /// If the year's arrangement is not known: a guess could end a period on a holiday.
    pub fn is_working_day(&self, day: NaiveDate) -> Result<bool, UnknownYear> {
        let year = self.years.iter().find(|year| year.year == day.year()).ok_or(UnknownYear(day.year()))?;
        Ok(year.make_up_days.contains(&day) || !(is_weekend(day) || year.holidays.contains(&day)))
    }

    /// The last of `days` working days from `first` on.
    ///
    /// # Errors
    /// If the count runs into a year whose arrangement is not known.
    pub fn last_of_working_days(
        &self,
        first: NaiveDate,
        days: u32,
        counting: FirstDay,
    ) -> Result<NaiveDate, UnknownYear> {
        let next = |day: NaiveDate| day.checked_add_days(Days::new(1)).ok_or(UnknownYear(day.year()));
        let mut day = if counting == FirstDay::Counted { first } else { next(first)? };
        let mut counted = 0;
        loop {
            if self.is_working_day(day)? {
                counted += 1;
            }
            if counted >= days {
                return Ok(day);
            }
            day = next(day)?;
        }
    }

    /// How many days from `first` to `last` are worked, both included.
    ///
    /// # Errors
    /// If a year's arrangement is not known.
    pub fn working_days_between(&self, first: NaiveDate, last: NaiveDate) -> Result<usize, UnknownYear> {
        let days = first.iter_days().take_while(|day| *day <= last);
        days.map(|day| self.is_working_day(day)).try_fold(0, |count, worked| Ok(count + usize::from(worked?)))
    }
}

pub(super) fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn china() -> WorkingCalendar {
        WorkingCalendar::read_json(CHINA.as_bytes()).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_national_holiday_of_2024_is_as_it_was() {
        let calendar = china();
        for date in 1..=7 {
            assert_eq!(calendar.is_working_day(NaiveDate::from_ymd_opt(2024, 10, date).unwrap()), Ok(false));
        }
        for worked in ["2024-09-29", "2024-10-12", "2024-10-08"] {
            assert_eq!(calendar.is_working_day(day(worked)), Ok(true), "{worked}");
        }
        assert_eq!(calendar.is_working_day(day("2019-10-08")), Err(UnknownYear(2019)));
    }

    #[test]
    fn notices_end_as_they_were_announced() {
        let calendar = china();
        let last = |first, days, counting| calendar.last_of_working_days(day(first), days, counting);
        // The national clusters of 2024: 18 to 22 November, 5 working days, the first counted.
        assert_eq!(last("2024-11-18", 5, FirstDay::Counted), Ok(day("2024-11-22")));
        // Shandong 2024: 23 to 29 August.
        assert_eq!(last("2024-08-23", 5, FirstDay::Counted), Ok(day("2024-08-29")));
        assert_eq!(last("2024-11-18", 5, FirstDay::NotCounted), Ok(day("2024-11-25")));
        // Over the holiday, with Saturday 12 October worked.
        assert_eq!(last("2024-09-30", 6, FirstDay::Counted), Ok(day("2024-10-12")));
        assert_eq!(last("2024-10-05", 1, FirstDay::Counted), Ok(day("2024-10-08")));
        assert_eq!(last("2026-12-30", 5, FirstDay::Counted), Err(UnknownYear(2027)));
    }

    #[test]
    fn days_left_are_those_that_are_worked() {
        let left = |first: &str, last: &str| china().working_days_between(day(first), day(last));
        assert_eq!(left("2024-11-18", "2024-11-22"), Ok(5));
        assert_eq!(left("2024-11-22", "2024-11-22"), Ok(1));
        // The national holiday, with Saturday 12 October worked.
        assert_eq!(left("2024-09-30", "2024-10-12"), Ok(6));
        assert_eq!(left("2024-11-23", "2024-11-22"), Ok(0));
        assert_eq!(left("2026-12-30", "2027-01-04"), Err(UnknownYear(2027)));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let codes = |json: &str| {
            let text = format!(r#"{{"source_note": "", "years": [{json}]}}"#);
            WorkingCalendar::read_json(text.as_bytes())
                .unwrap_err()
                .iter()
                .map(|p| p.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes(r#"{"year": 2026, "holidays": ["2025-01-01"], "make_up_days": []}"#),
            ["other_year"]
        );
        assert_eq!(
            codes(r#"{"year": 2026, "holidays": ["2026-01-02", "2026-01-01"], "make_up_days": []}"#),
            ["not_in_order"]
        );
        assert_eq!(
            codes(r#"{"year": 2026, "holidays": [], "make_up_days": ["2026-01-05"]}"#),
            ["not_a_weekend"]
        );
        assert_eq!(
            codes(
                r#"{"year": 2026, "holidays": [], "make_up_days": []}, {"year": 2026, "holidays": [], "make_up_days": []}"#
            ),
            ["duplicate"]
        );
        assert_eq!(codes(r#"{"year": "x"}"#), ["bad_json"]);
    }
}
