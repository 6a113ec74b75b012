//! Experts read from a table.

use super::{Employment, ExpertProfile};
use crate::domain::catalogue::Catalogue;
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::table::{Cells, Column, Headed, column};
use crate::domain::typed;

/// The columns of a table of experts.
pub const COLUMNS: [Column; 11] = [
    column("name", &["姓名"]).needed().means("本人姓名", "Name", "张三"),
    column("unit", &["单位", "工作单位"]).needed().means(
        "单位全称；同单位同名即同一人",
        "Unit in full; with the name it tells who it is",
        "南京大学",
    ),
    column("title", &["职称"]).means("专业技术职称", "Professional title", "教授"),
    column("region", &["地区", "单位所在地区"]).means(
        "单位所在地区：名称或六位代码；省外填代码",
        "Region of the unit: its name in the catalogue, or six digits",
        "南京市",
    ),
    column("fields", &["领域"]).means(
        "集群名称或序号，以分号分隔；新专家必填",
        "Names or numbers of clusters, `;` between; new experts must have them",
        "1；3",
    ),
    column("most_load", &["工作量上限"]).means(
        "一届至多评几件；新专家必填",
        "Most applications in one competition; new experts must have it",
        "20",
    ),
    column("available", &["可参加抽取"]).means(
        "是或否；新专家必填",
        "Can be drawn: yes or no; new experts must have it",
        "是",
    ),
    column("employers", &["近三年任职单位", "任职单位"]).means(
        "如“甲公司@2024-06-30；乙公司”；写“无”表示没有",
        "Former employers, such as Firm@2024-06-30;Firm; - is none",
        "无",
    ),
    column("phone", &["电话", "联系电话", "手机"]).means("联系电话", "Telephone", "025-83000000"),
    column("account", &["登录名", "账号"]).means(
        "已开立的专家账号；没有可留空",
        "Login name of the expert's account, if there is one",
        "expert-01",
    ),
    column("verified", &["核实"]).means(
        "与专家库中相近者核实后填：同一人或不同人；平时留空",
        "Once somebody nearly the same in the pool was looked at: same or different; empty else",
        "",
    ),
];

/// What somebody has found out about a row and whoever of the pool is nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// One person, whose unit has changed.
    Same,
    Different,
}

/// Columns that a new expert's row must say something in, as the pool can't do without.
const NEEDED_OF_NEW: [&str; 3] = ["fields", "most_load", "available"];

/// An expert of an imported table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpertRow {
    /// Which row, from 1, the heading not counted.
    pub number: usize,
    /// The profile, as far as the table tells.
    pub profile: ExpertProfile,
    /// The login name of the expert's account, if there is one.
    pub account: Option<String>,
    /// What somebody has found out, where anybody of the pool is nearly the same.
    pub verified: Option<Verified>,
    /// The columns that the row says nothing in: absent ones, and empty cells unless these are to be cleared.
    silent: Vec<&'static str>,
}

impl ExpertRow {
    /// The profile with what the row says nothing of as it was before.
    ///
    /// # Errors
    /// What of a new expert is not said.
    pub fn over(&self, before: Option<&ExpertProfile>) -> Result<ExpertProfile, Vec<FieldProblem>> {
        let mut profile = self.profile.clone();
        let is_silent = |name: &str| self.silent.contains(&name);
        let Some(before) = before else {
            let unsaid =
                COLUMNS.iter().filter(|column| NEEDED_OF_NEW.contains(&column.key) && is_silent(column.key));
            let unsaid: Vec<FieldProblem> = unsaid.map(|column| self.must_say(column)).collect();
            return if unsaid.is_empty() { Ok(profile) } else { Err(unsaid) };
        };
        if is_silent("title") {
            profile.title.clone_from(&before.title);
        }
        if is_silent("region") {
            profile.region.clone_from(&before.region);
        }
        if is_silent("fields") {
            profile.fields.clone_from(&before.fields);
        }
        if is_silent("most_load") {
            profile.most_load = before.most_load;
        }
        if is_silent("available") {
            profile.available = before.available;
        }
        if is_silent("employers") {
            profile.employers.clone_from(&before.employers);
        }
        if is_silent("phone") {
            profile.phone.clone_from(&before.phone);
        }
        Ok(profile)
    }

    fn must_say(&self, column: &Column) -> FieldProblem {
        let (number, key, name) = (self.number, column.key, column.name());
        FieldProblem::new(
            format!("/rows/{number}/{key}"),
            "required",
            format!("第{number}行是新专家，须填写“{name}”"),
            format!("Row {number} is a new expert: `{key}` must be filled in"),
        )
    }
}

/// Reads the rows of a table of experts; all that is wrong is noted, with row (the heading not counted) and column. `fields`
/// are clusters with `;` between them; `employers` is `unit@2024-06-30;unit`, `-` for none; `available` is `yes` or `no`.
/// `distinct`: somebody has looked at those that are nearly the same, and they are different people. `clear`: what is empty
/// is to be emptied.
pub fn read_experts(
    headed: &Headed<'_>,
    catalogue: &Catalogue,
    (distinct, clear): (bool, bool),
    problems: &mut Vec<FieldProblem>,
) -> Vec<ExpertRow> {
    let mut experts: Vec<ExpertRow> = Vec::new();
    let mut seen = People::default();
    for cells in headed.rows() {
        let number = cells.number;
        let says_nothing = |column: &&str| !headed.has(column) || (!clear && cells.text(column).is_empty());
        let silent: Vec<&str> = COLUMNS.iter().map(|column| column.key).filter(says_nothing).collect();
        let expert = read_expert(&cells, silent, catalogue, problems);
        let person = Person::of(&expert.profile);
        match seen.like(&person, |_| true) {
            Some((Likeness::Same, first)) => problems.push(FieldProblem::new(
                format!("/rows/{number}"),
                "duplicate",
                format!("第{number}行与第{first}行是同一人"),
                format!("Rows {first} and {number} are the same person"),
            )),
            Some((_, first)) if !distinct && expert.verified != Some(Verified::Different) => {
                problems.push(FieldProblem::new(
                    format!("/rows/{number}"),
                    "alike",
                    format!("第{number}行与第{first}行姓名、单位相近，请核实是否同一人"),
                    format!(
                        "Rows {first} and {number} are nearly the same: find out whether they are one person"
                    ),
                ));
            }
            _ => {}
        }
        seen.add(person, number);
        experts.push(expert);
    }
    experts
}

/// The expert of a row; what is wrong is noted.
fn read_expert(
    cells: &Cells<'_>,
    silent: Vec<&'static str>,
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
    let is_silent = |name: &str| silent.contains(&name);
    let most_load = typed::number(cells.text("most_load"), &[]).parse().unwrap_or_else(|_| {
        if !is_silent("most_load") {
            problems.push(cells.wrong("most_load", "工作量上限应为整数", "the most load is a whole number"));
        }
        1
    });
    let available = cells.yes_or_no("available").unwrap_or_else(|| {
        if !is_silent("available") {
            problems.push(cells.wrong("available", "“可参加抽取”应为是或否", "must be `yes` or `no`"));
        }
        false
    });
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
        former_units: None,
        phone: typed::phone(cells.text("phone")),
    };
    let at = format!("/rows/{}", cells.number);
    let wrong = profile.check(catalogue).into_iter();
    // What the row says nothing of is looked at once it is known whose row it is.
    let wrong = wrong.filter(|problem| problem.pointer != "/fields" || !is_silent("fields"));
    problems.extend(wrong.map(|problem| problem.under(&at)));
    let account = Some(cells.text("account")).filter(|name| !name.is_empty()).map(typed::login_name);
    let verified = match cells.text("verified") {
        "" => None,
        "同一人" | "same" => Some(Verified::Same),
        "不同人" | "different" => Some(Verified::Different),
        _ => {
            problems.push(cells.wrong(
                "verified",
                "“核实”应为同一人或不同人",
                "must be `same` or `different`",
            ));
            None
        }
    };
    ExpertRow { number: cells.number, profile, account, verified, silent }
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
