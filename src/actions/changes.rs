//! What changed, told in order to those who keep a copy. A place in it is named by the last events that were told, one of each
//! competition: by their digests, so that it says nothing of events in between that others are told.
//!
//! Events of a competition are committed in the order of their numbers, because each act holds its chain: whoever has been
//! told one has been told all before it that they may see.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::seen_by;
use super::{RequestContext, Service};
use crate::db::changes::{self, Change, Told};
use crate::db::{Conn, applications, competitions};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::change::told_to;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Kind, Result};

/// Something that changed. What it is now is read where it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangeView {
    pub competition_id: CompetitionId,
    /// What kind of thing: `application`, `competition`, `recommendation`, `draw`, `inquiry`, `expert`, `objection`, `recheck`, `title`, `letter`.
    pub kind: String,
    /// Which of them.
    pub id: String,
    /// Set where it is an application.
    pub application_id: Option<ApplicationId>,
    /// The revision that the application has by now.
    pub revision: Option<i64>,
    /// Whether applications of the competition may have changed that are not named: read all of them again.
    pub whole: bool,
    /// What was done, by the key of `x-action`.
    pub act: String,
    pub at: Timestamp,
}

/// Changes, oldest first of each competition, and where to go on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangesView {
    pub items: Vec<ChangeView>,
    /// Sent as `after` to be told what came later; always there.
    pub next_cursor: String,
    /// Whether there is more already.
    pub more: bool,
}

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// At the beginning.
    Nothing,
    /// Now: nothing is told but where that is.
    Latest,
    Place(Vec<Digest>),
}

impl std::str::FromStr for After {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?;
        let (first, digests) = bytes.split_first().ok_or(())?;
        if *first != FORMAT || digests.len() % 32 != 0 {
            return Err(());
        }
        let digest = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map(Digest).map_err(|_| ());
        digests.chunks(32).map(digest).collect::<std::result::Result<_, ()>>().map(Self::Place)
    }
}

/// The form of a cursor.
const FORMAT: u8 = 1;

fn cursor(last: &BTreeMap<CompetitionId, Digest>) -> String {
    let mut bytes = vec![FORMAT];
    for digest in last.values() {
        bytes.extend(digest.0);
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What changed after a place.
///
/// # Errors
/// If the caller's role sees no application, or the place is not one of these data.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    after: After,
    competition: Option<CompetitionId>,
    limit: usize,
) -> Result<ChangesView> {
    service
        .read(context, Action::ReadChanges, "competition".to_owned(), move |conn, context| {
            context.may(Action::ReadChanges, Relation::General)?;
            Ok(piece(conn, context, &after, competition, &[], limit)?.view)
        })
        .await
}

/// Changes, with the digests of the events that they are.
pub(crate) struct Piece {
    pub(crate) view: ChangesView,
    pub(crate) digests: Vec<Digest>,
}

/// What changed after a place, as somebody is told it; of some acts alone, if any are named.
pub(crate) fn piece(
    conn: &mut Conn,
    context: &RequestContext,
    after: &After,
    competition: Option<CompetitionId>,
    acts: &[String],
    limit: usize,
) -> Result<Piece> {
    let mut last = begun(conn, after)?;
    let mut found: Vec<(CompetitionId, Change)> = Vec::new();
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    for (id, state) in visible(conn, context, competition)? {
        let told = told(conn, context, id, state, acts)?;
        if *after == After::Latest {
            let newest = changes::last(conn, id, &told)?;
            last.extend(newest.map(|change| (id, (change.digest, change.seq))));
            continue;
        }
        let from = last.get(&id).map_or(0, |(_, seq)| *seq);
        let later = changes::after(conn, id, from, &told, rows)?;
        found.extend(later.into_iter().map(|change| (id, change)));
    }
    // The order of each competition stays: its events are never before one another.
    found.sort_by_key(|(id, change)| (change.at, *id, change.seq));
    let more = found.len() > limit;
    found.truncate(limit);
    last.extend(found.iter().map(|(id, change)| (*id, (change.digest, change.seq))));
    let last = last.into_iter().map(|(id, (digest, _))| (id, digest)).collect();
    let digests = found.iter().map(|(_, change)| change.digest).collect();
    let view = ChangesView { items: views(conn, found)?, next_cursor: cursor(&last), more };
    Ok(Piece { view, digests })
}

/// The last event of each competition that a place names.
fn begun(conn: &mut Conn, after: &After) -> Result<BTreeMap<CompetitionId, (Digest, i64)>> {
    let After::Place(digests) = after else { return Ok(BTreeMap::new()) };
    let places = changes::places(conn, digests)?.into_iter();
    let places = places.filter_map(|(digest, chain, seq)| Some((digest, (chain.parse().ok()?, seq))));
    let places: BTreeMap<Digest, (CompetitionId, i64)> = places.collect();
    let last = |digest: &Digest| places.get(digest).map(|(id, seq)| (*id, (*digest, *seq))).ok_or_else(gone);
    digests.iter().map(last).collect()
}

fn gone() -> Error {
    Error::new(
        Kind::Gone,
        "cursor_gone",
        "这些数据中没有这一位置（数据可能由备份恢复过）：请重新取全部内容，再从头或从 `latest` 开始",
        "These data have no such place (they may have been restored from a backup): read everything anew, and begin without `after` or at `latest`",
    )
}

/// The competitions whose changes somebody is told, with where each is.
fn visible(
    conn: &mut Conn,
    context: &RequestContext,
    wanted: Option<CompetitionId>,
) -> Result<Vec<(CompetitionId, CompetitionState)>> {
    let drafts = context.may(Action::ReadDrafts, Relation::General).is_ok();
    let machine = context.caller()?.machine.as_deref();
    let rows = competitions::list(conn, None, i64::MAX, drafts)?;
    let rows = rows.into_iter().map(|(competition, _)| (competition.id, competition.state));
    Ok(rows
        .filter(|(id, _)| wanted.is_none_or(|wanted| wanted == *id))
        .filter(|(id, _)| machine.is_none_or(|machine| machine.scope.has_competition(*id)))
        .collect())
}

/// What of a competition's chain the caller is told.
fn told(
    conn: &mut Conn,
    context: &RequestContext,
    id: CompetitionId,
    state: CompetitionState,
    acts: &[String],
) -> Result<Told> {
    let caller = context.caller()?;
    let (whole, with_application) = told_to(caller.role, state >= CompetitionState::Selection);
    let is_wanted = |act: &String| acts.is_empty() || acts.contains(act);
    let keys = |actions: Vec<Action>| {
        actions.into_iter().map(|action| action.to_string()).filter(is_wanted).collect()
    };
    let mut told = Told {
        whole: keys(whole),
        with_application: keys(with_application),
        seen: None,
        left_out: Vec::new(),
    };
    let named = |id: &ApplicationId| format!("application/{id}");
    match caller.role {
        Role::Supervisor => {}
        Role::Office => {
            told.left_out = changes::never_submitted(conn, id)?.iter().map(named).collect();
            let leads = changes::leads(conn, id)?;
            told.left_out.extend(leads.iter().map(|lead| format!("objection/{lead}")));
        }
        _ => {
            let filter = seen_by(caller, Some(id));
            let own = applications::list(conn, &filter, i64::MAX)?;
            let mut seen: Vec<String> = own.iter().map(|row| named(&row.id)).collect();
            seen.extend(own.iter().map(|row| format!("recommendation/{id}/{}", row.city)));
            seen.sort_unstable();
            seen.dedup();
            told.seen = Some(seen);
        }
    }
    Ok(told)
}

fn views(conn: &mut Conn, found: Vec<(CompetitionId, Change)>) -> Result<Vec<ChangeView>> {
    let application =
        |object: &str| object.strip_prefix("application/").and_then(|id| id.parse::<ApplicationId>().ok());
    let mut ids: Vec<ApplicationId> =
        found.iter().filter_map(|(_, change)| application(&change.object)).collect();
    ids.sort_unstable();
    ids.dedup();
    let revisions: BTreeMap<ApplicationId, i64> = changes::revisions(conn, &ids)?.into_iter().collect();
    let view = |(competition_id, change): (CompetitionId, Change)| {
        let (kind, id) = change.object.split_once('/').unwrap_or((&change.object, ""));
        let application_id = application(&change.object);
        Ok(ChangeView {
            competition_id,
            kind: kind.to_owned(),
            id: id.to_owned(),
            application_id,
            revision: application_id.and_then(|id| revisions.get(&id).copied()),
            whole: matches!(kind, "competition" | "recommendation" | "expert" | "draw" | "inquiry"),
            act: change.action,
            at: change.at,
        })
    };
    found.into_iter().map(view).collect()
}
