//! The ranking by a version of the tally, as people read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{TallyView, ranked_as, tallies};
use crate::actions::boards::Board;
use crate::actions::names::NamedCompetition;
use crate::actions::ranked::Ranked;
use crate::actions::rules::visible_competition;
use crate::actions::{RequestContext, Service};
use crate::db;
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::{Error, Result};

/// A version of the tally with its board.
pub(crate) struct RankedBoard {
    /// Its competition, whose applications are not named here: a tally has their titles, [`Self::numbered`] the rest.
    pub(crate) competition: NamedCompetition,
    /// Numbers and lead regions of the competition's applications.
    pub(crate) numbered: BTreeMap<ApplicationId, Numbered>,
    pub(crate) tally: TallyView,
    /// Whether it is the one that holds.
    pub(crate) latest: bool,
    ranked: Arc<Ranked>,
}

/// By what an application is known beside its title.
pub(crate) struct Numbered {
    pub(crate) number: String,
    /// The name of its lead region.
    pub(crate) region: String,
}

impl RankedBoard {
    pub(crate) fn board(&self) -> &Board {
        self.ranked.board.get_or_init(|| Board::of(&self.ranked.tally))
    }
}

/// The ranking by a version of the tally, or by the latest, as people read it.
///
/// # Errors
/// If there is none that the caller may see.
pub(crate) async fn board(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: Option<i32>,
) -> Result<RankedBoard> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let versions = tallies(conn, id)?;
            let last = versions.last().map(|tally| tally.number);
            let wanted = number.or(last);
            let tally = versions.into_iter().find(|tally| Some(tally.number) == wanted);
            let tally = tally.ok_or_else(Error::not_found)?;
            let ranked = ranked_as(conn, &cache, id, &tally)?;
            let numbered = db::applications::numbered(conn, id)?.into_iter();
            let numbered = numbered.map(|(application, number, region)| {
                (application, Numbered { number, region: rules.catalogue.region_name(&region) })
            });
            Ok(RankedBoard {
                numbered: numbered.collect(),
                competition: NamedCompetition::unnamed(&competition, rules),
                latest: last == Some(tally.number),
                tally,
                ranked,
            })
        })
        .await
}
