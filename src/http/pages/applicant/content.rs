//! What stands in an application, to be read.

use super::super::prelude::*;
use super::super::values::written;
use super::context::Context;
use crate::actions::rules::Rules;
use crate::domain::application::{EvidenceEntry, Figure, Firm, Profile, Undertaking, Whole};
use crate::domain::ids::EvidenceId;

fn or_dash(text: &str) -> Markup {
    html! { @if text.trim().is_empty() { span.muted { "—" } } @else { (text) } }
}

/// Basic facts and contacts.
pub(super) fn profile(request: &PageRequest, profile: &Profile) -> Markup {
    let area = profile.area_km2.map(|area| format!("{area} km²")).unwrap_or_default();
    facts(&[
        (request.t("申报名称", "Application title"), or_dash(&profile.title)),
        (request.t("主导产业", "Leading industry"), or_dash(&profile.leading_industry)),
        (request.t("面积", "Area"), or_dash(&area)),
        (request.t("集群发展促进机构", "Cluster promotion body"), or_dash(&profile.promotion_body)),
        (request.t("联系人", "Contact"), or_dash(&profile.contact_name)),
        (request.t("职务", "Post"), or_dash(&profile.contact_post)),
        (request.t("联系电话", "Telephone"), or_dash(&profile.contact_phone)),
    ])
}

pub(super) fn firms(request: &PageRequest, firms: &[Firm]) -> Markup {
    Table::new(html! { (request.t("领军企业", "Leading firms")) (request.aside(&firms.len())) }, firms)
        .head(request.t("企业名称", "Firm"), |firm| &firm.name)
        .column(request.t("统一社会信用代码", "Credit code"), |firm| html! { code { (firm.credit_code) } })
        .column(request.t("作用", "Role"), |firm| firm.role.in_language(request.language))
        .column(request.t("主要产品", "Main products"), |firm| or_dash(&firm.products))
        .empty(request.t("尚未填写企业。", "No firms yet."))
        .render()
}

/// Figures, in the rubric's order, with last year's beside.
pub(super) fn figures(
    request: &PageRequest,
    rules: &Rules,
    figures: &[Figure],
    evidence: &[EvidenceEntry],
) -> Markup {
    let claims = rules.tally.rubric.measured().map(|(indicator, _)| {
        (indicator, figures.iter().find(|figure| figure.indicator == indicator.key.as_str()))
    });
    let claim = |figure: &Figure| {
        html! {
            (written(request, &figure.value, Some(&figure.unit)))
            @if !figure.explanation.is_empty() {
                div.hint { (request.t("说明：", "Explanation: ")) (figure.explanation) }
            }
        }
    };
    let files = |figure: &Figure| {
        html! {
            @for id in &figure.evidence { (evidence_link(request, *id, evidence)) br; }
        }
    };
    Table::new(request.t("定量指标的申报数据", "Claimed values of the measured indicators"), claims)
        .head(request.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .number(request.t("申报值", "Claimed value"), |(_, figure)| html! {
            @match figure { Some(figure) => (claim(figure)), None => span.muted { (request.t("尚未填写", "Not filled in")) } }
        })
        .number(request.t("上年值", "Last year"), |(_, figure)| {
            figure.map(|figure| or_dash(figure.last_year.as_deref().unwrap_or_default())).unwrap_or_default()
        })
        .column(request.t("口径、年份", "Basis, year"), |(_, figure)| html! {
            @if let Some(figure) = figure { (or_dash(&figure.calibre)) (request.t("，", ", ")) (figure.year) }
        })
        .column(request.t("数据来源", "Source"), |(_, figure)| figure.map(|figure| or_dash(&figure.source_body)).unwrap_or_default())
        .column(request.t("佐证材料", "Evidence"), |(_, figure)| figure.map(files).unwrap_or_default())
        .render()
}

fn evidence_link(request: &PageRequest, id: EvidenceId, evidence: &[EvidenceEntry]) -> Markup {
    html! {
        @match evidence.iter().find(|entry| entry.id == id) {
            Some(entry) => a href=(request.link(&format!("/evidence/{id}"))) { (entry.name) },
            None => span.muted { (request.t("（已删除）", "(removed)")) },
        }
    }
}

/// A text of several paragraphs.
pub(super) fn text(request: &PageRequest, text: &str) -> Markup {
    html! {
        @if text.trim().is_empty() { p.muted { (request.t("尚未填写。", "Not filled in.")) } }
        @else { div.text { (text) } }
    }
}

pub(super) fn undertaking(request: &PageRequest, wording: &str, signed: &Undertaking) -> Markup {
    html! {
        p.text { (wording) }
        @if signed.accepted {
            p { (request.t("签署人：", "Signed by: ")) (signed.signatory) (request.aside(&signed.post)) }
        } @else {
            p.muted { (request.t("尚未签署。", "Not signed yet.")) }
        }
    }
}

/// All parts of an application.
pub(super) fn whole(request: &PageRequest, context: &Context, whole: &Whole) -> Markup {
    html! {
        h3 { (request.t("基本信息", "Basic facts")) }
        (profile(request, &whole.profile))
        h3 { (request.t("领军企业", "Leading firms")) }
        (firms(request, &whole.firms))
        h3 { (request.t("指标数据", "Figures")) }
        (figures(request, &context.rules, &whole.figures, &whole.evidence))
        @for rule in &context.rules.settings.sections {
            h3 { (rule.title) }
            (text(request, whole.sections.get(&rule.key).map_or("", String::as_str)))
        }
        h3 { (request.t("承诺书", "Undertaking")) }
        (undertaking(request, &context.rules.settings.undertaking, &whole.undertaking))
    }
}
