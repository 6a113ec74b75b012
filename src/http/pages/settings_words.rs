//! What the members of a competition's settings are called, its rubric and rules included, and the values that are keys.

use serde_json::Value;

use super::stages::stage_name;
use super::words::Words;
use crate::domain::competition::{Disclosure, Grouping};
use crate::domain::review::PanelBy;
use crate::domain::values::Language;

type Known = (&'static str, &'static str, &'static str);

/// Members by their names, wherever they stand.
const MEMBERS: &[Known] = &[
    // The competition itself.
    ("title", "名称", "Name"),
    ("authority", "依据文号", "Authority"),
    ("organizer", "主办机构", "Organizer"),
    ("letterhead", "公文版式", "Letterhead"),
    ("masthead", "发文机关标志", "Masthead"),
    ("number_prefix", "机关代字", "Prefix of document numbers"),
    ("office", "承办处室", "Section in charge"),
    ("telephones", "联系电话", "Telephones"),
    ("channels", "反映渠道", "Where to object"),
    ("closing", "结束语", "Closing words"),
    ("footer", "版记", "Below the signature"),
    ("licence", "公布内容的许可", "Licence of what is published"),
    ("url", "网址", "Address"),
    ("catalogue", "产业链目录版本", "Catalogue version"),
    ("working_days", "工作日历版本", "Calendar version"),
    ("calendar", "日程", "Calendar"),
    ("from", "开始", "From"),
    ("until", "截止", "Until"),
    ("correction_working_days", "补正期限（工作日）", "Working days for the correction"),
    ("quotas", "推荐名额", "Quotas"),
    ("default", "每市", "Each city"),
    ("by_city", "另有规定的设区市", "Cities with their own"),
    ("grouping", "分组方式", "Grouping"),
    ("tracks", "组别", "Tracks"),
    ("chains", "产业链", "Chains"),
    ("chain", "产业链", "Chain"),
    ("sections", "申报书各部分", "Sections of the form"),
    ("required", "必填", "Required"),
    ("most_characters", "字数上限", "Most characters"),
    ("guide", "填写说明", "Guide"),
    ("evidence_kinds", "佐证材料类别", "Kinds of evidence"),
    ("evidence_quota", "佐证材料总量上限（字节）", "Bytes of evidence at most"),
    ("undertaking", "承诺书", "Undertaking"),
    ("consent_statement", "成员同意书", "Consent"),
    ("formal_items", "形式审查项目", "Items of the formal check"),
    ("disclosure", "公开范围", "Disclosure"),
    ("key", "代码", "Key"),
    ("name", "名称", "Name"),
    // The rules of review.
    ("review", "评审规定", "Rules of review"),
    ("panel_by", "评审组划分", "Panels"),
    ("panel_size", "评审组人数", "Experts on a panel"),
    ("even_panel", "允许偶数", "Even numbers allowed"),
    ("alternates", "候补人数", "Alternates"),
    ("quorum", "最少有效评分表", "Fewest sheets that count"),
    ("match_fields", "按专业领域匹配", "Experts of the field"),
    ("employer_years", "任职回避年限", "Years that an employment bars"),
    ("chief_experts", "首席专家", "Chief experts"),
    ("inspection_team", "考察组人数", "Inspectors"),
    ("comment_days", "意见期（工作日）", "Working days for comments"),
    ("correction_reasons", "更正评分的理由", "Reasons to correct a sheet"),
    ("reason_required", "须写理由", "Reason required"),
    ("notice_days", "公示期（工作日）", "Working days on notice"),
    ("objection_days", "异议答复期（工作日）", "Working days to answer an objection"),
    ("notice_template", "公示正文", "Text of the notice"),
    ("title_years", "称号有效期（年）", "Years of a title"),
    // The rubric.
    ("rubric", "指标体系", "Rubric"),
    ("full_marks", "满分", "Full marks"),
    ("criteria", "准则", "Criteria"),
    ("weight", "权重", "Weight"),
    ("indicators", "指标", "Indicators"),
    ("section", "小节", "Section"),
    ("points", "分值", "Points"),
    ("unit", "单位", "Unit"),
    ("kind", "类别", "Kind"),
    ("scale", "打分范围", "Scale"),
    ("min", "最低", "Lowest"),
    ("max", "最高", "Highest"),
    ("step", "步长", "Step"),
    ("rule", "计分规则", "Scoring rule"),
    ("by_chain", "按产业链另定", "By chain"),
    ("type", "算法", "Formula"),
    ("floor", "起点值", "Floor"),
    ("target", "目标值", "Target"),
    ("fraction", "得分比例", "Fraction of the points"),
    ("missing", "没有数据时", "Without a value"),
    ("bands", "分档", "Bands"),
    ("at_least", "不低于", "At least"),
    ("units", "计数单位", "Units"),
    ("tiers", "档次", "Tiers"),
    ("cap", "上限", "Cap"),
    ("limit", "限幅", "Limit"),
    ("to", "至", "To"),
    ("adjustments", "加分与扣分", "Bonuses and deductions"),
    ("vetoes", "否决项", "Vetoes"),
    // The rules of scoring.
    ("rules", "计分规则", "Scoring rules"),
    ("panel", "专家评分的合成", "How sheets are combined"),
    ("method", "方法", "Method"),
    ("level", "合成于", "Level"),
    ("trim", "去掉最高最低", "Dropped"),
    ("low", "最低", "Lowest"),
    ("high", "最高", "Highest"),
    ("min_kept", "最少保留", "Fewest kept"),
    ("places", "小数位数", "Digits after the point"),
    ("rounding", "舍入", "Rounding"),
    ("round_steps", "中间舍入位数", "Digits of steps"),
    ("sheet", "评分表", "Score sheets"),
    ("score", "得分", "Score"),
    ("indicator", "指标", "Indicator"),
    ("rank_on", "名次依据", "Places follow"),
    ("tie_break", "同分时依次比较", "Among equals, in this order"),
    ("bonus_cap", "加分合计上限", "Bonuses at most"),
    ("pass_mark", "授奖最低分", "Pass mark"),
    ("awards", "奖项", "Awards"),
    ("quota", "名额", "Quota"),
    ("per_region", "每地区至多", "Per region at most"),
    ("reserve", "储备名额", "Reserve places"),
];

/// Values that are keys, by the member that bears them.
const VALUES: &[(&str, Known)] = &[
    ("kind", ("judged", "专家评判", "judged by experts")),
    ("kind", ("measured", "按数据计分", "measured")),
    ("kind", ("bonus", "加分", "bonus")),
    ("kind", ("deduction", "扣分", "deduction")),
    ("type", ("linear", "线性", "linear")),
    ("type", ("efficacy", "功效系数", "efficacy")),
    ("type", ("bands", "分档", "bands")),
    ("type", ("piecewise", "分段线性", "piecewise linear")),
    ("type", ("per_unit", "按数量计分", "per unit")),
    ("type", ("best", "取最高一档", "best tier")),
    ("type", ("tiers", "按档次", "tiers")),
    ("missing", ("zero", "计零分", "zero")),
    ("method", ("mean", "平均", "mean")),
    ("method", ("trimmed_mean", "去掉最高最低后平均", "trimmed mean")),
    ("method", ("capped_mean", "限制偏差后平均", "capped mean")),
    ("method", ("median", "中位数", "median")),
    ("level", ("sheet", "整张评分表", "whole sheets")),
    ("level", ("indicator", "各指标", "each indicator")),
    ("rounding", ("half_up", "四舍五入", "half up")),
    ("rounding", ("half_even", "四舍六入五成双", "half to even")),
    ("rank_on", ("rounded", "公布的得分", "published figures")),
    ("rank_on", ("exact", "未舍入的得分", "figures before rounding")),
];

/// What a member is called; what an office named itself (keys of units, codes of cities) is called so.
pub(super) fn member(name: &str, language: Language) -> &str {
    let known = MEMBERS.iter().find(|(member, ..)| *member == name);
    known.map(|(_, zh, en)| language.pick(*zh, *en)).or_else(|| stage_name(name, language)).unwrap_or(name)
}

/// What a text under a member is called, where it is a key; else the text itself.
pub(super) fn value<'a>(name: &str, text: &'a str, language: Language) -> &'a str {
    let own = match name {
        "grouping" => text.parse().ok().map(|key: Grouping| key.in_language(language)),
        "disclosure" => text.parse().ok().map(|key: Disclosure| key.in_language(language)),
        "panel_by" => text.parse().ok().map(|key: PanelBy| key.in_language(language)),
        _ => {
            let known = VALUES.iter().find(|(member, (key, ..))| *member == name && *key == text);
            known.map(|(_, (_, zh, en))| language.pick(*zh, *en))
        }
    };
    own.unwrap_or(text)
}

/// Where a pointer leads in these settings: its members by their words, elements of lists by their own names.
pub(super) fn place(pointer: &str, settings: &Value, language: Language) -> String {
    let mut here = Some(settings);
    let mut steps: Vec<String> = Vec::new();
    let mut above = String::new();
    for step in pointer.split('/').skip(1) {
        let list = here.is_some_and(Value::is_array);
        let name = step.replace("~1", "/").replace("~0", "~");
        here = here.and_then(|at| match at {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(&name),
        });
        let stage = stage_name(&name, language).filter(|_| above == "calendar");
        steps.push(match name.parse::<usize>() {
            Ok(index) if list => element(here, index, language),
            _ => stage.unwrap_or_else(|| member(&name, language)).to_owned(),
        });
        above = name;
    }
    steps.join(" › ")
}

/// An element of a list: as it calls itself, else by its number.
fn element(element: Option<&Value>, index: usize, language: Language) -> String {
    let named = |member: &str| element.and_then(|element| element.get(member)).and_then(Value::as_str);
    match (named("title").or_else(|| named("name")), language) {
        (Some(name), Language::Chinese) => format!("“{name}”"),
        (Some(name), Language::English) => format!("\"{name}\""),
        (None, Language::Chinese) => format!("第{}项", index + 1),
        (None, Language::English) => format!("no. {}", index + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;
    use crate::domain::competition::Settings;

    /// Names of the members that a schema knows, whatever they belong to.
    fn properties(schema: &Value, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                members.values().for_each(|member| properties(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
            _ => {}
        }
    }

    /// Names of the members of a document, and texts by the member that bears them.
    fn names(document: &Value, found: &mut BTreeSet<String>, texts: &mut BTreeSet<(String, String)>) {
        match document {
            Value::Object(members) => {
                for (name, value) in members {
                    // Whose members the office names itself.
                    if name == "units" || name == "tiers" || name == "by_chain" {
                        found.insert(name.clone());
                        continue;
                    }
                    found.insert(name.clone());
                    if let Value::String(text) = value {
                        texts.insert((name.clone(), text.clone()));
                    }
                    names(value, found, texts);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| names(item, found, texts)),
            _ => {}
        }
    }

    #[test]
    fn every_member_of_settings_has_a_word() {
        let mut found = BTreeSet::new();
        properties(schema_for!(Settings).as_value(), &mut found);
        assert!(found.len() > 40, "{found:?}");
        let mut texts = BTreeSet::new();
        let example: Value =
            serde_json::from_str(include_str!("../../../data/settings.example.json")).unwrap();
        names(&example["rubric"], &mut found, &mut texts);
        names(&example["rules"], &mut found, &mut texts);
        for name in &found {
            assert_ne!(member(name, Language::Chinese), name, "no word");
        }
        let keyed = ["kind", "type", "method", "level", "rounding", "rank_on", "missing"];
        for (name, text) in texts.iter().filter(|(name, _)| keyed.contains(&name.as_str())) {
            assert_ne!(value(name, text, Language::Chinese), text, "{name}");
        }
    }

    #[test]
    fn places_are_told_by_names() {
        let settings = serde_json::json!({
            "calendar": { "application": { "until": 1 } },
            "rubric": { "criteria": [{ "name": "主导产业突出", "weight": "40" }] },
            "rules": { "tie_break": ["a", "b"] },
        });
        let told = |pointer| place(pointer, &settings, Language::Chinese);
        assert_eq!(told("/calendar/application/until"), "日程 › 申报 › 截止");
        assert_eq!(told("/rubric/criteria/0/weight"), "指标体系 › 准则 › “主导产业突出” › 权重");
        assert_eq!(told("/rules/tie_break/1"), "计分规则 › 同分时依次比较 › 第2项");
        assert_eq!(told("/quotas/by_city/320500"), "推荐名额 › 另有规定的设区市 › 320500");
        assert_eq!(
            place("/rules/tie_break/1", &settings, Language::English),
            "Scoring rules › Among equals, in this order › no. 2"
        );
    }
}
