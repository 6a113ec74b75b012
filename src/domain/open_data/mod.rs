//! Open data: what the public may use again, as tables that programs read. Every row says regions and chains by their codes
//! and by their names, so that two districts of one name can't be taken for each other.

mod counts;
mod guide;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::announcement::{Announcement, TitleStanding, csv_cell};
use crate::domain::application::MemberRole;
use crate::domain::catalogue::{Advantage, Catalogue, ChainNumber, RegionCode, RegionKind};
use crate::domain::ids::{ApplicationId, CompetitionId, TitleId};
use crate::domain::keyword::keyword_enum;
use crate::domain::lengths;
use crate::domain::notice::{PublicEntry, PublicMember};
use crate::domain::problem::FieldProblem;
use crate::domain::text::check_text;

pub use self::counts::{CountRow, counts};
pub use self::guide::{FIELDS, FieldKind, OpenField};

/// Under which terms what is published may be used again. Both empty: nothing was said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Licence {
    /// What people call it.
    #[serde(default)]
    #[schemars(length(max = lengths::TITLE))]
    pub name: String,
    /// Where it stands, by which programs know it too.
    #[serde(default)]
    #[schemars(length(max = lengths::LINE))]
    pub url: String,
}

impl Licence {
    /// Whether nothing is said.
    pub fn is_none(&self) -> bool {
        self.name.is_empty()
    }

    /// What is wrong with it, below a pointer.
    pub fn check(&self, at: &str) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        check_text(&mut problems, &format!("{at}/name"), &self.name, 0, lengths::TITLE);
        check_text(&mut problems, &format!("{at}/url"), &self.url, 0, lengths::LINE);
        let begins = ["https://", "http://"].iter().any(|start| self.url.starts_with(start));
        let whole = begins && self.url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if !self.url.is_empty() && !whole {
            problems.push(FieldProblem::new(
                format!("{at}/url"),
                "wrong_value",
                "须为完整的网址，不含空格和汉字",
                "A whole web address, without blanks and Chinese characters",
            ));
        }
        if self.name.is_empty() && !self.url.is_empty() {
            problems.push(FieldProblem::new(
                format!("{at}/name"),
                "required",
                "填写了网址时，须写明许可协议的名称",
                "Name the licence that stands at this address",
            ));
        }
        problems
    }
}

keyword_enum! {
    /// A table of open data.
    pub enum OpenTable {
        /// The winners of a competition.
        Winners = "winners",
        /// The regions that won together, one a row.
        Members = "members",
        /// Every ranked application, where the competition discloses the ranking.
        Ranking = "ranking",
        /// How many of its names come from where.
        Statistics = "statistics",
        /// Titles of all competitions, as they stand.
        Titles = "titles",
        /// The key chains of the newest catalogue.
        Chains = "chains",
        /// Its regions.
        Regions = "regions",
    }
}

/// A chain, its cluster, and a region with its city: empty where nobody can say which it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    pub chain_number: Option<ChainNumber>,
    pub chain_name: String,
    pub cluster_number: Option<u16>,
    pub cluster_name: Option<String>,
    pub region_code: Option<RegionCode>,
    /// Its city's name before it.
    pub region_name: String,
    pub city_code: Option<RegionCode>,
    pub city_name: Option<String>,
}

impl Whereabouts {
    /// Of a chain by its number, or on older lists by its name, and of a lead region by its code.
    fn of(
        catalogue: &Catalogue,
        chain: (Option<ChainNumber>, &str),
        region: Option<&RegionCode>,
        name: &str,
    ) -> Self {
        let mut known = catalogue.chains();
        let found =
            known.find(|(_, known)| chain.0.map_or(known.name == chain.1, |number| known.no == number));
        let city = region.and_then(|code| catalogue.city_of(code)).and_then(|code| catalogue.region(code));
        Self {
            chain_number: found.map(|(_, chain)| chain.no),
            chain_name: chain.1.to_owned(),
            cluster_number: found.map(|(cluster, _)| cluster.no),
            cluster_name: found.map(|(cluster, _)| cluster.name.clone()),
            region_code: region.cloned(),
            region_name: name.to_owned(),
            city_code: city.map(|city| city.code.clone()),
            city_name: city.map(|city| city.name.clone()),
        }
    }
}

/// A winner.
#[derive(Clone, Debug, Serialize)]
pub struct WinnerRow {
    pub competition_id: CompetitionId,
    pub announcement_number: i32,
    /// Where it stands on the list, from 1.
    pub position: usize,
    pub award: String,
    pub award_name: String,
    pub application_id: ApplicationId,
    pub title: String,
    #[serde(flatten)]
    pub whereabouts: Whereabouts,
    pub track: String,
    pub place: Option<u64>,
    pub score: Option<String>,
    pub valid_from: NaiveDate,
    pub valid_until: NaiveDate,
}

/// A region that takes part in a winner.
#[derive(Clone, Debug, Serialize)]
pub struct MemberRow {
    pub competition_id: CompetitionId,
    pub application_id: ApplicationId,
    pub is_lead: bool,
    pub role: MemberRole,
    pub region_code: RegionCode,
    pub region_name: String,
    pub city_code: Option<RegionCode>,
    pub city_name: Option<String>,
}

/// A ranked application.
#[derive(Clone, Debug, Serialize)]
pub struct RankingRow {
    pub competition_id: CompetitionId,
    pub track: String,
    pub place: u64,
    pub title: String,
    #[serde(flatten)]
    pub whereabouts: Whereabouts,
    pub score: String,
}

/// A title as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct TitleRow {
    pub title_id: TitleId,
    pub competition_id: CompetitionId,
    pub application_id: ApplicationId,
    pub award_name: String,
    pub title: String,
    #[serde(flatten)]
    pub whereabouts: Whereabouts,
    pub standing: TitleStanding,
    pub valid_from: NaiveDate,
    pub valid_until: NaiveDate,
}

/// A key chain.
#[derive(Clone, Debug, Serialize)]
pub struct ChainRow {
    pub chain_number: ChainNumber,
    pub chain_name: String,
    pub cluster_number: u16,
    pub cluster_name: String,
    pub excellence_target: bool,
    pub advantage: Advantage,
}

/// A region.
#[derive(Clone, Debug, Serialize)]
pub struct RegionRow {
    pub region_code: RegionCode,
    pub region_name: String,
    pub kind: RegionKind,
    pub city_code: Option<RegionCode>,
    pub city_name: Option<String>,
}

/// The winners of an announcement, in its order.
pub fn winners(announcement: &Announcement, catalogue: &Catalogue) -> Vec<WinnerRow> {
    let row = |(index, entry): (usize, &PublicEntry)| {
        let (valid_from, valid_until) = announcement.validity_of(entry.application);
        WinnerRow {
            competition_id: announcement.competition,
            announcement_number: announcement.number,
            position: index + 1,
            award: entry.award.clone(),
            award_name: entry.award_name.clone(),
            application_id: entry.application,
            title: entry.title.clone(),
            whereabouts: whereabouts(
                catalogue,
                entry.chain_number,
                &entry.chain,
                &entry.members,
                &entry.region,
            ),
            track: entry.track.clone(),
            place: entry.place,
            score: entry.score.clone(),
            valid_from,
            valid_until,
        }
    };
    announcement.winners.iter().enumerate().map(row).collect()
}

fn whereabouts(
    catalogue: &Catalogue,
    number: Option<ChainNumber>,
    chain: &str,
    members: &[PublicMember],
    region: &str,
) -> Whereabouts {
    Whereabouts::of(catalogue, (number, chain), members.first().map(|lead| &lead.code), region)
}

/// The regions of an announcement's winners, each winner's lead first.
pub fn members(announcement: &Announcement, catalogue: &Catalogue) -> Vec<MemberRow> {
    let of = |entry: &PublicEntry| {
        let row = |(index, member): (usize, &PublicMember)| {
            let city = catalogue.city_of(&member.code).and_then(|code| catalogue.region(code));
            MemberRow {
                competition_id: announcement.competition,
                application_id: entry.application,
                is_lead: index == 0,
                role: member.role,
                region_code: member.code.clone(),
                region_name: member.name.clone(),
                city_code: city.map(|city| city.code.clone()),
                city_name: city.map(|city| city.name.clone()),
            }
        };
        entry.members.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    announcement.winners.iter().flat_map(of).collect()
}

/// The ranking of an announcement; none where the competition does not disclose it.
pub fn ranking(announcement: &Announcement, catalogue: &Catalogue) -> Option<Vec<RankingRow>> {
    let rows = announcement.ranking.as_ref()?.iter().map(|entry| {
        let number = entry.chain_number;
        let name = number.map_or("", |number| catalogue.chain_name(number));
        RankingRow {
            competition_id: announcement.competition,
            track: entry.track.clone(),
            place: entry.place,
            title: entry.title.clone(),
            whereabouts: Whereabouts::of(
                catalogue,
                (number, name),
                entry.region_code.as_ref(),
                &entry.region,
            ),
            score: entry.score.clone(),
        }
    });
    Some(rows.collect())
}

/// A title as a row; its chain and regions as `catalogue` has them.
pub fn title(
    (title_id, competition_id): (TitleId, CompetitionId),
    content: &crate::domain::announcement::TitleContent,
    (standing, valid_from, valid_until): (TitleStanding, NaiveDate, NaiveDate),
    catalogue: &Catalogue,
) -> TitleRow {
    let region = content.regions.first().map_or("", String::as_str);
    TitleRow {
        title_id,
        competition_id,
        application_id: content.application,
        award_name: content.award_name.clone(),
        title: content.title.clone(),
        whereabouts: whereabouts(catalogue, content.chain_number, &content.chain, &content.members, region),
        standing,
        valid_from,
        valid_until,
    }
}

/// The key chains of a catalogue, in its order.
pub fn chains(catalogue: &Catalogue) -> Vec<ChainRow> {
    let row =
        |(cluster, chain): (&crate::domain::catalogue::Cluster, &crate::domain::catalogue::Chain)| ChainRow {
            chain_number: chain.no,
            chain_name: chain.name.clone(),
            cluster_number: cluster.no,
            cluster_name: cluster.name.clone(),
            excellence_target: chain.excellence_target,
            advantage: chain.advantage,
        };
    catalogue.chains().map(row).collect()
}

/// The regions of a catalogue, in its order.
pub fn regions(catalogue: &Catalogue) -> Vec<RegionRow> {
    let row = |region: &crate::domain::catalogue::Region| {
        let city = catalogue.city_of(&region.code).and_then(|code| catalogue.region(code));
        RegionRow {
            region_code: region.code.clone(),
            region_name: catalogue.region_name(&region.code),
            kind: region.kind,
            city_code: city.map(|city| city.code.clone()),
            city_name: city.map(|city| city.name.clone()),
        }
    };
    catalogue.regions.iter().map(row).collect()
}

/// A row of a table of open data.
pub trait OpenRow: Serialize {
    const TABLE: OpenTable;
    /// Its columns, in the order of CSV.
    const COLUMNS: &'static [&'static str];
}

macro_rules! open_row {
    ($row:ty, $table:ident, $($column:literal),+) => {
        impl OpenRow for $row {
            const TABLE: OpenTable = OpenTable::$table;
            const COLUMNS: &'static [&'static str] = &[$($column),+];
        }
    };
}

open_row!(
    WinnerRow,
    Winners,
    "competition_id",
    "announcement_number",
    "position",
    "award",
    "award_name",
    "application_id",
    "title",
    "chain_number",
    "chain_name",
    "cluster_number",
    "cluster_name",
    "region_code",
    "region_name",
    "city_code",
    "city_name",
    "track",
    "place",
    "score",
    "valid_from",
    "valid_until"
);
open_row!(
    MemberRow,
    Members,
    "competition_id",
    "application_id",
    "is_lead",
    "role",
    "region_code",
    "region_name",
    "city_code",
    "city_name"
);
open_row!(
    RankingRow,
    Ranking,
    "competition_id",
    "track",
    "place",
    "title",
    "chain_number",
    "chain_name",
    "cluster_number",
    "cluster_name",
    "region_code",
    "region_name",
    "city_code",
    "city_name",
    "score"
);
open_row!(
    TitleRow,
    Titles,
    "title_id",
    "competition_id",
    "application_id",
    "award_name",
    "title",
    "chain_number",
    "chain_name",
    "cluster_number",
    "cluster_name",
    "region_code",
    "region_name",
    "city_code",
    "city_name",
    "standing",
    "valid_from",
    "valid_until"
);
open_row!(
    ChainRow,
    Chains,
    "chain_number",
    "chain_name",
    "cluster_number",
    "cluster_name",
    "excellence_target",
    "advantage"
);
open_row!(RegionRow, Regions, "region_code", "region_name", "kind", "city_code", "city_name");

impl OpenTable {
    /// Its columns, in the order of CSV.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Winners => WinnerRow::COLUMNS,
            Self::Members => MemberRow::COLUMNS,
            Self::Ranking => RankingRow::COLUMNS,
            Self::Statistics => CountRow::COLUMNS,
            Self::Titles => TitleRow::COLUMNS,
            Self::Chains => ChainRow::COLUMNS,
            Self::Regions => RegionRow::COLUMNS,
        }
    }

    /// What it is called, in Chinese and English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Winners => ("入选名单", "Winners"),
            Self::Members => ("入选项目的参与地区", "Regions of the winners"),
            Self::Ranking => ("全部排名", "The whole ranking"),
            Self::Statistics => ("统计", "Statistics"),
            Self::Titles => ("称号及其状态", "Titles and how they stand"),
            Self::Chains => ("重点产业链", "Key chains"),
            Self::Regions => ("地区", "Regions"),
        }
    }
}

/// Rows as a file of JSON: the terms of use beside them.
#[derive(Debug, Serialize)]
pub struct OpenRows<R> {
    pub table: OpenTable,
    /// Under which terms the rows may be used again, where it was said.
    #[serde(skip_serializing_if = "Licence::is_none")]
    pub licence: Licence,
    pub rows: Vec<R>,
}

impl<R: OpenRow> OpenRows<R> {
    pub fn new(licence: Licence, rows: Vec<R>) -> Self {
        Self { table: R::TABLE, licence, rows }
    }

    /// The rows as CSV (RFC 4180): UTF-8, the names of the columns first, an empty cell for what is not known.
    pub fn csv(&self) -> String {
        let mut csv = format!("{}\r\n", R::COLUMNS.join(","));
        for row in &self.rows {
            let row = serde_json::to_value(row).unwrap_or_default();
            let cell = |column: &&str| match &row[*column] {
                Value::Null => String::new(),
                Value::String(text) => csv_cell(text),
                other => other.to_string(),
            };
            csv.push_str(&R::COLUMNS.iter().map(cell).collect::<Vec<_>>().join(","));
            csv.push_str("\r\n");
        }
        csv
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::JIANGSU;

    fn whole<R: OpenRow>(row: &R) {
        let row = serde_json::to_value(row).unwrap();
        let mut members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns = R::COLUMNS.to_vec();
        members.sort_unstable();
        columns.sort_unstable();
        assert_eq!(members, columns);
        for column in R::COLUMNS {
            assert!(FIELDS.iter().any(|field| field.name == *column), "{column}");
        }
    }

    fn announcement() -> Announcement {
        let text = include_str!("../../../tests/golden/announcement.json");
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_member_of_a_row_is_a_column_and_in_the_guide() {
        let (catalogue, announcement) = (Catalogue::read_json(JIANGSU.as_bytes()).unwrap(), announcement());
        let winners = winners(&announcement, &catalogue);
        whole(&winners[0]);
        whole(&members(&announcement, &catalogue)[0]);
        whole(&ranking(&announcement, &catalogue).expect("disclosed")[0]);
        whole(&counts(&announcement, &catalogue, |_| None)[0]);
        whole(&chains(&catalogue)[0]);
        whole(&regions(&catalogue)[0]);
        let content: crate::domain::announcement::TitleContent =
            serde_json::from_str(include_str!("../../../tests/golden/title_content.json")).unwrap();
        let (from, until) = (announcement.valid_from, announcement.valid_until);
        let ids = (TitleId(uuid::Uuid::nil()), announcement.competition);
        whole(&title(ids, &content, (TitleStanding::InForce, from, until), &catalogue));
        for field in FIELDS {
            assert!(
                OpenTable::ALL.iter().any(|table| table.columns().contains(&field.name)),
                "{}",
                field.name
            );
        }
    }

    #[test]
    fn two_districts_of_one_name_have_their_own_codes() {
        let catalogue = Catalogue::read_json(JIANGSU.as_bytes()).unwrap();
        let of = |code: &str| {
            let code: RegionCode = code.parse().unwrap();
            let name = catalogue.region_name(&code);
            Whereabouts::of(&catalogue, (Some(ChainNumber(5)), "起重机"), Some(&code), &name)
        };
        let (nanjing, xuzhou) = (of("320106"), of("320302"));
        assert_eq!(nanjing.city_name.as_deref(), Some("南京市"));
        assert_eq!(xuzhou.city_name.as_deref(), Some("徐州市"));
        assert_ne!((nanjing.region_code, nanjing.region_name), (xuzhou.region_code, xuzhou.region_name));
        // On a list of before, by names alone.
        let before = Whereabouts::of(&catalogue, (None, "起重机"), None, "鼓楼区");
        assert_eq!((before.chain_number, before.region_code), (Some(ChainNumber(5)), None));
    }

    #[test]
    fn csv_has_a_heading_without_rows_and_no_formula() {
        let empty = OpenRows::<ChainRow>::new(Licence::default(), Vec::new());
        assert_eq!(
            empty.csv(),
            "chain_number,chain_name,cluster_number,cluster_name,excellence_target,advantage\r\n"
        );
        let row = ChainRow {
            chain_number: ChainNumber(1),
            chain_name: "=1,\"a\"".to_owned(),
            cluster_number: 2,
            cluster_name: "甲".to_owned(),
            excellence_target: true,
            advantage: Advantage::Unknown,
        };
        let rows = OpenRows::new(Licence::default(), vec![row]);
        assert_eq!(rows.csv().lines().nth(1), Some("1,\"'=1,\"\"a\"\"\",2,甲,true,unknown"));
    }

    #[test]
    fn a_licence_is_named_and_stands_on_the_web() {
        let licence = |name: &str, url: &str| Licence { name: name.to_owned(), url: url.to_owned() };
        let codes = |licence: Licence| {
            licence
                .check("/licence")
                .into_iter()
                .map(|problem| (problem.pointer, problem.code))
                .collect::<Vec<_>>()
        };
        assert!(codes(licence("", "")).is_empty());
        assert!(codes(licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")).is_empty());
        assert!(codes(licence("依申请公开", "")).is_empty());
        assert_eq!(codes(licence("", "https://a.example/")), [("/licence/name".into(), "required")]);
        for url in ["javascript:alert(1)", "https://a b", "https://例", "https://a\"b"] {
            assert_eq!(codes(licence("甲", url)), [("/licence/url".into(), "wrong_value")], "{url}");
        }
    }
}
