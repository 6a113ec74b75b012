//! What the public may take without logging in: so many filings and bytes a day, of one source, under one name, in all.
//!
//! The counts are rows of the database, locked while they are compared: a restart forgets none, and several processes
//! share them. Under which address or name is stored as a digest, and not beyond the day.

use unicode_normalization::UnicodeNormalization;

use super::networks::{around, network_of};
use crate::db::Conn;
use crate::db::public_use::{self, EVER, Use};
use crate::domain::objection::Objector;
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::error::{Error, Kind, Result};

/// Filings a day with one telephone number or address as contact.
const FILINGS_OF_CONTACT: i64 = 5;
/// Filings a day under one real name, which several people may bear.
const FILINGS_OF_NAME: i64 = 20;
/// Letters a day to one address, which need not be the sender's.
const LETTERS_TO_ADDRESS: i64 = 2;
/// Letters a day that one source may cause.
const LETTERS_OF_SOURCE: i64 = 5;
/// How often a day somebody may have forgotten the password of one account.
const FORGOTTEN_OF_NAME: i64 = 3;
/// What the sources of one network may take together, in shares of one source.
const SOURCES_OF_NETWORK: i64 = 4;
/// Which part of a day's bytes one source may take.
const SOURCE_SHARE: i64 = 10;
/// Which part of a day's bytes anonymous leads may take together: evidence under a name comes first.
const LEAD_SHARE: i64 = 4;

/// How much the public may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Objections and leads a day from one source: an IPv4 address, or an IPv6 network of 64 bits.
    pub filings_of_source: i64,
    /// Objections a day in all, and as many leads.
    pub filings: i64,
    /// Bytes of files a day.
    pub bytes_a_day: i64,
    /// Bytes of files in all.
    pub bytes: i64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { filings_of_source: 20, filings: 500, bytes_a_day: 2 << 30, bytes: 20 << 30 }
    }
}

/// A count, and up to where it may go.
struct Limit {
    purpose: &'static str,
    mark: String,
    most: i64,
}

impl Limit {
    fn new(purpose: &'static str, of: &str, most: i64) -> Self {
        let mark =
            if of.is_empty() { String::new() } else { digest_of(format!("{purpose}/{of}")).to_string() };
        Self { purpose, mark, most }
    }

    fn of<'a>(&'a self, day: &'a str) -> Use<'a> {
        Use { purpose: self.purpose, mark: &self.mark, day }
    }
}

/// A name or contact however it is written: width, case, spaces and punctuation aside.
fn folded(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric() || *c == '@').flat_map(char::to_lowercase).collect()
}

fn of_source(purposes: [&'static str; 2], source: &str, most: i64) -> Vec<Limit> {
    let Some(network) = around(source) else { return Vec::new() };
    vec![
        Limit::new(purposes[0], &network_of(source), most),
        Limit::new(purposes[1], &network, most.saturating_mul(SOURCES_OF_NETWORK)),
    ]
}

/// Takes `amount` of each, or tells that there is no more.
fn charge(conn: &mut Conn, now: Timestamp, limits: &[Limit], amount: i64) -> Result<()> {
    let day = now.date().to_string();
    public_use::forget(conn, &day)?;
    for limit in limits {
        if public_use::take(conn, &limit.of(&day), amount)? > limit.most {
            return Err(used_up(now));
        }
    }
    Ok(())
}

/// Seconds until counts begin anew.
fn until_tomorrow(now: Timestamp) -> u32 {
    let rest = Timestamp::end_of(now.date()).seconds_since(now) + 1;
    u32::try_from(rest).unwrap_or(u32::MAX)
}

fn used_up(now: Timestamp) -> Error {
    Error::new(
        Kind::TooManyRequests,
        "daily_quota",
        "今日从此网络、以此姓名或联系方式，或全部来源提交的数量已达上限；请明日再试，或按公示所列电话、地址书面提出",
        "No more is taken today from this network, under this name or contact, or in all; try again tomorrow, or write to the channels that the notice names",
    )
    .after(until_tomorrow(now))
}

fn full() -> Error {
    Error::new(
        Kind::InsufficientStorage,
        "public_storage_full",
        "公众材料的存储份额已用完，暂不能上传；请按公示所列地址书面递交，并通知管理员",
        "The share of storage for the public's files is used up; hand them in where the notice says, and tell the administrator",
    )
}

impl Quotas {
    /// Counts an objection, or a lead where nobody objects by name.
    ///
    /// # Errors
    /// If as many came already.
    pub(crate) fn file(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        source: &str,
        objector: Option<&Objector>,
    ) -> Result<()> {
        let mut limits = of_source(["filing_source", "filing_network"], source, self.filings_of_source);
        if let Some(objector) = objector {
            limits.push(Limit::new("filing_contact", &folded(&objector.contact), FILINGS_OF_CONTACT));
            limits.push(Limit::new("filing_name", &folded(&objector.name), FILINGS_OF_NAME));
        }
        limits.push(Limit::new(if objector.is_some() { "objections" } else { "leads" }, "", self.filings));
        charge(conn, now, &limits, 1)
    }

    /// Counts somebody who has forgotten the password of an account of this name, be there one or not.
    ///
    /// # Errors
    /// If as many came already.
    pub(crate) fn forget(&self, conn: &mut Conn, now: Timestamp, source: &str, name: &str) -> Result<()> {
        let mut limits = of_source(["forgotten_source", "forgotten_network"], source, self.filings_of_source);
        limits.push(Limit::new("forgotten_name", &folded(name), FORGOTTEN_OF_NAME));
        limits.push(Limit::new("forgotten", "", self.filings));
        charge(conn, now, &limits, 1).map_err(|error| match error.kind {
            Kind::TooManyRequests => Error::new(
                Kind::TooManyRequests,
                "daily_quota",
                "今日从此网络或为该登录名提出的次数已达上限；请明日再试，或请管理员重置",
                "Nobody more is helped today from this network or under this login name; try again tomorrow, or ask the administrator",
            )
            .after(until_tomorrow(now)),
            _ => error,
        })
    }

    /// Counts a letter to somebody of the public, unless as many went already.
    pub(crate) fn may_mail(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        source: &str,
        address: &str,
    ) -> Result<bool> {
        let mut limits = of_source(["letters_source", "letters_network"], source, LETTERS_OF_SOURCE);
        limits.push(Limit::new("letters_address", &folded(address), LETTERS_TO_ADDRESS));
        limits.push(Limit::new("letters", "", self.filings));
        let day = now.date().to_string();
        for limit in &limits {
            if public_use::taken(conn, &limit.of(&day))? >= limit.most {
                return Ok(false);
            }
        }
        charge(conn, now, &limits, 1).map(|()| true)
    }

    fn of_bytes(&self, source: &str, lead: bool) -> Vec<Limit> {
        let mut limits =
            of_source(["bytes_source", "bytes_network"], source, self.bytes_a_day / SOURCE_SHARE);
        if lead {
            limits.push(Limit::new("bytes_leads", "", self.bytes_a_day / LEAD_SHARE));
        }
        limits.push(Limit::new("bytes", "", self.bytes_a_day));
        limits
    }

    fn in_all(&self) -> Limit {
        Limit::new("bytes_in_all", "", self.bytes)
    }

    /// Looks whether a file of `size` bytes may come, before its bytes do.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn must_have_room(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        source: &str,
        lead: bool,
        size: u64,
    ) -> Result<()> {
        let size = bytes(size)?;
        let in_all = self.in_all();
        if public_use::taken(conn, &in_all.of(EVER))? + size > in_all.most {
            return Err(full());
        }
        let day = now.date().to_string();
        for limit in self.of_bytes(source, lead) {
            if public_use::taken(conn, &limit.of(&day))? + size > limit.most {
                return Err(used_up(now));
            }
        }
        Ok(())
    }

    /// Counts a file of `size` bytes, before it is kept.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn keep(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        source: &str,
        lead: bool,
        size: u64,
    ) -> Result<()> {
        let size = bytes(size)?;
        charge(conn, now, &self.of_bytes(source, lead), size)?;
        let in_all = self.in_all();
        if public_use::take(conn, &in_all.of(EVER), size)? > in_all.most { Err(full()) } else { Ok(()) }
    }
}

fn bytes(size: u64) -> Result<i64> {
    i64::try_from(size).map_err(|_| Error::internal("a file of impossible size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_the_same_however_it_is_written() {
        assert_eq!(folded("139 0000-0000"), folded("１３９００００００００"));
        assert_eq!(folded("A.B@Example.com"), folded("a.b@example.com"));
    }
}
