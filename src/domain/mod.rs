//! The rules of the competition: pure functions of their arguments, without input or output, clock or chance.
//!
//! Whoever holds a published file can run this layer alone and come to the same figures.

#![deny(clippy::float_arithmetic)]

pub mod access;
pub mod application;
pub mod catalogue;
pub mod checks;
pub mod competition;
pub mod credit_code;
pub mod difference;
pub mod duplicates;
pub mod ids;
pub mod keyword;
pub mod plausibility;
pub mod problem;
pub mod record;
pub mod scoring;
pub mod text;
pub mod time;
pub mod values;
pub mod working_days;
