//! Freezing what is drawn from, before the public seed is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::enter;

use super::views::{DrawView, Freeze, view};
use crate::actions::conflicts::{accepted_parties, conflict_check};
use crate::actions::rules::Rules;
use crate::actions::{RequestContext, Service, need_text, parse};
use crate::db::Conn;
use crate::db::applications::Application;
use crate::db::experts::{self, Draw, PanelApplication};
use crate::domain::access::Action;
use crate::domain::catalogue::ChainNumber;
use crate::domain::draw::{
    Candidate, DRAW_FORMAT, DrawBasis, DrawRule, DrawState, PanelNeed, SeatState, commitment, draw,
};
use crate::domain::expert::{Clearance, ExpertProfile};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::review::PanelBy;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result};

/// The panels that have none yet, with what they judge.
fn needs(rules: &Rules, applications: &[&Application], placed: &[PanelApplication]) -> Vec<PanelNeed> {
    let review = &rules.settings.review;
    let mut needs: BTreeMap<String, PanelNeed> = BTreeMap::new();
    for application in applications {
        if placed.iter().any(|entry| entry.application_id == application.id) {
            continue;
        }
        let chain = ChainNumber(u16::try_from(application.chain).unwrap_or(0));
        let (key, name) = match review.panel_by {
            PanelBy::Application => {
                (application.id.to_string(), application.number.clone().unwrap_or_default())
            }
            PanelBy::Track => {
                let key = rules.settings.track_of(&rules.catalogue, chain).unwrap_or_default();
                let named = rules.settings.tracks.iter().find(|track| track.key == key);
                (key.clone(), named.map_or(key, |track| track.name.clone()))
            }
        };
        let need = needs.entry(key.clone()).or_insert_with(|| PanelNeed {
            key,
            name,
            fields: Vec::new(),
            applications: Vec::new(),
        });
        need.applications.push(application.id);
        if review.match_fields
            && let Some((cluster, _)) = rules.catalogue.chain(chain)
            && !need.fields.contains(&cluster.no)
        {
            need.fields.push(cluster.no);
        }
    }
    let mut needs: Vec<PanelNeed> = needs.into_values().collect();
    for need in &mut needs {
        need.fields.sort_unstable();
        need.applications.sort_unstable();
    }
    needs
}

/// Who may be drawn, with what is left of their load and the applications that they may not judge.
fn candidates(
    conn: &mut Conn,
    rules: &Rules,
    id: CompetitionId,
    parties: &[(Application, crate::domain::expert::Parties)],
    pool: &[(ExpertId, ExpertProfile)],
    unchecked_allowed: bool,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let (seats, placed) = (experts::seats(conn, id)?, experts::panel_applications(conn, id)?);
    let load = |expert: ExpertId| -> u32 {
        let serving = seats
            .iter()
            .filter(|seat| seat.expert_id == expert && seat.state == SeatState::Serving)
            .map(|seat| placed.iter().filter(|entry| entry.unit == seat.unit).count());
        u32::try_from(serving.sum::<usize>()).unwrap_or(u32::MAX)
    };
    let recused = |expert: ExpertId| -> Vec<ApplicationId> {
        let units = seats
            .iter()
            .filter(|seat| seat.expert_id == expert && seat.state == SeatState::Recused)
            .map(|seat| &seat.unit);
        units
            .flat_map(|unit| placed.iter().filter(move |entry| entry.unit == *unit))
            .map(|entry| entry.application_id)
            .collect()
    };
    let mut found = Vec::new();
    for (expert, profile) in pool {
        let barred_by = |clearance| match clearance {
            Clearance::Clear => false,
            Clearance::Unchecked => !unchecked_allowed,
            Clearance::Conflict => true,
        };
        let check = conflict_check(rules, profile, now);
        let mut barred: Vec<ApplicationId> = parties
            .iter()
            .filter(|(_, parties)| barred_by(check.against(parties).clearance))
            .map(|(application, _)| application.id)
            .chain(recused(*expert))
            .collect();
        barred.sort_unstable();
        barred.dedup();
        found.push(Candidate {
            expert: *expert,
            fields: profile.fields.clone(),
            load: profile.most_load.saturating_sub(load(*expert)),
            barred,
        });
    }
    Ok(found)
}

/// Everybody in the pool.
pub(super) fn pool_of(conn: &mut Conn) -> Result<Vec<(ExpertId, ExpertProfile)>> {
    experts::all(conn)?.into_iter().map(|row| Ok((row.id, parse(&row.content)?))).collect()
}

/// Refuses people among whom somebody is twice, or may be, unless somebody has found out that these are `distinct`. The
/// draw knows experts by their identifiers alone, so that this is looked at before and after it.
pub(super) fn must_be_different_people(experts: &[(ExpertId, ExpertProfile)], distinct: bool) -> Result<()> {
    let (mut seen, mut same, mut near) = (People::<usize>::default(), Vec::new(), Vec::new());
    for (index, (id, profile)) in experts.iter().enumerate() {
        let person = Person::of(profile);
        if let Some((likeness, first)) = seen.like(&person, |_| true) {
            let first: &ExpertProfile = &experts[first].1;
            let list = if likeness == Likeness::Same { &mut same } else { &mut near };
            list.push(FieldProblem::new(
                format!("/experts/{id}"),
                "alike",
                format!("{}（{}）与{}（{}）", profile.name, profile.unit, first.name, first.unit),
                format!("{} ({}) and {} ({})", profile.name, profile.unit, first.name, first.unit),
            ));
        }
        seen.add(person, index);
    }
    if !same.is_empty() {
        return Err(Error::conflict(
            "same_person",
            "专家库中同一人有多条记录，请先停用或修改多余的记录",
            "Somebody is in the pool more than once: take the further records out of the draw, or correct them, first",
        )
        .with(same));
    }
    if !near.is_empty() && !distinct {
        return Err(Error::conflict(
            "alike_experts",
            "专家库中有姓名、单位相近的专家，请核实是否同一人；确为不同的人，勾选后再冻结",
            "Some experts are nearly the same by name and unit: find out whether they are one person, and say so if not",
        )
        .with(near));
    }
    Ok(())
}

/// Freezes candidates and rule for all panels that are still to be drawn, and commits to a secret. Nothing can be
/// changed afterwards; the attempt can only go on or be given up, and both stay on record.
///
/// # Errors
/// If the caller is not the office, the competition is not at its draw, another attempt goes on, no panel is to be drawn,
/// or a panel has fewer candidates than seats.
pub async fn freeze(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    freeze: Freeze,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    let secret = hex::encode(service.clock.secret::<32>());
    service
        .write(context, Action::Draw, move |conn, act| {
            let (_, rules) = enter(conn, act, &cache, id, Action::Draw)?;
            let before = experts::draws(conn, id)?;
            let number = i32::try_from(before.len() + 1).unwrap_or(i32::MAX);
            act.on("draw", format!("{id}/{number}"));
            need_text("/seed_source", &freeze.seed_source, 1, 500)?;
            if before.iter().any(|row| matches!(row.state, DrawState::Frozen | DrawState::Drawn)) {
                return Err(Error::conflict(
                    "draw_open",
                    "上一次抽取尚未结束",
                    "Another attempt is not finished",
                ));
            }
            let mut pool = pool_of(conn)?;
            pool.retain(|(_, profile)| profile.available);
            must_be_different_people(&pool, freeze.distinct)?;
            let parties = accepted_parties(conn, &rules, id)?;
            let applications: Vec<&Application> =
                parties.iter().map(|(application, _)| application).collect();
            let panels = needs(&rules, &applications, &experts::panel_applications(conn, id)?);
            if panels.is_empty() {
                return Err(Error::conflict(
                    "nothing_to_draw",
                    "没有需要抽取的评审组",
                    "Every application has its panel, or there is none",
                ));
            }
            let review = &rules.settings.review;
            let basis = DrawBasis {
                format: DRAW_FORMAT.to_owned(),
                competition: id,
                attempt: number,
                rule: DrawRule {
                    algorithm: DRAW_FORMAT.to_owned(),
                    seats: review.panel_size,
                    alternates: review.alternates,
                    unchecked_allowed: freeze.unchecked_allowed,
                },
                seed_source: freeze.seed_source.clone(),
                commitment: commitment(&secret),
                candidates: candidates(conn, &rules, id, &parties, &pool, freeze.unchecked_allowed, act.now)?,
                panels,
            };
            must_have_enough(&basis, &secret)?;
            let content = canonical(&basis);
            let row = Draw {
                competition_id: id,
                number,
                state: DrawState::Frozen,
                digest: digest_of(&content),
                content,
                secret: secret.clone(),
                public_seed: None,
                result: None,
                frozen_by: act.account()?,
                frozen_at: act.now,
                drawn_at: None,
                witnessed_by: None,
                witnessed_at: None,
                reason: String::new(),
            };
            experts::insert_draw(conn, &row)?;
            act.changed(None, Some(row.digest));
            act.detail("commitment", &basis.commitment);
            act.detail("seed_source", &basis.seed_source);
            view(&experts::all(conn)?, row)
        })
        .await
}

/// Refuses a basis with too few candidates for a panel taken by itself. (Whether loads suffice for all panels together
/// depends on the draw.) Any seed orders the same candidates.
fn must_have_enough(basis: &DrawBasis, secret: &str) -> Result<()> {
    let seats = basis.rule.seats as usize;
    let short: Vec<FieldProblem> = draw(basis, secret, "")
        .panels
        .iter()
        .filter(|panel| panel.order.len() < seats)
        .map(|panel| {
            FieldProblem::new(
                format!("/panels/{}", panel.key),
                "too_few_candidates",
                format!("可抽取专家{}人，少于所需的{seats}人", panel.order.len()),
                format!(
                    "{} for {}",
                    count(panel.order.len(), "candidate", "candidates"),
                    count(seats, "seat", "seats")
                ),
            )
        })
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "too_few_candidates",
        "可抽取的专家不足：请补充专家库或完善专家资料",
        "Too few experts can be drawn; add to the pool, or complete what is known of its experts",
    )
    .with(short))
}
