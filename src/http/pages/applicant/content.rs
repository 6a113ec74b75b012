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
pub(super) fn profile(asked: &Asked, profile: &Profile) -> Markup {
    let area = profile.area_km2.map(|area| format!("{area} km²")).unwrap_or_default();
    facts(&[
        (asked.t("申报名称", "Title"), or_dash(&profile.title)),
        (asked.t("主导产业", "Leading industry"), or_dash(&profile.leading_industry)),
        (asked.t("面积", "Area"), or_dash(&area)),
        (asked.t("集群发展促进机构", "Promotion body"), or_dash(&profile.promotion_body)),
        (asked.t("联系人", "Contact"), or_dash(&profile.contact_name)),
        (asked.t("职务", "Post"), or_dash(&profile.contact_post)),
        (asked.t("联系电话", "Telephone"), or_dash(&profile.contact_phone)),
    ])
}

/// Leading firms.
pub(super) fn firms(asked: &Asked, firms: &[Firm]) -> Markup {
    Table::new(html! { (asked.t("领军企业", "Leading firms")) (asked.aside(&firms.len())) }, firms)
        .head(asked.t("企业名称", "Firm"), |firm| &firm.name)
        .column(asked.t("统一社会信用代码", "Credit code"), |firm| html! { code { (firm.credit_code) } })
        .column(asked.t("作用", "Role"), |firm| firm.role.in_language(asked.language))
        .column(asked.t("主要产品", "Main products"), |firm| or_dash(&firm.products))
        .empty(asked.t("尚未填写企业。", "No firms yet."))
        .render()
}

/// Figures, in the rubric's order, with last year's beside.
pub(super) fn figures(
    asked: &Asked,
    rules: &Rules,
    figures: &[Figure],
    evidence: &[EvidenceEntry],
) -> Markup {
    let claims = rules.tally.rubric.measured().map(|(indicator, _)| {
        (indicator, figures.iter().find(|figure| figure.indicator == indicator.key.as_str()))
    });
    let claim = |figure: &Figure| {
        html! {
            (written(asked, &figure.value, Some(&figure.unit)))
            @if !figure.explanation.is_empty() {
                div.hint { (asked.t("说明：", "Explained: ")) (figure.explanation) }
            }
        }
    };
    let files = |figure: &Figure| {
        html! {
            @for id in &figure.evidence { (evidence_link(asked, *id, evidence)) br; }
        }
    };
    Table::new(asked.t("定量指标的申报数据", "Claims for the measured indicators"), claims)
        .head(asked.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .number(asked.t("申报值", "Claim"), |(_, figure)| html! {
            @match figure { Some(figure) => (claim(figure)), None => span.muted { (asked.t("尚未填写", "Not filled in")) } }
        })
        .number(asked.t("上年值", "Last year"), |(_, figure)| {
            figure.map(|figure| or_dash(figure.last_year.as_deref().unwrap_or_default())).unwrap_or_default()
        })
        .column(asked.t("口径、年份", "Basis, year"), |(_, figure)| html! {
            @if let Some(figure) = figure { (or_dash(&figure.calibre)) (asked.t("，", ", ")) (figure.year) }
        })
        .column(asked.t("数据来源", "Source"), |(_, figure)| figure.map(|figure| or_dash(&figure.source_body)).unwrap_or_default())
        .column(asked.t("佐证材料", "Evidence"), |(_, figure)| figure.map(files).unwrap_or_default())
        .render()
}

fn evidence_link(asked: &Asked, id: EvidenceId, evidence: &[EvidenceEntry]) -> Markup {
    html! {
        @match evidence.iter().find(|entry| entry.id == id) {
            Some(entry) => a href=(asked.link(&format!("/evidence/{id}"))) { (entry.name) },
            None => span.muted { (asked.t("（已删除）", "(removed)")) },
        }
    }
}

/// A text of several paragraphs.
pub(super) fn text(asked: &Asked, text: &str) -> Markup {
    html! {
        @if text.trim().is_empty() { p.muted { (asked.t("尚未填写。", "Nothing is written yet.")) } }
        @else { div.text { (text) } }
    }
}

/// The undertaking, with who signed it.
pub(super) fn undertaking(asked: &Asked, wording: &str, signed: &Undertaking) -> Markup {
    html! {
        p.text { (wording) }
        @if signed.accepted {
            p { (asked.t("签署人：", "Signed by: ")) (signed.signatory) (asked.aside(&signed.post)) }
        } @else {
            p.muted { (asked.t("尚未签署。", "Not signed yet.")) }
        }
    }
}

/// All parts of an application.
pub(super) fn whole(asked: &Asked, context: &Context, whole: &Whole) -> Markup {
    html! {
        h3 { (asked.t("基本信息", "Basic facts")) }
        (profile(asked, &whole.profile))
        h3 { (asked.t("领军企业", "Leading firms")) }
        (firms(asked, &whole.firms))
        h3 { (asked.t("指标数据", "Figures")) }
        (figures(asked, &context.rules, &whole.figures, &whole.evidence))
        @for rule in &context.rules.settings.sections {
            h3 { (rule.title) }
            (text(asked, whole.sections.get(&rule.key).map_or("", String::as_str)))
        }
        h3 { (asked.t("承诺书", "Undertaking")) }
        (undertaking(asked, &context.rules.settings.undertaking, &whole.undertaking))
    }
}
