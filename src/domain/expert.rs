//! Experts (专家) of the pool, and when one may not judge an application (回避).

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, ChainNumber, RegionCode};
use super::keyword::keyword_enum;
use super::likeness::{Likeness, Name, People, Person};
use super::problem::FieldProblem;
use super::review::{ChiefExpert, ReviewSettings};
use super::table::{Cells, Table};
use super::text::check_text;
use super::typed;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Employment {
    /// The employer's name.
    pub unit: String,
    /// Its last day; absent while it goes on.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// What is known of an expert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExpertProfile {
    pub name: String,
    /// Unit (单位).
    pub unit: String,
    /// Professional title (职称).
    pub title: String,
    /// The region of the unit; absent if not known, and then no conflict check is called clear.
    #[serde(default)]
    pub region: Option<RegionCode>,
    /// Fields: numbers of clusters, at most three.
    pub fields: Vec<u16>,
    /// The most applications that the expert takes on in one competition, 1 to 1000.
    pub most_load: u32,
    /// Whether the expert can be drawn now.
    pub available: bool,
    /// Former employers; `null` if nobody has asked yet, and then no conflict check is called clear.
    #[serde(default)]
    pub employers: Option<Vec<Employment>>,
    #[serde(default, deserialize_with = "typed::read_phone")]
    pub phone: String,
}

/// The most fields of an expert, as expert pools have it.
const MOST_FIELDS: usize = 3;

impl ExpertProfile {
    /// What is wrong with a profile.
    pub fn check(&self, catalogue: &Catalogue) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        check_text(&mut problems, "/name", &self.name, 1, 50);
        check_text(&mut problems, "/unit", &self.unit, 1, 100);
        check_text(&mut problems, "/title", &self.title, 0, 50);
        check_text(&mut problems, "/phone", &self.phone, 0, 30);
        if self.fields.is_empty() || self.fields.len() > MOST_FIELDS {
            problems.push(FieldProblem::new(
                "/fields",
                "out_of_range",
                "应填1至3个领域",
                "One to three fields are needed",
            ));
        }
        for (index, field) in self.fields.iter().enumerate() {
            let known = catalogue.clusters.iter().any(|cluster| cluster.no == *field);
            if !known || self.fields[..index].contains(field) {
                problems.push(FieldProblem::new(
                    format!("/fields/{index}"),
                    "unknown_cluster",
                    "目录中没有该集群，或重复",
                    "Not a cluster of the catalogue, or named twice",
                ));
            }
        }
        if !(1..=1_000).contains(&self.most_load) {
            problems.push(FieldProblem::new(
                "/most_load",
                "out_of_range",
                "应为1至1000",
                "Must be 1 to 1000",
            ));
        }
        for (index, employment) in self.employers.iter().flatten().enumerate() {
            check_text(&mut problems, &format!("/employers/{index}/unit"), &employment.unit, 1, 100);
        }
        problems
    }
}

/// Who has a part in an application: what conflicts are looked for against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    chain: ChainNumber,
    /// The lead and member regions, each with its city.
    regions: Vec<(RegionCode, RegionCode)>,
    /// Names of these regions and of the promotion body.
    bodies: Vec<Name>,
    /// Names of the leading firms.
    firms: Vec<Name>,
}

impl Parties {
    /// The parties: a chain, the lead and member regions, the promotion body, the leading firms.
    pub fn new(
        chain: ChainNumber,
        regions: Vec<RegionCode>,
        promotion_body: String,
        firms: Vec<String>,
        catalogue: &Catalogue,
    ) -> Self {
        let named =
            regions.iter().filter_map(|code| catalogue.region(code)).map(|region| region.name.clone());
        Self {
            chain,
            bodies: named.chain([promotion_body]).map(Name::new).collect(),
            firms: firms.into_iter().map(Name::new).collect(),
            regions: regions
                .into_iter()
                .map(|code| {
                    let city = city_of(&code, catalogue);
                    (code, city)
                })
                .collect(),
        }
    }
}

/// The city of a region; the region itself, where the catalogue knows none.
fn city_of(region: &RegionCode, catalogue: &Catalogue) -> RegionCode {
    catalogue.city_of(region).unwrap_or(region).clone()
}

keyword_enum! {
    /// Why an expert may not judge an application.
    pub enum ConflictKind {
        /// The expert's unit is in a city that takes part.
        SameRegion = "same_region",
        /// The expert's unit is the applicant or its promotion body.
        SameUnit = "same_unit",
        /// An employer of the last years has a part in the application.
        FormerEmployer = "former_employer",
        /// The expert's unit is one of the application's firms.
        NamedFirm = "named_firm",
        /// The expert is the chain's chief expert.
        ChiefExpert = "chief_expert",
        /// Declared by the expert.
        Declared = "declared",
    }
}

impl ConflictKind {
    /// Its name, in Chinese and in English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SameRegion => ("同一设区市", "Same city"),
            Self::SameUnit => ("所在单位为申报单位或推进机构", "Unit is the applicant or its promotion body"),
            Self::FormerEmployer => ("近年任职单位与申报有关", "A recent employer has a part in it"),
            Self::NamedFirm => ("所在单位为申报企业", "Unit is one of its firms"),
            Self::ChiefExpert => ("该产业链首席专家", "Chief expert of the chain"),
            Self::Declared => ("本人声明", "Declared"),
        }
    }
}

/// A reason why an expert may not judge an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// What it was found by, for people.
    pub basis: String,
}

keyword_enum! {
    /// What the check for conflicts could not look at.
    #[schemars(rename = "UncheckedConflict")]
    pub enum Unchecked {
        /// Where the expert's unit is.
        Region = "region",
        /// Where the expert has worked.
        Employers = "employers",
        /// Who the chains' chief experts are.
        ChiefExperts = "chief_experts",
        /// Whether a name that is nearly that of a party is of the same.
        Alike = "alike",
    }
}

keyword_enum! {
    /// What the automatic check for conflicts came to.
    pub enum Clearance {
        /// Everything was looked at and nothing found.
        Clear = "clear",
        /// Nothing was found, but not everything could be looked at.
        Unchecked = "unchecked",
        /// A conflict was found.
        Conflict = "conflict",
    }
}

/// What the check of one expert against one application found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Finding {
    /// What it came to.
    pub clearance: Clearance,
    pub conflicts: Vec<Conflict>,
    /// What could not be looked at.
    pub unchecked: Vec<Unchecked>,
    /// What would be conflicts if names that are nearly the same are the same.
    pub alike: Vec<Conflict>,
}

/// Among the units that have a part in an application, the one that a unit is, or else one that it may be.
fn among<'a>(unit: &Name, parties: &'a [Name]) -> Option<(Likeness, &'a str)> {
    let likeness = parties.iter().map(|party| (party.of_unit(unit), party.given()));
    likeness.filter(|(likeness, _)| *likeness > Likeness::Other).max_by_key(|(likeness, _)| *likeness)
}

/// Whether an employment that ended at `until` still counts on `today`, within `years` years.
fn within_years(until: Option<NaiveDate>, today: NaiveDate, years: u32) -> bool {
    let Some(until) = until else { return true };
    let year = today.year() - i32::try_from(years).unwrap_or(i32::MAX / 2);
    // Three years before 29 February is 28 February.
    let since = today.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28));
    since.is_none_or(|since| until >= since)
}

/// What conflicts of an expert are looked for by, as things stand on a day: names once for many applications.
pub struct ConflictCheck<'a> {
    expert: &'a ExpertProfile,
    unit: Name,
    city: Option<RegionCode>,
    /// Units that employed the expert within the years that count; none where nothing is known.
    employers: Option<Vec<Name>>,
    /// The chains whose chief expert this is, or may be; none where the competition has not said who is.
    chief_of: Option<Vec<(ChainNumber, Likeness)>>,
}

impl<'a> ConflictCheck<'a> {
    /// The check of an expert, as things stand on `today`.
    pub fn new(
        expert: &'a ExpertProfile,
        rules: &ReviewSettings,
        catalogue: &Catalogue,
        today: NaiveDate,
    ) -> Self {
        let counts = |employment: &&Employment| within_years(employment.until, today, rules.employer_years);
        let name = Name::new(expert.name.clone());
        Self {
            expert,
            unit: Name::new(expert.unit.clone()),
            city: expert.region.as_ref().map(|region| city_of(region, catalogue)),
            employers: expert.employers.as_ref().map(|employers| {
                let units = employers.iter().filter(counts).map(|employment| employment.unit.clone());
                units.map(Name::new).collect()
            }),
            chief_of: rules.chief_experts.as_ref().map(|chiefs| {
                let likeness = |chief: &ChiefExpert| name.of_person(&Name::new(chief.name.clone()));
                let all = chiefs.iter().map(|chief| (chief.chain, likeness(chief)));
                all.filter(|(_, likeness)| *likeness > Likeness::Other).collect()
            }),
        }
    }

    /// Looks for conflicts with an application.
    pub fn against(&self, parties: &Parties) -> Finding {
        let (mut conflicts, mut alike, mut unchecked) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = |kind, (likeness, basis): (Likeness, &str)| {
            let list = if likeness == Likeness::Same { &mut conflicts } else { &mut alike };
            list.push(Conflict { kind, basis: basis.to_owned() });
        };
        match &self.city {
            None => unchecked.push(Unchecked::Region),
            Some(city) => {
                if let Some((same, _)) = parties.regions.iter().find(|(_, other)| other == city) {
                    found(ConflictKind::SameRegion, (Likeness::Same, same.as_str()));
                }
            }
        }
        if let Some(party) = among(&self.unit, &parties.bodies) {
            found(ConflictKind::SameUnit, party);
        }
        if let Some(party) = among(&self.unit, &parties.firms) {
            found(ConflictKind::NamedFirm, party);
        }
        match &self.employers {
            None => unchecked.push(Unchecked::Employers),
            Some(employers) => {
                for unit in employers {
                    let parties = [among(unit, &parties.firms), among(unit, &parties.bodies)];
                    if let Some(party) = parties.into_iter().flatten().max_by_key(|(likeness, _)| *likeness) {
                        found(ConflictKind::FormerEmployer, party);
                    }
                }
            }
        }
        match &self.chief_of {
            None => unchecked.push(Unchecked::ChiefExperts),
            Some(chains) => {
                let of_chain = chains.iter().filter(|(chain, _)| *chain == parties.chain);
                if let Some(likeness) = of_chain.map(|(_, likeness)| *likeness).max() {
                    found(ConflictKind::ChiefExpert, (likeness, &self.expert.name));
                }
            }
        }
        if !alike.is_empty() {
            unchecked.push(Unchecked::Alike);
        }
        let clearance = match (conflicts.is_empty(), unchecked.is_empty()) {
            (false, _) => Clearance::Conflict,
            (true, false) => Clearance::Unchecked,
            (true, true) => Clearance::Clear,
        };
        Finding { clearance, conflicts, unchecked, alike }
    }
}

/// The columns of a table of experts; what is not needed may be left out.
pub const COLUMNS: [&str; 10] =
    ["name", "unit", "title", "region", "fields", "most_load", "available", "employers", "phone", "account"];
/// The columns that a table of experts must have.
const NEEDED: [&str; 4] = ["name", "unit", "fields", "most_load"];

/// An expert of an imported table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpertRow {
    /// Which row, from 1, the heading not counted.
    pub number: usize,
    /// The profile, as far as the table tells.
    pub profile: ExpertProfile,
    /// The login name of the expert's account, if there is one.
    pub account: Option<String>,
    /// The columns that the table does not have.
    absent: Vec<&'static str>,
}

impl ExpertRow {
    /// The profile with what the table has no column for as it was before.
    ///
    /// # Errors
    /// If a new expert is not said to be available or not.
    pub fn over(&self, before: Option<&ExpertProfile>) -> Result<ExpertProfile, FieldProblem> {
        let mut profile = self.profile.clone();
        let is_absent = |name: &str| self.absent.contains(&name);
        let Some(before) = before else {
            if is_absent("available") {
                return Err(FieldProblem::new(
                    format!("/rows/{}/available", self.number),
                    "required",
                    format!("第{}行是新专家，须有“可参加抽取”列写明能否参加抽取（是或否）", self.number),
                    format!(
                        "Row {} is a new expert: a column `available` must say `yes` or `no`",
                        self.number
                    ),
                ));
            }
            return Ok(profile);
        };
        if is_absent("title") {
            profile.title.clone_from(&before.title);
        }
        if is_absent("region") {
            profile.region.clone_from(&before.region);
        }
        if is_absent("available") {
            profile.available = before.available;
        }
        if is_absent("employers") {
            profile.employers.clone_from(&before.employers);
        }
        if is_absent("phone") {
            profile.phone.clone_from(&before.phone);
        }
        Ok(profile)
    }
}

/// Reads a table of experts, whose first row names the columns of [`COLUMNS`]. `fields` are cluster numbers with
/// `;` between them; `employers` is `unit@2024-06-30;unit`, `-` for none, empty for not known; `available` is
/// `yes` or `no`. `distinct`: somebody has looked at those that are nearly the same, and they are different people.
///
/// # Errors
/// All that is wrong, with row (the heading not counted) and column.
pub fn read_experts(
    table: &Table,
    catalogue: &Catalogue,
    distinct: bool,
) -> Result<Vec<ExpertRow>, Vec<FieldProblem>> {
    let headed = table.headed(&COLUMNS, &NEEDED)?;
    let absent: Vec<&str> = COLUMNS.into_iter().filter(|column| !headed.has(column)).collect();
    let mut problems = Vec::new();
    let mut experts: Vec<ExpertRow> = Vec::new();
    let mut seen = People::default();
    for cells in headed.rows() {
        let number = cells.number;
        let expert = read_expert(&cells, &absent, catalogue, &mut problems);
        let person = Person::of(&expert.profile);
        match seen.like(&person, |_| true) {
            Some((Likeness::Same, first)) => problems.push(FieldProblem::new(
                format!("/rows/{number}"),
                "duplicate",
                format!("第{number}行与第{first}行是同一人"),
                format!("Rows {first} and {number} are the same person"),
            )),
            Some((_, first)) if !distinct => problems.push(FieldProblem::new(
                format!("/rows/{number}"),
                "alike",
                format!("第{number}行与第{first}行姓名、单位相近，请核实是否同一人"),
                format!(
                    "Rows {first} and {number} are nearly the same: find out whether they are one person"
                ),
            )),
            _ => {}
        }
        seen.add(person, number);
        experts.push(expert);
    }
    if problems.is_empty() { Ok(experts) } else { Err(problems) }
}

/// The expert of a row; what is wrong is noted.
fn read_expert(
    cells: &Cells<'_>,
    absent: &[&'static str],
    catalogue: &Catalogue,
    problems: &mut Vec<FieldProblem>,
) -> ExpertRow {
    let region = Some(cells.text("region")).filter(|text| !text.is_empty());
    let region = region.and_then(|text| {
        let named = || catalogue.regions.iter().find(|region| catalogue.region_name(&region.code) == text);
        let code = text.parse().ok().or_else(|| named().map(|region| region.code.clone()));
        if code.is_none() {
            problems.push(cells.wrong(
                "region",
                "地区应为六位代码，或目录中的全称（如“苏州市昆山市”）",
                "a region is a code of six digits, or a full name of the catalogue",
            ));
        }
        code
    });
    let fields = cells.text("fields").split([';', '；']).map(str::trim).filter(|field| !field.is_empty());
    let named = |field: &str| {
        catalogue.clusters.iter().find(|cluster| cluster.name == field).map(|cluster| cluster.no)
    };
    let fields: Vec<Option<u16>> = fields.map(|field| field.parse().ok().or_else(|| named(field))).collect();
    if fields.contains(&None) {
        problems.push(cells.wrong(
            "fields",
            "领域应为集群名称或序号，以分号分隔",
            "fields are names or numbers of clusters, `;` between them",
        ));
    }
    let most_load = typed::number(cells.text("most_load"), &[]).parse().unwrap_or_else(|_| {
        problems.push(cells.wrong("most_load", "工作量上限应为整数", "the most load is a whole number"));
        1
    });
    let available = match cells.text("available").to_ascii_lowercase().as_str() {
        "yes" | "true" | "是" => true,
        "no" | "false" | "否" => false,
        _ if absent.contains(&"available") => false,
        _ => {
            problems.push(cells.wrong("available", "“可参加抽取”应为是或否", "must be `yes` or `no`"));
            false
        }
    };
    let employers = read_employers(cells.text("employers")).unwrap_or_else(|()| {
        problems.push(cells.wrong("employers", "日期应写作 2024-06-30", "a date is written like 2024-06-30"));
        None
    });
    let profile = ExpertProfile {
        name: cells.text("name").to_owned(),
        unit: cells.text("unit").to_owned(),
        title: cells.text("title").to_owned(),
        region,
        fields: fields.into_iter().flatten().collect(),
        most_load,
        available,
        employers,
        phone: typed::phone(cells.text("phone")),
    };
    let at = format!("/rows/{}", cells.number);
    problems.extend(profile.check(catalogue).into_iter().map(|problem| problem.under(&at)));
    let account = Some(cells.text("account")).filter(|name| !name.is_empty()).map(typed::login_name);
    ExpertRow { number: cells.number, profile, account, absent: absent.to_vec() }
}

fn read_employers(text: &str) -> Result<Option<Vec<Employment>>, ()> {
    match text {
        "" => Ok(None),
        "-" | "无" => Ok(Some(Vec::new())),
        text => {
            let one = |entry: &str| {
                let (unit, until) = match entry.rsplit_once('@') {
                    Some((unit, date)) => (unit, Some(date.trim().parse::<NaiveDate>().map_err(|_| ())?)),
                    None => (entry, None),
                };
                Ok(Employment { unit: unit.trim().to_owned(), until })
            };
            text.split([';', '；'])
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(one)
                .collect::<Result<_, ()>>()
                .map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::JIANGSU;
    use crate::domain::table::Row;

    fn catalogue() -> Catalogue {
        Catalogue::read_json(JIANGSU.as_bytes()).unwrap()
    }

    fn expert() -> ExpertProfile {
        ExpertProfile {
            name: "张三".into(),
            unit: "省产业研究院".into(),
            title: "研究员".into(),
            region: Some("320100".parse().unwrap()),
            fields: vec![6],
            most_load: 20,
            available: true,
            employers: Some(Vec::new()),
            phone: String::new(),
        }
    }

    fn parties() -> Parties {
        let regions = vec!["320576".parse().unwrap(), "320600".parse().unwrap()];
        let firms = vec!["示例（中国）公司".into()];
        Parties::new(ChainNumber(21), regions, "生物医药产业联盟".into(), firms, &catalogue())
    }

    fn kinds(change: impl FnOnce(&mut ExpertProfile, &mut ReviewSettings)) -> (Clearance, Vec<ConflictKind>) {
        let (mut expert, mut rules) =
            (expert(), ReviewSettings { chief_experts: Some(Vec::new()), ..ReviewSettings::default() });
        change(&mut expert, &mut rules);
        let today = NaiveDate::from_ymd_opt(2026, 5, 20).unwrap();
        let finding = ConflictCheck::new(&expert, &rules, &catalogue(), today).against(&parties());
        (finding.clearance, finding.conflicts.into_iter().map(|conflict| conflict.kind).collect())
    }

    #[test]
    fn each_relation_bars() {
        use ConflictKind as K;
        let only = |kind| (Clearance::Conflict, vec![kind]);
        assert_eq!(kinds(|_, _| ()), (Clearance::Clear, vec![]));
        // 昆山 is a county of 苏州, the city of the lead zone.
        assert_eq!(kinds(|e, _| e.region = Some("320583".parse().unwrap())), only(K::SameRegion));
        assert_eq!(kinds(|e, _| e.unit = "生物医药产业联盟".into()), only(K::SameUnit));
        assert_eq!(kinds(|e, _| e.unit = "苏州工业园区".into()), only(K::SameUnit));
        assert_eq!(kinds(|e, _| e.unit = "示例(中国) 公司".into()), only(K::NamedFirm));
        let chief = |name: &str, chain| ChiefExpert { chain: ChainNumber(chain), name: name.into() };
        assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief("张三", 21)])), only(K::ChiefExpert));
        assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief("张三", 22)])), (Clearance::Clear, vec![]));
    }

    #[test]
    fn what_is_nearly_a_party_is_not_clear() {
        let near = (Clearance::Unchecked, vec![]);
        assert_eq!(kinds(|e, _| e.unit = "示例公司".into()), near);
        assert_eq!(kinds(|e, _| e.unit = "生物医药产业联盟秘书处".into()), near);
        assert_eq!(kinds(|e, _| e.unit = "示例【中国】公司".into()).1, [ConflictKind::NamedFirm]);
        let chief = ChiefExpert { chain: ChainNumber(21), name: "张·三".into() };
        assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief])), near);
        let until = Some("2025-05-20".parse().unwrap());
        let employers = Some(vec![Employment { unit: "示例（苏州）公司".into(), until }]);
        assert_eq!(kinds(|e, _| e.employers = employers), near);
    }

    #[test]
    fn an_employment_bars_for_three_years_to_the_day() {
        let until = |date: &str| {
            let until = Some(date.parse().unwrap());
            kinds(|e, _| {
                e.employers = Some(vec![Employment { unit: "示例（中国）公司".into(), until }]);
            })
            .0
        };
        assert_eq!(until("2023-05-20"), Clearance::Conflict);
        assert_eq!(until("2023-05-19"), Clearance::Clear);
        let going_on = Employment { unit: "示例（中国）公司".into(), until: None };
        assert_eq!(kinds(|e, _| e.employers = Some(vec![going_on])).0, Clearance::Conflict);
    }

    #[test]
    fn what_is_not_known_is_not_clear() {
        assert_eq!(kinds(|e, _| e.region = None).0, Clearance::Unchecked);
        assert_eq!(kinds(|e, _| e.employers = None).0, Clearance::Unchecked);
        assert_eq!(kinds(|_, r| r.chief_experts = None).0, Clearance::Unchecked);
    }

    #[test]
    fn a_table_is_read_or_refused_row_by_row() {
        let table = |text: &str| {
            let rows = text.lines().enumerate().map(|(index, line)| Row {
                number: index + 1,
                cells: line.split(',').map(str::to_owned).collect(),
            });
            Table { rows: rows.collect(), ..Table::default() }
        };
        let heading = "name,unit,title,region,fields,most_load,available,employers,phone,account";
        let good = format!(
            "{heading}\n张三,省院,研究员,320100,6;7,20,yes,甲公司@2024-06-30;乙公司,,zhang-san\n李四,省院,,,6,9,no,-,,"
        );
        let rows = read_experts(&table(&good), &catalogue(), false).unwrap();
        assert_eq!(rows[0].profile.fields, [6, 7]);
        assert_eq!(rows[0].profile.employers.as_ref().unwrap()[0].until, "2024-06-30".parse().ok());
        assert_eq!(rows[0].account.as_deref(), Some("zhang-san"));
        assert_eq!(
            (rows[1].profile.employers.clone(), rows[1].profile.region.clone()),
            (Some(Vec::new()), None)
        );
        let bad = format!(
            "{heading}\n,省院,,3201,6;x,a,maybe,甲@May,,\n张三,省院,,,99,9,yes,,,\n张 三,省院,,,1,9,,,,"
        );
        let problems = read_experts(&table(&bad), &catalogue(), false).unwrap_err();
        let pointers: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/rows/1/region",
                "/rows/1/fields",
                "/rows/1/most_load",
                "/rows/1/available",
                "/rows/1/employers",
                "/rows/1/name",
                "/rows/2/fields/0",
                "/rows/3/available",
                "/rows/3"
            ]
        );
        assert_eq!(read_experts(&table("name,x\n"), &catalogue(), false).unwrap_err().len(), 5);
    }

    #[test]
    fn a_table_is_read_as_an_office_writes_it() {
        let row = |number, text: &str| Row { number, cells: text.split(',').map(str::to_owned).collect() };
        let read = |heading: &str, cells: &str| {
            let table = Table { rows: vec![row(1, heading), row(2, cells)], ..Table::default() };
            read_experts(&table, &catalogue(), false).unwrap().remove(0)
        };
        let field = catalogue().clusters[5].clone();
        let chinese = read(
            "姓名,工作单位,领域,工作量上限,可参加抽取,地区,近三年任职单位,联系电话",
            &format!("张三,省产业研究院,{},12,是,苏州市昆山市,无,025-1", field.name),
        );
        let keyed = read(
            "name,unit,fields,most_load,available,region,employers,phone",
            &format!("张三,省产业研究院,{},12,yes,320583,-,025-1", field.no),
        );
        assert_eq!(chinese, keyed);
    }

    #[test]
    fn a_column_that_a_table_lacks_changes_nothing() {
        let row = |number, text: &str| Row { number, cells: text.split(',').map(str::to_owned).collect() };
        let rows = vec![row(1, "name,unit,fields,most_load"), row(2, "张三,省产业研究院,6,12")];
        let rows = read_experts(&Table { rows, ..Table::default() }, &catalogue(), false).unwrap();
        let before = ExpertProfile { available: false, phone: "025-99".into(), ..expert() };
        let after = rows[0].over(Some(&before)).unwrap();
        assert_eq!(after, ExpertProfile { most_load: 12, ..before });
        assert_eq!(rows[0].over(None).unwrap_err().pointer, "/rows/1/available");
    }
}
