//! Who has a part in the applications of a competition, and what conflicts of experts are looked for by.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parse;
use super::rules::Rules;
use crate::db::Conn;
use crate::db::applications::{self, Application};
use crate::domain::application::{ApplicationState, Firm, Member};
use crate::domain::catalogue::{Catalogue, ChainNumber};
use crate::domain::expert::{ConflictCheck, ExpertProfile, Parties};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Of a submission ([`Whole`](crate::domain::application::Whole)), who has a part in it.
#[derive(Deserialize)]
pub(crate) struct WithParties {
    pub(crate) chain: ChainNumber,
    pub(crate) members: Vec<Member>,
    pub(crate) profile: WithBody,
    pub(crate) firms: Vec<Firm>,
}

/// Of a profile, the promotion body.
#[derive(Deserialize)]
pub(crate) struct WithBody {
    pub(crate) title: String,
    pub(crate) promotion_body: String,
}

impl WithParties {
    pub(crate) fn parties(self, catalogue: &Catalogue) -> Parties {
        let regions = self.members.into_iter().map(|member| member.region).collect();
        let firms = self.firms.into_iter().map(|firm| firm.name).collect();
        Parties::new(self.chain, regions, self.profile.promotion_body, firms, catalogue)
    }
}

/// The accepted applications of a competition with who has a part in them, in order of identifiers.
pub(crate) fn accepted_parties(
    conn: &mut Conn,
    rules: &Rules,
    competition: CompetitionId,
) -> Result<Vec<(Application, Parties)>> {
    let accepted = applications::in_states(conn, competition, None, &[ApplicationState::Accepted])?;
    let ids: Vec<ApplicationId> = accepted.iter().map(|application| application.id).collect();
    let mut submitted: BTreeMap<ApplicationId, Parties> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        let found: WithParties = parse(&submission.content)?;
        submitted.insert(submission.application_id, found.parties(&rules.catalogue));
    }
    accepted
        .into_iter()
        .map(|application| {
            let parties = submitted.remove(&application.id);
            let parties =
                parties.ok_or_else(|| Error::internal("an accepted application has no submission"))?;
            Ok((application, parties))
        })
        .collect()
}

/// What conflicts of an expert are looked for by at this time.
pub(crate) fn conflict_check<'a>(
    rules: &Rules,
    profile: &'a ExpertProfile,
    now: Timestamp,
) -> ConflictCheck<'a> {
    ConflictCheck::new(profile, &rules.settings.review, &rules.catalogue, now.date())
}
