//! The steps of the scoring rules: how sheets are combined, ties, adjustments, awards.

use maud::{Markup, html};
use serde_json::Value;

use super::editor::{Cell, Column, Editor, shown};
use super::settings::Basis;

fn pairs(e: &Editor<'_>, rows: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(value, zh, en)| ((*value).to_owned(), e.t(zh, en).to_owned())).collect()
}

pub(super) fn scoring(editor: &Editor<'_>, _: &Basis) -> Markup {
    let e = editor;
    let methods = pairs(
        e,
        &[
            ("trimmed_mean", "去掉最高最低后平均", "Trimmed mean"),
            ("mean", "全部平均", "Mean of all"),
            ("median", "中位数", "Median"),
            ("capped_mean", "限幅平均", "Mean of scores moved within a limit"),
        ],
    );
    let levels = pairs(
        e,
        &[("sheet", "按整张评分表", "Of whole sheets"), ("indicator", "按单项指标", "Of each indicator")],
    );
    let modes = pairs(
        e,
        &[
            ("half_up", "四舍五入", "Half up"),
            ("half_even", "四舍六入五成双（GB/T 8170）", "Half to even (GB/T 8170)"),
        ],
    );
    let bases = pairs(
        e,
        &[
            ("rounded", "公布的（已取整的）分数", "Published, rounded totals"),
            ("exact", "取整前的分数", "Totals before rounding"),
        ],
    );
    // A table of trims for panels of different sizes is kept as it is written; a number is the usual case.
    let trim = if e.settings.pointer("/rules/panel/trim").is_some_and(Value::is_array) {
        "/rules/panel/trim:json"
    } else {
        "/rules/panel/trim:whole"
    };
    let content = html! {
        fieldset.group {
            legend { (e.t("专家评分的合成", "How sheets are combined")) }
            (e.field(&e.select("/rules/panel/method", e.t("方法", "Method"), methods).required()))
            (e.field(&e.number(trim, e.t("两端各去掉几个", "Dropped at each end")).hint(e.t("仅用于“去掉最高最低后平均”，否则留空。", "Only for the mean after the extremes are dropped; else empty.")).silent()))
            (e.field(&e.number("/rules/panel/limit:optional", e.t("限幅", "Limit")).hint(e.t("仅用于“限幅平均”，否则留空。", "Only for the mean within a limit; else empty.")).silent()))
            (e.field(&e.select("/rules/panel/level", e.t("去掉什么", "What is dropped"), levels).required()))
            (e.field(&e.number("/rules/panel/min_kept:whole", e.t("至少保留几张评分表", "Least sheets that are kept")).required()))
        }
        fieldset.group {
            legend { (e.t("取整与排名", "Rounding and ranking")) }
            (e.field(&e.number("/rules/places:whole", e.t("公布分数的小数位数", "Digits after the point")).required()))
            (e.field(&e.select("/rules/rounding", e.t("取整方式", "Rounding"), modes).required()))
            (e.field(&e.select("/rules/rank_on", e.t("排名依据", "Ranked on"), bases).required()))
        }
        (ties(e))
        (e.table("/rubric/adjustments", e.t("加分与扣分", "Bonuses and deductions"), Some("adjustment"), &[
            Column { member: "name", words: e.t("名称", "Name"), cell: Cell::Text },
            Column { member: "kind", words: e.t("加或扣", "Kind"), cell: Cell::Select(pairs(e, &[("bonus", "加分", "Bonus"), ("deduction", "扣分", "Deduction")])) },
            Column { member: "max", words: e.t("最多", "Most"), cell: Cell::Decimal },
        ]))
        (e.field(&e.number("/rules/bonus_cap:optional", e.t("加分总和上限", "Most that all bonuses together add")).hint(e.t("留空即不限。", "Empty: no limit."))))
    };
    e.render(&content)
}

/// Criteria that break equal totals, in order.
fn ties(e: &Editor<'_>) -> Markup {
    let criteria = e.settings.pointer("/rubric/criteria").and_then(Value::as_array);
    let criteria: Vec<(String, String)> = criteria
        .into_iter()
        .flatten()
        .map(|criterion| (shown(criterion.get("key")), shown(criterion.get("name"))))
        .collect();
    let list = "/rules/tie_break";
    html! {
        fieldset.group {
            legend { (e.t("同分时依次比较", "Among equals, in this order")) }
            @for index in 0..e.rows(list).min(criteria.len()) {
                @let none = (String::new(), "—".to_owned());
                @let label = format!("{} {}", e.t("第", "Criterion"), index + 1);
                (e.field(&e.select(&format!("{list}/{index}"), &label, std::iter::once(none).chain(criteria.clone())).silent()))
            }
        }
    }
}

pub(super) fn awards(editor: &Editor<'_>, _: &Basis) -> Markup {
    let e = editor;
    let content = html! {
        (e.table("/rules/awards", e.t("奖项（按授予顺序）", "Awards, in the order in which they are given"), Some("award"), &[
            Column { member: "name", words: e.t("名称", "Name"), cell: Cell::Text },
            Column { member: "quota", words: e.t("名额（每组）", "Quota of a track"), cell: Cell::Whole },
            Column { member: "per_region", words: e.t("每市上限（可空）", "Most of one city (may be empty)"), cell: Cell::Whole },
        ]))
        (e.field(&e.number("/rules/reserve:whole", e.t("储备名额", "Reserve places")).required()))
        (e.field(&e.number("/rules/pass_mark:optional", e.t("入选最低分", "Pass mark")).hint(e.t("低于此分不授奖；留空即不设。", "No award below it; empty: none."))))
        (e.field(&e.number("/review/quorum:whole", e.t("领导小组审议的最少到会人数", "Quorum of the leading group")).unit(e.t("人", "people")).required()))
        (e.field(&e.number("/review/title_years:whole", e.t("称号有效期（年）", "Years of a title")).required()))
    };
    e.render(&content)
}
