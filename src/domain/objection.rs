//! Objections of the public (异议) and requests of applicants for a re-check (复核申请): two procedures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::AccountId;
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::text::check_text;
use super::time::Timestamp;

keyword_enum! {
    /// What an objection is about.
    pub enum ObjectionKind {
        /// Facts and figures of an application.
        Facts = "facts",
        /// Whether it may take part at all.
        Eligibility = "eligibility",
        /// How somebody behaved.
        Conduct = "conduct",
    }
}

keyword_enum! {
    /// How an objection came that the office registered.
    pub enum ObjectionChannel {
        /// By letter (来信).
        Letter = "letter",
        /// By telephone (来电).
        Telephone = "telephone",
        /// In person (来访).
        Visit = "visit",
    }
}

keyword_enum! {
    /// Where an objection stands.
    pub enum ObjectionState {
        /// It has come; whether it is accepted is open.
        Received = "received",
        /// Accepted (受理): it is looked into.
        Accepted = "accepted",
        /// The applicant has been asked.
        Investigating = "investigating",
        /// Found true.
        Upheld = "upheld",
        /// Found not true.
        Dismissed = "dismissed",
        /// Not accepted (不予受理).
        Refused = "refused",
        /// Anonymous: a lead for the supervisors, no objection.
        Lead = "lead",
        /// A lead that a supervisor has dealt with.
        Noted = "noted",
    }
}

impl ObjectionState {
    /// Whether its name must not be announced yet. What merely came in may be forged: it counts from when whoever objects
    /// was `reached`, or the office accepted it.
    pub fn holds_back(self, reached: bool) -> bool {
        match self {
            Self::Received => reached,
            Self::Accepted | Self::Investigating | Self::Upheld => true,
            Self::Dismissed | Self::Refused | Self::Lead | Self::Noted => false,
        }
    }

    /// Whether somebody must still act, supervisors on a lead included.
    pub fn waits(self) -> bool {
        self.is_open() || self == Self::Lead
    }

    /// Whether the office or the applicant must still act.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Accepted | Self::Investigating)
    }

    /// Whether the office may take an objection from this state to another.
    pub fn may_go_to(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Received, Self::Accepted | Self::Refused)
                | (Self::Accepted, Self::Investigating | Self::Upheld | Self::Dismissed)
                | (Self::Investigating, Self::Upheld | Self::Dismissed)
        )
    }
}

keyword_enum! {
    /// Why an objection is not accepted.
    pub enum RefusalGround {
        /// It has neither evidence nor a lead to any.
        NoEvidence = "no_evidence",
        /// The name given is false.
        FalseName = "false_name",
        /// It is about something else.
        Unrelated = "unrelated",
        /// A nominee disagrees with the result: that is for a re-check request.
        ReviewResult = "review_result",
    }
}

/// Working days after a notice within which the office looks at what came: until then nothing is announced over an
/// objection that it has not looked at.
pub const SCREENING_DAYS: u32 = 3;

/// What somebody objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ObjectionContent {
    /// What it is about.
    pub kind: ObjectionKind,
    /// Facts and grounds.
    #[schemars(length(min = 10, max = lengths::TEXT))]
    pub text: String,
}

/// Who objects. Sealed from applicants and the public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Objector {
    /// Real name.
    #[schemars(length(min = 2, max = lengths::NAME))]
    pub name: String,
    /// Telephone or address.
    #[schemars(length(min = 5, max = lengths::LINE))]
    pub contact: String,
    /// The unit on whose behalf, if there is one.
    #[serde(default)]
    #[schemars(length(max = lengths::TITLE))]
    pub unit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ObjectionStep {
    /// The state that it went to; the same for an applicant's statement.
    pub to: ObjectionState,
    /// Set where it is the applicant's own statement.
    pub statement: bool,
    /// Why it was not accepted.
    pub ground: Option<RefusalGround>,
    /// For the files: what was found, how it was decided.
    pub report: String,
    /// For the objector, who reads it by the code; for the applicant, on `investigating`.
    pub reply: String,
    pub by: AccountId,
    pub at: Timestamp,
}

/// What is wrong with an objection; `objector` is absent where it is anonymous.
pub fn check_objection(content: &ObjectionContent, objector: Option<&Objector>) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/text", &content.text, 10, lengths::TEXT);
    if let Some(objector) = objector {
        check_text(&mut problems, "/objector/name", &objector.name, 2, lengths::NAME);
        check_text(&mut problems, "/objector/contact", &objector.contact, 5, lengths::LINE);
        check_text(&mut problems, "/objector/unit", &objector.unit, 0, lengths::TITLE);
    }
    problems
}

keyword_enum! {
    /// What an applicant wants looked at again. That it disagrees with experts' judgement is not among these.
    pub enum RecheckKind {
        /// The arithmetic: values, points, sums.
        Arithmetic = "arithmetic",
        /// The procedure.
        Procedure = "procedure",
    }
}

keyword_enum! {
    /// Where a re-check request stands.
    pub enum RecheckState {
        /// It waits for its answer.
        Filed = "filed",
        /// Something was wrong, and has been corrected.
        Corrected = "corrected",
        /// All was right.
        NoChange = "no_change",
        /// It is not about arithmetic or procedure.
        Refused = "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_goes_one_way() {
        use ObjectionState as S;
        let reachable = |from: S| S::ALL.iter().copied().filter(|to| from.may_go_to(*to)).collect::<Vec<_>>();
        assert_eq!(reachable(S::Received), [S::Accepted, S::Refused]);
        assert_eq!(reachable(S::Accepted), [S::Investigating, S::Upheld, S::Dismissed]);
        assert_eq!(reachable(S::Investigating), [S::Upheld, S::Dismissed]);
        for end in [S::Upheld, S::Dismissed, S::Refused, S::Lead, S::Noted] {
            assert_eq!(reachable(end), []);
        }
        let held = |reached: bool| {
            S::ALL.iter().copied().filter(|state| state.holds_back(reached)).collect::<Vec<_>>()
        };
        assert_eq!(held(false), [S::Accepted, S::Investigating, S::Upheld]);
        assert_eq!(held(true), [S::Received, S::Accepted, S::Investigating, S::Upheld]);
    }

    #[test]
    fn a_named_objection_has_name_and_contact() {
        let content = ObjectionContent {
            kind: ObjectionKind::Facts,
            text: "营业收入与年报不符，见附件".into(),
        };
        let objector = |name: &str, contact: &str| Objector {
            name: name.into(),
            contact: contact.into(),
            unit: String::new(),
        };
        assert!(check_objection(&content, Some(&objector("张三", "025-1234567"))).is_empty());
        assert_eq!(check_objection(&content, Some(&objector("", ""))).len(), 2);
        assert!(check_objection(&content, None).is_empty());
    }
}
