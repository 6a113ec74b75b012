//! What is asked and told of inspections.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{chain_of, claims, consents, is_team};
use crate::actions::rules::Rules;
use crate::actions::{RequestContext, parse};
use crate::db::applications::Application;
use crate::db::inspections::{self, Inspection, Rectification};
use crate::db::{self, Conn};
use crate::domain::access::Role;
use crate::domain::application::Figure;
use crate::domain::ids::{ApplicationId, RectificationId};
use crate::domain::inspection::{
    InspectionPlan, InspectionRecord, InspectionState, RectificationContent, RectificationState, Signatures,
    Stance, raised,
};
use crate::domain::lengths;
use crate::domain::record::{Digest, DocumentKind, digest_of};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The inspected party's decision.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DecideInspection {
    /// What it says: `agrees` or `objects`; `refused` is for the team to state.
    pub stance: Stance,
    /// Its statement; obligatory unless it agrees.
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub statement: String,
    /// Who signs for it, or who refused.
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub signatory: String,
}

/// A reason in words.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "GiveReason")]
pub struct Because {
    pub reason: String,
}

/// Words of the applicant or of the team.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "GiveStatement")]
pub struct Say {
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub text: String,
}

/// Something to be put right.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OrderRectification {
    #[schemars(length(min = 1, max = lengths::FINDING))]
    pub finding: String,
    /// Until when it is to be put right.
    pub due_at: Timestamp,
}

/// What a re-check found.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RecheckRectification {
    /// Whether it was put right.
    pub settled: bool,
    /// What was found.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub text: String,
}

/// An inspection, as far as the caller may see it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InspectionView {
    pub application_id: ApplicationId,
    /// Where it stands; none while nothing is planned.
    pub state: Option<InspectionState>,
    /// Sent as `If-Match` with a change; 0 while nothing is planned.
    pub revision: i64,
    /// The plan; for applicants without its notes.
    pub plan: InspectionPlan,
    /// What the application claims.
    pub claimed: Vec<Figure>,
    /// The record: for applicants once somebody has signed it, for the panel once it is final.
    pub record: Option<InspectionRecord>,
    /// The digest of the record, which signatures name.
    pub record_digest: Option<Digest>,
    pub signatures: Signatures,
    /// The signed version that holds; 0 if there is none.
    pub version: i32,
    /// The digest of that version.
    pub digest: Option<Digest>,
    /// Indicators whose verified value is above the claim, with the office's reason where it has consented.
    pub raised: BTreeMap<String, Option<String>>,
    /// Until when the applicant may comment; none once it has signed that it agrees.
    pub comments_due_at: Option<Timestamp>,
    /// The applicant's comments, oldest first.
    pub comments: Vec<CommentView>,
    /// What is to be put right.
    pub rectifications: Vec<RectificationView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CommentView {
    /// What the applicant says.
    pub text: String,
    pub at: Timestamp,
}

/// Something to be put right.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RectificationView {
    pub id: RectificationId,
    pub state: RectificationState,
    /// Finding, answer and re-check.
    pub content: RectificationContent,
    /// Until when it is to be put right.
    pub due_at: Timestamp,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
}

pub(super) fn rectification_view(row: &Rectification) -> Result<RectificationView> {
    Ok(RectificationView {
        id: row.id,
        state: row.state,
        content: parse(&row.content)?,
        due_at: row.due,
        revision: row.revision,
    })
}

pub(super) fn view(
    conn: &mut Conn,
    context: &RequestContext,
    application: &Application,
    rules: &Rules,
    row: Option<Inspection>,
) -> Result<InspectionView> {
    let (id, competition) = (application.id, application.competition_id);
    let rectifications = inspections::rectifications(conn, id)?;
    let rectifications = rectifications.iter().map(rectification_view).collect::<Result<_>>()?;
    let claimed = if application.never_submitted() { Vec::new() } else { claims(conn, id)? };
    let Some(row) = row else {
        return Ok(InspectionView {
            application_id: id,
            state: None,
            revision: 0,
            plan: InspectionPlan::default(),
            claimed,
            record: None,
            record_digest: None,
            signatures: Signatures::default(),
            version: 0,
            digest: None,
            raised: BTreeMap::new(),
            comments_due_at: None,
            comments: Vec::new(),
            rectifications,
        });
    };
    let mut plan: InspectionPlan = parse(&row.plan)?;
    let role = context.caller.as_ref().map(|caller| caller.role);
    // The record is the team's own until it is signed: the party sees it to sign it, the panel once its values hold.
    let sees_record = match role {
        Some(Role::Applicant) => row.state != InspectionState::Open,
        Some(Role::Expert | Role::Inspector) => {
            is_team(context, &plan) || row.state == InspectionState::Final
        }
        _ => true,
    };
    if role == Some(Role::Applicant) {
        // The route and the team's remarks are not for whoever is inspected.
        plan.notes.clear();
    }
    let record: InspectionRecord = parse(&row.record)?;
    let raised_above = raised(&record, &claimed, &rules.tally.rubric, chain_of(application));
    let subjects: Vec<String> = raised_above.iter().map(|indicator| format!("{id}/{indicator}")).collect();
    let consented = db::documents::about(conn, competition, DocumentKind::Increase, &subjects)?;
    let comments = db::documents::versions(conn, competition, DocumentKind::Comment, &id.to_string())?;
    let comments = comments
        .into_iter()
        .map(|document| Ok(CommentView { text: parse(&document.content)?, at: document.signed_at }))
        .collect::<Result<_>>()?;
    let kept = db::documents::latest(conn, competition, DocumentKind::Inspection, &id.to_string())?;
    Ok(InspectionView {
        application_id: id,
        state: Some(row.state),
        revision: row.revision,
        claimed,
        raised: if sees_record {
            consents(raised_above, id, row.version, &consented)?
        } else {
            BTreeMap::new()
        },
        record_digest: sees_record.then(|| digest_of(&row.record)),
        record: sees_record.then_some(record),
        signatures: parse(&row.signatures)?,
        version: row.version,
        digest: kept.map(|document| document.digest),
        comments_due_at: row.comment_until,
        comments,
        rectifications,
        plan,
    })
}
