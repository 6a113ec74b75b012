//! Kinds of documents that are kept for good, version after version.

use crate::domain::keyword::keyword_enum;

keyword_enum! {
    /// What a kept document is. Each is canonical JSON with its digest; a later version never replaces an earlier.
    pub enum DocumentKind {
        /// An expert's declaration of conflicts (回避声明、承诺书); by expert.
        Declaration = "declaration",
        /// A change of a panel after its draw; by panel.
        PanelChange = "panel_change",
        /// A signed score sheet; by application and expert.
        Sheet = "sheet",
        /// A signed inspection; by application.
        Inspection = "inspection",
        /// The office's consent to a value above the claim (核增); by application and indicator.
        Increase = "increase",
        /// A partner's consent to what a joint application says (联合申报成员的同意); by application and region.
        PartnerConsent = "partner_consent",
        /// An applicant's comment on verified values; by application.
        Comment = "comment",
        /// Bonuses and deductions; by application.
        Adjustments = "adjustments",
        /// A frozen tally.
        Tally = "tally",
        /// What the office ruled among equals, with its minutes; by the number of the tally.
        Ruling = "ruling",
        /// A second person's confirmation of a tally; by its number.
        TallyCheck = "tally_check",
        /// A deliberation.
        Selection = "selection",
        /// A public notice.
        Notice = "notice",
        /// A supervisor's suspension of a name, or its end; by application.
        Suspension = "suspension",
        /// An announcement.
        Announcement = "announcement",
        /// A proposal to open a stage again that was closed by mistake.
        Reopening = "reopening",
        /// An official document as it was issued; by application, if it is about one, and what it is.
        Issued = "issued",
        /// What happened to a title; by application.
        Title = "title",
    }
}
