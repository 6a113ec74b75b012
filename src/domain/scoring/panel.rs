//! The panel: from an application's sheets to the judged part of each criterion (SCORING.md, rules 2, 4 and 6).

use std::ops::Range;

use super::exact::{Exact, Steps, rounded_quotient};
use super::plan::{Cell, Plan};
use super::rules::{PanelLevel, PanelRule};

/// One application's sheets, ready to be combined.
#[derive(Clone, Copy)]
pub(super) struct Panel<'p, N, S> {
    pub(super) plan: &'p Plan<N>,
    pub(super) rule: &'p PanelRule,
    /// For each criterion, which columns belong to it.
    pub(super) criteria: &'p [Range<usize>],
    /// The scores, sheet by sheet, one column a judged indicator.
    pub(super) rows: &'p [S],
    /// How many sheets there are.
    pub(super) sheets: usize,
}

/// What a panel came to.
#[derive(Debug)]
pub(super) struct PanelOutcome<N> {
    /// How many sheets (level sheet) or scores an indicator (level indicator) were kept.
    pub(super) kept: usize,
    /// What sums over the kept sheets are divided by.
    pub(super) divisor: N,
}

/// Sees how a panel comes to its outcome, for an explanation. Sheets are counted within the panel, in the order of
/// the experts' keys.
pub(super) trait PanelWitness<N> {
    /// Whether it looks at all. Where nobody does, what only a witness would see is not worked out.
    const LOOKS: bool = true;
    /// Level sheet: a sheet's subtotals (after declared rounding) and its total, over the plan's denominator.
    fn sheet(&mut self, _subtotals: &[N], _total: &N) {}
    /// Level sheet: totals and sheets from lowest to highest, and which of that order are kept.
    fn sheets_in_order(&mut self, _order: &[(N, usize)], _kept: &Range<usize>) {}
    /// Level indicator: an indicator's cells (after capping and rounding; `scale` of them make one unit of the scale)
    /// and sheets from lowest to highest, and which of that order are kept.
    fn scores_in_order(&mut self, _column: usize, _order: &[(N, usize)], _kept: &Range<usize>, _scale: &N) {}
}

/// Sees nothing.
pub(super) struct Nobody;

impl<N> PanelWitness<N> for Nobody {
    const LOOKS: bool = false;
}

/// Tables that are filled anew for each application, so that thousands share one allocation.
#[derive(Debug)]
pub(super) struct Scratch<N> {
    subtotals: Vec<N>,
    order: Vec<(N, usize)>,
    cells: Vec<N>,
    /// The judged part of each criterion, over the plan's denominator × the outcome's divisor, where any sheet was kept.
    /// Then, once measured parts are added, each criterion's score.
    pub(super) criteria: Vec<N>,
    /// Level sheet: the sheets that were not kept, as indices within the panel, rising.
    pub(super) dropped: Vec<usize>,
}

impl<N> Default for Scratch<N> {
    fn default() -> Self {
        let (subtotals, order, cells) = (Vec::new(), Vec::new(), Vec::new());
        Self { subtotals, order, cells, criteria: Vec::new(), dropped: Vec::new() }
    }
}

impl<N: Exact, S: Steps> Panel<'_, N, S> {
    /// Combines the sheets; the judged part of each criterion and what was dropped are left in `scratch`.
    pub(super) fn combine<W: PanelWitness<N>>(
        &self,
        scratch: &mut Scratch<N>,
        witness: &mut W,
    ) -> PanelOutcome<N> {
        let drops = self.rule.method.drops(self.sheets);
        let kept = drops.low..self.sheets - drops.high;
        match self.rule.level {
            PanelLevel::Sheet => self.by_sheet(kept, scratch, witness),
            PanelLevel::Indicator => self.by_indicator(kept, scratch, witness),
        }
    }

    fn by_sheet<W: PanelWitness<N>>(
        &self,
        kept: Range<usize>,
        scratch: &mut Scratch<N>,
        witness: &mut W,
    ) -> PanelOutcome<N> {
        let Scratch { subtotals, order, cells, criteria, dropped } = scratch;
        subtotals.clear();
        order.clear();
        // Where sheets are rounded their subtotals decide; else only their sum does, and criteria are summed up later.
        let by_subtotals = self.plan.sheet_step.is_some();
        for sheet in 0..self.sheets {
            let mut total = N::zero();
            if by_subtotals || W::LOOKS {
                for columns in self.criteria {
                    let subtotal = self.subtotal(sheet, columns);
                    total = total + subtotal.clone();
                    subtotals.push(subtotal);
                }
                witness.sheet(&subtotals[sheet * self.criteria.len()..], &total);
            } else {
                total = N::weighted_sum(&self.plan.weights, self.row(sheet));
            }
            order.push((total, sheet));
        }
        // Sheets stand in the order of their experts' keys, so the index breaks equal totals as the key's bytes do.
        if W::LOOKS {
            order.sort_unstable();
            witness.sheets_in_order(order, &kept);
        }
        set_apart(order, &kept);

        dropped.extend(order[..kept.start].iter().chain(&order[kept.end..]).map(|(_, sheet)| *sheet));
        dropped.sort_unstable();
        let divisor = count(kept.len());
        let outcome = PanelOutcome { kept: kept.len(), divisor };
        if kept.is_empty() {
            return outcome;
        }
        let kept = &order[kept];
        if by_subtotals {
            let subtotal =
                |sheet: usize, criterion: usize| subtotals[sheet * self.criteria.len() + criterion].clone();
            let judged = |criterion| sum(kept.iter().map(|(_, sheet)| subtotal(*sheet, criterion)));
            criteria.extend((0..self.criteria.len()).map(judged));
        } else {
            cells.clear();
            cells.resize(self.plan.weights.len(), N::zero());
            for (_, sheet) in kept {
                N::add_steps(cells, self.row(*sheet));
            }
            let points = |column: usize| self.points(column, &cells[column], &outcome.divisor);
            criteria.extend(self.criteria.iter().map(|columns| sum(columns.clone().map(points))));
        }
        outcome
    }

    fn by_indicator<W: PanelWitness<N>>(
        &self,
        kept: Range<usize>,
        scratch: &mut Scratch<N>,
        witness: &mut W,
    ) -> PanelOutcome<N> {
        let Scratch { order, cells, criteria, .. } = scratch;
        let scale = self.cell_scale();
        let divisor = count::<N>(kept.len()) * scale.clone();
        for columns in self.criteria {
            let mut judged = N::zero();
            for column in columns.clone() {
                cells.clear();
                cells.extend((0..self.sheets).map(|sheet| N::of_steps(self.row(sheet)[column].steps())));
                if let Some(rules) = &self.plan.cells {
                    self.cap_and_round(&rules[column], cells);
                }
                if W::LOOKS {
                    order.clear();
                    order.extend(cells.iter().cloned().zip(0..));
                    order.sort_unstable();
                    witness.scores_in_order(column, order, &kept, &scale);
                }
                if !kept.is_empty() {
                    set_apart(cells, &kept);
                    judged =
                        judged + self.points(column, &sum(cells[kept.clone()].iter().cloned()), &divisor);
                }
            }
            criteria.push(judged);
        }
        PanelOutcome { kept: kept.len(), divisor }
    }

    /// Replaces steps by cells: the score, moved towards the mean and rounded as the rules say, above the lowest score;
    /// in units of the scale ÷ [`Self::cell_scale`].
    fn cap_and_round(&self, rule: &Cell<N>, scores: &mut [N]) {
        let scale = self.cell_scale();
        for score in scores.iter_mut() {
            *score = rule.min.clone() + score.clone() * rule.step.clone();
        }
        // The mean times the number of scores is their sum, so in n-fold units nothing has to be divided.
        let panel = if rule.limit.is_some() { count::<N>(self.sheets) } else { N::one() };
        let total = sum(scores.iter().cloned());
        for score in scores {
            let mut cell = score.clone() * panel.clone();
            if let Some(limit) = &rule.limit {
                let reach = limit.clone() * panel.clone();
                cell = cell.max(total.clone() - reach.clone()).min(total.clone() + reach);
            }
            if let Some(unit) = &rule.rounding {
                cell = rounded_quotient(&cell, &(unit.clone() * panel.clone()), self.plan.rounding)
                    * unit.clone();
            }
            *score = cell - rule.min.clone() * scale.clone();
        }
    }

    /// How many cells' units make one unit of the scale: a capped score that is not rounded has the mean's denominator.
    fn cell_scale(&self) -> N {
        let fine = |cell: &Cell<N>| cell.limit.is_some() && cell.rounding.is_none();
        if self.plan.cells.as_ref().is_some_and(|cells| cells.iter().any(fine)) {
            count(self.sheets)
        } else {
            N::one()
        }
    }

    /// What the sum of an indicator's kept cells gives, over the plan's denominator × `divisor`.
    fn points(&self, column: usize, cells: &N, divisor: &N) -> N {
        let points = self.plan.weights[column].clone() * cells.clone();
        self.plan.round(points, self.plan.indicator_step.as_ref(), divisor)
    }

    /// A sheet's points for one criterion.
    fn subtotal(&self, sheet: usize, columns: &Range<usize>) -> N {
        let subtotal =
            N::weighted_sum(&self.plan.weights[columns.clone()], &self.row(sheet)[columns.clone()]);
        self.plan.round(subtotal, self.plan.sheet_step.as_ref(), &N::one())
    }

    /// A sheet's scores.
    fn row(&self, sheet: usize) -> &[S] {
        let columns = self.plan.weights.len();
        &self.rows[sheet * columns..(sheet + 1) * columns]
    }
}

/// Brings the lowest to the front and the highest to the back, so that those of the range `kept` are the ones to keep.
/// A few extremes are found faster one by one than by putting all in order.
fn set_apart<T: Ord>(list: &mut [T], kept: &Range<usize>) {
    const FEW: usize = 4;
    if kept.start + list.len() - kept.end > FEW {
        list.sort_unstable();
        return;
    }
    for front in 0..kept.start {
        let least =
            (front + 1..list.len()).fold(front, |least, at| if list[at] < list[least] { at } else { least });
        list.swap(front, least);
    }
    for back in (kept.end..list.len()).rev() {
        let most = (kept.start..back).fold(back, |most, at| if list[at] > list[most] { at } else { most });
        list.swap(back, most);
    }
}

fn sum<N: Exact>(numbers: impl Iterator<Item = N>) -> N {
    numbers.fold(N::zero(), |sum, number| sum + number)
}

fn count<N: Exact>(number: usize) -> N {
    N::of_steps(number as u128)
}
