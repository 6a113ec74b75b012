//! Qianglian (强链) runs a province's regional excellent-chain competition (区域卓越产业链竞赛).
//!
//! Layers, of which an upper one knows those below it and never the other way round:
//!
//! - [`cli`] is the command line: it reads files and writes tables, and opens what the service needs.
//! - [`http`] is the service over HTTP, and the only user of actix-web.
//! - [`actions`] is what people do: one function, one decision, one transaction, one event of the audit trail.
//! - [`db`] is the database, and the only user of diesel; [`files`] keeps evidence; [`mail`] hands letters to a mail
//!   server, [`courier`] messages to webhooks.
//! - [`domain`] is the competition's rules: pure functions of their arguments, without input or output, clock or
//!   chance. It is also the offline verifier: whoever holds a published tally comes to the same figures with it alone.
//!
//! Beside them stand [`config`] (the only reader of options and environment), [`keys`] (what is secret and
//! kept outside the database), `jwt` (tokens), [`clock`] (the only source of time,
//! chance and identifiers) and [`error`].
//!
//! `docs/ARCHITECTURE.md` maps every file; a test keeps the map true and the layers apart.

pub mod actions;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod db;
pub mod domain;
pub mod error;
pub mod files;
pub mod http;
mod jwt;
pub mod keys;
pub mod mail;
pub mod oidc;
