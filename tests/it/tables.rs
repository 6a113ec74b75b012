//! Tables as spreadsheets write them: their encodings, and what of a workbook is no text.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calamine::{Reader, Xlsx};
use qianglian::domain::access::Role;
use qianglian::domain::catalogue::Catalogue;
use serde_json::{Value, json};

use super::made_files::{Part, written_by_zip};
use super::support::app::{Answer, User, on_both};
use super::support::browser::Browser;
use super::support::text;

/// A workbook with one sheet of these rows.
pub(crate) fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut cells = String::new();
    for (row, values) in rows.iter().enumerate() {
        cells.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, value) in values.iter().enumerate() {
            let name = char::from(b'A' + u8::try_from(column).unwrap());
            cells
                .push_str(&format!("<c r=\"{name}{}\" t=\"inlineStr\"><is><t>{value}</t></is></c>", row + 1));
        }
        cells.push_str("</row>");
    }
    workbook_of(&[("专家", "", &format!("<sheetData>{cells}</sheetData>"))])
}

/// A workbook of these sheets: name, further attributes, content.
fn workbook_of(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let (mut types, mut named, mut related, mut parts) =
        (String::new(), String::new(), String::new(), Vec::new());
    for (index, (name, attributes, content)) in sheets.iter().enumerate() {
        let path = format!("worksheets/sheet{index}.xml");
        types.push_str(&format!("<Override PartName=\"/xl/{path}\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"));
        named.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{index}\" {attributes}/>",
            index + 1
        ));
        related.push_str(&format!(
            "<Relationship Id=\"r{index}\" Type=\"{relations}/worksheet\" Target=\"{path}\"/>"
        ));
        parts.push((format!("xl/{path}"), format!("<worksheet xmlns=\"{main}\">{content}</worksheet>")));
    }
    // Formats 1 to 5: a date, a share, numbers with signs between thousands, with two decimals, with both.
    let styles = "<fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders><cellXfs count=\"6\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"9\"/><xf numFmtId=\"3\"/><xf numFmtId=\"2\"/><xf numFmtId=\"4\"/></cellXfs>";
    related.push_str(&format!("<Relationship Id=\"s\" Type=\"{relations}/styles\" Target=\"styles.xml\"/>"));
    types.push_str("<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>");
    parts.extend([
        ("xl/styles.xml".to_owned(), format!("<styleSheet xmlns=\"{main}\">{styles}</styleSheet>")),
        (
            "[Content_Types].xml".to_owned(),
            format!("<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>{types}</Types>"),
        ),
        (
            "_rels/.rels".to_owned(),
            format!("<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"a\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{named}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships xmlns=\"{package}/relationships\">{related}</Relationships>"),
        ),
    ]);
    let parts: Vec<Part> = parts.iter().map(|(name, content)| Part::new(name, content.as_bytes())).collect();
    written_by_zip(&parts, false)
}

/// A file of the cases that people met.
fn case(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/tables/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn case_text(name: &str) -> String {
    String::from_utf8(case(name)).unwrap()
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

async fn import(office: &User<'_>, bytes: &[u8]) -> Answer {
    office.imports(json!({ "xlsx": STANDARD.encode(bytes) })).await
}

/// Imports a table that is refused: its complaints, with what they say.
async fn told(office: &User<'_>, bytes: &[u8]) -> Vec<(String, String)> {
    let refused = import(office, bytes).await.refused(422, "invalid");
    let errors = refused["errors"].as_array().unwrap().iter();
    errors.map(|error| (text(&error["pointer"]).to_owned(), text(&error["detail"]).to_owned())).collect()
}

async fn pool(office: &User<'_>) -> Vec<Value> {
    office.get("/api/v1/experts").await.ok()["items"].as_array().unwrap().clone()
}

/// The only sheet of a workbook that was answered, row by row.
pub(crate) fn sheet_of(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
    let name = workbook.sheet_names()[0].clone();
    let range = workbook.worksheet_range(&name).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

const HEADING: &str = "name,unit,title,region,fields,most_load,available,employers,phone";

/// A row of a sheet below its heading, with these cells in places of others: column and element.
fn sheet(cells: &[(char, &str)]) -> String {
    let inline = |column: char, row: usize, value: &str| {
        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{value}</t></is></c>")
    };
    let heading: String =
        ('A'..).zip(HEADING.split(',')).map(|(column, name)| inline(column, 1, name)).collect();
    let values = ["丙一", "示例大学", "教授", "320100", "6", "10", "yes", "-", "025-1"];
    let row: String = ('A'..)
        .zip(values)
        .map(|(column, value)| match cells.iter().find(|(known, _)| *known == column) {
            Some((_, cell)) => (*cell).to_owned(),
            None => inline(column, 2, value),
        })
        .collect();
    format!("<sheetData><row r=\"1\">{heading}</row><row r=\"2\">{row}</row></sheetData>")
}

on_both! {
    async fn csv_is_taken_as_spreadsheets_write_it(app) {
        let office = app.known(Role::Office, None).await;
        // By the API as text, with its mark and the line ends of Windows.
        for (name, added) in [("F02_41_utf8bom.csv", 1), ("F03_crlf.csv", 1)] {
            let done = office.imports(json!({ "csv": case_text(name) })).await.ok();
            assert_eq!((&done["added"], done["unchanged"].as_u64()), (&json!(added), Some(0)), "{name}");
        }
        let plain = case_text("F03_crlf.csv").replace("未一", "未二");
        for bytes in [plain.as_bytes().to_vec(), gb18030(&plain), utf16(&plain), utf16(&plain.replace(',', "\t"))] {
            import(&office, &bytes).await.ok();
        }
        let experts = pool(&office).await;
        assert_eq!(experts.len(), 3);
        assert!(experts.iter().any(|expert| expert["profile"]["name"] == "未二" && expert["revision"] == 1));
        // A slip in UTF-8 is not read as other Chinese.
        let mut damaged = plain.into_bytes();
        damaged.remove(80);
        assert!(told(&office, &damaged).await[0].1.starts_with("不是 CSV 文件"));
    }

    async fn every_field_for_a_file_takes_it_as_spreadsheets_write_it(app) {
        let office = app.known(Role::Office, None).await;
        let browser = Browser::of(&app, &office.name).await;
        for (name, bytes) in [("甲", case("F02_41_utf8bom.csv")), ("乙", gb18030(&case_text("F03_crlf.csv")))] {
            let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
            let page = browser.upload_as("/xlsx:base64", &form, &[("专家.csv", &bytes)]).await;
            let page = browser.send(&page.form("/act/v1/experts/import")).await;
            assert!(page.text().contains("新增1人"), "{name}: {}", page.text());
        }
        // Text in a field of text, and JSON in one of JSON.
        let catalogue = office.get("/api/v1/catalogues/1").await.ok()["catalogue"].clone();
        let days = office.get("/api/v1/working-days/1").await.ok()["working_days"].clone();
        let (mut of_catalogue, mut of_days) = (catalogue, days);
        of_catalogue["clusters"][0]["name"] = json!("新型电力装备");
        of_days["source_note"] = json!("另一来源");
        let chains = case_text("F02_chains_bom.csv").replace("特高压设备", "特高压");
        let stored: Catalogue = serde_json::from_value(of_catalogue.clone()).unwrap();
        let regions = stored.region_rows().map(|row| row.join(",")).collect::<Vec<_>>().join("\n");
        let regions = format!("代码,名称,类别,上级代码\n{}", regions.replace("南京市", "宁市"));
        let fields = [
            ("/catalogues/import", "catalogues", "/xlsx:base64", chains.clone()),
            ("/catalogues/import?content=regions", "catalogues", "/xlsx:base64", regions),
            ("/catalogues/import?content=whole", "catalogues", "/catalogue:json", of_catalogue.to_string()),
            ("/working-days/import?content=table", "working-days", "/xlsx:base64", "年份,放假,调休上班\n2027,1月1日至3日,\n".to_owned()),
            ("/working-days/import?content=whole", "working-days", "/working_days:json", of_days.to_string()),
        ];
        for (page, kind, name, content) in fields {
            let form = browser.get(page).await.form(&format!("/act/v1/{kind}/preview"));
            let unmarked = content.trim_start_matches('\u{feff}').to_owned();
            let windows = unmarked.replace("\r\n", "\n").replace('\n', "\r\n");
            for bytes in [format!("\u{feff}{windows}").into_bytes(), gb18030(&windows), utf16(&windows)] {
                let shown = browser.upload_as(name, &form, &[("表.csv", &bytes)]).await;
                assert_eq!(shown.status, 200, "{name}: {}", shown.text());
                assert!(shown.text().contains("将发生的变化"), "{name}: {}", shown.text());
            }
            // What is no text is told on the page that it came from.
            let refused = browser.upload_as(name, &form, &[("表.csv", b"\x89PNG\0\xff\xff")]).await;
            assert_eq!(refused.status, 422);
            let told = refused.text();
            assert!((told.contains("不是文本文件") || told.contains("不是 CSV 文件")) && told.contains("导入基础数据"), "{told}");
            assert!(!told.contains(name.split(':').next().unwrap()), "{told}");
            assert!(refused.form(&format!("/act/v1/{kind}/preview")).value(name).is_some() || name.contains(':'));
        }
        let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let large = vec![b'x'; 3 << 20];
        let refused = browser.upload_as("/xlsx:base64", &form, &[("大.csv", &large)]).await;
        assert_eq!(refused.status, 413);
        assert!(refused.text().contains("导入专家表格"), "{}", refused.text());
    }

    async fn what_is_no_text_as_shown_is_refused_at_its_cell(app) {
        let office = app.known(Role::Office, None).await;
        let one = |pointer: &str, words: &str| (pointer.to_owned(), words.to_owned());
        let cases = [
            ("F06_06_phone_18digit_number.xlsx", vec![one("/rows/1/phone", "第1行（单元格I2）是超过15位的数字")]),
            ("F07_08_error_available.xlsx", vec![one("/rows/1/available", "第1行（单元格G2）是错误值 #N/A")]),
            ("F08_09_formula_no_cache.xlsx", vec![
                one("/rows/1/region", "第1行（单元格D2）是没有结果的公式"),
                one("/rows/1/available", "第1行（单元格G2）是没有结果的公式"),
            ]),
            ("F21_extra_cells.csv", vec![one("/rows/1", "第1行有10格，表头只有9列")]),
            ("F19_61_x000d.xlsx", vec![one("/rows/1/unit", "只能是一行")]),
            ("F19_70_bad_names.xlsx", vec![
                one("/rows/1/name", "第1行（单元格A2）：“壬四”之后有不允许的字符（U+202E）"),
                one("/rows/2/name", "第2行（单元格A3）：“物丁”之后有不允许的字符（U+0007）"),
            ]),
        ];
        for (name, expected) in cases {
            let found = told(&office, &case(name)).await;
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
            for ((pointer, words), (at, start)) in found.iter().zip(&expected) {
                assert!(pointer == at && words.starts_with(start), "{name}: {pointer} {words}");
            }
        }
        let built = [
            (sheet(&[('H', "<c r=\"H2\" s=\"1\"><v>45473</v></c>")]), "/rows/1/employers", "是日期格式"),
            (sheet(&[('F', "<c r=\"F2\" s=\"2\"><v>0.35</v></c>")]), "/rows/1/most_load", "显示的内容与所存的数值不同"),
            (sheet(&[('F', "<c r=\"F2\" s=\"4\"><v>9.999</v></c>")]), "/rows/1/most_load", "显示的内容与所存的数值不同"),
            (sheet(&[('G', "<c r=\"G2\"/>")]), "/rows/1/available", "须填写“可参加抽取”"),
            (
                format!("{}<mergeCells><mergeCell ref=\"C2:C3\"/></mergeCells>", sheet(&[])),
                "/rows/1/title",
                "是合并的单元格",
            ),
        ];
        for (content, pointer, words) in built {
            let found = told(&office, &workbook_of(&[("表", "", &content)])).await;
            assert!(found[0].0 == pointer && found[0].1.contains(words), "{found:?}");
        }
        let twice = case_text("F03_crlf.csv").replace("title", "phone");
        assert_eq!(told(&office, twice.as_bytes()).await[0].0, "/heading");
        assert_eq!(pool(&office).await, [] as [Value; 0]);
        // Nobody is in the pool as drawable by accident: a new expert is said to be available or not.
        let silent = told(&office, &case("F13_2_fewer_columns.csv")).await;
        assert_eq!(silent[0].0, "/rows/1/available");
    }

    async fn numbers_with_decimals_and_dates_are_what_they_are(app) {
        let office = app.known(Role::Office, None).await;
        for (style, name) in [(4, "丙三"), (5, "丙四")] {
            let cell = format!("<c r=\"F2\" s=\"{style}\"><v>12</v></c>");
            let content = sheet(&[('F', &cell)]).replace("丙一", name);
            import(&office, &workbook_of(&[("表", "", &content)])).await.ok();
        }
        let loads: Vec<Value> = pool(&office).await.iter().map(|one| one["profile"]["most_load"].clone()).collect();
        assert_eq!(loads, [json!(12), json!(12)]);
        // A date is one where dates stand, with or without others around it; a time is none.
        let cell = |column: char, value: &str| format!("<c r=\"{column}2\" s=\"1\"><v>{value}</v></c>");
        let text = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let days = |holiday: &str| {
            let heading: String = ["A1", "B1", "C1"].iter().zip(["年份", "放假", "调休上班"]).map(|(at, name)| text(at, name)).collect();
            let row = format!("{}{}{}", text("A2", "2027"), cell('B', holiday), text("C2", ""));
            let rows = format!("<row r=\"1\">{heading}</row><row r=\"2\">{row}</row>");
            let bytes = workbook_of(&[("表", "", &format!("<sheetData>{rows}</sheetData>"))]);
            json!({ "base_version": 1, "xlsx": STANDARD.encode(bytes), "reason": "" })
        };
        let preview = office.post("/api/v1/working-days/preview", days("46388")).await.ok();
        assert!(preview.to_string().contains("1月1日"), "{preview}");
        let refused = office.post("/api/v1/working-days/preview", days("46388.5")).await.refused(422, "invalid");
        assert!(refused.to_string().contains("是日期格式"), "{refused}");
    }

    async fn what_is_hidden_is_not_read_or_told(app) {
        let office = app.known(Role::Office, None).await;
        let done = import(&office, &case("F10_13_hidden_row.xlsx")).await.ok();
        assert_eq!(done, json!({ "added": 2, "changed": 0, "unchanged": 0, "hidden": 1 }));
        let other = sheet(&[]).replace("丙一", "丙二");
        let sheets = [("藏", "state=\"hidden\"", sheet(&[])), ("表", "", format!("<cols><col min=\"9\" max=\"9\" hidden=\"1\"/></cols>{other}"))];
        let sheets: Vec<(&str, &str, &str)> = sheets.iter().map(|(a, b, c)| (*a, *b, c.as_str())).collect();
        assert_eq!(import(&office, &workbook_of(&sheets)).await.ok()["hidden"], 1);
        let names: Vec<Value> = pool(&office).await.iter().map(|expert| expert["profile"]["name"].clone()).collect();
        assert!(names.contains(&json!("丙二")) && !names.contains(&json!("丙一")), "{names:?}");
        assert!(told(&office, &workbook_of(&sheets[..1])).await[0].1.contains("没有可见的工作表"));
        // Told on the page too.
        let browser = Browser::of(&app, &office.name).await;
        let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let page = browser.upload_as("/xlsx:base64", &form, &[("a.xlsx", &case("F10_13_hidden_row.xlsx"))]).await;
        assert!(page.text().contains("有1个隐藏的行或列"), "{}", page.text());
    }

    async fn a_table_without_a_column_leaves_it_as_it_is(app) {
        let office = app.known(Role::Office, None).await;
        import(&office, &case("F13_1_full.csv")).await.ok();
        let before = pool(&office).await[0]["profile"].clone();
        import(&office, &case("F13_2_fewer_columns.csv")).await.ok();
        let mut expected = before;
        expected["most_load"] = json!(12);
        assert_eq!(pool(&office).await[0]["profile"], expected);
        assert_eq!(expected["available"], false);
        // Neither does somebody who can be drawn become one who can't.
        let full = case_text("F13_1_full.csv");
        assert!(full.contains(",no,"), "{full}");
        import(&office, full.replace(",no,", ",yes,").as_bytes()).await.ok();
        import(&office, &case("F13_2_fewer_columns.csv")).await.ok();
        assert_eq!(pool(&office).await[0]["profile"]["available"], true);
    }

    async fn text_is_of_one_form_whatever_it_came_in(app) {
        let office = app.known(Role::Office, None).await;
        import(&office, &case("F19_23_nfd.xlsx")).await.ok();
        // The same person twice, with another dot in the name; the rest is rare and right.
        assert_eq!(told(&office, &case("P20_31_rare.xlsx")).await, [("/rows/3".to_owned(), "第3行与第2行是同一人".to_owned())]);
        let rare = case_text("F03_crlf.csv").replace("未一", "𠮷田䶮");
        import(&office, rare.as_bytes()).await.ok();
        let experts = pool(&office).await;
        let names: Vec<&str> = experts.iter().map(|expert| text(&expert["profile"]["name"])).collect();
        assert!(names.contains(&"éric 王") && names.contains(&"𠮷田䶮"), "{names:?}");
        // Pasted text: signs for the ends of lines are line ends, a mark is nothing; what is refused is told where.
        let again = json!({ "profile": { "name": "e\u{301}ric 王\u{feff}", "unit": "示例大学", "title": "", "fields": [6], "most_load": 1, "available": true } });
        assert_eq!(office.post("/api/v1/experts", again).await.invalid()[0].1, "duplicate");
        let mut settings = crate::support::story::settings();
        settings["consent_statement"] = json!("一\u{b}二\u{c}三\u{feff}\r\n四\u{2028}五");
        let stored = office.post("/api/v1/competitions", settings.clone()).await;
        let stored = stored.ok();
        assert_eq!(stored["settings"]["consent_statement"], "一\n二\n三\n四\n五");
        settings["consent_statement"] = json!("一\n我们同意\u{7}参加");
        let refused = office.post("/api/v1/competitions", settings.clone()).await.refused(422, "invalid");
        assert!(text(&refused["errors"][0]["detail"]).starts_with("第2行“我们同意”之后有不允许的字符（U+0007）"), "{refused}");
    }

    async fn which_sheet_is_meant_is_asked_and_what_is_no_table_is_told_apart(app) {
        let office = app.known(Role::Office, None).await;
        let (one, other) = (sheet(&[]), sheet(&[]).replace("丙一", "丙二"));
        let empty = "<sheetData/>";
        let two = workbook_of(&[("甲", "", one.as_str()), ("乙", "", other.as_str()), ("丙", "", empty)]);
        let found = told(&office, &two).await;
        assert_eq!(found, [("/worksheet".to_owned(), "工作簿有多张工作表，请写明导入哪一张：甲、乙".to_owned())]);
        let by_name = async |name: &str| office.imports(json!({ "xlsx": STANDARD.encode(&two), "worksheet": name })).await;
        by_name("丁").await.refused(422, "invalid");
        by_name(" 乙 ").await.ok();
        assert_eq!(pool(&office).await[0]["profile"]["name"], "丙二");
        // Those that are empty, or explain the others, are not asked about.
        let explained = workbook_of(&[("空", "", empty), ("甲", "", one.as_str()), ("填写说明", "", other.as_str())]);
        assert_eq!(import(&office, &explained).await.ok()["added"], 1);
        // Workbooks of the kind before 2007, and those that a password protects.
        let old = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600]].concat();
        assert!(told(&office, &old).await[0].1.contains("另存为 .xlsx"));
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(told(&office, &[old.as_slice(), &name].concat()).await[0].1.contains("密码"));
    }

    async fn cells_are_parted_as_each_program_parts_them_and_may_be_pasted(app) {
        let office = app.known(Role::Office, None).await;
        let plain = case_text("F03_crlf.csv");
        let with = |name: &str, sign: &str| plain.replace("未一", name).replace(',', sign);
        import(&office, format!("sep=;\r\n{}", with("午一", ";")).as_bytes()).await.ok();
        import(&office, with("午二", ";").as_bytes()).await.ok();
        let browser = Browser::of(&app, &office.name).await;
        let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let page = browser.first(&form.with("/csv:optional", &with("午三", "\t"))).await;
        let page = browser.send(&page.form("/act/v1/experts/import")).await;
        assert!(page.text().contains("新增1人"), "{}", page.text());
        let names: Vec<Value> = pool(&office).await.iter().map(|expert| expert["profile"]["name"].clone()).collect();
        for name in ["午一", "午二", "午三"] {
            assert!(names.contains(&json!(name)), "{names:?}");
        }
    }

    async fn the_pool_as_it_is_given_changes_nothing_when_it_comes_back(app) {
        let office = app.known(Role::Office, None).await;
        import(&office, &case("F13_1_full.csv")).await.ok();
        let employers = case_text("F03_crlf.csv").replace(",-,", ",甲公司@2024年6月30日；乙公司,");
        import(&office, employers.as_bytes()).await.ok();
        let before = pool(&office).await;
        for format in ["xlsx", "csv"] {
            let given = office.get(&format!("/api/v1/experts?format={format}")).await;
            let done = import(&office, &given.bytes).await.ok();
            assert_eq!((&done["added"], &done["changed"]), (&json!(0), &json!(0)), "{format}");
        }
        assert_eq!(pool(&office).await, before);
        // So are the catalogue's tables and the working days.
        for (kind, table) in [("catalogues", Some("chains")), ("catalogues", Some("regions")), ("working-days", None)] {
            let query = table.map_or_else(String::new, |table| format!("?table={table}"));
            let given = office.get(&format!("/api/v1/{kind}/import{query}")).await;
            let body = json!({ "base_version": 1, "reason": "x", "table": table, "xlsx": STANDARD.encode(&given.bytes) });
            let seen = office.post(&format!("/api/v1/{kind}/preview"), body).await.ok();
            assert_eq!(seen["changes_nothing"], true, "{kind} {table:?} {seen}");
        }
        // The empty table that is given is one: its headings are known, and its second sheet is no table.
        let given = office.get("/api/v1/experts/import").await;
        assert_eq!(told(&office, &given.bytes).await[0].1, "表中没有数据");
    }

    async fn what_a_table_leaves_is_told_and_an_empty_cell_clears_only_where_it_is_wanted(app) {
        let office = app.known(Role::Office, None).await;
        import(&office, &case("F13_1_full.csv")).await.ok();
        import(&office, &case("F03_crlf.csv")).await.ok();
        let before = pool(&office).await;
        let one = before.iter().find(|expert| expert["profile"]["name"] == "未一").unwrap()["profile"].clone();
        let row = |cells: &str| format!("姓名,单位,电话,工作量上限\n{},{},{cells}\n", text(&one["name"]), text(&one["unit"]));
        let asked = office.post("/api/v1/experts/import", json!({ "csv": row(",7") })).await.refused(428, "confirmation_required");
        let told: Vec<(&str, &str)> =
            asked["errors"].as_array().unwrap().iter().map(|one| (text(&one["code"]), text(&one["detail"]))).collect();
        assert_eq!(told[0].0, "missing");
        assert!(told[0].1.starts_with("现有而表中没有的1项保持不变："), "{told:?}");
        assert!(told[1].0 == "changed" && told[1].1.ends_with("一届至多评几件：10 → 7"), "{told:?}");
        assert_eq!(told.len(), 2, "the empty cell changes nothing");
        office.imports(json!({ "csv": row(",7") })).await.ok();
        let phone = |experts: &[Value]| experts.iter().find(|expert| expert["profile"]["name"] == "未一").unwrap()["profile"]["phone"].clone();
        assert_eq!(phone(&pool(&office).await), one["phone"]);
        office.imports(json!({ "csv": row(","), "clear_empty": true })).await.invalid();
        let cleared = format!("姓名,单位,电话\n{},{},\n", text(&one["name"]), text(&one["unit"]));
        office.imports(json!({ "csv": cleared, "clear_empty": true })).await.ok();
        assert_eq!(phone(&pool(&office).await), "");
        assert_eq!(pool(&office).await.len(), before.len());
    }

    async fn all_that_is_wrong_is_told_at_once_and_given_back_in_the_table(app) {
        let office = app.known(Role::Office, None).await;
        import(&office, &case("F13_1_full.csv")).await.ok();
        let known = pool(&office).await[0]["profile"].clone();
        // A fault of reading, one of what it would make, and one against the pool.
        let table = format!(
            "姓名,单位,领域,工作量上限,可参加抽取,电话\n辛一,甲院,99,5,是,\n辛二,乙院,6,多,是,\n{},{}（南京校区）,6,5,是,\n",
            text(&known["name"]), text(&known["unit"]),
        );
        let found = told(&office, table.as_bytes()).await;
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/rows/1/fields/0", "/rows/2/most_load", "/rows/3"], "{found:?}");
        let path = "/api/v1/experts/import?marked=true";
        let given = office.post(path, json!({ "csv": table })).await;
        let rows = sheet_of(&given);
        assert_eq!(rows[0].last().map(String::as_str), Some("问题"));
        assert!(rows[1][6].contains("没有该集群") && rows[2][6].starts_with("第2行：工作量上限应为整数"), "{rows:?}");
        assert!(rows[3][6].contains("请核实是否同一人") && rows[3][0] == text(&known["name"]), "{rows:?}");
        // Corrected in the very workbook, it is taken with its last column, and is only tried where that is asked.
        let good = "姓名,单位,领域,工作量上限,可参加抽取,问题\n辛一,甲院,6,5,是,原来有误\n";
        let seen = sheet_of(&office.post(path, json!({ "csv": good })).await);
        assert!(seen[1][5].starts_with("第1行 新增 辛一"), "{seen:?}");
        assert_eq!(pool(&office).await.len(), 1);
        office.imports(json!({ "csv": good })).await.ok();
        assert_eq!(pool(&office).await.len(), 2);
        office.post(path, json!({ "csv": "" })).await.refused(422, "invalid");
        // On the page, too.
        let browser = Browser::of(&app, &office.name).await;
        let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let page = browser.send(&form.with("/csv:optional", &table)).await;
        assert_eq!(page.status, 422);
        let again = page.forms().into_iter().find(|form| form.value("?marked").is_some()).expect("a form for the table");
        let file = browser.send(&again).await;
        assert_eq!(file.headers["content-type"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    }
}
