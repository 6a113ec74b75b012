//! Qianglian (强链) runs a province's regional excellent-chain competition (区域卓越产业链竞赛).
//!
//! Two layers, of which the upper knows the lower and never the other way round:
//!
//! - [`cli`] is the command line: it reads files and writes tables, and is the only user of clap and csv.
//! - [`domain`] is the competition's rules: pure functions of their arguments, without input or output, clock or
//!   chance. It is also the offline verifier: whoever holds a published tally comes to the same figures with it alone.
//!
//! `docs/ARCHITECTURE.md` maps every file; a test keeps the map true and the layers apart.

pub mod cli;
pub mod domain;
