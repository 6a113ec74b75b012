//! Letters: written with the act that they tell of, handed to a mail server afterwards, one at a time.
//!
//! A letter is claimed in one transaction and settled in another. Whoever dies between the two leaves it claimed; when
//! the claim has run out it is `unsure`, and a person decides whether to send it again: no letter is sent twice by
//! itself, and none is lost from sight.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::visible_competition;
use super::{Page, RequestContext, Service};
use crate::db::letters::{self, Letter};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{AccountId, CompetitionId, LetterId};
use crate::domain::letter::LetterState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::mail::{Failure, Mailer, Outgoing};

/// How long the hand-over of one letter may take, in seconds.
const CLAIM: i64 = 300;
/// How often a letter is tried before it counts as failed.
const ATTEMPTS: i32 = 8;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LetterView {
    pub id: LetterId,
    /// The account that it is for; none where it goes to somebody who objects.
    pub account_id: Option<AccountId>,
    pub address: String,
    pub subject: String,
    pub body: String,
    pub state: LetterState,
    /// How often it was tried.
    pub attempts: i32,
    /// What the mail server said last.
    pub error: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
}

fn view(row: Letter) -> LetterView {
    LetterView {
        id: row.id,
        account_id: row.account_id,
        address: row.address,
        subject: row.subject,
        body: row.body,
        state: row.state,
        attempts: row.attempts,
        error: row.error,
        created_at: row.created_at,
        sent_at: row.sent_at,
    }
}

/// The letters of a competition, newest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    before: Option<LetterId>,
    limit: usize,
) -> Result<Page<LetterView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadLetters, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadLetters, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let rows = letters::list(conn, id, before, Page::<Letter>::rows(limit))?;
            Ok(Page::of(rows, limit, |row| row.id.to_string()).map(view))
        })
        .await
}

/// A letter of a competition.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    letter: LetterId,
) -> Result<LetterView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadLetters, format!("letter/{letter}"), move |conn, context| {
            context.may(Action::ReadLetters, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let found = letters::by_id(conn, letter)?.filter(|found| found.competition_id == Some(id));
            Ok(view(found.ok_or_else(Error::not_found)?))
        })
        .await
}

/// Puts a letter that failed, or of which nobody knows, back among those to be sent.
///
/// # Errors
/// If the caller is not the office, there is no such letter, or it neither failed nor is unsure.
pub async fn resend(service: &Service, context: &Arc<RequestContext>, id: LetterId) -> Result<LetterView> {
    service
        .write(context, Action::ResendLetter, move |conn, act| {
            act.context.may(Action::ResendLetter, Relation::General)?;
            let found = letters::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            // Letters about accounts are not the office's.
            act.enter(conn, found.competition_id.ok_or_else(Error::not_found)?)?;
            act.on("letter", id);
            let mut letter = letters::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let from = letter.state;
            if !matches!(from, LetterState::Failed | LetterState::Unsure) {
                return Err(Error::conflict(
                    "no_such_step",
                    "函件没有发送失败，无须重发",
                    "The letter has not failed; there is nothing to send again",
                ));
            }
            letter.state = LetterState::Queued;
            letter.attempts = 0;
            letter.next_at = act.now;
            letter.claimed_until = None;
            act.detail("from", &from);
            if letters::update(conn, from, &letter)? { Ok(view(letter)) } else { Err(Error::busy(1)) }
        })
        .await
}

/// Hands the next letter that is due to the mail server; whether there was one. Called by the service's timer.
///
/// # Errors
/// If the database fails.
pub async fn deliver_next(service: &Service, mailer: &Mailer) -> Result<bool> {
    let now = service.clock.now();
    // Asked every second: it is nearly always nothing, and a transaction that writes makes void what is remembered.
    if !service.read_public("letter.due", move |conn| letters::is_any_due(conn, now)).await? {
        return Ok(false);
    }
    let claimed = service
        .db
        .write("letter.claim", move |conn| {
            for mut letter in letters::given_up(conn, now)? {
                letter.state = LetterState::Unsure;
                "the hand-over broke off".clone_into(&mut letter.error);
                letters::update(conn, LetterState::Sending, &letter)?;
            }
            let Some(mut letter) = letters::due(conn, now)? else { return Ok(None) };
            letter.state = LetterState::Sending;
            letter.attempts += 1;
            letter.claimed_until = Some(now.plus_seconds(CLAIM));
            Ok(letters::update(conn, LetterState::Queued, &letter)?.then_some(letter))
        })
        .await?;
    let Some(letter) = claimed else { return Ok(false) };
    let outgoing = Outgoing {
        address: letter.address.clone(),
        subject: letter.subject.clone(),
        body: with_secrets(&service.keys, &letter),
        message_id: format!("<{}@qianglian>", letter.id),
    };
    let outcome = mailer.send(&outgoing).await;
    if let Err(failure) = &outcome {
        tracing::warn!(letter = %letter.id, %failure, "a letter was not handed over");
    }
    let settled = settled(letter, &outcome, service.clock.now());
    service
        .db
        .write("letter.settle", move |conn| letters::update(conn, LetterState::Sending, &settled).map(drop))
        .await?;
    Ok(true)
}

/// The text of a letter as it is handed over: what the stored one has no more than a place for is put in.
fn with_secrets(keys: &Keys, letter: &Letter) -> String {
    let of_link = super::accounts::with_code(keys, letter);
    of_link.unwrap_or_else(|| super::objections::reaching::with_code(keys, letter))
}

/// Where a letter stands after it was tried: tried again after 1, 2, 4 … minutes.
fn settled(mut letter: Letter, outcome: &std::result::Result<(), Failure>, now: Timestamp) -> Letter {
    letter.claimed_until = None;
    match outcome {
        Ok(()) => {
            letter.state = LetterState::Sent;
            letter.sent_at = Some(now);
            letter.error = String::new();
        }
        Err(failure) => {
            letter.error = failure.to_string();
            letter.state = match failure {
                Failure::Unsure(_) => LetterState::Unsure,
                Failure::Never(_) => LetterState::Failed,
                Failure::Later(_) if letter.attempts >= ATTEMPTS => LetterState::Failed,
                Failure::Later(_) => {
                    letter.next_at = now.plus_seconds(60 << (letter.attempts - 1).clamp(0, 10));
                    LetterState::Queued
                }
            };
        }
    }
    letter
}
