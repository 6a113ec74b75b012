//! Invitations: new accounts, and new one-time links for accounts that are there, told once or sent by mail.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AccountView, check_duties, check_email, check_names, check_phone_if_any, check_region, kept_by, of_person,
};
use crate::actions::messages::{Owners, tell};
use crate::actions::{Act, RequestContext, Service};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::accounts::{self, Account, Link, Wanted};
use crate::db::letters::{self, Letter};
use crate::db::platform;
use crate::domain::access::{AccountState, Action, LinkConfirmation, OfficeDuties, Relation, Role};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, LetterId, LinkId};
use crate::domain::lengths;
use crate::domain::message::MessageKind;
use crate::domain::problem::FieldProblem;
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_valid};
use crate::keys::{Keys, Purpose};

/// Seconds that a one-time link lasts, unless it is an invitation that is to last longer.
pub(crate) const LINK_LASTS: i64 = DAY;
const DAY: i64 = 24 * 60 * 60;
/// For how many days invitations are good that are handed out in bulk.
pub(crate) const VALID_DAYS: u8 = 7;
/// The most accounts that get new links at a time.
const MOST: i64 = 1_000;
/// What letters with a one-time link are known by, before the link's identifier.
const KEY: &str = "link/";
/// What stands in the stored letter for the secret.
const PLACE: &str = "{code}";

/// An account with the one-time link by which its owner sets a password. The secret is told once and not stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InvitationView {
    pub account: AccountView,
    /// The link's secret, to be handed over in person or by a channel that is trusted; none where it goes to the account's
    /// address by mail.
    pub link_token: Option<String>,
    /// Until when it can be used.
    pub link_expires_at: Timestamp,
    /// Whether a supervisor has to confirm it before it can be used.
    pub needs_confirmation: bool,
}

impl InvitationView {
    fn of(account: Account, link: &Link, secret: Option<String>) -> Self {
        Self {
            account: account.into(),
            link_token: secret,
            link_expires_at: link.expires_at,
            needs_confirmation: link.confirmation == LinkConfirmation::Awaited,
        }
    }
}

/// How invitations reach the owners of accounts.
#[derive(Clone)]
pub(crate) struct Invitations {
    clock: Clock,
    keys: Keys,
    owners: Owners,
    /// Where browsers find the page that takes a secret, if that is known.
    page: Option<String>,
    /// Whether the secret goes by mail to those whose address is known, and is told to nobody else.
    by_letter: bool,
}

impl Invitations {
    /// Invitations that are told to whoever asks, or go by mail.
    ///
    /// # Errors
    /// If they are to go by mail, and there is no mail server.
    pub(crate) fn of(service: &Service, by_letter: bool) -> Result<Self> {
        if by_letter && !service.letters_to_owners {
            return Err(Error::invalid_field(
                "/by_letter",
                "no_mail_server",
                "本系统没有设置邮件服务器，不能以邮件发送；请打印通知单",
                "There is no mail server: hand the slips out",
            ));
        }
        let page = service.site.as_ref().map(|site| format!("{}/accept-link", site.origin));
        let (clock, keys, owners) = (service.clock.clone(), service.keys.clone(), Owners::of(service));
        Ok(Self { clock, keys, owners, page, by_letter })
    }

    /// Gives an account a one-time link that is good for so many seconds, as its role has it; those before it are void.
    pub(crate) fn invite(
        &self,
        conn: &mut Conn,
        act: &mut Act<'_>,
        account: Account,
        lasts: i64,
        clears_second_factor: bool,
    ) -> Result<InvitationView> {
        let address = account.email.clone().filter(|_| self.by_letter);
        let (mut link, secret) = match address {
            Some(_) => mailed_link(&self.clock, &self.keys, account.id, act.now),
            None => new_link(&self.clock, Some(account.id), act.now),
        };
        link.expires_at = act.now.plus_seconds(lasts);
        link.clears_second_factor = clears_second_factor;
        let link = must_be_seconded(conn, act, &account, link)?;
        accounts::replace_links(conn, &link)?;
        if let Some(address) = &address {
            letters::insert(conn, &self.letter(&account, address, &link, act.now))?;
        }
        let told = address.is_none().then_some(secret);
        Ok(InvitationView::of(account, &link, told))
    }

    /// The letter that has a link's secret.
    pub(super) fn letter(&self, account: &Account, address: &str, link: &Link, now: Timestamp) -> Letter {
        let (name, own, until) = (&account.name, &account.display_name, link.expires_at);
        let page = self.page.as_deref();
        let (zh, en) = (
            page.unwrap_or("本系统的“登录—设置密码”页面"),
            page.unwrap_or("“Sign in – set your password” of this system"),
        );
        let (wait_zh, wait_en) = match link.confirmation {
            LinkConfirmation::Awaited => (
                "链接码须经纪检监督确认后才能使用，纪检监督将与您核实。\n\n",
                "It works once a supervisor has confirmed it, who will ask you.\n\n",
            ),
            LinkConfirmation::NotNeeded | LinkConfirmation::Given => ("", ""),
        };
        Letter {
            account_id: Some(account.id),
            ..Letter::new(
                LetterId(self.clock.new_id()),
                format!("{KEY}{}", link.id),
                address,
                "强链：设置密码".to_owned(),
                format!(
                    "{own}：\n\n您的登录名：{name}\n一次性链接码：{PLACE}\n有效期至：{until}\n\n请打开 {zh}，输入链接码并设置只有您本人知道的密码。链接码用后即废，请勿转交他人。\n\n{wait_zh}\
                     如非您本人所需，请忽略本邮件。\n\n----\n\n{own}\n\nLogin name: {name}\nOne-time code: {PLACE}\nGood until: {until}\n\n\
                     Open {en}, enter the code and choose a password that only you know. It can be used once; pass it to nobody.\n\n{wait_en}\
                     If you did not expect this, ignore it.\n"
                ),
                now,
            )
        }
    }
}

/// The text of a letter as it is handed over, if it is one with a link's secret.
pub(crate) fn with_code(keys: &Keys, letter: &Letter) -> Option<String> {
    let link: LinkId = letter.dedupe_key.strip_prefix(KEY)?.parse().ok()?;
    Some(letter.body.replace(PLACE, &mailed_secret(keys, link)))
}

/// The secret of a link that goes by mail: a MAC under a key outside the database, so that neither the database nor a stored
/// letter shows it.
fn mailed_secret(keys: &Keys, link: LinkId) -> String {
    let mac = keys.mac(Purpose::LinkCode, link.to_string().as_bytes());
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&mac[..20]);
    typed::link_code(&bytes)
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
    /// How it is called by telephone.
    #[serde(default, deserialize_with = "typed::read_phone_if_any")]
    #[schemars(length(max = lengths::TAG))]
    pub phone: Option<String>,
    /// What it is there for, if it is one of the office; empty where duties are not divided.
    #[serde(default)]
    pub duties: OfficeDuties,
    /// Whether the one-time link goes to the address by mail, and is not told in the answer.
    #[serde(default)]
    pub by_letter: bool,
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

/// Invites a new account.
///
/// # Errors
/// If the caller is no administrator, the name is taken, or a field is wrong.
pub async fn invite(
    service: &Service,
    context: &Arc<RequestContext>,
    invite: Invite,
) -> Result<InvitationView> {
    let id = AccountId(service.clock.new_id());
    let invitations = Invitations::of(service, invite.by_letter)?;
    let cache = service.cache.clone();
    service
        .write(context, Action::InviteAccount, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(Action::InviteAccount, Relation::General)?;
            let mut problems = check_names(&invite.name, &invite.display_name);
            problems.extend(kept_by(act.context, Action::InviteAccount, invite.role));
            problems.extend(check_email(invite.email.as_deref()));
            problems.extend(check_phone_if_any(invite.phone.as_deref()));
            problems.extend(check_duties(invite.role, &invite.duties));
            problems.extend(check_valid_days(invite.valid_days));
            if invite.by_letter && invite.email.is_none() {
                problems.push(FieldProblem::new("/email", "required", "必须填写", "Must be filled in"));
            }
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            problems.extend(check_region(&catalogue, invite.role, invite.region_code.as_ref()));
            must_be_valid(problems)?;
            let account = new_account(id, &invite, act.now);
            let view = open(conn, act, &invitations, account, invite.valid_days.unwrap_or(1))?;
            act.detail("name", &view.account.name);
            act.detail("role", &view.account.role);
            act.detail("region", &view.account.region_code);
            Ok(view)
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
        phone: invite.phone.clone().filter(|phone| !phone.is_empty()),
        // Of who judges, the address that another person entered says nothing.
        email_confirmed: invite.email.is_some() && !invite.role.is_entrusted(),
        second_factor_at: None,
        machine: false,
        duties: invite.duties.clone(),
    }
}

/// Stores a new account with the link by which its owner sets a password, as its role has it.
pub(crate) fn open(
    conn: &mut Conn,
    act: &mut Act<'_>,
    invitations: &Invitations,
    account: Account,
    days: u8,
) -> Result<InvitationView> {
    accounts::insert(conn, &account)?;
    tell(conn, act, &invitations.owners, &account, MessageKind::Invited)?;
    invitations.invite(conn, act, account, i64::from(days) * DAY, false)
}

/// New one-time links for all accounts that wait for their owners.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InviteAgain {
    /// Only those of this role.
    #[serde(default)]
    pub role: Option<Role>,
    /// Only those of this region.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// Only those whose link has expired, was turned down, or is not there; else also those whose link could still be used,
    /// which is void then.
    #[serde(default)]
    pub expired_only: bool,
    /// Whether the links go by mail to the addresses that are known; those without one are told in the answer.
    #[serde(default)]
    pub by_letter: bool,
    /// For how many days they are good, 1 to 30; seven, unless told.
    #[serde(default)]
    #[schemars(range(min = 1, max = 30))]
    pub valid_days: Option<u8>,
}

/// New one-time links. The secrets are told once and not stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InvitedAgainView {
    pub invitations: Vec<InvitationView>,
}

/// Gives every account that waits for its owner to set a password a new one-time link, once it has been confirmed which.
///
/// # Errors
/// If the caller keeps no accounts, or none waits.
pub async fn invite_again(
    service: &Service,
    context: &Arc<RequestContext>,
    request: InviteAgain,
) -> Result<InvitedAgainView> {
    must_be_valid(check_valid_days(request.valid_days))?;
    let invitations = Invitations::of(service, request.by_letter)?;
    let days = request.valid_days.unwrap_or(VALID_DAYS);
    service
        .write(context, Action::ResetAccount, move |conn, act| {
            act.enter_service(conn)?;
            act.on("accounts", "");
            act.context.may(Action::ResetAccount, Relation::General)?;
            let waiting = waiting(conn, act, &request)?;
            let mut view = InvitedAgainView { invitations: Vec::with_capacity(waiting.len()) };
            for account in waiting {
                let (name, own) = (&account.name, &account.display_name);
                act.follows(FieldProblem::new(
                    "",
                    "invited",
                    format!("{own}（{name}）得到新的一次性链接码，以前的作废"),
                    format!("{own} ({name}) gets a new one-time code; those before are void"),
                ));
                view.invitations.push(invitations.invite(
                    conn,
                    act,
                    account,
                    i64::from(days) * DAY,
                    false,
                )?);
            }
            act.insist();
            act.changed(None, None);
            let names: Vec<&str> = view.invitations.iter().map(|one| one.account.name.as_str()).collect();
            act.detail("invited", &names);
            Ok(view)
        })
        .await
}

/// The accounts that wait for their owners, of those that the caller keeps.
fn waiting(conn: &mut Conn, act: &Act<'_>, request: &InviteAgain) -> Result<Vec<Account>> {
    let mut roles = super::roles_kept(act.context, Action::ResetAccount);
    roles.retain(|role| request.role.is_none_or(|wanted| wanted == *role));
    let wanted = Wanted {
        region: request.region_code.clone(),
        state: Some(AccountState::Invited),
        ..Wanted::of_roles(roles)
    };
    let mut found = accounts::list(conn, None, MOST, &wanted)?;
    if request.expired_only {
        let ids: Vec<AccountId> = found.iter().map(|account| account.id).collect();
        let live = accounts::with_live_link(conn, &ids, act.now)?;
        found.retain(|account| !live.contains(&account.id));
    }
    if found.is_empty() {
        return Err(Error::conflict(
            "nobody_waits",
            "没有等待设置密码的账号",
            "No account waits for its owner to set a password",
        ));
    }
    Ok(found)
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
    let invitations = Invitations::of(service, false)?;
    service
        .write(context, action, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let mut account = of_person(conn, act.context, id, action)?;
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
            accounts::end_sessions(conn, id, None, act.now, "reset")?;
            // Whoever had taken the account over may have linked it to themselves.
            platform::end(conn, id, act.now)?;
            tell(conn, act, &invitations.owners, &account, MessageKind::Reset)?;
            act.detail("name", &account.name);
            act.detail("role", &account.role);
            let clears = action == Action::ResetSecondFactor;
            invitations.invite(conn, act, account, LINK_LASTS, clears)
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

/// A new one-time link of an account, whose secret goes by mail.
pub(super) fn mailed_link(clock: &Clock, keys: &Keys, account: AccountId, now: Timestamp) -> (Link, String) {
    let (mut link, _) = new_link(clock, Some(account), now);
    let secret = mailed_secret(keys, link.id);
    link.secret_digest = digest_of(&secret);
    (link, secret)
}
