//! The draw of panels: candidates and rule are frozen, then the seed is entered, then the supervisor confirms.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conflicts::{accepted_parties, conflict_check};
use super::rules::{Rules, visible_competition};
use super::{Act, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications::Application;
use crate::db::competitions::Competition;
use crate::db::experts::{self, Draw, Expert, PanelApplication, Seat};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::{
    Candidate, DRAW_FORMAT, DrawBasis, DrawRecord, DrawResult, DrawRule, DrawState, PanelNeed, SeatState,
    commitment, draw,
};
use crate::domain::expert::{Clearance, ExpertProfile};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, digest_of};
use crate::domain::review::PanelBy;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_valid};

/// What is decided before a draw.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "FreezeCandidates")]
pub struct Freeze {
    /// The public event to come whose outcome will be the public seed, such as the numbers of a named lottery draw.
    pub seed_source: String,
    /// Whether experts whose conflicts could not be fully checked may be drawn.
    #[serde(default)]
    pub unchecked_allowed: bool,
    /// Whether somebody has looked at experts whose names and units are nearly the same, and they are different people.
    #[serde(default)]
    pub distinct: bool,
}

/// The outcome of the public event.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EnterSeed {
    /// Exactly as published.
    pub public_seed: String,
}

/// The supervisor's word, or the office's reason for giving an attempt up.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "WitnessDraw")]
pub struct Witness {
    /// Whether the draw was done as it must.
    pub confirmed: bool,
    /// Why not; obligatory unless confirmed.
    #[serde(default)]
    pub reason: String,
}

/// Why an attempt is given up.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "GiveUpDraw")]
pub struct GiveUp {
    pub reason: String,
}

/// An attempt to draw.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DrawView {
    /// Which attempt, from 1.
    pub number: i32,
    pub state: DrawState,
    /// What was frozen.
    pub basis: DrawBasis,
    /// The digest of what was frozen.
    pub digest: Digest,
    /// The secret behind the commitment, once the public seed is entered.
    pub secret: Option<String>,
    pub public_seed: Option<String>,
    /// What the draw came to.
    pub result: Option<DrawResult>,
    /// Names of the experts.
    pub names: BTreeMap<ExpertId, String>,
    /// Their units.
    pub units: BTreeMap<ExpertId, String>,
    /// When it was frozen.
    pub frozen_at: Timestamp,
    /// Who confirmed or rejected it.
    pub witnessed_by: Option<AccountId>,
    pub witnessed_at: Option<Timestamp>,
    /// Why it is void.
    pub reason: String,
}

fn view(pool: &[Expert], row: Draw) -> Result<DrawView> {
    let basis: DrawBasis = parse(&row.content)?;
    let drawn: Vec<ExpertId> = basis.candidates.iter().map(|candidate| candidate.expert).collect();
    let known: Vec<&Expert> = pool.iter().filter(|expert| drawn.contains(&expert.id)).collect();
    let names = known.iter().map(|expert| (expert.id, expert.name.clone())).collect();
    let units = known.iter().map(|expert| (expert.id, expert.unit.clone())).collect();
    Ok(DrawView {
        number: row.number,
        state: row.state,
        basis,
        digest: row.digest,
        secret: row.public_seed.is_some().then_some(row.secret),
        public_seed: row.public_seed,
        result: row.result.as_deref().map(parse).transpose()?,
        names,
        units,
        frozen_at: row.frozen_at,
        witnessed_by: row.witnessed_by,
        witnessed_at: row.witnessed_at,
        reason: row.reason,
    })
}

/// Enters a competition that is at its draw.
fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &super::rules::Cache,
    id: CompetitionId,
    action: Action,
) -> Result<(Competition, Arc<Rules>)> {
    act.context.may(action, Relation::General)?;
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
    if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段不能抽取专家",
            "The competition is not at its draw",
        ));
    }
    Ok((competition, rules))
}

fn attempt(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Draw> {
    let found = experts::draws(conn, id)?.into_iter().find(|row| row.number == number);
    found.ok_or_else(Error::not_found)
}

fn must_stand_at(row: &Draw, state: DrawState) -> Result<()> {
    if row.state == state {
        return Ok(());
    }
    Err(Error::conflict(
        "no_such_step",
        "本次抽取现不能进行此操作，请刷新页面查看其进展",
        "This can't be done at this point of the draw; look at where it stands",
    ))
}

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
fn pool_of(conn: &mut Conn) -> Result<Vec<(ExpertId, ExpertProfile)>> {
    experts::all(conn)?.into_iter().map(|row| Ok((row.id, parse(&row.content)?))).collect()
}

/// Refuses people among whom somebody is twice, or may be, unless somebody has found out that these are `distinct`. The
/// draw knows experts by their identifiers alone, so that this is looked at before and after it.
fn must_be_different_people(experts: &[(ExpertId, ExpertProfile)], distinct: bool) -> Result<()> {
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
            let mut problems = Vec::new();
            check_text(&mut problems, "/seed_source", &freeze.seed_source, 1, 500);
            must_be_valid(problems)?;
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

/// Enters the public seed and draws.
///
/// # Errors
/// If the caller is not the office, there is no such attempt, or it is not waiting for its seed.
pub async fn enter_seed(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    seed: EnterSeed,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Draw, move |conn, act| {
            enter(conn, act, &cache, id, Action::Draw)?;
            act.on("draw", format!("{id}/{number}"));
            let mut row = attempt(conn, id, number)?;
            must_stand_at(&row, DrawState::Frozen)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/public_seed", &seed.public_seed, 1, 500);
            must_be_valid(problems)?;
            let basis: DrawBasis = parse(&row.content)?;
            let public_seed = seed.public_seed.trim().to_owned();
            act.follows(FieldProblem::new(
                "",
                "drawn",
                format!("以公开种子“{public_seed}”（一字不差）抽取；结果即定，不能改种子重抽，只有纪检监督能否决"),
                format!("Panels are drawn by the public seed “{public_seed}”, to the letter; nobody draws again by another seed, and only a supervisor can reject the outcome"),
            ));
            let result = draw(&basis, &row.secret, &public_seed);
            act.detail("public_seed", &public_seed);
            act.detail("secret", &row.secret);
            act.detail("short", &result.short);
            if result.short.is_empty() {
                row.state = DrawState::Drawn;
            } else {
                row.state = DrawState::Void;
                row.reason = format!("评审组 {} 的专家工作量不足", result.short.join("、"));
            }
            row.public_seed = Some(public_seed);
            row.result = Some(canonical(&result));
            row.drawn_at = Some(act.now);
            experts::update_draw(conn, &row)?;
            act.changed(Some(row.digest), Some(digest_of(canonical(&result))));
            view(&experts::all(conn)?, row)
        })
        .await
}

/// Confirms or rejects a draw, as its witness. Confirmed, the panels hold.
///
/// # Errors
/// If the caller is no supervisor, there is no such attempt, or it is not waiting for its witness.
pub async fn witness(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    witness: Witness,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::WitnessDraw, move |conn, act| {
            enter(conn, act, &cache, id, Action::WitnessDraw)?;
            act.on("draw", format!("{id}/{number}"));
            let mut row = attempt(conn, id, number)?;
            must_stand_at(&row, DrawState::Drawn)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &witness.reason, usize::from(!witness.confirmed), 1_000);
            must_be_valid(problems)?;
            if witness.confirmed {
                must_seat_nobody_twice(conn, &row)?;
            }
            row.witnessed_by = Some(act.account()?);
            row.witnessed_at = Some(act.now);
            row.reason.clone_from(&witness.reason);
            row.state = if witness.confirmed { DrawState::Confirmed } else { DrawState::Void };
            experts::update_draw(conn, &row)?;
            act.detail("confirmed", &witness.confirmed);
            if witness.confirmed {
                seat_panels(conn, act, id, &row)?;
            }
            view(&experts::all(conn)?, row)
        })
        .await
}

/// A draw whose candidates were frozen before their names were compared may have drawn somebody twice.
fn must_seat_nobody_twice(conn: &mut Conn, row: &Draw) -> Result<()> {
    let result: DrawResult = parse(row.result.as_deref().unwrap_or_default())?;
    let pool = pool_of(conn)?;
    for panel in &result.panels {
        let serving = pool.iter().filter(|(id, _)| panel.serving.contains(id)).cloned();
        must_be_different_people(&serving.collect::<Vec<_>>(), true)?;
    }
    Ok(())
}

fn seat_panels(conn: &mut Conn, act: &Act<'_>, id: CompetitionId, row: &Draw) -> Result<()> {
    let basis: DrawBasis = parse(&row.content)?;
    let result: DrawResult = parse(row.result.as_deref().unwrap_or_default())?;
    for need in &basis.panels {
        for application in &need.applications {
            experts::insert_panel_application(
                conn,
                &PanelApplication {
                    application_id: *application,
                    competition_id: id,
                    unit: need.key.clone(),
                },
            )?;
        }
    }
    for panel in &result.panels {
        // Serving ones first, then everybody else in the order of the tickets: who is next when one is recused.
        let waiting = panel.order.iter().filter(|expert| !panel.serving.contains(expert));
        let seats = panel.serving.iter().map(|expert| (expert, SeatState::Serving));
        for (index, (expert, state)) in
            seats.chain(waiting.map(|expert| (expert, SeatState::Waiting))).enumerate()
        {
            experts::insert_seat(
                conn,
                &Seat {
                    competition_id: id,
                    unit: panel.key.clone(),
                    expert_id: *expert,
                    position: i32::try_from(index + 1).unwrap_or(i32::MAX),
                    state,
                    reason: String::new(),
                    declared_at: None,
                    changed_at: act.now,
                },
            )?;
        }
    }
    Ok(())
}

/// Gives an attempt up before it is confirmed. It stays on record.
///
/// # Errors
/// If the caller is not the office, there is no such attempt, or it is finished.
pub async fn give_up(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    request: GiveUp,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Draw, move |conn, act| {
            enter(conn, act, &cache, id, Action::Draw)?;
            act.on("draw", format!("{id}/{number}"));
            let mut row = attempt(conn, id, number)?;
            // Once the outcome is known, only the witness can turn it down: else the office could draw until it likes it.
            must_stand_at(&row, DrawState::Frozen)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &request.reason, 1, 1_000);
            must_be_valid(problems)?;
            row.state = DrawState::Void;
            row.reason.clone_from(&request.reason);
            experts::update_draw(conn, &row)?;
            act.detail("reason", &row.reason);
            view(&experts::all(conn)?, row)
        })
        .await
}

/// The attempts of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<DrawView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let pool = experts::all(conn)?;
            experts::draws(conn, id)?.into_iter().map(|row| view(&pool, row)).collect()
        })
        .await
}

/// The record of a draw: the file that `qianglian draw --replay` draws again from.
///
/// # Errors
/// If the caller may not see it, or nothing has been drawn.
pub async fn record(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<DrawRecord> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("draw/{id}/{number}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let row = attempt(conn, id, number)?;
            let (Some(public_seed), Some(result)) = (row.public_seed, row.result) else {
                return Err(Error::conflict("not_drawn", "尚未抽取", "Nothing has been drawn yet"));
            };
            Ok(DrawRecord {
                basis: parse(&row.content)?,
                digest: row.digest,
                secret: row.secret,
                public_seed,
                result: parse(&result)?,
            })
        })
        .await
}
