//! Names of roles, states and the like for people, in both languages, and how times are written.

use chrono::{Datelike, NaiveDate, Timelike};

use crate::domain::access::{OfficeDuty, Role};
use crate::domain::application::ApplicationState;
use crate::domain::archive::Retention;
use crate::domain::competition::CompetitionState;
use crate::domain::notice::chinese_date;
use crate::domain::scan::ScanState;
use crate::domain::statistics::Dimension;
use crate::domain::time::Timestamp;
use crate::domain::values::{Language, count};

/// Something that has a name for people.
pub(in crate::http) trait Words {
    /// The name in Chinese and in English.
    fn words(self) -> (&'static str, &'static str);

    /// The name in a language.
    fn in_language(self, language: Language) -> &'static str
    where
        Self: Sized,
    {
        let (zh, en) = self.words();
        match language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }
}

/// Names the variants of an enum, in Chinese and in English.
macro_rules! words {
    ($named:ident { $($names:tt)* }) => {
        impl Words for $named {
            fn words(self) -> (&'static str, &'static str) {
                match self { $($names)* }
            }
        }
    };
}
pub(super) use words;

impl Words for Role {
    fn words(self) -> (&'static str, &'static str) {
        self.names()
    }
}

impl Words for OfficeDuty {
    fn words(self) -> (&'static str, &'static str) {
        self.names()
    }
}

impl Words for CompetitionState {
    fn words(self) -> (&'static str, &'static str) {
        self.names()
    }
}

words! { ApplicationState {
    Self::Draft => ("草稿", "Draft"),
    Self::Submitted => ("已提交", "Submitted"),
    Self::Returned => ("已退回", "Sent back"),
    Self::Recommended => ("已推荐", "Recommended"),
    Self::NotRecommended => ("未推荐", "Not recommended"),
    Self::Correction => ("补正中", "To be corrected"),
    Self::Accepted => ("已受理", "Accepted"),
    Self::Rejected => ("不予受理", "Rejected"),
    Self::Withdrawn => ("已撤回", "Withdrawn"),
} }

impl Words for Retention {
    fn words(self) -> (&'static str, &'static str) {
        self.names()
    }
}

words! { Dimension {
    Self::Competition => ("竞赛", "Competition"),
    Self::City => ("设区市", "City"),
    Self::Cluster => ("集群", "Cluster"),
    Self::Chain => ("产业链", "Chain"),
    Self::Track => ("组别", "Track"),
} }

words! { ScanState {
    Self::Unscanned => ("未扫描", "Not scanned"),
    Self::Pending => ("等待安全扫描", "Waits to be scanned"),
    Self::Clean => ("扫描通过", "Found clean"),
    Self::Quarantined => ("有害，已隔离", "Harmful, quarantined"),
} }

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A date: `2026年3月10日`, `10 Mar 2026`.
pub(super) fn date(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Chinese => chinese_date(date),
        Language::English => format!("{} {} {}", date.day(), MONTHS[date.month0() as usize], date.year()),
    }
}

/// A moment to the minute, in Asia/Shanghai: `2026年3月10日18:00`, `10 Mar 2026, 18:00`.
pub(super) fn time(at: Timestamp, language: Language) -> String {
    let local = at.local();
    let clock = format!("{:02}:{:02}", local.hour(), local.minute());
    match language {
        Language::Chinese => format!("{}{clock}", chinese_date(local.date())),
        Language::English => format!("{}, {clock}", date(local.date(), language)),
    }
}

/// A message for people: the moments that it names are written as pages write them.
pub(super) fn localized(message: &str, language: Language) -> String {
    // A date, a `T`, and what a time may hold: `2026-03-10T18:00:00.5+08:00`.
    const DATE: usize = "2026-03-10".len();
    let of_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | '+');
    let (mut told, mut rest) = (String::with_capacity(message.len()), message);
    while let Some(at) = rest.find('T') {
        let end = rest[at + 1..].find(|c| !of_time(c)).map_or(rest.len(), |end| at + 1 + end);
        let begin = at.checked_sub(DATE).filter(|begin| rest.is_char_boundary(*begin)).unwrap_or(at);
        match rest[begin..end].parse() {
            Ok(moment) => {
                told.push_str(&rest[..begin]);
                told.push_str(&time(moment, language));
            }
            Err(_) => told.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    told + rest
}

/// How long there is left until a moment: days, then the day and the time of day, in the last hour minutes.
pub(super) fn time_left(until: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = until.seconds_since(now).max(0);
    let days = (until.date() - now.date()).num_days();
    let minutes = (seconds + 59) / 60;
    match (seconds, days) {
        (..3_600, _) => {
            language.pick(format!("还有{minutes}分钟"), count(minutes, "minute left", "minutes left"))
        }
        (_, 0) => language.pick(format!("今天{}", clock(until)), format!("today, {}", clock(until))),
        (..86_400, _) => {
            language.pick(format!("明天{}", clock(until)), format!("tomorrow, {}", clock(until)))
        }
        _ => {
            let days = seconds / 86_400;
            language.pick(format!("还有{days}天"), count(days, "day left", "days left"))
        }
    }
}

/// The time of day in Asia/Shanghai: `18:00`.
pub(super) fn clock(at: Timestamp) -> String {
    at.local().format("%H:%M").to_string()
}

/// A moment as `<input type=datetime-local>` takes it.
pub(super) fn local_input(at: Timestamp) -> String {
    at.local().format("%Y-%m-%dT%H:%M").to_string()
}

/// Bytes for people: `11.4 kB`.
pub(super) fn size(bytes: i64) -> String {
    let (mut value, mut unit) = (bytes.max(0), 0);
    let mut rest = 0;
    while value >= 1000 && unit < 3 {
        rest = value % 1000 / 100;
        value /= 1000;
        unit += 1;
    }
    let name = ["B", "kB", "MB", "GB"][unit];
    if unit == 0 || value >= 100 { format!("{value} {name}") } else { format!("{value}.{rest} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_shanghai() {
        let at: Timestamp = "2026-03-11T00:05:00+08:00".parse().unwrap();
        assert_eq!(time(at, Language::Chinese), "2026年3月11日00:05");
        assert_eq!(time(at, Language::English), "11 Mar 2026, 00:05");
        assert_eq!(local_input(at), "2026-03-11T00:05");
    }

    #[test]
    fn messages_name_moments_as_pages_do() {
        let told = |message| localized(message, Language::Chinese);
        assert_eq!(told("公示期至2026-07-08T23:59:59.999999+08:00"), "公示期至2026年7月8日23:59");
        assert_eq!(
            told("自2026-03-10T18:00:00+08:00至2026-03-11T18:00:00+08:00。"),
            "自2026年3月10日18:00至2026年3月11日18:00。"
        );
        assert_eq!(told("名单T-320500-001"), "名单T-320500-001");
        assert_eq!(told("申报T"), "申报T");
    }

    #[test]
    fn what_is_left_is_never_nothing_while_there_is_time() {
        let until: Timestamp = "2026-03-11T18:00:00+08:00".parse().unwrap();
        let left = |now: &str| time_left(until, now.parse().unwrap(), Language::Chinese);
        assert_eq!(left("2026-03-11T17:59:30+08:00"), "还有1分钟");
        assert_eq!(left("2026-03-11T17:01:00+08:00"), "还有59分钟");
        assert_eq!(left("2026-03-11T08:00:00+08:00"), "今天18:00");
        assert_eq!(left("2026-03-10T22:00:00+08:00"), "明天18:00");
        assert_eq!(left("2026-03-08T17:00:00+08:00"), "还有3天");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(11_400), "11.4 kB");
        assert_eq!(size(214_748_364), "214 MB");
        assert_eq!(size(1_050_000_000), "1.0 GB");
    }
}
