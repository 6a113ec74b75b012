//! Handlers of the API: each reads its request, calls one act, and says what it gave.

pub(super) mod accounts;
pub(super) mod announcements;
pub(super) mod applications;
pub(super) mod audit;
pub(super) mod changes;
pub(super) mod checks;
pub(super) mod competitions;
pub(super) mod data;
pub(super) mod evidence;
pub(super) mod experts;
pub(super) mod health;
pub(super) mod inquiries;
pub(super) mod inspections;
pub(super) mod issued;
pub(super) mod machines;
pub(super) mod notices;
pub(super) mod open_data;
pub(super) mod progress;
pub(super) mod recommendations;
pub(super) mod results;
pub(super) mod session;
pub(super) mod sheets;
pub(super) mod webhooks;
