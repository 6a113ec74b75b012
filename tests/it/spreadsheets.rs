//! Lists as files for spreadsheet programs: what is in each cell is what the API says, read back by another library than the
//! one that wrote it.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::Command;
use std::time::Duration;

use calamine::{Data, Reader, Xlsx};
use chrono::{NaiveDate, NaiveTime, SubsecRound};
use qianglian::domain::access::Role;
use qianglian::http::endpoints;
use serde_json::{Value, json};

use super::announcements::announced;
use super::support::app::{Answer, App, On, User, on_both};
use super::support::browser::Browser;
use super::support::programs::{Program, needs};
use super::support::review::{Competition, objected, on_notice, review_settings};
use super::support::text;

/// A sheet of a workbook: rows by heading, each cell as a person reads it.
pub(crate) type Sheet = Vec<BTreeMap<String, String>>;

fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(at) => {
            // Days since 1899-12-30.
            let days = at.as_f64();
            let from = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_time(NaiveTime::MIN);
            let at = (from + Duration::from_secs_f64(days * 86400.0)).round_subsecs(0);
            let format = if days.fract() == 0.0 { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" };
            at.format(format).to_string()
        }
        other => panic!("{other:?} is a cell of no table"),
    }
}

/// The sheets of a workbook that was answered, each by its name.
pub(crate) fn workbook(answer: &Answer) -> BTreeMap<String, Sheet> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.headers["content-type"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
    let mut sheets = BTreeMap::new();
    for name in workbook.sheet_names().clone() {
        let formulas = workbook.worksheet_formula(&name).unwrap();
        assert_eq!(formulas.used_cells().count(), 0, "{name} has formulas");
        let range = workbook.worksheet_range(&name).unwrap();
        let mut rows = range.rows();
        let heading: Vec<String> = rows.next().expect("a heading").iter().map(shown).collect();
        let row = |cells: &[Data]| heading.iter().cloned().zip(cells.iter().map(shown)).collect();
        sheets.insert(name, rows.map(row).collect());
    }
    sheets
}

/// The only sheet of a workbook, and the same as CSV.
async fn table(user: &User<'_>, address: &str) -> Sheet {
    let sign = if address.contains('?') { '&' } else { '?' };
    let mut sheets = workbook(&user.get(&format!("{address}{sign}format=xlsx")).await);
    let csv = user.get(&format!("{address}{sign}format=csv")).await;
    let (name, sheet) = sheets.pop_first().expect("a sheet");
    assert!(sheets.is_empty(), "{sheets:?}");
    same_as_csv(&sheet, &csv, &name);
    sheet
}

fn same_as_csv(sheet: &Sheet, csv: &Answer, name: &str) {
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let text = csv.text.strip_prefix('\u{feff}').expect("the mark of UTF-8");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), sheet.len(), "{name}");
    for (row, record) in sheet.iter().zip(&rows) {
        for (heading, cell) in heading.iter().zip(record) {
            let number = |text: &str| text.parse::<f64>().ok();
            let same =
                row[heading] == cell || number(cell).is_some_and(|one| number(&row[heading]) == Some(one));
            assert!(
                same || cell == format!("'{}", row[heading]),
                "{name} {heading}: {} {cell}",
                row[heading]
            );
        }
    }
}

/// A row has under each heading what is expected.
pub(crate) fn must_say(row: &BTreeMap<String, String>, expected: &[(&str, &Value)]) {
    for (heading, value) in expected {
        let expected = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let cell = row.get(*heading).unwrap_or_else(|| panic!("no column {heading} in {row:?}"));
        let number = |text: &str| text.parse::<f64>().ok();
        let same = *cell == expected || number(cell).is_some_and(|one| number(&expected) == Some(one));
        assert!(same, "{heading}: {cell} for {expected}");
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// A moment as a cell shows it.
fn moment(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| json!(text[..19].replace('T', " ")))
}

async fn lists_are_as_the_api_says(office: &User<'_>, competition: &Competition) {
    let applications = office.get("/api/v1/applications").await.ok();
    let rows = table(office, "/api/v1/applications").await;
    assert_eq!(rows.len(), items(&applications["items"]).len());
    for (row, one) in rows.iter().zip(items(&applications["items"])) {
        must_say(
            row,
            &[
                ("申报编号", &one["number"]),
                ("名称", &one["title"]),
                ("产业链序号", &one["chain"]["number"]),
                ("产业链", &one["chain"]["name"]),
                ("牵头地区代码", &one["lead_region"]["code"]),
                ("牵头地区", &one["lead_region"]["name"]),
                ("设区市", &one["city"]["name"]),
                ("状态", &json!("已受理")),
                ("最近改动", &moment(&one["changed_at"])),
            ],
        );
    }
    let experts = office.get("/api/v1/experts").await.ok();
    let rows = table(office, "/api/v1/experts").await;
    for (row, one) in rows.iter().zip(items(&experts["items"])) {
        let profile = &one["profile"];
        must_say(
            row,
            &[
                ("姓名", &profile["name"]),
                ("单位", &profile["unit"]),
                ("职称", &profile["title"]),
                ("工作量上限", &profile["most_load"]),
                ("可参加抽取", &json!(if profile["available"] == true { "是" } else { "否" })),
                ("电话", &profile["phone"]),
            ],
        );
    }
    let at = format!("/api/v1/competitions/{}", competition.id);
    let ranking = office.get(&format!("{at}/tallies/1/ranking")).await.ok();
    let standings = items(&ranking["result"]["groups"][0]["standings"]);
    let rows = table(office, &format!("{at}/tallies/1/ranking")).await;
    assert_eq!(rows.len(), standings.len());
    for (row, one) in rows.iter().zip(standings) {
        must_say(
            row,
            &[
                ("名次", &one["place"]),
                ("总分", &one["score"]),
                ("主导产业突出", &one["criteria"]["cluster"]),
                ("龙头企业引领", &one["criteria"]["leading_firm"]),
                ("地标特征明显", &one["criteria"]["landmark"]),
                ("加减分", &one["adjustment"]),
                ("计入的专家数", &one["experts_used"]),
            ],
        );
        assert!(row["申报"].contains(&row["名称"]), "{row:?}");
    }
}

/// The export's tables against single reads.
async fn whole_export_is_as_the_api_says(office: &User<'_>, competition: &Competition) {
    let at = format!("/api/v1/competitions/{}/export", competition.id);
    let sheets = workbook(&office.get(&format!("{at}?format=xlsx")).await);
    assert_eq!(sheets.len(), 7, "{:?}", sheets.keys());
    office.get(&format!("{at}?format=csv")).await.refused(422, "invalid");
    for (key, name) in [("figures", "申报数值"), ("verified", "申报值与核定值"), ("points", "评分汇总表")]
    {
        let csv = office.get(&format!("{at}?format=csv&table={key}")).await;
        same_as_csv(&sheets[name], &csv, name);
    }
    for id in &competition.applications {
        let application = office.get(&format!("/api/v1/applications/{id}")).await.ok();
        let of = |name: &str| -> Vec<&BTreeMap<String, String>> {
            sheets[name].iter().filter(|row| row["申报编号"] == text(&application["number"])).collect()
        };
        let rubric = office.get(&format!("/api/v1/competitions/{}", competition.id)).await.ok();
        let criteria = items(&rubric["settings"]["rubric"]["criteria"]).iter();
        let indicators: Vec<&Value> = criteria.flat_map(|one| items(&one["indicators"])).collect();
        let name =
            |key: &Value| indicators.iter().find(|one| one["key"] == *key).map(|one| &one["name"]).unwrap();

        let profile = &application["parts"]["profile"]["content"];
        let filed = of("申报");
        must_say(filed[0], &[("名称", &profile["title"]), ("联系电话", &profile["contact_phone"])]);

        let inspection = office.get(&format!("/api/v1/applications/{id}/inspection")).await.ok();
        let verified = of("申报值与核定值");
        for item in items(&inspection["record"]["items"]) {
            let row = verified.iter().find(|row| row["指标"] == text(name(&item["indicator"]))).unwrap();
            let claimed = items(&inspection["claimed"]).iter();
            let claimed = claimed.clone().find(|one| one["indicator"] == item["indicator"]).unwrap();
            if item["value"].is_string() && item["value"].as_str().unwrap().parse::<f64>().is_ok() {
                must_say(row, &[("申报值", &claimed["value"]), ("核定值", &item["value"])]);
            }
            must_say(row, &[("有出入", &json!(if claimed["value"] == item["value"] { "否" } else { "是" }))]);
        }
        assert_eq!(verified.len(), items(&inspection["record"]["items"]).len());

        let sheets_of = office.get(&format!("/api/v1/applications/{id}/sheets")).await.ok();
        let rows = of("评分表");
        assert_eq!(rows.len(), items(&sheets_of["items"]).len());
        for (row, sheet) in rows.iter().zip(items(&sheets_of["items"])) {
            let last = items(&sheet["versions"]).last().unwrap();
            must_say(
                row,
                &[
                    ("专家", &sheet["name"]),
                    ("摘要", &last["digest"]),
                    ("签署时间", &moment(&last["signed_at"])),
                ],
            );
            for mark in items(&last["sheet"]["content"]["marks"]) {
                let name = text(name(&mark["indicator"]));
                must_say(row, &[(name, &mark["score"]), (&format!("{name}：理由"), &mark["reason"])]);
            }
        }

        let result = office.get(&format!("/api/v1/applications/{id}/result")).await.ok();
        let derived =
            items(&result["derivation"]["criteria"]).iter().flat_map(|one| items(&one["indicators"]));
        let rows = of("评分汇总表");
        for (row, indicator) in rows.iter().zip(derived.clone()) {
            must_say(
                row,
                &[
                    ("指标", name(&indicator["key"])),
                    ("得分率", &indicator["fraction"]["decimal"]),
                    ("得分", &indicator["points"]["decimal"]),
                    ("平均分", &indicator["source"]["mean"]["decimal"]),
                ],
            );
            for (seat, score) in (1..).zip(items(&indicator["source"]["scores"])) {
                must_say(row, &[(&format!("专家{seat}"), &score["entered"])]);
            }
        }
        assert_eq!(rows.len(), derived.count());
    }
}

/// What `LibreOffice` reads of a workbook: its sheets as CSV, each by its name.
fn read_by_libreoffice(workbook: &[u8]) -> BTreeMap<String, Vec<Vec<String>>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.xlsx");
    std::fs::write(&file, workbook).unwrap();
    // Separated by commas, quoted, in UTF-8, cells as they are shown, every sheet to a file of its own.
    let filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";
    let output = Command::new(Program::LibreOffice.path().unwrap())
        .arg(format!("-env:UserInstallation=file://{}", folder.path().join("profile").display()))
        .args(["--headless", "--convert-to", filter, "--outdir"])
        .arg(folder.path())
        .arg(&file)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let sheet = |path: std::path::PathBuf| {
        let name = path.file_stem()?.to_str()?.strip_prefix("w-")?.to_owned();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).ok()?;
        let row = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
        Some((name, reader.records().map(|record| row(record.unwrap())).collect()))
    };
    files.filter_map(sheet).collect()
}

/// Numbers keep the places that they were written with, and nothing is asked or repaired.
#[test]
fn libreoffice_opens_what_is_downloaded_and_shows_the_same() {
    needs!(LibreOffice);
    actix_web::rt::System::new().block_on(shown_by_libreoffice());
}

async fn shown_by_libreoffice() {
    let app = App::start(On::Sqlite).await;
    let competition = announced(&app, review_settings()).await;
    let office = app.known(Role::Office, None).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    for address in [format!("{at}/export"), format!("{at}/tallies/1/ranking")] {
        let answer = office.get(&format!("{address}?format=xlsx")).await;
        let (ours, theirs) = (workbook(&answer), read_by_libreoffice(&answer.bytes));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, sheet) in &ours {
            let rows = &theirs[name];
            assert_eq!(rows.len(), sheet.len() + 1, "{name}");
            for (row, cells) in sheet.iter().zip(&rows[1..]) {
                for (heading, cell) in rows[0].iter().zip(cells) {
                    let expected = &row[heading];
                    let number = |text: &str| text.parse::<f64>().ok();
                    let same = cell == expected
                        || number(cell).is_some_and(|one| number(expected) == Some(one))
                        || expected.strip_suffix(":00").is_some_and(|minutes| minutes == cell);
                    assert!(same, "{name} {heading}: {cell} for {expected}");
                }
            }
        }
    }
    let ranking = office.get(&format!("{at}/tallies/1/ranking")).await.ok();
    let shown = &read_by_libreoffice(&office.get(&format!("{at}/tallies/1/ranking?format=xlsx")).await.bytes)
        ["排序表"];
    let place = shown[0].iter().position(|heading| heading == "总分").unwrap();
    for (row, one) in shown[1..].iter().zip(items(&ranking["result"]["groups"][0]["standings"])) {
        assert_eq!(row[place], text(&one["score"]));
    }
}

on_both! {
    async fn each_cell_is_what_the_api_says(app) {
        let mut settings = review_settings();
        settings["title"] = json!("2026年度竞赛（第一批）");
        let competition = on_notice(&app, settings).await;
        objected(&app, &competition, &competition.applications[0]).await;
        let office = app.known(Role::Office, None).await;
        lists_are_as_the_api_says(&office, &competition).await;
        whole_export_is_as_the_api_says(&office, &competition).await;
        // Every other table is one, in both languages.
        let supervisor = app.known(Role::Supervisor, None).await;
        let admin = app.known(Role::Admin, None).await;
        let mut asked = 0;
        for row in endpoints().into_iter().filter(qianglian::http::Endpoint::is_tabled) {
            let path = row.path.replace("{competition_id}", &competition.id).replace("{number}", "1")
                .replace("{application_id}", &competition.applications[0]).replace("{city_code}", "320500");
            let users = [&office, &supervisor, &admin];
            for user in users {
                let file = user.get(&format!("{path}?format=xlsx&language=en")).await;
                let plain = user.get(&path).await;
                assert_eq!(file.status, plain.status, "{path} as {}", user.name);
                if file.status == 200 {
                    asked += 1;
                    workbook(&file);
                    let name = &file.headers["content-disposition"];
                    assert!(name.contains("_2026-") || name.contains("%5F2026-"), "{name}");
                }
            }
        }
        assert!(asked > 20, "{asked}");
        // What is told of a file's name: edition, table, day.
        let file = office.get(&format!("/api/v1/competitions/{}/panels?format=xlsx", competition.id)).await;
        let expected = "2026%E5%B9%B4%E5%BA%A6%E7%AB%9E%E8%B5%9B%EF%BC%88%E7%AC%AC%E4%B8%80%E6%89%B9%EF%BC%89_%E8%AF%84%E5%AE%A1%E7%BB%84_2026-07-02.xlsx";
        assert!(file.headers["content-disposition"].ends_with(expected), "{}", file.headers["content-disposition"]);
        // Cases name their applications, not identifiers.
        let cases = table(&office, &format!("/api/v1/competitions/{}/objections", competition.id)).await;
        let first = office.get(&format!("/api/v1/applications/{}", competition.applications[0])).await.ok();
        assert!(cases[0]["申报"].starts_with(text(&first["number"])), "{cases:?}");
    }

    async fn what_is_filtered_is_what_is_written_and_bad_wishes_are_told(app) {
        let office = app.sign_in(Role::Office, None).await;
        for (name, unit, fields) in [("=1+1", "甲大学", json!([1])), ("@SUM", "乙大学", json!([2])), ("丙", "丙大学", json!([2]))] {
            let profile = json!({
                "name": name, "unit": unit, "title": "教授", "region": "110100", "fields": fields, "most_load": 3,
                "available": true, "employers": [], "phone": "",
            });
            office.post("/api/v1/experts", json!({ "profile": profile })).await.ok();
        }
        assert_eq!(table(&office, "/api/v1/experts").await.len(), 3);
        let found = table(&office, "/api/v1/experts?field=2").await;
        assert_eq!(found.len(), 2);
        // Pages don't cut it, whatever is asked for.
        assert_eq!(table(&office, "/api/v1/experts?limit=1").await.len(), 3);
        let csv = office.get("/api/v1/experts?format=csv&text=甲大学").await.text;
        assert!(csv.contains("\r\n'=1+1,甲大学,"), "{csv}");
        for (query, pointer) in [
            ("format=pdf", "/query/format"), ("format=xlsx&table=no", "/query/table"), ("format=xlsx&language=fr", "/query/language"),
        ] {
            let refused = office.get(&format!("/api/v1/experts?{query}")).await;
            assert_eq!((refused.status, text(&refused.body["errors"][0]["pointer"])), (422, pointer));
        }
        // Where there are no tables the parameter is none.
        office.get("/api/v1/me?format=xlsx").await.refused(400, "bad_query");
    }

    async fn a_page_offers_its_table_filtered_as_it_is(app) {
        let competition = announced(&app, review_settings()).await;
        let office = Browser::of(&app, &app.known(Role::Office, None).await.name).await;
        for (page, address) in [
            ("/applications?state=accepted".to_owned(), "/api/v1/applications?state=accepted&amp;format=xlsx&amp;language=zh".to_owned()),
            ("/experts?available=true".to_owned(), "/api/v1/experts?available=true&amp;format=xlsx&amp;language=zh".to_owned()),
            (format!("/competitions/{}", competition.id), format!("/api/v1/competitions/{}/export?format=xlsx&amp;language=zh", competition.id)),
        ] {
            let html = office.get(&page).await.html;
            assert!(html.contains(&address), "{page}: {html}");
            assert!(html.contains("下载 Excel"));
        }
    }
}
