//! An application as a whole: what is missing of it, and what it would score by its own figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CompletenessView, CriterionPreview, IndicatorPreview, PreviewView, chain_of, find};
use crate::actions::open_points::OpenPoint;
use crate::actions::rules::visible_competition;
use crate::actions::{RequestContext, Service, parse};
use crate::db::applications::{self, Application, MemberRow, PartRow};
use crate::db::{self, Conn};
use crate::domain::access::Action;
use crate::domain::application::{
    EvidenceEntry, Figures, Firms, Member, Part, Profile, Section, Undertaking, Whole, preview,
};
use crate::domain::ids::ApplicationId;
use crate::domain::problem::FieldProblem;
use crate::domain::record::digest_of;
use crate::error::{Error, Result};

/// The whole of an application, as it stands. Evidence that was found harmful is as if it were not there; how those files
/// are to be replaced is told beside it.
pub(crate) fn whole(
    conn: &mut Conn,
    application: &Application,
    members: &[MemberRow],
    settings_version: i32,
) -> Result<(Whole, Vec<FieldProblem>)> {
    let parts = applications::parts(conn, application.id)?;
    let mut evidence = db::evidence::of_application(conn, application.id, false)?;
    let found = db::scans::harmful(conn, evidence.iter().map(|row| row.digest).collect())?;
    let harmful = evidence.extract_if(.., |row| found.contains(&row.digest)).map(|row| {
        FieldProblem::new(
            "/evidence",
            "file_quarantined",
            format!("安全扫描发现“{}”有害，请删除并换一份安全的文件", row.name),
            format!("The scanner found `{}` harmful; remove it and upload a safe file", row.name),
        )
    });
    let harmful = harmful.collect();
    Ok((assemble(application, members, parts, evidence, settings_version)?, harmful))
}

/// The same without evidence: what nobody's consent covers.
pub(crate) fn assembled(conn: &mut Conn, application: &Application, members: &[MemberRow]) -> Result<Whole> {
    assemble(application, members, applications::parts(conn, application.id)?, Vec::new(), 0)
}

fn assemble(
    application: &Application,
    members: &[MemberRow],
    parts: Vec<PartRow>,
    evidence: Vec<db::evidence::Evidence>,
    settings_version: i32,
) -> Result<Whole> {
    let mut whole = Whole {
        application: application.id,
        lead_region: application.lead_region.clone(),
        chain: chain_of(application)?,
        settings_version,
        members: members
            .iter()
            .map(|member| Member {
                region: member.region.clone(),
                role: member.role,
                consent: member.consent,
                statement: member.decided_at.map(|_| digest_of(&member.statement)),
            })
            .collect(),
        profile: Profile::default(),
        firms: Vec::new(),
        figures: Vec::new(),
        sections: BTreeMap::new(),
        undertaking: Undertaking::default(),
        evidence: evidence
            .into_iter()
            .map(|row| EvidenceEntry {
                id: row.id,
                kind: row.kind,
                name: row.name,
                size: row.size,
                digest: row.digest,
            })
            .collect(),
    };
    for row in parts {
        let part: Part =
            row.part.parse().map_err(|_| Error::internal(format!("unknown part {}", row.part)))?;
        match part {
            Part::Profile => whole.profile = parse(&row.content)?,
            Part::Firms => whole.firms = parse::<Firms>(&row.content)?.firms,
            Part::Figures => whole.figures = parse::<Figures>(&row.content)?.figures,
            Part::Undertaking => whole.undertaking = parse(&row.content)?,
            Part::Section(key) => {
                let section: Section = parse(&row.content)?;
                whole.sections.insert(key, section.text);
            }
        }
    }
    Ok(whole)
}

/// An application as it is stored now, whole.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn stored(service: &Service, context: &Arc<RequestContext>, id: ApplicationId) -> Result<Whole> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let (competition, _) = visible_competition(conn, &cache, context, application.competition_id)?;
            Ok(whole(conn, &application, &members, competition.version)?.0)
        })
        .await
}

/// What is missing of an application, and what looks wrong.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn completeness(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<CompletenessView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let (competition, rules) =
                visible_competition(conn, &cache, context, application.competition_id)?;
            let (whole, harmful) = whole(conn, &application, &members, competition.version)?;
            let mut missing = whole.missing(&rules.settings, &rules.tally, &rules.catalogue);
            missing.extend(harmful);
            Ok(CompletenessView {
                complete: missing.is_empty(),
                missing: missing.into_iter().map(OpenPoint::from).collect(),
                warnings: whole
                    .implausible(&rules.settings, &rules.tally)
                    .into_iter()
                    .map(OpenPoint::from)
                    .collect(),
            })
        })
        .await
}

/// How the claims of an application would score, by the code that scores verified values.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn self_score(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<PreviewView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let (competition, rules) =
                visible_competition(conn, &cache, context, application.competition_id)?;
            let (whole, _) = whole(conn, &application, &members, competition.version)?;
            let tally = whole.preview_tally(&rules.settings, &application.city).map_err(Error::invalid)?;
            Ok(PreviewView { criteria: preview_criteria(&preview(&tally)) })
        })
        .await
}

fn preview_criteria(derivation: &crate::domain::scoring::Derivation<'_>) -> Vec<CriterionPreview> {
    use crate::domain::scoring::{Amount, Fraction, Source};
    let criteria = derivation.tally.rubric.criteria.iter().enumerate();
    criteria
        .map(|(index, criterion)| {
            let of_criterion = derivation.indicators.iter().filter(|indicator| indicator.criterion == index);
            let mut most_measured = Fraction::from_integer(0.into());
            let indicators = of_criterion
                .map(|indicator| {
                    let judged = matches!(indicator.source, Source::Judged { .. });
                    if !judged {
                        most_measured += &indicator.coefficient.0;
                    }
                    IndicatorPreview {
                        key: indicator.key.to_owned(),
                        name: indicator.name.to_owned(),
                        most: indicator.coefficient.decimal().0,
                        judged,
                        points: indicator
                            .points
                            .as_ref()
                            .filter(|_| !judged)
                            .map(|points| points.decimal().0),
                    }
                })
                .collect();
            CriterionPreview {
                key: criterion.key.to_string(),
                name: criterion.name.clone(),
                most_measured: Amount(most_measured).decimal().0,
                indicators,
            }
        })
        .collect()
}
