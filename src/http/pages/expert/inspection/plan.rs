//! The plan of an inspection (考察方案), by the office.

use super::Inspected;
use crate::actions::duties;
use crate::domain::inspection::{InspectionState, TeamMember};
use crate::domain::inspection_table::written_time;
use crate::http::pages::expert::scene;
use crate::http::pages::prelude::*;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/inspection/plan", Action::PlanInspection, plan)]
}

async fn plan(request: Rc<PageRequest>) -> Result<Page> {
    let inspected = Inspected::of(&request).await?;
    let open = matches!(inspected.view.state, None | Some(InspectionState::Open));
    let content = html! {
        p.lead { (scene::about(&inspected.scene)) }
        @if open && inspected.scene.is_inspected_now() {
            (fields(&request, &inspected, &duties::inspectors(&request.service, &request.context, inspected.scene.rules.settings.organizer.clone()).await?)?)
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t(
                "考察记录已签字，或当前阶段不能进行考察，方案不能再修改。",
                "The record is signed, or the stage is another: the plan can't be changed now.",
            )) } }))
        }
    };
    Ok(scene::page(&request, &inspected.scene, request.t("考察方案", "Plan of the inspection"), content)
        .crumb(inspected.page(""), request.t("考察", "Inspection")))
}

/// A member as the value of a choice.
fn key(member: &TeamMember) -> Result<String> {
    serde_json::to_string(member).map_err(|error| Error::internal(error.to_string()))
}

fn fields(request: &PageRequest, inspected: &Inspected, inspectors: &[TeamMember]) -> Result<Markup> {
    let (plan, least) =
        (&inspected.view.plan, inspected.scene.rules.settings.review.inspection_team as usize);
    let form = request
        .form(Method::Put, inspected.act("plan"))
        .revision(inspected.view.revision)
        .next(inspected.page(""))
        .done("考察方案已保存。", "The plan is saved.");
    // Whoever is in the team stays a choice, as the plan names them.
    let mut choices = vec![(String::new(), request.t("（请选择）", "(choose)").to_owned())];
    for member in plan.team.iter().chain(inspectors.iter().filter(|member| !plan.team.contains(member))) {
        choices.push((key(member)?, format!("{}（{}）", member.name, member.unit)));
    }
    let rows = (plan.team.len().max(least) + 1).max(form.rows_sent("/team")).min(20);
    let mut team = Vec::new();
    for row in 0..rows {
        let stored = plan.team.get(row).map(key).transpose()?.unwrap_or_default();
        let label = format!("{}{}", request.t("考察组成员", "Member "), row + 1);
        team.push(form.field(
            &Field::select(format!("/team/{row}:json"), label, choices.clone()).value(stored).silent(),
        ));
    }
    Ok(form.render(&html! {
        fieldset.group {
            legend { (request.t("考察组", "Inspection team")) }
            div.hint { (request.either(format!("至少{least}人"), format!("At least {}", count(least, "member", "members")))) (request.t("；每个成员用自己的账号填写记录并签字。请避开与申报单位有利害关系的人。多余的行留空。", "; each records and signs by their own account. Leave out whoever has a conflict with the applicant. Leave other rows empty.")) }
            @for member in &team { (member) }
        }
        (days(request, &form, inspected))
        (form.field(&Field::area("/firms:lines", request.t("抽查企业（每行一家）", "Firms to visit (one a line)"), 4)
            .value(plan.firms.join("\n"))
            .hint(request.t("从申报材料的企业名单中抽取，访谈配套企业。", "Sampled from the firms that the application names; suppliers to be interviewed."))))
        (form.field(&Field::area("/notes", request.t("路线与备注", "Route and remarks"), 4)
            .value(&*plan.notes)
            .hint(request.t("申报单位看不到这一栏。", "The applicant does not see this."))))
        (form.button("保存考察方案", "Save the plan"))
    }))
}

fn days(request: &PageRequest, form: &Form<'_>, inspected: &Inspected) -> Markup {
    let plan = &inspected.view.plan;
    let text = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    html! {
        (form.field(&Field::text("/team_name", request.t("考察组名称（可不填）", "Name of the team (may be left out)")).value(&*plan.team_name).medium()))
        (form.field(&Field::date("/from:null", request.t("开始日期", "First day")).value(text(plan.from)).required().medium()))
        (form.field(&Field::date("/until:null", request.t("结束日期", "Last day")).value(text(plan.until)).required().medium()))
        (form.field(&Field::text("/arrives:null", request.t("到达", "Arrives")).value(written_time(plan.arrives))
            .hint(request.t("第一天到达的时刻，如09:00；可与“离开”一并留空。", "On the first day, like 09:00; may be left empty with “Leaves”.")).short()))
        (form.field(&Field::text("/leaves:null", request.t("离开", "Leaves")).value(written_time(plan.leaves))
            .hint(request.t("最后一天离开的时刻", "When it leaves on the last day")).short()))
    }
}
