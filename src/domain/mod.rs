//! The rules of the competition: pure functions of their arguments, without input or output, clock or chance.
//!
//! Whoever holds a published file can run this layer alone and come to the same figures.

#![deny(clippy::float_arithmetic)]

pub mod scoring;
pub mod values;
