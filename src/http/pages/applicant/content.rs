//! What stands in an application, to be read.

use maud::{Markup, html};

use super::super::asked::Asked;
use super::super::parts::{empty, facts};
use super::super::values::written;
use super::super::words::Words;
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
    if firms.is_empty() {
        return empty(&html! { p { (asked.t("尚未填写企业。", "No firms yet.")) } });
    }
    let (name, code) = (asked.t("企业名称", "Firm"), asked.t("统一社会信用代码", "Credit code"));
    let (role, products) = (asked.t("作用", "Role"), asked.t("主要产品", "Main products"));
    html! {
        div.scroll {
            table.data.cards {
                caption { (asked.t("领军企业", "Leading firms")) (asked.aside(&firms.len())) }
                thead { tr {
                    th scope="col" { (name) }
                    th scope="col" { (code) }
                    th scope="col" { (role) }
                    th scope="col" { (products) }
                } }
                tbody {
                    @for firm in firms {
                        tr {
                            td data-label=(name) { (firm.name) }
                            td data-label=(code) { code { (firm.credit_code) } }
                            td data-label=(role) { (firm.role.in_language(asked.language)) }
                            td data-label=(products) { (or_dash(&firm.products)) }
                        }
                    }
                }
            }
        }
    }
}

/// Figures, in the rubric's order, with last year's beside.
pub(super) fn figures(
    asked: &Asked,
    rules: &Rules,
    figures: &[Figure],
    evidence: &[EvidenceEntry],
) -> Markup {
    let head = [
        asked.t("指标", "Indicator"),
        asked.t("申报值", "Claim"),
        asked.t("上年值", "Last year"),
        asked.t("口径、年份", "Basis, year"),
        asked.t("数据来源", "Source"),
        asked.t("佐证材料", "Evidence"),
    ];
    html! {
        div.scroll {
            table.data.cards {
                caption { (asked.t("定量指标的申报数据", "Claims for the measured indicators")) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for (indicator, _) in rules.tally.rubric.measured() {
                        @let figure = figures.iter().find(|figure| figure.indicator == indicator.key.as_str());
                        tr {
                            th scope="row" data-label=(head[0]) { (indicator.name) }
                            @match figure {
                                Some(figure) => {
                                    td.number data-label=(head[1]) {
                                        (written(asked, &figure.value, Some(&figure.unit)))
                                        @if !figure.explanation.is_empty() {
                                            div.hint { (asked.t("说明：", "Explained: ")) (figure.explanation) }
                                        }
                                    }
                                    td.number data-label=(head[2]) { (or_dash(figure.last_year.as_deref().unwrap_or_default())) }
                                    td data-label=(head[3]) { (or_dash(&figure.calibre)) (asked.t("，", ", ")) (figure.year) }
                                    td data-label=(head[4]) { (or_dash(&figure.source_body)) }
                                    td data-label=(head[5]) {
                                        @for id in &figure.evidence { (evidence_link(asked, *id, evidence)) br; }
                                    }
                                }
                                None => td colspan="5" data-label=(head[1]) { span.muted { (asked.t("尚未填写", "Not filled in")) } },
                            }
                        }
                    }
                }
            }
        }
    }
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
