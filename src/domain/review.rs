//! What the office decides about a competition's expert review, selection, notice and titles before the call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::ChainNumber;
use super::competition::{CheckItem, is_key};
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::text::check_text;

keyword_enum! {
    /// What a panel is drawn for.
    pub enum PanelBy {
        /// One panel for each track: its experts judge every application of it.
        Track = "track",
        /// One panel for each application.
        Application = "application",
    }
}

/// The chief expert (首席专家) of a chain, who takes no part in judging it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChiefExpert {
    pub chain: ChainNumber,
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub name: String,
}

/// Rules of review, selection, notice and titles. Day counts are working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct ReviewSettings {
    /// What a panel is drawn for.
    pub panel_by: PanelBy,
    /// Experts of a panel: 1 to 51, odd unless `even_panel`.
    pub panel_size: u32,
    /// Whether the size of a panel may be even.
    pub even_panel: bool,
    /// Alternates drawn for a panel, in order, 0 to 20.
    pub alternates: u32,
    /// Whether an expert must have the cluster of what is judged among their fields.
    pub match_fields: bool,
    /// For how many years an employment bars an expert, 1 to 10 (three in public procurement).
    pub employer_years: u32,
    /// Chief experts of chains; `null` while the list is not at hand, and then no conflict check is called clear.
    pub chief_experts: Option<Vec<ChiefExpert>>,
    /// The least members of an inspection team, 2 to 20.
    pub inspection_team: u32,
    /// For how long an applicant may comment on verified values.
    pub comment_days: u32,
    /// Judged indicators where an expert must always give a reason; at zero and at full marks it is always due.
    pub reason_required: Vec<String>,
    /// Why a signed sheet may be corrected: a closed list.
    pub correction_reasons: Vec<CheckItem>,
    /// How many of the leading group must be present for it to deliberate, 1 to 100.
    pub quorum: u32,
    /// For how long the list stays on notice, first day counted: at least 5.
    pub notice_days: u32,
    /// Until when an objection must be answered, counted from the day after it came.
    pub objection_days: u32,
    /// The notice's text; `{title}`, `{authority}`, `{document}`, `{list}`, `{from}`, `{until}`, `{days}`, `{channels}`,
    /// `{issuer}` and `{date}` are filled in.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub notice_template: String,
    /// For how many years a title is valid, 1 to 10.
    pub title_years: u32,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        let reason = |key: &str, title: &str| CheckItem { key: key.to_owned(), title: title.to_owned() };
        Self {
            panel_by: PanelBy::Track,
            panel_size: 7,
            even_panel: false,
            alternates: 2,
            match_fields: false,
            employer_years: 3,
            chief_experts: None,
            inspection_team: 2,
            comment_days: 3,
            reason_required: Vec::new(),
            correction_reasons: vec![
                reason("slip", "笔误"),
                reason("misread", "误读材料"),
                reason("new_finding", "考察记录更正"),
            ],
            quorum: 3,
            notice_days: 5,
            objection_days: 15,
            notice_template: NOTICE_TEMPLATE.to_owned(),
            title_years: 3,
        }
    }
}

/// The wording that notices of this kind have in the provinces.
const NOTICE_TEMPLATE: &str = "{title}拟入选名单公示\n（{document}）\n\n\
    根据{authority}，经申报推荐、形式审查、专家评审、实地考察和领导小组审议，现将拟入选名单予以公示。\n\n{list}\n\n\
    公示期为{from}至{until}（{days}个工作日，首日计入）。公示期内如有异议，请以书面形式实名反映：个人须署真实姓名和联系方式，\
    单位须加盖公章，并提供事实依据；匿名或逾期的异议不予受理。\n\n{channels}\n\n{issuer}\n{date}";

impl ReviewSettings {
    /// All that is wrong with these settings by themselves.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let ranges = [
            ("/panel_size", self.panel_size, 1, 51),
            ("/alternates", self.alternates, 0, 20),
            ("/employer_years", self.employer_years, 1, 10),
            ("/inspection_team", self.inspection_team, 2, 20),
            ("/comment_days", self.comment_days, 1, 30),
            ("/quorum", self.quorum, 1, 100),
            ("/notice_days", self.notice_days, 5, 60),
            ("/objection_days", self.objection_days, 1, 60),
            ("/title_years", self.title_years, 1, 10),
        ];
        for (pointer, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                problems.push(FieldProblem::new(
                    pointer,
                    "out_of_range",
                    format!("应为{least}至{most}"),
                    format!("Must be {least} to {most}"),
                ));
            }
        }
        if self.panel_size.is_multiple_of(2) && !self.even_panel {
            problems.push(FieldProblem::new(
                "/panel_size",
                "even_panel",
                "专家组人数应为单数；如确需双数，请将 `even_panel` 设为 `true`",
                "A panel has an odd number of experts; set `even_panel` if it shall not",
            ));
        }
        let mut seen = Vec::new();
        for (index, reason) in self.correction_reasons.iter().enumerate() {
            if !is_key(&reason.key) || seen.contains(&&reason.key) {
                problems.push(FieldProblem::new(
                    format!("/correction_reasons/{index}/key"),
                    "not_a_key",
                    "键只能含小写字母、数字和下划线，以字母开头，不得重复",
                    "A key has lower-case letters, digits and underscores, a letter first, and stands once",
                ));
            }
            seen.push(&reason.key);
            check_text(
                &mut problems,
                &format!("/correction_reasons/{index}/title"),
                &reason.title,
                1,
                lengths::TITLE,
            );
        }
        for (index, chief) in self.chief_experts.iter().flatten().enumerate() {
            check_text(&mut problems, &format!("/chief_experts/{index}/name"), &chief.name, 1, lengths::NAME);
        }
        check_text(&mut problems, "/notice_template", &self.notice_template, 1, lengths::STATEMENT);
        for part in ["{list}", "{from}", "{until}", "{channels}", "{issuer}"] {
            if !self.notice_template.contains(part) {
                problems.push(FieldProblem::new(
                    "/notice_template",
                    "part_missing",
                    format!("模板中缺少{part}"),
                    format!("The template lacks {part}"),
                ));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_unless_told_is_in_order() {
        assert!(ReviewSettings::default().check().is_empty());
    }

    #[test]
    fn a_panel_is_odd_unless_allowed() {
        let codes = |settings: ReviewSettings| {
            settings.check().into_iter().map(|problem| (problem.pointer, problem.code)).collect::<Vec<_>>()
        };
        let six = ReviewSettings { panel_size: 6, ..ReviewSettings::default() };
        assert_eq!(codes(six.clone()), [("/panel_size".to_owned(), "even_panel")]);
        assert!(codes(ReviewSettings { even_panel: true, ..six }).is_empty());
        let short = ReviewSettings { notice_days: 4, ..ReviewSettings::default() };
        assert_eq!(codes(short), [("/notice_days".to_owned(), "out_of_range")]);
        let twice = ReviewSettings { notice_template: "{list}".into(), ..ReviewSettings::default() };
        assert_eq!(codes(twice).len(), 4);
    }
}
