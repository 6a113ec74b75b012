//! Whose a token of an external system is, and whether what it asks for is within its scope.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::state;
use crate::actions::{Caller, MachineCaller, Service, parse};
use crate::db::accounts::Account;
use crate::db::machines::{self, Machine};
use crate::domain::access::Action;
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, CompetitionId, SessionId};
use crate::domain::machine::{MachineScope, MachineState, PREFIX, ResourceGroup, is_bound, open_to_machines};
use crate::domain::record::digest_of;
use crate::error::{Error, Result};

/// Seconds within which a further use from the same address is not noted again, and one from another address.
const NOTED_EVERY: i64 = 10 * 60;
const NOTED_ELSEWHERE: i64 = 60;
/// Characters of a token: its prefix, and 32 bytes in base64url.
const LENGTH: usize = PREFIX.len() + 43;

/// What is asked for, as far as a token's scope goes.
pub(crate) struct Asked<'a> {
    pub(crate) action: Action,
    pub(crate) group: Option<ResourceGroup>,
    /// Whether it is no mere reading.
    pub(crate) changes: bool,
    /// The names in its address.
    pub(crate) path: &'a BTreeMap<String, String>,
    /// The competition that its query names.
    pub(crate) competition: Option<&'a str>,
    /// The region that the caller says that it acts for.
    pub(crate) region: Option<&'a str>,
    pub(crate) source: &'a str,
}

/// Who a token belongs to.
///
/// # Errors
/// If it is none, or is not confirmed, over or revoked.
pub(crate) async fn authenticate(service: &Service, token: &str) -> Result<Caller> {
    let invalid = || {
        Error::unauthenticated(
            "invalid_token",
            "令牌无效：尚未确认、已过期、已撤销，或不是本服务的",
            "This token is not valid: not confirmed, expired, revoked, or not one of this service",
        )
    };
    // What has not even the form of one costs nothing more.
    let form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if token.len() != LENGTH || !token.chars().all(form) {
        return Err(invalid());
    }
    let now = service.clock.now();
    let (machine, account) = service.db.machine_of(digest_of(token)).await?.ok_or_else(invalid)?;
    if state(&machine, now) != MachineState::Usable || !account.enabled {
        return Err(invalid());
    }
    caller(machine, account)
}

/// An external system as somebody who acts, for none of its regions as yet.
pub(crate) fn caller(machine: Machine, account: Account) -> Result<Caller> {
    let scope = parse(&machine.scope)?;
    let known = MachineCaller { scope, used_at: machine.used_at, used_from: machine.used_from };
    Ok(Caller {
        account: account.id,
        name: account.name,
        display_name: account.display_name,
        role: account.role,
        region: None,
        duties: account.duties,
        // It has none; whatever is about one is closed to it.
        session: SessionId(account.id.0),
        good_until: machine.expires_at,
        owes_second_factor: false,
        has_second_factor: false,
        proved_at: machine.made_at,
        machine: Some(Arc::new(known)),
    })
}

/// Lets an external system in for what it asks: as whom, or as nobody where everybody may read it and it is outside the
/// token's scope.
///
/// # Errors
/// If the token may not be used from there, or not for that.
pub(crate) async fn admit(service: &Service, caller: &Caller, asked: &Asked<'_>) -> Result<Option<Caller>> {
    let Some(machine) = caller.machine.as_deref() else { return Ok(Some(caller.clone())) };
    let scope = &machine.scope;
    if !is_from(scope, asked.source) {
        return Err(Error::forbidden(
            "address_not_allowed",
            "该令牌不能从这一地址使用",
            "This token may not be used from this address",
        ));
    }
    note_use(service, caller.account, machine, asked.source).await;
    // An undertaking is a part like the others, and given by a person.
    let undertakes = asked.changes && asked.path.get("part").is_some_and(|part| part == "undertaking");
    if !open_to_machines(asked.action) || undertakes {
        return Err(Error::forbidden(
            "person_required",
            "此操作须由人办理，外部系统不能代办",
            "This needs a person; no external system can do it",
        ));
    }
    let own = asked.action == Action::ReadSelf;
    let covered = own || scope.covers(asked.group, asked.changes);
    let within = covered && is_within(service, scope, asked).await?;
    if !within && asked.action == Action::ReadPublic {
        return Ok(None);
    }
    if !within {
        return Err(outside(covered));
    }
    let region = region_of(caller, scope, asked)?;
    Ok(Some(Caller { region, ..caller.clone() }))
}

fn outside(covered: bool) -> Error {
    let (zh, en) = if covered {
        ("该令牌不用于这一届竞赛", "This token is not for this competition")
    } else {
        (
            "该令牌不用于这组资源，或只能读取",
            "This token is not for this group of resources, or only to read it",
        )
    };
    Error::forbidden("outside_scope", zh, en)
}

fn is_from(scope: &MachineScope, source: &str) -> bool {
    let address = source.parse::<IpAddr>().ok();
    scope.networks.is_empty()
        || address.is_some_and(|address| scope.nets().any(|net| net.contains(&address.to_canonical())))
}

/// Whether the competition that is asked about is one of the token's. The service's own events are of none of them.
async fn is_within(service: &Service, scope: &MachineScope, asked: &Asked<'_>) -> Result<bool> {
    if scope.competition_ids.is_empty() {
        return Ok(true);
    }
    let named = asked.competition.or(asked.path.get("competition_id").map(String::as_str));
    if let Some(text) = named {
        return Ok(text.parse::<CompetitionId>().is_ok_and(|id| scope.has_competition(id)));
    }
    if asked.action == Action::ReadAudit {
        return Ok(false);
    }
    for (name, id) in asked.path {
        let (name, id) = (name.clone(), id.clone());
        let look = move |conn: &mut _| machines::competition_of(conn, &name, &id);
        let found = service.read_public("machine.competition", look).await?;
        if found.is_some_and(|competition| !scope.has_competition(competition)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The region that a request acts for, where the role is bound to one.
fn region_of(caller: &Caller, scope: &MachineScope, asked: &Asked<'_>) -> Result<Option<RegionCode>> {
    let named = asked.region.map(|text| scope.region_codes.iter().find(|region| region.as_str() == text));
    match named {
        Some(Some(region)) => Ok(Some(region.clone())),
        Some(None) => Err(region_not_allowed()),
        None if !is_bound(caller.role) => Ok(None),
        None if scope.region_codes.len() == 1 => Ok(scope.region_codes.first().cloned()),
        None if matches!(asked.action, Action::ReadPublic | Action::ReadSelf) => Ok(None),
        None => Err(Error::bad_request(
            "region_required",
            "该令牌可代表多个地区：请以请求头 `Qianglian-Region` 指明地区代码",
            "This token acts for several regions: name one by its code in the header `Qianglian-Region`",
        )),
    }
}

/// Refuses a region that a caller does not act for.
pub(crate) fn region_not_allowed() -> Error {
    Error::forbidden("region_not_allowed", "不能代表这一地区", "You do not act for this region")
}

/// Notes when and from where a token was used, once in a while. That it can't be noted keeps nobody from working.
async fn note_use(service: &Service, id: AccountId, machine: &MachineCaller, source: &str) {
    let now = service.clock.now();
    let quiet = machine.used_at.map_or(i64::MAX, |at| now.seconds_since(at));
    let elsewhere = machine.used_from.as_deref() != Some(source);
    if quiet < NOTED_EVERY && !(elsewhere && quiet >= NOTED_ELSEWHERE) {
        return;
    }
    let from = source.to_owned();
    let noted = service.db.write("machine.used", move |conn| machines::used(conn, id, now, &from));
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the use of a token can't be noted");
    }
}
