//! Reminding those who have something to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tasks::{Standing, Whom, tasks};
use super::views::{RemindersView, TaskView};
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{RequestContext, Service};
use crate::db::accounts::{Account, Wanted};
use crate::db::letters::{self, Letter};
use crate::db::{self, Conn, experts};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{CompetitionId, LetterId};
use crate::domain::notice::chinese_date;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Writes a letter to everybody who still has something to do at the present stage: one a person and day, whatever there
/// is to do.
///
/// # Errors
/// If the caller is not the office, or there is nothing to remind of.
pub async fn remind(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<RemindersView> {
    let (cache, clock) = (service.cache.clone(), service.clock.clone());
    service
        .write(context, Action::Remind, move |conn, act| {
            act.context.may(Action::Remind, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            act.on("competition", id);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let standing = Standing::read(conn, id)?;
            let mut by_person: BTreeMap<Whom, Vec<TaskView>> = BTreeMap::new();
            for task in tasks(conn, &competition, &rules, &standing, act.now)? {
                by_person.entry(task.whom).or_default().push(task.view);
            }
            // The office reads its own list.
            by_person.remove(&Whom::Office);
            if by_person.is_empty() {
                return Err(Error::conflict(
                    "nothing_to_remind",
                    "没有需要催办的事项",
                    "Nobody has anything to do",
                ));
            }
            let mut view = RemindersView { written: 0, already: 0, without_address: Vec::new() };
            for (whom, tasks) in by_person {
                let accounts = accounts_of(conn, &whom)?;
                let addressed: Vec<&Account> =
                    accounts.iter().filter(|account| account.email.is_some()).collect();
                if addressed.is_empty() {
                    view.without_address.push(tasks[0].who_name.clone());
                }
                for account in addressed {
                    let letter = reminder(&clock, &rules, id, account, &tasks, act.now);
                    if letters::insert(conn, &letter)? { view.written += 1 } else { view.already += 1 }
                }
            }
            act.detail("written", &view.written);
            act.detail("already", &view.already);
            Ok(view)
        })
        .await
}

fn accounts_of(conn: &mut Conn, whom: &Whom) -> Result<Vec<Account>> {
    let account = match whom {
        Whom::Region(role, region) => {
            let accounts = db::accounts::list(conn, None, 100, &Wanted::bound_to(*role, region))?;
            return Ok(accounts.into_iter().filter(|account| account.enabled).collect());
        }
        Whom::Expert(id) => experts::by_id(conn, *id)?.and_then(|expert| expert.account_id),
        Whom::Account(id) => Some(*id),
        Whom::Office => None,
    };
    let found = match account {
        Some(id) => db::accounts::by_id(conn, id)?.filter(|account| account.enabled),
        None => None,
    };
    Ok(found.into_iter().collect())
}

fn reminder(
    clock: &crate::clock::Clock,
    rules: &Rules,
    id: CompetitionId,
    account: &Account,
    tasks: &[TaskView],
    now: Timestamp,
) -> Letter {
    let title = &rules.settings.title;
    let (mut zh, mut en) = (String::new(), String::new());
    for task in tasks {
        let about = task.about.as_deref().map(|about| format!(" {about}")).unwrap_or_default();
        let (chinese, english) = task.kind.names();
        let due = |until: &str| {
            let by = |due: Timestamp| {
                format!("（{until}{}{}）", chinese_date(due.date()), due.local().format("%H:%M"))
            };
            task.due_at.map(by).unwrap_or_default()
        };
        zh.push_str(&format!("· {chinese}{about}{}\n", due(if task.late { "已逾期，期限" } else { "期限" })));
        en.push_str(&format!("- {english}{about}\n"));
    }
    Letter {
        competition_id: Some(id),
        account_id: Some(account.id),
        ..Letter::new(
            LetterId(clock.new_id()),
            format!("reminder/{id}/{}/{}", account.id, now.date()),
            account.email.as_deref().unwrap_or_default(),
            format!("催办：{title}"),
            format!(
                "{}：\n\n{title}有以下事项待您办理：\n\n{zh}\n请登录系统办理。\n\n----\n\nStill to be done by you:\n\n{en}",
                account.display_name
            ),
            now,
        )
    }
}
