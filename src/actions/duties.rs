//! What somebody who judges or inspects has before them: their panels and inspections in all competitions, and what holds
//! around one application.

use std::sync::Arc;

use chrono::NaiveDate;

use super::applications::{chain_of, find, titles};
use super::panels::own_expert;
use super::rules::{Cache, Rules, visible_competition};
use super::{RequestContext, Service, parse};
use crate::db::competitions::Competition;
use crate::db::experts::{self, JudgedByExpert};
use crate::db::inspections::WithApplication;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::expert::ExpertProfile;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::inspection::{InspectionPlan, InspectionState, Signatures, TeamMember};
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What holds around one application.
pub(crate) struct Scene {
    pub(crate) competition: CompetitionId,
    /// Where the competition stands.
    pub(crate) stage: CompetitionState,
    pub(crate) state: ApplicationState,
    pub(crate) number: Option<String>,
    pub(crate) title: String,
    /// The name of its lead region.
    pub(crate) region: String,
    /// Whether the caller is the applicant that leads it.
    pub(crate) is_lead: bool,
    pub(crate) chain: ChainNumber,
    pub(crate) chain_name: String,
    /// What holds in the competition.
    pub(crate) rules: Arc<Rules>,
}

impl Scene {
    /// Whether the competition and the application are at a point where inspections are made.
    pub(crate) fn is_inspected_now(&self) -> bool {
        matches!(self.stage, CompetitionState::Drawing | CompetitionState::Scoring)
            && self.state == ApplicationState::Accepted
    }
}

/// What holds around an application, for whoever may do `action` on it.
///
/// # Errors
/// If there is no such application that the caller may see.
pub(crate) async fn scene(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    action: Action,
) -> Result<Scene> {
    let cache = service.cache.clone();
    service
        .read(context, action, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, action)?;
            let (competition, rules) =
                visible_competition(conn, &cache, context, application.competition_id)?;
            let chain = chain_of(&application)?;
            let is_lead = context.caller.as_ref().is_some_and(|caller| {
                caller.role == Role::Applicant && caller.region.as_ref() == Some(&application.lead_region)
            });
            Ok(Scene {
                competition: competition.id,
                stage: competition.state,
                state: application.state,
                title: titles(conn, &[id])?.remove(&id).unwrap_or_default(),
                region: rules.catalogue.region_name(&application.lead_region),
                chain_name: rules.catalogue.chain_name(chain).to_owned(),
                number: application.number,
                is_lead,
                chain,
                rules,
            })
        })
        .await
}

/// A competition in which an expert serves on a panel.
pub(crate) struct PanelDuty {
    pub(crate) competition: CompetitionId,
    pub(crate) title: String,
    pub(crate) stage: CompetitionState,
    /// Until when sheets are due.
    pub(crate) until: Timestamp,
    /// Whether the declaration of conflicts is signed for every panel.
    pub(crate) declared: bool,
    /// How many applications are to be judged.
    pub(crate) applications: usize,
    /// How many sheets are begun, but not signed.
    pub(crate) begun: usize,
    /// How many sheets are signed.
    pub(crate) signed: usize,
}

/// An inspection whose team one belongs to.
pub(crate) struct InspectionDuty {
    pub(crate) application: ApplicationId,
    pub(crate) number: Option<String>,
    /// The name of its lead region.
    pub(crate) region: String,
    /// The name of its chain.
    pub(crate) chain: String,
    pub(crate) state: InspectionState,
    /// Its first and last day.
    pub(crate) days: (Option<NaiveDate>, Option<NaiveDate>),
    /// Whether one has signed its record.
    pub(crate) signed: bool,
    /// Whether the competition still takes inspections.
    pub(crate) now: bool,
}

/// What an expert has to do, in all competitions.
pub(crate) struct Duties {
    /// Competitions with a panel, the newest first.
    pub(crate) panels: Vec<PanelDuty>,
    /// Inspections, the newest first.
    pub(crate) inspections: Vec<InspectionDuty>,
}

/// What the caller, an expert, has to do. Nothing here tells of anybody else's sheets.
///
/// # Errors
/// If the caller is no expert of the pool.
pub(crate) async fn own(service: &Service, context: &Arc<RequestContext>) -> Result<Duties> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadOwnPanel, "expert".to_owned(), move |conn, context| {
            context.may(Action::ReadOwnPanel, Relation::General)?;
            let (expert, account) = (own_expert(conn, context)?, context.caller()?.account);
            let judged = experts::judged_by_expert(conn, expert.id)?;
            let sheets = db::sheets::progress_of(conn, expert.id)?;
            let competitions: Vec<CompetitionId> =
                judged.iter().map(|judged| judged.competition_id).collect();
            let mut panels = Vec::new();
            for competition in db::competitions::by_ids(conn, &competitions)? {
                let rules = cache.rules(conn, competition.id, competition.version)?;
                let of_competition = judged.iter().filter(|judged| judged.competition_id == competition.id);
                let serving: Vec<&JudgedByExpert> =
                    of_competition.filter(|judged| judged.state == SeatState::Serving).collect();
                if !serving.is_empty() {
                    panels.push(panel_duty(&competition, &rules, &serving, &sheets));
                }
            }
            // Whoever was recused from a panel does not inspect what it judges either.
            let mut inspections = inspections_of(conn, &cache, account)?;
            inspections.retain(|duty| {
                let mut seats = judged.iter().filter(|judged| judged.application_id == duty.application);
                !seats.any(|judged| judged.state == SeatState::Recused)
            });
            Ok(Duties { panels, inspections })
        })
        .await
}

fn panel_duty(
    competition: &Competition,
    rules: &Rules,
    serving: &[&JudgedByExpert],
    sheets: &[(ApplicationId, SheetState)],
) -> PanelDuty {
    let at = |wanted: SheetState| {
        let these = sheets.iter().filter(|(_, state)| *state == wanted);
        these.filter(|(id, _)| serving.iter().any(|judged| judged.application_id == *id)).count()
    };
    PanelDuty {
        competition: competition.id,
        title: rules.settings.title.clone(),
        stage: competition.state,
        until: rules.settings.calendar.review.until,
        declared: serving.iter().all(|judged| judged.declared_at.is_some()),
        applications: serving.len(),
        begun: at(SheetState::Draft),
        signed: at(SheetState::Signed),
    }
}

/// The inspections whose team the caller belongs to, the newest first.
///
/// # Errors
/// If the caller's role takes no part in inspections.
pub(crate) async fn own_inspections(
    service: &Service,
    context: &Arc<RequestContext>,
) -> Result<Vec<InspectionDuty>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::RecordInspection, "inspection".to_owned(), move |conn, context| {
            context.may(Action::RecordInspection, Relation::General)?;
            inspections_of(conn, &cache, context.caller()?.account)
        })
        .await
}

fn inspections_of(conn: &mut Conn, cache: &Cache, account: AccountId) -> Result<Vec<InspectionDuty>> {
    let named = db::inspections::with_member(conn, account)?;
    let competitions: Vec<CompetitionId> = named.iter().map(|row| row.inspection.competition_id).collect();
    let competitions = db::competitions::by_ids(conn, &competitions)?;
    let mut duties = Vec::new();
    for WithApplication { inspection: row, number, lead_region, chain } in named {
        let plan: InspectionPlan = parse(&row.plan)?;
        let competition = competitions.iter().find(|competition| competition.id == row.competition_id);
        let (Some(competition), true) =
            (competition, plan.team.iter().any(|member| member.account == account))
        else {
            continue;
        };
        let rules = cache.rules(conn, competition.id, competition.version)?;
        let signatures: Signatures = parse(&row.signatures)?;
        duties.push(InspectionDuty {
            application: row.application_id,
            number,
            region: rules.catalogue.region_name(&lead_region),
            chain: rules.catalogue.chain_name(ChainNumber(u16::try_from(chain).unwrap_or(0))).to_owned(),
            state: row.state,
            days: (plan.from, plan.until),
            signed: signatures.team.iter().any(|signature| signature.account == account),
            now: matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring),
        });
    }
    Ok(duties)
}

/// The profile of the caller, an expert, as a score sheet names its signatory.
///
/// # Errors
/// If the caller is no expert of the pool.
pub(crate) async fn own_profile(service: &Service, context: &Arc<RequestContext>) -> Result<ExpertProfile> {
    service
        .read(context, Action::ReadOwnPanel, "expert".to_owned(), move |conn, context| {
            context.may(Action::ReadOwnPanel, Relation::General)?;
            parse(&own_expert(conn, context)?.content)
        })
        .await
}

/// Who can be put into an inspection team: enabled accounts of the `office`, which is their unit, of experts, and of
/// inspectors, whose unit is for whoever plans to say.
///
/// # Errors
/// If the caller may not plan inspections.
pub(crate) async fn inspectors(
    service: &Service,
    context: &Arc<RequestContext>,
    office: String,
) -> Result<Vec<TeamMember>> {
    service
        .read(context, Action::PlanInspection, "inspection".to_owned(), move |conn, context| {
            context.may(Action::PlanInspection, Relation::General)?;
            Ok(inspectors_in(conn, &office)?.into_iter().map(|one| one.member).collect())
        })
        .await
}

/// Who may inspect: the login name, and the member of a team that it would be.
pub(crate) struct Inspector {
    pub(crate) login: String,
    pub(crate) member: TeamMember,
}

/// The same in a transaction. Whoever is no expert comes from the office that runs the competition.
pub(crate) fn inspectors_in(conn: &mut Conn, office: &str) -> Result<Vec<Inspector>> {
    let pool = experts::all(conn)?;
    let mut people = Vec::new();
    for role in [Role::Office, Role::Inspector, Role::Expert] {
        let accounts = db::accounts::list(conn, None, i64::MAX, &db::accounts::Wanted::of_role(role))?;
        people.extend(accounts.into_iter().filter(|account| account.enabled).map(|account| {
            let expert = pool.iter().find(|expert| expert.account_id == Some(account.id));
            let own = if role == Role::Expert { "" } else { office };
            let member = TeamMember {
                account: account.id,
                name: expert.map_or(account.display_name, |expert| expert.name.clone()),
                unit: expert.map_or_else(|| own.to_owned(), |expert| expert.unit.clone()),
            };
            Inspector { login: account.name, member }
        }));
    }
    Ok(people)
}
