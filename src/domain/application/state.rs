//! Where applications, members and decisions about them stand.

use crate::domain::keyword::keyword_enum;

keyword_enum! {
    /// Where an application stands.
    pub enum ApplicationState {
        /// Being written; nobody but its region and members sees it.
        Draft = "draft",
        /// Submitted; with the city.
        Submitted = "submitted",
        /// Sent back by the city, to be changed and submitted again.
        Returned = "returned",
        /// On the city's sealed list.
        Recommended = "recommended",
        /// Submitted in time, but not on the city's sealed list.
        NotRecommended = "not_recommended",
        /// To be corrected once after the formal check (补正).
        Correction = "correction",
        /// In form: it goes to the experts.
        Accepted = "accepted",
        /// Not in form.
        Rejected = "rejected",
        /// Withdrawn by its region.
        Withdrawn = "withdrawn",
    }
}

impl ApplicationState {
    /// Whether its content may be changed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned | Self::Correction)
    }

    /// Whether it may still be withdrawn: until it is decided.
    pub fn is_withdrawable(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Returned | Self::Recommended | Self::Correction)
    }
}

keyword_enum! {
    /// What a member brings to an application.
    pub enum MemberRole {
        /// Core zone (核心区).
        Core = "core",
        /// Coordinated zone (协同区).
        Coordinated = "coordinated",
    }
}

keyword_enum! {
    /// Whether a member has agreed to take part.
    pub enum ConsentState {
        /// It has been asked.
        Asked = "asked",
        /// It has signed.
        Given = "given",
        /// It has declined.
        Declined = "declined",
    }
}

keyword_enum! {
    /// What was decided about an application.
    pub enum DecisionKind {
        /// Submitted by its lead.
        Submitted = "submitted",
        /// Sent back by the city.
        Returned = "returned",
        /// On the city's sealed list.
        Recommended = "recommended",
        /// Not on the city's sealed list.
        NotRecommended = "not_recommended",
        /// To be corrected.
        Correction = "correction",
        /// In form.
        Accepted = "accepted",
        /// Not in form.
        Rejected = "rejected",
        /// The rejection was taken back: it is checked again.
        RejectionTakenBack = "rejection_taken_back",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}
