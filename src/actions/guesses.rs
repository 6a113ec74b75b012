//! Passwords and codes of second factors that people try, wherever they do: each is counted before it is looked at, so
//! that however many come at once, no more are looked at than may be. Those beyond are not looked at, right or wrong.

use super::Service;
use super::networks::network_of;
use crate::db::accounts::{self, Account};
use crate::db::guesses::{self, Guess};
use crate::db::{Conn, audit};
use crate::domain::ids::GuessId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Wrong passwords of one name from one place.
const FROM_ONE_PLACE: i64 = 5;
/// Seconds in which these are counted.
pub(crate) const ONE_PLACE_WITHIN: u32 = 30 * 60;
/// Wrong passwords of one name from everywhere.
const FROM_EVERYWHERE: i64 = 100;
/// Wrong codes of one account's second factor from everywhere. Who sends them knows the password already, and a code has
/// six digits of which three are right at a time.
const CODES_FROM_EVERYWHERE: i64 = 10;
/// Seconds in which these are counted.
const EVERYWHERE_WITHIN: u32 = 60 * 60;
/// Seconds for which a network is known that an account has logged in from.
const KNOWN_FOR: i64 = 30 * 24 * 60 * 60;

/// Where passwords that are counted together come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Somebody who has not logged in.
    Network(String),
    /// The sessions of the account itself, wherever they are. Strangers can't use up what these may try.
    Session,
}

impl Place {
    /// The network of an address.
    pub(crate) fn of(source: &str) -> Self {
        Self::Network(network_of(source))
    }

    fn key(&self, what: What) -> String {
        let place = match self {
            Self::Network(network) => network,
            Self::Session => "session",
        };
        match what {
            What::Password => place.to_owned(),
            What::Code => format!("{CODES}{place}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Password,
    /// A code of a second factor.
    Code,
}

/// What the places of codes begin with.
const CODES: &str = "code/";

/// A guess that was counted and may be looked at.
pub(crate) struct Counted {
    id: GuessId,
    name: String,
    place: String,
    /// How many more may be tried from there.
    left: i64,
}

/// Counts a code of an account's second factor before it is looked at; none if it may not be. The right one is
/// [`take_back`]en.
pub(crate) async fn count_code(service: &Service, name: &str, place: &Place) -> Result<Option<Counted>> {
    Ok(reserve(service, name, place, What::Code).await?.1)
}

/// Lets a code count no more that was right, nor the wrong ones from the same place, but for the account as a whole.
pub(crate) fn take_back(conn: &mut Conn, counted: &Counted) -> Result<()> {
    guesses::remove(conn, counted.id)?;
    guesses::forgive(conn, &counted.name, &counted.place)
}

/// What came of a password that somebody tried.
pub(crate) struct Tried {
    /// The account of that name, if there is one.
    pub(crate) account: Option<Account>,
    pub(crate) outcome: Outcome,
    name: String,
    place: String,
}

/// Whether a password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is the account's. It counts until [`settle`]d.
    Right(GuessId),
    /// It is not, and how many more may be tried from there.
    Wrong {
        /// None: this was the last.
        left: i64,
    },
    /// It was not looked at.
    Stopped,
}

/// Tries a password for a name.
///
/// # Errors
/// If too many wait for that, in which case it does not count.
pub(crate) async fn try_password(
    service: &Service,
    name: &str,
    place: Place,
    password: String,
) -> Result<Tried> {
    let (account, counted) = reserve(service, name, &place, What::Password).await?;
    let outcome = match counted {
        None => Outcome::Stopped,
        Some(Counted { id, left, .. }) => {
            let usable = account.as_ref().filter(|account| account.enabled);
            let hash = usable.and_then(|account| account.password_hash.clone());
            match service.hasher.verify(password, hash).await {
                Ok(true) => Outcome::Right(id),
                Ok(false) => Outcome::Wrong { left },
                Err(error) => {
                    service.db.write("guess", move |conn| guesses::remove(conn, id)).await?;
                    return Err(error);
                }
            }
        }
    };
    Ok(Tried { account, outcome, name: name.to_owned(), place: place.key(What::Password) })
}

/// Counts a guess, if it may be made, and says whose name it is for.
async fn reserve(
    service: &Service,
    name: &str,
    place: &Place,
    what: What,
) -> Result<(Option<Account>, Option<Counted>)> {
    let guess = Guess {
        id: GuessId(service.clock.new_id()),
        name: name.to_owned(),
        place: place.key(what),
        at: service.clock.now(),
        forgiven: false,
    };
    let from = place.clone();
    service
        .db
        .write("guess", move |conn| {
            // Whoever counts is alone in doing so, here and in other processes.
            audit::lock(conn, audit::SERVICE_CHAIN)?;
            let account = accounts::by_name(conn, &guess.name)?;
            let left = count(conn, &guess, account.as_ref(), &from, what)?;
            let counted =
                |left| Counted { id: guess.id, name: guess.name.clone(), place: guess.place.clone(), left };
            Ok((account, left.map(counted)))
        })
        .await
}

/// Counts a guess, if it may be made: how many more may be.
fn count(
    conn: &mut Conn,
    guess: &Guess,
    account: Option<&Account>,
    place: &Place,
    what: What,
) -> Result<Option<i64>> {
    let since = |seconds: u32| guess.at.plus_seconds(-i64::from(seconds));
    guesses::forget(conn, since(EVERYWHERE_WITHIN))?;
    let here = guesses::count_at(conn, &guess.name, &guess.place, since(ONE_PLACE_WITHIN))?;
    if here >= FROM_ONE_PLACE {
        return Ok(None);
    }
    let since = since(EVERYWHERE_WITHIN);
    let used_up = match what {
        What::Password => guesses::count(conn, &guess.name, "", since)? >= FROM_EVERYWHERE,
        What::Code => guesses::count(conn, &guess.name, CODES, since)? >= CODES_FROM_EVERYWHERE,
    };
    if used_up && !is_known(conn, account, place, guess.at)? {
        return Ok(None);
    }
    guesses::insert(conn, guess)?;
    Ok(Some(FROM_ONE_PLACE - here - 1))
}

/// Whether an account has logged in from a place lately. Strangers elsewhere, who use up what may be tried for its
/// name, do not keep it out from there.
fn is_known(conn: &mut Conn, account: Option<&Account>, place: &Place, now: Timestamp) -> Result<bool> {
    match (account, place) {
        (_, Place::Session) => Ok(true),
        (None, Place::Network(_)) => Ok(false),
        (Some(account), Place::Network(network)) => {
            let sources = accounts::sources_since(conn, account.id, now.plus_seconds(-KNOWN_FOR))?;
            Ok(sources.iter().any(|source| network_of(source) == *network))
        }
    }
}

/// Whether what was tried is still an account's password, in the transaction that rests on it: it then counts no more,
/// nor do the wrong ones from the same place, but for the name as a whole.
pub(crate) fn settle(conn: &mut Conn, tried: &Tried) -> Result<Option<Account>> {
    let (Outcome::Right(id), Some(seen)) = (tried.outcome, &tried.account) else { return Ok(None) };
    // Disabled, or given another password, while this one was being looked at.
    let now = accounts::by_id(conn, seen.id)?;
    let Some(account) = now.filter(|now| now.enabled && now.password_hash == seen.password_hash) else {
        return Ok(None);
    };
    guesses::remove(conn, id)?;
    guesses::forgive(conn, &tried.name, &tried.place)?;
    Ok(Some(account))
}
