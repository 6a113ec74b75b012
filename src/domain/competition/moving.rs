//! Moving a stage with those after it, and what is better looked at in a calendar.

use chrono::{Datelike, NaiveDate};

use super::{Calendar, CompetitionState, Period, STAGE_NAMES, Settings};
use crate::domain::problem::FieldProblem;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::domain::working_days::{FirstDay, UnknownYear, WorkingCalendar};

const DAY: i64 = 86_400;

/// The same time of day, so many working days later.
fn later(at: Timestamp, working_days: u32, days: &WorkingCalendar) -> Result<Timestamp, UnknownYear> {
    if working_days == 0 {
        return Ok(at);
    }
    let day = days.last_of_working_days(at.date(), working_days, FirstDay::NotCounted)?;
    Ok(at.plus_seconds(DAY * (day - at.date()).num_days()))
}

impl Calendar {
    /// The calendar with the stages after one following its deadline, which was made later than in `self`: what is still
    /// to come of them moves by as many working days, to the same time of day (后续阶段顺延). A stage that began after the
    /// one before it had ended does so still.
    ///
    /// # Errors
    /// If the arrangement of a year is not known.
    pub fn followed(
        &self,
        state: CompetitionState,
        until: Timestamp,
        now: Timestamp,
        days: &WorkingCalendar,
    ) -> Result<Self, UnknownYear> {
        let mut moved = self.clone();
        let Some(at) = super::calendar::stage_of(state) else { return Ok(moved) };
        let was = self.in_order()[at].until;
        let next = was.date().succ_opt().unwrap_or(was.date());
        let by = days.working_days_between(next, until.date())?;
        let by = u32::try_from(by).unwrap_or(u32::MAX);
        let to_come = |time: Timestamp| if time > now { later(time, by, days) } else { Ok(time) };
        let (mut ended, mut ends) = (was, until);
        moved.in_order_mut()[at].until = until;
        for (period, old) in moved.in_order_mut().into_iter().zip(self.in_order()).skip(at + 1) {
            *period = Period { from: to_come(old.from)?, until: to_come(old.until)? };
            while old.from > now && old.from >= ended && period.from < ends {
                period.from = later(period.from, 1, days)?;
            }
            (ended, ends) = (old.until, period.until);
        }
        Ok(moved)
    }

    /// What another calendar changes of this one: each beginning and deadline, old → new.
    pub fn moves(&self, new: &Self) -> Vec<FieldProblem> {
        let mut told = Vec::new();
        let stages = STAGE_NAMES.into_iter().zip(self.in_order()).zip(new.in_order());
        for (((member, (zh, en)), old), new) in stages {
            for (end, (zh_end, en_end), old, new) in [
                ("from", ("开始", "From"), old.from, new.from),
                ("until", ("截止", "Until"), old.until, new.until),
            ] {
                if old != new {
                    let (old, new) = (read(old), read(new));
                    told.push(FieldProblem::new(
                        format!("/calendar/{member}/{end}"),
                        "changed",
                        format!("“{zh}”{zh_end}：{old} → {new}"),
                        format!("“{en}”, {en_end}: {old} → {new}"),
                    ));
                }
            }
        }
        told
    }
}

/// A time as a clerk reads it.
fn read(time: Timestamp) -> String {
    time.local().format("%Y-%m-%d %H:%M").to_string()
}

impl Settings {
    /// What is no fault of the calendar but better looked at: stages that are too short for their own periods, and that
    /// begin or end on a day off.
    pub fn warnings(&self, days: &WorkingCalendar) -> Vec<FieldProblem> {
        let mut told = Vec::new();
        for ((member, names), period) in STAGE_NAMES.into_iter().zip(self.calendar.in_order()) {
            for (end, words, at) in
                [("from", ("开始", "From"), period.from), ("until", ("截止", "Until"), period.until)]
            {
                let pointer = format!("/calendar/{member}/{end}");
                told.extend(day_off(days, pointer, names, words, at.date()));
            }
        }
        let (checking, review, last) =
            (&self.calendar.checking, &self.calendar.review, &self.calendar.announcement);
        let terms = &self.review;
        let correction = [(self.correction_working_days, FirstDay::NotCounted)];
        let comment = [(terms.comment_days, FirstDay::NotCounted)];
        let notice = [(terms.notice_days, FirstDay::Counted)];
        let objections = [notice[0], (terms.objection_days, FirstDay::NotCounted)];
        told.extend(too_short(days, 2, checking, ("补正", "corrections"), &correction));
        told.extend(too_short(days, 3, review, ("申报单位提意见", "comments on verified values"), &comment));
        let shorter = too_short(days, 4, last, ("公示", "notices"), &notice);
        let answers = ("公示和异议答复", "notices and answers to objections");
        told.extend(shorter.or_else(|| too_short(days, 4, last, answers, &objections)));
        told
    }
}

/// Told where a stage begins or ends on a day that is not worked, or of which it is not known.
fn day_off(
    days: &WorkingCalendar,
    pointer: String,
    (zh, en): (&str, &str),
    (zh_end, en_end): (&str, &str),
    day: NaiveDate,
) -> Option<FieldProblem> {
    match days.is_working_day(day) {
        Ok(true) => None,
        Ok(false) => Some(FieldProblem::new(
            pointer,
            "day_off",
            format!("“{zh}”{zh_end}于{day}，不是工作日"),
            format!("“{en}”, {en_end}: {day} is no working day"),
        )),
        Err(UnknownYear(year)) => Some(FieldProblem::new(
            pointer,
            "year_unknown",
            format!("“{zh}”{zh_end}于{day}，工作日历没有{year}年的安排"),
            format!("“{en}”, {en_end}: {day}; the calendar of working days does not know {year}"),
        )),
    }
}

/// Told where terms that begin with a stage, one after another, are not over when it ends.
fn too_short(
    days: &WorkingCalendar,
    stage: usize,
    period: &Period,
    (zh_term, en_term): (&str, &str),
    terms: &[(u32, FirstDay)],
) -> Option<FieldProblem> {
    let over = terms
        .iter()
        .try_fold(period.from.date(), |day, (count, first)| days.last_of_working_days(day, *count, *first));
    let enough = match over {
        Ok(over) => over <= period.until.date(),
        // A count that leaves the years that are known has left the stage, unless that does too.
        Err(UnknownYear(year)) => year <= period.until.date().year(),
    };
    let (member, (zh, en)) = STAGE_NAMES[stage];
    let (wanted, until) = (terms.iter().map(|(count, _)| count).sum::<u32>(), read(period.until));
    (!enough).then(|| {
        FieldProblem::new(
            format!("/calendar/{member}/until"),
            "too_short",
            format!("“{zh}”太短：即使从第一天算起，到{until}也不满{zh_term}所需的{wanted}个工作日"),
            format!(
                "“{en}” is too short: from its first day to {until} there are not the {} that {en_term} take",
                count(wanted, "working day", "working days")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::example;
    use super::*;
    use crate::domain::working_days::CHINA;

    fn days() -> WorkingCalendar {
        WorkingCalendar::read_json(CHINA.as_bytes()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+08:00").parse().unwrap()
    }

    fn calendar(spans: [(&str, &str); 5]) -> Calendar {
        let [application, recommendation, checking, review, announcement] =
            spans.map(|(from, until)| Period { from: at(from), until: at(until) });
        Calendar { application, recommendation, checking, review, announcement }
    }

    fn usual() -> Calendar {
        calendar([
            ("2026-03-02T09:00", "2026-04-08T17:00"),
            ("2026-04-09T09:00", "2026-04-22T17:00"),
            ("2026-04-23T09:00", "2026-05-15T17:00"),
            ("2026-05-18T09:00", "2026-06-26T17:00"),
            ("2026-06-29T09:00", "2026-09-30T17:00"),
        ])
    }

    #[test]
    fn later_stages_move_by_as_many_working_days() {
        // From Wednesday to the Monday after the next: three working days, one weekend.
        let moved = usual()
            .followed(CompetitionState::Application, at("2026-04-13T12:00"), at("2026-03-10T00:00"), &days())
            .unwrap();
        let expected = calendar([
            ("2026-03-02T09:00", "2026-04-13T12:00"),
            ("2026-04-14T09:00", "2026-04-27T17:00"),
            ("2026-04-28T09:00", "2026-05-20T17:00"),
            ("2026-05-21T09:00", "2026-07-01T17:00"),
            ("2026-07-02T09:00", "2026-10-10T17:00"),
        ]);
        assert_eq!(moved, expected, "{moved:#?}");
        assert_eq!(usual().moves(&moved).len(), 9);
        let unknown = usual().followed(
            CompetitionState::Announced,
            at("2027-01-04T17:00"),
            at("2026-03-10T00:00"),
            &days(),
        );
        assert_eq!(unknown, Err(UnknownYear(2027)));
    }

    #[test]
    fn what_is_past_stays_and_no_stage_begins_before_the_one_before_has_ended() {
        let mut early = usual();
        early.recommendation.from = at("2026-03-02T09:00");
        let moved = early
            .followed(CompetitionState::Application, at("2026-04-10T17:00"), at("2026-03-10T00:00"), &days())
            .unwrap();
        assert_eq!(moved.recommendation.from, early.recommendation.from);
        assert_eq!(moved.recommendation.until, at("2026-04-24T17:00"));
        // From Friday to Saturday is no working day; what began on Saturday morning begins on Monday.
        let mut weekend = usual();
        weekend.application.until = at("2026-04-10T17:00");
        weekend.recommendation.from = at("2026-04-11T09:00");
        let moved = weekend
            .followed(CompetitionState::Application, at("2026-04-11T17:00"), at("2026-03-10T00:00"), &days())
            .unwrap();
        assert_eq!(moved.recommendation.from, at("2026-04-13T09:00"));
        assert_eq!(moved.recommendation.until, weekend.recommendation.until);
    }

    #[test]
    fn short_stages_and_days_off_are_told() {
        let mut settings = example();
        settings.calendar = usual();
        let told = |settings: &Settings| {
            settings.warnings(&days()).into_iter().map(|told| (told.pointer, told.code)).collect::<Vec<_>>()
        };
        assert!(told(&settings).is_empty(), "{:?}", told(&settings));
        let until = |member: &str| format!("/calendar/{member}/until");
        settings.calendar.application.until = at("2026-04-06T17:00");
        assert_eq!(told(&settings), [(until("application"), "day_off")]);
        settings.calendar = usual();
        let last = |days: u32| {
            let end =
                self::days().last_of_working_days(at("2026-04-23T09:00").date(), days, FirstDay::NotCounted);
            Timestamp::end_of(end.unwrap())
        };
        settings.calendar.checking.until = last(settings.correction_working_days);
        assert!(told(&settings).is_empty());
        settings.calendar.checking.until = last(settings.correction_working_days - 1);
        assert_eq!(told(&settings), [(until("checking"), "too_short")]);
        settings.calendar = usual();
        settings.calendar.announcement.until = at("2026-07-02T17:00");
        assert_eq!(told(&settings), [(until("announcement"), "too_short")]);
        settings.calendar.announcement.until = at("2026-07-06T17:00");
        assert!(settings.warnings(&days())[0].message.zh.contains("公示和异议答复所需"));
        // The count leaves the years that are known before the stage ends.
        settings.calendar.announcement.from = at("2026-12-28T09:00");
        settings.calendar.announcement.until = at("2026-12-31T17:00");
        assert_eq!(told(&settings), [(until("announcement"), "too_short")]);
        settings.calendar.announcement.until = at("2027-07-06T17:00");
        assert_eq!(told(&settings), [(until("announcement"), "year_unknown")]);
    }
}
