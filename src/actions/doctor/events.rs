//! The chains of events: each event whole, following the one before it, and the end where its head says.

use super::finding::{Record, Wrong};
use super::{Walk, forms};
use crate::db::backup::Walk as Chain;
use crate::db::raw::{Row, Table};
use crate::domain::access::Action;
use crate::domain::record::{Digest, Event, Outcome, parse};
use crate::error::Result;

const HEADS: Table = Table { name: "audit_head", key: &["chain"], others: &["seq", "digest"] };

const EVENTS: Table = Table {
    name: "audit_event",
    key: &["chain", "seq"],
    others: &["digest", "body", "action", "object", "outcome", "request_id", "account_id", "at"],
};

/// Where the walk along the chains is, and where the heads say that they end.
#[derive(Default)]
pub(super) struct Chains {
    at: std::collections::BTreeMap<String, Chain>,
}

impl Walk<'_> {
    /// Follows every chain. A head is read after its events: what came meanwhile is seen by the second walk.
    pub(super) fn events(&mut self) -> Result<()> {
        self.each(&EVENTS, Self::event)?;
        self.each(&HEADS, Self::head)?;
        let left: Vec<String> = std::mem::take(&mut self.known.chains.at).into_keys().collect();
        for chain in left {
            self.tell(Record::of("audit_head", &chain), Wrong::Missing(format!("audit_event/{chain}")));
        }
        Ok(())
    }

    fn event(&mut self, row: &Row) {
        let (chain, seq, body) = (row.text(0), row.number(1), row.text(3));
        let record = Record::of("event", format!("{chain}/{seq}"));
        let Some(digest) = self.formed(&record, row.text(2).parse().map_err(|_| "digest".to_owned())) else {
            return;
        };
        let at = self.known.chains.at.entry(chain.to_owned()).or_default();
        if let Err(why) = at.step(seq, digest, body) {
            // From here the chain is followed anew: one break is told once.
            (at.seq, at.digest) = (seq, digest);
            self.tell(record.clone(), Wrong::Chain(why));
        }
        let Some(event) = self.formed(&record, parse::<Event>(body)) else { return };
        let actor = event.actor.as_ref().map(|actor| actor.account.to_string());
        let repeated = event.chain == chain
            && event.action == row.text(4)
            && event.object == row.text(5)
            && event.outcome.as_str() == row.text(6)
            && event.request.to_string() == row.text(7)
            && actor.as_deref() == row.get(8)
            && event.at.micros().to_string() == row.text(9);
        if !repeated {
            self.tell(record, Wrong::Disagrees("body".to_owned(), forms::COLUMNS));
        }
        if event.outcome == Outcome::Done {
            self.told(&event);
        }
    }

    /// Notes what an event says that contents are.
    fn told(&mut self, event: &Event) {
        let told = self.known.told.entry(event.chain.clone()).or_default();
        told.extend(event.after.iter().map(ToString::to_string));
        // Closing freezes a tally beside moving the competition on.
        let tally = event.details["tally"].as_str().filter(|text| text.parse::<Digest>().is_ok());
        told.extend(tally.map(ToOwned::to_owned));
        if event.action == Action::CorrectCompetition.as_str() && !event.details["document"].is_null() {
            self.known.recused.insert(event.chain.clone());
        }
        if let (Some(kind), Some(after)) = (event.details["document"].as_str(), event.after) {
            let kept = (event.chain.clone(), event.seq, kind.to_owned(), after.to_string());
            self.known.kept.push(kept);
        }
    }

    fn head(&mut self, row: &Row) {
        let chain = row.text(0);
        let end = self.known.chains.at.remove(chain).unwrap_or_default();
        if (end.seq, end.digest.to_string().as_str()) != (row.number(1), row.text(2)) {
            let wrong = Wrong::Chain(format!("audit_head {}, audit_event {}", row.number(1), end.seq));
            self.tell(Record::of("audit_head", chain), wrong);
        }
    }
}
