//! What must still be done before a step, as the API tells it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::problem::FieldProblem;

/// One thing that must still be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenPoint {
    /// What it is about.
    pub pointer: String,
    /// What, for programs.
    pub code: String,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
}

impl From<FieldProblem> for OpenPoint {
    fn from(problem: FieldProblem) -> Self {
        Self {
            pointer: problem.pointer,
            code: problem.code.to_owned(),
            zh: problem.message.zh,
            en: problem.message.en,
        }
    }
}
