//! What the units and tiers of measured indicators are called.

use super::values::Language;

/// What the units and tiers of the rubric that the project brings along are called; others are called as they are keyed.
const NAMES: &[(&str, &str, &str)] = &[
    ("single_champion", "单项冠军", "single champions"),
    ("little_giant", "专精特新“小巨人”", "little giants"),
    ("core_library", "核心企业库企业", "core-library firms"),
    ("national", "国家级", "national"),
    ("provincial", "省级", "provincial"),
    ("accepted", "已验收", "accepted"),
    ("ongoing", "在研", "ongoing"),
    ("standard", "标准", "standards"),
    ("first_set", "首台（套）", "first sets"),
    ("patent_portfolio", "高价值专利组合", "patent portfolios"),
    ("regional_brand", "区域品牌", "regional brands"),
    ("jiangsu_premium", "江苏精品", "Jiangsu premium brands"),
    ("national_cluster", "国家先进制造业集群", "national advanced cluster"),
    ("five_star_base", "五星级国家示范基地", "five-star national base"),
    ("four_star_base", "四星级国家示范基地", "four-star national base"),
    ("other_national_base", "其他国家级示范基地", "other national base"),
    ("none", "无", "none"),
    ("smart_factory", "智能工厂", "smart factories"),
    ("smart_workshop", "示范智能车间", "smart workshops"),
];

/// The name of a unit or tier in a language.
pub fn name_of(key: &str, language: Language) -> &str {
    let found = NAMES.iter().find(|(known, ..)| *known == key);
    found.map_or(key, |(_, zh, en)| match language {
        Language::Chinese => zh,
        Language::English => en,
    })
}

/// Whether a unit or tier is meant by a text: its key, or one of its names.
pub fn is_named(key: &str, text: &str) -> bool {
    let named =
        NAMES.iter().any(|(known, zh, en)| *known == key && (*zh == text || en.eq_ignore_ascii_case(text)));
    key == text || named
}
