//! The parts of an application: each is saved by itself, with its history.

use std::sync::Arc;

use serde_json::Value;

use super::{PartRevisionView, PartView, enter, find, must_be_open, touch};
use crate::actions::applications::consents;
use crate::actions::messages::Owners;
use crate::actions::rules::Rules;
use crate::actions::{Act, Page, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications::{self, Application, PartRow};
use crate::domain::access::Action;
use crate::domain::application::{
    Figures, Firms, Part, PartContent, Profile, Section, Undertaking, check_part,
};
use crate::domain::difference::differences;
use crate::domain::ids::ApplicationId;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, canonical_value, digest_of};
use crate::error::{Error, Result, must_be_valid};

pub(super) fn all_parts(rules: &Rules) -> Vec<Part> {
    let mut parts = vec![Part::Profile, Part::Firms, Part::Figures, Part::Undertaking];
    parts.extend(rules.settings.sections.iter().map(|section| Part::Section(section.key.clone())));
    parts
}

pub(super) fn empty(part: &Part) -> PartContent {
    match part {
        Part::Profile => PartContent::Profile(Profile::default()),
        Part::Firms => PartContent::Firms(Firms::default()),
        Part::Figures => PartContent::Figures(Figures::default()),
        Part::Undertaking => PartContent::Undertaking(Undertaking::default()),
        Part::Section(_) => PartContent::Section(Section::default()),
    }
}

/// Replaces the content of a part over the revision that the caller saw.
///
/// # Errors
/// If the caller is not of the lead region, the application can't be changed now, the content is wrong, or somebody
/// else has changed the part meanwhile: then the answer names who changed what.
pub async fn put_part(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    part: Part,
    revision: i64,
    content: PartContent,
) -> Result<PartView> {
    let content = content.as_meant();
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::ChangeApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &cache, id, Action::ChangeApplication)?;
            if !all_parts(&rules).contains(&part) {
                return Err(Error::not_found());
            }
            act.detail("part", &part.to_string());
            must_be_open(conn, act, &application, &competition, &rules)?;
            let problems = check_part(&content, &part, &rules.settings, &rules.tally);
            must_be_valid(problems)?;
            let stored = applications::part(conn, id, &part.to_string())?;
            let now_at = stored.as_ref().map_or(0, |row| row.revision);
            if now_at != revision {
                return Err(Error::stale(now_at, changed_since(conn, id, &part, revision)?));
            }
            let row = store(conn, act, (&owners, &rules), &mut application, (&part, stored), &content)?;
            Ok(PartView {
                revision: row.revision,
                changed_by: Some(row.changed_by),
                changed_at: Some(row.changed_at),
                content: canonical_value(&content),
            })
        })
        .await
}

/// Stores the content of a part over what was there, and asks members again whose consent covers it.
pub(super) fn store(
    conn: &mut Conn,
    act: &mut Act<'_>,
    (owners, rules): (&Owners, &Rules),
    application: &mut Application,
    (part, stored): (&Part, Option<PartRow>),
    content: &PartContent,
) -> Result<PartRow> {
    let text = canonical(content);
    let digest = digest_of(&text);
    let row = PartRow {
        application_id: application.id,
        part: part.to_string(),
        revision: stored.as_ref().map_or(0, |row| row.revision) + 1,
        content: text,
        changed_by: act.account()?,
        changed_at: act.now,
    };
    applications::put_part(conn, &row, digest)?;
    touch(conn, act, application)?;
    if matches!(part, Part::Profile | Part::Firms | Part::Figures) {
        consents::ask_again(conn, act, owners, rules, application)?;
    }
    act.changed(stored.map(|row| digest_of(&row.content)), Some(digest));
    Ok(row)
}

/// Who changed what of a part after a revision, for whoever wanted to save over it.
fn changed_since(
    conn: &mut Conn,
    id: ApplicationId,
    part: &Part,
    revision: i64,
) -> Result<Vec<FieldProblem>> {
    let rows = applications::part_revisions(conn, id, &part.to_string(), revision.max(1), 50)?;
    let mut changes = Vec::new();
    let mut before = if revision == 0 { canonical_value(&empty(part)) } else { Value::Null };
    for row in rows {
        let content: Value = parse(&row.content)?;
        if row.revision > revision {
            for change in differences(&before, &content) {
                changes.push(FieldProblem::new(
                    change.pointer,
                    "changed_by_other",
                    format!("{}于{}修改", row.changed_by_name, row.changed_at),
                    format!("Changed by {} at {}", row.changed_by_name, row.changed_at),
                ));
            }
        }
        before = content;
    }
    Ok(changes)
}

/// The history of a part, oldest first.
///
/// # Errors
/// If there is no such application or part that the caller may see.
pub async fn part_history(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    part: Part,
    after: i64,
    limit: usize,
) -> Result<Page<PartRevisionView>> {
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            find(conn, context, id, Action::ReadApplication)?;
            let from = after.max(1);
            let rows = applications::part_revisions(
                conn,
                id,
                &part.to_string(),
                from,
                Page::<Value>::rows(limit) + 1,
            )?;
            let mut before = if after == 0 { canonical_value(&empty(&part)) } else { Value::Null };
            let mut views = Vec::new();
            for row in rows {
                let content: Value = parse(&row.content)?;
                if row.revision > after {
                    views.push(PartRevisionView {
                        revision: row.revision,
                        changed_by: row.changed_by,
                        changed_by_name: row.changed_by_name,
                        changed_at: row.changed_at,
                        changes: differences(&before, &content),
                    });
                }
                before = content;
            }
            Ok(Page::of(views, limit, |view| view.revision.to_string()))
        })
        .await
}
