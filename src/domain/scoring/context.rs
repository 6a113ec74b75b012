//! Which applications share a plan: those of one track, where a rule compares with the track's best, and of one chain,
//! where a rule is the chain's own.

use std::collections::{HashMap, HashSet};

use super::plan::{AnyPlan, Context, Extent, PlanDraft};
use super::rubric::Formula;
use super::tally::{Tally, VerifiedValue};
use crate::domain::values::{ChainId, Decimal};

/// What the plans of a tally's applications depend on.
pub(super) struct Contexts<'t> {
    tally: &'t Tally,
    /// Whether a rule compares with the best of the track.
    compares: bool,
    /// For each track and measured indicator, the greatest value among applications that are not vetoed.
    best: HashMap<(u32, u32), Decimal>,
    /// The chains that have a rule of their own.
    own_rules: HashSet<&'t ChainId>,
}

impl<'t> Contexts<'t> {
    pub(super) fn of(tally: &'t Tally) -> Self {
        let rules = || tally.rubric.measured().flat_map(|(_, rules)| rules.all());
        let chains =
            tally.rubric.measured().flat_map(|(_, rules)| rules.by_chain.iter().map(|(chain, _)| chain));
        let mut contexts = Self {
            tally,
            compares: rules().any(|rule| matches!(rule.formula, Formula::Best)),
            best: HashMap::new(),
            own_rules: chains.collect(),
        };
        if contexts.compares {
            for application in tally.applications.iter().filter(|application| application.vetoes.is_empty()) {
                for value in &application.measured {
                    if let VerifiedValue::Number(indicator, number) = value {
                        let best = contexts.best.entry((application.track, *indicator)).or_insert(*number);
                        *best = (*best).max(*number);
                    }
                }
            }
        }
        contexts
    }

    /// What the plan for an application depends on.
    pub(super) fn context(&self, application: usize) -> Context<'t> {
        let application = &self.tally.applications[application];
        Context {
            track: self.compares.then_some(application.track),
            chain: application.chain.as_ref().filter(|chain| self.own_rules.contains(chain)),
        }
    }

    pub(super) fn draft(&self, context: Context<'_>) -> PlanDraft {
        PlanDraft::of(self.tally, context, |indicator| self.best(context, indicator))
    }

    /// The greatest value of the context's track for an indicator, among applications that are not vetoed.
    pub(super) fn best(&self, context: Context<'_>, indicator: u32) -> Option<Decimal> {
        context.track.and_then(|track| self.best.get(&(track, indicator)).copied())
    }
}

/// The plans of a tally, each drawn up when the first application of its context asks for it.
pub(super) struct Plans<'c, 't> {
    contexts: &'c Contexts<'t>,
    extent: &'c Extent,
    drawn_up: Vec<AnyPlan>,
    number: HashMap<Context<'t>, usize>,
    /// Neighbours mostly have the same context.
    last: Option<(Context<'t>, usize)>,
}

impl<'c, 't> Plans<'c, 't> {
    pub(super) fn new(contexts: &'c Contexts<'t>, extent: &'c Extent) -> Self {
        Self { contexts, extent, drawn_up: Vec::new(), number: HashMap::new(), last: None }
    }

    /// The plan for an application, given by its index.
    pub(super) fn plan(&mut self, application: usize) -> &AnyPlan {
        let context = self.contexts.context(application);
        let number = match self.last {
            Some((last, number)) if last == context => number,
            _ => *self.number.entry(context).or_insert_with(|| {
                self.drawn_up.push(self.contexts.draft(context).plan(self.contexts.tally, self.extent));
                self.drawn_up.len() - 1
            }),
        };
        self.last = Some((context, number));
        &self.drawn_up[number]
    }
}
