//! An application, whole: what is missing and what looks strange.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::check::{check_figures, measured};
use super::part::{Figure, Firm, FirmRole, Profile, Undertaking};
use super::state::{ConsentState, MemberRole};
use crate::domain::catalogue::{Catalogue, ChainNumber, RegionCode};
use crate::domain::competition::Settings;
use crate::domain::ids::{ApplicationId, EvidenceId};
use crate::domain::plausibility::{Usual, Warning, warnings, year_warning};
use crate::domain::problem::FieldProblem;
use crate::domain::record::Digest;
use crate::domain::scoring::{Derivation, Indicator, Tally, explain};

/// A member of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Member {
    pub region: RegionCode,
    /// What it brings.
    pub role: MemberRole,
    /// Whether it has agreed.
    pub consent: ConsentState,
    /// The digest of the statement that it signed, once it has decided.
    pub statement: Option<Digest>,
}

/// A piece of evidence, as a submission lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EvidenceEntry {
    pub id: EvidenceId,
    /// Its kind in the settings.
    pub kind: String,
    /// The name that it was uploaded under.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// A whole application, as it is submitted, compared and scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ApplicationContent")]
pub struct Whole {
    pub application: ApplicationId,
    /// The lead region (牵头单位).
    pub lead_region: RegionCode,
    pub chain: ChainNumber,
    /// Version of the competition's settings that it was written under.
    pub settings_version: i32,
    /// Members, lead included, in order of their codes.
    pub members: Vec<Member>,
    /// Basic facts.
    pub profile: Profile,
    pub firms: Vec<Firm>,
    pub figures: Vec<Figure>,
    /// Texts by section key.
    pub sections: BTreeMap<String, String>,
    pub undertaking: Undertaking,
    /// Evidence, in order of upload.
    pub evidence: Vec<EvidenceEntry>,
}

impl Whole {
    /// What is missing before it can be submitted (完整性清单). Pointers name the part and the field.
    pub fn missing(&self, settings: &Settings, tally: &Tally, catalogue: &Catalogue) -> Vec<FieldProblem> {
        let mut missing = Vec::new();
        self.missing_text(settings, &mut missing);
        if !self.firms.iter().any(|firm| firm.role == FirmRole::ChainLeader) {
            missing.push(FieldProblem::new(
                "/firms/firms",
                "chain_leader_needed",
                "至少填写一家链主企业",
                "At least one chain leader is needed",
            ));
        }
        for indicator in measured(tally) {
            self.missing_figure(indicator, &mut missing);
        }
        // What was written under an earlier version of the rubric must fit the one that holds.
        let mut unfit = Vec::new();
        check_figures(&self.figures, settings, tally, &mut unfit);
        missing.extend(unfit.into_iter().map(|problem| problem.under("/figures")));
        self.missing_explanations(settings, tally, &mut missing);
        for kind in settings.evidence_kinds.iter().filter(|kind| kind.required) {
            if !self.evidence.iter().any(|entry| entry.kind == kind.key) {
                missing.push(FieldProblem::new(
                    "/evidence",
                    "evidence_needed",
                    format!("缺少佐证材料“{}”", kind.title),
                    format!("Evidence of kind `{}` is missing", kind.key),
                ));
            }
        }
        self.missing_members(catalogue, &mut missing);
        if !self.undertaking.accepted {
            let (zh, en) = ("承诺书尚未签署", "The undertaking is not signed");
            missing.push(FieldProblem::new("/undertaking/accepted", "required", zh, en));
        }
        missing
    }

    fn missing_text(&self, settings: &Settings, missing: &mut Vec<FieldProblem>) {
        let area = self.profile.area_km2.map(|area| area.to_string()).unwrap_or_default();
        for (field, value, name) in [
            ("title", &self.profile.title, "申报名称"),
            ("leading_industry", &self.profile.leading_industry, "主导产业"),
            ("area_km2", &area, "面积"),
            ("contact_name", &self.profile.contact_name, "联系人"),
            ("contact_phone", &self.profile.contact_phone, "联系电话"),
        ] {
            if value.trim().is_empty() {
                missing.push(FieldProblem::new(
                    format!("/profile/{field}"),
                    "required",
                    format!("尚未填写{name}"),
                    format!("`{field}` is not filled in"),
                ));
            }
        }
        for section in settings.sections.iter().filter(|section| section.required) {
            let text = self.sections.get(&section.key).map_or("", String::as_str);
            if text.trim().is_empty() {
                missing.push(FieldProblem::new(
                    format!("/section.{}/text", section.key),
                    "required",
                    format!("“{}”尚未填写", section.title),
                    format!("Section `{}` is not written", section.key),
                ));
            }
        }
    }

    fn missing_figure(&self, indicator: &Indicator, missing: &mut Vec<FieldProblem>) {
        let (name, key) = (&indicator.name, &indicator.key);
        let found = self.figures.iter().enumerate().find(|(_, figure)| figure.indicator == key.as_str());
        let Some((index, figure)) = found else {
            missing.push(FieldProblem::new(
                "/figures/figures",
                "figure_needed",
                format!("指标“{name}”尚未填写"),
                format!("Indicator `{key}` has no figure"),
            ));
            return;
        };
        let pointer = format!("/figures/figures/{index}");
        if figure.evidence.is_empty() {
            missing.push(FieldProblem::new(
                format!("{pointer}/evidence"),
                "evidence_needed",
                format!("指标“{name}”没有佐证材料"),
                format!("The figure of `{key}` has no evidence"),
            ));
        }
        if figure.evidence.iter().any(|id| !self.evidence.iter().any(|entry| entry.id == *id)) {
            missing.push(FieldProblem::new(
                format!("{pointer}/evidence"),
                "evidence_removed",
                format!("指标“{name}”引用的佐证材料不存在或已删除"),
                format!("The figure of `{key}` names evidence that is not there"),
            ));
        }
        if figure.calibre.trim().is_empty() || figure.source_body.trim().is_empty() {
            missing.push(FieldProblem::new(
                pointer,
                "source_needed",
                format!("指标“{name}”未说明口径或数据来源"),
                format!("The figure of `{key}` lacks its calibre or source"),
            ));
        }
    }

    fn missing_members(&self, catalogue: &Catalogue, missing: &mut Vec<FieldProblem>) {
        if !self.members.iter().any(|member| member.role == MemberRole::Core) {
            missing.push(FieldProblem::new(
                "/members",
                "core_needed",
                "至少需要一个核心区",
                "At least one core zone is needed",
            ));
        }
        let others = self.members.iter().filter(|member| member.region != self.lead_region);
        for member in others.filter(|member| member.consent != ConsentState::Given) {
            let name = catalogue.region_name(&member.region);
            missing.push(FieldProblem::new(
                "/members",
                "consent_needed",
                format!("{name}（{}）尚未签署同意", member.region),
                format!("Region {} has not signed its consent", member.region),
            ));
        }
    }

    /// Figures that look wrong, and why: told, never refused, but to be explained.
    pub fn implausible(&self, settings: &Settings, tally: &Tally) -> Vec<FieldProblem> {
        let strange = self.strange(settings, tally);
        let told = strange.into_iter().map(|(index, _, warning)| {
            let message = warning.message();
            let member = if matches!(warning, Warning::OtherYear(_)) { "year" } else { "value" };
            FieldProblem::new(
                format!("/figures/figures/{index}/{member}"),
                warning.code(),
                message.zh,
                message.en,
            )
        });
        told.collect()
    }

    /// What looks wrong with which figure.
    fn strange<'a>(&self, settings: &Settings, tally: &'a Tally) -> Vec<(usize, &'a Indicator, Warning)> {
        let year = settings.calendar.last_full_year();
        let mut strange = Vec::new();
        for (index, figure) in self.figures.iter().enumerate() {
            let mut measured = tally.rubric.measured();
            let Some((indicator, rules)) =
                measured.find(|(indicator, _)| indicator.key.as_str() == figure.indicator)
            else {
                continue;
            };
            let usual = Usual::of(indicator, &rules.general.formula, year);
            let last_year = figure.last_year.as_deref().and_then(|text| text.parse().ok());
            let value = figure.value.as_str().and_then(|text| text.parse().ok());
            let of_value = value.map(|value| warnings(value, last_year, &usual)).unwrap_or_default();
            let all = of_value.into_iter().chain(year_warning(figure.year, &usual));
            strange.extend(all.map(|warning| (index, indicator, warning)));
        }
        strange
    }

    /// Figures that look wrong, and are not explained.
    fn missing_explanations(&self, settings: &Settings, tally: &Tally, missing: &mut Vec<FieldProblem>) {
        let mut asked = BTreeSet::new();
        for (index, indicator, warning) in self.strange(settings, tally) {
            if self.figures[index].explanation.trim().is_empty() && asked.insert(index) {
                let message = warning.message();
                missing.push(FieldProblem::new(
                    format!("/figures/figures/{index}/explanation"),
                    "explanation_needed",
                    format!("{}：{}；确属实情的，填写情况说明", indicator.name, message.zh),
                    format!("{}: {}; if it is right, explain it", indicator.name, message.en),
                ));
            }
        }
    }

    /// The tally in which this application's claims are scored, without sheets: its own view of itself.
    ///
    /// # Errors
    /// If the claims don't fit the rubric, which happens only after a correction of the rubric.
    pub fn preview_tally(&self, settings: &Settings, city: &RegionCode) -> Result<Tally, Vec<FieldProblem>> {
        let values: Map<String, Value> =
            self.figures.iter().map(|figure| (figure.indicator.clone(), figure.value.clone())).collect();
        settings.tally_of(&json!([{
            "id": "claim",
            "title": self.profile.title,
            "region": city.to_string(),
            "chain": self.chain.to_string(),
            "measured": values,
            "adjustments": {},
            "vetoes": [],
        }]))
    }
}

/// How an application's claims would score, indicator by indicator, by the code that scores verified values.
///
/// # Panics
/// If the tally is not one of [`Whole::preview_tally`].
pub fn preview(tally: &Tally) -> Derivation<'_> {
    explain(tally, "claim").expect("the preview's tally has the application `claim`")
}
