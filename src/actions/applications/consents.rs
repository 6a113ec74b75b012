//! Consents of partners (联合申报成员的同意): each is bound to what the application said of what it covers, and is asked
//! again once that has changed.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{MemberView, assembled, enter, find, member_view, must_be_open, touch};
use crate::actions::messages::{Owners, tell_region};
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service, documents, need_text};
use crate::db::Conn;
use crate::db::applications::{self, Application, MemberRow};
use crate::domain::access::Action;
use crate::domain::application::{ConsentState, Covered};
use crate::domain::catalogue::{NamedRegion, RegionCode};
use crate::domain::difference::{Difference, differences};
use crate::domain::ids::ApplicationId;
use crate::domain::lengths;
use crate::domain::message::MessageKind;
use crate::domain::record::{Digest, DocumentKind, canonical, canonical_value, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A member's decision.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DecideConsent {
    /// Whether it takes part.
    pub given: bool,
    /// Who signs for it.
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub signatory: String,
    /// The digest of what was read, as `GET …/consent` gave it: what has changed since is not signed unread.
    #[serde(default)]
    pub covered_digest: Option<Digest>,
}

/// What the consents of an application's members cover, and how that has changed since each was given.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConsentsView {
    /// What a consent that is given now covers.
    pub covered: Covered,
    pub digest: Digest,
    /// The members besides the lead that one may know of: all of them for the lead, a member itself.
    pub members: Vec<ConsentView>,
}

/// The consent of a member.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConsentView {
    pub region: NamedRegion,
    /// Whether it has agreed.
    pub consent: ConsentState,
    /// When it last agreed to something.
    pub agreed_at: Option<Timestamp>,
    /// What has changed since of what it agreed to.
    pub changes: Vec<Difference>,
}

fn subject(id: ApplicationId, region: &RegionCode) -> String {
    format!("{id}/{region}")
}

/// What a consent covers as the application stands.
fn covered(conn: &mut Conn, application: &Application) -> Result<Covered> {
    let members = applications::members(conn, application.id)?;
    Ok(Covered::of(assembled(conn, application, &members)?))
}

/// After a change of an application: has every member asked again that agreed to something else than what it says now,
/// and tells them and the lead.
pub(super) fn ask_again(
    conn: &mut Conn,
    act: &mut Act<'_>,
    owners: &Owners,
    rules: &Rules,
    application: &Application,
) -> Result<()> {
    let members = applications::members(conn, application.id)?;
    let others = members.iter().filter(|member| member.region != application.lead_region);
    let given: Vec<&MemberRow> = others.filter(|member| member.consent == ConsentState::Given).collect();
    if given.is_empty() {
        return Ok(());
    }
    let now = digest_of(canonical(&covered(conn, application)?));
    let mut lapsed = Vec::new();
    for member in given {
        let subject = subject(application.id, &member.region);
        let agreed = documents::latest::<Value>(
            conn,
            application.competition_id,
            DocumentKind::PartnerConsent,
            &subject,
        )?;
        if agreed.is_some_and(|(document, _)| document.digest == now) {
            continue;
        }
        let mut member = member.clone();
        member.consent = ConsentState::Asked;
        member.decided_by = None;
        member.decided_at = None;
        member.statement.clone_from(&rules.settings.consent_statement);
        applications::update_member(conn, &member)?;
        tell_region(conn, act, owners, &member.region, MessageKind::ConsentAsked)?;
        lapsed.push(member.region);
    }
    if !lapsed.is_empty() {
        tell_region(conn, act, owners, &application.lead_region, MessageKind::ConsentsLapsed)?;
        act.detail("consents_lapsed", &lapsed);
    }
    Ok(())
}

/// Gives or refuses the consent of the caller's region, to what the application says now of what a consent covers.
///
/// # Errors
/// If the region is not a member that is asked, the application can't be changed now, or it says something else than
/// what was read.
pub async fn decide(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    decision: DecideConsent,
) -> Result<MemberView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::DecideConsent, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &cache, id, Action::DecideConsent)?;
            must_be_open(conn, act, &application, &competition, &rules)?;
            need_text("/signatory", &decision.signatory, 1, 50)?;
            let region = act.context.caller()?.region.clone();
            let mut member = members
                .into_iter()
                .find(|member| Some(&member.region) == region.as_ref())
                .ok_or_else(Error::not_found)?;
            let covered = covered(conn, &application)?;
            let digest = digest_of(canonical(&covered));
            if decision.given && decision.covered_digest.is_some_and(|read| read != digest) {
                return Err(Error::conflict(
                    "consent_outdated",
                    "您阅读之后，申报的内容又有改动；请重新阅读后再签署",
                    "The application has changed since you read it; read it again, then sign",
                ));
            }
            let signatory = decision.signatory.trim();
            let mut statement = format!("{}\n签署人：{signatory}", rules.settings.consent_statement);
            if decision.given {
                statement.push_str(&format!("\n所同意内容的摘要：{digest}"));
                let subject = subject(id, &member.region);
                let kind = DocumentKind::PartnerConsent;
                let number = documents::next_number(conn, application.competition_id, kind, &subject)?;
                let document = (kind, subject.as_str(), number);
                documents::keep(conn, act, application.competition_id, document, &covered, "")?;
            }
            member.consent = if decision.given { ConsentState::Given } else { ConsentState::Declined };
            member.statement = statement;
            member.decided_by = Some(act.account()?);
            member.decided_at = Some(act.now);
            applications::update_member(conn, &member)?;
            touch(conn, act, &mut application)?;
            act.changed(None, Some(digest_of(&member.statement)));
            act.detail("region", &member.region);
            act.detail("consent", &member.consent);
            Ok(member_view(&rules.catalogue, &application.lead_region, member))
        })
        .await
}

/// What the consents of an application's members cover, and what has changed since.
///
/// # Errors
/// If there is no such application that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<ConsentsView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let (_, rules) = visible_competition(conn, &cache, context, application.competition_id)?;
            let covered = covered(conn, &application)?;
            let own = context.caller.as_ref().and_then(|caller| caller.region.clone());
            let all = own.as_ref().is_none_or(|own| !members.iter().any(|member| member.region == *own))
                || own.as_ref() == Some(&application.lead_region);
            let others = members.into_iter().filter(|member| member.region != application.lead_region);
            let known = others.filter(|member| all || Some(&member.region) == own.as_ref());
            let now = canonical_value(&covered);
            let members = known
                .map(|member| {
                    let agreed = documents::latest::<Value>(
                        conn,
                        application.competition_id,
                        DocumentKind::PartnerConsent,
                        &subject(id, &member.region),
                    )?;
                    let (agreed_at, before) =
                        agreed.map_or((None, None), |(document, was)| (Some(document.signed_at), Some(was)));
                    Ok(ConsentView {
                        region: rules.catalogue.named_region(&member.region),
                        consent: member.consent,
                        agreed_at,
                        changes: before.map(|before| differences(&before, &now)).unwrap_or_default(),
                    })
                })
                .collect::<Result<_>>()?;
            Ok(ConsentsView { digest: digest_of(canonical(&covered)), covered, members })
        })
        .await
}
