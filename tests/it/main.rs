//! Tests through the public face: the command line, and the library as an offline verifier calls it.

#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "tests are tables and short-lived JSON values"
)]

mod cases;
mod command_line;
mod extremes;
mod layers;
mod problems;
mod properties;
mod reference;
mod support;
