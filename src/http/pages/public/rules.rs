//! The rules of scoring as people read them.

use std::collections::HashMap;

use super::super::prelude::*;
use crate::actions::rules::stored_tally;
use crate::domain::competition::Settings;
use crate::domain::ids::CompetitionId;
use crate::domain::scoring::{PanelLevel, PanelMethod, PanelRule, RankOn, Rounding, Rules, Tally, Trim};

/// How sheets become scores, and scores places.
pub(super) fn render(request: &PageRequest, tally: &Tally) -> Markup {
    let rules = &tally.rules;
    let ties = tie_breakers(tally);
    let mut rows = Vec::new();
    if let Some(rule) = &rules.panel {
        rows.push((request.t("专家评分的合成", "How sheets are combined"), panel(request, rule)));
    }
    rows.push((
        request.t("公布的小数位数", "Digits after the point"),
        html! { (rules.places) (request.t("位，", ", ")) (rounding(request, rules.rounding)) },
    ));
    rows.push((
        request.t("名次依据", "Places follow"),
        html! { (match rules.rank_on {
            RankOn::Rounded => request.t("公布的得分", "the published figures"),
            RankOn::Exact => request.t("未舍入的得分", "the figures before rounding"),
        }) },
    ));
    if !ties.is_empty() {
        rows.push((request.t("同分时依次比较", "Among equals, in this order"), html! { (&ties.join("、")) }));
    }
    if let Some(cap) = rules.bonus_cap {
        rows.push((request.t("加分合计至多", "All bonuses together at most"), html! { (cap) }));
    }
    if let Some(mark) = rules.pass_mark {
        rows.push((request.t("低于此分不授奖", "No award below"), html! { (mark) }));
    }
    html! {
        h2 id="scoring" { (request.t("评分规则", "Rules of scoring")) }
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
    request: &PageRequest,
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
            (request.t("得分相同而名次不同的，按本届", "Where equal totals have different places, the competition's "))
            a href=(request.link(&format!("/editions/{id}#scoring"))) { (request.t("评分规则", "rules of scoring")) }
            (request.t("排定：", " decide: "))
            @if tally.rules.rank_on == RankOn::Exact { (request.t("先比未舍入的得分；", "first the totals before rounding; ")) }
            @if !names.is_empty() {
                (request.t("依次比较以下准则的得分：", "the scores in these criteria, in this order: "))
                (&names.join("、")) (request.t("；", "; "))
            }
            (request.t("仍相同的，由领导小组办公室裁定。", "where these are equal too, a ruling of the leading-group office."))
        }
    })
}

/// How halves are rounded.
pub(in super::super) fn rounding(request: &PageRequest, rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => request.t("四舍五入", "half up"),
        Rounding::HalfEven => request.t("四舍六入五成双", "half to even"),
    }
}

/// How a panel's sheets become one score.
pub(in super::super) fn panel(request: &PageRequest, rule: &PanelRule) -> Markup {
    let of = match rule.level {
        PanelLevel::Sheet => request.t("整张评分表", "whole sheets"),
        PanelLevel::Indicator => request.t("单项分数", "scores, indicator by indicator"),
    };
    html! {
        (method(request, &rule.method))
        (request.t("；按", "; of ")) (of)
        (request.t("；有效的不足", "; fewer than ")) (rule.min_kept) (request.t("份则申报不完整", " kept leave the application incomplete"))
    }
}

fn method(request: &PageRequest, method: &PanelMethod) -> Markup {
    match method {
        PanelMethod::Mean => html! { (request.t("全部取平均", "The mean of all")) },
        PanelMethod::Median => html! { (request.t("取中位数", "The median")) },
        PanelMethod::CappedMean(distance) => html! {
            (request.t("与平均数相差超过", "The mean, after each score farther than ")) (distance)
            (request.t("的，拉回到此距离后取平均", " from the mean is moved to that distance"))
        },
        PanelMethod::TrimmedMean(Trim::Each(count)) => html! {
            (request.t("去掉最高、最低各", "The mean without the highest and the lowest ")) (count) (request.t("份后取平均", ""))
        },
        PanelMethod::TrimmedMean(Trim::Table(rows)) => html! {
            (request.t("去掉若干最高、最低后取平均：", "The mean without some of the highest and lowest: "))
            @for (index, row) in rows.iter().enumerate() {
                @if index > 0 { (request.t("；", "; ")) }
                (request.t("满", "from ")) (row.at_least) (request.t("份去掉最低", " on, the lowest ")) (row.low)
                (request.t("、最高", " and the highest ")) (row.high)
            }
        },
    }
}

/// What is awarded in each track.
pub(super) fn awards(request: &PageRequest, rules: &Rules) -> Markup {
    Table::new("", &rules.awards)
        .head(request.t("奖项", "Award"), |award| &award.name)
        .number(request.t("名额", "Quota"), |award| award.quota)
        .number(request.t("同一地区至多", "At most of one region"), |award| {
            html! {
                @match award.per_region { Some(most) => (most), None => (request.t("不限", "no limit")) }
            }
        })
        .empty(request.t("本届只排名，不授奖。", "This competition ranks and awards nothing."))
        .render()
}
