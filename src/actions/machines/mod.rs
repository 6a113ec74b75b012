//! Tokens of external systems: an administrator makes one, a second confirms it, any revokes it.

mod entering;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::entering::{Asked, admit, authenticate, caller, region_not_allowed};
use super::accounts::check_names;
use super::{Page, RequestContext, Service, need_text, parse};
use crate::db::accounts::{self, Account};
use crate::db::machines::{self, Machine};
use crate::db::{Conn, competitions};
use crate::domain::access::{Action, OfficeDuties, Relation, Role};
use crate::domain::catalogue::RegionKind;
use crate::domain::ids::AccountId;
use crate::domain::lengths;
use crate::domain::machine::{
    CONFIRMED_WITHIN_DAYS, LONGEST_DAYS, MachineScope, MachineState, PREFIX, confirmed_until, latest_end,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

/// An external system, without its token.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MachineView {
    /// Its account's.
    pub id: AccountId,
    /// As the audit trail calls it.
    pub name: String,
    /// What it is, for people.
    pub display_name: String,
    /// The role that it acts with.
    pub role: Role,
    pub scope: MachineScope,
    pub state: MachineState,
    pub made_by_name: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    /// The second administrator.
    pub confirmed_by_name: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    /// Absent too where a restore revoked it.
    pub revoked_by_name: Option<String>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_because: Option<String>,
    /// When it was last used, to within ten minutes.
    pub used_at: Option<Timestamp>,
    /// From where that was.
    pub used_from: Option<String>,
    /// Whether it was the caller who made it, so that somebody else has to confirm it.
    pub is_own: bool,
}

/// A new external system with its token, which is told once and not stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MachineMadeView {
    pub machine: MachineView,
    /// Sent as `Authorization: Bearer …`, once a second administrator has confirmed it.
    pub token: String,
}

/// A token for an external system.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MakeMachine {
    /// As the audit trail calls it: 3 to 40 lower-case letters, digits, dots, hyphens and underscores, a letter first.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9._-]{2,39}$"))]
    pub name: String,
    /// What it is, for people.
    #[schemars(length(min = 1, max = lengths::DISPLAY_NAME))]
    pub display_name: String,
    /// The role that it acts with: `applicant`, `city_reviewer`, `office` or `supervisor`.
    pub role: Role,
    /// Until when it is good, within 400 days.
    pub expires_at: Timestamp,
    pub scope: MachineScope,
}

/// Why a token is revoked.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RevokeMachine {
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
}

/// Where a token stands.
pub(crate) fn state(machine: &Machine, now: Timestamp) -> MachineState {
    match (machine.revoked_at, machine.confirmed_at) {
        (Some(_), _) => MachineState::Revoked,
        _ if now >= machine.expires_at => MachineState::Expired,
        (None, Some(_)) => MachineState::Usable,
        (None, None) if now >= confirmed_until(machine.made_at) => MachineState::Lapsed,
        (None, None) => MachineState::Awaited,
    }
}

/// Where the tokens of some external systems stand.
pub(super) fn states(
    conn: &mut Conn,
    ids: Vec<AccountId>,
    now: Timestamp,
) -> Result<BTreeMap<AccountId, MachineState>> {
    let rows = machines::some(conn, ids)?;
    Ok(rows.iter().map(|machine| (machine.account_id, state(machine, now))).collect())
}

/// Tokens as they are shown to somebody, with the names of everybody.
fn views(
    conn: &mut Conn,
    context: &RequestContext,
    rows: Vec<(Machine, Account)>,
    now: Timestamp,
) -> Result<Vec<MachineView>> {
    let people =
        |machine: &Machine| [Some(machine.made_by), machine.confirmed_by, machine.revoked_by].into_iter();
    let mut ids: Vec<AccountId> = rows.iter().flat_map(|(machine, _)| people(machine)).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let names: BTreeMap<AccountId, String> = accounts::display_names(conn, &ids)?.into_iter().collect();
    let name = |id: AccountId| names.get(&id).cloned();
    let caller = context.caller.as_ref().map(|caller| caller.account);
    let view = |(machine, account): (Machine, Account)| {
        Ok(MachineView {
            id: account.id,
            name: account.name,
            display_name: account.display_name,
            role: account.role,
            scope: parse(&machine.scope)?,
            state: state(&machine, now),
            made_by_name: name(machine.made_by).unwrap_or_default(),
            made_at: machine.made_at,
            expires_at: machine.expires_at,
            confirmed_by_name: machine.confirmed_by.and_then(name),
            confirmed_at: machine.confirmed_at,
            revoked_by_name: machine.revoked_by.and_then(name),
            revoked_at: machine.revoked_at,
            revoked_because: machine.revoked_because,
            used_at: machine.used_at,
            used_from: machine.used_from,
            is_own: caller == Some(machine.made_by),
        })
    };
    rows.into_iter().map(view).collect()
}

fn view_of(conn: &mut Conn, context: &RequestContext, id: AccountId, now: Timestamp) -> Result<MachineView> {
    let row = machines::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    views(conn, context, vec![row], now)?.pop().ok_or_else(Error::not_found)
}

/// External systems, the newest first.
///
/// # Errors
/// If the caller may not see accounts.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    before: Option<AccountId>,
    limit: usize,
) -> Result<Page<MachineView>> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadMachines, "machine".to_owned(), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            let rows = machines::list(conn, before, Page::<Machine>::rows(limit))?;
            let page = Page::of(rows, limit, |(machine, _)| machine.account_id.to_string());
            Ok(Page { items: views(conn, context, page.items, now)?, next_cursor: page.next_cursor })
        })
        .await
}

/// One external system.
///
/// # Errors
/// If the caller may not see accounts, or there is no such one.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<MachineView> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadMachines, format!("machine/{id}"), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            view_of(conn, context, id, now)
        })
        .await
}

/// How many tokens wait for the caller to confirm them.
///
/// # Errors
/// If the caller may not see accounts.
pub(crate) async fn awaited(service: &Service, context: &Arc<RequestContext>) -> Result<i64> {
    let (now, own) = (service.clock.now(), context.caller()?.account);
    let since = now.plus_seconds(-CONFIRMED_WITHIN_DAYS * 24 * 60 * 60);
    service
        .read(context, Action::ReadMachines, "machine".to_owned(), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            machines::awaited(conn, own, since, now)
        })
        .await
}

/// What is wrong with a token that is to be made.
fn problems(
    service: &Service,
    conn: &mut Conn,
    make: &MakeMachine,
    now: Timestamp,
) -> Result<Vec<FieldProblem>> {
    let mut problems = check_names(&make.name, &make.display_name);
    problems.extend(make.scope.problems(make.role).into_iter().map(|problem| FieldProblem {
        pointer: if problem.pointer == "/role" {
            problem.pointer
        } else {
            format!("/scope{}", problem.pointer)
        },
        ..problem
    }));
    if make.expires_at <= now || make.expires_at > latest_end(now) {
        problems.push(FieldProblem::new(
            "/expires_at",
            "out_of_range",
            format!("有效期须在现在之后、{LONGEST_DAYS}天之内"),
            format!("It has to end after now and within {LONGEST_DAYS} days"),
        ));
    }
    let (_, catalogue) = service.cache.newest_catalogue(conn)?;
    for (index, code) in make.scope.region_codes.iter().enumerate() {
        let region = catalogue.region(code);
        let wanted = |kind| make.role == Role::Applicant || kind == RegionKind::City;
        if !region.is_some_and(|region| wanted(region.kind)) {
            problems.push(FieldProblem::new(
                format!("/scope/region_codes/{index}"),
                "region",
                "目录中没有这一地区，或该角色须为设区市",
                "The catalogue has no such region, or the role needs a city",
            ));
        }
    }
    for (index, id) in make.scope.competition_ids.iter().enumerate() {
        if competitions::by_id(conn, *id)?.is_none() {
            problems.push(FieldProblem::new(
                format!("/scope/competition_ids/{index}"),
                "unknown",
                "没有这一届竞赛",
                "There is no such competition",
            ));
        }
    }
    Ok(problems)
}

/// Makes a token. It works once a second administrator has confirmed it.
///
/// # Errors
/// If the caller is no administrator, the name is taken, or a field is wrong.
pub async fn make(
    service: &Service,
    context: &Arc<RequestContext>,
    make: MakeMachine,
) -> Result<MachineMadeView> {
    let id = AccountId(service.clock.new_id());
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(service.clock.secret::<32>()));
    let service_in = service.clone();
    service
        .write(context, Action::MakeMachine, move |conn, act| {
            act.enter_service(conn)?;
            act.on("machine", id);
            act.context.may(Action::MakeMachine, Relation::General)?;
            must_be_valid(problems(&service_in, conn, &make, act.now)?)?;
            let account = Account {
                id,
                name: make.name.clone(),
                display_name: make.display_name.trim().to_owned(),
                role: make.role,
                region: None,
                enabled: true,
                password_hash: None,
                password_changed_at: None,
                revision: 1,
                created_at: act.now,
                email: None,
                phone: None,
                email_confirmed: false,
                second_factor_at: None,
                machine: true,
                duties: OfficeDuties::default(),
            };
            accounts::insert(conn, &account)?;
            let machine = Machine {
                account_id: id,
                secret_digest: digest_of(&token),
                scope: canonical(&make.scope),
                made_by: act.account()?,
                made_at: act.now,
                expires_at: make.expires_at,
                confirmed_by: None,
                confirmed_at: None,
                revoked_by: None,
                revoked_at: None,
                revoked_because: None,
                used_at: None,
                used_from: None,
            };
            machines::insert(conn, &machine)?;
            act.detail("name", &account.name);
            act.detail("role", &account.role);
            act.detail("expires_at", &machine.expires_at);
            act.detail("scope", &make.scope);
            Ok(MachineMadeView { machine: view_of(conn, act.context, id, act.now)?, token: token.clone() })
        })
        .await
}

/// Confirms a token that another administrator made: from then on it works.
///
/// # Errors
/// If the caller is no administrator or made it, or it does not wait.
pub async fn confirm(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<MachineView> {
    service
        .write(context, Action::ConfirmMachine, move |conn, act| {
            act.enter_service(conn)?;
            act.on("machine", id);
            act.context.may(Action::ConfirmMachine, Relation::General)?;
            let (machine, account) = machines::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if state(&machine, act.now) != MachineState::Awaited {
                return Err(Error::conflict(
                    "nothing_to_confirm",
                    "该令牌不在等待确认",
                    "This token does not wait to be confirmed",
                ));
            }
            let caller = act.account()?;
            if machine.made_by == caller {
                return Err(Error::conflict(
                    "second_person_required",
                    "须由另一位管理员确认：令牌是您建立的",
                    "Another administrator must confirm it: you made it",
                ));
            }
            machines::confirm(conn, id, caller, act.now)?;
            act.detail("name", &account.name);
            act.detail("made_by", &machine.made_by);
            view_of(conn, act.context, id, act.now)
        })
        .await
}

/// Revokes a token: it ends at once.
///
/// # Errors
/// If the caller is no administrator, no reason is given, or it is over already.
pub async fn revoke(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
    revoke: RevokeMachine,
) -> Result<MachineView> {
    service
        .write(context, Action::RevokeMachine, move |conn, act| {
            act.enter_service(conn)?;
            act.on("machine", id);
            act.context.may(Action::RevokeMachine, Relation::General)?;
            need_text("/reason", &revoke.reason, 1, lengths::REMARK)?;
            let (machine, account) = machines::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if machine.revoked_at.is_some() {
                return Err(Error::conflict("revoked", "该令牌已撤销", "This token is revoked already"));
            }
            let name = &account.display_name;
            act.follows(FieldProblem::new(
                "",
                "revoked",
                format!("{name}的令牌立即失效，不能恢复；需要时须另建"),
                format!(
                    "The token of {name} ends at once and for good; a new one has to be made if it is needed"
                ),
            ));
            let reason = revoke.reason.trim();
            machines::revoke(conn, id, act.account()?, reason, act.now)?;
            act.detail("name", &account.name);
            act.detail("reason", &reason);
            view_of(conn, act.context, id, act.now)
        })
        .await
}
