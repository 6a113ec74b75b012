//! What was claimed and what was verified, indicator by indicator.

use serde_json::Value;

use super::Inspected;
use crate::domain::application::Figure;
use crate::domain::inspection::VerifiedItem;
use crate::domain::scoring::{Formula, Indicator};
use crate::domain::values::ChainId;
use crate::http::pages::prelude::*;
use crate::http::pages::values;

/// A measured indicator with its claim and its entry in the record.
pub(super) struct Line<'a> {
    pub(super) indicator: &'a Indicator,
    pub(super) formula: &'a Formula,
    pub(super) claim: Option<&'a Figure>,
    pub(super) item: Option<&'a VerifiedItem>,
}

impl Line<'_> {
    /// A value in the shape of the claim, with its unit.
    pub(super) fn written(&self, request: &PageRequest, value: Option<&Value>) -> String {
        values::written(request, value.unwrap_or(&Value::Null), self.indicator.unit.as_deref())
    }

    /// The claim, written.
    pub(super) fn claimed(&self, request: &PageRequest) -> String {
        self.written(request, self.claim.map(|claim| &claim.value))
    }

    /// Why the claim is right though it looks unusual, where the applicant said so.
    pub(super) fn explained(&self, request: &PageRequest) -> Markup {
        let said = self.claim.map(|claim| &*claim.explanation).filter(|said| !said.is_empty());
        html! { @if let Some(said) = said { br; span.muted { (request.t("申报单位说明：", "Statement of the applicant: ")) (said) } } }
    }
}

/// All measured indicators, in the rubric's order.
pub(super) fn lines(inspected: &Inspected) -> Vec<Line<'_>> {
    let chain = ChainId::new(inspected.scene.chain.to_string());
    let items = inspected.view.record.as_ref().map(|record| &*record.items).unwrap_or_default();
    let measured = inspected.scene.rules.tally.rubric.measured();
    measured
        .map(|(indicator, rules)| Line {
            indicator,
            formula: &rules.for_chain(Some(&chain)).formula,
            claim: inspected.view.claimed.iter().find(|claim| claim.indicator == indicator.key.as_str()),
            item: items.iter().find(|item| item.indicator == indicator.key.as_str()),
        })
        .collect()
}

/// How a verified value compares with its claim, in a word.
fn compared(request: &PageRequest, inspected: &Inspected, line: &Line<'_>) -> Markup {
    let Some(item) = line.item else {
        return tag(request.t("尚未核定", "Not yet verified"), Tone::Warning);
    };
    if item.value.is_null() {
        return tag(request.t("无法核定", "Could not be verified"), Tone::Bad);
    }
    match inspected.view.raised.get(&item.indicator) {
        Some(Some(_)) => tag(request.t("核增，已同意", "Raised, consented"), Tone::Good),
        Some(None) => tag(request.t("核增，待办公室同意", "Raised, awaits consent"), Tone::Warning),
        None if line.claim.is_some_and(|claim| claim.value == item.value) => {
            tag(request.t("与申报一致", "As claimed"), Tone::Good)
        }
        None => tag(request.t("核减", "Reduced"), Tone::Warning),
    }
}

/// The whole record of indicators.
pub(super) fn table(request: &PageRequest, inspected: &Inspected) -> Markup {
    // The photographs are the team's: the inspected party is told that there are some.
    let sees_photos = request.role() != Some(Role::Applicant);
    let finding = |item: &VerifiedItem| {
        html! {
            span.text { (item.finding) }
            @for (at, photo) in item.photos.iter().enumerate() {
                " "
                @if sees_photos {
                    a href=(request.link(&format!("/evidence/{photo}"))) { (request.t("照片", "Photograph ")) (at + 1) }
                } @else { (request.t("照片", "Photograph ")) (at + 1) }
            }
        }
    };
    Table::new(request.t("申报值与核定值", "Claimed and verified values"), lines(inspected))
        .head(request.t("指标", "Indicator"), |line| &line.indicator.name)
        .column(request.t("申报值", "Claimed value"), |line| html! { (line.claimed(request)) (line.explained(request)) })
        .column(request.t("核定值", "Verified value"), |line| html! { strong { (line.written(request, line.item.map(|item| &item.value))) } })
        .column(request.t("结论", "Outcome"), |line| compared(request, inspected, line))
        .column(request.t("查验材料与方法", "Seen, and how"), |line| html! {
            @if let Some(item) = line.item { (item.seen) @if !item.seen.is_empty() { (request.t("；", "; ")) } (item.method.in_language(request.language)) }
        })
        .column(request.t("检查情况", "Finding"), |line| line.item.map(finding).unwrap_or_default())
        .render()
}
