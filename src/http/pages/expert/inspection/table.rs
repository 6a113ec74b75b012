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
    pub(super) fn written(&self, asked: &Asked, value: Option<&Value>) -> String {
        values::written(asked, value.unwrap_or(&Value::Null), self.indicator.unit.as_deref())
    }

    /// The claim, written.
    pub(super) fn claimed(&self, asked: &Asked) -> String {
        self.written(asked, self.claim.map(|claim| &claim.value))
    }

    /// Why the claim is right though it looks unusual, where the applicant said so.
    pub(super) fn explained(&self, asked: &Asked) -> Markup {
        let said = self.claim.map(|claim| &*claim.explanation).filter(|said| !said.is_empty());
        html! { @if let Some(said) = said { br; span.muted { (asked.t("申报单位说明：", "The applicant explains: ")) (said) } } }
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
fn compared(asked: &Asked, inspected: &Inspected, line: &Line<'_>) -> Markup {
    let Some(item) = line.item else {
        return tag(asked.t("尚未核定", "Not yet verified"), Tone::Warning);
    };
    if item.value.is_null() {
        return tag(asked.t("无法核定", "Not verifiable"), Tone::Bad);
    }
    match inspected.view.raised.get(&item.indicator) {
        Some(Some(_)) => tag(asked.t("核增，已同意", "Raised, consented"), Tone::Good),
        Some(None) => tag(asked.t("核增，待办公室同意", "Raised, awaits consent"), Tone::Warning),
        None if line.claim.is_some_and(|claim| claim.value == item.value) => {
            tag(asked.t("与申报一致", "As claimed"), Tone::Good)
        }
        None => tag(asked.t("核减", "Reduced"), Tone::Warning),
    }
}

/// The whole record of indicators.
pub(super) fn table(asked: &Asked, inspected: &Inspected) -> Markup {
    // The photographs are the team's: the inspected party is told that there are some.
    let sees_photos = asked.role() != Some(Role::Applicant);
    let finding = |item: &VerifiedItem| {
        html! {
            span.text { (item.finding) }
            @for (at, photo) in item.photos.iter().enumerate() {
                " "
                @if sees_photos {
                    a href=(asked.link(&format!("/evidence/{photo}"))) { (asked.t("照片", "Photo ")) (at + 1) }
                } @else { (asked.t("照片", "Photo ")) (at + 1) }
            }
        }
    };
    Table::new(asked.t("申报值与核定值", "Claimed and verified values"), lines(inspected))
        .head(asked.t("指标", "Indicator"), |line| &line.indicator.name)
        .column(asked.t("申报值", "Claimed"), |line| html! { (line.claimed(asked)) (line.explained(asked)) })
        .column(asked.t("核定值", "Verified"), |line| html! { strong { (line.written(asked, line.item.map(|item| &item.value))) } })
        .column(asked.t("结论", "Outcome"), |line| compared(asked, inspected, line))
        .column(asked.t("查验材料与方法", "Seen, and how"), |line| html! {
            @if let Some(item) = line.item { (item.seen) @if !item.seen.is_empty() { (asked.t("；", "; ")) } (item.method.in_language(asked.language)) }
        })
        .column(asked.t("检查情况", "Finding"), |line| line.item.map(finding).unwrap_or_default())
        .render()
}
