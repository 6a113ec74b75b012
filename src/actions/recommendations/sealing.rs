//! Sealing a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::view;
use super::views::RecommendationView;
use super::writing::enter_list;
use crate::actions::applications::titles;
use crate::actions::{Act, RequestContext, Service};
use crate::db::applications::{self, Application};
use crate::db::recommendations::{self, List, Recommendation};
use crate::db::{self, Conn};
use crate::domain::access::Action;
use crate::domain::application::{ApplicationState, DecisionKind};
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, digest_of};
use crate::error::{Error, Result, must_be_valid};

/// A list, as it is sealed: its canonical bytes are what the digest is of.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SealedList", deny_unknown_fields)]
pub struct SealedList<'a> {
    competition: CompetitionId,
    city: &'a RegionCode,
    quota: u32,
    /// From the first place on.
    entries: Vec<SealedEntry<'a>>,
    left_out: Vec<SealedLeftOut<'a>>,
    contact: &'a str,
    /// The number of the city's own letter, where it has one.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schemars(default)]
    document_number: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SealedLeftOut", deny_unknown_fields)]
struct SealedLeftOut<'a> {
    number: &'a str,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SealedEntry", deny_unknown_fields)]
struct SealedEntry<'a> {
    place: i32,
    number: &'a str,
    submission: i32,
    digest: Digest,
    opinion: &'a str,
}

/// What an applicant is told who sent nothing again after the city had sent the application back.
const NOT_SENT_AGAIN: &str = "退回修改后，未在推荐截止前重新提交。";

/// Why each application that is not on the list is not recommended.
///
/// # Errors
/// If one that was submitted has no reason, or nobody is named whom applicants may ask.
pub(super) fn reasons(
    conn: &mut Conn,
    list: &List,
    left_out: &[&applications::Application],
) -> Result<BTreeMap<ApplicationId, String>> {
    let opinions = recommendations::left_out(conn, list.competition_id, &list.city)?;
    let ids: Vec<ApplicationId> = left_out.iter().map(|application| application.id).collect();
    let titles = titles(conn, &ids)?;
    let (mut reasons, mut problems) = (BTreeMap::new(), Vec::new());
    for application in left_out {
        let opinion = opinions.iter().find(|opinion| opinion.application_id == application.id);
        let opinion = opinion.map(|opinion| opinion.opinion.trim()).unwrap_or_default();
        let reason = match application.state {
            ApplicationState::Returned => NOT_SENT_AGAIN,
            _ => opinion,
        };
        if reason.is_empty() {
            let title = titles.get(&application.id).cloned().unwrap_or_default();
            problems.push(FieldProblem::new(
                format!("/left_out/{}", application.id),
                "required",
                format!("“{title}”未列入名单，请先写明不予推荐的理由"),
                format!("“{title}” is not on the list: say first why it is not recommended"),
            ));
        }
        reasons.insert(application.id, reason.to_owned());
    }
    if !left_out.is_empty() && list.contact.trim().is_empty() {
        problems.push(FieldProblem::new(
            "/contact",
            "required",
            "有申报未列入名单，请先填写咨询方式，随理由告知申报单位",
            "Some are not on the list: say first whom their applicants may ask",
        ));
    }
    must_be_valid(problems)?;
    Ok(reasons)
}

pub(super) fn over_quota(wanted: usize, quota: u32) -> Error {
    Error::conflict(
        "over_quota",
        format!("推荐名额为{quota}，名单有{wanted}件；超过名额的一律不予受理"),
        format!("The quota is {quota} and the list has {wanted}; a list over quota is not accepted"),
    )
}

/// Seals a city's list: after the deadline for applications, once, with a receipt. What is on it is recommended, what
/// was submitted and is not on it is not.
///
/// # Errors
/// If it is not the caller's city, applications can still come in, the list is over quota or has changed meanwhile, or
/// what was submitted is left out without a reason or without somebody to ask.
pub async fn seal(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
) -> Result<RecommendationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::SealRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &cache, id, &city, Action::SealRecommendation, revision)?;
            if competition.state != CompetitionState::Recommendation {
                return Err(Error::conflict(
                    "applications_open",
                    "申报尚未截止，不能封存推荐名单",
                    "Applications can still come in; seal the list when they are closed",
                ));
            }
            let rows = recommendations::entries(conn, id, &city)?;
            let quota = rules.settings.quotas.of(&city);
            if rows.len() > quota as usize {
                return Err(over_quota(rows.len(), quota));
            }
            let submitted = [ApplicationState::Submitted, ApplicationState::Returned];
            let candidates = applications::in_states(conn, id, Some(&city), &submitted)?;
            let on_it = |id: ApplicationId| rows.iter().any(|row| row.application_id == id);
            let left_out: Vec<&applications::Application> =
                candidates.iter().filter(|candidate| !on_it(candidate.id)).collect();
            let reasons = reasons(conn, &list, &left_out)?;
            let ids: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            let submissions = applications::last_submissions(conn, &ids)?;
            let all: Vec<ApplicationId> = ids.iter().chain(reasons.keys()).copied().collect();
            let numbers = applications::numbers_of(conn, &all)?;
            let number_of = |id: &ApplicationId| numbers.get(id).map_or("", String::as_str);
            let entries = rows
                .iter()
                .map(|row| {
                    let (_, submission, digest) = submissions
                        .iter()
                        .find(|(application, ..)| *application == row.application_id)
                        .ok_or_else(|| Error::internal("a recommended application has no submission"))?;
                    Ok(SealedEntry {
                        place: row.place,
                        number: number_of(&row.application_id),
                        submission: *submission,
                        digest: *digest,
                        opinion: &row.opinion,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            let told = |(id, reason): (&ApplicationId, &String)| SealedLeftOut {
                number: number_of(id),
                reason: reason.clone(),
            };
            let left_out = reasons.iter().map(told).collect();
            let contact = list.contact.clone();
            let document_number = list.document_number.clone();
            let content = canonical(&SealedList {
                competition: id,
                city: &city,
                quota,
                entries,
                left_out,
                contact: &contact,
                document_number: &document_number,
            });
            let number = db::accounts::next_number(conn, &format!("recommendation/{id}"))?;
            let ordinal = db::competitions::ordinal(conn, id)?;
            list.number = Some(format!("T-{ordinal:02}-{city}-{number:03}"));
            list.digest = Some(digest_of(&content));
            list.content = Some(content);
            list.sealed_by = Some(act.account()?);
            list.sealed_at = Some(act.now);
            recommendations::update_list(conn, &list)?;
            list.revision += 1;
            decide(conn, act, candidates, &rows, &reasons, &contact)?;
            act.changed(None, list.digest);
            act.detail("number", &list.number);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}

/// Has each candidate recommended or not, as the sealed list says.
fn decide(
    conn: &mut Conn,
    act: &Act<'_>,
    candidates: Vec<Application>,
    rows: &[Recommendation],
    reasons: &BTreeMap<ApplicationId, String>,
    contact: &str,
) -> Result<()> {
    for mut application in candidates {
        let place = rows.iter().find(|row| row.application_id == application.id);
        let (state, kind, reasons) = match place {
            Some(row) => (ApplicationState::Recommended, DecisionKind::Recommended, row.opinion.clone()),
            None => {
                let reason = reasons.get(&application.id).map_or("", String::as_str);
                let told = format!("{reason}\n咨询：{contact}");
                (ApplicationState::NotRecommended, DecisionKind::NotRecommended, told)
            }
        };
        application.state = state;
        application.changed_at = act.now;
        applications::update(conn, &application)?;
        applications::decide(conn, application.id, kind.as_str(), &reasons, act.account()?, act.now)?;
    }
    Ok(())
}
