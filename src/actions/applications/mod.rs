//! Applications: written in parts by several people, agreed to by members, submitted with a receipt, withdrawn.

mod access;
mod completeness;
pub mod consents;
mod list;
mod members;
mod part_tables;
mod parts;
mod submission;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rules::{Cache, Rules, visible_competition};
use super::{RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications::{self, Application, MemberRow};
use crate::db::competitions::Competition;
use crate::domain::access::{Action, Relation};
use crate::domain::application::{ApplicationState, ConsentState};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::record::canonical_value;
use crate::error::{Error, Result};

pub(crate) use access::*;
pub use completeness::*;
pub use list::*;
pub use members::*;
pub use part_tables::import_part;
pub use parts::*;
pub use submission::*;
pub use views::*;

/// Starts an application. One lead a region and chain.
///
/// # Errors
/// If the caller is no applicant, the competition takes no applications, the chain is not in its catalogue, or the region
/// leads one for the chain already.
pub async fn create(
    service: &Service,
    context: &Arc<RequestContext>,
    competition_id: CompetitionId,
    create: Create,
) -> Result<ApplicationView> {
    let id = ApplicationId(service.clock.new_id());
    let cache = service.cache.clone();
    service
        .write(context, Action::CreateApplication, move |conn, act| {
            act.context.may(Action::CreateApplication, Relation::General)?;
            visible_competition(conn, &cache, act.context, competition_id)?;
            act.enter(conn, competition_id)?;
            act.on("application", id);
            let (competition, rules) = visible_competition(conn, &cache, act.context, competition_id)?;
            let period = &rules.settings.calendar.application;
            if competition.state != CompetitionState::Application {
                return Err(Error::conflict(
                    "stage_closed",
                    "本届竞赛现不接受申报",
                    "The competition takes no applications now",
                ));
            }
            if act.context.received_at > period.until || act.context.received_at < period.from {
                return Err(Error::conflict(
                    "deadline_passed",
                    format!("申报时间为{}至{}", period.from, period.until),
                    format!("Applications are taken from {} to {}", period.from, period.until),
                ));
            }
            if rules.catalogue.chain(create.chain_number).is_none() {
                return Err(Error::invalid_field(
                    "/chain_number",
                    "unknown_chain",
                    "本届目录中没有该产业链",
                    "The competition's catalogue has no such chain",
                ));
            }
            let region = act.context.caller()?.region.clone().ok_or_else(Error::not_found)?;
            let Some(city) = rules.catalogue.city_of(&region).cloned() else {
                return Err(Error::conflict(
                    "region_not_in_catalogue",
                    "本地区不在本届目录中",
                    "Your region is not in the competition's catalogue",
                ));
            };
            let chain = i32::from(create.chain_number.0);
            if applications::lead(conn, competition_id, &region, chain)?.is_some() {
                return Err(applications::already_filed());
            }
            let application = Application {
                id,
                competition_id,
                lead_region: region.clone(),
                city,
                chain,
                state: ApplicationState::Draft,
                revision: 1,
                number: None,
                created_by: act.account()?,
                created_at: act.now,
                changed_at: act.now,
            };
            applications::insert(conn, &application)?;
            let lead = MemberRow {
                application_id: id,
                region,
                role: create.role,
                consent: ConsentState::Given,
                statement: String::new(),
                decided_by: Some(act.account()?),
                decided_at: Some(act.now),
                added_at: act.now,
            };
            applications::insert_member(conn, &lead)?;
            act.detail("lead_region", &application.lead_region);
            act.detail("chain", &create.chain_number);
            view(conn, application, vec![lead], &competition, &rules)
        })
        .await
}

pub(super) fn view(
    conn: &mut Conn,
    application: Application,
    members: Vec<MemberRow>,
    competition: &Competition,
    rules: &Rules,
) -> Result<ApplicationView> {
    let stored = applications::parts(conn, application.id)?;
    let mut parts = BTreeMap::new();
    for part in all_parts(rules) {
        let row = stored.iter().find(|row| row.part == part.to_string());
        let content = match row {
            Some(row) => parse(&row.content)?,
            None => canonical_value(&empty(&part)),
        };
        parts.insert(
            part.to_string(),
            PartView {
                revision: row.map_or(0, |row| row.revision),
                changed_by: row.map(|row| row.changed_by),
                changed_at: row.map(|row| row.changed_at),
                content,
            },
        );
    }
    let decisions = applications::decisions(conn, application.id)?;
    let submission_due_at = submit_until(conn, &application, competition, rules)?;
    let chain = chain_of(&application)?;
    Ok(ApplicationView {
        id: application.id,
        competition_id: application.competition_id,
        number: application.number,
        state: application.state,
        revision: application.revision,
        city: rules.catalogue.named_city(&application.city),
        chain: rules.catalogue.named_chain(chain),
        track: rules.settings.track_of(&rules.catalogue, chain),
        submission_due_at,
        parts,
        members: members
            .into_iter()
            .map(|member| member_view(&rules.catalogue, &application.lead_region, member))
            .collect(),
        decisions: decisions
            .into_iter()
            .map(|decision| DecisionView {
                kind: decision.kind,
                reason: decision.reasons,
                at: decision.decided_at,
            })
            .collect(),
        lead_region: rules.catalogue.named_region(&application.lead_region),
        changed_at: application.changed_at,
    })
}

pub(crate) fn chain_of(application: &Application) -> Result<ChainNumber> {
    chain(application.chain)
}

pub(crate) fn chain(stored: i32) -> Result<ChainNumber> {
    let number = u16::try_from(stored);
    number.map(ChainNumber).map_err(|_| Error::internal("a stored chain number is out of range"))
}

/// An application.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<ApplicationView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            read_in(conn, &cache, context, id)
        })
        .await
}

/// The same in a transaction.
pub(crate) fn read_in(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<ApplicationView> {
    let (application, members) = find(conn, context, id, Action::ReadApplication)?;
    let (competition, rules) = visible_competition(conn, cache, context, application.competition_id)?;
    view(conn, application, members, &competition, &rules)
}
