//! What every page of one application begins with: the application, its competition, and who asks.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::super::prelude::*;
use super::super::values::named;
use super::super::whereabouts::{after_an_act, among_own, of_application};
use crate::actions::applications::{self, ApplicationView, PartView};
use crate::actions::desks;
use crate::actions::rules::Rules;
use crate::domain::application::{FirmRole, MemberRole, Part, Profile};
use crate::domain::catalogue::{Catalogue, ChainNumber};
use crate::domain::competition::CompetitionState;
use crate::domain::difference::Difference;
use crate::domain::values::Language;

/// What the members of an application's document are called.
const MEMBERS: [(&str, &str, &str); 41] = [
    ("profile", "基本信息", "Basic facts"),
    ("title", "申报名称", "Application title"),
    ("leading_industry", "主导产业", "Leading industry"),
    ("area_km2", "总面积（km²）", "Area (km²)"),
    ("promotion_body", "集群发展促进机构", "Cluster promotion body"),
    ("contact_name", "联系人", "Contact"),
    ("contact_post", "联系人职务", "The contact's post"),
    ("contact_phone", "联系电话", "Telephone"),
    ("firms", "领军企业", "Leading firms"),
    ("name", "名称", "Name"),
    ("credit_code", "统一社会信用代码", "Credit code"),
    ("products", "主要产品", "Main products"),
    ("figures", "指标数据", "Figures"),
    ("indicator", "指标", "Indicator"),
    ("value", "申报值", "Claimed value"),
    ("last_year", "上年值", "Last year"),
    ("year", "年份", "Year"),
    ("unit", "单位", "Unit"),
    ("calibre", "口径", "Statistical basis"),
    ("source_body", "数据来源", "Source"),
    ("evidence", "佐证材料", "Evidence"),
    ("undertaking", "承诺书", "Undertaking"),
    ("accepted", "作出承诺", "Undertaken"),
    ("signatory", "签署人", "Signed by"),
    ("post", "签署人职务", "The signatory's post"),
    ("members", "成员", "Members"),
    ("region", "地区", "Region"),
    ("role", "作用", "Role"),
    ("consent", "成员同意", "Consent"),
    ("statement", "同意书摘要", "Digest of the consent"),
    ("sections", "申报书", "Application form"),
    ("text", "内容", "Content"),
    ("id", "标识", "Identifier"),
    ("kind", "类别", "Kind"),
    ("size", "字节数", "Bytes"),
    ("digest", "摘要", "Digest"),
    ("explanation", "情况说明", "Explanation"),
    ("application", "申报", "Application"),
    ("lead_region", "牵头地区", "Lead region"),
    ("chain", "产业链", "Chain"),
    ("settings_version", "规则版本", "Version of the rules"),
];

/// An application with what holds in its competition.
pub(super) struct Context {
    pub(super) view: ApplicationView,
    /// Where its competition stands.
    pub(super) competition: CompetitionState,
    /// What holds in it.
    pub(super) rules: Arc<Rules>,
}

impl Context {
    /// The application of the page's address.
    pub(super) async fn read(request: &PageRequest) -> Result<Self> {
        let view =
            applications::read(&request.service, &request.context, request.id("application_id")?).await?;
        let (competition, rules) =
            desks::rules(&request.service, &request.context, view.competition_id).await?;
        Ok(Self { view, competition, rules })
    }

    /// The address of its page.
    pub(super) fn page(&self) -> String {
        format!("/applications/{}", self.view.id)
    }

    /// Its address in the API.
    pub(super) fn api(&self) -> String {
        format!("/api/v1/applications/{}", self.view.id)
    }

    /// What stands in a part; nothing yet, where it was never written.
    pub(super) fn part(&self, name: &str) -> Result<&PartView> {
        self.view.parts.get(name).ok_or_else(Error::not_found)
    }

    /// The content of a part.
    pub(super) fn content<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let content = self.part(name)?.content.clone();
        serde_json::from_value(content).map_err(|error| Error::internal(error.to_string()))
    }

    /// Its title, or what stands for it while there is none.
    pub(super) fn title(&self, request: &PageRequest) -> String {
        let title = self.content::<Profile>("profile").map(|profile| profile.title).unwrap_or_default();
        if title.trim().is_empty() {
            request.t("（尚未命名的申报）", "(no title yet)").to_owned()
        } else {
            title
        }
    }

    /// Whether who asks files it.
    pub(super) fn is_lead(&self, request: &PageRequest) -> bool {
        let caller = request.context.caller.as_ref();
        caller.is_some_and(|caller| {
            caller.role == Role::Applicant && caller.region.as_ref() == Some(&self.view.lead_region.code)
        })
    }

    /// Whether it can be changed now, by whoever files it.
    pub(super) fn is_open(&self, request: &PageRequest) -> bool {
        let until = self.view.submission_due_at;
        self.view.state.is_open() && until.is_some_and(|until| request.context.received_at <= until)
    }

    /// Whether who asks may change it now.
    pub(super) fn may_change(&self, request: &PageRequest) -> bool {
        self.is_lead(request) && self.is_open(request)
    }

    /// The parts in the order of the form, with their names.
    pub(super) fn parts(&self, language: Language) -> Vec<(String, String)> {
        let sections = self.rules.settings.sections.iter();
        let named = |part: Part, zh: &str, en: &str| (part.to_string(), language.pick(zh, en).to_owned());
        let mut parts = vec![
            named(Part::Profile, "基本信息", "Basic facts"),
            named(Part::Firms, "领军企业", "Leading firms"),
            named(Part::Figures, "指标数据", "Figures"),
        ];
        parts.extend(sections.map(|section| (format!("section.{}", section.key), section.title.clone())));
        parts.push(named(Part::Undertaking, "承诺书", "Undertaking"));
        parts
    }

    /// What changed of the application or of a part of it.
    pub(super) fn differences(&self, request: &PageRequest, changes: &[Difference]) -> Markup {
        let member = |name: &str| html! { (self.member_name(request, name)) };
        // Only values of figures, indicators and roles are called by their names: other texts are told as they are.
        let value = |name: &str, text: &str| match name {
            "value" | "indicator" | "role" => member(text),
            _ => html! { (text) },
        };
        let place = |pointer: &str| self.place(request, pointer);
        differences(request, changes, &Wording { place: &place, member: &member, value: &value })
    }

    /// Where a pointer leads: `指标数据 · 第1项 · 申报值`.
    fn place(&self, request: &PageRequest, pointer: &str) -> Markup {
        let mut words: Vec<String> = Vec::new();
        for step in pointer.split('/').skip(1) {
            let word = match step.parse::<usize>() {
                Ok(row) => request.t("第", "no. ").to_owned() + &(row + 1).to_string() + request.t("项", ""),
                Err(_) => self.member_name(request, step),
            };
            // The list of a part is called as the part.
            if words.last() != Some(&word) {
                words.push(word);
            }
        }
        html! { (words.join(" · ")) }
    }

    /// What a member of an application's document is called; a unit or tier, a section, an indicator, a role or whatever
    /// else has a name of its own, by that.
    fn member_name(&self, request: &PageRequest, member: &str) -> String {
        if let Some((_, zh, en)) = MEMBERS.iter().find(|(known, ..)| *known == member) {
            return request.t(zh, en).to_owned();
        }
        if let Some(section) = self.rules.settings.sections.iter().find(|section| section.key == member) {
            return section.title.clone();
        }
        let mut indicators = self.rules.tally.rubric.indicators();
        if let Some((_, indicator)) = indicators.find(|(_, indicator)| indicator.key.as_str() == member) {
            return indicator.name.clone();
        }
        let firm = member.parse::<FirmRole>().map(|role| role.in_language(request.language));
        let role =
            firm.or_else(|_| member.parse::<MemberRole>().map(|role| role.in_language(request.language)));
        role.unwrap_or_else(|_| named(request, member)).to_owned()
    }

    pub(super) fn part_name(&self, part: &str, language: Language) -> Result<String> {
        let found = self.parts(language).into_iter().find(|(key, _)| key == part);
        found.map(|(_, name)| name).ok_or_else(Error::not_found)
    }

    /// A page of this application, with its views and the pages above it.
    pub(super) fn shown(&self, request: &PageRequest, title: &str, current: &str, content: &Markup) -> Page {
        let (view, settings) = (&self.view, &self.rules.settings);
        let whereabouts =
            of_application(request, view.state, self.competition, settings, view.submission_due_at);
        let heading = if current.is_empty() { self.title(request) } else { title.to_owned() };
        let body = html! {
            @if self.is_lead(request) {
                (lead_views(request, self.view.id, current))
            } @else {
                (application_views(request, self.view.id, current))
            }
            // The page that one comes back to says it always; others after an act.
            @if current.is_empty() { (whereabouts.block(request)) } @else { (after_an_act(request, &whereabouts)) }
            (content)
        };
        let number = self.view.number.clone().unwrap_or_default();
        let shown = Page::new(heading, body).running([
            self.rules.settings.title.clone(),
            number,
            if current.is_empty() { String::new() } else { self.title(request) },
        ]);
        let shown = among_own(request, self.view.competition_id, shown);
        if current.is_empty() { shown } else { shown.crumb(self.page(), self.title(request)) }
    }
}

/// The number and name of a chain.
pub(super) fn chain(catalogue: &Catalogue, number: ChainNumber) -> String {
    format!("{number}　{}", catalogue.chain_name(number))
}

/// Choices of a firm's role.
pub(super) fn firm_roles(request: &PageRequest) -> Vec<(String, String)> {
    choices(FirmRole::ALL, request)
}

/// The variants of an enum as choices of a field.
pub(super) fn choices<T: Words + Copy + std::fmt::Display>(
    all: &[T],
    request: &PageRequest,
) -> Vec<(String, String)> {
    all.iter().map(|one| (one.to_string(), one.in_language(request.language).to_owned())).collect()
}
