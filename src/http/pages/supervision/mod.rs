//! What supervisors watch and administrators keep: audit trail, alarms, accounts, reference data, health.

mod account_import;
mod accounts;
mod alarms;
mod audit;
mod clock;
mod data;
mod design;
mod desks;
mod health;
mod import;
mod links;
mod machines;
mod webhooks;
mod words;

use super::{PageRoute, Reveal};

pub(super) use clock::doubted;
pub(super) use data::counted_by;
pub(super) use desks::{admin, supervisor};

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [
        audit::pages(),
        alarms::pages(),
        // Before the accounts, whose addresses would be taken for its.
        account_import::pages(),
        accounts::pages(),
        // Before the versions, whose addresses would be taken for theirs.
        import::pages(),
        links::pages(),
        machines::pages(),
        webhooks::pages(),
        data::pages(),
        health::pages(),
        clock::pages(),
        design::pages(),
    ];
    groups.into_iter().flatten().collect()
}

pub(super) fn reveals() -> Vec<Reveal> {
    let groups = [
        account_import::reveals(),
        accounts::reveals(),
        import::reveals(),
        machines::reveals(),
        webhooks::reveals(),
    ];
    groups.into_iter().flatten().collect()
}
