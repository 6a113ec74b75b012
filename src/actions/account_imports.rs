//! Accounts in bulk: from a table, or one for every region that has none.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::{
    InvitationView, Invitations, Invite, VALID_DAYS, check_duties, check_email, check_names,
    check_phone_if_any, check_region, check_valid_days, kept_by, new_account, open, store_change,
};
use super::imports::{Preview, SentTable, table_of};
use super::messages::Owners;
use super::{Act, RequestContext, Service};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::accounts::{self, Account};
use crate::domain::access::{Action, Relation};
use crate::domain::account_table::{AccountRow, COLUMNS, duty_names, read_accounts, rows_for_regions};
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::AccountId;
use crate::domain::problem::FieldProblem;
use crate::domain::table::{Described, Table, at_row, described};
use crate::error::{Error, Result, must_be_valid};

/// The most accounts of one import.
const MOST: usize = 1000;

/// Accounts to be opened or changed: exactly one of a table's forms, or `every_region`.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ImportAccounts {
    #[serde(default)]
    pub csv: Option<String>,
    /// The bytes of an Excel workbook (.xlsx), or of a CSV file in UTF-8, UTF-16 or GB18030, in base64.
    #[serde(default)]
    pub xlsx: Option<String>,
    /// Which sheet of the workbook, by its name; needed where several that are not hidden have anything in them.
    #[serde(default)]
    #[schemars(length(max = 31))]
    pub worksheet: Option<String>,
    /// An account for each region that has none to file with, and for each city that has none to review with.
    #[serde(default)]
    pub every_region: bool,
    /// Whether an empty cell clears address, telephone number and duties; it leaves them else.
    #[serde(default)]
    pub clear_empty: bool,
    /// Whether the one-time links go by mail to the addresses that are known; those without one are told in the answer.
    #[serde(default)]
    pub by_letter: bool,
    /// For how many days the one-time links are good, 1 to 30; seven, unless told.
    #[serde(default)]
    #[schemars(range(min = 1, max = 30))]
    pub valid_days: Option<u8>,
}

impl ImportAccounts {
    pub(crate) fn table(&self) -> SentTable {
        SentTable { csv: self.csv.clone(), xlsx: self.xlsx.clone(), worksheet: self.worksheet.clone() }
    }
}

/// What an import did. The secrets are told once and not stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ImportedAccountsView {
    /// Accounts that were opened, each with its one-time link.
    pub invitations: Vec<InvitationView>,
    /// Accounts of the same login names whose name for people or address was changed.
    pub changed: u32,
    /// Accounts that were so already.
    pub unchanged: u32,
    /// Rows and columns of the workbook that are hidden and were imported all the same.
    pub hidden: u32,
}

/// Where accounts come from.
enum Source {
    Table(Table),
    EveryRegion,
}

impl Source {
    async fn of(import: ImportAccounts) -> Result<Self> {
        match (import.every_region, &import.csv, &import.xlsx) {
            (true, None, None) => Ok(Self::EveryRegion),
            (true, ..) => Err(Error::invalid_field(
                "",
                "one_content",
                "请提供且仅提供一种内容",
                "Give exactly one content of this kind",
            )),
            (false, ..) => Ok(Self::Table(table_of(import.table()).await?)),
        }
    }

    fn rows(
        &self,
        conn: &mut Conn,
        catalogue: &Catalogue,
        problems: &mut Vec<FieldProblem>,
    ) -> Result<Vec<AccountRow>> {
        let rows = match self {
            Self::Table(table) => {
                read_accounts(&table.headed(&COLUMNS).map_err(Error::invalid)?, catalogue, problems)
            }
            Self::EveryRegion => {
                let there = accounts::bound(conn)?;
                rows_for_regions(catalogue, |role, region| there.contains(&(role, region.clone())))
            }
        };
        if rows.len() > MOST {
            return Err(Error::invalid_field(
                "/rows",
                "too_many",
                format!("一次至多{MOST}个账号"),
                format!("At most {MOST} accounts at a time"),
            ));
        }
        Ok(rows)
    }

    /// Whether the table has a column.
    fn has(&self, column: &str) -> bool {
        match self {
            Self::Table(table) => table.headed(&COLUMNS).is_ok_and(|headed| headed.has(column)),
            Self::EveryRegion => false,
        }
    }

    fn hidden(&self) -> u32 {
        match self {
            Self::Table(table) => table.hidden,
            Self::EveryRegion => 0,
        }
    }
}

/// What is wrong with the account of a row.
fn check(
    context: &RequestContext,
    row: &AccountRow,
    before: Option<&Account>,
    catalogue: &Catalogue,
) -> Vec<FieldProblem> {
    let mut problems = check_names(&row.name, &row.display_name);
    problems.extend(check_email(row.email.as_deref()));
    problems.extend(check_phone_if_any(row.phone.as_deref()));
    problems.extend(kept_by(context, Action::InviteAccount, row.role));
    problems.extend(check_region(catalogue, row.role, row.region.as_ref()));
    problems.extend(row.duties.iter().flat_map(|duties| check_duties(row.role, duties)));
    let fixed =
        before.filter(|before| before.role != row.role || before.region != row.region || before.machine);
    if fixed.is_some() {
        problems.push(FieldProblem::new(
            "/role",
            "account_differs",
            "已有同名账号，角色或地区不同；角色和地区不能更改，请换一个登录名",
            "There is an account of this login name with another role or region, which can't be changed: choose another name",
        ));
    }
    let column = |pointer| match pointer {
        "/name" => "account",
        "/display_name" => "name",
        "/region_code" => "region",
        other => other.trim_start_matches('/').split('/').next().unwrap_or_default(),
    };
    problems.iter().map(|problem| at_row(problem, row.number, column(problem.pointer.as_str()))).collect()
}

/// What a table of accounts holds of one.
fn described_account(account: &Account, catalogue: &Catalogue) -> [Described; 6] {
    let region = account.region.as_ref().map_or_else(String::new, |code| catalogue.region_name(code));
    let (zh, en) = account.role.names();
    [
        described("姓名或单位", "name", &account.display_name),
        (("角色", "role"), (zh.to_owned(), en.to_owned())),
        described("地区", "region", region),
        described("邮箱", "e-mail", account.email.as_deref().unwrap_or_default()),
        described("电话", "telephone", account.phone.as_deref().unwrap_or_default()),
        (("职责", "duties"), duty_names(&account.duties)),
    ]
}

/// Which fields an empty cell clears.
struct Clears {
    email: bool,
    phone: bool,
    duties: bool,
}

/// The account with what a row says anew of it. Role and region are never other ones.
fn over(row: &AccountRow, before: &Account, clears: &Clears) -> Account {
    let mut account = before.clone();
    row.display_name.trim().clone_into(&mut account.display_name);
    if row.email.is_some() || clears.email {
        account.email_confirmed &= account.email == row.email;
        account.email.clone_from(&row.email);
    }
    if row.phone.is_some() || clears.phone {
        account.phone.clone_from(&row.phone);
    }
    if row.duties.is_some() || clears.duties {
        account.duties = row.duties.clone().unwrap_or_default();
    }
    account
}

/// The account that a row opens.
fn account_of(row: &AccountRow, clock: &Clock, act: &Act<'_>) -> Account {
    let invite = Invite {
        name: row.name.clone(),
        display_name: row.display_name.clone(),
        role: row.role,
        region_code: row.region.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        duties: row.duties.clone().unwrap_or_default(),
        by_letter: false,
        valid_days: None,
    };
    new_account(AccountId(clock.new_id()), &invite, act.now)
}

/// Opens the accounts of a table, and changes names and addresses of those that are there: all of it or nothing, once what
/// it does has been confirmed. A login name says which account is meant.
///
/// # Errors
/// If the caller is no administrator, or anything is wrong in any row (all of it is listed).
pub async fn import(
    service: &Service,
    context: &Arc<RequestContext>,
    import: ImportAccounts,
) -> Result<ImportedAccountsView> {
    must_be_valid(check_valid_days(import.valid_days))?;
    let days = import.valid_days.unwrap_or(VALID_DAYS);
    let clear = import.clear_empty;
    let inviting = Invitations::of(service, import.by_letter)?;
    let source = Source::of(import).await?;
    let (cache, clock, owners) = (service.cache.clone(), service.clock.clone(), Owners::of(service));
    service
        .write(context, Action::InviteAccount, move |conn, act| {
            act.enter_service(conn)?;
            act.on("accounts", "");
            act.context.may(Action::InviteAccount, Relation::General)?;
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            let mut problems = Vec::new();
            let rows = source.rows(conn, &catalogue, &mut problems)?;
            let mut known = Vec::with_capacity(rows.len());
            for row in rows {
                let before = accounts::by_name(conn, &row.name)?;
                problems.extend(check(act.context, &row, before.as_ref(), &catalogue));
                known.push((row, before));
            }
            must_be_valid(problems)?;
            let clears = Clears {
                email: clear && source.has("email"),
                phone: clear && source.has("phone"),
                duties: clear && source.has("duties"),
            };
            let (mut preview, mut invitations) = (Preview::default(), Vec::new());
            for (row, before) in known {
                let number = row.number;
                let account = match &before {
                    Some(before) => over(&row, before, &clears),
                    None => account_of(&row, &clock, act),
                };
                let after = described_account(&account, &catalogue);
                let Some(before) = before else {
                    preview.adds(act, number, &account.name, &after);
                    invitations.push(open(conn, act, &inviting, account, days)?);
                    continue;
                };
                let was = described_account(&before, &catalogue);
                if was == after {
                    preview.unchanged += 1;
                    continue;
                }
                preview.changes(act, number, &before.name, (&was, &after));
                store_change(conn, act, &owners, &before, &account)?;
            }
            preview.leaves(act, &[]);
            let Preview { changed, unchanged, .. } = preview;
            let view = ImportedAccountsView { invitations, changed, unchanged, hidden: source.hidden() };
            // Nobody looks at a table row by row before it is sent.
            act.insist();
            act.changed(None, None);
            let names: Vec<&str> = view.invitations.iter().map(|one| one.account.name.as_str()).collect();
            act.detail("opened", &names);
            act.detail("changed", &view.changed);
            Ok(view)
        })
        .await
}

/// The accounts that regions have not got, as a table could open them, and the catalogue that they are of.
///
/// # Errors
/// If the caller is no administrator.
pub async fn missing(
    service: &Service,
    context: &Arc<RequestContext>,
) -> Result<(Vec<AccountRow>, Arc<Catalogue>)> {
    let cache = service.cache.clone();
    service
        .read(context, Action::InviteAccount, "accounts/".to_owned(), move |conn, context| {
            context.may(Action::InviteAccount, Relation::General)?;
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            Ok((Source::EveryRegion.rows(conn, &catalogue, &mut Vec::new())?, catalogue))
        })
        .await
}
