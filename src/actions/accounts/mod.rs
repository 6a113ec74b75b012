//! Accounts: administrators keep all of them, the office those of applicants, cities, experts and inspectors.

mod forgotten;
mod invitations;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::ValidateEmail;

pub use self::forgotten::{AllowForgotten, Forgotten, ForgottenView, allow_forgotten, forget, forgotten};
pub use self::invitations::{
    InvitationView, Invite, InviteAgain, InvitedAgainView, invite, invite_again, reset, reset_second_factor,
};
pub(crate) use self::invitations::{
    Invitations, VALID_DAYS, check_valid_days, new_account, new_link, open, with_code,
};
use super::messages::{Owners, tell};
use super::{Act, Page, RequestContext, Service};
use crate::db::Conn;
use crate::db::accounts::{self, Account, Wanted};
use crate::domain::access::{AccountState, Action, OfficeDuties, Relation, Role};
use crate::domain::catalogue::{Catalogue, RegionCode, RegionKind};
use crate::domain::ids::AccountId;
use crate::domain::lengths;
use crate::domain::message::MessageKind;
use crate::domain::problem::FieldProblem;
use crate::domain::text::{check_phone, check_text};
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_current, must_be_valid};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct AccountView {
    pub id: AccountId,
    /// Its login name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    pub role: Role,
    /// Its region, for an applicant or a city reviewer.
    pub region_code: Option<RegionCode>,
    /// Where letters to it go.
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// Whether its owner stands by that address: it was there when the account was opened (of whoever judges it is not), or the
    /// owner entered it. To no other a one-time link goes for a password that was forgotten.
    pub email_confirmed: bool,
    /// How it is called by telephone.
    pub phone: Option<String>,
    /// What it is there for, if it is one of the office; empty where duties are not divided.
    pub duties: OfficeDuties,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether its password has been set: an invitation accepted.
    pub active: bool,
    pub has_second_factor: bool,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            display_name: account.display_name,
            role: account.role,
            region_code: account.region,
            email: account.email,
            email_confirmed: account.email_confirmed,
            phone: account.phone,
            duties: account.duties,
            enabled: account.enabled,
            active: account.password_hash.is_some(),
            has_second_factor: account.second_factor_at.is_some(),
            revision: account.revision,
            created_at: account.created_at,
        }
    }
}

/// A change of an account. Absent members stay as they are.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChangeAccount {
    /// The name for people.
    #[serde(default)]
    #[schemars(length(min = 1, max = lengths::DISPLAY_NAME))]
    pub display_name: Option<String>,
    /// Where letters to it go.
    #[serde(default)]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// How it is called by telephone; empty for not at all.
    #[serde(default, deserialize_with = "typed::read_phone_if_any")]
    #[schemars(length(max = lengths::TAG))]
    pub phone: Option<String>,
    /// What it is there for from now on, if it is one of the office; empty where duties are not divided.
    #[serde(default)]
    pub duties: Option<OfficeDuties>,
    /// Whether it may be used. Disabling ends its sessions.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// What is wrong with the names of an account.
pub(crate) fn check_names(name: &str, display_name: &str) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if !(3..=40).contains(&name.len())
        || !name.starts_with(|first: char| first.is_ascii_lowercase())
        || !name.chars().all(allowed)
    {
        problems.push(FieldProblem::new(
            "/name",
            "not_a_login_name",
            "登录名须为3至40个小写字母、数字、点、连字符或下划线，以字母开头",
            "A login name has 3 to 40 lower-case letters, digits, dots, hyphens and underscores, a letter first",
        ));
    }
    check_text(&mut problems, "/display_name", display_name, 1, lengths::DISPLAY_NAME);
    problems
}

/// What is wrong with an address for letters.
pub(crate) fn check_email(email: Option<&str>) -> Vec<FieldProblem> {
    let wrong = email.is_some_and(|email| !email.validate_email());
    let problem = || FieldProblem::new("/email", "email", "电子邮箱地址无效", "Not an e-mail address");
    wrong.then(problem).into_iter().collect()
}

/// What is wrong with a telephone number.
pub(crate) fn check_phone_if_any(phone: Option<&str>) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    check_phone(&mut problems, "/phone", phone.unwrap_or_default());
    problems
}

/// What is wrong with the duties of an account.
pub(crate) fn check_duties(role: Role, duties: &OfficeDuties) -> Vec<FieldProblem> {
    let wrong = role != Role::Office && duties.are_divided();
    let problem = || {
        FieldProblem::new(
            "/duties",
            "only_of_the_office",
            "只有领导小组办公室的账号分经办、审核、签发",
            "Only accounts of the office have duties",
        )
    };
    wrong.then(problem).into_iter().collect()
}

/// What is wrong with a role whose accounts the caller does not keep.
pub(crate) fn kept_by(context: &RequestContext, action: Action, role: Role) -> Option<FieldProblem> {
    let not_kept = context.may(action, Relation::Account { role }).is_err();
    not_kept.then(|| {
        FieldProblem::new(
            "/role",
            "role_not_kept",
            "办公室只管理申报单位、设区市审核、专家和考察人员的账号，其他角色由系统管理员管理",
            "The office keeps the accounts of applicants, cities, experts and inspectors; others are kept by administrators",
        )
    })
}

/// The roles on whose accounts the caller may do something.
pub(crate) fn roles_kept(context: &RequestContext, action: Action) -> Vec<Role> {
    let may = |role: &Role| context.may(action, Relation::Account { role: *role }).is_ok();
    Role::ALL.iter().copied().filter(may).collect()
}

/// The account of a person, on which the caller may do something.
///
/// # Errors
/// If there is none, or the caller does not keep it.
pub(crate) fn of_person(
    conn: &mut Conn,
    context: &RequestContext,
    id: AccountId,
    action: Action,
) -> Result<Account> {
    context.may(action, Relation::General)?;
    let account = accounts::person(conn, id)?.ok_or_else(Error::not_found)?;
    context.may(action, Relation::Account { role: account.role })?;
    Ok(account)
}

/// What is wrong with the region that a role is bound to.
pub(crate) fn check_region(
    catalogue: &Catalogue,
    role: Role,
    region: Option<&RegionCode>,
) -> Vec<FieldProblem> {
    let known = region.map(|code| (code, catalogue.region(code)));
    let wrong = match (role, known) {
        (Role::Applicant, Some((_, Some(_)))) => None,
        (Role::CityReviewer, Some((_, Some(region)))) if region.kind == RegionKind::City => None,
        (Role::Applicant, _) => {
            Some(("申报账号须绑定目录中的一个地区", "An applicant is bound to a region of the catalogue"))
        }
        (Role::CityReviewer, _) => {
            Some(("设区市审核账号须绑定一个设区市", "A city reviewer is bound to a city of the catalogue"))
        }
        (_, None) => None,
        (_, Some(_)) => Some(("该角色不绑定地区", "This role is bound to no region")),
    };
    wrong.map(|(zh, en)| FieldProblem::new("/region_code", "region", zh, en)).into_iter().collect()
}

/// Changes an account over the revision that the caller saw.
///
/// # Errors
/// If the caller is no administrator, there is no such account, or it has changed meanwhile.
pub async fn change(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
    revision: i64,
    change: ChangeAccount,
) -> Result<AccountView> {
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeAccount, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let mut account = of_person(conn, act.context, id, Action::ChangeAccount)?;
            must_be_current(account.revision, revision)?;
            let before = account.clone();
            if let Some(display_name) = &change.display_name {
                let problems = check_names(&account.name, display_name);
                must_be_valid(problems)?;
                display_name.trim().clone_into(&mut account.display_name);
                act.detail("display_name", display_name);
            }
            set_contact(act, &mut account, change.email.as_ref(), change.phone.as_ref())?;
            if let Some(duties) = &change.duties {
                must_be_valid(check_duties(account.role, duties))?;
                act.detail("duties", duties);
                account.duties.clone_from(duties);
            }
            // What another person enters is not what the owner stands by.
            account.email_confirmed &= account.email == before.email;
            if let Some(enabled) = change.enabled {
                let own = act.context.caller.as_ref().is_some_and(|caller| caller.account == id);
                if !enabled && own {
                    return Err(Error::conflict(
                        "own_account",
                        "不能停用自己的账号",
                        "You can't disable your own account",
                    ));
                }
                account.enabled = enabled;
                act.detail("enabled", &enabled);
                if !enabled {
                    accounts::end_sessions(conn, id, None, act.now, "disabled")?;
                }
            }
            store_change(conn, act, &owners, &before, &account)?;
            account.revision += 1;
            Ok(account.into())
        })
        .await
}

/// Stores what was changed of an account, and tells its owner.
pub(crate) fn store_change(
    conn: &mut Conn,
    act: &mut Act<'_>,
    owners: &Owners,
    before: &Account,
    after: &Account,
) -> Result<()> {
    accounts::update(conn, after)?;
    // As the account was: a letter about a new address goes to the former one.
    let told = if before.email.is_some() { before } else { after };
    for kind in what_changed(before, after) {
        tell(conn, act, owners, told, kind)?;
    }
    Ok(())
}

/// What a change means to the owner of an account.
fn what_changed(before: &Account, after: &Account) -> Vec<MessageKind> {
    let enabled = if after.enabled { MessageKind::Enabled } else { MessageKind::Disabled };
    let changes = [
        (before.display_name != after.display_name, MessageKind::Renamed),
        (before.email != after.email, MessageKind::Readdressed),
        (before.duties != after.duties, MessageKind::DutiesChanged),
        (before.enabled != after.enabled, enabled),
    ];
    changes.into_iter().filter(|(changed, _)| *changed).map(|(_, kind)| kind).collect()
}

/// One account.
///
/// # Errors
/// If the caller may not see accounts, or there is no such account.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<AccountView> {
    service
        .read(context, Action::ReadAccounts, format!("account/{id}"), move |conn, context| {
            Ok(of_person(conn, context, id, Action::ReadAccounts)?.into())
        })
        .await
}

/// The account with a login name, for the operator.
///
/// # Errors
/// If the database fails.
pub async fn by_name(service: &Service, name: &str) -> Result<Option<AccountView>> {
    let name = name.to_owned();
    service
        .read_public("account.by_name", move |conn| {
            Ok(accounts::by_name(conn, &name)?.filter(|account| !account.machine).map(AccountView::from))
        })
        .await
}

/// Whether an administrator can sign in.
///
/// # Errors
/// If the database fails.
pub(crate) async fn has_enabled_admin(service: &Service) -> Result<bool> {
    service.read_public("account.has_enabled_admin", accounts::has_enabled_admin).await
}

/// The caller's own account.
///
/// # Errors
/// If nobody has logged in.
pub async fn read_self(service: &Service, context: &Arc<RequestContext>) -> Result<AccountView> {
    let id = context.caller()?.account;
    service
        .read_public("account.read_self", move |conn| {
            Ok(accounts::by_id(conn, id)?.ok_or_else(Error::not_found)?.into())
        })
        .await
}

/// Says anew how the owner of an account is reached; what is absent stays.
fn set_contact(
    act: &mut Act<'_>,
    account: &mut Account,
    email: Option<&String>,
    phone: Option<&String>,
) -> Result<()> {
    let mut problems = check_email(email.map(String::as_str));
    problems.extend(check_phone_if_any(phone.map(String::as_str)));
    must_be_valid(problems)?;
    if let Some(email) = email {
        account.email = Some(email.clone());
        act.detail("email", email);
    }
    if let Some(phone) = phone {
        account.phone = Some(phone.clone()).filter(|phone| !phone.is_empty());
        act.detail("phone", phone);
    }
    Ok(())
}

/// How one is reached. Absent members stay as they are.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChangeContact {
    /// Where letters go. Whoever enters it stands by it.
    #[serde(default)]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// How one is called by telephone; empty for not at all.
    #[serde(default, deserialize_with = "typed::read_phone_if_any")]
    #[schemars(length(max = lengths::TAG))]
    pub phone: Option<String>,
}

/// Changes how the caller is reached.
///
/// # Errors
/// If nobody has logged in, the account has changed meanwhile, or a field is wrong.
pub async fn change_contact(
    service: &Service,
    context: &Arc<RequestContext>,
    revision: i64,
    change: ChangeContact,
) -> Result<AccountView> {
    let id = context.caller()?.account;
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeContact, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(Action::ChangeContact, Relation::General)?;
            let mut account = accounts::person(conn, id)?.ok_or_else(Error::not_found)?;
            must_be_current(account.revision, revision)?;
            let before = account.clone();
            set_contact(act, &mut account, change.email.as_ref(), change.phone.as_ref())?;
            account.email_confirmed |= change.email.is_some();
            accounts::update(conn, &account)?;
            if before.email.is_some() && before.email != account.email {
                // Somebody else at a session that was left open does not go unnoticed.
                tell(conn, act, &owners, &before, MessageKind::Readdressed)?;
            }
            account.revision += 1;
            Ok(account.into())
        })
        .await
}

/// Which accounts are asked for; what is none leaves all.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    pub role: Option<Role>,
    pub region: Option<RegionCode>,
    /// What stands in the login name, the name, the address or the telephone number.
    pub text: Option<String>,
    pub state: Option<AccountState>,
}

/// Accounts by name: those that the caller may see.
///
/// # Errors
/// If the caller may not see accounts.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    after: Option<String>,
    limit: usize,
    filter: AccountFilter,
) -> Result<Page<AccountView>> {
    service
        .read(context, Action::ReadAccounts, "account".to_owned(), move |conn, context| {
            context.may(Action::ReadAccounts, Relation::General)?;
            let mut roles = roles_kept(context, Action::ReadAccounts);
            roles.retain(|role| filter.role.is_none_or(|wanted| wanted == *role));
            let AccountFilter { region, text, state, .. } = filter.clone();
            let wanted = Wanted { region, text, state, ..Wanted::of_roles(roles) };
            let rows = accounts::list(conn, after.as_deref(), Page::<AccountView>::rows(limit), &wanted)?;
            Ok(Page::of(rows, limit, |account| account.name.clone()).map(AccountView::from))
        })
        .await
}
