//! The field guide of open data: what each column holds, once for all tables.

/// What a column holds, as the field guide says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// One of these words, with what they mean in Chinese and English.
    Word(&'static [(&'static str, &'static str, &'static str)]),
    /// A whole number.
    Integer,
    /// A decimal number, exact, with as many places as it was rounded to.
    Decimal,
    /// ISO 8601.
    Date,
    /// `true` or `false`.
    Boolean,
    /// Six digits of GB/T 2260, or of a zone's statistics code.
    RegionCode,
    /// RFC 9562.
    Identifier,
}

/// A column of open data: the same in every table that has it.
#[derive(Clone, Copy, Debug)]
pub struct OpenField {
    pub name: &'static str,
    pub kind: FieldKind,
    pub zh: &'static str,
    pub en: &'static str,
}

const fn field(name: &'static str, kind: FieldKind, zh: &'static str, en: &'static str) -> OpenField {
    OpenField { name, kind, zh, en }
}

type Words<const N: usize> = [(&'static str, &'static str, &'static str); N];

const ROLE_WORDS: Words<2> = [("core", "核心区", "core zone"), ("coordinated", "协同区", "coordinated zone")];
const ADVANTAGE_WORDS: Words<3> =
    [("yes", "是", "yes"), ("no", "否", "no"), ("unknown", "目录没有记载", "not recorded in the catalogue")];
const KIND_WORDS: Words<3> =
    [("city", "设区市", "city"), ("county", "县（市、区）", "county"), ("zone", "开发区", "zone")];
const STANDING_WORDS: Words<4> = [
    ("in_force", "有效", "in force"),
    ("recheck_due", "有效，将到期复核", "in force, to be re-checked soon"),
    ("expired", "已期满", "expired"),
    ("revoked", "已撤销", "revoked"),
];

const COUNTED_BY_WORDS: Words<4> = [
    ("city", "按设区市", "by city"),
    ("cluster", "按集群", "by cluster"),
    ("chain", "按产业链", "by chain"),
    ("track", "按组别", "by track"),
];

/// The field guide, in the order of columns.
pub const FIELDS: [OpenField; 32] = {
    use FieldKind::{Boolean, Date, Decimal, Identifier, Integer, RegionCode, Text, Word};
    [
        field("title_id", Identifier, "称号的标识", "Identifies the title"),
        field("competition_id", Identifier, "一届竞赛的标识", "Identifies the competition"),
        field(
            "announcement_number",
            Integer,
            "第几次公布；更正后为最近一次",
            "Which announcement of the competition; the latest after a correction",
        ),
        field("position", Integer, "在名单中的顺序，从1起", "Where it stands on the list, 1 for the first"),
        field(
            "award",
            Text,
            "奖项的代码，见本届计分规则",
            "The award's key in the competition's rules of scoring",
        ),
        field("award_name", Text, "奖项名称", "The award's name"),
        field(
            "application_id",
            Identifier,
            "申报的标识，各表同一",
            "Identifies the application, the same in every table",
        ),
        field("is_lead", Boolean, "是否牵头地区", "Whether this region leads"),
        field("role", Word(&ROLE_WORDS), "参与方式", "What the region brings"),
        field(
            "track",
            Text,
            "组别的代码；不分组时都相同",
            "The key of the track it was ranked in; the same for all where there is one",
        ),
        field(
            "place",
            Integer,
            "名次；未公开时为空",
            "Its place; empty where the competition does not disclose it",
        ),
        field("title", Text, "申报名称", "application title"),
        field("chain_number", Integer, "重点产业链在目录中的编号", "The key chain's number in the catalogue"),
        field("chain_name", Text, "重点产业链名称", "The key chain's name"),
        field(
            "cluster_number",
            Integer,
            "所属先进制造业集群在目录中的编号",
            "The number of its cluster in the catalogue",
        ),
        field("cluster_name", Text, "所属先进制造业集群名称", "The name of its cluster"),
        field(
            "excellence_target",
            Boolean,
            "是否推动实现卓越提升的产业链",
            "Whether it is one to be raised to excellence",
        ),
        field("advantage", Word(&ADVANTAGE_WORDS), "是否优势产业链", "Whether it is an advantage chain"),
        field(
            "region_code",
            RegionCode,
            "地区代码（申报的为牵头地区）",
            "The region's code; of an application its lead's",
        ),
        field("region_name", Text, "地区名称，前冠设区市", "The region's name, its city's before it"),
        field("kind", Word(&KIND_WORDS), "地区类别", "What the region is"),
        field(
            "city_code",
            RegionCode,
            "所属设区市的代码；设区市为其自身",
            "The code of its city; a city's own",
        ),
        field("city_name", Text, "所属设区市名称", "The name of its city"),
        field(
            "score",
            Decimal,
            "得分（百分制）；未公开时为空",
            "Its total of 100; empty where the competition does not disclose it",
        ),
        field("standing", Word(&STANDING_WORDS), "称号今日的状态", "How the title stands today"),
        field("valid_from", Date, "称号有效期首日", "The first day of the title"),
        field(
            "valid_until",
            Date,
            "称号有效期末日；期满当日仍有效",
            "The last day of the title, on which it still holds",
        ),
        field("counted_by", Word(&COUNTED_BY_WORDS), "按什么计数", "What is counted by"),
        field(
            "key",
            Text,
            "设区市代码、集群或产业链的序号、组别的标识",
            "The city's code, the number of a cluster or chain, or the track's key",
        ),
        field("name", Text, "其名称", "Its name"),
        field(
            "ranked_count",
            Integer,
            "参加排名的申报数；不公开排名的为空",
            "How many applications were ranked; empty where the ranking is not disclosed",
        ),
        field("winner_count", Integer, "入选的申报数", "How many winners"),
    ]
};
