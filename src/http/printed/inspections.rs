//! The plan of all inspections for paper: the schedule of each team and day, and the notices to all parties.

use futures_util::FutureExt;
use serde_json::Value;

use super::letters::notice_of_inspection;
use super::{Issued, Printed, Scene, typed};
use crate::actions::applications;
use crate::actions::inspections::PlannedInspectionView;
use crate::domain::inspection::InspectionPlan;
use crate::domain::inspection_table::written_time;
use crate::domain::notice::chinese_date;
use crate::domain::official::{Cell, Layout, OfficialDocument, Table};
use crate::error::Result;

pub(in crate::http) const SCHEDULE: Printed = Printed {
    key: "schedule",
    name: ("考察日程表", "Schedule of inspections"),
    issued: Issued::Never,
    write: |scene, answer| async { schedule(scene, answer) }.boxed_local(),
};

/// A sheet for each team, across, with a table for each of its days.
fn schedule(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let all: Vec<PlannedInspectionView> = typed(answer["items"].take())?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let planned: Vec<&PlannedInspectionView> = all.iter().filter(|one| one.plan.from.is_some()).collect();
    let of_teams = planned.chunk_by(|one, other| one.plan.team_name == other.plan.team_name);
    let mut documents = Vec::new();
    for team in of_teams {
        let name = &team[0].plan.team_name;
        let called = if name.is_empty() { "考察组" } else { name };
        let mut identity = scene.identity(SCHEDULE.name.0);
        identity.party.clone_from(name);
        let mut document = OfficialDocument::new(identity, format!("{}考察日程表", settings.title));
        document.layout = Layout::Across;
        for day in team.chunk_by(|one, other| one.plan.from == other.plan.from) {
            let date = day[0].plan.from.map(chinese_date).unwrap_or_default();
            document.heading(format!("{called}　{date}"));
            document.table(of_day(day));
        }
        documents.push(document);
    }
    let open: Vec<&str> =
        all.iter().filter(|one| one.plan.from.is_none()).map(|one| one.number.as_str()).collect();
    if let (Some(last), false) = (documents.last_mut(), open.is_empty()) {
        last.paragraph(format!("尚未安排：{}。", open.join("、")));
    }
    Ok(documents)
}

/// The visits of a team on a day, in the order of its route.
fn of_day(visits: &[&PlannedInspectionView]) -> Table {
    let mut table = Table::headed(&[
        (12, "顺序"),
        (40, "时间"),
        (34, "申报编号"),
        (70, "申报"),
        (60, "考察组成员"),
        (44, "抽查企业"),
    ]);
    for (index, one) in visits.iter().enumerate() {
        let team: Vec<&str> = one.plan.team.iter().map(|member| member.name.as_str()).collect();
        table.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::centred(hours(&one.plan)),
            Cell::centred(&one.number),
            Cell::text(&one.title),
            Cell::text(team.join("、")),
            Cell::text(one.plan.firms.join("、")),
        ]);
    }
    table
}

/// From when to when, with the last day where it is another.
fn hours(plan: &InspectionPlan) -> String {
    let (arrives, leaves) = (written_time(plan.arrives), written_time(plan.leaves));
    let last = plan.until.filter(|until| plan.from != Some(*until)).map(chinese_date);
    match (arrives.is_empty(), last) {
        (true, None) => String::from("全天"),
        (true, Some(last)) => format!("至{last}"),
        (false, None) => format!("{arrives}至{leaves}"),
        (false, Some(last)) => format!("{arrives}至{last}{leaves}"),
    }
}

pub(in crate::http) const NOTICES_OF_INSPECTION: Printed = Printed {
    key: "inspection_notices",
    name: ("考察通知（全部）", "Notices of inspection to all parties"),
    issued: Issued::Never,
    write: |scene, answer| notices(scene, answer).boxed_local(),
};

/// The notice to each party whose inspection is planned.
async fn notices(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let all: Vec<PlannedInspectionView> = typed(answer["items"].take())?;
    let (service, context) = (&scene.request.service, &scene.request.context);
    let mut documents = Vec::new();
    for one in all.iter().filter(|one| one.plan.from.is_some()) {
        let application = applications::read(service, context, one.application_id).await?;
        documents.extend(notice_of_inspection(scene, &application, &one.plan));
    }
    Ok(documents)
}
