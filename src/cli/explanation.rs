//! One application's derivation as a text for people.

use super::table::{Align, Table};
use crate::domain::scoring::{
    Amount, Award, AwardStep, Decider, Derivation, Fate, Formula, IndicatorDerivation, Neighbour,
    PanelDerivation, PanelLevel, PanelMethod, PlaceDerivation, RankOn, Rounding, Source, Status, Tally,
    TotalDerivation,
};
use crate::domain::values::{Language, count};

/// The whole derivation: result, sheets, indicators, sums, place, award.
pub(super) fn text(derivation: &Derivation<'_>, language: Language) -> String {
    let teller = Teller { derivation, language };
    let parts = [
        teller.heading(),
        teller.panel(),
        teller.indicators(),
        teller.sums(),
        teller.place(),
        teller.award(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// An award's name for people; empty where there is none.
pub(super) fn award_name(tally: &Tally, award: Option<Award>, language: Language) -> String {
    match award {
        None => String::new(),
        Some(Award::Reserve) => language.pick("候补", "reserve").to_owned(),
        Some(Award::Won(award)) => tally.rules.awards[award].name.clone(),
    }
}

/// An amount as fraction and decimal; a fraction that a decimal shows in full is left out.
fn amount(amount: &Amount) -> String {
    match amount.decimal() {
        (decimal, true) => decimal,
        (decimal, false) => format!("{} ≈ {decimal}", amount.0),
    }
}

/// Whether a sheet was dropped while one of the same total was kept.
fn keys_decide(panel: &PanelDerivation<'_>) -> bool {
    let totals = |kept: bool| {
        let sheets = panel.sheets.iter().filter(move |sheet| (sheet.fate == Fate::Kept) == kept);
        sheets.map(|sheet| &sheet.total)
    };
    totals(false).any(|dropped| totals(true).any(|kept| kept == dropped))
}

struct Teller<'d> {
    derivation: &'d Derivation<'d>,
    language: Language,
}

impl Teller<'_> {
    /// A text in the language asked for.
    fn say(&self, chinese: impl Into<String>, english: impl Into<String>) -> String {
        self.language.pick(chinese.into(), english.into())
    }

    fn tally(&self) -> &Tally {
        self.derivation.tally
    }

    fn id(&self, application: usize) -> &str {
        self.tally().applications[application].id.as_str()
    }

    fn heading(&self) -> String {
        let (derivation, tally) = (self.derivation, self.tally());
        let standing = &derivation.standing;
        let application = &tally.applications[standing.application];
        let (region, track) = (tally.region(standing.application), tally.track(standing.application));
        let chain = application.chain.as_ref().map_or("-", |chain| chain.as_str());
        let track = if track.as_str().is_empty() { "-" } else { track.as_str() };
        let mut text = self.say(
            format!(
                "申报 {}　{}\n地区 {region}　组别 {track}　产业链 {chain}\n",
                application.id, application.title
            ),
            format!(
                "Application {}  {}\nRegion {region}, track {track}, chain {chain}\n",
                application.id, application.title
            ),
        );
        let reasons = derivation.reasons.join(self.language.pick("、", ", "));
        text += &match (standing.status, derivation.figures()) {
            (Status::Ranked, Some(figures)) => {
                let place = standing.place.unwrap_or_default();
                self.say(
                    format!("结果：得分 {}，第 {place} 名\n", figures.total()),
                    format!("Result: score {}, place {place}\n", figures.total()),
                )
            }
            (Status::Vetoed, figures) => {
                let score = figures.map_or_else(|| "-".to_owned(), |figures| figures.total().to_string());
                self.say(
                    format!("结果：一票否决（{reasons}），不参加排名；得分 {score} 仅供参考\n"),
                    format!("Result: vetoed ({reasons}), not ranked; its score would be {score}\n"),
                )
            }
            _ => self.say(
                format!("结果：材料不全（{reasons}），不能计分，不参加排名\n"),
                format!("Result: incomplete ({reasons}), neither scored nor ranked\n"),
            ),
        };
        text
    }

    fn panel(&self) -> String {
        let Some(panel) = &self.derivation.panel else {
            return String::new();
        };
        let mut text = self.say("专家评分\n", "The panel\n");
        text += &self.panel_rule(panel);
        if panel.rule.level == PanelLevel::Sheet && !panel.sheets.is_empty() {
            text += &self.sheet_table(panel).text("  ");
            if keys_decide(panel) {
                text += &self.say(
                    "  合计相同的评分表，按专家编号的字节顺序定先后，靠前的视为较低\n",
                    "  Sheets of equal total are ordered by the bytes of the experts' keys; the earlier counts as lower\n",
                );
            }
        }
        text
    }

    fn panel_rule(&self, panel: &PanelDerivation<'_>) -> String {
        let (low, high) = panel.dropped;
        let (sheets, kept, min_kept) = (panel.sheets.len(), panel.kept, panel.rule.min_kept);
        let (unit_zh, unit_en) = match panel.rule.level {
            PanelLevel::Sheet => ("整份评分表", "whole sheets"),
            PanelLevel::Indicator => ("逐项指标的评分", "scores, indicator by indicator"),
        };
        let how = match &panel.rule.method {
            PanelMethod::Mean => self.say(format!("按{unit_zh}取平均"), format!("mean of {unit_en}")),
            PanelMethod::TrimmedMean(_) => {
                self.say(format!("按{unit_zh}去掉最低和最高后取平均"), format!("trimmed mean of {unit_en}"))
            }
            PanelMethod::Median => self.say(format!("按{unit_zh}取中位数"), format!("median of {unit_en}")),
            PanelMethod::CappedMean(limit) => self.say(
                format!("逐项指标的评分移入平均分 ±{limit} 以内后取平均"),
                format!("mean of scores, each moved to within ±{limit} of the indicator's mean"),
            ),
        };
        let enough = kept as u64 >= min_kept;
        let verdict = if enough {
            String::new()
        } else {
            self.say("，不足，不能计分", ": too few, so there is no score")
        };
        self.say(
            format!("  {how}：共 {sheets} 份，去掉最低 {low}、最高 {high}，保留 {kept}（至少应有 {min_kept}）{verdict}\n"),
            format!("  {how}: of {sheets}, {low} lowest and {high} highest dropped, {kept} kept (at least {min_kept} needed){verdict}\n"),
        )
    }

    fn fate(&self, fate: Fate) -> String {
        match fate {
            Fate::Kept => self.say("保留", "kept"),
            Fate::DroppedLow => self.say("去掉（最低）", "dropped (lowest)"),
            Fate::DroppedHigh => self.say("去掉（最高）", "dropped (highest)"),
        }
    }

    fn sheet_table(&self, panel: &PanelDerivation<'_>) -> Table {
        let criteria =
            self.tally().rubric.criteria.iter().map(|criterion| (criterion.name.clone(), Align::Right));
        let mut columns = vec![(self.say("专家", "Expert"), Align::Left)];
        columns.extend(criteria);
        columns.push((self.say("合计", "Total"), Align::Right));
        columns.push((self.say("处理", "Outcome"), Align::Left));
        let mut table = Table::new(columns);
        for sheet in &panel.sheets {
            let mut row = vec![sheet.expert.to_owned()];
            row.extend(sheet.subtotals.iter().map(amount));
            row.extend(sheet.total.iter().map(amount));
            row.push(self.fate(sheet.fate));
            table.push(row);
        }
        table
    }

    fn indicators(&self) -> String {
        let mut text =
            self.say("指标（得分 = 系数 × 得分率）\n", "Indicators (points = coefficient × fraction)\n");
        for (at, criterion) in self.tally().rubric.criteria.iter().enumerate() {
            text += &self.say(
                format!("  {}（{}，权重 {}）\n", criterion.name, criterion.key, criterion.weight),
                format!("  {} ({}, weight {})\n", criterion.name, criterion.key, criterion.weight),
            );
            for indicator in self.derivation.indicators.iter().filter(|indicator| indicator.criterion == at) {
                text += &self.indicator(indicator);
            }
        }
        text
    }

    fn indicator(&self, indicator: &IndicatorDerivation<'_>) -> String {
        let from = match &indicator.source {
            Source::Judged { scores, mean, scale } => {
                let experts =
                    self.derivation.panel.iter().flat_map(|panel| &panel.sheets).map(|sheet| sheet.expert);
                let shown = scores.iter().zip(experts).map(|(score, expert)| {
                    let counted = score
                        .counted
                        .as_ref()
                        .map(|counted| format!("→{}", counted.decimal().0))
                        .unwrap_or_default();
                    let mark = if score.fate == Fate::Kept {
                        ""
                    } else {
                        self.language.pick("（去掉）", " (dropped)")
                    };
                    format!("{expert} {}{counted}{mark}", score.entered)
                });
                let scores = shown.collect::<Vec<_>>().join(self.language.pick("、", ", "));
                let mean = mean.as_ref().map_or_else(|| "-".to_owned(), amount);
                self.say(
                    format!("评分（{} 至 {}）：{scores}；平均 {mean}", scale.min, scale.max),
                    format!("scores ({} to {}): {scores}; mean {mean}", scale.min, scale.max),
                )
            }
            Source::Measured { rule, own_rule, value, best, unclamped } => {
                let whose = if *own_rule {
                    self.language.pick("（本产业链规则）", " (the chain's own rule)")
                } else {
                    ""
                };
                let rule_text = self.formula(&rule.formula, best.map(|best| best.to_string()));
                let value = match (value, rule.missing_is_zero) {
                    (Some(value), _) => {
                        self.say(format!("核定值 {value}"), format!("verified value {value}"))
                    }
                    (None, true) => self.say("无核定值，按 0 计", "no verified value, which counts as 0"),
                    (None, false) => self
                        .say("缺少核定值，不能计分", "the verified value is missing, so there is no score"),
                };
                let clamped = match (unclamped, &indicator.fraction) {
                    (Some(unclamped), Some(fraction)) if unclamped != fraction => self.say(
                        format!("；算得 {}，限于 0 至 1", amount(unclamped)),
                        format!("; gives {}, held within 0 to 1", amount(unclamped)),
                    ),
                    _ => String::new(),
                };
                self.say(
                    format!("{value}；规则{whose} {rule_text}{clamped}"),
                    format!("{value}; rule{whose} {rule_text}{clamped}"),
                )
            }
        };
        let dash = || "-".to_owned();
        let (fraction, points) = (
            indicator.fraction.as_ref().map_or_else(dash, amount),
            indicator.points.as_ref().map_or_else(dash, amount),
        );
        let coefficient = amount(&indicator.coefficient);
        self.say(
            format!("    {} {}\n      {from}\n      系数 {coefficient}；得分率 {fraction}；得分 {points}\n", indicator.key, indicator.name),
            format!("    {} {}\n      {from}\n      coefficient {coefficient}; fraction {fraction}; points {points}\n", indicator.key, indicator.name),
        )
    }

    fn formula(&self, formula: &Formula, best: Option<String>) -> String {
        let list = |entries: Vec<String>| entries.join(self.language.pick("，", ", "));
        match formula {
            Formula::Linear { from, to } => self.say(
                format!("线性：{from} 得 0，{to} 得 1"),
                format!("linear: {from} gives 0, {to} gives 1"),
            ),
            Formula::Efficacy { floor, target } => self.say(
                format!("功效系数：{floor} 得 0.6，{target} 得 1"),
                format!("efficacy coefficient: {floor} gives 0.6, {target} gives 1"),
            ),
            Formula::Bands(bands) => {
                let bands = list(
                    bands.iter().map(|band| format!("≥{} → {}", band.at_least, band.fraction)).collect(),
                );
                self.say(format!("分档：{bands}"), format!("bands: {bands}"))
            }
            Formula::Piecewise(points) => {
                let points = points.iter().map(|(x, y)| format!("({x}, {y})")).collect::<Vec<_>>();
                self.say(
                    format!("折线：{}", points.join(" ")),
                    format!("through the points {}", points.join(" ")),
                )
            }
            Formula::PerUnit { units, cap } => {
                let units = units
                    .iter()
                    .map(|(name, weight)| format!("{name} × {weight}"))
                    .collect::<Vec<_>>()
                    .join(" + ");
                self.say(format!("计数：({units}) ÷ {cap}"), format!("per unit: ({units}) ÷ {cap}"))
            }
            Formula::Tiers(tiers) => {
                let tiers = tiers.iter().map(|(name, fraction)| format!("{name} → {fraction}")).collect();
                let tiers = list(tiers);
                self.say(format!("等次：{tiers}"), format!("tiers: {tiers}"))
            }
            Formula::Best => {
                let best = best.unwrap_or_else(|| self.say("无", "none"));
                self.say(
                    format!("与本组最高值 {best} 之比"),
                    format!("share of the track's greatest value, {best}"),
                )
            }
        }
    }

    fn sums(&self) -> String {
        let (Some(total), Some(figures)) = (&self.derivation.total, self.derivation.figures()) else {
            return String::new();
        };
        let rules = &self.tally().rules;
        let mode = match rules.rounding {
            Rounding::HalfUp => self.say("四舍五入", "halves up"),
            Rounding::HalfEven => self.say("四舍六入五成双", "halves to even"),
        };
        let mut text = self.say(
            format!("合计（公布数取 {} 位小数，{mode}）\n", rules.places),
            format!("Sums (published to {}, {mode})\n", count(rules.places, "place", "places")),
        );
        for (at, criterion) in self.tally().rubric.criteria.iter().enumerate() {
            text += &format!(
                "  {}  {} → {}\n",
                criterion.name,
                amount(&total.criteria[at]),
                figures.criterion(at)
            );
        }
        text += &self.adjustment(total);
        let floor = if total.sum == total.total {
            String::new()
        } else {
            self.say("，低于 0，按 0 计", ", below 0, which counts as 0")
        };
        text += &self.say(
            format!("  合计  {}{floor} → {}\n", amount(&total.sum), figures.total()),
            format!("  Total  {}{floor} → {}\n", amount(&total.sum), figures.total()),
        );
        text
    }

    fn adjustment(&self, total: &TotalDerivation) -> String {
        let tally = self.tally();
        let application = &tally.applications[self.derivation.standing.application];
        let entered = application.adjustments.iter().map(|(at, value)| {
            let adjustment = &tally.rubric.adjustments[*at];
            format!("{} {value}", adjustment.name)
        });
        let entered = entered.collect::<Vec<_>>().join(self.language.pick("、", ", "));
        let capped = match &tally.rules.bonus_cap {
            Some(cap) if total.bonus != total.capped_bonus => self.say(
                format!("（合计 {}，以 {cap} 为限）", amount(&total.bonus)),
                format!(" (they sum to {}, held to {cap})", amount(&total.bonus)),
            ),
            _ => String::new(),
        };
        let entered = if entered.is_empty() { self.say("无", "none") } else { entered };
        let figure =
            self.derivation.figures().map(|figures| figures.adjustment().to_string()).unwrap_or_default();
        let (bonus, deduction) = (amount(&total.capped_bonus), amount(&total.deduction));
        self.say(
            format!("  加减分  {entered}；加分 {bonus}{capped} − 扣分 {deduction} → {figure}\n"),
            format!("  Adjustment  {entered}; bonuses {bonus}{capped} − deductions {deduction} → {figure}\n"),
        )
    }

    fn place(&self) -> String {
        let Some(place) = &self.derivation.place else {
            return String::new();
        };
        let own = self.derivation.standing.place.unwrap_or_default();
        let basis = match self.tally().rules.rank_on {
            RankOn::Rounded => self.say("按公布的得分", "on published figures"),
            RankOn::Exact => self.say("按未取整的得分", "on unrounded figures"),
        };
        let mut text = self.say(
            format!("名次（{basis}）\n  本组 {} 件申报中第 {own} 名{}\n", place.ranked, self.sharing(place)),
            format!(
                "Place ({basis})\n  {own} of {} ranked in the track{}\n",
                place.ranked,
                self.sharing(place)
            ),
        );
        if let Some(above) = &place.above {
            text += &self.neighbour(above, true);
        }
        if let Some(below) = &place.below {
            text += &self.neighbour(below, false);
        }
        text
    }

    fn sharing(&self, place: &PlaceDerivation) -> String {
        if place.shared_with.is_empty() {
            return String::new();
        }
        let others = place.shared_with.iter().map(|other| self.id(*other)).collect::<Vec<_>>();
        let others = others.join(self.language.pick("、", ", "));
        self.say(format!("，与 {others} 并列"), format!(", shared with {others}"))
    }

    fn neighbour(&self, neighbour: &Neighbour, above: bool) -> String {
        let (other, place) = (self.id(neighbour.application), neighbour.place);
        let (ours, theirs) = neighbour.figures.clone().unwrap_or_default();
        let (order_zh, order_en) =
            if above { ("列于其后", "behind") } else { ("列于其前", "ahead of") };
        let by = match neighbour.decided_by {
            Decider::Total => {
                self.say(format!("得分 {ours}，对方 {theirs}"), format!("total {ours} against {theirs}"))
            }
            Decider::Criterion(criterion) => {
                let name = &self.tally().rubric.criteria[criterion].name;
                self.say(
                    format!("得分相同，{name} {ours}，对方 {theirs}"),
                    format!("equal totals, {name} {ours} against {theirs}"),
                )
            }
            Decider::Ruling => {
                self.say("各项相同，由领导小组办公室裁定先后", "all equal, ordered by the office's ruling")
            }
            Decider::Nothing => self.say("各项相同", "all equal"),
        };
        self.say(
            format!("  较第 {place} 名 {other} {order_zh}：{by}\n"),
            format!("  {order_en} {other} (place {place}): {by}\n"),
        )
    }

    fn award(&self) -> String {
        if self.derivation.place.is_none() {
            return self.say("奖项\n  未参加排名，不授奖\n", "Award\n  not ranked, so none is given\n");
        }
        let mut text = self.say("奖项\n", "Award\n");
        for step in &self.derivation.award_steps {
            text += &format!("  {}\n", self.award_step(*step));
        }
        if self.derivation.standing.award.is_none() {
            text += &self.say("  未获奖\n", "  no award\n");
        }
        text
    }

    fn award_step(&self, step: AwardStep) -> String {
        let tally = self.tally();
        let name = |award: usize| tally.rules.awards[award].name.as_str();
        let region = tally.region(self.derivation.standing.application);
        match step {
            AwardStep::BelowPassMark => {
                let mark = tally.rules.pass_mark.map(|mark| mark.to_string()).unwrap_or_default();
                self.say(
                    format!("得分低于合格线 {mark}"),
                    format!("the total is below the pass mark of {mark}"),
                )
            }
            AwardStep::RegionCap { award, held } => self.say(
                format!("{}：地区 {region} 已有 {held} 个名额，已达上限，让出", name(award)),
                format!("{}: region {region} already holds {held}, all it may; steps aside", name(award)),
            ),
            AwardStep::Won { award, seats } => self.say(
                format!("{}：授予（轮到时余 {seats} 个名额）", name(award)),
                format!("{}: given ({} left)", name(award), count(seats, "seat was", "seats were")),
            ),
            AwardStep::TooManyEquals { award, equals, seats } => self.say(
                format!("{}：并列 {equals} 件，仅余 {seats} 个名额，待裁定", name(award)),
                format!(
                    "{}: {equals} equals for {}; waits for a ruling",
                    name(award),
                    count(seats, "seat", "seats")
                ),
            ),
            AwardStep::RegionPastCap { award, equals } => self.say(
                format!("{}：并列 {equals} 件如全部授予将超出地区上限，待裁定", name(award)),
                format!(
                    "{}: serving all {equals} equals would take a region past its cap; waits for a ruling",
                    name(award)
                ),
            ),
            AwardStep::SeatsGone { award } => self
                .say(format!("{}：名额已用完", name(award)), format!("{}: no seats were left", name(award))),
            AwardStep::TrackWaits { award } => {
                let what = award.map_or_else(|| self.say("候补", "reserve"), |award| name(award).to_owned());
                self.say(
                    format!("{what}：本组有并列待裁定，暂不授予"),
                    format!("{what}: the track waits for a ruling; none is given"),
                )
            }
            AwardStep::Reserve { given } => self.say(
                format!("候补：列入（此前已有 {given} 件，共设 {} 件）", tally.rules.reserve),
                format!("reserve: given ({given} of {} were given before)", tally.rules.reserve),
            ),
            AwardStep::ReserveFull => self.say("候补：已满", "reserve: full"),
        }
    }
}
