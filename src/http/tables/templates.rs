//! Tables to be filled in: headings that imports know, what may stand below them, and what each means.

use std::collections::BTreeMap;

use super::XLSX;
use crate::actions::accounts::roles_kept;
use crate::actions::checks;
use crate::actions::data::{self, CatalogueTable};
use crate::actions::{account_imports, applications, desks, inspections, panels, sheets as actions_sheets};
use crate::domain::access::{Action, Relation};
use crate::domain::application::{
    FIGURE_COLUMNS, FIRM_COLUMNS, Figure, Figures, Firms, Part, written_role, written_value,
};
use crate::domain::catalogue::{CHAIN_COLUMNS, Catalogue, REGION_COLUMNS};
use crate::domain::inspection::InspectionState;
use crate::domain::scoring::Scale;
use crate::domain::sheet::{SheetState, judged};
use crate::domain::sheet_table::{self, DISSENT, OPINION};
use crate::domain::table::Column;
use crate::domain::{account_table, check_table, days_table, expert, inspection_table};
use crate::error::{Error, Result};
use crate::files::{self, Allowed, Cell, Grid};
use crate::http::request::{Reply, Request};

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A workbook to be filled in, with a sheet that says how.
fn template(
    name: &str,
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
    choices: BTreeMap<u16, Vec<String>>,
    request: &Request,
) -> Result<Reply> {
    strict_template(name, columns, rows, (choices, Vec::new()), request)
}

/// The same, some of whose cells take certain values alone.
fn strict_template(
    name: &str,
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
    (choices, allowed): (BTreeMap<u16, Vec<String>>, Vec<Allowed>),
    request: &Request,
) -> Result<Reply> {
    let heading = columns.iter().map(|column| column.name().to_owned()).collect();
    let explained = columns.iter().map(|column| {
        let needed = if column.needed { "必填" } else { "" };
        vec![text(column.name()), text(needed), text(column.meaning.0), text(column.example)]
    });
    let grids = [
        Grid { name: name.to_owned(), heading, rows, choices, allowed },
        Grid {
            name: files::EXPLANATIONS.to_owned(),
            heading: ["列", "必填", "说明", "示例"].map(str::to_owned).to_vec(),
            rows: explained.collect(),
            choices: BTreeMap::new(),
            allowed: Vec::new(),
        },
    ];
    let on = request.service.clock.now().date();
    let body = files::workbook(name, on, &grids).map_err(Error::internal)?;
    Ok(Reply::Attachment { media_type: XLSX, name: format!("{name}导入模板.xlsx"), body: body.into() })
}

/// Regions as they may stand in a table.
fn regions(catalogue: &Catalogue) -> Vec<String> {
    catalogue.regions.iter().map(|region| catalogue.region_name(&region.code)).collect()
}

/// A table of accounts: a row for each region that has none, its address to be filled in.
pub(in crate::http) async fn accounts(request: Request) -> Result<Reply> {
    let (rows, catalogue) = account_imports::missing(&request.service, &request.context).await?;
    let rows = rows.into_iter().map(|row| {
        let region = row.region.map_or_else(String::new, |code| catalogue.region_name(&code));
        vec![
            text(row.name),
            text(row.display_name),
            text(row.role.names().0),
            text(region),
            Cell::Empty,
            Cell::Empty,
        ]
    });
    let kept = roles_kept(&request.context, Action::InviteAccount);
    let roles = kept.iter().map(|role| role.names().0.to_owned()).collect();
    let choices = BTreeMap::from([(2, roles), (3, regions(&catalogue))]);
    template("账号", &account_table::COLUMNS, rows.collect(), choices, &request)
}

/// A table of experts, empty.
pub(in crate::http) async fn experts(request: Request) -> Result<Reply> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let yes_or_no = ["是", "否"].map(str::to_owned).to_vec();
    let choices = BTreeMap::from([(3, regions(&catalogue)), (6, yes_or_no)]);
    template("专家", &expert::COLUMNS, Vec::new(), choices, &request)
}

/// The rows of a table as they stand.
fn rows_of<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> Vec<Vec<Cell>> {
    rows.map(|row| row.into_iter().map(Cell::Text).collect()).collect()
}

fn choices<const N: usize>(of: [(u16, &[&str]); N]) -> BTreeMap<u16, Vec<String>> {
    of.into_iter().map(|(at, words)| (at, words.iter().map(|word| (*word).to_owned()).collect())).collect()
}

/// One of the catalogue's tables, as it stands.
pub(in crate::http) async fn catalogue(request: Request) -> Result<Reply> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    match request.parameter("table")?.unwrap_or(CatalogueTable::Chains) {
        CatalogueTable::Chains => {
            let words = choices([(4, &["是", "否"]), (5, &["是", "否", "未知"])]);
            template("产业链", &CHAIN_COLUMNS, rows_of(catalogue.chain_rows()), words, &request)
        }
        CatalogueTable::Regions => {
            let words = choices([(2, &["设区市", "县（市、区）", "开发区"])]);
            template("地区", &REGION_COLUMNS, rows_of(catalogue.region_rows()), words, &request)
        }
    }
}

/// The calendar of working days, as it stands.
pub(in crate::http) async fn working_days(request: Request) -> Result<Reply> {
    let calendar = data::working_days(&request.service, None).await?.working_days;
    let rows = calendar.years.iter().map(|year| {
        let [holidays, worked] = [&year.holidays, &year.make_up_days].map(|days| days_table::written(days));
        [year.year.to_string(), String::new(), holidays, worked, year.document.clone().unwrap_or_default()]
    });
    template("工作日历", &days_table::COLUMNS, rows_of(rows), BTreeMap::new(), &request)
}

/// The figures or the firms of an application as they stand; of figures, every indicator.
pub(in crate::http) async fn part(request: Request) -> Result<Reply> {
    let (id, part): (_, Part) = (request.id("application_id")?, request.id("part")?);
    let view = applications::read(&request.service, &request.context, id).await?;
    // Whoever could not send it back needs no table to fill in.
    let own = request.context.caller()?.region.as_ref() == Some(&view.lead_region.code);
    request.context.may(Action::ChangeApplication, if own { Relation::Lead } else { Relation::Member })?;
    let content = view.parts.get(&part.to_string()).map(|part| part.content.clone()).unwrap_or_default();
    let unreadable = |error: serde_json::Error| Error::internal(error.to_string());
    match part {
        Part::Firms => {
            let firms: Firms = serde_json::from_value(content).map_err(unreadable)?;
            let rows = firms
                .firms
                .into_iter()
                .map(|firm| [firm.credit_code, firm.name, written_role(firm.role).to_owned(), firm.products]);
            let words = choices([(2, &["链主企业", "骨干企业"])]);
            template("领军企业", &FIRM_COLUMNS, rows_of(rows), words, &request)
        }
        Part::Figures => {
            let figures: Figures = serde_json::from_value(content).map_err(unreadable)?;
            let (_, rules) = desks::rules(&request.service, &request.context, view.competition_id).await?;
            let usual_year = rules.settings.calendar.last_full_year().to_string();
            let rows = rules.tally.rubric.measured().map(|(indicator, _)| {
                let key = indicator.key.as_str();
                let stored = figures.figures.iter().find(|figure| figure.indicator == key);
                let same_name =
                    rules.tally.rubric.measured().filter(|(other, _)| other.name == indicator.name);
                let name = if same_name.count() > 1 { key } else { &indicator.name };
                let of = |text: fn(&Figure) -> String| stored.map(text).unwrap_or_default();
                [
                    name.to_owned(),
                    of(|figure| written_value(&figure.value)),
                    indicator.unit.clone().unwrap_or_default(),
                    of(|figure| figure.last_year.clone().unwrap_or_default()),
                    stored.map_or_else(|| usual_year.clone(), |figure| figure.year.to_string()),
                    of(|figure| figure.calibre.clone()),
                    of(|figure| figure.source_body.clone()),
                    of(|figure| figure.explanation.clone()),
                ]
            });
            template("指标数据", &FIGURE_COLUMNS, rows_of(rows), BTreeMap::new(), &request)
        }
        _ => Err(Error::not_found()),
    }
}

/// The plan of all inspections that can still be changed, as it stands.
pub(in crate::http) async fn inspections(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    request.context.may(Action::PlanInspection, Relation::General)?;
    let all = inspections::plan_of_all(&request.service, &request.context, id).await?;
    let open = all.into_iter().filter(|one| matches!(one.state, None | Some(InspectionState::Open)));
    let rows = open.map(|one| {
        let [team, members, from, until, arrives, leaves] =
            inspection_table::cells(&one.plan, &one.member_names);
        [one.number, one.title, team, members, from, until, arrives, leaves]
    });
    template("考察安排", &inspection_table::COLUMNS, rows_of(rows), BTreeMap::new(), &request)
}

/// The formal checks that are not issued: a row for each application and item, and one for what comes of it.
pub(in crate::http) async fn checks(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    request.context.may(Action::CheckFormally, Relation::General)?;
    let drafts = checks::drafts(&request.service, &request.context, id).await?;
    let (mut rows, mut rule) = (Vec::new(), Vec::new());
    for draft in drafts {
        let called = format!("{} {}", draft.lead_region.name, draft.title);
        let mut add = |item: &str, finding: &str, note: &str, values: &[&str]| {
            rule.push(Allowed {
                row: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                column: 3,
                values: values.iter().map(|value| (*value).to_owned()).collect(),
                between: false,
                hint: String::new(),
            });
            rows.push([&draft.application_number, called.as_str(), item, finding, note].map(text).to_vec());
        };
        for found in &draft.findings {
            add(&found.title, check_table::written(found.passed), &found.note, &check_table::PASSED);
        }
        let results = check_table::RESULTS.map(|(_, name)| name);
        let results = if draft.correctable { &results[..] } else { &[results[0], results[2]] };
        add(check_table::RESULT, check_table::written_result(draft.result), &draft.reason, results);
    }
    strict_template("形式审查", &check_table::COLUMNS, rows, (BTreeMap::new(), rule), &request)
}

/// Up to so many scores are offered one by one; of a longer scale both ends are told.
const MOST_SCORES: u128 = 40;

/// What may stand in the score of a row.
fn allowed(row: usize, scale: &Scale, hint: &str) -> Allowed {
    let few = scale.steps() <= MOST_SCORES;
    let steps = if few { (0..=scale.steps()).collect() } else { vec![0, scale.steps()] };
    let values = steps.into_iter().map(|steps| scale.min.advanced_by(steps, scale.step).to_string());
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    Allowed { row, column: 4, values: values.collect(), between: !few, hint: hint.to_owned() }
}

/// One's own sheets that are not signed: a row for each application and indicator, with what is entered.
pub(in crate::http) async fn sheets(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let (service, context) = (&request.service, &request.context);
    let panel = panels::read_own(service, context, id).await?;
    let (_, rules) = desks::rules(service, context, id).await?;
    let (mut rows, mut rule) = (Vec::new(), Vec::new());
    for application in panel.applications {
        if !matches!(application.sheet_state, None | Some(SheetState::Draft)) {
            continue;
        }
        let content = actions_sheets::read_own(service, context, application.id).await?.content;
        let number = application.number.unwrap_or_default();
        let called = format!("{} {}", application.lead_region.name, application.chain.name);
        let mut add = |cells: [&str; 4]| {
            let cells = [number.as_str(), called.as_str()].into_iter().chain(cells);
            rows.push(cells.map(text).collect::<Vec<Cell>>());
        };
        let mut scales = Vec::new();
        for (indicator, scale) in judged(&rules.tally.rubric) {
            let mark = content.marks.iter().find(|mark| mark.indicator == indicator.key.as_str());
            let hint = format!("{}至{}，步长{}", scale.min, scale.max, scale.step);
            let score = mark.and_then(|mark| mark.score.as_deref()).unwrap_or_default();
            add([&indicator.name, &hint, score, mark.map_or("", |mark| &mark.reason)]);
            scales.push((scale, hint));
        }
        add([OPINION, "", "", &content.opinion]);
        add([DISSENT, "", "", &content.dissent]);
        let first = rows.len() - scales.len() - 2;
        rule.extend(scales.iter().enumerate().map(|(at, (scale, hint))| allowed(first + at, scale, hint)));
    }
    strict_template("评分表", &sheet_table::COLUMNS, rows, (BTreeMap::new(), rule), &request)
}
