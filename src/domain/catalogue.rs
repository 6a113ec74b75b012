//! The catalogue (产业链目录): clusters, key chains and regions. It is versioned data, never code: later plans count
//! other clusters and chains.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::keyword::keyword_enum;
use super::problem::FieldProblem;
use super::strict::{self, Wanted};
use super::table::{column, delimiter};
use super::values::count;

/// The catalogue that the program brings along: 14 clusters and 50 chains of 苏政办发〔2020〕82号, and the province's
/// cities, counties and zones.
pub const JIANGSU: &str = include_str!("../../data/catalogue.jiangsu.json");

/// The number of a chain in its catalogue, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ChainNumber(pub u16);

impl fmt::Display for ChainNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for ChainNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

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
    /// Whether a chain is one of the 30 advantage chains (优势产业链). The text that names them lost its bold type, so
    /// for most chains nobody knows; it is never guessed.
    pub enum Advantage {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Not known.
        Unknown = "unknown",
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

/// A key industrial chain (重点产业链).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Chain {
    /// Its number in the catalogue.
    pub no: ChainNumber,
    pub name: String,
    /// Whether it is one of those to be raised to excellence (卓越提升).
    pub excellence_target: bool,
    pub advantage: Advantage,
    /// Where this is known from, if it is not the catalogue's own source.
    #[serde(default)]
    pub source_note: Option<String>,
}

/// An advanced manufacturing cluster (先进制造业集群).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cluster {
    /// Its number in the catalogue.
    pub no: u16,
    pub name: String,
    pub chains: Vec<Chain>,
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

/// A version of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Catalogue {
    /// Where it comes from.
    pub source_note: String,
    /// Clusters with their chains.
    pub clusters: Vec<Cluster>,
    /// Cities, counties and zones.
    pub regions: Vec<Region>,
}

/// What changes between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueChanges {
    pub clusters: Vec<Change>,
    pub chains: Vec<Change>,
    pub regions: Vec<Change>,
}

/// One thing that changes: it comes, goes, or differs in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Its number or code.
    pub key: String,
    /// The field; absent where all of it comes or goes.
    pub field: Option<String>,
    /// What was; absent where it comes.
    pub before: Option<String>,
    /// What will be; absent where it goes.
    pub after: Option<String>,
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// If it is not JSON of this shape, or [`Catalogue::check`] finds something.
    pub fn read_json(bytes: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        let catalogue: Self = strict::dataset(bytes, ("目录", "a catalogue"))?;
        let problems = catalogue.check();
        if problems.is_empty() { Ok(catalogue) } else { Err(problems) }
    }

    /// Every chain with its cluster, in order.
    pub fn chains(&self) -> impl Iterator<Item = (&Cluster, &Chain)> {
        self.clusters.iter().flat_map(|cluster| cluster.chains.iter().map(move |chain| (cluster, chain)))
    }

    pub fn chain(&self, no: ChainNumber) -> Option<(&Cluster, &Chain)> {
        self.chains().find(|(_, chain)| chain.no == no)
    }

    pub fn region(&self, code: &RegionCode) -> Option<&Region> {
        self.regions.iter().find(|region| region.code == *code)
    }

    /// The name of a region as people write it ([`Region::name_in`]); empty where there is none.
    pub fn region_name(&self, code: &RegionCode) -> String {
        self.region(code).map_or_else(String::new, |region| region.name_in(self.region(&region.parent)))
    }

    /// The same, or the code where the catalogue has none of it.
    pub fn region_name_or_code(&self, code: &RegionCode) -> String {
        if self.region(code).is_some() {
            return self.region_name(code);
        }
        let province = PROVINCES.iter().find(|(digits, _)| code.as_str().starts_with(digits));
        match province {
            Some((digits, name)) if code.as_str()[digits.len()..] == *"0000" => (*name).to_owned(),
            Some((_, name)) => format!("{name} {code}"),
            None => code.to_string(),
        }
    }

    /// The name of a chain; empty where there is none.
    pub fn chain_name(&self, no: ChainNumber) -> &str {
        self.chain(no).map_or("", |(_, chain)| &chain.name)
    }

    /// The city that a region belongs to; a city is its own.
    pub fn city_of(&self, code: &RegionCode) -> Option<&RegionCode> {
        let region = self.region(code)?;
        Some(if region.kind == RegionKind::City { &region.code } else { &region.parent })
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        self.check_chains(&mut problems);
        self.check_regions(&mut problems);
        problems
    }

    fn check_chains(&self, problems: &mut Vec<FieldProblem>) {
        let (mut clusters, mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (index, cluster) in self.clusters.iter().enumerate() {
            check_name(problems, format!("/clusters/{index}/name"), &cluster.name);
            if cluster.no == 0 || !clusters.insert(cluster.no) {
                problems.push(duplicate(format!("/clusters/{index}/no")));
            }
            for (place, chain) in cluster.chains.iter().enumerate() {
                let pointer = format!("/clusters/{index}/chains/{place}");
                check_name(problems, format!("{pointer}/name"), &chain.name);
                if chain.no.0 == 0 || !numbers.insert(chain.no) {
                    problems.push(duplicate(format!("{pointer}/no")));
                }
                if !names.insert(&chain.name) {
                    problems.push(duplicate(format!("{pointer}/name")));
                }
                if chain.excellence_target && chain.advantage == Advantage::No {
                    problems.push(FieldProblem::new(
                        format!("{pointer}/advantage"),
                        "contradiction",
                        "卓越提升产业链都属于优势产业链",
                        "A chain to be raised to excellence is one of the advantage chains",
                    ));
                }
            }
        }
        if numbers.is_empty() {
            problems.push(FieldProblem::new("/clusters", "empty", "目录中没有产业链", "There is no chain"));
        }
    }

    fn check_regions(&self, problems: &mut Vec<FieldProblem>) {
        let mut codes = BTreeSet::new();
        for (index, region) in self.regions.iter().enumerate() {
            check_name(problems, format!("/regions/{index}/name"), &region.name);
            if !codes.insert(&region.code) {
                problems.push(duplicate(format!("/regions/{index}/code")));
            }
            let fits = match region.kind {
                RegionKind::City => {
                    region.parent.as_str()[2..] == *"0000"
                        && region.code.as_str()[..2] == region.parent.as_str()[..2]
                }
                RegionKind::County | RegionKind::Zone => {
                    self.region(&region.parent).is_some_and(|parent| parent.kind == RegionKind::City)
                }
            };
            if !fits {
                problems.push(FieldProblem::new(
                    format!("/regions/{index}/parent"),
                    "parent",
                    "县（市、区）和开发区须属于目录中的设区市，设区市须属于省",
                    "A county or zone belongs to a city of the catalogue, a city to its province",
                ));
            }
        }
        let provinces: BTreeSet<&str> = self
            .regions
            .iter()
            .filter(|region| region.kind == RegionKind::City)
            .map(|city| city.parent.as_str())
            .collect();
        if provinces.len() != 1 {
            problems.push(FieldProblem::new(
                "/regions",
                "one_province",
                "目录须属于同一个省",
                "All cities belong to one province",
            ));
        }
    }

    /// The same catalogue with another table of chains, read from CSV with the columns `cluster_no, cluster_name,
    /// chain_no, chain_name, excellence_target, advantage, source_note`.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn with_chains_csv(&self, csv: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            cluster_no: u16,
            cluster_name: String,
            chain_no: ChainNumber,
            chain_name: String,
            excellence_target: YesNo,
            advantage: Advantage,
            source_note: Option<String>,
        }
        let mut clusters: BTreeMap<u16, Cluster> = BTreeMap::new();
        for row in rows::<Row>(csv)? {
            let cluster = clusters.entry(row.cluster_no).or_insert_with(|| Cluster {
                no: row.cluster_no,
                name: row.cluster_name.clone(),
                chains: Vec::new(),
            });
            if cluster.name != row.cluster_name {
                return Err(vec![FieldProblem::new(
                    format!("/chains/{}", row.chain_no),
                    "two_names",
                    format!("集群{}有两个名称", row.cluster_no),
                    format!("Cluster {} has two names", row.cluster_no),
                )]);
            }
            cluster.chains.push(Chain {
                no: row.chain_no,
                name: row.chain_name,
                excellence_target: row.excellence_target == YesNo::Yes,
                advantage: row.advantage,
                source_note: row.source_note.filter(|note| !note.is_empty()),
            });
        }
        Ok(Self { clusters: clusters.into_values().collect(), ..self.clone() })
    }

    /// The same catalogue with another table of regions, read from CSV with the columns `code, name, kind, parent`.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn with_regions_csv(&self, csv: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        Ok(Self { regions: rows(csv)?, ..self.clone() })
    }

    /// The catalogue with one more region.
    ///
    /// # Errors
    /// If there is one with that code, or of that name below the same city.
    pub fn with_region(&self, new: Region) -> Result<Self, Vec<FieldProblem>> {
        let letters = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let same_name =
            |region: &&Region| region.parent == new.parent && letters(&region.name) == letters(&new.name);
        let taken = self.region(&new.code).map(|region| ("/code", region));
        let taken = taken.or_else(|| self.regions.iter().find(same_name).map(|region| ("/name", region)));
        if let Some((pointer, region)) = taken {
            return Err(vec![FieldProblem::new(
                pointer,
                "duplicate",
                format!("目录中已有{}（{}）", self.region_name(&region.code), region.code),
                format!("The catalogue has {} ({}) already", region.name, region.code),
            )]);
        }
        let mut regions = self.regions.clone();
        regions.push(new);
        regions.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(Self { regions, ..self.clone() })
    }

    /// The table of chains that [`Catalogue::with_chains_csv`] reads, to be edited.
    pub fn chains_csv(&self) -> String {
        let header = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note";
        let rows = self.chains().map(|(cluster, chain)| {
            let target = if chain.excellence_target { YesNo::Yes } else { YesNo::No };
            [
                cluster.no.to_string(),
                cluster.name.clone(),
                chain.no.to_string(),
                chain.name.clone(),
                target.to_string(),
                chain.advantage.to_string(),
                chain.source_note.clone().unwrap_or_default(),
            ]
        });
        table(header, rows)
    }

    /// The table of regions that [`Catalogue::with_regions_csv`] reads, to be edited.
    pub fn regions_csv(&self) -> String {
        let rows = self.regions.iter().map(|region| {
            [region.code.to_string(), region.name.clone(), region.kind.to_string(), region.parent.to_string()]
        });
        table("code,name,kind,parent", rows)
    }

    /// What a new version changes of this one.
    pub fn changes_to(&self, new: &Self) -> CatalogueChanges {
        let clusters = |catalogue: &Self| -> Fields {
            catalogue.clusters.iter().map(|c| (c.no.to_string(), vec![("name", c.name.clone())])).collect()
        };
        let chains = |catalogue: &Self| -> Fields {
            let fields = |(cluster, chain): (&Cluster, &Chain)| {
                let fields = vec![
                    ("name", chain.name.clone()),
                    ("cluster", cluster.no.to_string()),
                    ("excellence_target", chain.excellence_target.to_string()),
                    ("advantage", chain.advantage.to_string()),
                    ("source_note", chain.source_note.clone().unwrap_or_default()),
                ];
                (chain.no.to_string(), fields)
            };
            catalogue.chains().map(fields).collect()
        };
        let regions = |catalogue: &Self| -> Fields {
            let fields = |region: &Region| {
                let fields = vec![
                    ("name", region.name.clone()),
                    ("kind", region.kind.to_string()),
                    ("parent", region.parent.to_string()),
                ];
                (region.code.to_string(), fields)
            };
            catalogue.regions.iter().map(fields).collect()
        };
        CatalogueChanges {
            clusters: changes(&clusters(self), &clusters(new)),
            chains: changes(&chains(self), &chains(new)),
            regions: changes(&regions(self), &regions(new)),
        }
    }
}

/// A table as CSV (RFC 4180, lines ended by a line feed): cells are quoted where they need it.
fn table<const N: usize>(header: &str, rows: impl Iterator<Item = [String; N]>) -> String {
    let cell = |text: String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let mut csv = format!("{header}\n");
    for row in rows {
        csv.push_str(&row.map(cell).join(","));
        csv.push('\n');
    }
    csv
}

keyword_enum! {
    /// A yes or no of a CSV file.
    pub enum YesNo {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

/// The fields of each thing, by its key.
type Fields = BTreeMap<String, Vec<(&'static str, String)>>;

fn changes(before: &Fields, after: &Fields) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let name = |fields: &[(&str, String)]| fields.first().map(|(_, name)| name.clone());
    let mut found = Vec::new();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => {
                for ((field, old), (_, new)) in old.iter().zip(new) {
                    if old != new {
                        found.push(Change {
                            key: key.clone(),
                            field: Some((*field).to_owned()),
                            before: Some(old.clone()),
                            after: Some(new.clone()),
                        });
                    }
                }
            }
            (old, new) => found.push(Change {
                key: key.clone(),
                field: None,
                before: old.and_then(|fields| name(fields)),
                after: new.and_then(|fields| name(fields)),
            }),
        }
    }
    found
}

fn check_name(problems: &mut Vec<FieldProblem>, pointer: String, name: &str) {
    if name.trim().is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        problems.push(FieldProblem::new(
            pointer,
            "name",
            "名称须为1至60个字",
            "A name has 1 to 60 characters",
        ));
    }
}

fn duplicate(pointer: String) -> FieldProblem {
    FieldProblem::new(pointer, "duplicate", "重复或为零", "Stands twice, or is zero")
}

fn rows<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<Vec<T>, Vec<FieldProblem>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let delimiter = std::str::from_utf8(bytes).map_or(b',', delimiter);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(bytes);
    let heading: csv::StringRecord =
        reader.headers().cloned().unwrap_or_default().iter().map(column).collect();
    reader.set_headers(heading.clone());
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for (index, row) in reader.records().enumerate() {
        match row.and_then(|row| keyed(&row, &heading).deserialize(Some(&heading))) {
            Ok(row) => good.push(row),
            Err(error) => {
                let (zh, en) = fault_of_row(&error, &heading);
                problems.push(FieldProblem::new(
                    format!("/rows/{}", index + 1),
                    "row",
                    format!("第{}行（不含表头）{zh}", index + 1),
                    format!("Row {} (the heading not counted): {en}", index + 1),
                ));
            }
        }
    }
    if good.is_empty() && problems.is_empty() {
        problems.push(FieldProblem::new("/rows", "empty", "表中没有数据", "The table has no rows"));
    }
    if problems.is_empty() { Ok(good) } else { Err(problems) }
}

/// The keys that people write in Chinese.
const KEYS: &[(&str, &str, &str)] = &[
    ("excellence_target", "是", "yes"),
    ("excellence_target", "否", "no"),
    ("advantage", "是", "yes"),
    ("advantage", "否", "no"),
    ("advantage", "未知", "unknown"),
    ("kind", "设区市", "city"),
    ("kind", "县（市、区）", "county"),
    ("kind", "县", "county"),
    ("kind", "开发区", "zone"),
];

/// A row whose keys are as programs write them.
fn keyed(row: &csv::StringRecord, heading: &csv::StringRecord) -> csv::StringRecord {
    let key = |column: &str, cell| KEYS.iter().find(|(of, zh, _)| *of == column && *zh == cell);
    let cells = row.iter().enumerate();
    cells
        .map(|(at, cell)| key(heading.get(at).unwrap_or_default(), cell).map_or(cell, |(.., key)| key))
        .collect()
}

/// What is wrong with a row of a table, for people.
fn fault_of_row(error: &csv::Error, heading: &csv::StringRecord) -> (String, String) {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("有{len}列，表头有{expected_len}列"),
            format!("{}, where the heading has {expected_len}", count(len, "column", "columns")),
        ),
        csv::ErrorKind::Utf8 { .. } => ("不是UTF-8编码".to_owned(), "not in UTF-8".to_owned()),
        csv::ErrorKind::Deserialize { err, .. } => {
            let (column, why) =
                (err.field().and_then(|at| heading.get(usize::try_from(at).ok()?)), err.kind());
            match column {
                Some(column) => (
                    format!("“{column}”列的内容不能识别"),
                    format!("what stands in `{column}` can't be read ({why})"),
                ),
                None if ["missing field", "unknown field"]
                    .iter()
                    .any(|start| why.to_string().starts_with(start)) =>
                {
                    ("缺列或有不认识的列，请核对表头".to_owned(), format!("{why}: look at the heading"))
                }
                None => ("有不能识别的内容".to_owned(), why.to_string()),
            }
        }
        _ => ("不能读取".to_owned(), "can't be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_from_others_of_its_name() {
        let catalogue = jiangsu();
        let name = |code: &str| catalogue.region_name(&code.parse().unwrap());
        assert_eq!((name("320302"), name("320106")), ("徐州市鼓楼区".to_owned(), "南京市鼓楼区".to_owned()));
        assert_eq!((name("320500"), name("320583")), ("苏州市".to_owned(), "苏州市昆山市".to_owned()));
        // A zone's name says its city; that of a district that only sounds like it does not.
        assert_eq!((name("320576"), name("320803")), ("苏州工业园区".to_owned(), "淮安市淮安区".to_owned()));
        assert_eq!(name("999999"), "");
        let names: Vec<String> =
            catalogue.regions.iter().map(|region| catalogue.region_name(&region.code)).collect();
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn a_row_that_cannot_be_read_says_where() {
        let catalogue = jiangsu();
        let told = |table: &str| {
            let problems = if table.starts_with("cluster_no") {
                catalogue.with_chains_csv(table.as_bytes())
            } else {
                catalogue.with_regions_csv(table.as_bytes())
            }
            .unwrap_err();
            format!("{} {}", problems[0].pointer, problems[0].message.zh)
        };
        let chains = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n";
        assert_eq!(
            told(&format!("{chains}一,集群,1,链,yes,yes,")),
            "/rows/1 第1行（不含表头）“cluster_no”列的内容不能识别"
        );
        let regions = "code,name,kind,parent\n";
        assert_eq!(
            told(&format!("{regions}320100,南京市,city,320000,x")),
            "/rows/1 第1行（不含表头）有5列，表头有4列"
        );
        assert_eq!(
            told(&format!("{regions}32x100,南京市,city,320000")),
            "/rows/1 第1行（不含表头）有不能识别的内容"
        );
        assert_eq!(
            told("kode,name,kind,parent\n320100,南京市,city,320000"),
            "/rows/1 第1行（不含表头）缺列或有不认识的列，请核对表头"
        );
    }

    fn jiangsu() -> Catalogue {
        Catalogue::read_json(JIANGSU.as_bytes()).unwrap()
    }

    #[test]
    fn tables_to_be_edited_are_read_again_unchanged() {
        let mut catalogue = jiangsu();
        catalogue.clusters[0].chains[0].source_note = Some("依据“苏政办发”，第2条,\n\"另见\"".to_owned());
        assert_eq!(catalogue.with_chains_csv(catalogue.chains_csv().as_bytes()).unwrap(), catalogue);
        assert_eq!(catalogue.with_regions_csv(catalogue.regions_csv().as_bytes()).unwrap(), catalogue);
    }

    #[test]
    fn the_province_is_as_the_plan_says() {
        let catalogue = jiangsu();
        assert_eq!(catalogue.clusters.len(), 14);
        assert_eq!(catalogue.chains().count(), 50);
        assert_eq!(catalogue.chains().filter(|(_, chain)| chain.excellence_target).count(), 10);
        let advantage = |wanted| catalogue.chains().filter(|(_, chain)| chain.advantage == wanted).count();
        assert_eq!(
            (advantage(Advantage::Yes), advantage(Advantage::No), advantage(Advantage::Unknown)),
            (11, 0, 39)
        );
        // Beside those of the plan one is reported by the press, which its source says.
        let reported = |chain: &Chain| chain.advantage == Advantage::Yes && !chain.excellence_target;
        assert!(catalogue.chains().all(|(_, c)| !c.excellence_target || c.advantage == Advantage::Yes));
        assert!(catalogue.chains().all(|(_, c)| reported(c) == c.source_note.is_some()));
        let kind = |wanted| catalogue.regions.iter().filter(|region| region.kind == wanted).count();
        assert_eq!((kind(RegionKind::City), kind(RegionKind::County), kind(RegionKind::Zone)), (13, 95, 9));
        let code = |text: &str| text.parse::<RegionCode>().unwrap();
        assert_eq!(catalogue.city_of(&code("320576")), Some(&code("320500")));
        assert_eq!(catalogue.city_of(&code("320600")), Some(&code("320600")));
        assert_eq!(catalogue.city_of(&code("310000")), None);
    }

    #[test]
    fn contradictions_are_found() {
        let codes = |change: fn(&mut Catalogue)| {
            let mut catalogue = jiangsu();
            change(&mut catalogue);
            catalogue.check().iter().map(|p| (p.pointer.clone(), p.code)).collect::<Vec<_>>()
        };
        let found = |pointer: &str, code| vec![(pointer.to_owned(), code)];
        assert_eq!(codes(|c| c.clusters[1].no = 1), found("/clusters/1/no", "duplicate"));
        assert_eq!(
            codes(|c| c.clusters[1].chains[0].no = ChainNumber(1)),
            found("/clusters/1/chains/0/no", "duplicate")
        );
        assert_eq!(
            codes(|c| c.clusters[0].chains[1].name = "特高压设备".into()),
            found("/clusters/0/chains/1/name", "duplicate")
        );
        assert_eq!(
            codes(|c| c.clusters[0].chains[0].advantage = Advantage::No),
            found("/clusters/0/chains/0/advantage", "contradiction")
        );
        assert_eq!(
            codes(|c| c.regions[1].parent = c.regions[2].code.clone()),
            found("/regions/1/parent", "parent")
        );
        assert_eq!(
            codes(|c| c.regions[2].code = c.regions[1].code.clone()),
            found("/regions/2/code", "duplicate")
        );
        assert_eq!(codes(|c| c.regions[0].name = " ".into()), found("/regions/0/name", "name"));
    }

    #[test]
    fn a_table_replaces_its_own_part_and_changes_are_listed() {
        let catalogue = jiangsu();
        let csv = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n\
                   1,新能源,1,特高压设备,yes,yes,\n1,新能源,2,光伏,no,no,某文件\n";
        let new = catalogue.with_chains_csv(format!("\u{feff}{csv}").as_bytes()).unwrap();
        assert_eq!(new.regions, catalogue.regions);
        assert!(new.check().is_empty());
        let changes = catalogue.changes_to(&new);
        assert!(changes.regions.is_empty());
        assert_eq!(changes.clusters.len(), 14);
        let chain_2: Vec<_> = changes.chains.iter().filter(|change| change.key == "2").collect();
        assert_eq!(chain_2.len(), 3);
        assert_eq!(chain_2[0].before.as_deref(), Some("晶硅光伏"));
        assert_eq!(changes.chains.iter().filter(|change| change.after.is_none()).count(), 48);

        let chinese = csv
            .replace(
                "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note",
                "集群序号,集群名称,产业链序号,产业链名称,是否卓越提升,是否优势产业链,来源",
            )
            .replace("no,no", "否,否");
        assert_eq!(catalogue.with_chains_csv(chinese.as_bytes()).unwrap(), new);
        let wrong = catalogue.with_chains_csv(csv.replace("no,no", "no,maybe").as_bytes()).unwrap_err();
        assert_eq!(wrong[0].pointer, "/rows/2");
        assert!(catalogue.with_regions_csv(b"code,name,kind,parent\n3205,x,city,320000\n").is_err());
        assert!(catalogue.with_regions_csv(b"code,name,kind,parent\n").is_err());
    }
}
