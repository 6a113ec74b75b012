//! An act in its transaction: what it enters, what is recorded of it, what it must be confirmed for.

use std::sync::Mutex;

use serde::Serialize;

use super::context::RequestContext;
use super::lock;
use crate::db::audit::{Head, SERVICE_CHAIN};
use crate::db::{self, Conn};
use crate::domain::access::Action;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{
    Actor, Digest, EVENT_FORMAT, Event, Outcome, canonical, canonical_value, digest_of,
};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// How many changes are told one by one before an act is confirmed.
const MOST_WRITTEN: usize = 500;

/// Sees to an act while it runs: under which chain it is recorded, and what its event tells.
pub(crate) struct Act<'a> {
    /// The time at which the act happens, taken once before the transaction.
    pub(crate) now: Timestamp,
    pub(crate) context: &'a RequestContext,
    actor: Option<Actor>,
    pub(super) refusal: Option<&'static str>,
    pub(super) chain: Option<(String, Head)>,
    pub(super) object: String,
    before: Option<Digest>,
    after: Option<Digest>,
    pub(super) details: Vec<(&'static str, serde_json::Value)>,
    pub(super) refused_in: &'a Mutex<(Option<String>, Option<String>)>,
    follows: Vec<FieldProblem>,
    insists: bool,
}

impl Act<'_> {
    /// Says what follows from the act and can't be undone. Once it has run, a person at a page is told all of it; what
    /// it did is kept only when they confirm exactly that.
    pub(crate) fn follows(&mut self, consequence: FieldProblem) {
        self.follows.push(consequence);
    }

    /// Has programs confirm too what follows.
    pub(crate) fn insist(&mut self) {
        self.insists = true;
    }

    /// Refuses an act whose consequences the caller has not confirmed as they are now.
    pub(super) fn must_be_confirmed(&mut self, action: Action) -> Result<()> {
        if self.follows.is_empty() || !(self.insists || self.context.by_form) {
            return Ok(());
        }
        let all: Vec<_> =
            self.follows.iter().map(|told| (&told.pointer, told.code, &told.message.zh)).collect();
        let digest = digest_of(canonical(&(action.as_str(), &self.object, all)));
        if self.context.confirmed == Some(digest) {
            return Ok(());
        }
        let mut follows = std::mem::take(&mut self.follows);
        // What is written is much, where a table is imported; what follows from it is all told.
        let (written, mut told): (Vec<_>, Vec<_>) =
            follows.drain(..).partition(|told| matches!(told.code, "changed" | "added"));
        let more = written.len().saturating_sub(MOST_WRITTEN);
        told.extend(written.into_iter().take(MOST_WRITTEN));
        if more > 0 {
            told.push(FieldProblem::new("", "more", format!("另有{more}处"), format!("{more} more")));
        }
        Err(Error::unconfirmed(told, digest))
    }

    /// Takes the lock of a competition: from here to the end of the transaction nobody else changes anything in it, so
    /// read what decides only after this.
    pub(crate) fn enter(&mut self, conn: &mut Conn, competition: CompetitionId) -> Result<()> {
        self.enter_chain(conn, &competition.to_string())
    }

    /// Takes the lock of the competition of an application.
    ///
    /// # Errors
    /// If there is no such application.
    pub(crate) fn enter_competition_of(
        &mut self,
        conn: &mut Conn,
        id: ApplicationId,
    ) -> Result<CompetitionId> {
        if let Some((competition, head)) = db::audit::lock_of(conn, id)? {
            self.is_in(competition.to_string(), head);
            return Ok(competition);
        }
        let application = db::applications::by_id(conn, id)?.ok_or_else(Error::not_found)?;
        self.enter(conn, application.competition_id)?;
        Ok(application.competition_id)
    }

    /// Takes the lock of what belongs to no competition: accounts, sessions, reference data.
    pub(crate) fn enter_service(&mut self, conn: &mut Conn) -> Result<()> {
        self.enter_chain(conn, SERVICE_CHAIN)
    }

    pub(super) fn enter_chain(&mut self, conn: &mut Conn, chain: &str) -> Result<()> {
        let head = db::audit::lock(conn, chain)?;
        self.is_in(chain.to_owned(), head);
        Ok(())
    }

    /// Notes the chain whose lock is held.
    fn is_in(&mut self, chain: String, head: Head) {
        lock(self.refused_in).0 = Some(chain.clone());
        self.chain = Some((chain, head));
    }

    /// Says what the act is on: kind and identifier.
    pub(crate) fn on(&mut self, kind: &str, id: impl std::fmt::Display) {
        self.object = format!("{kind}/{id}");
        lock(self.refused_in).1 = Some(self.object.clone());
    }

    /// Says what the content was and is.
    pub(crate) fn changed(&mut self, before: Option<Digest>, after: Option<Digest>) {
        self.before = before;
        self.after = after;
    }

    /// Adds a particular to the event. Never a password, a token or anything else that is secret.
    pub(crate) fn detail(&mut self, name: &'static str, value: &impl Serialize) {
        self.details.push((name, canonical_value(value)));
    }

    /// Says who acts, where the request shows it only by a secret that it carries.
    pub(crate) fn by(&mut self, account: &db::accounts::Account) {
        self.actor = Some(Actor {
            account: account.id,
            name: account.name.clone(),
            role: account.role,
            machine: account.machine,
            region: None,
        });
    }

    pub(crate) fn is_by(&self, account: AccountId) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.account == account)
    }

    /// Makes the event that of a refusal, though what the act did is kept: a counted wrong password, an ended session.
    pub(crate) fn refuse(&mut self, code: &'static str) {
        self.refusal = Some(code);
    }

    /// Takes back [`Act::refuse`].
    pub(crate) fn accept(&mut self) {
        self.refusal = None;
    }

    pub(super) fn append(self, conn: &mut Conn, action: Action) -> Result<()> {
        let (chain, head) = match self.chain {
            Some(chain) => chain,
            None => (SERVICE_CHAIN.to_owned(), db::audit::lock(conn, SERVICE_CHAIN)?),
        };
        let event = Event {
            format: EVENT_FORMAT.to_owned(),
            chain,
            seq: head.seq + 1,
            prev: head.digest,
            at: self.now.max(head.at),
            actor: self.actor,
            source: self.context.source.clone(),
            request: self.context.request,
            action: action.as_str().to_owned(),
            object: self.object,
            outcome: if self.refusal.is_some() { Outcome::Refused } else { Outcome::Done },
            reason: self.refusal.map(str::to_owned),
            before: self.before,
            after: self.after,
            details: self.details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        db::audit::append(conn, &event)?;
        Ok(())
    }
}

impl<'a> Act<'a> {
    pub(super) fn new(
        now: Timestamp,
        context: &'a RequestContext,
        refused_in: &'a Mutex<(Option<String>, Option<String>)>,
    ) -> Self {
        Self {
            now,
            context,
            actor: context.caller.as_ref().map(|caller| Actor {
                account: caller.account,
                name: caller.name.clone(),
                role: caller.role,
                machine: caller.machine.is_some(),
                region: caller.machine.as_ref().and(caller.region.clone()),
            }),
            refusal: None,
            chain: None,
            object: String::new(),
            before: None,
            after: None,
            details: Vec::new(),
            refused_in,
            follows: Vec::new(),
            insists: false,
        }
    }

    pub(crate) fn account(&self) -> Result<AccountId> {
        Ok(self.context.caller()?.account)
    }
}
