//! Writing a list before it is sealed.

use std::sync::Arc;

use super::returning::must_be_reviewing;
use super::sealing::over_quota;
use super::views::{NewEntry, PutList, RecommendationView, Wanted};
use super::{must_be_a_city, to_city, view};
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service};
use crate::db::competitions::Competition;
use crate::db::recommendations::{self, LeftOut, List, Recommendation};
use crate::db::{Conn, applications};
use crate::domain::access::Action;
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::text::check_text;
use crate::error::{Result, must_be_current, must_be_valid};

/// Enters a competition for its city's list, over the revision that the caller saw.
pub(super) fn enter_list(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &crate::actions::rules::Cache,
    id: CompetitionId,
    city: &RegionCode,
    action: Action,
    revision: i64,
) -> Result<(Competition, Arc<Rules>, List)> {
    act.on("recommendation", format!("{id}/{city}"));
    act.context.may(action, to_city(act.context, city))?;
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
    must_be_a_city(&rules, city)?;
    must_be_reviewing(conn, act, &competition, &rules, city)?;
    let stored = recommendations::list(conn, id, city)?;
    let now_at = stored.as_ref().map_or(0, |list| list.revision);
    must_be_current(now_at, revision)?;
    let list = match stored {
        Some(list) => list,
        None => {
            let list = List {
                competition_id: id,
                city: city.clone(),
                revision: 0,
                number: None,
                content: None,
                digest: None,
                sealed_by: None,
                sealed_at: None,
                contact: String::new(),
                document_number: String::new(),
            };
            recommendations::insert_list(conn, &list)?;
            list
        }
    };
    Ok((competition, rules, list))
}

/// Replaces a city's list, and what it thinks of the others. Over quota is refused outright.
///
/// # Errors
/// If it is not the caller's city, the list is sealed or has changed meanwhile, the deadline is over, there are more
/// entries than the quota, an entry is not a submitted application of the city, or places are given twice or with gaps.
pub async fn put(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
    wanted: PutList,
) -> Result<RecommendationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ChangeRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &cache, id, &city, Action::ChangeRecommendation, revision)?;
            let quota = rules.settings.quotas.of(&city);
            let mut problems = Vec::new();
            let Wanted { listed, left_out } = wanted.wanted(&mut problems);
            if listed.len() > quota as usize {
                return Err(over_quota(listed.len(), quota));
            }
            let candidates = applications::in_states(conn, id, Some(&city), &[ApplicationState::Submitted])?;
            let candidates: Vec<ApplicationId> = candidates.iter().map(|candidate| candidate.id).collect();
            problems.extend(wrong_entries(&listed, &left_out, &candidates));
            check_text(&mut problems, "/contact", &wanted.contact, 0, lengths::LINE);
            check_text(&mut problems, "/document_number", &wanted.document_number, 0, lengths::TITLE);
            must_be_valid(problems)?;
            let rows: Vec<Recommendation> = (1..)
                .zip(&listed)
                .map(|(place, (_, entry))| Recommendation {
                    application_id: entry.application_id,
                    competition_id: id,
                    city: city.clone(),
                    place,
                    opinion: entry.opinion.clone(),
                })
                .collect();
            let opinions: Vec<LeftOut> = left_out
                .iter()
                .filter(|(_, entry)| !entry.opinion.trim().is_empty())
                .map(|(_, entry)| LeftOut {
                    application_id: entry.application_id,
                    competition_id: id,
                    city: city.clone(),
                    opinion: entry.opinion.clone(),
                })
                .collect();
            recommendations::replace_entries(conn, id, &city, &rows)?;
            recommendations::replace_left_out(conn, &candidates, &opinions)?;
            list.contact.clone_from(&wanted.contact);
            list.document_number.clone_from(&wanted.document_number);
            recommendations::update_list(conn, &list)?;
            list.revision += 1;
            let order: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            act.detail("entries", &order);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}

/// What is wrong with the applications of a list and with those that are left out, whose opinions are due when it is sealed.
fn wrong_entries(
    listed: &[(String, NewEntry)],
    left_out: &[(String, NewEntry)],
    candidates: &[ApplicationId],
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut known: Vec<ApplicationId> = Vec::new();
    let least = std::iter::repeat_n(1, listed.len()).chain(std::iter::repeat(0));
    for ((at, entry), least) in listed.iter().chain(left_out).zip(least) {
        let pointer = format!("{at}/application_id");
        if known.contains(&entry.application_id) {
            problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该申报已在名单中",
                "It is on the list already",
            ));
        } else if !candidates.contains(&entry.application_id) {
            problems.push(FieldProblem::new(
                pointer,
                "not_a_candidate",
                "不是本市已提交待推荐的申报",
                "Not a submitted application of this city",
            ));
        }
        known.push(entry.application_id);
        check_text(&mut problems, &format!("{at}/opinion"), &entry.opinion, least, lengths::FINDING);
    }
    problems
}
