//! Regions and their codes.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::keyword::keyword_enum;
use crate::domain::strict::Wanted;

/// The catalogue that the program brings along: 14 clusters and 50 chains of 苏政办发〔2020〕82号, and the province's
/// cities, counties and zones.
pub const JIANGSU: &str = include_str!("../../../data/catalogue.jiangsu.json");
/// Provinces by the first two digits of their codes (GB/T 2260): where experts come from whom a catalogue's regions
/// don't cover.
pub const PROVINCES: [(&str, &str); 34] = [
    ("11", "北京市"),
    ("12", "天津市"),
    ("13", "河北省"),
    ("14", "山西省"),
    ("15", "内蒙古自治区"),
    ("21", "辽宁省"),
    ("22", "吉林省"),
    ("23", "黑龙江省"),
    ("31", "上海市"),
    ("32", "江苏省"),
    ("33", "浙江省"),
    ("34", "安徽省"),
    ("35", "福建省"),
    ("36", "江西省"),
    ("37", "山东省"),
    ("41", "河南省"),
    ("42", "湖北省"),
    ("43", "湖南省"),
    ("44", "广东省"),
    ("45", "广西壮族自治区"),
    ("46", "海南省"),
    ("50", "重庆市"),
    ("51", "四川省"),
    ("52", "贵州省"),
    ("53", "云南省"),
    ("54", "西藏自治区"),
    ("61", "陕西省"),
    ("62", "甘肃省"),
    ("63", "青海省"),
    ("64", "宁夏回族自治区"),
    ("65", "新疆维吾尔自治区"),
    ("71", "台湾省"),
    ("81", "香港特别行政区"),
    ("82", "澳门特别行政区"),
];

/// The six digits of an administrative division (GB/T 2260), or of a zone that has a statistics code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RegionCode(String);

/// A text that is no region code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARegionCode;

impl fmt::Display for NotARegionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a region code has six digits")
    }
}

impl std::error::Error for NotARegionCode {}

impl RegionCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RegionCode {
    type Err = NotARegionCode;

    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text.to_owned())) } else { Err(NotARegionCode) }
    }
}

impl<'de> Deserialize<'de> for RegionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NotARegionCode| Wanted::RegionCode.error(&text))
    }
}

impl JsonSchema for RegionCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RegionCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{6}$" })
    }
}

keyword_enum! {
    /// What a region is.
    pub enum RegionKind {
        /// A city divided into districts (设区市).
        City = "city",
        /// A county, county-level city or district (县、市、区).
        County = "county",
        /// A development zone (开发区).
        Zone = "zone",
    }
}

/// A city, county or zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Region {
    pub code: RegionCode,
    pub name: String,
    pub kind: RegionKind,
    /// A county's or zone's city; a city's province.
    pub parent: RegionCode,
}

impl Region {
    /// Its name as people write it: its city's before that of a county, district or zone (徐州市鼓楼区), since several
    /// bear the same; but for zones that begin with it (苏州工业园区).
    pub fn name_in(&self, city: Option<&Region>) -> String {
        let city = city.map_or("", |city| city.name.as_str());
        let told = self.kind == RegionKind::Zone && self.name.starts_with(city.trim_end_matches('市'));
        if told { self.name.clone() } else { format!("{city}{}", self.name) }
    }
}
