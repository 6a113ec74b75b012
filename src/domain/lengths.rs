//! How many characters texts may have: each limit once, for the check that refuses what is longer and for the description of
//! the API that says so.

/// A unit of measurement.
pub const MEASURE: usize = 20;
/// A telephone number with its extension.
pub const TELEPHONE: usize = 30;
/// What somebody calls a device, or how somebody is reached.
pub const TAG: usize = 40;
/// The name or post of a person.
pub const NAME: usize = 50;
/// What an account is called.
pub const DISPLAY_NAME: usize = 60;
/// The name of a body, a firm, a document or a thing.
pub const TITLE: usize = 100;
/// A line of text.
pub const LINE: usize = 200;
/// A few sentences.
pub const REMARK: usize = 500;
/// Why somebody did something.
pub const REASON: usize = 1_000;
/// What was found, or is sent back.
pub const FINDING: usize = 2_000;
/// What a party or an expert states.
pub const STATEMENT: usize = 5_000;
/// What is argued at length.
pub const TEXT: usize = 10_000;
/// Minutes and reports.
pub const REPORT: usize = 20_000;
/// What the holder of a title reports of a year.
pub const YEARLY_REPORT: usize = 50_000;
