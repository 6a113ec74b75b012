//! Alarms as they are shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::alarms::AlarmKind;
use crate::domain::catalogue::NamedCity;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::keyword::keyword_enum;
use crate::domain::time::Timestamp;

keyword_enum! {
    /// What an alarm is about.
    pub enum AlarmSubject {
        /// A score sheet; `experts` says whose.
        Sheet = "sheet",
        /// A submission of an application.
        Submission = "submission",
        /// A city's recommendation list.
        List = "list",
        /// The inspection of an application.
        Inspection = "inspection",
        /// Consent to a value above the claim.
        Increase = "increase",
        /// Bonuses and deductions.
        Adjustments = "adjustments",
        /// A further version of the tally.
        Tally = "tally",
        /// A version of the settings.
        Settings = "settings",
        /// A stored document.
        Document = "document",
        /// An uploaded file.
        File = "file",
        /// The machine's clock.
        Clock = "clock",
        /// Sign-ins of experts.
        SignIns = "sign_ins",
        /// The reset of an account; `experts` says whose.
        Reset = "reset",
        /// New accounts; `experts` says whose.
        Opened = "opened",
    }
}

/// Somebody whom an alarm names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmPersonView {
    /// The account by which it was done; none for an expert without one.
    pub account_id: Option<AccountId>,
    pub name: String,
}

/// Something to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmView {
    /// By which rule.
    pub kind: AlarmKind,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub subject_kind: AlarmSubject,
    /// The application, if it is about one.
    pub application_id: Option<ApplicationId>,
    pub application_number: Option<String>,
    /// The city, for a list.
    pub city: Option<NamedCity>,
    /// Which version: of the sheet, submission, tally or settings.
    pub number: Option<i32>,
    /// Who did it.
    pub persons: Vec<AlarmPersonView>,
    /// Experts, or owners of accounts, whom it is about.
    pub experts: Vec<AlarmPersonView>,
    /// What was found, in Chinese.
    pub zh: String,
    /// What was found, in English.
    pub en: String,
}

impl AlarmView {
    /// An alarm that names nobody and no application yet.
    pub(super) fn new(
        kind: AlarmKind,
        at: Timestamp,
        subject: AlarmSubject,
        (zh, en): (String, String),
    ) -> Self {
        Self {
            kind,
            at,
            subject_kind: subject,
            application_id: None,
            application_number: None,
            city: None,
            number: None,
            persons: Vec::new(),
            experts: Vec::new(),
            zh,
            en,
        }
    }
}

/// A rule by which alarms are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmRuleView {
    pub kind: AlarmKind,
    /// How it works, in Chinese.
    pub zh: String,
    /// How it works, in English.
    pub en: String,
    /// How many alarms it found.
    pub found: usize,
}

/// The alarms of a competition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmsView {
    /// The rules, each with how many alarms it found.
    pub rules: Vec<AlarmRuleView>,
    /// The alarms, newest first.
    pub alarms: Vec<AlarmView>,
}

/// How many alarms a competition has, and the newest of them.
#[derive(Clone, Debug)]
pub struct AlarmCount {
    pub competition: CompetitionId,
    /// How many by which rule; only rules that found any.
    pub by_kind: BTreeMap<AlarmKind, usize>,
    /// When the newest happened.
    pub newest: Option<Timestamp>,
}
