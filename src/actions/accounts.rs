//! Accounts: the administrator invites, changes, disables and resets them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::ValidateEmail;

use super::messages::{Owners, tell};
use super::{Act, Page, RequestContext, Service};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::accounts::{self, Account, Link};
use crate::db::platform;
use crate::domain::access::{Action, LinkConfirmation, Relation, Role};
use crate::domain::catalogue::{Catalogue, RegionCode, RegionKind};
use crate::domain::ids::{AccountId, LinkId};
use crate::domain::lengths;
use crate::domain::message::MessageKind;
use crate::domain::problem::FieldProblem;
use crate::domain::record::digest_of;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Seconds that a one-time link lasts, unless it is an invitation that is to last longer.
pub(crate) const LINK_LASTS: i64 = DAY;
const DAY: i64 = 24 * 60 * 60;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
            enabled: account.enabled,
            active: account.password_hash.is_some(),
            has_second_factor: account.second_factor_at.is_some(),
            revision: account.revision,
            created_at: account.created_at,
        }
    }
}

/// An account with the one-time link by which its owner sets a password. The secret is told once and not stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InvitationView {
    pub account: AccountView,
    /// The link's secret, to be handed over in person or by a channel that is trusted.
    pub link_token: String,
    /// Until when it can be used.
    pub link_expires_at: Timestamp,
    /// Whether a supervisor has to confirm it before it can be used.
    pub needs_confirmation: bool,
}

impl InvitationView {
    pub(crate) fn of(account: Account, link: &Link, secret: String) -> Self {
        Self {
            account: account.into(),
            link_token: secret,
            link_expires_at: link.expires_at,
            needs_confirmation: link.confirmation == LinkConfirmation::Awaited,
        }
    }
}

/// A new account.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "InviteAccount")]
pub struct Invite {
    /// The login name: 3 to 40 lower-case letters, digits, dots, hyphens and underscores, a letter first.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9._-]{2,39}$"))]
    pub name: String,
    /// The name for people.
    #[schemars(length(min = 1, max = lengths::DISPLAY_NAME))]
    pub display_name: String,
    pub role: Role,
    /// The region, for an applicant; the city, for a city reviewer; else absent.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// Where letters to it go.
    #[serde(default)]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// For how many days the one-time link is good, 1 to 30; one, unless told.
    #[serde(default)]
    #[schemars(range(min = 1, max = 30))]
    pub valid_days: Option<u8>,
}

/// What is wrong with how long an invitation is to last.
pub(crate) fn check_valid_days(days: Option<u8>) -> Vec<FieldProblem> {
    let wrong = days.is_some_and(|days| !(1..=30).contains(&days));
    let problem = || {
        FieldProblem::new(
            "/valid_days",
            "out_of_range",
            "有效期应为1至30天",
            "An invitation is good for 1 to 30 days",
        )
    };
    wrong.then(problem).into_iter().collect()
}

/// A link that is good for so many days.
pub(crate) fn lasting(mut link: Link, days: u8, now: Timestamp) -> Link {
    link.expires_at = now.plus_seconds(i64::from(days) * DAY);
    link
}

/// A change of an account. Absent members stay as they are.
#[derive(Clone, Deserialize, JsonSchema)]
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

/// Invites a new account.
///
/// # Errors
/// If the caller is no administrator, the name is taken, or a field is wrong.
pub async fn invite(
    service: &Service,
    context: &Arc<RequestContext>,
    invite: Invite,
) -> Result<InvitationView> {
    let now = service.clock.now();
    let id = AccountId(service.clock.new_id());
    let (link, secret) = new_link(&service.clock, Some(id), now);
    let link = lasting(link, invite.valid_days.unwrap_or(1), now);
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::InviteAccount, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(Action::InviteAccount, Relation::General)?;
            let mut problems = check_names(&invite.name, &invite.display_name);
            problems.extend(check_email(invite.email.as_deref()));
            problems.extend(check_valid_days(invite.valid_days));
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            problems.extend(check_region(&catalogue, invite.role, invite.region_code.as_ref()));
            must_be_valid(problems)?;
            let account = new_account(id, &invite, now);
            let link = open(conn, act, &owners, &account, link.clone())?;
            act.detail("name", &account.name);
            act.detail("role", &account.role);
            act.detail("region", &account.region);
            Ok(InvitationView::of(account, &link, secret.clone()))
        })
        .await
}

/// An account that was never used.
pub(crate) fn new_account(id: AccountId, invite: &Invite, now: Timestamp) -> Account {
    Account {
        id,
        name: invite.name.clone(),
        display_name: invite.display_name.trim().to_owned(),
        role: invite.role,
        region: invite.region_code.clone(),
        enabled: true,
        password_hash: None,
        password_changed_at: None,
        revision: 1,
        created_at: now,
        email: invite.email.clone(),
        second_factor_at: None,
        machine: false,
    }
}

/// Stores a new account with the link by which its owner sets a password, as its role has it.
pub(crate) fn open(
    conn: &mut Conn,
    act: &mut Act<'_>,
    owners: &Owners,
    account: &Account,
    link: Link,
) -> Result<Link> {
    accounts::insert(conn, account)?;
    let link = must_be_seconded(conn, act, account, link)?;
    accounts::replace_links(conn, &link)?;
    tell(conn, act, owners, account, MessageKind::Invited)?;
    Ok(link)
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
            act.context.may(Action::ChangeAccount, Relation::General)?;
            let mut account = accounts::person(conn, id)?.ok_or_else(Error::not_found)?;
            must_be_current(account.revision, revision)?;
            let before = account.clone();
            if let Some(display_name) = &change.display_name {
                let problems = check_names(&account.name, display_name);
                must_be_valid(problems)?;
                display_name.trim().clone_into(&mut account.display_name);
                act.detail("display_name", display_name);
            }
            if let Some(email) = &change.email {
                must_be_valid(check_email(Some(email)))?;
                account.email = Some(email.clone());
                act.detail("email", email);
            }
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
            accounts::update(conn, &account)?;
            for kind in what_changed(&before, &account) {
                // As the account was: a letter about a new address goes to the former one.
                tell(conn, act, &owners, if before.email.is_some() { &before } else { &account }, kind)?;
            }
            account.revision += 1;
            Ok(account.into())
        })
        .await
}

/// What a change means to the owner of an account.
fn what_changed(before: &Account, after: &Account) -> Vec<MessageKind> {
    let enabled = if after.enabled { MessageKind::Enabled } else { MessageKind::Disabled };
    let changes = [
        (before.display_name != after.display_name, MessageKind::Renamed),
        (before.email != after.email, MessageKind::Readdressed),
        (before.enabled != after.enabled, enabled),
    ];
    changes.into_iter().filter(|(changed, _)| *changed).map(|(_, kind)| kind).collect()
}

/// Gives an account a new one-time link; its password and its sessions end.
///
/// # Errors
/// If the caller is no administrator, or there is no such account.
pub async fn reset(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
) -> Result<InvitationView> {
    replace_password(service, context, id, Action::ResetAccount).await
}

/// The same with a link that also clears the second factor, for somebody who has lost it. Until the link is used it
/// stays.
///
/// # Errors
/// If the caller is no administrator, or there is no such account.
pub async fn reset_second_factor(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
) -> Result<InvitationView> {
    replace_password(service, context, id, Action::ResetSecondFactor).await
}

async fn replace_password(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
    action: Action,
) -> Result<InvitationView> {
    let now = service.clock.now();
    let (mut link, secret) = new_link(&service.clock, Some(id), now);
    link.clears_second_factor = action == Action::ResetSecondFactor;
    let owners = Owners::of(service);
    service
        .write(context, action, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(action, Relation::General)?;
            let mut account = accounts::person(conn, id)?.ok_or_else(Error::not_found)?;
            let link = must_be_seconded(conn, act, &account, link.clone())?;
            let (name, own) = (&account.name, &account.display_name);
            act.follows(FieldProblem::new(
                "",
                "reset",
                format!("{own}（{name}）的密码、全部登录和平台关联立即失效，凭新的一次性链接码才能再登录"),
                format!("The password, all sign-ins and the platform link of {own} ({name}) end at once; a new one-time code lets them in again"),
            ));
            account.password_hash = None;
            accounts::update(conn, &account)?;
            account.revision += 1;
            accounts::end_sessions(conn, id, None, now, "reset")?;
            // Whoever had taken the account over may have linked it to themselves.
            platform::end(conn, id, now)?;
            accounts::replace_links(conn, &link)?;
            tell(conn, act, &owners, &account, MessageKind::Reset)?;
            act.detail("name", &account.name);
            act.detail("role", &account.role);
            Ok(InvitationView::of(account, &link, secret.clone()))
        })
        .await
}

/// A link as its account's role has it: whoever judges or watches is not made, nor made anew, by an administrator
/// alone, who could else be that person; nor is anybody's second factor cleared so. Before the first supervisor there is nobody to ask; the operator of the machine
/// needs nobody.
fn must_be_seconded(conn: &mut Conn, act: &mut Act<'_>, account: &Account, mut link: Link) -> Result<Link> {
    link.issued_by = act.context.caller.as_ref().map(|caller| caller.account);
    let sensitive = account.role.is_entrusted() || link.clears_second_factor;
    if act.context.operator || !sensitive || !accounts::has_had_supervisor(conn)? {
        return Ok(link);
    }
    if !accounts::has_other_supervisor(conn, account.id)? {
        return Err(Error::conflict(
            "no_second_person",
            "没有可以确认的其他纪检监督账号；请由服务器操作员运行 `qianglian user add` 或 `qianglian user reset`",
            "There is no other supervisor to confirm this; the operator of the machine can run `qianglian user add` or `qianglian user reset`",
        ));
    }
    link.confirmation = LinkConfirmation::Awaited;
    act.detail("confirmation", &link.confirmation);
    Ok(link)
}

/// One account.
///
/// # Errors
/// If the caller may not see accounts, or there is no such account.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<AccountView> {
    service
        .read(context, Action::ReadAccounts, format!("account/{id}"), move |conn, context| {
            context.may(Action::ReadAccounts, Relation::General)?;
            Ok(accounts::person(conn, id)?.ok_or_else(Error::not_found)?.into())
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

/// Accounts by name.
///
/// # Errors
/// If the caller may not see accounts.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    after: Option<String>,
    limit: usize,
    role: Option<Role>,
    region: Option<RegionCode>,
) -> Result<Page<AccountView>> {
    service
        .read(context, Action::ReadAccounts, "account".to_owned(), move |conn, context| {
            context.may(Action::ReadAccounts, Relation::General)?;
            let rows = accounts::list(
                conn,
                after.as_deref(),
                Page::<AccountView>::rows(limit),
                role,
                region.as_ref(),
            )?;
            Ok(Page::of(rows, limit, |account| account.name.clone()).map(AccountView::from))
        })
        .await
}

/// A new one-time link: its row, and the secret that only its bearer learns.
pub(crate) fn new_link(clock: &Clock, account_id: Option<AccountId>, now: Timestamp) -> (Link, String) {
    let secret = typed::link_code(&clock.secret());
    let link = Link {
        id: LinkId(clock.new_id()),
        account_id,
        secret_digest: digest_of(&secret),
        created_at: now,
        expires_at: now.plus_seconds(LINK_LASTS),
        used_at: None,
        confirmation: LinkConfirmation::NotNeeded,
        issued_by: None,
        confirmed_by: None,
        refused_by: None,
        refused_because: None,
        clears_second_factor: false,
    };
    (link, secret)
}
