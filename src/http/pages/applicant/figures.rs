//! The figures of the measured indicators: one row an indicator, with last year's value beside.

use super::super::prelude::*;
use super::super::values::named;
use super::context::Context;
use crate::actions::open_points::OpenPoint;
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
    request: &PageRequest,
    form: &Form<'_>,
    context: &Context,
    stored: &Figures,
    evidence: &[EvidenceEntry],
    warnings: &[OpenPoint],
) -> Markup {
    let usual_year = context.rules.settings.calendar.last_full_year();
    let line = |(row, indicator, formula): (usize, _, _)| {
        let indicator: &Indicator = indicator;
        let place = stored.figures.iter().position(|figure| figure.indicator == indicator.key.as_str());
        let told = warnings.iter().filter(|warning| {
            place.is_some_and(|place| warning.pointer.starts_with(&format!("/figures/figures/{place}/")))
        });
        let figure = place.and_then(|place| stored.figures.get(place));
        Line { request, form, row, indicator, formula, figure, usual_year, evidence, told: told.collect() }
    };
    html! {
        p { (request.t(
            "按指标逐行填写；数值只填数字，单位写在指标后的括号里。数据超出一般范围、与上年相差过大、年份或单位疑似有误时会提示；确属实情的，在提示下填写情况说明后即可提交。",
            "One row an indicator; numbers alone, in the unit that stands behind the indicator. Figures out of the usual, far from last year's, of another year or unit than expected are told; where they are right, explain it there, and they can be submitted.",
        )) }
        @if evidence.is_empty() {
            (notice(Tone::Warning, &html! { p {
                (request.t("还没有佐证材料：每项指标都要有佐证，请先", "There is no evidence yet, which every figure needs: first "))
                a href=(request.link(&format!("{}/evidence", context.page()))) { (request.t("上传佐证材料", "upload evidence")) }
                (request.t("。", "."))
            } }))
        }
        @for criterion in &context.rules.tally.rubric.criteria {
            @let mut lines = rows_of(context, criterion.key.as_str()).into_iter().map(&line).peekable();
            @if lines.peek().is_some() { h2 { (criterion.name) } (Line::table(request, &criterion.name, lines).render()) }
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

/// The row of one indicator.
struct Line<'a> {
    request: &'a PageRequest,
    form: &'a Form<'a>,
    row: usize,
    indicator: &'a Indicator,
    formula: &'a Formula,
    figure: Option<&'a Figure>,
    /// The year that figures are of where nobody says otherwise.
    usual_year: i32,
    evidence: &'a [EvidenceEntry],
    /// What looks strange.
    told: Vec<&'a OpenPoint>,
}

impl<'a> Line<'a> {
    /// The table of one criterion.
    fn table(
        request: &'a PageRequest,
        criterion: &str,
        lines: impl Iterator<Item = Self>,
    ) -> Table<'a, Self> {
        let (last_year, year) = (request.t("上年值", "Last year"), request.t("年份", "Year"));
        let (calibre, source) = (request.t("口径", "Statistical basis"), request.t("数据来源", "Source"));
        let caption =
            html! { (criterion) (request.t("：", ": ")) (request.t("定量指标", "measured indicators")) };
        Table::new(caption, lines)
            .head(request.t("指标", "Indicator"), Self::name)
            .column(request.t("申报值", "Claimed value"), Self::claim)
            .column(last_year, move |line| line.last_year(last_year))
            .column(year, move |line| {
                let stored = line.figure.map_or(line.usual_year, |figure| i32::from(figure.year)).to_string();
                line.form.cell(&Field::number(line.at("year:usual"), line.label(year)).value(stored).short())
            })
            .column(calibre, move |line| line.text("calibre", calibre, |figure| &figure.calibre))
            .column(source, move |line| line.text("source_body", source, |figure| &figure.source_body))
            .column(request.t("佐证材料", "Evidence"), Self::evidence)
    }

    fn at(&self, member: &str) -> String {
        format!("/figures/{}/{member}", self.row)
    }

    fn label(&self, what: &str) -> String {
        format!("{}：{what}", self.indicator.name)
    }

    fn name(&self) -> Markup {
        let unit = self.indicator.unit.as_deref().unwrap_or_default();
        html! {
            (self.indicator.name) @if !unit.is_empty() { (self.request.aside(&unit)) }
            @if let Some(guide) = &self.indicator.guide { div.hint { (guide) } }
        }
    }

    fn claim(&self) -> Markup {
        html! {
            input type="hidden" name=(self.at("indicator:key")) value=(self.indicator.key.as_str());
            input type="hidden" name=(self.at("unit:key")) value=(self.indicator.unit.as_deref().unwrap_or_default());
            (self.value())
            (self.strange())
        }
    }

    /// The year before, where one number can tell it.
    fn last_year(&self, label: &str) -> Markup {
        if matches!(self.formula, Formula::Tiers(_) | Formula::PerUnit { .. }) {
            return html! { "—" };
        }
        let stored = self.figure.and_then(|figure| figure.last_year.clone()).unwrap_or_default();
        self.form.cell(&Field::number(self.at("last_year:optional"), self.label(label)).value(stored).short())
    }

    fn text(&self, member: &str, label: &str, stored: fn(&Figure) -> &String) -> Markup {
        let stored = self.figure.map(stored).cloned().unwrap_or_default();
        self.form.cell(&Field::text(self.at(member), self.label(label)).value(stored))
    }

    /// What looks wrong, and the field that explains why it is right.
    fn strange(&self) -> Markup {
        let request = self.request;
        let explanation = self.figure.map(|figure| figure.explanation.clone()).unwrap_or_default();
        let label = request.t("情况说明（确属实情的原因）", "Why it is right");
        html! {
            div.strange id=(format!("strange-{}", self.row)) aria-live="polite" {
                @for warning in &self.told { (notice(Tone::Warning, &html! { (request.t(&warning.zh, &warning.en)) })) }
                @if !self.told.is_empty() || !explanation.is_empty() {
                    (self.form.field(&Field::area(self.at("explanation"), label, 2).value(explanation).silent()))
                }
            }
        }
    }

    fn value(&self) -> Markup {
        let (form, label) = (self.form, self.label(self.request.t("申报值", "claimed value")));
        let stored = self.figure.map(|figure| &figure.value);
        let text = stored.and_then(|value| value.as_str()).unwrap_or_default();
        match self.formula {
            Formula::PerUnit { units, .. } => html! {
                @for (name, _) in units {
                    @let count = stored.and_then(|value| value.get(name)).map(ToString::to_string).unwrap_or_default();
                    (form.field(&Field::number(self.at(&unit_member(name)), named(self.request, name)).value(count).short().silent()))
                }
            },
            Formula::Tiers(tiers) => {
                let none = (String::new(), self.request.t("请选择", "Choose").to_owned());
                let tiers =
                    tiers.iter().map(|(name, _)| (name.clone(), named(self.request, name).to_owned()));
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
                @let none = (String::new(), self.request.t("（无）", "(none)").to_owned());
                @let gone = named.get(slot).filter(|id| !self.evidence.iter().any(|entry| entry.id == **id));
                @let gone = gone.map(|id| (id.to_string(), self.request.t("（已删除）", "(removed)").to_owned()));
                @let files = self.evidence.iter().map(|entry| (entry.id.to_string(), entry.name.clone()));
                @let label = format!("{} {}", self.label(self.request.t("佐证材料", "evidence")), slot + 1);
                (self.form.cell(&Field::select(
                    self.at(&format!("evidence/{slot}")), label, std::iter::once(none).chain(gone).chain(files),
                ).value(stored)))
            }
        }
    }
}
