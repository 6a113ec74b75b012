//! What waits for a supervisor in all competitions: draws, leads, names that are suspended.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::notices::Suspension;
use super::{RequestContext, Service, parse};
use crate::db::{accounts, alarms as rows, applications};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::draw::DrawState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::time::Timestamp;
use crate::error::{Damage, Result};

/// An attempt to draw that is not over.
#[derive(Clone, Debug)]
pub struct OpenDraw {
    pub competition: CompetitionId,
    /// Which attempt.
    pub number: i32,
    /// Whether its seed or its witness is waited for.
    pub state: DrawState,
    pub frozen_at: Timestamp,
}

/// Anonymous leads of a competition that nobody has dealt with.
#[derive(Clone, Debug)]
pub struct OpenLeads {
    pub count: usize,
    /// When the oldest came.
    pub oldest: Timestamp,
}

#[derive(Clone, Debug)]
pub struct SuspendedName {
    pub competition: CompetitionId,
    pub application: ApplicationId,
    pub number: Option<String>,
    pub reason: String,
    pub since: Timestamp,
}

/// What waits for a supervisor.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Attempts to draw that are not over, oldest first.
    pub draws: Vec<OpenDraw>,
    pub leads: BTreeMap<CompetitionId, OpenLeads>,
    /// One-time links that wait for a second person.
    pub links: usize,
    pub suspended: Vec<SuspendedName>,
    /// What kept the suspended names from being read.
    damage: Option<Damage>,
}

/// What waits for a supervisor.
///
/// # Errors
/// If the caller is no supervisor.
pub async fn watch(service: &Service, context: &Arc<RequestContext>) -> Result<Watch> {
    let now = service.clock.now();
    let watch = service
        .read(context, Action::ReadAlarms, "competition".to_owned(), move |conn, context| {
            context.may(Action::ReadAlarms, Relation::General)?;
            let draws = rows::open_draws(conn)?.into_iter().map(|row| OpenDraw {
                competition: row.competition,
                number: row.number,
                state: row.state,
                frozen_at: row.frozen_at,
            });
            let mut watch = Watch { draws: draws.collect(), ..Watch::default() };
            watch.links = accounts::awaiting_links(conn, Role::ALL, None, i64::MAX, now)?.len();
            for (competition, at) in rows::open_leads(conn)? {
                watch.leads.entry(competition).or_insert(OpenLeads { count: 0, oldest: at }).count += 1;
            }
            // The desk is where damage is told of, so damage must not close it.
            let (suspensions, damage) = super::unless_damaged(rows::suspensions(conn))?;
            let suspensions = suspensions.unwrap_or_default();
            watch.damage = damage;
            let mut latest = BTreeMap::new();
            for row in suspensions {
                if let Ok(application) = row.subject.parse::<ApplicationId>() {
                    let suspension = parse::<Suspension>(&row.content)?;
                    latest.insert(application, (row.competition_id, suspension, row.signed_at));
                }
            }
            latest.retain(|_, (_, suspension, _)| suspension.suspended);
            let ids: Vec<ApplicationId> = latest.keys().copied().collect();
            let numbers = applications::numbers_of(conn, &ids)?;
            let names =
                latest.into_iter().map(|(application, (competition, suspension, since))| SuspendedName {
                    competition,
                    application,
                    number: numbers.get(&application).cloned(),
                    reason: suspension.reason,
                    since,
                });
            watch.suspended = names.collect();
            Ok(watch)
        })
        .await?;
    if let Some(damage) = &watch.damage {
        service.note_damage(damage).await;
    }
    Ok(watch)
}
