//! Progress (进度): what is still to be done in a competition, by whom, and who is reminded.

mod reminders;
mod tasks;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use self::tasks::{Standing, tasks};
use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service};
use crate::db;
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::{RegionCode, RegionKind};
use crate::domain::ids::CompetitionId;
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SheetState;
use crate::error::Result;

pub use self::reminders::remind;
pub use self::views::*;

/// How a competition goes on: by city, by panel, and what is still to be done by whom.
///
/// # Errors
/// If the caller may not see it.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<ProgressView> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadProgress, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadProgress, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let standing = Standing::read(conn, id)?;
            let tasks = tasks(conn, &competition, &rules, &standing, now)?;
            let mut inspections = BTreeMap::new();
            for row in &standing.inspections {
                *inspections.entry(row.state).or_insert(0) += 1;
            }
            Ok(ProgressView {
                state: competition.state,
                due_at: rules.settings.calendar.period(competition.state).map(|period| period.until),
                cities: cities(&rules, &standing),
                panels: panels(&standing),
                inspections,
                tasks: tasks.into_iter().map(|task| task.view).collect(),
            })
        })
        .await
}

/// How many score sheets had been signed by the end of which day, for each day on which one was.
///
/// # Errors
/// If the caller may not see it.
pub async fn signatures(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<(NaiveDate, u64)>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadProgress, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadProgress, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let mut by_day: BTreeMap<NaiveDate, u64> = BTreeMap::new();
            // A correction is no further sheet.
            for at in db::documents::first_signed(conn, id, DocumentKind::Sheet)? {
                *by_day.entry(at.date()).or_insert(0) += 1;
            }
            let mut signed = 0;
            let sum = |(day, count)| {
                signed += count;
                (day, signed)
            };
            Ok(by_day.into_iter().map(sum).collect())
        })
        .await
}

fn cities(rules: &Rules, standing: &Standing) -> Vec<CityProgressView> {
    let view = |city: &RegionCode| CityProgressView {
        city: rules.catalogue.named_city(city),
        application_counts: BTreeMap::new(),
        is_sealed: standing.sealed.contains(city),
    };
    // A city without applications is counted too: who has to be asked is seen at a glance.
    let all = rules.catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let mut cities: BTreeMap<RegionCode, CityProgressView> =
        all.map(|city| (city.code.clone(), view(&city.code))).collect();
    for application in &standing.applications {
        // What a city has not submitted is not the office's to see.
        if application.never_submitted() {
            continue;
        }
        let city = &application.city;
        let of_city = cities.entry(city.clone()).or_insert_with(|| view(city));
        *of_city.application_counts.entry(application.state).or_insert(0) += 1;
    }
    cities.into_values().collect()
}

fn panels(standing: &Standing) -> Vec<PanelProgressView> {
    let mut panels: BTreeMap<String, PanelProgressView> = BTreeMap::new();
    for seat in standing.serving() {
        let states: Vec<Option<SheetState>> = standing
            .judged(&seat.unit)
            .map(|application| standing.sheets.get(&(application, seat.expert_id)).copied())
            .collect();
        let panel = panels
            .entry(seat.unit.clone())
            .or_insert_with(|| PanelProgressView { key: seat.unit.clone(), experts: Vec::new() });
        panel.experts.push(ExpertProgressView {
            expert_id: seat.expert_id,
            name: standing.name(seat.expert_id),
            declared: seat.declared_at.is_some(),
            sheets: states.len(),
            begun: states.iter().filter(|state| state.is_some()).count(),
            signed: states.iter().filter(|state| **state == Some(SheetState::Signed)).count(),
        });
    }
    panels.into_values().collect()
}
