//! The regions that apply together.

use std::sync::Arc;

use super::{ApplicationView, MemberView, PutMembers, enter, must_be_open, touch, view};
use crate::actions::applications::consents;
use crate::actions::messages::Owners;
use crate::actions::rules::Rules;
use crate::actions::{RequestContext, Service};
use crate::db::applications::{self, Application, MemberRow};
use crate::domain::access::Action;
use crate::domain::application::ConsentState;
use crate::domain::catalogue::{Catalogue, RegionCode};
use crate::domain::ids::ApplicationId;
use crate::domain::problem::FieldProblem;
use crate::error::{Result, must_be_current, must_be_valid};

/// The most members of an application, lead included.
const MOST_MEMBERS: usize = 30;

pub(crate) fn member_view(catalogue: &Catalogue, lead_region: &RegionCode, member: MemberRow) -> MemberView {
    MemberView {
        lead: member.region == *lead_region,
        region: catalogue.named_region(&member.region),
        role: member.role,
        consent: member.consent,
        statement: member.statement,
        decided_at: member.decided_at,
    }
}

/// Replaces the members of an application besides its lead. Who is new is asked for its consent.
///
/// # Errors
/// If the caller is not of the lead region, the application can't be changed now or has changed meanwhile, or a
/// member is unknown or named twice.
pub async fn put_members(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    wanted: PutMembers,
) -> Result<ApplicationView> {
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::ChangeApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &cache, id, Action::ChangeApplication)?;
            must_be_open(conn, act, &application, &competition, &rules)?;
            must_be_current(application.revision, revision)?;
            let problems = check_members(&wanted, &application, &rules);
            must_be_valid(problems)?;
            for member in &members {
                let role = if member.region == application.lead_region {
                    Some(wanted.lead_role)
                } else {
                    wanted.members.iter().find(|new| new.region_code == member.region).map(|new| new.role)
                };
                match role {
                    None => applications::remove_member(conn, id, &member.region)?,
                    Some(role) if role != member.role => {
                        let mut changed = member.clone();
                        changed.role = role;
                        if member.region != application.lead_region {
                            // It agreed to another part than it is now given: ask again.
                            changed.consent = ConsentState::Asked;
                            changed.decided_by = None;
                            changed.decided_at = None;
                            changed.statement.clone_from(&rules.settings.consent_statement);
                        }
                        applications::update_member(conn, &changed)?;
                    }
                    Some(_) => {}
                }
            }
            for new in
                wanted.members.iter().filter(|new| !members.iter().any(|old| old.region == new.region_code))
            {
                applications::insert_member(
                    conn,
                    &MemberRow {
                        application_id: id,
                        region: new.region_code.clone(),
                        role: new.role,
                        consent: ConsentState::Asked,
                        statement: rules.settings.consent_statement.clone(),
                        decided_by: None,
                        decided_at: None,
                        added_at: act.now,
                    },
                )?;
            }
            touch(conn, act, &mut application)?;
            consents::ask_again(conn, act, &owners, &rules, &application)?;
            let members = applications::members(conn, id)?;
            let named: Vec<_> = members.iter().map(|member| (&member.region, member.role)).collect();
            act.detail("members", &named);
            view(conn, application, members, &competition, &rules)
        })
        .await
}

fn check_members(wanted: &PutMembers, application: &Application, rules: &Rules) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if wanted.members.len() >= MOST_MEMBERS {
        problems.push(FieldProblem::new(
            "/members",
            "too_many",
            format!("含牵头单位至多{MOST_MEMBERS}个成员"),
            format!("At most {MOST_MEMBERS} members, the lead included"),
        ));
    }
    for (index, member) in wanted.members.iter().enumerate() {
        let pointer = format!("/members/{index}/region_code");
        let twice = wanted.members[..index].iter().any(|earlier| earlier.region_code == member.region_code);
        if twice || member.region_code == application.lead_region {
            problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该地区已是成员",
                "The region is a member already",
            ));
        } else if rules.catalogue.region(&member.region_code).is_none() {
            problems.push(FieldProblem::new(
                pointer,
                "unknown_region",
                "本届目录中没有该地区",
                "The competition's catalogue has no such region",
            ));
        }
    }
    problems
}
