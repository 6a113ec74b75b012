//! Experts read from a table.

use super::{Employment, ExpertProfile};
use crate::domain::catalogue::Catalogue;
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::table::{Cells, Table};
use crate::domain::typed;

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
        // Experts come from other provinces, too, whose regions have codes alone.
        text.parse()
            .or_else(|_| cells.region(catalogue, "region", text))
            .map_err(|wrong| problems.push(wrong))
            .ok()
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
                    Some((unit, date)) => (unit, Some(typed::day(date).ok_or(())?)),
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
