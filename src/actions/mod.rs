//! What people do. One function is one decision, one transaction and one event of the audit trail; a file per noun.
//!
//! `Service::write` is the frame of every act that changes something: it answers a repeated request from what was
//! stored, runs the act, appends its event, and records a refusal when there is one.

pub mod account_imports;
pub mod accounts;
mod act;
pub mod alarms;
pub mod announcements;
pub mod answers;
pub mod applications;
pub mod archives;
pub mod audit;
pub(crate) mod boards;
pub mod changes;
pub mod checks;
pub mod closing;
pub mod competitions;
mod conflicts;
mod context;
pub mod data;
pub(crate) mod desks;
pub mod doctor;
mod documents;
pub mod draws;
pub mod duplicates;
pub(crate) mod duties;
pub mod evidence;
pub mod experts;
pub mod exports;
pub(crate) mod guesses;
pub mod health;
pub mod housekeeping;
pub mod imports;
pub mod inquiries;
pub mod inspections;
pub mod issued;
pub mod jumps;
pub mod keys;
pub mod letters;
pub mod links;
pub mod login;
pub mod loops;
pub mod machines;
pub mod messages;
pub(crate) mod names;
pub(crate) mod networks;
pub mod notices;
pub mod objections;
pub mod open_data;
pub mod open_points;
mod page;
pub mod panels;
pub mod passkeys;
mod passwords;
pub mod platform;
pub mod progress;
pub mod quotas;
pub(crate) mod ranked;
pub mod rechecks;
pub mod recommendations;
mod recusals;
pub mod reopenings;
pub mod restore;
pub mod rules;
pub mod scans;
pub mod second_factor;
pub mod selections;
mod service;
pub mod sheets;
pub mod statistics;
pub mod titles;
pub mod watch;
pub mod webhooks;

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::domain::record;
use crate::domain::text::check_text;
use crate::error::{Error, Result, must_be_valid};

pub(crate) use self::act::Act;
pub use self::context::{Caller, Idempotency, MachineCaller, RequestContext};
pub(crate) use self::context::{REAUTHENTICATION_REQUIRED, SECOND_FACTOR_REQUIRED, log_in_first};
pub use self::page::Page;
pub use self::service::Service;
pub(crate) use self::service::unless_damaged;
pub use passwords::Hasher;

/// Refuses an act without a reason of 1 to 1,000 characters.
pub(crate) fn need_reason(reason: &str) -> Result<()> {
    need_text("/reason", reason, 1, 1_000)
}

/// Refuses an act whose text at a pointer is shorter or longer than that.
pub(crate) fn need_text(pointer: &str, text: &str, least: usize, most: usize) -> Result<()> {
    let mut problems = Vec::new();
    check_text(&mut problems, pointer, text, least, most);
    must_be_valid(problems)
}

/// Reads stored JSON. That it can't be read is our fault, never the caller's.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    record::parse(text).map_err(Error::internal)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
