//! The catalogue as tables, read and written.

use std::collections::BTreeMap;

use super::Catalogue;
use super::chain::{Advantage, Chain, ChainNumber, Cluster};
use super::region::{Region, RegionCode, RegionKind};
use crate::domain::problem::FieldProblem;
use crate::domain::table::{Cells, Column, Table, column};
use crate::domain::typed;

/// The columns of a table of chains.
pub const CHAIN_COLUMNS: [Column; 7] = [
    column("cluster_no", &["集群序号"]).needed().means("整数", "A whole number", "1"),
    column("cluster_name", &["集群名称"]).needed().means(
        "同一集群各行相同",
        "The same in all rows of a cluster",
        "新型电力（新能源）装备",
    ),
    column("chain_no", &["产业链序号"]).needed().means("整数，不重复", "A whole number, once", "1"),
    column("chain_name", &["产业链名称"]).needed().means("不重复", "Once", "特高压设备"),
    column("excellence_target", &["是否卓越提升", "卓越提升"]).needed().means("是或否", "yes or no", "是"),
    column("advantage", &["是否优势产业链", "优势产业链"]).needed().means(
        "是、否或未知",
        "yes, no or unknown",
        "未知",
    ),
    column("source_note", &["来源"]).means(
        "与目录的来源不同时填写",
        "Where it differs from the catalogue's",
        "",
    ),
];

/// The columns of a table of regions.
pub const REGION_COLUMNS: [Column; 4] = [
    column("code", &["代码", "地区代码"]).needed().means("六位数字，不重复", "Six digits, once", "320506"),
    column("name", &["名称", "地区名称"]).needed().means(
        "批准文件上的全称",
        "In full, as it was approved",
        "吴中区",
    ),
    column("kind", &["类别"]).needed().means(
        "设区市、县（市、区）或开发区",
        "city, county or zone",
        "县（市、区）",
    ),
    column("parent", &["上级代码", "上级", "设区市"]).needed().means(
        "所属设区市的代码或名称；设区市填省的代码",
        "Code or name of the city; of a city the province's code",
        "320500",
    ),
];

impl Catalogue {
    /// The same catalogue with another table of chains.
    ///
    /// # Errors
    /// All that is wrong, with row and column.
    pub fn with_chains(&self, table: &Table) -> Result<Self, Vec<FieldProblem>> {
        let headed = table.headed(&CHAIN_COLUMNS)?;
        let (mut clusters, mut problems) = (BTreeMap::<u16, Cluster>::new(), Vec::new());
        for cells in headed.rows() {
            let Some((no, chain)) = read_chain(&cells, &mut problems) else { continue };
            let name = cells.text("cluster_name");
            let cluster = clusters.entry(no).or_insert_with(|| Cluster {
                no,
                name: name.to_owned(),
                chains: Vec::new(),
            });
            if cluster.name != name {
                let (zh, en) = (format!("集群{no}有两个名称"), format!("cluster {no} has two names"));
                problems.push(cells.wrong("cluster_name", &zh, &en));
            }
            cluster.chains.push(chain);
        }
        let after = Self { clusters: clusters.into_values().collect(), ..self.clone() };
        if problems.is_empty() { Ok(after) } else { Err(problems) }
    }

    /// The same catalogue with another table of regions.
    ///
    /// # Errors
    /// All that is wrong, with row and column.
    pub fn with_regions(&self, table: &Table) -> Result<Self, Vec<FieldProblem>> {
        let headed = table.headed(&REGION_COLUMNS)?;
        let mut problems = Vec::new();
        let regions = headed.rows().filter_map(|cells| self.read_region(&cells, &mut problems)).collect();
        if problems.is_empty() { Ok(Self { regions, ..self.clone() }) } else { Err(problems) }
    }

    fn read_region(&self, cells: &Cells<'_>, problems: &mut Vec<FieldProblem>) -> Option<Region> {
        let code = cells.text("code").parse::<RegionCode>().map_err(|_| {
            problems.push(cells.wrong("code", "代码应为六位数字", "a code has six digits"));
        });
        let kind = read_word(cells, "kind", &KINDS, problems);
        let parent = cells.text("parent");
        let parent = parent.parse().or_else(|_| cells.region(self, "parent", parent));
        let parent = parent.map_err(|wrong| problems.push(wrong));
        Some(Region {
            code: code.ok()?,
            name: cells.text("name").to_owned(),
            kind: kind?,
            parent: parent.ok()?,
        })
    }

    /// The rows of the table of chains, as [`CHAIN_COLUMNS`] has them.
    pub fn chain_rows(&self) -> impl Iterator<Item = [String; 7]> {
        self.chains().map(|(cluster, chain)| {
            let target = if chain.excellence_target { "是" } else { "否" };
            [
                cluster.no.to_string(),
                cluster.name.clone(),
                chain.no.to_string(),
                chain.name.clone(),
                target.to_owned(),
                word_of(&ADVANTAGES, chain.advantage),
                chain.source_note.clone().unwrap_or_default(),
            ]
        })
    }

    /// The rows of the table of regions, as [`REGION_COLUMNS`] has them.
    pub fn region_rows(&self) -> impl Iterator<Item = [String; 4]> {
        self.regions.iter().map(|region| {
            let kind = word_of(&KINDS, region.kind);
            [region.code.to_string(), region.name.clone(), kind, region.parent.to_string()]
        })
    }
}

/// Words of tables with what they mean: as people write them, first as this service does.
type Known<T> = [(&'static str, T)];

const ADVANTAGES: [(&str, Advantage); 3] =
    [("是", Advantage::Yes), ("否", Advantage::No), ("未知", Advantage::Unknown)];
const KINDS: [(&str, RegionKind); 5] = [
    ("设区市", RegionKind::City),
    ("县（市、区）", RegionKind::County),
    ("开发区", RegionKind::Zone),
    ("县", RegionKind::County),
    ("区", RegionKind::County),
];

fn word_of<T: Copy + PartialEq>(known: &Known<T>, meant: T) -> String {
    known.iter().find(|(_, other)| *other == meant).map_or("", |(word, _)| word).to_owned()
}

/// What a word means, in Chinese or as programs write it.
fn read_word<T: Copy + std::str::FromStr>(
    cells: &Cells<'_>,
    column: &str,
    known: &Known<T>,
    problems: &mut Vec<FieldProblem>,
) -> Option<T> {
    let text = cells.text(column);
    let found = known.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant);
    let found = found.or_else(|| text.to_lowercase().parse().ok());
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let zh = format!("“{text}”不能识别，应为{}之一", words.join("、"));
        problems.push(cells.wrong(column, &zh, "this word is not known"));
    }
    found
}

/// The chain of a row, and the number of its cluster.
fn read_chain(cells: &Cells<'_>, problems: &mut Vec<FieldProblem>) -> Option<(u16, Chain)> {
    let mut number = |column: &str| {
        let number = typed::number(cells.text(column), &[]).parse::<u16>().ok();
        if number.is_none() {
            problems.push(cells.wrong(column, "序号应为整数", "a number is a whole one"));
        }
        number
    };
    let (cluster, no) = (number("cluster_no"), number("chain_no"));
    let excellence_target = cells.yes_or_no("excellence_target");
    if excellence_target.is_none() {
        problems.push(cells.wrong("excellence_target", "应为是或否", "must be `yes` or `no`"));
    }
    let advantage = read_word(cells, "advantage", &ADVANTAGES, problems);
    let chain = Chain {
        no: ChainNumber(no?),
        name: cells.text("chain_name").to_owned(),
        excellence_target: excellence_target?,
        advantage: advantage?,
        source_note: Some(cells.text("source_note")).filter(|note| !note.is_empty()).map(str::to_owned),
    };
    Some((cluster?, chain))
}
