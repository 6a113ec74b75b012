//! Accounts that were opened or reset for people who judge, watch or decide.

use std::collections::{BTreeMap, BTreeSet};

use super::views::{AlarmPersonView, AlarmSubject, AlarmView};
use crate::actions::parse;
use crate::db::audit::SERVICE_CHAIN;
use crate::db::competitions::Competition;
use crate::db::{self, Conn, alarms as rows};
use crate::domain::access::{Action, Role};
use crate::domain::alarms::AlarmKind;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::Event;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An account of somebody who judges, watches or decides that was opened or reset.
struct Access {
    at: Timestamp,
    reset: bool,
    /// Who did it; nobody for the operator of the machine.
    by: Option<AlarmPersonView>,
    whose: AlarmPersonView,
    role: Role,
    /// Whether a supervisor had to confirm the link.
    seconded: bool,
}

/// Such accounts of all times, in order.
fn accesses(conn: &mut Conn, since: Timestamp) -> Result<Vec<Access>> {
    let actions = [Action::InviteAccount, Action::ResetAccount, Action::ResetSecondFactor];
    let mut events = Vec::new();
    for (_, _, body) in rows::events(conn, vec![SERVICE_CHAIN.to_owned()], &actions)? {
        let event: Event = parse(&body)?;
        if let Some(id) = event.object.strip_prefix("account/").and_then(|id| id.parse::<AccountId>().ok())
            && event.at >= since
        {
            events.push((id, event));
        }
    }
    let people = events
        .iter()
        .flat_map(|(id, event)| std::iter::once(*id).chain(event.actor.as_ref().map(|actor| actor.account)));
    let people: BTreeSet<AccountId> = people.collect();
    let people: Vec<AccountId> = people.into_iter().collect();
    let known: BTreeMap<AccountId, db::accounts::Account> =
        db::accounts::by_ids(conn, &people)?.into_iter().map(|account| (account.id, account)).collect();
    let person = |account: &db::accounts::Account| AlarmPersonView {
        account_id: Some(account.id),
        name: account.display_name.clone(),
    };
    let accesses = events.into_iter().filter_map(|(id, event)| {
        let account = known.get(&id).filter(|account| account.role.is_entrusted())?;
        Some(Access {
            at: event.at,
            reset: event.action != Action::InviteAccount.as_str(),
            by: event.actor.and_then(|actor| known.get(&actor.account)).map(person),
            whose: person(account),
            role: account.role,
            seconded: event.details.get("confirmation").is_some(),
        })
    });
    Ok(accesses.collect())
}

/// Alarms of accounts that were opened or reset while a competition went on.
pub(super) fn access_alarms(
    conn: &mut Conn,
    competitions: &[Competition],
) -> Result<Vec<(CompetitionId, Vec<AlarmView>)>> {
    let Some(since) = competitions.iter().map(|competition| competition.created_at).min() else {
        return Ok(Vec::new());
    };
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let announced: BTreeMap<_, _> = rows::first_announcements(conn, &ids)?.into_iter().collect();
    let accesses = accesses(conn, since)?;
    let of_competition = |competition: &Competition| {
        let until = announced.get(&competition.id);
        let meanwhile = |access: &&Access| {
            access.at >= competition.created_at && until.is_none_or(|until| access.at <= *until)
        };
        let (resets, opened): (Vec<&Access>, Vec<&Access>) =
            accesses.iter().filter(meanwhile).partition(|access| access.reset);
        let mut together: BTreeMap<_, Vec<&Access>> = BTreeMap::new();
        for access in opened {
            let by = access.by.as_ref().and_then(|person| person.account_id);
            together.entry((access.at.date(), by, access.role)).or_default().push(access);
        }
        let resets = resets.into_iter().map(|access| vec![access]);
        resets.chain(together.into_values()).filter_map(|accesses| access_alarm(&accesses)).collect()
    };
    Ok(competitions.iter().map(|competition| (competition.id, of_competition(competition))).collect())
}

/// One alarm of accounts that one person opened on a day, or of one that was reset.
fn access_alarm(accesses: &[&Access]) -> Option<AlarmView> {
    let last = accesses.last()?;
    let count = accesses.len();
    let alone = accesses.iter().filter(|access| !access.seconded).count();
    let who = |operator: &'static str| last.by.as_ref().map_or(operator, |person| person.name.as_str());
    let (zh, en) = (who("服务器操作员"), who("the operator of the machine"));
    let (kind, subject, zh, en) = if last.reset {
        let told = (format!("{zh}重置了账号"), format!("The account was reset by {en}"));
        (AlarmKind::AccountReset, AlarmSubject::Reset, told.0, told.1)
    } else {
        let told = (format!("{zh}开立了{count}个账号"), format!("Accounts opened by {en}: {count}"));
        (AlarmKind::AccountOpened, AlarmSubject::Opened, told.0, told.1)
    };
    let what = if alone == 0 {
        (format!("{zh}，链接码须经纪检监督确认"), format!("{en}; a supervisor had to confirm the code"))
    } else {
        (
            format!("{zh}，其中{alone}个链接码无须纪检监督确认"),
            format!("{en}; codes that no supervisor had to confirm: {alone}"),
        )
    };
    let mut alarm = AlarmView::new(kind, last.at, subject, what);
    alarm.persons = last.by.iter().cloned().collect();
    alarm.experts = accesses.iter().map(|access| access.whose.clone()).collect();
    Some(alarm)
}
