//! Adjustments (加减分) of the applications, entered before a tally is made.

use std::sync::Arc;

use super::{AdjustmentEntry, AdjustmentsView, PutAdjustments};
use crate::actions::applications::{enter, find};
use crate::actions::{RequestContext, Service, documents};
use crate::db::documents::Document;
use crate::domain::access::Action;
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::scoring::{AdjustmentKind, Tally};
use crate::domain::text::check_text;
use crate::domain::typed;
use crate::domain::values::Decimal;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Enters the bonuses and deductions of an application.
///
/// # Errors
/// If the caller is not the office, the stage is another, they have changed meanwhile, or a value is not the rubric's.
pub async fn put_adjustments(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    mut put: PutAdjustments,
) -> Result<AdjustmentsView> {
    for entry in &mut put.entries {
        entry.value = typed::number(&entry.value, &["分"]);
    }
    let cache = service.cache.clone();
    service
        .write(context, Action::Adjust, move |conn, act| {
            let (application, _, competition, rules) = enter(conn, act, &cache, id, Action::Adjust)?;
            let at_stage = matches!(
                competition.state,
                CompetitionState::Drawing
                    | CompetitionState::Scoring
                    | CompetitionState::Selection
                    | CompetitionState::Notice
            );
            if !at_stage || application.state != ApplicationState::Accepted {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不能录入加分扣分",
                    "Bonuses and deductions can't be entered at the present stage",
                ));
            }
            let subject = id.to_string();
            let number = documents::next_number(conn, competition.id, DocumentKind::Adjustments, &subject)?;
            must_be_current(i64::from(number - 1), revision)?;
            must_be_valid(check_adjustments(&put.entries, &rules.tally))?;
            documents::keep(
                conn,
                act,
                competition.id,
                (DocumentKind::Adjustments, &subject, number),
                &put.entries,
                "",
            )?;
            Ok(AdjustmentsView { application_id: id, entries: put.entries.clone(), revision: number.into() })
        })
        .await
}

fn check_adjustments(entries: &[AdjustmentEntry], tally: &Tally) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = |member: &str| format!("/entries/{index}/{member}");
        check_text(&mut problems, &at("basis"), &entry.basis, 1, lengths::REASON);
        let rule = tally.rubric.adjustments.iter().find(|rule| rule.key.as_str() == entry.key);
        let Some(rule) = rule.filter(|_| entries[..index].iter().all(|other| other.key != entry.key)) else {
            problems.push(FieldProblem::new(
                at("key"),
                "unknown_adjustment",
                "指标体系中没有该加分扣分项，或重复",
                "The rubric has no such bonus or deduction, or it stands twice",
            ));
            continue;
        };
        let fits =
            Decimal::parse(&entry.value).is_some_and(|value| Decimal::ZERO <= value && value <= rule.max);
        if !fits {
            let kind = if rule.kind == AdjustmentKind::Bonus { "加分" } else { "扣分" };
            problems.push(FieldProblem::new(
                at("value"),
                "out_of_range",
                format!("{kind}应在0至{}之间", rule.max),
                format!("Must be 0 to {}", rule.max),
            ));
        }
    }
    problems
}

/// The bonuses and deductions of an application.
///
/// # Errors
/// If the caller may not see them.
pub async fn read_adjustments(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<AdjustmentsView> {
    service
        .read(context, Action::ReadRanking, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::ReadRanking)?;
            let found: Option<(Document, Vec<AdjustmentEntry>)> = documents::latest(
                conn,
                application.competition_id,
                DocumentKind::Adjustments,
                &id.to_string(),
            )?;
            let (revision, entries) =
                found.map_or((0, Vec::new()), |(document, entries)| (document.number.into(), entries));
            Ok(AdjustmentsView { application_id: id, entries, revision })
        })
        .await
}
