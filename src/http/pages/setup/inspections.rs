//! The inspections of a competition as one plan: a table of teams, days and times, in the browser or by Excel.

use super::super::imports::{described, import_form};
use super::super::prelude::*;
use super::{application_link, applications_of, competition, is_office, of_competition};
use crate::actions::competitions::CompetitionView;
use crate::actions::inspections::{self, PlannedInspectionView};
use crate::domain::competition::CompetitionState;
use crate::domain::inspection::InspectionState;
use crate::domain::inspection_table::{COLUMNS, written_time};

pub(super) async fn plan(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let all = inspections::plan_of_all(&request.service, &request.context, id).await?;
    let known = applications_of(&request, id).await?;
    let open = is_office(&request) && is_planned_now(&competition);
    let editable = all.iter().any(is_open);
    let table = Table::new(request.t("各组、各日的考察，按到达先后", "Inspections by team and day, as the team arrives"), &all)
        .head(request.t("申报", "Application"), |one| application_link(&request, &known, one.application_id))
        .column(request.t("考察组", "Inspection team"), |one| &one.plan.team_name)
        .column(request.t("考察组成员", "Members of the team"), |one| {
            let names: Vec<&str> = one.plan.team.iter().map(|member| member.name.as_str()).collect();
            names.join(request.t("、", ", "))
        })
        .column(request.t("考察日期", "Days"), |one| days(&request, one))
        .column(request.t("到达、离开", "Arrives, leaves"), |one| {
            html! { (written_time(one.plan.arrives)) @if one.plan.arrives.is_some() { " – " } (written_time(one.plan.leaves)) }
        })
        .column(request.t("状态", "State"), |one| match one.state {
            Some(state) => inspection_tag(&request, state),
            None => tag(request.t("待安排", "To be planned"), Tone::Warning),
        })
        .empty(request.t("还没有已受理的申报。", "No application is accepted yet."));
    let content = html! {
        p.lead { (request.t(
            "一次为多件申报安排考察组、日期和时刻：在表中填写，或下载 Excel 改好再导入。保存前列出每处变化；同一人同一时段在两处的，不能保存；与申报有利害关系的，逐一提示。",
            "Teams, days and times for many applications at once: in the table, or by Excel, downloaded, edited and imported. Every change is shown before it is stored; nobody can be at two places at a time; conflicts of interest are told.",
        )) }
        (print_button(&request))
        (table.render())
        @if open && editable {
            p { a href=(request.link(&format!("/competitions/{id}/inspections/import"))) { (request.t("用 Excel 安排考察", "Plan inspections by Excel")) } }
            h2 { (request.t("安排考察", "Plan inspections")) }
            (form(&request, &competition, &all))
        }
    };
    let address = format!("/api/v1/competitions/{id}/inspections");
    let planned = all.iter().any(|one| one.plan.from.is_some());
    Ok(of_competition(
        &request,
        &competition,
        "/inspections",
        request.t("考察安排", "Plan of inspections"),
        &content,
    )
    .document_if(planned, &printed::SCHEDULE, address.clone())
    .document_if(planned, &printed::NOTICES_OF_INSPECTION, address.clone())
    .data(address.clone())
    .table(&tables::INSPECTIONS, address))
}

fn is_planned_now(competition: &CompetitionView) -> bool {
    matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring)
}

fn is_open(one: &PlannedInspectionView) -> bool {
    matches!(one.state, None | Some(InspectionState::Open))
}

fn inspection_tag(request: &PageRequest, state: InspectionState) -> Markup {
    let tone = if state == InspectionState::Final { Tone::Good } else { Tone::Neutral };
    tag(state.in_language(request.language), tone)
}

fn days(request: &PageRequest, one: &PlannedInspectionView) -> Markup {
    html! {
        @if let Some(from) = one.plan.from { (request.date(from)) }
        @if let Some(until) = one.plan.until.filter(|until| one.plan.from != Some(*until)) { " – " (request.date(until)) }
    }
}

/// The table of what can still be planned.
fn form(request: &PageRequest, competition: &CompetitionView, all: &[PlannedInspectionView]) -> Markup {
    let form = request
        .form(Method::Put, format!("/api/v1/competitions/{}/inspections", competition.id))
        .done("考察安排已保存。", "The plan is stored.");
    let rows = all.iter().filter(|one| is_open(one)).enumerate();
    let form_ = &form;
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let within = |one: &PlannedInspectionView| format!("{} {}", one.number, one.title);
    let at = |row: &usize, member: &str| format!("/visits/{row}/{member}");
    form.render(&html! {
        p.hint { (request.t(
            "成员写姓名或登录名，以顿号分隔；时刻如09:00。整行留空即不改动。",
            "Members by name or login name with commas between; times like 09:00. Rows that are left empty change nothing.",
        )) }
        (Table::new(request.t("可以安排的申报", "What can be planned"), rows)
            .head(request.t("申报", "Application"), |(row, one)| html! {
                (one.number) br; span.muted { (one.title) }
                input type="hidden" name=(at(row, "application_id:key")) value=(one.application_id);
            })
            .field(request.t("考察组", "Inspection team"), move |(row, one)| form_.cell(
                &Field::text(at(row, "team_name"), request.t("考察组", "Inspection team")).value(&*one.plan.team_name).within(within(one))))
            .field(request.t("考察组成员", "Members of the team"), move |(row, one)| form_.cell(
                &Field::area(at(row, "member_names:lines"), request.t("考察组成员", "Members of the team"), 2).value(one.member_names.join("、")).within(within(one))))
            .field(request.t("开始日期", "First day"), move |(row, one)| form_.cell(
                &Field::date(at(row, "from:null"), request.t("开始日期", "First day")).value(day(one.plan.from)).within(within(one))))
            .field(request.t("结束日期", "Last day"), move |(row, one)| form_.cell(
                &Field::date(at(row, "until:null"), request.t("结束日期", "Last day")).value(day(one.plan.until)).within(within(one))))
            .field(request.t("到达", "Arrives"), move |(row, one)| form_.cell(
                &Field::text(at(row, "arrives:null"), request.t("到达", "Arrives")).value(written_time(one.plan.arrives)).within(within(one)).short()))
            .field(request.t("离开", "Leaves"), move |(row, one)| form_.cell(
                &Field::text(at(row, "leaves:null"), request.t("离开", "Leaves")).value(written_time(one.plan.leaves)).within(within(one)).short()))
            .broad()
            .render())
        (form.button("查看将发生的变化", "Show what would change"))
    })
}

pub(super) async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let address = format!("/api/v1/competitions/{}/inspections/import", competition.id);
    let form = request
        .form(Method::Post, address.clone())
        .once()
        .files()
        .next(format!("/competitions/{}/inspections", competition.id))
        .done("考察安排已保存。", "The plan is stored.");
    let content = html! {
        p.lead { (request.t(
            "整表导入：任何一行有误，全部不导入，并逐行说明原因。空单元格和表中没有的申报保持不变。",
            "All of the table or nothing: if any row is wrong, nothing is imported and each row is told. Empty cells, and applications that it does not name, stay as they are.",
        )) }
        @if is_planned_now(&competition) {
            (import_form(&request, &form, &COLUMNS))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("当前阶段不能安排考察。", "Inspections can't be planned at the present stage.")) } }))
        }
        h2 { (request.t("表格格式", "The table")) }
        p { a href=(address) download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
        (described(&request, &COLUMNS))
    };
    Ok(of_competition(
        &request,
        &competition,
        "/inspections",
        request.t("用 Excel 安排考察", "Plan inspections by Excel"),
        &content,
    )
    .crumb(
        format!("/competitions/{}/inspections", competition.id),
        request.t("考察安排", "Plan of inspections"),
    ))
}
