//! Tables of a competition: what was filed, checked, inspected and scored, from its export; its ranking.

use serde_json::{Map, Value, json};

use super::columns::{Column, column};
use super::lists::{each, entries, of_application};
use super::{Scene, Table, Tabled};
use crate::domain::application::ApplicationState;
use crate::domain::checks::{FormalResult, VetoState};
use crate::domain::inspection::{InspectionState, Method};
use crate::domain::scoring::{Note, Status};
use crate::domain::selection::{DepartureKind, SelectionResult};
use crate::domain::sheet::SheetState;

/// An indicator of the rubric: its key, its name, its unit.
struct Named {
    key: String,
    name: String,
    unit: String,
    is_judged: bool,
    criterion: String,
}

/// The indicators of a competition's rubric, in its order.
fn indicators(scene: &Scene) -> Vec<Named> {
    let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for criterion in each(&scene.settings, "/rubric/criteria") {
        for indicator in each(criterion, "/indicators") {
            found.push(Named {
                key: text(indicator, "key"),
                name: text(indicator, "name"),
                unit: text(indicator, "unit"),
                is_judged: indicator["kind"] == "judged",
                criterion: text(criterion, "name"),
            });
        }
    }
    found
}

/// What an application is called, as the first columns of each table.
fn brief(application: &Value) -> Map<String, Value> {
    let title = application.pointer("/parts/profile/content/title").cloned();
    let mut brief = Map::new();
    brief.insert("title".to_owned(), title.unwrap_or_default());
    for member in ["number", "chain", "lead_region", "city"] {
        brief.insert(member.to_owned(), application[member].clone());
    }
    brief
}

/// A row that begins with what its application is called.
fn row(brief: &Map<String, Value>, more: Value) -> Value {
    let mut row = brief.clone();
    if let Value::Object(more) = more {
        row.extend(more);
    }
    Value::Object(row)
}

fn named(columns: impl IntoIterator<Item = Column>) -> Vec<Column> {
    let mut all = of_application();
    all.extend(columns);
    all
}

pub(in crate::http) const EXPORT: Tabled =
    Tabled { name: ("申报与评审", "Applications and review"), layout: export };

/// The tables of an application as exports have it.
fn export(scene: &Scene, application: &Value) -> Vec<Table> {
    let of = indicators(scene);
    let is_one = application.is_object();
    let rows = |made: &dyn Fn(&Map<String, Value>) -> Vec<Value>| {
        if is_one { made(&brief(application)) } else { Vec::new() }
    };
    vec![
        filed(application, &rows),
        figures(&of, application, &rows),
        formal(scene, application, &rows),
        vetoes(application, &rows),
        verified(&of, application, &rows),
        sheets(&of, application, &rows),
        points(scene, &of, application, &rows),
    ]
}

type Rows<'a> = &'a dyn Fn(&dyn Fn(&Map<String, Value>) -> Vec<Value>) -> Vec<Value>;

fn filed(application: &Value, rows: Rows<'_>) -> Table {
    let profile = |member: &str| format!("/profile/{member}");
    let columns = named([
        column("/state", "状态", "State").words::<ApplicationState>(),
        column("/track", "组别", "Track").track(),
        column("/members/*/region/name", "参与地区", "Regions"),
        column(profile("leading_industry"), "主导产业", "Leading industry"),
        column(profile("area_km2"), "核心区面积（平方公里）", "Core area (km²)").number(),
        column(profile("promotion_body"), "促进机构", "Promotion body"),
        column(profile("contact_name"), "联系人", "Contact"),
        column(profile("contact_post"), "联系人职务", "Contact's post"),
        column(profile("contact_phone"), "联系电话", "Telephone"),
        column("/firms/*/name", "企业", "Firms"),
        column("/submitted_at", "最近提交", "Last submitted").moment(),
        column("/opinion", "推荐意见", "City's opinion"),
    ]);
    let rows = rows(&|brief| {
        let decided = |kind: &str| {
            entries(application, "/decisions").into_iter().rev().find(|decision| decision["kind"] == kind)
        };
        let part = |pointer: &str| application.pointer(pointer).cloned().unwrap_or_default();
        vec![row(
            brief,
            json!({
                "state": application["state"], "track": application["track"], "members": application["members"],
                "profile": part("/parts/profile/content"), "firms": part("/parts/firms/content/firms"),
                "submitted_at": decided("submitted").map(|one| one["at"].clone()),
                "opinion": decided("recommended").map(|one| one["reason"].clone()),
            }),
        )]
    });
    Table { key: "applications", name: ("申报", "Applications"), columns, rows }
}

/// One of a list whose member has a value.
fn with<'a>(list: &'a [Value], member: &str, value: &str) -> Option<&'a Value> {
    list.iter().find(|one| one[member] == value)
}

fn figures(of: &[Named], application: &Value, rows: Rows<'_>) -> Table {
    let measured = || of.iter().filter(|indicator| !indicator.is_judged);
    let heading = |indicator: &Named| match indicator.unit.as_str() {
        "" => indicator.name.clone(),
        unit => format!("{}（{unit}）", indicator.name),
    };
    let columns = named(measured().map(|indicator| {
        column(format!("/{}", indicator.key), heading(indicator), heading(indicator)).value()
    }));
    let rows = rows(&|brief| {
        let filed = entries(application, "/parts/figures/content/figures");
        let values = measured().map(|indicator| {
            let figure = with(&filed, "indicator", &indicator.key);
            (indicator.key.clone(), figure.map(|figure| figure["value"].clone()).unwrap_or_default())
        });
        vec![row(brief, Value::Object(values.collect()))]
    });
    Table { key: "figures", name: ("申报数值", "Figures"), columns, rows }
}

fn formal(scene: &Scene, application: &Value, rows: Rows<'_>) -> Table {
    let items = entries(&scene.settings, "/formal_items");
    let columns = named([
        column("/round", "轮次", "Round").number(),
        column("/item", "项目", "Item"),
        column("/passed", "符合", "In form").yes_no(),
        column("/note", "说明", "Explanation"),
        column("/result", "审查结果", "Result").words::<FormalResult>(),
        column("/reason", "理由", "Reason"),
        column("/correction_due_at", "应补正至", "To be corrected by").moment(),
        column("/checked_at", "审查时间", "Checked").moment(),
    ]);
    let rows = rows(&|brief| {
        let mut rows = Vec::new();
        for check in entries(application, "/checks/formal") {
            for finding in entries(&check, "/findings") {
                let key = finding["item"].as_str().unwrap_or_default();
                let item = with(&items, "key", key).map_or(&finding["item"], |item| &item["title"]);
                rows.push(row(
                    brief,
                    json!({
                        "round": check["round"], "item": item, "passed": finding["passed"], "note": finding["note"],
                        "result": check["result"], "reason": check["reason"],
                        "correction_due_at": check["correction_due_at"], "checked_at": check["checked_at"],
                    }),
                ));
            }
        }
        rows
    });
    Table { key: "formal_checks", name: ("形式审查", "Formal checks"), columns, rows }
}

fn vetoes(application: &Value, rows: Rows<'_>) -> Table {
    let columns = named([
        column("/veto", "否决事项", "Veto item"),
        column("/standing", "结果", "Result").words::<VetoState>(),
        column("/note", "说明", "Explanation"),
    ]);
    let rows = rows(&|brief| {
        let items = application.pointer("/checks/vetoes").and_then(Value::as_object);
        let items = items.into_iter().flat_map(Map::values);
        items
            .map(|item| {
                row(brief, json!({ "veto": item["title"], "standing": item["state"], "note": item["note"] }))
            })
            .collect()
    });
    Table { key: "veto_checks", name: ("否决核查", "Veto checks"), columns, rows }
}

fn verified(of: &[Named], application: &Value, rows: Rows<'_>) -> Table {
    let columns = named([
        column("/inspection", "考察", "Inspection").words::<InspectionState>(),
        column("/indicator", "指标", "Indicator"),
        column("/unit", "单位", "Unit"),
        column("/claimed", "申报值", "Claimed value").value(),
        column("/verified", "核定值", "Verified value").value(),
        column("/differs", "有出入", "Differs").yes_no(),
        column("/method", "核查方式", "How").words::<Method>(),
        column("/seen", "所见材料", "Seen"),
        column("/finding", "核查说明", "Finding"),
        column("/calibre", "口径", "Statistical basis"),
        column("/year", "年度", "Year"),
        column("/source_body", "数据来源", "Source"),
    ]);
    let rows = rows(&|brief| {
        let inspection = &application["inspection"];
        let (claimed, items) = (entries(inspection, "/claimed"), entries(inspection, "/record/items"));
        let mut rows = Vec::new();
        for indicator in of.iter().filter(|indicator| !indicator.is_judged) {
            let figure = with(&claimed, "indicator", &indicator.key).cloned().unwrap_or_default();
            let item = with(&items, "indicator", &indicator.key).cloned().unwrap_or_default();
            if figure.is_null() && item.is_null() {
                continue;
            }
            let differs = (!item.is_null()).then(|| item["value"] != figure["value"]);
            rows.push(row(
                brief,
                json!({
                    "inspection": inspection["state"], "indicator": indicator.name, "unit": indicator.unit,
                    "claimed": figure["value"], "verified": item["value"], "differs": differs,
                    "method": item["method"], "seen": item["seen"], "finding": item["finding"],
                    "calibre": figure["calibre"], "year": figure["year"], "source_body": figure["source_body"],
                }),
            ));
        }
        rows
    });
    Table { key: "verified", name: ("申报值与核定值", "Claimed and verified values"), columns, rows }
}

fn sheets(of: &[Named], application: &Value, rows: Rows<'_>) -> Table {
    let judged = || of.iter().filter(|indicator| indicator.is_judged);
    let columns = named(
        [
            column("/expert", "专家", "Expert"),
            column("/sheet", "评分表", "Score sheet").words::<SheetState>(),
            column("/version", "版本", "Version").number(),
            column("/signed_at", "签署时间", "Signed").moment(),
        ]
        .into_iter()
        .chain(judged().flat_map(|indicator| {
            let (key, name) = (&indicator.key, &indicator.name);
            [
                column(format!("/marks/{key}/score"), name.clone(), name.clone()).number(),
                column(format!("/marks/{key}/reason"), format!("{name}：理由"), format!("{name}: reason")),
            ]
        }))
        .chain([
            column("/opinion", "综合意见", "Opinion"),
            column("/dissent", "不同意见", "Dissent"),
            column("/digest", "摘要", "Digest"),
        ]),
    );
    let rows = rows(&|brief| {
        let mut rows = Vec::new();
        for sheet in entries(application, "/sheets") {
            // What holds is the last version; those before are in the sheet's own page.
            let last = entries(&sheet, "/versions").pop().unwrap_or_default();
            let content = last.pointer("/sheet/content").cloned().unwrap_or_default();
            let marks = entries(&content, "/marks").into_iter();
            let marks: Map<String, Value> =
                marks.map(|mark| (mark["indicator"].as_str().unwrap_or_default().to_owned(), mark)).collect();
            rows.push(row(
                brief,
                json!({
                    "expert": sheet["name"], "sheet": sheet["state"], "version": last["number"],
                    "signed_at": last["signed_at"], "marks": marks, "opinion": content["opinion"],
                    "dissent": content["dissent"], "digest": last["digest"],
                }),
            ));
        }
        rows
    });
    Table { key: "sheets", name: ("评分表", "Score sheets"), columns, rows }
}

/// 评分汇总表: for each application and indicator the points, and how they came about, with a column for each expert of a
/// panel. Who is which is not told, as results don't.
fn points(scene: &Scene, of: &[Named], application: &Value, rows: Rows<'_>) -> Table {
    let seats = scene.settings.pointer("/review/panel_size").and_then(Value::as_u64).unwrap_or(0);
    let expert =
        |seat| column(format!("/marks/{seat}"), format!("专家{}", seat + 1), format!("Expert {}", seat + 1));
    let columns = named(
        [
            column("/criterion", "所属标准", "Criterion"),
            column("/indicator", "指标", "Indicator"),
            column("/value", "核定值", "Verified value").value(),
        ]
        .into_iter()
        .chain((0..seats).map(|seat| expert(seat).number()))
        .chain([
            column("/dropped", "去掉的打分", "Marks left out"),
            column("/mean", "平均分", "Mean").number(),
            column("/fraction", "得分率", "Fraction").number(),
            column("/points", "得分", "Score").number(),
        ]),
    );
    let rows = rows(&|brief| {
        let criteria = entries(application, "/result/derivation/criteria");
        let mut rows = Vec::new();
        for indicator in criteria.iter().flat_map(|criterion| entries(criterion, "/indicators")) {
            let key = indicator["key"].as_str().unwrap_or_default();
            let known = of.iter().find(|known| known.key == key);
            let source = &indicator["source"];
            let scores = entries(source, "/scores");
            let marks: Vec<&Value> = scores.iter().map(|score| &score["entered"]).collect();
            let dropped = scores.iter().filter(|score| score["fate"] != "kept");
            let dropped: Vec<&str> = dropped.filter_map(|score| score["entered"].as_str()).collect();
            rows.push(row(
                brief,
                json!({
                    "criterion": known.map(|known| &known.criterion), "indicator": known.map(|known| &known.name),
                    "value": source["value"], "mean": source["mean"]["decimal"],
                    "marks": marks, "dropped": dropped.join("、"),
                    "fraction": indicator["fraction"]["decimal"], "points": indicator["points"]["decimal"],
                }),
            ));
        }
        rows
    });
    Table { key: "points", name: ("评分汇总表", "Points by indicator"), columns, rows }
}

pub(in crate::http) const RANKING: Tabled = Tabled { name: ("排序表", "Ranking"), layout: ranking };

/// Columns of the points for each criterion of the rubric.
fn criteria(scene: &Scene) -> Vec<Column> {
    let all = each(&scene.settings, "/rubric/criteria");
    all.map(|criterion| {
        let text = |member: &str| criterion[member].as_str().unwrap_or_default().to_owned();
        column(format!("/criteria/{}", text("key")), text("name"), text("name")).number()
    })
    .collect()
}

fn ranking(scene: &Scene, answer: &Value) -> Vec<Table> {
    let mut columns = vec![
        column("/track", "组别", "Track").track(),
        column("/place", "名次", "Place").number(),
        column("/title", "名称", "Name"),
        column("/chain", "产业链序号", "Chain no.").number(),
        column("/region", "牵头地区代码", "Lead region code"),
        column("/score", "总分", "Total").number(),
    ];
    columns.extend(criteria(scene));
    columns.extend([
        column("/adjustment", "加减分", "Adjustment").number(),
        column("/experts_used", "计入的专家数", "Experts counted").number(),
        column("/status", "状态", "State").words::<Status>(),
        column("/note", "说明", "Explanation").words::<Note>(),
        column("/award", "拟定奖项", "Award").award(),
        column("/application", "申报", "Application").application(),
    ]);
    let applications = entries(answer, "/applications");
    let mut rows = Vec::new();
    for group in entries(answer, "/result/groups") {
        for mut standing in entries(&group, "/standings") {
            let id = standing["application"].as_str().unwrap_or_default().to_owned();
            let known = with(&applications, "id", &id).cloned().unwrap_or_default();
            for member in ["title", "chain", "region"] {
                standing[member] = known[member].clone();
            }
            standing["track"] = group["track"].clone();
            rows.push(standing);
        }
    }
    vec![Table { key: "ranking", name: ("排序表", "Ranking"), columns, rows }]
}

pub(in crate::http) const SELECTIONS: Tabled =
    Tabled { name: ("审议结果", "Deliberations"), layout: selections };

fn selections(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "第几次审议", "Deliberation").number(),
        column("/date", "会议日期", "Date of the meeting").day(),
        column("/present", "出席", "Present"),
        column("/track", "组别", "Track").track(),
        column("/place", "名次", "Place").number(),
        column("/score", "总分", "Total").number(),
        column("/result", "结果", "Result").words::<SelectionResult>(),
        column("/departure_kind", "调整类别", "Departure").words::<DepartureKind>(),
        column("/departure", "调整理由", "Why"),
        column("/application", "申报", "Application").application(),
    ];
    let mut rows = Vec::new();
    for one in entries(answer, "/items") {
        let selection = &one["selection"];
        let present = entries(selection, "/meeting/present");
        let present: Vec<&str> = present.iter().filter_map(Value::as_str).collect();
        for mut entry in entries(selection, "/entries") {
            entry["number"] = selection["number"].clone();
            entry["date"] = selection["meeting"]["date"].clone();
            entry["present"] = json!(present.join("、"));
            rows.push(entry);
        }
    }
    vec![Table { key: "selections", name: ("审议结果", "Deliberations"), columns, rows }]
}
