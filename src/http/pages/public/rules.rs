//! The rules of scoring as people read them.

use std::collections::HashMap;

use super::super::prelude::*;
use crate::actions::rules::stored_tally;
use crate::domain::competition::Settings;
use crate::domain::ids::CompetitionId;
use crate::domain::scoring::{PanelLevel, PanelMethod, PanelRule, RankOn, Rounding, Rules, Tally, Trim};

/// How sheets become scores, and scores places.
pub(super) fn render(asked: &Asked, tally: &Tally) -> Markup {
    let rules = &tally.rules;
    let ties = tie_breakers(tally);
    let mut rows = Vec::new();
    if let Some(rule) = &rules.panel {
        rows.push((asked.t("专家评分的合成", "Sheets of a panel"), panel(asked, rule)));
    }
    rows.push((
        asked.t("公布的小数位数", "Digits after the point"),
        html! { (rules.places) (asked.t("位，", ", ")) (rounding(asked, rules.rounding)) },
    ));
    rows.push((
        asked.t("名次依据", "Places follow"),
        html! { (match rules.rank_on {
            RankOn::Rounded => asked.t("公布的得分", "the published figures"),
            RankOn::Exact => asked.t("未舍入的得分", "the figures before rounding"),
        }) },
    ));
    if !ties.is_empty() {
        rows.push((asked.t("同分时依次比较", "Among equals, in this order"), html! { (&ties.join("、")) }));
    }
    if let Some(cap) = rules.bonus_cap {
        rows.push((asked.t("加分合计至多", "All bonuses together at most"), html! { (cap) }));
    }
    if let Some(mark) = rules.pass_mark {
        rows.push((asked.t("低于此分不授奖", "No award below"), html! { (mark) }));
    }
    html! {
        h2 id="scoring" { (asked.t("评分规则", "Rules of scoring")) }
        (facts(&rows))
    }
}

/// The names of the criteria that are compared among equals, in this order.
fn tie_breakers(tally: &Tally) -> Vec<&str> {
    tally.rules.tie_break.iter().map(|at| tally.rubric.criteria[*at].name.as_str()).collect()
}

/// Which rules put those in order that a list shows with equal totals at different places; nothing where it shows none.
/// `ranked` has track, total and place of each.
pub(super) fn equal_totals<'a>(
    asked: &Asked,
    id: CompetitionId,
    settings: &Settings,
    ranked: impl IntoIterator<Item = (&'a str, &'a str, u64)>,
) -> Result<Markup> {
    let mut places = HashMap::new();
    let differ = ranked
        .into_iter()
        .any(|(track, total, place)| *places.entry((track, total)).or_insert(place) != place);
    if !differ {
        return Ok(Markup::default());
    }
    let tally = stored_tally(settings)?;
    let names = tie_breakers(&tally);
    Ok(html! {
        p.muted {
            (asked.t("得分相同而名次不同的，按本届", "Where equal totals have different places, the edition's "))
            a href=(asked.link(&format!("/editions/{id}#scoring"))) { (asked.t("评分规则", "rules of scoring")) }
            (asked.t("排定：", " decide: "))
            @if tally.rules.rank_on == RankOn::Exact { (asked.t("先比未舍入的得分；", "first the totals before rounding; ")) }
            @if !names.is_empty() {
                (asked.t("依次比较以下准则的得分：", "the scores in these criteria, in this order: "))
                (&names.join("、")) (asked.t("；", "; "))
            }
            (asked.t("仍相同的，由领导小组办公室裁定。", "where these are equal too, a ruling of the leading-group office."))
        }
    })
}

/// How halves are rounded.
pub(in super::super) fn rounding(asked: &Asked, rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => asked.t("四舍五入", "halves away from zero"),
        Rounding::HalfEven => asked.t("四舍六入五成双", "halves to the even neighbour"),
    }
}

/// How a panel's sheets become one score.
pub(in super::super) fn panel(asked: &Asked, rule: &PanelRule) -> Markup {
    let of = match rule.level {
        PanelLevel::Sheet => asked.t("整张评分表", "whole sheets"),
        PanelLevel::Indicator => asked.t("单项分数", "scores, indicator by indicator"),
    };
    html! {
        (method(asked, &rule.method))
        (asked.t("；按", "; of ")) (of)
        (asked.t("；有效的不足", "; fewer than ")) (rule.min_kept) (asked.t("份则申报不完整", " kept leave the application incomplete"))
    }
}

fn method(asked: &Asked, method: &PanelMethod) -> Markup {
    match method {
        PanelMethod::Mean => html! { (asked.t("全部取平均", "The mean of all")) },
        PanelMethod::Median => html! { (asked.t("取中位数", "The median")) },
        PanelMethod::CappedMean(distance) => html! {
            (asked.t("与平均数相差超过", "The mean, after each score farther than ")) (distance)
            (asked.t("的，拉回到此距离后取平均", " from the mean is moved to that distance"))
        },
        PanelMethod::TrimmedMean(Trim::Each(count)) => html! {
            (asked.t("去掉最高、最低各", "The mean without the highest and the lowest ")) (count) (asked.t("份后取平均", ""))
        },
        PanelMethod::TrimmedMean(Trim::Table(rows)) => html! {
            (asked.t("去掉若干最高、最低后取平均：", "The mean without some of the highest and lowest: "))
            @for (index, row) in rows.iter().enumerate() {
                @if index > 0 { (asked.t("；", "; ")) }
                (asked.t("满", "from ")) (row.at_least) (asked.t("份去掉最低", " on, the lowest ")) (row.low)
                (asked.t("、最高", " and the highest ")) (row.high)
            }
        },
    }
}

/// What is awarded in each track.
pub(super) fn awards(asked: &Asked, rules: &Rules) -> Markup {
    Table::new("", &rules.awards)
        .head(asked.t("奖项", "Award"), |award| &award.name)
        .number(asked.t("名额", "Seats"), |award| award.quota)
        .number(asked.t("同一地区至多", "At most of one region"), |award| {
            html! {
                @match award.per_region { Some(most) => (most), None => (asked.t("不限", "no limit")) }
            }
        })
        .empty(asked.t("本届只排名，不授奖。", "This edition ranks and awards nothing."))
        .render()
}
