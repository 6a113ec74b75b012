//! What is known of a file's harmlessness.

use super::keyword::keyword_enum;

keyword_enum! {
    /// Whether a file was scanned, and with what outcome.
    pub enum ScanState {
        /// No scanner is set up; the file can be opened.
        Unscanned = "unscanned",
        /// The scanner has not judged it yet; nobody opens it.
        Pending = "pending",
        /// The scanner found nothing.
        Clean = "clean",
        /// The scanner found something; nobody opens it.
        Quarantined = "quarantined",
    }
}

impl ScanState {
    /// How a file of this verdict stands, where there is a scanner or none. What was once found harmful stays so.
    pub fn of(verdict: Option<Self>, has_scanner: bool) -> Self {
        verdict.unwrap_or(if has_scanner { Self::Pending } else { Self::Unscanned })
    }

    /// Whether the file can be opened.
    pub fn opens(self) -> bool {
        matches!(self, Self::Unscanned | Self::Clean)
    }
}
