//! Public notice (公示): the list with its period and channels, and its text from the competition's template.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::MemberRole;
use super::catalogue::{ChainNumber, RegionCode};
use super::ids::{ApplicationId, CompetitionId};
use super::lengths;
use super::open_data::Licence;
use super::problem::FieldProblem;
use super::record::Digest;
use super::text::check_text;
use super::time::Timestamp;

/// The value of `format` of a notice.
pub const NOTICE_FORMAT: &str = "qianglian-notice/1";

/// A region that takes part in an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicMember {
    pub code: RegionCode,
    /// Its name, its city's before it.
    pub name: String,
    /// What it brings.
    pub role: MemberRole,
}

/// The regions of an application in words, the lead first, each with what it brings. Lists that were published before
/// roles were on them have names alone.
pub fn parties(members: &[PublicMember], names: &[String]) -> String {
    let role = |(index, member): (usize, &PublicMember)| {
        let brings = match member.role {
            MemberRole::Core => "核心区",
            MemberRole::Coordinated => "协同区",
        };
        let lead = if index == 0 { "牵头，" } else { "" };
        format!("{}（{lead}{brings}）", member.name)
    };
    match members {
        [] => names.join("、"),
        [alone] => alone.name.clone(),
        several => several.iter().enumerate().map(role).collect::<Vec<_>>().join("、"),
    }
}

/// A name on a list that the public reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicEntry {
    pub application: ApplicationId,
    pub title: String,
    /// Its chain's name.
    pub chain: String,
    /// Its number; absent from lists that were published before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_number: Option<ChainNumber>,
    /// The name of its lead region, its city's before it.
    pub region: String,
    /// Names of all regions that take part, the lead first.
    pub regions: Vec<String>,
    /// The same with codes and roles; empty on lists that were published before they were told.
    #[serde(default)]
    pub members: Vec<PublicMember>,
    /// The track that it was ranked in.
    pub track: String,
    /// The award's key.
    pub award: String,
    pub award_name: String,
    /// Its place, where the competition discloses places.
    pub place: Option<u64>,
    /// Its total, where the competition discloses totals.
    pub score: Option<String>,
}

impl PublicEntry {
    /// Its regions in words, each with what it brings where several take part.
    pub fn parties(&self) -> String {
        parties(&self.members, &self.regions)
    }
}

/// What the office says of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NoticeDraft {
    /// The notice's document number (文号).
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub document: String,
    /// The first day, which counts.
    pub from: NaiveDate,
    /// Working days, at least the competition's.
    pub days: u32,
    /// Where objections go: addresses, telephones, the supervisors' telephone (监督电话).
    #[schemars(inner(length(min = 1, max = lengths::LINE)))]
    #[schemars(length(min = 1))]
    pub channels: Vec<String>,
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub issuer: String,
}

/// A notice, as it is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// `qianglian-notice/1`.
    pub format: String,
    pub competition: CompetitionId,
    /// The competition's title.
    pub title: String,
    /// Which notice of the competition, from 1.
    pub number: i32,
    /// Its document number.
    pub document: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// Working days.
    pub days: u32,
    /// The last moment for objections: the end of the last day.
    pub deadline: Timestamp,
    /// Where objections go.
    pub channels: Vec<String>,
    pub issuer: String,
    /// The digest of the selection that it follows.
    pub selection: Digest,
    /// The digests of what was frozen before the panels were drawn: who is shown the record of a draw can compare.
    pub draws: Vec<Digest>,
    /// The names.
    pub entries: Vec<PublicEntry>,
    /// Under which terms it may be used again, where the competition's settings say so.
    #[serde(default, skip_serializing_if = "Licence::is_none")]
    pub licence: Licence,
    pub text: String,
}

/// What is wrong with a draft by itself. That its period begins today or later is for the caller to see.
pub fn check_notice(draft: &NoticeDraft, least_days: u32) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/document", &draft.document, 1, lengths::TITLE);
    check_text(&mut problems, "/issuer", &draft.issuer, 1, lengths::TITLE);
    if draft.days < least_days || draft.days > 60 {
        problems.push(FieldProblem::new(
            "/days",
            "out_of_range",
            format!("公示期应为{least_days}至60个工作日"),
            format!("{least_days} to 60 working days"),
        ));
    }
    if draft.channels.is_empty() {
        problems.push(FieldProblem::new(
            "/channels",
            "required",
            "必须写明反映渠道",
            "Say where objections go",
        ));
    }
    for (index, channel) in draft.channels.iter().enumerate() {
        check_text(&mut problems, &format!("/channels/{index}"), channel, 1, lengths::LINE);
    }
    problems
}

/// A date as official documents write it.
pub fn chinese_date(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// An entry of the list as the notice's text has it, the first being 0.
pub fn list_line(index: usize, entry: &PublicEntry) -> String {
    let PublicEntry { title, chain, award_name, .. } = entry;
    format!("{}. {title}（{}，{chain}）{award_name}", index + 1, entry.parties())
}

/// The notice's text: the template with its parts filled in. What is filled in is not looked at again.
pub fn notice_text(template: &str, authority: &str, notice: &Notice, today: NaiveDate) -> String {
    let list: Vec<String> =
        notice.entries.iter().enumerate().map(|(index, entry)| list_line(index, entry)).collect();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = from.split_once('}') else {
            text.push('{');
            rest = from;
            continue;
        };
        match name {
            "title" => text.push_str(&notice.title),
            "authority" => text.push_str(authority),
            "document" => text.push_str(&notice.document),
            "list" => text.push_str(&list.join("\n")),
            "from" => text.push_str(&chinese_date(notice.from)),
            "until" => text.push_str(&chinese_date(notice.until)),
            "days" => text.push_str(&notice.days.to_string()),
            "channels" => text.push_str(&notice.channels.join("\n")),
            "issuer" => text.push_str(&notice.issuer),
            "date" => text.push_str(&chinese_date(today)),
            other => text.push_str(&format!("{{{other}}}")),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::digest_of;
    use uuid::Uuid;

    #[test]
    fn a_template_is_filled_in_once() {
        let date = NaiveDate::from_ymd_opt(2026, 7, 6).unwrap();
        let notice = Notice {
            format: NOTICE_FORMAT.into(),
            competition: CompetitionId(Uuid::nil()),
            title: "竞赛{issuer}".into(),
            number: 1,
            document: "公示〔2026〕1号".into(),
            from: date,
            until: NaiveDate::from_ymd_opt(2026, 7, 10).unwrap(),
            days: 5,
            deadline: Timestamp::end_of(date),
            channels: vec!["电话一".into(), "监督电话二".into()],
            issuer: "领导小组办公室".into(),
            selection: digest_of(""),
            draws: Vec::new(),
            entries: Vec::new(),
            licence: Licence::default(),
            text: String::new(),
        };
        let text = notice_text("{title}|{from}—{until}|{channels}|{issuer}|{x}|{", "文号", &notice, date);
        assert_eq!(text, "竞赛{issuer}|2026年7月6日—2026年7月10日|电话一\n监督电话二|领导小组办公室|{x}|{");
    }
}
