//! Progress as it is shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::application::ApplicationState;
use crate::domain::catalogue::NamedCity;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, ExpertId};
use crate::domain::inspection::InspectionState;
use crate::domain::keyword::keyword_enum;
use crate::domain::time::Timestamp;

keyword_enum! {
    /// What somebody still has to do.
    pub enum TaskKind {
        /// Submit an application that was begun.
        Submit = "submit",
        /// Submit a correction.
        Correct = "correct",
        /// Seal a city's list.
        Seal = "seal",
        /// Check form.
        CheckForm = "check_form",
        /// Sign the declaration of conflicts.
        Declare = "declare",
        /// Sign a score sheet.
        SignSheet = "sign_sheet",
        /// Plan an inspection.
        PlanInspection = "plan_inspection",
        /// Record and sign an inspection.
        SignInspection = "sign_inspection",
        /// Sign an inspection as the inspected party.
        AnswerInspection = "answer_inspection",
        /// Put something right.
        Rectify = "rectify",
        /// Decide an objection.
        DecideObjection = "decide_objection",
        /// Answer a re-check request.
        AnswerRecheck = "answer_recheck",
        /// Confirm a tally that somebody else prepared.
        ConfirmTally = "confirm_tally",
        /// Enter a sheet that was signed on paper a second time.
        EnterPaper = "enter_paper",
    }
}

impl TaskKind {
    /// What is to be done, on pages and in letters alike, in Chinese and in English.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Submit => ("提交申报", "Submit the application"),
            Self::Correct => ("提交补正", "Submit the correction"),
            Self::Seal => ("封存推荐名单", "Seal the recommendation list"),
            Self::CheckForm => ("形式审查", "Formal check"),
            Self::Declare => ("签署回避声明", "Sign the declaration of conflicts"),
            Self::SignSheet => ("签署评分表", "Sign the score sheet"),
            Self::PlanInspection => ("制定考察方案", "Plan the inspection"),
            Self::SignInspection => ("填写并签署考察记录", "Record and sign the inspection"),
            Self::AnswerInspection => ("签署考察记录意见", "Sign the inspection record as inspected party"),
            Self::Rectify => ("完成整改", "Put right what was found"),
            Self::DecideObjection => ("办理异议", "Decide the objection"),
            Self::AnswerRecheck => ("答复复核申请", "Answer the re-check request"),
            Self::ConfirmTally => ("复核评分汇总", "Confirm the tally"),
            Self::EnterPaper => ("第二人录入纸质评分表", "Enter the paper sheet a second time"),
        }
    }
}

/// Something that somebody still has to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    pub kind: TaskKind,
    /// Who: an expert's, a region's or the office's name.
    pub who_name: String,
    /// The city that it belongs to, for applicants and cities.
    pub city: Option<NamedCity>,
    /// The panel that it belongs to.
    pub panel: Option<String>,
    /// What about: an application's or an objection's number.
    pub about: Option<String>,
    pub due_at: Option<Timestamp>,
    /// Whether that is over.
    pub late: bool,
    /// The application, where the office does it on that one's page.
    pub application_id: Option<ApplicationId>,
    /// Who may not do it, having done the first half.
    pub not_by_account_id: Option<AccountId>,
}

/// How a competition goes on in one city.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CityProgressView {
    pub city: NamedCity,
    /// How many applications stand where.
    pub application_counts: BTreeMap<ApplicationState, usize>,
    /// Whether its list is sealed.
    pub is_sealed: bool,
}

/// How a competition goes on in one panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PanelProgressView {
    pub key: String,
    /// Its experts who serve.
    pub experts: Vec<ExpertProgressView>,
}

/// How far an expert is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExpertProgressView {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the declaration is signed.
    pub declared: bool,
    /// Sheets to be signed.
    pub sheets: usize,
    pub begun: usize,
    pub signed: usize,
}

/// How a competition goes on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProgressView {
    pub state: CompetitionState,
    /// The deadline of the present stage.
    pub due_at: Option<Timestamp>,
    /// By city, those without applications too.
    pub cities: Vec<CityProgressView>,
    pub panels: Vec<PanelProgressView>,
    /// How many inspections stand where.
    pub inspections: BTreeMap<InspectionState, usize>,
    /// What is still to be done at the present stage.
    pub tasks: Vec<TaskView>,
}

/// What reminding came to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RemindersView {
    pub written: usize,
    /// People who have been reminded today already.
    pub already: usize,
    /// Who can't be written to, as no address is known.
    pub without_address: Vec<String>,
}
