//! The JSON form of a derivation: `qianglian-derivation/1`.

use serde_json::{Value, json};

use super::award::AwardStep;
use super::derivation::{
    Amount, Derivation, Fate, IndicatorDerivation, Neighbour, PanelDerivation, ScoreDerivation, Source,
};
use super::place::Decider;
use super::rules::{PanelLevel, PanelMethod, RankOn, Rounding};

/// The value of `format` of a derivation.
pub const DERIVATION_FORMAT: &str = "qianglian-derivation/1";

impl Derivation<'_> {
    /// The whole derivation as one JSON document with sorted members. An amount is `{"decimal", "fraction"}`: the
    /// fraction is exact, the decimal is rounded to 8 places.
    pub fn json(&self) -> Value {
        let tally = self.tally;
        let application = &tally.applications[self.standing.application];
        let figures = self.figures();
        let criteria = tally.rubric.criteria.iter().enumerate().map(|(at, criterion)| {
            json!({
                "key": criterion.key,
                "exact": self.total.as_ref().map(|total| &total.criteria[at]),
                "indicators": self.indicators.iter().filter(|indicator| indicator.criterion == at).map(|indicator| self.indicator(indicator)).collect::<Vec<_>>(),
                "score": figures.map(|figures| figures.criterion(at)),
            })
        });
        json!({
            "format": DERIVATION_FORMAT,
            "application": application.id,
            "title": application.title,
            "region": tally.region(self.standing.application),
            "track": tally.track(self.standing.application),
            "chain": application.chain,
            "status": self.standing.status,
            "reasons": self.reasons,
            "panel": self.panel.as_ref().map(panel),
            "criteria": criteria.collect::<Vec<_>>(),
            "adjustment": self.total.as_ref().map(|total| json!({
                "bonus": total.bonus,
                "capped_bonus": total.capped_bonus,
                "deduction": total.deduction,
                "entered": application.adjustments.iter().map(|(at, value)| json!({
                    "key": tally.rubric.adjustments[*at].key,
                    "value": value.to_string(),
                })).collect::<Vec<_>>(),
                "score": figures.map(|figures| figures.adjustment()),
            })),
            "total": self.total.as_ref().map(|total| json!({
                "exact": total.total,
                "score": figures.map(|figures| figures.total()),
                "sum": total.sum,
            })),
            "rounding": json!({
                "mode": match tally.rules.rounding { Rounding::HalfUp => "half_up", Rounding::HalfEven => "half_even" },
                "places": tally.rules.places,
            }),
            "place": self.place.as_ref().map(|place| json!({
                "above": place.above.as_ref().map(|neighbour| self.neighbour(neighbour)),
                "below": place.below.as_ref().map(|neighbour| self.neighbour(neighbour)),
                "place": self.standing.place,
                "rank_on": match tally.rules.rank_on { RankOn::Rounded => "rounded", RankOn::Exact => "exact" },
                "ranked": place.ranked,
                "shared_with": place.shared_with.iter().map(|other| &tally.applications[*other].id).collect::<Vec<_>>(),
            })),
            "award": self.standing.award.map(|award| award.key(tally)),
            "award_steps": self.award_steps.iter().map(|step| self.award_step(*step)).collect::<Vec<_>>(),
            "note": self.standing.note,
        })
    }

    fn indicator(&self, indicator: &IndicatorDerivation<'_>) -> Value {
        let source = match &indicator.source {
            Source::Judged { scale, scores, mean } => json!({
                "kind": "judged",
                "mean": mean,
                "scale": {"max": scale.max.to_string(), "min": scale.min.to_string(), "step": scale.step.to_string()},
                "scores": scores.iter().zip(self.panel.iter().flat_map(|panel| &panel.sheets)).map(|(score, sheet)| {
                    score_json(score, sheet.expert)
                }).collect::<Vec<_>>(),
            }),
            Source::Measured { own_rule, value, best, unclamped, rule } => json!({
                "best": best.map(|best| best.to_string()),
                "kind": "measured",
                "missing_is_zero": rule.missing_is_zero,
                "rule": rule.formula.name(),
                "rule_of_chain": own_rule,
                "unclamped": unclamped,
                "value": value,
            }),
        };
        json!({
            "coefficient": indicator.coefficient,
            "fraction": indicator.fraction,
            "key": indicator.key,
            "points": indicator.points,
            "source": source,
        })
    }

    fn neighbour(&self, neighbour: &Neighbour) -> Value {
        let decided_by = match neighbour.decided_by {
            Decider::Total => "total".to_owned(),
            Decider::Criterion(criterion) => {
                format!("criterion:{}", self.tally.rubric.criteria[criterion].key)
            }
            Decider::Ruling => "ruling".to_owned(),
            Decider::Nothing => "nothing".to_owned(),
        };
        json!({
            "application": self.tally.applications[neighbour.application].id,
            "decided_by": decided_by,
            "ours": neighbour.figures.as_ref().map(|(ours, _)| ours),
            "place": neighbour.place,
            "theirs": neighbour.figures.as_ref().map(|(_, theirs)| theirs),
        })
    }

    fn award_step(&self, step: AwardStep) -> Value {
        let key = |award: usize| &self.tally.rules.awards[award].key;
        match step {
            AwardStep::BelowPassMark => json!({"step": "below_pass_mark"}),
            AwardStep::RegionCap { award, held } => {
                json!({"step": "region_cap", "award": key(award), "held": held})
            }
            AwardStep::Won { award, seats } => json!({"step": "won", "award": key(award), "seats": seats}),
            AwardStep::TooManyEquals { award, equals, seats } => {
                json!({"step": "too_many_equals", "award": key(award), "equals": equals, "seats": seats})
            }
            AwardStep::RegionPastCap { award, equals } => {
                json!({"step": "region_past_cap", "award": key(award), "equals": equals})
            }
            AwardStep::SeatsGone { award } => json!({"step": "seats_gone", "award": key(award)}),
            AwardStep::TrackWaits { award } => json!({"step": "track_waits", "award": award.map(key)}),
            AwardStep::Reserve { given } => json!({"step": "reserve", "given": given}),
            AwardStep::ReserveFull => json!({"step": "reserve_full"}),
        }
    }
}

fn panel(panel: &PanelDerivation<'_>) -> Value {
    let method = match &panel.rule.method {
        PanelMethod::Mean => "mean",
        PanelMethod::TrimmedMean(_) => "trimmed_mean",
        PanelMethod::Median => "median",
        PanelMethod::CappedMean(_) => "capped_mean",
    };
    let sheets = panel.sheets.iter().map(|sheet| {
        let kept = match panel.rule.level {
            PanelLevel::Sheet => Some(sheet.fate),
            PanelLevel::Indicator => None,
        };
        json!({"expert": sheet.expert, "fate": kept, "subtotals": sheet.subtotals, "total": sheet.total})
    });
    json!({
        "dropped_high": panel.dropped.1,
        "dropped_low": panel.dropped.0,
        "kept": panel.kept,
        "level": match panel.rule.level { PanelLevel::Sheet => "sheet", PanelLevel::Indicator => "indicator" },
        "method": method,
        "min_kept": panel.rule.min_kept,
        "sheets": sheets.collect::<Vec<_>>(),
    })
}

fn score_json(score: &ScoreDerivation, expert: &str) -> Value {
    let counted: Option<&Amount> = score.counted.as_ref();
    let fate: Fate = score.fate;
    json!({"counted": counted, "entered": score.entered.to_string(), "expert": expert, "fate": fate})
}
