//! What an expert declares before scoring.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::views::OwnPanelView;
use super::{own_expert, own_view, serving};
use crate::actions::recusals::recuse;
use crate::actions::rules::visible_competition;
use crate::actions::{Act, RequestContext, Service, documents};
use crate::db::experts;
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::declaration::{HasConflict, says_none};
use crate::domain::expert::{Conflict, ConflictKind};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::text::check_text;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_valid};

/// What was the answer about one application, where an expert was asked about each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConflictAnswer {
    pub application_id: ApplicationId,
    /// Whether there is a conflict; absent: not answered, which is refused.
    #[serde(default)]
    pub conflict: Option<HasConflict>,
    /// What the relation is; with `yes` alone.
    #[serde(default)]
    pub reason: String,
}

/// What an expert signs (承诺书、回避声明).
pub const DECLARATION: &str = "本人承诺独立、客观、公正评审，保守评审秘密；除以下声明外，本人与所评审的申报主体及相关企业不存在近三年任职、\
     直系或姻亲关系、投资、诉讼及其他可能影响公正评审的关系。";

/// A conflict that an expert declares.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeclaredConflict {
    pub application_id: ApplicationId,
    /// What the relation is.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "DeclareConflicts")]
pub struct Declare {
    /// Whether the undertaking is signed: must be true.
    pub accepted: bool,
    /// Conflicts; empty if there is none. A text that says there is none, such as `无` or `N/A`, is refused
    /// (`no_conflict`): nobody is recused by it, and it is not passed over either.
    #[serde(default)]
    pub conflicts: Vec<DeclaredConflict>,
    /// The same, asked about each application: every one that the expert judges must be answered. In place of
    /// `conflicts`.
    #[serde(default)]
    pub answers: Option<Vec<ConflictAnswer>>,
}

/// A declaration, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Declaration {
    format: String,
    competition: CompetitionId,
    expert: ExpertId,
    statement: String,
    panels: Vec<String>,
    pub(super) conflicts: Vec<DeclaredConflict>,
    /// Applications about which the expert was asked one by one and said that there is none.
    without: Vec<ApplicationId>,
}

/// Signs the declaration of conflicts for all panels that the caller serves on. Whoever declares a conflict with an
/// application is recused from the panel that judges it.
///
/// # Errors
/// If the caller is no expert of a panel, nothing is to be declared now, or a field is wrong.
pub async fn declare(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    declare: Declare,
) -> Result<OwnPanelView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::DeclareConflicts, move |conn, act| {
            act.context.may(Action::DeclareConflicts, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let expert = own_expert(conn, act.context)?;
            act.on("expert", expert.id);
            if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不签署回避声明",
                    "Nothing is to be declared at the present stage",
                ));
            }
            let serving = serving(conn, id, expert.id)?;
            let units: Vec<String> = serving.iter().map(|seat| seat.unit.clone()).collect();
            let judged = experts::judged_by(conn, id, &units)?;
            let mut problems = Vec::new();
            if !declare.accepted {
                problems.push(FieldProblem::new("/accepted", "required", "必须签署承诺", "Must be signed"));
            }
            let numbers: BTreeMap<ApplicationId, String> =
                judged.iter().map(|row| (row.application, row.number.clone().unwrap_or_default())).collect();
            let (conflicts, without) = stated(&declare, &numbers, &mut problems);
            must_be_valid(problems)?;
            if serving.is_empty() {
                return Err(Error::not_found());
            }
            let declaration = Declaration {
                format: "qianglian-declaration/1".to_owned(),
                competition: id,
                expert: expert.id,
                statement: DECLARATION.to_owned(),
                panels: units,
                conflicts: conflicts.clone(),
                without,
            };
            tell_statement(act, &conflicts, &numbers);
            let subject = expert.id.to_string();
            let number = documents::next_number(conn, id, DocumentKind::Declaration, &subject)?;
            for mut seat in serving {
                let declared: Vec<&DeclaredConflict> = conflicts
                    .iter()
                    .filter(|conflict| {
                        judged
                            .iter()
                            .any(|row| row.application == conflict.application_id && row.unit == seat.unit)
                    })
                    .collect();
                seat.declared_at = Some(act.now);
                seat.changed_at = act.now;
                experts::update_seat(conn, &seat)?;
                if !declared.is_empty() {
                    let conflicts = declared
                        .iter()
                        .map(|conflict| Conflict {
                            kind: ConflictKind::Declared,
                            basis: format!("{}: {}", conflict.application_id, conflict.reason),
                        })
                        .collect();
                    recuse(conn, act, &rules, seat, conflicts, "专家声明回避")?;
                }
            }
            documents::keep(conn, act, id, (DocumentKind::Declaration, &subject, number), &declaration, "")?;
            act.detail("conflicts", &conflicts.len());
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

/// What a declaration states of the applications that its expert judges, given with their numbers: conflicts, and those
/// with none. What is missing or contradicts itself is noted.
fn stated(
    declare: &Declare,
    judged: &BTreeMap<ApplicationId, String>,
    problems: &mut Vec<FieldProblem>,
) -> (Vec<DeclaredConflict>, Vec<ApplicationId>) {
    let mut conflicts = declare.conflicts.clone();
    let mut without = Vec::new();
    let mut at: Vec<String> = (0..conflicts.len()).map(|index| format!("/conflicts/{index}")).collect();
    for (index, answer) in declare.answers.iter().flatten().enumerate() {
        let (pointer, id) = (format!("/answers/{index}"), answer.application_id);
        let number = judged.get(&id).map_or("", String::as_str);
        match (answer.conflict, answer.reason.trim().is_empty()) {
            (Some(HasConflict::Yes), _) => {
                conflicts.push(DeclaredConflict { application_id: id, reason: answer.reason.clone() });
                at.push(pointer);
            }
            (Some(HasConflict::No), true) => without.push(id),
            (Some(HasConflict::No), false) => problems.push(FieldProblem::new(
                format!("{pointer}/reason"),
                "contradicts_answer",
                format!("{number}：选了“没有”，却写了关系；有则选“有”，没有则清空文字"),
                format!("{number}: a relation is written down with “no”; choose “yes”, or clear the text"),
            )),
            (None, _) => problems.push(FieldProblem::new(
                format!("{pointer}/conflict"),
                "required",
                format!("{number}：请选择“有”或“没有”"),
                format!("{number}: choose “yes” or “no”"),
            )),
        }
    }
    for (conflict, pointer) in conflicts.iter().zip(at) {
        check_text(problems, &format!("{pointer}/reason"), &conflict.reason, 1, lengths::REASON);
        let Some(number) = judged.get(&conflict.application_id) else {
            problems.push(FieldProblem::new(
                format!("{pointer}/application_id"),
                "not_yours",
                "不是由您评审的申报",
                "Not an application that you are to judge",
            ));
            continue;
        };
        if says_none(&conflict.reason) {
            let text = &conflict.reason;
            problems.push(FieldProblem::new(
                format!("{pointer}/reason"),
                "no_conflict",
                format!("{number}：“{text}”不是应当回避的关系。没有则不要声明该件；有则写明是什么关系"),
                format!("{number}: “{text}” is no conflict. If there is none, declare none; if there is one, say which relation"),
            ));
        }
    }
    if let Some(answers) = &declare.answers {
        for (id, number) in judged {
            let times = answers.iter().filter(|answer| answer.application_id == *id).count();
            if times != 1 {
                problems.push(FieldProblem::new(
                    "/answers",
                    "each_application_once",
                    format!("{number}须有且仅有一项回答"),
                    format!("{number} must be answered exactly once"),
                ));
            }
        }
        if !declare.conflicts.is_empty() {
            problems.push(FieldProblem::new(
                "/conflicts",
                "one_content",
                "逐件回答时不另列利害关系",
                "Where each application is answered, no conflicts are listed besides",
            ));
        }
    }
    (conflicts, without)
}

/// Tells what is signed, before it is.
fn tell_statement(
    act: &mut Act<'_>,
    conflicts: &[DeclaredConflict],
    judged: &BTreeMap<ApplicationId, String>,
) {
    let mut tell = |code, zh: String, en: String| act.follows(FieldProblem::new("", code, zh, en));
    for conflict in conflicts {
        let (number, reason) = (&judged[&conflict.application_id], &conflict.reason);
        tell(
            "declared",
            format!("您声明与{number}有应当回避的关系：{reason}"),
            format!("You declare a conflict with {number}: {reason}"),
        );
    }
    let others = judged.len() - conflicts.len().min(judged.len());
    if others > 0 {
        tell(
            "declared_none",
            format!(
                "您声明与{}{others}件申报没有应当回避的关系；不如实声明的，评分无效并追究责任",
                if conflicts.is_empty() { "由您评审的全部" } else { "其余" }
            ),
            format!(
                "You declare that there is no conflict with {}{}; a false declaration voids your scores",
                if conflicts.is_empty() { "any of the " } else { "the other " },
                count(others, "application", "applications")
            ),
        );
    }
    if !conflicts.is_empty() {
        tell(
            "final",
            "签署后您自己不能撤回；如系误选，请先返回修改".to_owned(),
            "Once signed you can't take it back yourself; if it is a slip, go back and change it now"
                .to_owned(),
        );
        act.insist();
    }
}
