//! The figures of the measured indicators: one row an indicator, with last year's value beside.

use maud::{Markup, html};

use super::super::asked::Asked;
use super::super::form::{Field, Form};
use super::super::parts::{Tone, notice};
use super::super::values::named;
use super::context::Context;
use crate::actions::competitions::OpenPoint;
use crate::domain::application::{EvidenceEntry, Figure, Figures};
use crate::domain::scoring::{Formula, Indicator};

/// Pieces of evidence that may be named besides those that are.
const MORE_EVIDENCE: usize = 2;

/// The row of the form that an indicator has, by where its figure stands in what is stored.
pub(super) fn row_of(context: &Context, stored: &Figures, place: usize) -> Option<usize> {
    let key = &stored.figures.get(place)?.indicator;
    let mut measured = context.rules.tally.rubric.measured();
    measured.position(|(indicator, _)| indicator.key.as_str() == key)
}

/// The name of the first field of a row's value.
pub(super) fn value_field(context: &Context, row: usize) -> Option<String> {
    let (_, rules) = context.rules.tally.rubric.measured().nth(row)?;
    Some(match &rules.general.formula {
        Formula::PerUnit { units, .. } => format!("/figures/{row}/{}", unit_member(&units.first()?.0)),
        _ => format!("/figures/{row}/value"),
    })
}

/// The member of a row that takes the count of a unit.
fn unit_member(unit: &str) -> String {
    format!("value/{}:whole", unit.replace('~', "~0").replace('/', "~1"))
}

/// The fields of all measured indicators.
pub(super) fn fields(
    asked: &Asked,
    form: &Form<'_>,
    context: &Context,
    stored: &Figures,
    evidence: &[EvidenceEntry],
    warnings: &[OpenPoint],
) -> Markup {
    let usual_year = context.rules.settings.calendar.last_full_year();
    html! {
        p { (asked.t(
            "按指标逐行填写；数值只填数字，单位写在指标后的括号里。数据超出一般范围、与上年相差过大、年份或单位疑似有误时会提示；确属实情的，在提示下填写情况说明后即可提交。",
            "One row an indicator; numbers alone, in the unit that stands behind the indicator. Figures out of the usual, far from last year's, of another year or unit than expected are told; where they are right, explain it there, and they can be submitted.",
        )) }
        @if evidence.is_empty() {
            (notice(Tone::Warning, &html! { p {
                (asked.t("还没有佐证材料：每项指标都要有佐证，请先", "There is no evidence yet, which every figure needs: first "))
                a href=(asked.link(&format!("{}/evidence", context.page()))) { (asked.t("上传佐证材料", "upload some")) }
                (asked.t("。", "."))
            } }))
        }
        @for criterion in &context.rules.tally.rubric.criteria {
            @let rows: Vec<(usize, &Indicator, &Formula)> = rows_of(context, criterion.key.as_str());
            @if !rows.is_empty() {
                h2 { (criterion.name) }
                div.scroll { table.data.cards {
                    caption { (criterion.name) (asked.t("：", ": ")) (asked.t("定量指标", "measured indicators")) }
                    (head(asked))
                    tbody { @for (row, indicator, formula) in rows {
                        @let place = stored.figures.iter().position(|figure| figure.indicator == indicator.key.as_str());
                        @let figure = place.and_then(|place| stored.figures.get(place));
                        @let told: Vec<&OpenPoint> = warnings.iter().filter(|warning| place.is_some_and(|place| {
                            warning.pointer.starts_with(&format!("/figures/figures/{place}/"))
                        })).collect();
                        (Line { asked, form, row, indicator, formula, figure, usual_year, evidence }.render(&told))
                    } }
                } }
            }
        }
    }
}

/// The measured indicators of a criterion, with their places among all.
fn rows_of<'a>(context: &'a Context, criterion: &str) -> Vec<(usize, &'a Indicator, &'a Formula)> {
    let rubric = &context.rules.tally.rubric;
    let own: Vec<&str> = rubric
        .indicators()
        .filter(|(of, _)| of.key.as_str() == criterion)
        .map(|(_, indicator)| indicator.key.as_str())
        .collect();
    let measured = rubric.measured().enumerate();
    measured
        .filter(|(_, (indicator, _))| own.contains(&indicator.key.as_str()))
        .map(|(row, (indicator, rules))| (row, indicator, &rules.general.formula))
        .collect()
}

fn names(asked: &Asked) -> [&str; 7] {
    [
        asked.t("指标", "Indicator"),
        asked.t("申报值", "Claim"),
        asked.t("上年值", "Last year"),
        asked.t("年份", "Year"),
        asked.t("口径", "Statistical basis"),
        asked.t("数据来源", "Source"),
        asked.t("佐证材料", "Evidence"),
    ]
}

fn head(asked: &Asked) -> Markup {
    html! { thead { tr { @for name in names(asked) { th scope="col" { (name) } } } } }
}

/// The row of one indicator.
struct Line<'a> {
    asked: &'a Asked,
    form: &'a Form<'a>,
    row: usize,
    indicator: &'a Indicator,
    formula: &'a Formula,
    figure: Option<&'a Figure>,
    /// The year that figures are of where nobody says otherwise.
    usual_year: i32,
    evidence: &'a [EvidenceEntry],
}

impl Line<'_> {
    fn at(&self, member: &str) -> String {
        format!("/figures/{}/{member}", self.row)
    }

    fn label(&self, what: &str) -> String {
        format!("{}：{what}", self.indicator.name)
    }

    fn render(&self, told: &[&OpenPoint]) -> Markup {
        let (asked, form, figure) = (self.asked, self.form, self.figure);
        let names = names(asked);
        let unit = self.indicator.unit.as_deref().unwrap_or_default();
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let year = figure.map_or(self.usual_year, |figure| i32::from(figure.year)).to_string();
        let last = text(figure.and_then(|figure| figure.last_year.as_ref()));
        let last = Field::number(self.at("last_year:optional"), self.label(names[2])).value(last);
        html! {
            tr {
                th scope="row" data-label=(names[0]) {
                    (self.indicator.name) @if !unit.is_empty() { (asked.aside(&unit)) }
                    @if let Some(guide) = &self.indicator.guide { div.hint { (guide) } }
                }
                td data-label=(names[1]) {
                    input type="hidden" name=(self.at("indicator:key")) value=(self.indicator.key.as_str());
                    input type="hidden" name=(self.at("unit:key")) value=(unit);
                    (self.value())
                    (self.strange(told))
                }
                td data-label=(names[2]) {
                    @if self.has_last_year() { (form.cell(&last.short())) } @else { "—" }
                }
                td data-label=(names[3]) {
                    (form.cell(&Field::number(self.at("year:usual"), self.label(names[3])).value(year).short()))
                }
                td data-label=(names[4]) {
                    (form.cell(&Field::text(self.at("calibre"), self.label(names[4])).value(text(figure.map(|figure| &figure.calibre)))))
                }
                td data-label=(names[5]) {
                    (form.cell(&Field::text(self.at("source_body"), self.label(names[5])).value(text(figure.map(|figure| &figure.source_body)))))
                }
                td data-label=(names[6]) { (self.evidence()) }
            }
        }
    }

    /// What looks wrong, and the field that explains why it is right.
    fn strange(&self, told: &[&OpenPoint]) -> Markup {
        let asked = self.asked;
        let explanation = self.figure.map(|figure| figure.explanation.clone()).unwrap_or_default();
        let label = asked.t("情况说明（确属实情的原因）", "Why it is right");
        html! {
            div.strange id=(format!("strange-{}", self.row)) aria-live="polite" {
                @for warning in told { (notice(Tone::Warning, &html! { (asked.t(&warning.zh, &warning.en)) })) }
                @if !told.is_empty() || !explanation.is_empty() {
                    (self.form.field(&Field::area(self.at("explanation"), label, 2).value(explanation).silent()))
                }
            }
        }
    }

    /// Whether the year before can be told by one number.
    fn has_last_year(&self) -> bool {
        !matches!(self.formula, Formula::Tiers(_) | Formula::PerUnit { .. })
    }

    fn value(&self) -> Markup {
        let (form, label) = (self.form, self.label(self.asked.t("申报值", "claim")));
        let stored = self.figure.map(|figure| &figure.value);
        let text = stored.and_then(|value| value.as_str()).unwrap_or_default();
        match self.formula {
            Formula::PerUnit { units, .. } => html! {
                @for (name, _) in units {
                    @let count = stored.and_then(|value| value.get(name)).map(ToString::to_string).unwrap_or_default();
                    (form.field(&Field::number(self.at(&unit_member(name)), named(self.asked, name)).value(count).short().silent()))
                }
            },
            Formula::Tiers(tiers) => {
                let none = (String::new(), self.asked.t("请选择", "Choose").to_owned());
                let tiers = tiers.iter().map(|(name, _)| (name.clone(), named(self.asked, name).to_owned()));
                form.cell(
                    &Field::select(self.at("value"), label, std::iter::once(none).chain(tiers)).value(text),
                )
            }
            _ => form.cell(&Field::number(self.at("value"), label).value(text).short()),
        }
    }

    /// A list for each piece that is named, and some more.
    fn evidence(&self) -> Markup {
        let named = self.figure.map_or(&[][..], |figure| &figure.evidence);
        let rows = (named.len() + MORE_EVIDENCE).max(self.form.rows_sent(&self.at("evidence")));
        let rows = rows.min(named.len().max(self.evidence.len()).max(1));
        html! {
            @for slot in 0..rows {
                @let stored = named.get(slot).map(ToString::to_string).unwrap_or_default();
                @let none = (String::new(), self.asked.t("（无）", "(none)").to_owned());
                @let gone = named.get(slot).filter(|id| !self.evidence.iter().any(|entry| entry.id == **id));
                @let gone = gone.map(|id| (id.to_string(), self.asked.t("（已删除）", "(removed)").to_owned()));
                @let files = self.evidence.iter().map(|entry| (entry.id.to_string(), entry.name.clone()));
                @let label = format!("{} {}", self.label(self.asked.t("佐证材料", "evidence")), slot + 1);
                (self.form.cell(&Field::select(
                    self.at(&format!("evidence/{slot}")), label, std::iter::once(none).chain(gone).chain(files),
                ).value(stored)))
            }
        }
    }
}
