//! Unit tests.

use super::*;
use crate::domain::catalogue::{ChainNumber, JIANGSU};
use crate::domain::review::{ChiefExpert, ReviewSettings};
use crate::domain::table::{Row, Table};

fn catalogue() -> Catalogue {
    Catalogue::read_json(JIANGSU.as_bytes()).unwrap()
}

fn expert() -> ExpertProfile {
    ExpertProfile {
        name: "张三".into(),
        unit: "省产业研究院".into(),
        title: "研究员".into(),
        region: Some("320100".parse().unwrap()),
        fields: vec![6],
        most_load: 20,
        available: true,
        employers: Some(Vec::new()),
        former_units: None,
        phone: String::new(),
    }
}

fn parties() -> Parties {
    let regions = vec!["320576".parse().unwrap(), "320600".parse().unwrap()];
    let firms = vec!["示例（中国）公司".into()];
    Parties::new(ChainNumber(21), regions, "生物医药产业联盟".into(), firms, &catalogue())
}

fn kinds(change: impl FnOnce(&mut ExpertProfile, &mut ReviewSettings)) -> (Clearance, Vec<ConflictKind>) {
    let (mut expert, mut rules) =
        (expert(), ReviewSettings { chief_experts: Some(Vec::new()), ..ReviewSettings::default() });
    change(&mut expert, &mut rules);
    let today = NaiveDate::from_ymd_opt(2026, 5, 20).unwrap();
    let finding = ConflictCheck::new(&expert, &rules, &catalogue(), today).against(&parties());
    (finding.clearance, finding.conflicts.into_iter().map(|conflict| conflict.kind).collect())
}

#[test]
fn each_relation_bars() {
    use ConflictKind as K;
    let only = |kind| (Clearance::Conflict, vec![kind]);
    assert_eq!(kinds(|_, _| ()), (Clearance::Clear, vec![]));
    // 昆山 is a county of 苏州, the city of the lead zone.
    assert_eq!(kinds(|e, _| e.region = Some("320583".parse().unwrap())), only(K::SameRegion));
    assert_eq!(kinds(|e, _| e.unit = "生物医药产业联盟".into()), only(K::SameUnit));
    assert_eq!(kinds(|e, _| e.unit = "苏州工业园区".into()), only(K::SameUnit));
    assert_eq!(kinds(|e, _| e.unit = "示例(中国) 公司".into()), only(K::NamedFirm));
    let chief = |name: &str, chain| ChiefExpert { chain: ChainNumber(chain), name: name.into() };
    assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief("张三", 21)])), only(K::ChiefExpert));
    assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief("张三", 22)])), (Clearance::Clear, vec![]));
}

#[test]
fn what_is_nearly_a_party_is_not_clear() {
    let near = (Clearance::Unchecked, vec![]);
    assert_eq!(kinds(|e, _| e.unit = "示例公司".into()), near);
    assert_eq!(kinds(|e, _| e.unit = "生物医药产业联盟秘书处".into()), near);
    assert_eq!(kinds(|e, _| e.unit = "示例【中国】公司".into()).1, [ConflictKind::NamedFirm]);
    let chief = ChiefExpert { chain: ChainNumber(21), name: "张·三".into() };
    assert_eq!(kinds(|_, r| r.chief_experts = Some(vec![chief])), near);
    let until = Some("2025-05-20".parse().unwrap());
    let employers = Some(vec![Employment { unit: "示例（苏州）公司".into(), until }]);
    assert_eq!(kinds(|e, _| e.employers = employers), near);
}

#[test]
fn an_employment_bars_for_three_years_to_the_day() {
    let until = |date: &str| {
        let until = Some(date.parse().unwrap());
        kinds(|e, _| {
            e.employers = Some(vec![Employment { unit: "示例（中国）公司".into(), until }]);
        })
        .0
    };
    assert_eq!(until("2023-05-20"), Clearance::Conflict);
    assert_eq!(until("2023-05-19"), Clearance::Clear);
    let employment =
        |date: &str| Employment { unit: "示例（中国）公司".into(), until: date.parse().ok() };
    // A former unit bars as an employer does, also where nobody has asked for employers.
    assert_eq!(kinds(|e, _| e.former_units = Some(vec![employment("2023-05-20")])).0, Clearance::Conflict);
    assert_eq!(kinds(|e, _| e.former_units = Some(vec![employment("2023-05-19")])).0, Clearance::Clear);
    let unasked =
        |date: &str| kinds(|e, _| (e.employers, e.former_units) = (None, Some(vec![employment(date)]))).0;
    assert_eq!((unasked("2023-05-20"), unasked("2023-05-19")), (Clearance::Conflict, Clearance::Unchecked));
    let going_on = Employment { unit: "示例（中国）公司".into(), until: None };
    assert_eq!(kinds(|e, _| e.employers = Some(vec![going_on])).0, Clearance::Conflict);
}

#[test]
fn whoever_changes_the_unit_keeps_the_former_one() {
    let today: chrono::NaiveDate = "2026-05-20".parse().unwrap();
    let before = expert();
    let moved = |unit: &str| ExpertProfile { unit: unit.into(), ..expert() };
    let former = |profile: ExpertProfile| {
        let units = profile.former_units.into_iter().flatten();
        units.map(|one| (one.unit, one.until)).collect::<Vec<_>>()
    };
    let left = vec![(before.unit.clone(), Some(today))];
    assert_eq!(former(moved("范例公司").with_former_units(&before, today)), left);
    // Another spelling is no change; nor is what is named as an employer kept twice.
    assert_eq!(former(moved(&format!(" {}", before.unit)).with_former_units(&before, today)), []);
    let named = Employment { unit: before.unit.clone(), until: Some("2026-04-30".parse().unwrap()) };
    let named = ExpertProfile { employers: Some(vec![named]), ..moved("范例公司") };
    assert_eq!(former(named.with_former_units(&before, today)), []);
    // What is known stays unless it is told without it, as a slip is put right.
    let moved_once = moved("范例公司").with_former_units(&before, today);
    assert_eq!(former(moved("范例公司").with_former_units(&moved_once, today)), left);
    let without = ExpertProfile { former_units: Some(Vec::new()), ..moved("范例公司") };
    assert_eq!(former(without.with_former_units(&moved_once, today)), []);
}

#[test]
fn what_is_not_known_is_not_clear() {
    assert_eq!(kinds(|e, _| e.region = None).0, Clearance::Unchecked);
    assert_eq!(kinds(|e, _| e.employers = None).0, Clearance::Unchecked);
    assert_eq!(kinds(|_, r| r.chief_experts = None).0, Clearance::Unchecked);
}

/// What a table holds, or all that is wrong with it.
fn read(table: &Table) -> Result<Vec<ExpertRow>, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let rows = read_experts(&table.headed(&COLUMNS)?, &catalogue(), (false, false), &mut problems);
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

#[test]
fn a_table_is_read_or_refused_row_by_row() {
    let table = |text: &str| {
        let rows = text.lines().enumerate().map(|(index, line)| Row {
            number: index + 1,
            cells: line.split(',').map(str::to_owned).collect(),
        });
        Table { rows: rows.collect(), ..Table::default() }
    };
    let heading = "name,unit,title,region,fields,most_load,available,employers,phone,account";
    let good = format!(
        "{heading}\n张三,省院,研究员,320100,6;7,20,yes,甲公司@2024-06-30;乙公司,,zhang-san\n李四,省院,,,6,9,no,-,,"
    );
    let rows = read(&table(&good)).unwrap();
    assert_eq!(rows[0].profile.fields, [6, 7]);
    assert_eq!(rows[0].profile.employers.as_ref().unwrap()[0].until, "2024-06-30".parse().ok());
    assert_eq!(rows[0].account.as_deref(), Some("zhang-san"));
    assert_eq!((rows[1].profile.employers.clone(), rows[1].profile.region.clone()), (Some(Vec::new()), None));
    let bad =
        format!("{heading}\n,省院,,3201,6;x,a,maybe,甲@May,,\n张三,省院,,,99,9,yes,,,\n张 三,省院,,,1,9,,,,");
    let problems = read(&table(&bad)).unwrap_err();
    let pointers: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/rows/1/region",
            "/rows/1/fields",
            "/rows/1/most_load",
            "/rows/1/available",
            "/rows/1/employers",
            "/rows/1/name",
            "/rows/2/fields/0",
            "/rows/3"
        ]
    );
    assert_eq!(read(&table("name,x\n")).unwrap_err().len(), 3);
}

#[test]
fn a_table_is_read_as_an_office_writes_it() {
    let row = |number, text: &str| Row { number, cells: text.split(',').map(str::to_owned).collect() };
    let read = |heading: &str, cells: &str| {
        let table = Table { rows: vec![row(1, heading), row(2, cells)], ..Table::default() };
        read(&table).unwrap().remove(0)
    };
    let field = catalogue().clusters[5].clone();
    let chinese = read(
        "姓名,工作单位,领域,工作量上限,可参加抽取,地区,近三年任职单位,联系电话",
        &format!("张三,省产业研究院,{},12,是,苏州市昆山市,无,025-1", field.name),
    );
    let keyed = read(
        "name,unit,fields,most_load,available,region,employers,phone",
        &format!("张三,省产业研究院,{},12,yes,320583,-,025-1", field.no),
    );
    assert_eq!(chinese, keyed);
}

#[test]
fn what_a_row_says_nothing_of_stays_unless_it_is_to_be_cleared() {
    let row = |number, text: &str| Row { number, cells: text.split(',').map(str::to_owned).collect() };
    let table =
        |heading: &str, cells: &str| Table { rows: vec![row(1, heading), row(2, cells)], ..Table::default() };
    let before = ExpertProfile { available: false, phone: "025-99".into(), ..expert() };
    let absent = read(&table("name,unit,most_load", "张三,省产业研究院,12")).unwrap().remove(0);
    assert_eq!(absent.over(Some(&before)).unwrap(), ExpertProfile { most_load: 12, ..before.clone() });
    let unsaid: Vec<String> =
        absent.over(None).unwrap_err().into_iter().map(|problem| problem.pointer).collect();
    assert_eq!(unsaid, ["/rows/1/fields", "/rows/1/available"]);
    let empty = table("name,unit,region,employers,phone,title", "张三,省产业研究院,,,,");
    assert_eq!(read(&empty).unwrap()[0].over(Some(&before)).unwrap(), before);
    let mut problems = Vec::new();
    let headed = empty.headed(&COLUMNS).unwrap();
    let cleared = read_experts(&headed, &catalogue(), (false, true), &mut problems).remove(0);
    let after = cleared.over(Some(&before)).unwrap();
    assert_eq!(
        (after.region, after.employers, after.phone.as_str(), after.title.as_str()),
        (None, None, "", "")
    );
    assert_eq!((after.fields, after.available), (before.fields, false));
}
