//! The announcement (公开发布): the final list as the public keeps it, and the titles that follow from it.

use chrono::{Datelike, Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::{ChainNumber, RegionCode};
use super::ids::{ApplicationId, CompetitionId};
use super::keyword::keyword_enum;
use super::lengths;
use super::notice::{PublicEntry, PublicMember, parties};
use super::open_data::Licence;
use super::problem::FieldProblem;
use super::record::Digest;
use super::text::{check_text, no_formula};

/// The value of `format` of an announcement.
pub const ANNOUNCEMENT_FORMAT: &str = "qianglian-announcement/1";

/// What the office says of an announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AnnouncementDraft {
    /// Its document number (文号).
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub document: String,
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub issuer: String,
    /// Duties of the winners, support and whatever else it says.
    #[serde(default)]
    #[schemars(length(max = lengths::REPORT))]
    pub text: String,
    /// Why it replaces the one before: obligatory for a later one, absent for the first.
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub erratum: Option<String>,
}

/// A ranked application of the disclosed ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RankingEntry {
    pub track: String,
    pub place: u64,
    pub title: String,
    /// The name of the lead region, its city's before it.
    pub region: String,
    /// Its code; absent from announcements that were published before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<RegionCode>,
    /// The number of its chain; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_number: Option<ChainNumber>,
    /// The total.
    pub score: String,
}

/// When the title of a winner holds, where it is not when the others' do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherValidity {
    /// The winner.
    pub application: ApplicationId,
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_until: NaiveDate,
}

/// An announcement, as it is kept for good and published byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Announcement {
    /// `qianglian-announcement/1`.
    pub format: String,
    pub competition: CompetitionId,
    /// The competition's title.
    pub title: String,
    /// The document that orders the competition.
    pub authority: String,
    /// Which announcement of the competition, from 1; the latest holds.
    pub number: i32,
    /// Its document number.
    pub document: String,
    pub issuer: String,
    pub date: NaiveDate,
    /// The first day on which the titles are valid: the date of the competition's first announcement, whichever this is.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_until: NaiveDate,
    /// Winners whose titles hold at other times: named later than others, or renewed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_validities: Vec<OtherValidity>,
    /// What else it says.
    pub text: String,
    /// Under which terms it may be used again, where the competition's settings say so.
    #[serde(default, skip_serializing_if = "Licence::is_none")]
    pub licence: Licence,
    pub winners: Vec<PublicEntry>,
    /// Every ranked application, where the competition discloses the ranking.
    pub ranking: Option<Vec<RankingEntry>>,
    /// How many proposed names are held back, by an objection or a supervisor.
    pub held_back: u32,
    /// The digest of the tally that was ranked.
    pub tally: Digest,
    pub notice: Digest,
    /// The digest of the announcement that it replaces.
    pub previous: Option<Digest>,
    /// Why it replaces it.
    pub erratum: Option<String>,
}

impl Announcement {
    /// The first and the last day of a winner's title.
    pub fn validity_of(&self, application: ApplicationId) -> (NaiveDate, NaiveDate) {
        let other = self.other_validities.iter().find(|other| other.application == application);
        other.map_or((self.valid_from, self.valid_until), |other| (other.valid_from, other.valid_until))
    }
}

/// What is wrong with a draft; `first` unless it replaces another.
pub fn check_announcement(draft: &AnnouncementDraft, first: bool) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/document", &draft.document, 1, lengths::TITLE);
    check_text(&mut problems, "/issuer", &draft.issuer, 1, lengths::TITLE);
    check_text(&mut problems, "/text", &draft.text, 0, lengths::REPORT);
    match (&draft.erratum, first) {
        (Some(_), true) => problems.push(FieldProblem::new(
            "/erratum",
            "not_used",
            "首次公布不得填写更正说明",
            "The first announcement replaces none",
        )),
        (None, false) => {
            problems.push(FieldProblem::new(
                "/erratum",
                "required",
                "必须说明更正理由",
                "Say why it replaces the one before",
            ));
        }
        (Some(reason), false) => check_text(&mut problems, "/erratum", reason, 1, lengths::STATEMENT),
        (None, true) => {}
    }
    problems
}

/// The last day of a title of so many years that begins on `from`.
pub fn last_day(from: NaiveDate, years: u32) -> NaiveDate {
    let year = from.year() + i32::try_from(years).unwrap_or(0);
    // A title that begins on 29 February ends with the February of its last year.
    let end = from.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1)).unwrap_or(from);
    end.checked_sub_days(Days::new(1)).unwrap_or(end)
}

/// The winners as a table (CSV, RFC 4180, with a byte-order mark so that spreadsheet programs read Chinese).
pub fn announcement_csv(announcement: &Announcement, track: impl Fn(&str) -> String) -> String {
    let mut csv = String::from(
        "\u{feff}序号,称号,名称,产业链编号,产业链,牵头地区,牵头地区代码,参与地区,参与地区代码,赛道,名次,得分\r\n",
    );
    for (index, entry) in announcement.winners.iter().enumerate() {
        let cells = [
            (index + 1).to_string(),
            entry.award_name.clone(),
            entry.title.clone(),
            entry.chain_number.map(|number| number.to_string()).unwrap_or_default(),
            entry.chain.clone(),
            entry.region.clone(),
            entry.members.first().map(|lead| lead.code.to_string()).unwrap_or_default(),
            entry.parties(),
            entry.members.iter().map(|member| member.code.as_str()).collect::<Vec<_>>().join("、"),
            track(&entry.track),
            entry.place.map(|place| place.to_string()).unwrap_or_default(),
            entry.score.clone().unwrap_or_default(),
        ];
        csv.push_str(&cells.map(|cell| csv_cell(&cell)).join(","));
        csv.push_str("\r\n");
    }
    csv
}

/// A cell of a CSV file. What a spreadsheet program would take for a formula is marked as text.
pub(super) fn csv_cell(text: &str) -> String {
    let text = no_formula(text);
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

keyword_enum! {
    /// Where a title stands, as it is stored.
    pub enum TitleState {
        /// It was awarded, or renewed.
        InForce = "in_force",
        /// It was taken back (撤销).
        Revoked = "revoked",
    }
}

keyword_enum! {
    /// How a title stands on a day.
    pub enum TitleStanding {
        /// Valid.
        InForce = "in_force",
        /// Valid, and to be re-checked: its last 90 days.
        RecheckDue = "recheck_due",
        /// Its time is over.
        Expired = "expired",
        /// Taken back.
        Revoked = "revoked",
    }
}

/// How many days before its end a title is to be re-checked.
const RECHECK_DAYS: u64 = 90;

/// How a title stands on a day.
pub fn title_standing(state: TitleState, valid_until: NaiveDate, today: NaiveDate) -> TitleStanding {
    match state {
        TitleState::Revoked => TitleStanding::Revoked,
        TitleState::InForce if today > valid_until => TitleStanding::Expired,
        TitleState::InForce
            if valid_until.checked_sub_days(Days::new(RECHECK_DAYS)).is_some_and(|due| today > due) =>
        {
            TitleStanding::RecheckDue
        }
        TitleState::InForce => TitleStanding::InForce,
    }
}

/// Who holds which title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TitleContent {
    pub award_name: String,
    /// The application that won it.
    pub application: ApplicationId,
    pub title: String,
    /// Its chain's name.
    pub chain: String,
    /// Its number; absent from titles that were awarded before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_number: Option<ChainNumber>,
    /// Names of the regions that hold it, lead first.
    pub regions: Vec<String>,
    /// The same with codes and roles; empty for titles that were awarded before they were told.
    #[serde(default)]
    pub members: Vec<PublicMember>,
}

impl TitleContent {
    /// The regions in words, each with what it brings where several hold it.
    pub fn parties(&self) -> String {
        parties(&self.members, &self.regions)
    }
}

keyword_enum! {
    /// What happens to a title after it was awarded.
    pub enum TitleEventKind {
        /// The holder's yearly report (年度报告).
        Report = "report",
        /// Re-checked and renewed (复核).
        Renewed = "renewed",
        /// Taken back (撤销).
        Revoked = "revoked",
        /// Given again by a later announcement, after one that did not name it.
        Restored = "restored",
    }
}

/// Something that happened to a title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TitleEvent {
    pub kind: TitleEventKind,
    /// The year that a report is of.
    pub year: Option<u16>,
    /// The report, or the grounds.
    pub text: String,
    /// Until when the title is valid then.
    pub valid_until: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_title_lasts_to_the_day_before_its_anniversary() {
        assert_eq!(last_day(day("2026-08-20"), 3), day("2029-08-19"));
        assert_eq!(last_day(day("2024-02-29"), 3), day("2027-02-28"));
        assert_eq!(last_day(day("2026-01-01"), 1), day("2026-12-31"));
    }

    #[test]
    fn a_title_is_due_in_its_last_ninety_days() {
        let on = |today: &str| title_standing(TitleState::InForce, day("2029-08-19"), day(today));
        assert_eq!(on("2029-05-21"), TitleStanding::InForce);
        assert_eq!(on("2029-05-22"), TitleStanding::RecheckDue);
        assert_eq!(on("2029-08-19"), TitleStanding::RecheckDue);
        assert_eq!(on("2029-08-20"), TitleStanding::Expired);
        assert_eq!(
            title_standing(TitleState::Revoked, day("2029-08-19"), day("2026-09-01")),
            TitleStanding::Revoked
        );
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(csv_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(csv_cell("-1"), "'-1");
        assert_eq!(csv_cell("甲,乙"), "\"甲,乙\"");
        assert_eq!(csv_cell("甲"), "甲");
    }
}
