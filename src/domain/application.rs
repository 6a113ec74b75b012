//! An application (申报): its parts, what is wrong with one, what is missing, what is implausible, and its states.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, ChainNumber, RegionCode};
use super::competition::{Settings, is_key};
use super::credit_code::CreditCode;
use super::ids::{ApplicationId, EvidenceId};
use super::keyword::keyword_enum;
use super::plausibility::{Usual, Warning, warnings, year_warning};
use super::problem::FieldProblem;
use super::record::Digest;
use super::scoring::{Derivation, Indicator, IndicatorKind, Tally, explain};
use super::text::check_text;
use super::typed;

keyword_enum! {
    /// Where an application stands.
    pub enum ApplicationState {
        /// Being written; nobody but its region and members sees it.
        Draft = "draft",
        /// Submitted; with the city.
        Submitted = "submitted",
        /// Sent back by the city, to be changed and submitted again.
        Returned = "returned",
        /// On the city's sealed list.
        Recommended = "recommended",
        /// Submitted in time, but not on the city's sealed list.
        NotRecommended = "not_recommended",
        /// To be corrected once after the formal check (补正).
        Correction = "correction",
        /// In form: it goes to the experts.
        Accepted = "accepted",
        /// Not in form.
        Rejected = "rejected",
        /// Withdrawn by its region.
        Withdrawn = "withdrawn",
    }
}

impl ApplicationState {
    /// Whether its content may be changed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned | Self::Correction)
    }

    /// Whether it may still be withdrawn: until it is decided.
    pub fn is_withdrawable(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Returned | Self::Recommended | Self::Correction)
    }
}

keyword_enum! {
    /// What a member brings to an application.
    pub enum MemberRole {
        /// Core zone (核心区).
        Core = "core",
        /// Coordinated zone (协同区).
        Coordinated = "coordinated",
    }
}

keyword_enum! {
    /// Whether a member has agreed to take part.
    pub enum ConsentState {
        /// It has been asked.
        Asked = "asked",
        /// It has signed.
        Given = "given",
        /// It has declined.
        Declined = "declined",
    }
}

keyword_enum! {
    /// What was decided about an application.
    pub enum DecisionKind {
        /// Submitted by its lead.
        Submitted = "submitted",
        /// Sent back by the city.
        Returned = "returned",
        /// On the city's sealed list.
        Recommended = "recommended",
        /// Not on the city's sealed list.
        NotRecommended = "not_recommended",
        /// To be corrected.
        Correction = "correction",
        /// In form.
        Accepted = "accepted",
        /// Not in form.
        Rejected = "rejected",
        /// The rejection was taken back: it is checked again.
        RejectionTakenBack = "rejection_taken_back",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// A part of an application. Each part has its own revision, so that two people edit two parts without conflict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Basic facts and contacts (基本信息).
    Profile,
    /// Leading firms (领军企业).
    Firms,
    /// Figures of the measured indicators (指标数据).
    Figures,
    /// The signed undertaking (承诺书).
    Undertaking,
    /// A section of the form, by its key in the settings.
    Section(String),
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => formatter.write_str("profile"),
            Self::Firms => formatter.write_str("firms"),
            Self::Figures => formatter.write_str("figures"),
            Self::Undertaking => formatter.write_str("undertaking"),
            Self::Section(key) => write!(formatter, "section.{key}"),
        }
    }
}

/// A text that names no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchPart;

impl FromStr for Part {
    type Err = NoSuchPart;

    fn from_str(text: &str) -> Result<Self, NoSuchPart> {
        match text {
            "profile" => Ok(Self::Profile),
            "firms" => Ok(Self::Firms),
            "figures" => Ok(Self::Figures),
            "undertaking" => Ok(Self::Undertaking),
            _ => match text.strip_prefix("section.") {
                Some(key) if is_key(key) => Ok(Self::Section(key.to_owned())),
                _ => Err(NoSuchPart),
            },
        }
    }
}

/// Basic facts and contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Profile {
    /// The application's title.
    pub title: String,
    /// The leading industry (主导产业).
    pub leading_industry: String,
    /// Area of the zones taken together, in km².
    #[schemars(with = "Option<String>")]
    #[serde(deserialize_with = "typed::read_area")]
    pub area_km2: Option<Decimal>,
    /// The cluster promotion body (集群发展促进机构).
    pub promotion_body: String,
    /// Who to ask.
    pub contact_name: String,
    pub contact_post: String,
    pub contact_phone: String,
}

keyword_enum! {
    /// What a firm is to its chain.
    pub enum FirmRole {
        /// Leads the chain (链主企业).
        ChainLeader = "chain_leader",
        /// A key firm of the chain (骨干企业).
        KeyFirm = "key_firm",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Firm {
    /// Its registered name.
    pub name: String,
    /// Its unified social credit code (统一社会信用代码, GB 32100).
    pub credit_code: String,
    /// What it is to the chain.
    pub role: FirmRole,
    /// Its main products.
    #[serde(default)]
    pub products: String,
}

/// The value that an application claims for one measured indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Figure {
    /// The indicator's key in the rubric.
    pub indicator: String,
    /// The value, as SCORING.md has it: a decimal as text, a tier's name, or counts by unit.
    pub value: Value,
    /// The unit, which must be the rubric's (亿元, %, …).
    pub unit: String,
    /// The calibre (口径): what exactly was counted.
    pub calibre: String,
    /// The year that it is of.
    pub year: u16,
    /// The body that it comes from.
    pub source_body: String,
    /// The value of the year before, in the same unit and calibre, as decimal text.
    #[serde(default)]
    pub last_year: Option<String>,
    /// Evidence of this application that shows it.
    #[serde(default)]
    pub evidence: Vec<EvidenceId>,
    /// Why it is right though it looks wrong; needed where `implausible` tells something of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Undertaking {
    /// Whether the undertaking of the competition is signed.
    pub accepted: bool,
    /// Who signs for the applicant.
    pub signatory: String,
    pub post: String,
}

/// The firms of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Firms {
    /// In the applicant's order; at most 50.
    pub firms: Vec<Firm>,
}

/// The figures of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Figures {
    /// At most one an indicator.
    pub figures: Vec<Figure>,
}

/// The text of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Section {
    /// Plain text.
    pub text: String,
}

/// What stands in a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PartContent {
    Profile(Profile),
    Firms(Firms),
    Figures(Figures),
    Undertaking(Undertaking),
    /// Of `section.…`.
    Section(Section),
}

impl PartContent {
    /// The content as it is meant: figures are understood in their units.
    #[must_use]
    pub fn as_meant(mut self) -> Self {
        match &mut self {
            Self::Profile(profile) => profile.contact_phone = typed::phone(&profile.contact_phone),
            Self::Firms(content) => {
                for firm in &mut content.firms {
                    firm.credit_code = typed::code(&firm.credit_code);
                }
            }
            Self::Figures(content) => {
                for figure in &mut content.figures {
                    typed::value(&mut figure.value, &figure.unit);
                    let mut named = BTreeSet::new();
                    figure.evidence.retain(|id| named.insert(*id));
                    figure.last_year =
                        figure.last_year.take().map(|text| typed::number(&text, &[&figure.unit]));
                }
            }
            Self::Undertaking(_) | Self::Section(_) => {}
        }
        self
    }
}

/// The most firms that an application names.
const MOST_FIRMS: usize = 50;

/// What is wrong with a part, beyond what its type refuses. A draft may be incomplete, but not wrong: what is missing
/// is told by [`Whole::missing`].
pub fn check_part(
    content: &PartContent,
    part: &Part,
    settings: &Settings,
    tally: &Tally,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    match content {
        PartContent::Profile(profile) => check_profile(profile, &mut problems),
        PartContent::Firms(firms) => check_firms(&firms.firms, &mut problems),
        PartContent::Figures(figures) => check_figures(&figures.figures, settings, tally, &mut problems),
        PartContent::Undertaking(undertaking) => {
            check_text(&mut problems, "/signatory", &undertaking.signatory, 0, 50);
            check_text(&mut problems, "/post", &undertaking.post, 0, 50);
            if undertaking.accepted {
                check_text(&mut problems, "/signatory", &undertaking.signatory, 1, 50);
            }
        }
        PartContent::Section(section) => {
            let most = match part {
                Part::Section(key) => settings.sections.iter().find(|rule| rule.key == *key),
                _ => None,
            };
            let most = most.map_or(0, |rule| rule.most_characters as usize);
            check_text(&mut problems, "/text", &section.text, 0, most);
        }
    }
    problems
}

fn check_profile(profile: &Profile, problems: &mut Vec<FieldProblem>) {
    check_text(problems, "/title", &profile.title, 0, 100);
    check_text(problems, "/leading_industry", &profile.leading_industry, 0, 200);
    check_text(problems, "/promotion_body", &profile.promotion_body, 0, 100);
    check_text(problems, "/contact_name", &profile.contact_name, 0, 50);
    check_text(problems, "/contact_post", &profile.contact_post, 0, 50);
    check_text(problems, "/contact_phone", &profile.contact_phone, 0, 40);
    let phone = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '转');
    if !profile.contact_phone.chars().all(phone) {
        problems.push(FieldProblem::new(
            "/contact_phone",
            "not_a_phone_number",
            "电话号码只能含数字、空格、括号、加减号和“转”",
            "A telephone number has digits, spaces, brackets, plus, hyphen, and 转 before an extension",
        ));
    }
    if profile.area_km2.is_some_and(|area| area <= Decimal::ZERO || area > Decimal::from(200_000)) {
        problems.push(FieldProblem::new(
            "/area_km2",
            "out_of_range",
            "面积应大于0平方公里，且不超过20万平方公里",
            "The area must be above 0 and at most 200,000 km²",
        ));
    }
}

fn check_firms(firms: &[Firm], problems: &mut Vec<FieldProblem>) {
    if firms.len() > MOST_FIRMS {
        problems.push(FieldProblem::new(
            "/firms",
            "too_many",
            format!("至多{MOST_FIRMS}家企业"),
            format!("At most {MOST_FIRMS} firms"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, firm) in firms.iter().enumerate() {
        check_text(problems, &format!("/firms/{index}/name"), &firm.name, 1, 100);
        check_text(problems, &format!("/firms/{index}/products"), &firm.products, 0, 500);
        let pointer = format!("/firms/{index}/credit_code");
        match CreditCode::parse(&firm.credit_code) {
            Err(wrong) => {
                let message = wrong.message();
                problems.push(FieldProblem::new(pointer, "credit_code", message.zh, message.en));
            }
            Ok(code) if !seen.insert(code.to_string()) => problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该企业已填写",
                "This firm is listed already",
            )),
            Ok(_) => {}
        }
    }
}

fn measured(tally: &Tally) -> impl Iterator<Item = &Indicator> {
    let indicators = tally.rubric.criteria.iter().flat_map(|criterion| &criterion.indicators);
    indicators.filter(|indicator| matches!(indicator.kind, IndicatorKind::Measured { .. }))
}

fn check_figures(figures: &[Figure], settings: &Settings, tally: &Tally, problems: &mut Vec<FieldProblem>) {
    let mut seen = BTreeSet::new();
    let mut values = Map::new();
    for (index, figure) in figures.iter().enumerate() {
        let at = |member: &str| format!("/figures/{index}/{member}");
        let Some(indicator) = measured(tally).find(|indicator| indicator.key.as_str() == figure.indicator)
        else {
            problems.push(FieldProblem::new(
                at("indicator"),
                "unknown_indicator",
                "指标体系中没有这一定量指标",
                "The rubric has no such measured indicator",
            ));
            continue;
        };
        if !seen.insert(&figure.indicator) {
            problems.push(FieldProblem::new(
                at("indicator"),
                "duplicate",
                "该指标已填写",
                "The indicator stands twice",
            ));
            continue;
        }
        if let Some(unit) = indicator.unit.as_deref().filter(|unit| *unit != figure.unit) {
            problems.push(FieldProblem::new(
                at("unit"),
                "other_unit",
                format!("该指标的单位应为“{unit}”"),
                format!("This indicator is in {unit}"),
            ));
        }
        check_text(problems, &at("unit"), &figure.unit, 0, 20);
        check_text(problems, &at("calibre"), &figure.calibre, 0, 100);
        check_text(problems, &at("source_body"), &figure.source_body, 0, 100);
        check_text(problems, &at("explanation"), &figure.explanation, 0, 500);
        if !(2000..=2100).contains(&figure.year) {
            problems.push(FieldProblem::new(
                at("year"),
                "out_of_range",
                "年份应为2000至2100",
                "A year from 2000 to 2100",
            ));
        }
        if figure.last_year.as_deref().is_some_and(|text| super::values::Decimal::parse(text).is_none()) {
            problems.push(FieldProblem::new(
                at("last_year"),
                "not_a_decimal",
                "应为普通小数，如“12.5”，整数部分至多12位，小数部分至多8位",
                "A plain decimal such as \"12.5\": at most 12 digits before and 8 after the point",
            ));
        }
        values.insert(figure.indicator.clone(), figure.value.clone());
    }
    for (key, mut problem) in wrong_values(settings, &values, None) {
        let Some(index) = figures.iter().position(|figure| figure.indicator == key) else { continue };
        problem.pointer = format!("/figures/{index}/value{}", problem.pointer);
        problems.push(problem);
    }
}

/// What is wrong with values of measured indicators, with the key of each; pointers are below the value. The scoring
/// core reads them as it will read the verified ones, so what is accepted here can be scored.
pub(super) fn wrong_values(
    settings: &Settings,
    values: &Map<String, Value>,
    chain: Option<ChainNumber>,
) -> Vec<(String, FieldProblem)> {
    let mut application = json!({ "id": "claim", "title": "", "region": "", "measured": values, "adjustments": {}, "vetoes": [] });
    if let Some(chain) = chain {
        application["chain"] = json!(chain.to_string());
    }
    let Err(wrong) = settings.tally_of(&json!([application])) else { return Vec::new() };
    let of_values = wrong.into_iter().filter_map(|mut problem| {
        let rest = problem.pointer.strip_prefix("/applications/0/measured/")?.to_owned();
        let (key, below) = rest.split_once('/').unwrap_or((&rest, ""));
        let separator = if below.is_empty() { "" } else { "/" };
        problem.pointer = format!("{separator}{below}");
        problem.code = "value";
        Some((key.to_owned(), problem))
    });
    of_values.collect()
}

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

/// What a partner's consent covers: who takes part in what, under which title, with which firms and figures. Texts,
/// evidence and contacts are the lead's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Covered {
    pub chain: ChainNumber,
    /// The regions with what they bring, in order of their codes.
    pub members: Vec<CoveredMember>,
    /// Of the basic facts, what the application is called and who promotes it.
    pub profile: CoveredProfile,
    /// The firms that it names.
    pub firms: Vec<CoveredFirm>,
    /// The figures that it claims.
    pub figures: Vec<CoveredFigure>,
}

/// Of a member, what its partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredMember {
    pub region: RegionCode,
    /// What it brings.
    pub role: MemberRole,
}

/// Of the basic facts, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredProfile {
    /// The application's title.
    pub title: String,
    pub leading_industry: String,
    /// The cluster promotion body.
    pub promotion_body: String,
}

/// Of a firm, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredFirm {
    pub name: String,
    pub credit_code: String,
    /// What it is to the chain.
    pub role: FirmRole,
}

/// Of a figure, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredFigure {
    pub indicator: String,
    /// The claim.
    pub value: Value,
    pub unit: String,
    pub calibre: String,
    /// The year that it is of.
    pub year: u16,
}

impl Covered {
    /// What a consent to an application covers.
    pub fn of(whole: Whole) -> Self {
        let Profile { title, leading_industry, promotion_body, .. } = whole.profile;
        let firm =
            |firm: Firm| CoveredFirm { name: firm.name, credit_code: firm.credit_code, role: firm.role };
        let figure = |figure: Figure| CoveredFigure {
            indicator: figure.indicator,
            value: figure.value,
            unit: figure.unit,
            calibre: figure.calibre,
            year: figure.year,
        };
        let member = |member: Member| CoveredMember { region: member.region, role: member.role };
        Self {
            chain: whole.chain,
            members: whole.members.into_iter().map(member).collect(),
            profile: CoveredProfile { title, leading_industry, promotion_body },
            firms: whole.firms.into_iter().map(firm).collect(),
            figures: whole.figures.into_iter().map(figure).collect(),
        }
    }
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
