//! The plan of all inspections of a competition as one table: a row for each application, with the team, day and time.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::ApplicationId;
use super::inspection::InspectionPlan;
use super::lengths;
use super::problem::FieldProblem;
use super::table::{Cells, Column, Described, column, described};
use super::time::TimeOfDay;
use super::typed;

/// The columns of a table of inspections.
pub const COLUMNS: [Column; 8] = [
    column("application", &["申报编号"]).needed().means(
        "所下载的表中的编号",
        "As the table has it",
        "2026-01-0001",
    ),
    column("title", &["申报"]).means("供核对，不保存", "To be compared; not stored", ""),
    column("team_name", &["考察组"]).means(
        "考察组的名称，排程表按它分段",
        "What the team is called; the schedule has a section for each",
        "第一组",
    ),
    column("members", &["成员"]).needed().means(
        "姓名或登录名，以顿号分隔；同名的写登录名",
        "Names or login names with 、 between; login names where two have one name",
        "张三、李四",
    ),
    column("from", &["日期", "开始日期"]).needed().dates().means(
        "考察的第一天",
        "The first day",
        "2026-05-18",
    ),
    column("until", &["结束日期"]).dates().means(
        "最后一天；空白即当天",
        "The last day; empty: the same day",
        "2026-05-18",
    ),
    column("arrives", &["到达"]).dates().means(
        "第一天到达的时刻，24小时制",
        "When the team arrives on the first day",
        "09:00",
    ),
    column("leaves", &["离开"]).dates().means(
        "最后一天离开的时刻",
        "When it leaves on the last day",
        "11:30",
    ),
];

/// When one application is inspected, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InspectionVisit {
    pub application_id: ApplicationId,
    /// What the team is called.
    #[serde(default)]
    #[schemars(length(max = lengths::NAME))]
    pub team_name: String,
    /// Names or login names of its members.
    #[serde(default)]
    #[schemars(inner(length(min = 1, max = lengths::NAME)))]
    pub member_names: Vec<String>,
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day; the first, unless told.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    #[serde(default)]
    pub arrives: Option<TimeOfDay>,
    #[serde(default)]
    pub leaves: Option<TimeOfDay>,
}

impl InspectionVisit {
    /// Whether nothing is said of when and by whom: then the application's plan stays as it is.
    pub fn is_blank(&self) -> bool {
        let untimed =
            self.from.is_none() && self.until.is_none() && self.arrives.is_none() && self.leaves.is_none();
        untimed && self.team_name.trim().is_empty() && self.member_names.is_empty()
    }
}

impl InspectionVisit {
    /// Leaves what the plan says already where nothing is said instead. Where the last day has a column, an empty cell
    /// there is the first day.
    pub fn keeps(&mut self, plan: &InspectionPlan, says_last_day: bool) {
        if self.team_name.is_empty() {
            self.team_name.clone_from(&plan.team_name);
        }
        if self.member_names.is_empty() {
            self.member_names = plan.team.iter().map(|member| member.name.clone()).collect();
        }
        let same_day = self.from.is_none() || self.from == plan.from;
        if self.until.is_none() && same_day && !says_last_day {
            self.until = plan.until;
        }
        self.from = self.from.or(plan.from);
        self.arrives = self.arrives.or(plan.arrives);
        self.leaves = self.leaves.or(plan.leaves);
    }
}

/// The names in a cell.
pub fn names(text: &str) -> Vec<String> {
    let parts = text.split(['、', ';', '；', ',', '，', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The visit that a row says; what is wrong is noted. Which application is meant the caller says.
pub fn read_visit(
    cells: &Cells<'_>,
    application_id: ApplicationId,
    problems: &mut Vec<FieldProblem>,
) -> InspectionVisit {
    let mut day = |column: &str| {
        let text = cells.text(column);
        let found = typed::day(text);
        if found.is_none() && !text.is_empty() {
            problems.push(cells.wrong(column, "日期应如“2026-05-18”", "a date is written like 2026-05-18"));
        }
        found
    };
    let (from, until) = (day("from"), day("until"));
    let mut clock = |column: &str| {
        let text = cells.text(column);
        let found = text.parse::<TimeOfDay>().ok();
        if found.is_none() && !text.is_empty() {
            problems.push(cells.wrong(column, "时刻应如“09:00”", "a time of day is written like 09:00"));
        }
        found
    };
    let (arrives, leaves) = (clock("arrives"), clock("leaves"));
    InspectionVisit {
        application_id,
        team_name: cells.text("team_name").to_owned(),
        member_names: names(cells.text("members")),
        from,
        until,
        arrives,
        leaves,
    }
}

/// The cells of a plan below the columns after the first two.
pub fn cells(plan: &InspectionPlan, members: &[String]) -> [String; 6] {
    let until = plan.until.filter(|until| plan.from != Some(*until));
    [
        plan.team_name.clone(),
        members.join("、"),
        plan.from.map(|day| day.to_string()).unwrap_or_default(),
        until.map(|day| day.to_string()).unwrap_or_default(),
        written_time(plan.arrives),
        written_time(plan.leaves),
    ]
}

/// A time of day to the minute.
pub fn written_time(time: Option<TimeOfDay>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// A plan as it is told before it is changed.
pub fn described_plan(plan: &InspectionPlan) -> [Described; 4] {
    let team: Vec<&str> = plan.team.iter().map(|member| member.name.as_str()).collect();
    let days = [plan.from, plan.until].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
    let [from, until] = &days;
    let hours = [written_time(plan.arrives), written_time(plan.leaves)];
    let range = |[from, until]: [&str; 2]| {
        if from == until || until.is_empty() { from.to_owned() } else { format!("{from} – {until}") }
    };
    [
        described("考察组", "inspection team", &plan.team_name),
        described("成员", "members", team.join("、")),
        described("考察日期", "Days", range([from, until])),
        described("到达、离开", "Arrives, leaves", range([&hours[0], &hours[1]])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!(names(" 张三、李四；expert-1,\n"), ["张三", "李四", "expert-1"]);
    }
}
