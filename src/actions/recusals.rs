//! Who leaves a panel, who follows, and who comes back once what was mistaken is corrected. What it comes to is told by
//! name, and done once it is confirmed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::conflicts::{accepted_parties, conflict_check};
use super::documents;
use super::rules::{Cache, Rules};
use super::{Act, parse};
use crate::db::experts::{self, Expert, Seat};
use crate::db::{self, Conn};
use crate::domain::access::Role;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::expert::{Clearance, Conflict, ConflictKind, ExpertProfile};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::Result;

/// A recusal, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PanelChange {
    format: String,
    competition: CompetitionId,
    panel: String,
    recused: ExpertId,
    /// Whether the expert was serving or waiting.
    was: SeatState,
    conflicts: Vec<Conflict>,
    next: Option<ExpertId>,
}

/// That somebody came back, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PanelRestoration {
    format: String,
    competition: CompetitionId,
    panel: String,
    restored: ExpertId,
    stands_down: Option<ExpertId>,
}

/// Of a change of a panel, what tells whether it can be made undone.
#[derive(Deserialize)]
struct Left {
    /// Absent where somebody came back.
    #[serde(default)]
    recused: Option<ExpertId>,
    /// Absent from what earlier versions kept.
    #[serde(default)]
    was: Option<SeatState>,
    #[serde(default)]
    conflicts: Vec<Conflict>,
    #[serde(default)]
    next: Option<ExpertId>,
}

impl Left {
    /// Whether the check for conflicts was what recused the expert: not the expert, and not the office.
    fn was_found(&self) -> bool {
        let declared = |conflict: &Conflict| conflict.kind == ConflictKind::Declared;
        !self.conflicts.is_empty() && !self.conflicts.iter().any(declared)
    }
}

/// Recuses an expert from a panel and calls the next in order: the first waiting one without a conflict whose load
/// allows it. What the recused one has signed counts no more.
pub(super) fn recuse(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    mut seat: Seat,
    conflicts: Vec<Conflict>,
    reason: &str,
) -> Result<()> {
    let (competition, unit) = (seat.competition_id, seat.unit.clone());
    let was = seat.state;
    seat.state = SeatState::Recused;
    reason.clone_into(&mut seat.reason);
    seat.changed_at = act.now;
    experts::update_seat(conn, &seat)?;
    let next =
        if was == SeatState::Serving { call_next(conn, act, rules, competition, &unit)? } else { None };
    tell_recusal(conn, act, rules, (&seat, was), &conflicts, next)?;
    let number = documents::next_number(conn, competition, DocumentKind::PanelChange, &unit)?;
    let change = PanelChange {
        format: "qianglian-panel-change/1".to_owned(),
        competition,
        panel: unit.clone(),
        recused: seat.expert_id,
        was,
        conflicts,
        next,
    };
    documents::keep(conn, act, competition, (DocumentKind::PanelChange, &unit, number), &change, reason)?;
    act.detail("panel", &unit);
    act.detail("recused", &seat.expert_id);
    act.detail("next", &next);
    Ok(())
}

/// The seats of a competition and what its panels judge.
struct Panels {
    seats: Vec<Seat>,
    judged: BTreeMap<String, Vec<ApplicationId>>,
}

impl Panels {
    fn of(conn: &mut Conn, competition: CompetitionId) -> Result<Self> {
        let mut judged: BTreeMap<String, Vec<ApplicationId>> = BTreeMap::new();
        for entry in experts::panel_applications(conn, competition)? {
            judged.entry(entry.unit).or_default().push(entry.application_id);
        }
        Ok(Self { seats: experts::seats(conn, competition)?, judged })
    }

    fn judged(&self, unit: &str) -> &[ApplicationId] {
        self.judged.get(unit).map_or(&[], Vec::as_slice)
    }

    fn of_panel(&self, unit: &str, state: SeatState) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(move |seat| seat.unit == unit && seat.state == state)
    }

    fn seat(&self, unit: &str, expert: ExpertId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.unit == unit && seat.expert_id == expert)
    }

    /// Whether an expert can take the applications of a panel besides those that the expert has already.
    fn allows(&self, expert: ExpertId, unit: &str, profile: &ExpertProfile) -> bool {
        let serving = |seat: &&Seat| seat.expert_id == expert && seat.state == SeatState::Serving;
        let load: usize = self.seats.iter().filter(serving).map(|seat| self.judged(&seat.unit).len()).sum();
        load + self.judged(unit).len() <= profile.most_load as usize
    }
}

fn call_next(
    conn: &mut Conn,
    act: &Act<'_>,
    rules: &Rules,
    competition: CompetitionId,
    unit: &str,
) -> Result<Option<ExpertId>> {
    let panels = Panels::of(conn, competition)?;
    let parties = accepted_parties(conn, rules, competition)?;
    let mut seated = People::default();
    for seat in panels.of_panel(unit, SeatState::Serving) {
        if let Some(expert) = experts::by_id(conn, seat.expert_id)? {
            seated.add(Person::of(&parse(&expert.content)?), seat.expert_id);
        }
    }
    for seat in panels.of_panel(unit, SeatState::Waiting) {
        let Some(expert) = experts::by_id(conn, seat.expert_id)? else { continue };
        let profile: ExpertProfile = parse(&expert.content)?;
        // Nobody has two seats in a panel, even where the pool has them twice.
        if matches!(seated.like(&Person::of(&profile), |_| true), Some((Likeness::Same, _))) {
            continue;
        }
        let check = conflict_check(rules, &profile, act.now);
        let conflict = parties
            .iter()
            .filter(|(application, _)| panels.judged(unit).contains(&application.id))
            .any(|(_, parties)| check.against(parties).clearance == Clearance::Conflict);
        if profile.available && !conflict && panels.allows(seat.expert_id, unit, &profile) {
            let called = Seat { state: SeatState::Serving, changed_at: act.now, ..seat.clone() };
            experts::update_seat(conn, &called)?;
            return Ok(Some(called.expert_id));
        }
    }
    Ok(None)
}

/// After a change of what is known of an expert: recuses the expert from every panel that a conflict was found with,
/// and has the expert come back to those where one was found that is none any more.
pub(super) fn recuse_new_conflicts(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    expert: &Expert,
    profile: &ExpertProfile,
) -> Result<()> {
    for seat in experts::seats_of(conn, expert.id)? {
        let Some(competition) = db::competitions::by_id(conn, seat.competition_id)? else { continue };
        if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
            continue;
        }
        let rules = cache.rules(conn, competition.id, competition.version)?;
        look_again(conn, act, &rules, seat, profile, "资料变更后自动检查发现利害关系")?;
    }
    Ok(())
}

/// After a correction of a competition's settings: the same for everybody with a seat in it.
pub(super) fn recuse_all_new_conflicts(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    competition: CompetitionId,
) -> Result<()> {
    for seat in experts::seats(conn, competition)? {
        // Somebody else's recusal may have called this one meanwhile.
        let of_expert = experts::seats_of(conn, seat.expert_id)?.into_iter();
        let now = of_expert.filter(|now| now.competition_id == competition).find(|now| now.unit == seat.unit);
        let (Some(seat), Some(expert)) = (now, experts::by_id(conn, seat.expert_id)?) else { continue };
        let profile: ExpertProfile = parse(&expert.content)?;
        look_again(conn, act, rules, seat, &profile, "规则更正后自动检查发现利害关系")?;
    }
    Ok(())
}

fn look_again(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    seat: Seat,
    profile: &ExpertProfile,
    reason: &str,
) -> Result<()> {
    let found = conflicts_with_panel(conn, act.now, rules, &seat, profile)?;
    match (seat.state, found.is_empty()) {
        (SeatState::Recused, true) => restore(conn, act, rules, seat, profile),
        (SeatState::Recused, false) | (_, true) => Ok(()),
        (_, false) => {
            act.insist();
            recuse(conn, act, rules, seat, found, reason)
        }
    }
}

fn conflicts_with_panel(
    conn: &mut Conn,
    now: Timestamp,
    rules: &Rules,
    seat: &Seat,
    profile: &ExpertProfile,
) -> Result<Vec<Conflict>> {
    let panels = experts::panel_applications(conn, seat.competition_id)?;
    let judged = |id| panels.iter().any(|entry| entry.unit == seat.unit && entry.application_id == id);
    let parties = accepted_parties(conn, rules, seat.competition_id)?;
    let check = conflict_check(rules, profile, now);
    Ok(parties
        .iter()
        .filter(|(application, _)| judged(application.id))
        .flat_map(|(_, parties)| check.against(parties).conflicts)
        .collect())
}

/// Has somebody come back whom the check had recused for a conflict that there is not: to the seat, and with the sheets
/// that were signed. Whoever was called in the place waits again, unless they have signed already: then they stay.
fn restore(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    mut seat: Seat,
    profile: &ExpertProfile,
) -> Result<()> {
    let (competition, unit) = (seat.competition_id, seat.unit.clone());
    let kept = db::documents::versions(conn, competition, DocumentKind::PanelChange, &unit)?;
    let mut left: BTreeMap<ExpertId, Left> = BTreeMap::new();
    for document in kept {
        let change: Left = parse(&document.content)?;
        if let Some(recused) = change.recused {
            left.insert(recused, change);
        }
    }
    let Some(own) = left.get(&seat.expert_id).filter(|own| own.was_found()) else { return Ok(()) };
    let Some(was) = own.was else { return Ok(()) };
    let panels = Panels::of(conn, competition)?;
    let follower = follower(&panels, &unit, &left, own.next);
    let names = Names::of(conn)?;
    let panel = panel_of(conn, rules, &seat)?;
    let name = names.expert(seat.expert_id);
    if was == SeatState::Serving {
        let has_signed = match &follower {
            Some(follower) => !signed(conn, &panels, follower)?.is_empty(),
            None => false,
        };
        if has_signed || !panels.allows(seat.expert_id, &unit, profile) {
            act.follows(FieldProblem::new(
                "",
                "not_restored",
                format!("{name}原先回避{panel}的原因已不存在，但候补专家已签署评分表或其评审件数已满，不再恢复"),
                format!("{name} was recused from {panel} for what is not so, but whoever followed has signed already, or the load is full: the seat stays as it is"),
            ));
            return Ok(());
        }
    }
    act.insist();
    seat.state = was;
    seat.reason = String::new();
    seat.changed_at = act.now;
    experts::update_seat(conn, &seat)?;
    act.follows(FieldProblem::new(
        "",
        "restored",
        format!("{name}原先回避{panel}的原因已不存在，恢复席位，已签署的评分表恢复有效"),
        format!("{name} was recused from {panel} for what is not so: the seat is restored, and what was signed counts again"),
    ));
    let stands_down = follower.as_ref().filter(|_| was == SeatState::Serving).map(|seat| seat.expert_id);
    if let (Some(follower), Some(expert)) = (follower, stands_down) {
        experts::update_seat(conn, &Seat { state: SeatState::Waiting, changed_at: act.now, ..follower })?;
        let name = names.expert(expert);
        act.follows(FieldProblem::new(
            "",
            "stands_down",
            format!("{name}退回候补，不再评审{panel}"),
            format!("{name} is an alternate again and judges {panel} no more"),
        ));
    }
    let number = documents::next_number(conn, competition, DocumentKind::PanelChange, &unit)?;
    let restoration = PanelRestoration {
        format: "qianglian-panel-restoration/1".to_owned(),
        competition,
        panel: unit.clone(),
        restored: seat.expert_id,
        stands_down,
    };
    let reason = "回避的原因已更正";
    documents::keep(
        conn,
        act,
        competition,
        (DocumentKind::PanelChange, &unit, number),
        &restoration,
        reason,
    )?;
    act.detail("panel", &unit);
    act.detail("restored", &seat.expert_id);
    act.detail("stands_down", &stands_down);
    Ok(())
}

/// Whoever serves now in the place of somebody who left and was followed by `next`, who may have been recused too, and so
/// on.
fn follower(
    panels: &Panels,
    unit: &str,
    left: &BTreeMap<ExpertId, Left>,
    mut next: Option<ExpertId>,
) -> Option<Seat> {
    for _ in 0..panels.seats.len() {
        let is_recused = |expert: &ExpertId| {
            panels.seat(unit, *expert).is_some_and(|seat| seat.state == SeatState::Recused)
        };
        let Some(recused) = next.filter(is_recused) else { break };
        next = left.get(&recused).and_then(|change| change.next);
    }
    next.and_then(|expert| panels.seat(unit, expert)).filter(|seat| seat.state == SeatState::Serving).cloned()
}

/// The applications of a panel of which somebody with a seat has signed the sheet.
fn signed(conn: &mut Conn, panels: &Panels, seat: &Seat) -> Result<Vec<ApplicationId>> {
    let sheets = db::sheets::progress_of(conn, seat.expert_id)?.into_iter();
    let signed = sheets.filter(|(_, state)| *state == SheetState::Signed).map(|(application, _)| application);
    Ok(signed.filter(|application| panels.judged(&seat.unit).contains(application)).collect())
}

/// What experts and panels are called.
struct Names {
    experts: BTreeMap<ExpertId, (String, String)>,
}

impl Names {
    fn of(conn: &mut Conn) -> Result<Self> {
        Ok(Self { experts: experts::units(conn)?.into_iter().collect() })
    }

    fn expert(&self, id: ExpertId) -> String {
        self.experts.get(&id).map_or_else(String::new, |(name, unit)| format!("{name}（{unit}）"))
    }
}

/// The panel of a seat, by its competition and the numbers of what it judges.
fn panel_of(conn: &mut Conn, rules: &Rules, seat: &Seat) -> Result<String> {
    let judged = experts::judged_by(conn, seat.competition_id, std::slice::from_ref(&seat.unit))?;
    let numbers: Vec<String> = judged.into_iter().filter_map(|row| row.number).collect();
    Ok(format!("“{}”{}", rules.settings.title, numbered(&numbers)))
}

/// Some numbers of applications, and how many they are.
fn numbered(numbers: &[String]) -> String {
    const NAMED: usize = 10;
    let named = numbers.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
    let more = if numbers.len() > NAMED { "…" } else { "" };
    format!("（{}：{named}{more}）", numbers.len())
}

/// Tells what a recusal comes to: the office by name; an expert what concerns the expert alone.
fn tell_recusal(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    (seat, was): (&Seat, SeatState),
    conflicts: &[Conflict],
    next: Option<ExpertId>,
) -> Result<()> {
    let panels = Panels::of(conn, seat.competition_id)?;
    let names = Names::of(conn)?;
    let panel = panel_of(conn, rules, seat)?;
    let void = signed(conn, &panels, seat)?.len();
    let own = act.context.caller.as_ref().is_some_and(|caller| caller.role == Role::Expert);
    let name = if own { "您".to_owned() } else { names.expert(seat.expert_id) };
    let why = reasons(rules, conflicts);
    let mut tell = |code, zh: String, en: String| act.follows(FieldProblem::new("", code, zh, en));
    tell(
        "recused",
        format!("{name}将回避{panel}的全部申报，不再能查阅和评分{}", why.0),
        format!("{name}: recused from all of {panel}, without access from then on{}", why.1),
    );
    if was == SeatState::Serving {
        match next {
            _ if own => tell(
                "called",
                "您的席位由候补专家按抽取顺序递补".to_owned(),
                "An alternate follows in the order of the draw".to_owned(),
            ),
            Some(next) => tell(
                "called",
                format!("由候补专家{}递补", names.expert(next)),
                format!("{} follows", names.expert(next)),
            ),
            None => tell(
                "nobody_follows",
                "没有可以递补的候补专家，席位空缺".to_owned(),
                "Nobody can follow: the seat stays empty".to_owned(),
            ),
        }
    }
    if void > 0 {
        tell(
            "sheets_void",
            format!("{name}在该组已签署的{void}份评分表作废"),
            format!("{} of {name} no more", count(void, "signed sheet counts", "signed sheets count")),
        );
    }
    Ok(())
}

/// Why somebody is recused, with names of regions for their codes.
fn reasons(rules: &Rules, conflicts: &[Conflict]) -> (String, String) {
    // The same is found of each application of a panel.
    let mut found: Vec<&Conflict> =
        conflicts.iter().filter(|found| found.kind != ConflictKind::Declared).collect();
    found.dedup();
    if found.is_empty() {
        return Default::default();
    }
    let basis = |conflict: &Conflict| {
        let region = conflict.basis.parse().ok().filter(|_| conflict.kind == ConflictKind::SameRegion);
        region.map_or_else(
            || conflict.basis.clone(),
            |code| format!("{} {code}", rules.catalogue.region_name(&code)),
        )
    };
    let all = |words: fn((&'static str, &'static str)) -> &'static str, between| {
        found
            .iter()
            .map(|conflict| format!("{} {}", words(conflict.kind.words()), basis(conflict)))
            .collect::<Vec<_>>()
            .join(between)
    };
    (format!("，原因：{}", all(|(zh, _)| zh, "；")), format!(", because of: {}", all(|(_, en)| en, "; ")))
}
