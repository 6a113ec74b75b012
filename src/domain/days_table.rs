//! The calendar of working days as a table: days off and days made up as the official notices write them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::catalogue::{Change, Fields, changes};
use super::problem::{FieldProblem, Message};
use super::table::{Cells, Column, Table, column};
use super::typed;
use super::working_days::{WorkingCalendar, YearArrangement, is_weekend};

/// The columns of a table of working days.
pub const COLUMNS: [Column; 5] = [
    column("year", &["年份"]).needed().means(
        "放假安排所属的年份；一年可分几行",
        "The year; it may have several rows",
        "2026",
    ),
    column("holiday", &["节日"]).means("供核对，不保存", "To be compared; not stored", "春节"),
    column("holidays", &["放假", "放假日期"]).needed().dates().means(
        "如“2月15日至23日”，多段以顿号分隔；含周末",
        "Such as 2月15日至23日, 、 between; weekends too",
        "2月15日至23日",
    ),
    column("make_up_days", &["调休上班", "上班"]).needed().dates().means(
        "调休上班的周末",
        "Worked weekend days",
        "2月14日、28日",
    ),
    column("document", &["文号"]).means(
        "通知的文号；同一年各行相同",
        "The notice's number, the same in all rows of a year",
        "国办发明电〔2025〕7号",
    ),
];

/// More days than this in one go are a slip.
const LONGEST: usize = 31;

fn wrong(zh: impl Into<String>, en: impl Into<String>) -> Message {
    Message::new(zh, en)
}

/// Days as people write them: `1月1日（周四）至3日（周六）放假调休，共3天`, `2月14日、28日上班`, `2026-02-14`. Where the text says how
/// many they are, it must be so many. Years and months that are not written are those before.
///
/// # Errors
/// What can't be understood.
pub fn days(text: &str, year: i32) -> Result<BTreeSet<NaiveDate>, Message> {
    let (mut found, mut counted, mut month) = (BTreeSet::new(), 0, None);
    for piece in pieces(text) {
        if let Some(number) = piece.strip_prefix('共').and_then(|rest| rest.strip_suffix('天')) {
            let are = found.len() - counted;
            if number.parse() != Ok(are) {
                return Err(wrong(
                    format!("写的是“{piece}”，实际是{are}天"),
                    format!("it says {number}, and the days are {are}"),
                ));
            }
            counted = found.len();
            continue;
        }
        let (first, last) = ends(&piece, year, &mut month).ok_or_else(|| {
            wrong(
                format!("“{piece}”不能识别，应如“2月15日至23日”"),
                format!("`{piece}` is no day or range of days; write it like 2月15日至23日"),
            )
        })?;
        let range: Vec<NaiveDate> =
            first.iter_days().take_while(|day| *day <= last).take(LONGEST + 1).collect();
        if range.is_empty() || range.len() > LONGEST {
            return Err(wrong(
                format!("“{piece}”起止有误：末日应在首日之后，至多{LONGEST}天"),
                format!("`{piece}` ends before it begins, or has more than {LONGEST} days"),
            ));
        }
        found.extend(range);
    }
    Ok(found)
}

/// What stands between the signs that part days, without weekdays in brackets and the words of notices.
fn pieces(text: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let plain = text.nfkc().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0 && (!c.is_whitespace() || *c == '\n')
    });
    let plain: String = plain.collect();
    let pieces = plain.split(['、', ',', ';', '。', '\n']).map(|piece| {
        let words = ["放假调休", "放假", "调休", "补班", "上班", "与周末连休"];
        words.iter().fold(piece.to_owned(), |piece, word| piece.replace(word, ""))
    });
    pieces.filter(|piece| !piece.is_empty() && !matches!(piece.as_str(), "-" | "无")).collect()
}

/// The first and the last day of a piece.
fn ends(piece: &str, year: i32, month: &mut Option<u32>) -> Option<(NaiveDate, NaiveDate)> {
    let signs: &[char] = if piece.contains('月') {
        &['至', '到', '~', '-', '—', '–']
    } else {
        &['至', '到', '~', '—', '–']
    };
    let Some((first, last)) = piece.split_once(signs) else {
        let day = day_of(piece, year, month)?;
        return Some((day, day));
    };
    let first = day_of(first, year, month)?;
    Some((first, day_of(last, first.year(), month)?))
}

/// A day of which year and month may be left out.
fn day_of(text: &str, year: i32, month: &mut Option<u32>) -> Option<NaiveDate> {
    if let Some(day) = typed::day(text) {
        *month = Some(day.month());
        return Some(day);
    }
    let (year, text) = match text.split_once('年') {
        Some((year, rest)) => (year.parse().ok()?, rest),
        None => (year, text),
    };
    let day = match text.split_once('月') {
        Some((written, rest)) => {
            *month = Some(written.parse().ok()?);
            rest
        }
        None => text,
    };
    NaiveDate::from_ymd_opt(year, (*month)?, day.trim_end_matches(['日', '号']).parse().ok()?)
}

/// Days as notices write them, those in a row as one: `1月1日至3日、4月4日`.
pub fn written(days: &[NaiveDate]) -> String {
    let mut ranges: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add_days(Days::new(1)) == Some(*day) => *last = *day,
            _ => ranges.push((*day, *day)),
        }
    }
    let one = |(first, last): &(NaiveDate, NaiveDate)| {
        let begins = format!("{}月{}日", first.month(), first.day());
        match (first == last, first.month() == last.month()) {
            (true, _) => begins,
            (false, true) => format!("{begins}至{}日", last.day()),
            (false, false) => format!("{begins}至{}月{}日", last.month(), last.day()),
        }
    };
    ranges.iter().map(one).collect::<Vec<_>>().join("、")
}

/// What the rows of a table say of a year.
#[derive(Default)]
struct OfYear {
    document: Option<String>,
    holidays: BTreeSet<NaiveDate>,
    make_up_days: BTreeMap<NaiveDate, usize>,
}

impl WorkingCalendar {
    /// The same calendar with the years of a table in place of its own.
    ///
    /// # Errors
    /// All that is wrong, with row and column.
    pub fn with_days(&self, table: &Table) -> Result<Self, Vec<FieldProblem>> {
        let headed = table.headed(&COLUMNS)?;
        let (mut years, mut problems) = (BTreeMap::<i32, OfYear>::new(), Vec::new());
        for cells in headed.rows() {
            read_row(&cells, &mut years, &mut problems);
        }
        let mut after = self.clone();
        for (year, said) in &years {
            let before = self.years.iter().find(|known| known.year == *year);
            let taken = said.make_up_days.iter().filter(|(day, _)| said.holidays.contains(day));
            problems.extend(taken.map(|(day, number)| {
                let (month, day) = (day.month(), day.day());
                FieldProblem::new(
                    format!("/rows/{number}/make_up_days"),
                    "not_a_weekend",
                    format!("第{number}行：{month}月{day}日既放假又上班"),
                    format!("Row {number}: {month}-{day} is off and worked"),
                )
            }));
            let arrangement = YearArrangement {
                year: *year,
                document: said.document.clone().or_else(|| before?.document.clone()),
                holidays: said.holidays.iter().copied().collect(),
                make_up_days: said.make_up_days.keys().copied().collect(),
            };
            after.years.retain(|known| known.year != *year);
            after.years.push(arrangement);
        }
        after.years.sort_by_key(|year| year.year);
        if problems.is_empty() { Ok(after) } else { Err(problems) }
    }
}

impl WorkingCalendar {
    /// What a new version changes of this one: by year, field by field; the source has no year.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let years: BTreeSet<i32> = self.years.iter().chain(&new.years).map(|year| year.year).collect();
        // A year that comes or goes is told field by field, too.
        let of = |calendar: &Self| -> Fields {
            let year = |year: &i32| {
                let known = calendar.years.iter().find(|known| known.year == *year);
                let days = |of: fn(&YearArrangement) -> &Vec<NaiveDate>| {
                    known.map(|year| written(of(year))).unwrap_or_default()
                };
                let fields = vec![
                    ("holidays", days(|year| &year.holidays)),
                    ("make_up_days", days(|year| &year.make_up_days)),
                    ("document", known.and_then(|year| year.document.clone()).unwrap_or_default()),
                ];
                (year.to_string(), fields)
            };
            let source = (String::new(), vec![("source_note", calendar.source_note.clone())]);
            std::iter::once(source).chain(years.iter().map(year)).collect()
        };
        changes(&of(self), &of(new))
    }
}

fn read_row(cells: &Cells<'_>, years: &mut BTreeMap<i32, OfYear>, problems: &mut Vec<FieldProblem>) {
    let year = typed::number(cells.text("year").trim_end_matches('年'), &[]).parse().ok();
    let Some(year) = year.filter(|year| (2000..=2100).contains(year)) else {
        problems.push(cells.wrong("year", "年份应为2000至2100", "a year from 2000 to 2100"));
        return;
    };
    let mut read = |column: &str| {
        let read = days(cells.text(column), year).and_then(|days| {
            match days.iter().find(|day| day.year() != year) {
                Some(other) => Err(wrong(
                    format!("{other}不在{year}年；跨年的假期请分别写入两年"),
                    format!("{other} is not of {year}: write what is of two years in both"),
                )),
                None => Ok(days),
            }
        });
        read.unwrap_or_else(|told| {
            problems.push(cells.wrong(column, &told.zh, &told.en));
            BTreeSet::new()
        })
    };
    let (holidays, worked) = (read("holidays"), read("make_up_days"));
    for day in worked.iter().filter(|day| !is_weekend(**day)) {
        let (month, day) = (day.month(), day.day());
        let zh = format!("{month}月{day}日不是周末，无须调休上班");
        problems.push(cells.wrong("make_up_days", &zh, &format!("{month}-{day} is no weekend day")));
    }
    let said = years.entry(year).or_default();
    said.holidays.extend(holidays);
    said.make_up_days.extend(worked.into_iter().map(|day| (day, cells.number)));
    let document = cells.text("document");
    match &said.document {
        Some(other) if !document.is_empty() && other != document => {
            let zh = format!("{year}年有两个文号：{other}、{document}");
            problems.push(cells.wrong("document", &zh, &format!("{year} has two documents")));
        }
        _ if !document.is_empty() => said.document = Some(document.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::working_days::CHINA;
    use super::*;
    use crate::domain::table::Row;

    fn texts(text: &str) -> Vec<String> {
        days(text, 2026).unwrap().iter().map(|day| day.format("%m-%d").to_string()).collect()
    }

    #[test]
    fn days_are_understood_as_notices_write_them() {
        assert_eq!(texts("1月1日（周四）至3日（周六）放假调休，共3天。"), ["01-01", "01-02", "01-03"]);
        assert_eq!(texts("2月14日（周六）、28日（周六）上班"), ["02-14", "02-28"]);
        assert_eq!(
            texts("9月30日至10月1日；2026-10-03、2026年10月5日至6日"),
            ["09-30", "10-01", "10-03", "10-05", "10-06"]
        );
        assert_eq!(texts("２月６日~７日"), ["02-06", "02-07"]);
        assert_eq!(texts("2月6-7日"), ["02-06", "02-07"]);
        assert!(texts(" 无 ").is_empty() && texts("").is_empty());
        for text in
            ["6日", "2月30日", "2月12日至6日", "1月1日至12月31日", "春节", "2月6日至8日，共2天", "2月6日至"]
        {
            assert!(days(text, 2026).is_err(), "{text}");
        }
    }

    fn table(rows: &[&[&str]]) -> Table {
        let row = |(index, cells): (usize, &&[&str])| Row {
            number: index + 1,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        };
        Table { rows: rows.iter().enumerate().map(row).collect(), ..Table::default() }
    }

    fn china() -> WorkingCalendar {
        WorkingCalendar::read_json(CHINA.as_bytes()).unwrap()
    }

    #[test]
    fn a_calendar_that_is_written_is_read_again_unchanged() {
        let calendar = china();
        let cells: Vec<[String; 4]> = calendar
            .years
            .iter()
            .map(|year| {
                let document = year.document.clone().unwrap_or_default();
                [year.year.to_string(), written(&year.holidays), written(&year.make_up_days), document]
            })
            .collect();
        let cells: Vec<Vec<&str>> =
            cells.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let mut rows: Vec<&[&str]> = vec![&["年份", "放假", "调休上班", "文号"]];
        rows.extend(cells.iter().map(Vec::as_slice));
        assert_eq!(calendar.with_days(&table(&rows)).unwrap(), calendar);
        assert!(
            calendar.years.len() > 5
                && written(&calendar.years[0].holidays).starts_with("1月1日、1月24日至2月2日")
        );
    }

    #[test]
    fn a_year_has_as_many_rows_as_its_notice_and_what_is_wrong_is_told_at_its_row() {
        let heading: &[&str] = &["年份", "节日", "放假", "调休上班", "文号"];
        let rows = [
            heading,
            &["2027", "元旦", "1月1日至3日", "", "国办发明电〔2026〕1号"],
            &["2027年", "春节", "2月5日至11日，共7天", "1月31日、2月13日", ""],
        ];
        let after = china().with_days(&table(&rows)).unwrap();
        let year = after.years.last().unwrap();
        assert_eq!((year.year, year.holidays.len(), year.make_up_days.len()), (2027, 10, 2));
        assert_eq!(year.document.as_deref(), Some("国办发明电〔2026〕1号"));
        assert_eq!(after.years.len(), china().years.len() + 1);
        let wrong = [
            heading,
            &["27", "", "", "", ""],
            &["2027", "", "1月40日", "1月4日", "甲"],
            &["2027", "", "2026-12-31", "", "乙"],
            &["2027", "", "1月2日", "1月2日", ""],
        ];
        let told = china().with_days(&table(&wrong)).unwrap_err();
        let told: Vec<&str> = told.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(
            told,
            [
                "/rows/1/year",
                "/rows/2/holidays",
                "/rows/2/make_up_days",
                "/rows/3/holidays",
                "/rows/3/document",
                "/rows/4/make_up_days"
            ]
        );
    }
}
