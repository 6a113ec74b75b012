//! The rules of the competition: pure functions of their arguments, without input or output, clock or chance.
//!
//! Whoever holds a published file can run this layer alone and come to the same figures.

#![deny(clippy::float_arithmetic)]

pub mod access;
pub mod account_table;
pub mod alarms;
pub mod announcement;
pub mod application;
pub mod archive;
pub mod blocker;
pub mod catalogue;
pub mod change;
pub mod check_table;
pub mod checks;
pub mod closing;
pub mod competition;
pub mod credit_code;
pub mod days_table;
pub mod declaration;
pub mod difference;
pub mod draw;
pub mod duplicates;
pub mod expert;
pub mod ids;
pub mod inspection;
pub mod inspection_table;
pub mod jump;
pub mod keyword;
pub mod lengths;
pub mod letter;
pub mod likeness;
pub mod machine;
pub mod message;
pub mod notice;
pub mod objection;
pub mod official;
pub mod open_data;
pub mod passkey;
pub mod photo;
pub mod plausibility;
pub mod problem;
pub mod record;
pub mod review;
pub mod scan;
pub mod scoring;
pub mod second_factor;
pub mod selection;
pub mod sheet;
pub mod sheet_table;
pub mod statistics;
pub mod strict;
pub mod table;
pub mod text;
pub mod time;
pub mod typed;
pub mod value_names;
pub mod values;
pub mod webhook;
pub mod working_days;
