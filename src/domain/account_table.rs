//! Accounts read from a table.

use std::collections::BTreeMap;

use super::access::{OfficeDuties, OfficeDuty, Role};
use super::catalogue::{Catalogue, RegionCode, RegionKind};
use super::problem::FieldProblem;
use super::table::{Cells, Column, Headed, column};
use super::typed;

/// The columns of a table of accounts.
pub const COLUMNS: [Column; 7] = [
    column("account", &["登录名", "账号"]).needed().means(
        "3至40个小写字母、数字、点、连字符或下划线，以字母开头；已有的登录名表示修改该账号",
        "3 to 40 small letters, digits, dots, hyphens or underscores, a letter first; one that is there is changed",
        "region-320506",
    ),
    column("name", &["姓名或单位", "姓名", "单位"]).needed().means("本人姓名，或单位名称", "Name of the person or the unit", "苏州市吴中区申报"),
    column("role", &["角色"]).needed().means("从可选值中选择", "One of the roles", "申报单位"),
    column("region", &["地区", "地区代码"]).means(
        "申报单位填其地区，设区市审核填设区市，其他角色留空；名称或六位代码",
        "Of applicants and city reviewers: name or code of six digits",
        "苏州市吴中区",
    ),
    column("email", &["邮箱", "电子邮箱"]).means("用于接收通知和催办", "For notices and reminders", "wuzhong@example.org"),
    column("phone", &["电话", "联系电话", "手机"]).means("联系电话", "Telephone", "0512-65250000转801"),
    column("duties", &["职责", "办公室职责"]).means(
        "领导小组办公室的账号可填经办、审核、签发，多项以顿号分隔；不分工的和其他角色留空",
        "Of the office: prepare, review, issue, with commas between; empty where duties are not divided, and for other roles",
        "经办、审核",
    ),
];

/// An account of an imported table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Which row, from 1, the heading not counted.
    pub number: usize,
    /// The login name.
    pub name: String,
    pub display_name: String,
    pub role: Role,
    pub region: Option<RegionCode>,
    /// Where letters go; none: as it is.
    pub email: Option<String>,
    /// How it is called by telephone; none: as it is.
    pub phone: Option<String>,
    /// Its duties within the office; none: as they are.
    pub duties: Option<OfficeDuties>,
}

/// Reads the rows of a table of accounts. Roles and regions are names or keywords and codes. All that is wrong is noted with
/// row (the heading not counted) and column.
pub fn read_accounts(
    headed: &Headed<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<FieldProblem>,
) -> Vec<AccountRow> {
    let mut accounts = Vec::<AccountRow>::new();
    let mut first_of = BTreeMap::new();
    for cells in headed.rows() {
        let Some(account) = read_account(&cells, catalogue, problems) else { continue };
        let number = account.number;
        let first = *first_of.entry(account.name.clone()).or_insert(number);
        if first != number {
            problems.push(FieldProblem::new(
                format!("/rows/{number}/account"),
                "duplicate",
                format!("第{number}行与第{first}行是同一登录名"),
                format!("Rows {first} and {number} have one login name"),
            ));
        }
        accounts.push(account);
    }
    accounts
}

/// The account of a row; what is wrong is noted.
fn read_account(
    cells: &Cells<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<FieldProblem>,
) -> Option<AccountRow> {
    let role = Role::named(cells.text("role"));
    if role.is_none() {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.names().0).collect();
        let known = known.join("、");
        let keywords: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        problems.push(cells.wrong(
            "role",
            &format!("角色应为{known}之一"),
            &format!("a role is one of {}", keywords.join(", ")),
        ));
    }
    let region = Some(cells.text("region")).filter(|text| !text.is_empty());
    let region = region.map(|text| cells.region(catalogue, "region", text));
    let region = match region.transpose() {
        Ok(region) => region,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let duties = read_duties(cells.text("duties"));
    if duties.is_none() {
        problems.push(cells.wrong(
            "duties",
            "职责应为经办、审核、签发中的一项或几项",
            "duties are prepare, review, issue",
        ));
    }
    Some(AccountRow {
        number: cells.number,
        name: typed::login_name(cells.text("account")),
        display_name: cells.text("name").to_owned(),
        role: role?,
        region,
        email: Some(cells.text("email")).filter(|email| !email.is_empty()).map(str::to_owned),
        phone: Some(typed::phone(cells.text("phone"))).filter(|phone| !phone.is_empty()),
        duties: duties.filter(OfficeDuties::are_divided),
    })
}

/// Duties as people write them; none where one of them is no duty.
fn read_duties(text: &str) -> Option<OfficeDuties> {
    let parts = text.split(['、', ',', '，', ';', '；', '/', ' ']).filter(|part| !part.is_empty());
    parts.map(OfficeDuty::named).collect()
}

/// Duties as tables write them, in Chinese and in English.
pub fn duty_names(duties: &OfficeDuties) -> (String, String) {
    let (zh, en): (Vec<_>, Vec<_>) = duties.iter().map(OfficeDuty::names).unzip();
    (zh.join("、"), en.join(", "))
}

/// A row for each region of a catalogue that none of these accounts files for: the account that it could have. Cities get
/// one of those who review, too.
pub fn rows_for_regions(
    catalogue: &Catalogue,
    is_there: impl Fn(Role, &RegionCode) -> bool,
) -> Vec<AccountRow> {
    let mut rows: Vec<AccountRow> = Vec::new();
    for region in &catalogue.regions {
        for role in [Role::Applicant, Role::CityReviewer] {
            let begins = if role == Role::Applicant { "region" } else { "city" };
            let what = if role == Role::Applicant { "申报" } else { "审核" };
            let fits = role == Role::Applicant || region.kind == RegionKind::City;
            if fits && !is_there(role, &region.code) {
                rows.push(AccountRow {
                    number: rows.len() + 1,
                    name: format!("{begins}-{}", region.code),
                    display_name: format!("{}{what}", catalogue.region_name(&region.code)),
                    role,
                    region: Some(region.code.clone()),
                    email: None,
                    phone: None,
                    duties: None,
                });
            }
        }
    }
    rows
}
