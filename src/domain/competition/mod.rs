//! A competition (届) of the competition: its settings, its states, and what must hold before it moves on.

mod calendar;
mod letterhead;
mod moving;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalogue::{Catalogue, ChainNumber, RegionCode, RegionKind};
use super::keyword::keyword_enum;
use super::open_data::Licence;
use super::problem::FieldProblem;
use super::review::ReviewSettings;
use super::scoring::shape::{RubricShape, RulesShape};
use super::scoring::{IndicatorKind, TALLY_FORMAT, Tally, read_tally};
use super::text::check_text;
use super::typed;
use super::values::Language;
use crate::domain::lengths;

pub use self::calendar::*;
pub use self::letterhead::Letterhead;

keyword_enum! {
    /// What the public learns of results, and about whom.
    pub enum Disclosure {
        /// Names of the winners.
        Winners = "winners",
        /// Winners with their places and totals.
        RankedWinners = "ranked_winners",
        /// Every ranked application with its total.
        Ranking = "ranking",
    }
}

keyword_enum! {
    /// How applications are grouped: each group (track) is ranked by itself.
    pub enum Grouping {
        /// One group of all.
        Single = "single",
        /// A group for each cluster.
        Cluster = "cluster",
        /// A group for each chain.
        Chain = "chain",
        /// The groups listed in `tracks`.
        Own = "own",
    }
}

/// How many applications each city may recommend (推荐名额). Over quota is refused outright.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Quotas {
    /// For a city that is not named below.
    pub default: u32,
    /// For single cities, by region code.
    #[serde(default)]
    pub by_city: BTreeMap<RegionCode, u32>,
}

impl Quotas {
    pub fn of(&self, city: &RegionCode) -> u32 {
        self.by_city.get(city).copied().unwrap_or(self.default)
    }
}

/// A group of chains that are ranked together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Track {
    /// Its key in tallies.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,39}$"))]
    pub key: String,
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub name: String,
    pub chains: Vec<ChainNumber>,
}

/// A section of the application form (申报书) that applicants write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SectionRule {
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,39}$"))]
    pub key: String,
    /// Its heading.
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub title: String,
    /// What to write.
    #[serde(default)]
    #[schemars(length(max = lengths::FINDING))]
    pub guide: String,
    /// Whether an application is incomplete without it.
    pub required: bool,
    pub most_characters: u32,
}

/// A kind of evidence (佐证材料).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EvidenceKind {
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,39}$"))]
    pub key: String,
    /// Its name.
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub title: String,
    /// Whether an application is incomplete without at least one file of it.
    pub required: bool,
}

/// An item of the formal check (形式审查).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CheckItem {
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,39}$"))]
    pub key: String,
    #[schemars(length(min = 1, max = lengths::LINE))]
    pub title: String,
}

/// All that the office decides about a competition before the call. A later change is a correction: a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Settings {
    /// The competition's title.
    #[schemars(length(min = 1, max = lengths::LINE))]
    pub title: String,
    /// The number of the document that orders it (文号).
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub authority: String,
    /// The office that runs it (主办机构): whom letters and notices are signed by, and whom inspectors come from.
    #[serde(default = "organizer")]
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub organizer: String,
    /// Under which terms what is published of it may be used again.
    #[serde(default, skip_serializing_if = "Licence::is_none")]
    pub licence: Licence,
    /// What stands on the organizer's letters.
    #[serde(default, skip_serializing_if = "Letterhead::is_empty")]
    pub letterhead: Letterhead,
    /// The catalogue version whose chains and regions it uses.
    pub catalogue: i32,
    /// The version of the calendar of working days that its day counts use.
    pub working_days: i32,
    pub calendar: Calendar,
    /// Working days that an applicant has for the one correction (补正).
    pub correction_working_days: u32,
    /// Recommendations per city.
    pub quotas: Quotas,
    /// How applications are grouped.
    pub grouping: Grouping,
    /// The groups, where `grouping` is `own`; else empty.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// Sections of the application form.
    pub sections: Vec<SectionRule>,
    pub evidence_kinds: Vec<EvidenceKind>,
    /// The most bytes of evidence that one application may hold.
    pub evidence_quota: u64,
    /// The undertaking (承诺书) that the applicant signs.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub undertaking: String,
    /// What a member signs to take part.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub consent_statement: String,
    pub formal_items: Vec<CheckItem>,
    /// What the public learns of results.
    pub disclosure: Disclosure,
    /// How experts are drawn, how they judge, and what follows.
    #[serde(default)]
    pub review: ReviewSettings,
    /// The rubric (指标体系), as docs/normative/SCORING.md has it: kept as it was written, read by the scoring.
    #[schemars(with = "RubricShape")]
    pub rubric: Value,
    /// The rules of scoring.
    #[schemars(with = "RulesShape")]
    pub rules: Value,
}

/// What the office is called where settings that were stored before it had a name don't say.
fn organizer() -> String {
    "领导小组办公室".to_owned()
}

/// Members of rubric and rules that are texts, whatever they look like.
const TEXTS: [&str; 9] = ["tie_break", "key", "name", "guide", "section", "unit", "kind", "type", "method"];

/// Texts that are numbers but for their width, blanks and signs between thousands become those numbers.
fn numbers_as_meant(value: &mut Value) {
    match value {
        Value::String(text) => *text = typed::number(text, &[]),
        Value::Array(items) => items.iter_mut().for_each(numbers_as_meant),
        Value::Object(members) => {
            let numbers = members.iter_mut().filter(|(name, _)| !TEXTS.contains(&name.as_str()));
            numbers.for_each(|(_, value)| numbers_as_meant(value));
        }
        _ => {}
    }
}

/// The year of this century that a text ends with.
fn year_before(text: &str) -> Option<i32> {
    let chinese = |letter| (0_u32..).zip("〇一二三四五六七八九".chars()).find(|(_, known)| *known == letter);
    let digit = |letter: char| match letter {
        '０'..='９' => Some(u32::from(letter) - u32::from('０')),
        '○' | '零' => Some(0),
        _ => letter.to_digit(10).or_else(|| chinese(letter).map(|(digit, _)| digit)),
    };
    let digits: Vec<u32> = text.chars().rev().map_while(digit).collect();
    let [ones, tens, hundreds, thousands] = digits[..] else { return None };
    let year = i32::try_from(((thousands * 10 + hundreds) * 10 + tens) * 10 + ones).ok()?;
    (2000..2100).contains(&year).then_some(year)
}

/// The most that the settings may allow as evidence of one application: 4 GiB.
const MOST_EVIDENCE: u64 = 4 << 30;

impl Settings {
    /// The settings as they are meant: numbers of the rubric and the rules as programs write them.
    #[must_use]
    pub fn as_meant(mut self) -> Self {
        numbers_as_meant(&mut self.rubric);
        numbers_as_meant(&mut self.rules);
        self
    }

    /// All that is wrong with the settings, by themselves and against the catalogue that they name (absent if there
    /// is no such version).
    pub fn check(&self, catalogue: Option<&Catalogue>) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        check_text(&mut problems, "/title", &self.title, 1, lengths::LINE);
        check_text(&mut problems, "/authority", &self.authority, 1, lengths::TITLE);
        check_text(&mut problems, "/organizer", &self.organizer, 1, lengths::TITLE);
        check_text(&mut problems, "/undertaking", &self.undertaking, 1, lengths::STATEMENT);
        check_text(&mut problems, "/consent_statement", &self.consent_statement, 1, lengths::STATEMENT);
        problems.extend(self.licence.check("/licence"));
        problems.extend(self.letterhead.check("/letterhead"));
        self.check_calendar(&mut problems);
        self.check_forms(&mut problems);
        problems.extend(self.review.check().into_iter().map(|problem| problem.under("/review")));
        match catalogue {
            Some(catalogue) => self.check_places(catalogue, &mut problems),
            None => problems.push(FieldProblem::new(
                "/catalogue",
                "unknown_version",
                "没有这一版产业链目录",
                "There is no such version of the catalogue",
            )),
        }
        match self.tally() {
            Ok(tally) => {
                let judged = |key: &String| {
                    tally.rubric.indicators().any(|(_, indicator)| {
                        indicator.key.as_str() == key && matches!(indicator.kind, IndicatorKind::Judged(_))
                    })
                };
                for (index, key) in self.review.reason_required.iter().enumerate() {
                    if !judged(key) {
                        problems.push(FieldProblem::new(
                            format!("/review/reason_required/{index}"),
                            "unknown_indicator",
                            "指标体系中没有这一专家评分指标",
                            "The rubric has no such judged indicator",
                        ));
                    }
                }
            }
            Err(wrong) => problems.extend(wrong),
        }
        problems
    }

    /// The competition's year, which the numbers of its applications bear: the first that its title names ("2026年", also in
    /// Chinese or full-width digits), else the one in which it begins to take applications.
    pub fn year(&self) -> i32 {
        let named = self.title.match_indices('年').find_map(|(at, _)| year_before(&self.title[..at]));
        named.unwrap_or_else(|| chrono::Datelike::year(&self.calendar.application.from.date()))
    }

    /// What a track is called, by its key in tallies; none where all are ranked together, or nothing names it.
    pub fn track_name<'a>(&'a self, key: &str, catalogue: &'a Catalogue) -> Option<&'a str> {
        let number = key.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
        let found = match self.grouping {
            Grouping::Single => None,
            Grouping::Own => self.tracks.iter().find(|track| track.key == key).map(|track| &track.name),
            Grouping::Cluster => {
                let mut clusters = catalogue.clusters.iter();
                clusters.find(|cluster| Some(cluster.no) == number).map(|cluster| &cluster.name)
            }
            Grouping::Chain => {
                let chain = number.and_then(|number| catalogue.chain(ChainNumber(number)));
                chain.map(|(_, chain)| &chain.name)
            }
        };
        found.map(String::as_str)
    }

    /// The rubric and rules as a tally without applications, which is how they are checked and read.
    ///
    /// # Errors
    /// What is wrong with them, as SCORING.md's own reader says it.
    pub fn tally(&self) -> Result<Tally, Vec<FieldProblem>> {
        self.tally_of(&json!([]))
    }

    /// A tally with these applications and without sheets.
    ///
    /// # Errors
    /// What is wrong with it. Pointers are those of the settings for the rubric and rules, else the tally's own.
    pub fn tally_of(&self, applications: &Value) -> Result<Tally, Vec<FieldProblem>> {
        let document = json!({
            "format": TALLY_FORMAT,
            "competition": { "id": "settings", "title": self.title },
            "rubric": self.rubric,
            "rules": self.rules,
            "applications": applications,
            "sheets": [],
        });
        read_tally(document.to_string().as_bytes()).map_err(|problems| {
            problems
                .kept()
                .iter()
                .map(|problem| {
                    FieldProblem::new(
                        problem.pointer.clone(),
                        "scoring",
                        problem.plain(Language::Chinese),
                        problem.plain(Language::English),
                    )
                })
                .collect()
        })
    }

    /// The key of the track that applications of a chain are ranked in.
    pub fn track_of(&self, catalogue: &Catalogue, chain: ChainNumber) -> Option<String> {
        match self.grouping {
            Grouping::Single => Some("all".to_owned()),
            Grouping::Cluster => catalogue.chain(chain).map(|(cluster, _)| format!("cluster-{}", cluster.no)),
            Grouping::Chain => Some(format!("chain-{chain}")),
            Grouping::Own => {
                self.tracks.iter().find(|track| track.chains.contains(&chain)).map(|track| track.key.clone())
            }
        }
    }

    fn check_calendar(&self, problems: &mut Vec<FieldProblem>) {
        let stages: Vec<_> = STAGE_NAMES.into_iter().zip(self.calendar.in_order()).collect();
        for ((name, (zh, en)), period) in &stages {
            if period.from >= period.until {
                problems.push(FieldProblem::new(
                    format!("/calendar/{name}/until"),
                    "not_after_beginning",
                    format!("“{zh}”的截止时间必须晚于开始时间"),
                    format!("The deadline of “{en}” must be later than its beginning"),
                ));
            }
        }
        for pair in stages.windows(2) {
            let [((_, (zh_before, en_before)), earlier), ((name, (zh, en)), later)] = pair else { continue };
            if later.until <= earlier.until {
                problems.push(FieldProblem::new(
                    format!("/calendar/{name}/until"),
                    "not_after_stage_before",
                    format!("“{zh}”的截止时间必须晚于上一阶段“{zh_before}”的截止时间"),
                    format!("The deadline of “{en}” must be later than that of “{en_before}” before it"),
                ));
            }
        }
        if !(1..=30).contains(&self.correction_working_days) {
            problems.push(FieldProblem::new(
                "/correction_working_days",
                "out_of_range",
                "补正期限应为1至30个工作日",
                "Must be 1 to 30 working days",
            ));
        }
    }

    fn check_forms(&self, problems: &mut Vec<FieldProblem>) {
        let keys = |items: Vec<&String>, list: &str, problems: &mut Vec<FieldProblem>| {
            let mut seen = BTreeSet::new();
            for (index, key) in items.into_iter().enumerate() {
                if !is_key(key) {
                    problems.push(FieldProblem::new(
                        format!("/{list}/{index}/key"),
                        "not_a_key",
                        "键只能含小写字母、数字和下划线，以字母开头，至多40个字符",
                        "A key has lower-case letters, digits and underscores, starts with a letter, at most 40 characters",
                    ));
                } else if !seen.insert(key) {
                    problems.push(FieldProblem::new(
                        format!("/{list}/{index}/key"),
                        "duplicate",
                        "键重复",
                        "The key stands twice",
                    ));
                }
            }
        };
        keys(self.sections.iter().map(|section| &section.key).collect(), "sections", problems);
        keys(self.evidence_kinds.iter().map(|kind| &kind.key).collect(), "evidence_kinds", problems);
        keys(self.formal_items.iter().map(|item| &item.key).collect(), "formal_items", problems);
        keys(self.tracks.iter().map(|track| &track.key).collect(), "tracks", problems);
        for (index, section) in self.sections.iter().enumerate() {
            check_text(problems, &format!("/sections/{index}/title"), &section.title, 1, lengths::TITLE);
            check_text(problems, &format!("/sections/{index}/guide"), &section.guide, 0, lengths::FINDING);
            if !(1..=100_000).contains(&section.most_characters) {
                problems.push(FieldProblem::new(
                    format!("/sections/{index}/most_characters"),
                    "out_of_range",
                    "字数上限应为1至100000",
                    "Must be 1 to 100,000 characters",
                ));
            }
        }
        for (index, kind) in self.evidence_kinds.iter().enumerate() {
            check_text(problems, &format!("/evidence_kinds/{index}/title"), &kind.title, 1, lengths::TITLE);
        }
        for (index, item) in self.formal_items.iter().enumerate() {
            check_text(problems, &format!("/formal_items/{index}/title"), &item.title, 1, lengths::LINE);
        }
        for (list, empty) in [
            ("sections", self.sections.is_empty()),
            ("evidence_kinds", self.evidence_kinds.is_empty()),
            ("formal_items", self.formal_items.is_empty()),
        ] {
            if empty {
                problems.push(FieldProblem::new(
                    format!("/{list}"),
                    "empty",
                    "至少需要一项",
                    "At least one is needed",
                ));
            }
        }
        if !(1..=MOST_EVIDENCE).contains(&self.evidence_quota) {
            problems.push(FieldProblem::new(
                "/evidence_quota",
                "out_of_range",
                "每件申报的佐证材料总量应为1字节至4 GiB",
                "Must be 1 byte to 4 GiB an application",
            ));
        }
    }

    fn check_places(&self, catalogue: &Catalogue, problems: &mut Vec<FieldProblem>) {
        for city in self.quotas.by_city.keys() {
            if catalogue.region(city).is_none_or(|region| region.kind != RegionKind::City) {
                problems.push(FieldProblem::new(
                    format!("/quotas/by_city/{city}"),
                    "not_a_city",
                    "该代码不是目录中的设区市",
                    "Not a city of the catalogue",
                ));
            }
        }
        if self.grouping != Grouping::Own {
            if !self.tracks.is_empty() {
                problems.push(FieldProblem::new(
                    "/tracks",
                    "not_used",
                    "仅当 `grouping` 为 `own` 时才能列出分组",
                    "Tracks may be listed only where grouping is `own`",
                ));
            }
            return;
        }
        let mut placed = BTreeSet::new();
        for (index, track) in self.tracks.iter().enumerate() {
            check_text(problems, &format!("/tracks/{index}/name"), &track.name, 1, lengths::TITLE);
            for (position, chain) in track.chains.iter().enumerate() {
                let pointer = format!("/tracks/{index}/chains/{position}");
                if catalogue.chain(*chain).is_none() {
                    problems.push(FieldProblem::new(
                        pointer,
                        "unknown_chain",
                        "目录中没有该产业链",
                        "Not a chain of the catalogue",
                    ));
                } else if !placed.insert(*chain) {
                    problems.push(FieldProblem::new(
                        pointer,
                        "duplicate",
                        "该产业链已在另一分组",
                        "The chain stands in another track already",
                    ));
                }
            }
        }
        for (_, chain) in catalogue.chains() {
            if !placed.contains(&chain.no) {
                problems.push(FieldProblem::new(
                    "/tracks",
                    "chain_without_track",
                    format!("产业链“{}”没有归入任何分组", chain.name),
                    format!("Chain {} ({}) belongs to no track", chain.no, chain.name),
                ));
            }
        }
    }
}

/// Whether a text may be a key: lower-case letters, digits and underscores, a letter first, at most 40.
pub fn is_key(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn example() -> Settings {
        serde_json::from_str(include_str!("../../../data/settings.example.json")).unwrap()
    }

    #[test]
    fn numbers_bear_the_year_that_the_title_names() {
        let mut settings = example();
        settings.calendar.application.from = "2026-12-20T09:00:00+08:00".parse().unwrap();
        for (title, year) in [
            ("2027年度区域卓越产业链竞赛", 2027),
            ("江苏省２０２７年区域卓越产业链竞赛", 2027),
            ("二〇二七年区域卓越产业链竞赛", 2027),
            ("三年行动计划2027年竞赛（2028年公布）", 2027),
            // Neither a year of its own, nor one of this century, nor four digits.
            ("第二届区域卓越产业链竞赛", 2026),
            ("1027年竞赛", 2026),
            ("12027年竞赛", 2026),
            ("2027竞赛", 2026),
        ] {
            settings.title = title.to_owned();
            assert_eq!(settings.year(), year, "{title}");
        }
    }
}
