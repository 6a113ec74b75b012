//! What supervisors watch and administrators keep: audit trail, alarms, accounts, reference data, health.

use super::{Page, Reveal};

pub(super) fn pages() -> Vec<Page> {
    Vec::new()
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}
