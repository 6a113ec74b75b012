//! Handlers of the API: each reads its request, calls one act, and says what it gave.

pub(super) mod accounts;
pub(super) mod applications;
pub(super) mod audit;
pub(super) mod checks;
pub(super) mod competitions;
pub(super) mod data;
pub(super) mod evidence;
pub(super) mod recommendations;
pub(super) mod session;
