//! Accounts read from a table.

use super::access::Role;
use super::catalogue::{Catalogue, RegionCode, RegionKind};
use super::problem::FieldProblem;
use super::table::{Cells, Table};
use super::typed;

/// The columns of a table of accounts; what is not needed may be left out.
pub const COLUMNS: [&str; 5] = ["account", "name", "role", "region", "email"];
/// The columns that a table of accounts must have.
const NEEDED: [&str; 3] = ["account", "name", "role"];

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
}

/// Reads a table of accounts, whose first row names the columns of [`COLUMNS`]. Roles and regions are names or keywords
/// and codes.
///
/// # Errors
/// All that is wrong, with row (the heading not counted) and column.
pub fn read_accounts(table: &Table, catalogue: &Catalogue) -> Result<Vec<AccountRow>, Vec<FieldProblem>> {
    let headed = table.headed(&COLUMNS, &NEEDED)?;
    let (mut problems, mut accounts) = (Vec::new(), Vec::<AccountRow>::new());
    for cells in headed.rows() {
        let Some(account) = read_account(&cells, catalogue, &mut problems) else { continue };
        if let Some(first) = accounts.iter().find(|first| first.name == account.name) {
            let (first, number) = (first.number, account.number);
            problems.push(FieldProblem::new(
                format!("/rows/{number}/account"),
                "duplicate",
                format!("第{number}行与第{first}行是同一登录名"),
                format!("Rows {first} and {number} have one login name"),
            ));
        }
        accounts.push(account);
    }
    if problems.is_empty() { Ok(accounts) } else { Err(problems) }
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
    Some(AccountRow {
        number: cells.number,
        name: typed::login_name(cells.text("account")),
        display_name: cells.text("name").to_owned(),
        role: role?,
        region,
        email: Some(cells.text("email")).filter(|email| !email.is_empty()).map(str::to_owned),
    })
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
                });
            }
        }
    }
    rows
}
