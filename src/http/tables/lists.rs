//! Lists as tables: a row for each entry, as the list of the API has it.

use serde_json::{Value, json};

use super::columns::{Column, column};
use super::{Scene, Table, Tabled};
use crate::actions::progress::TaskKind;
use crate::domain::access::{Action, OfficeDuty, Role};
use crate::domain::alarms::AlarmKind;
use crate::domain::announcement::TitleStanding;
use crate::domain::application::{ApplicationState, MemberRole};
use crate::domain::checks::{FormalResult, VetoState};
use crate::domain::draw::SeatState;
use crate::domain::inspection::InspectionState;
use crate::domain::letter::LetterState;
use crate::domain::objection::{ObjectionChannel, ObjectionKind, ObjectionState, RecheckState};
use crate::domain::record::Outcome;
use crate::domain::scan::ScanState;
use crate::domain::sheet::SheetState;

/// Each of the entries below a pointer.
pub(super) fn each<'a>(answer: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    answer.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The entries below a pointer, to be changed or kept.
pub(super) fn entries(answer: &Value, pointer: &str) -> Vec<Value> {
    each(answer, pointer).cloned().collect()
}

fn list(
    key: &'static str,
    name: (&'static str, &'static str),
    columns: Vec<Column>,
    answer: &Value,
) -> Vec<Table> {
    vec![Table { key, name, columns, rows: entries(answer, "/items") }]
}

/// What an application is called in lists, below a pointer.
pub(super) fn of_application() -> Vec<Column> {
    vec![
        column("/number", "申报编号", "Number"),
        column("/title", "名称", "Name"),
        column("/chain/number", "产业链序号", "Chain no.").number(),
        column("/chain/name", "产业链", "Chain"),
        column("/lead_region/code", "牵头地区代码", "Lead region code"),
        column("/lead_region/name", "牵头地区", "Lead region"),
        column("/city/name", "设区市", "City"),
    ]
}

pub(in crate::http) const APPLICATIONS: Tabled =
    Tabled { name: ("申报", "Applications"), layout: applications };

fn applications(_: &Scene, answer: &Value) -> Vec<Table> {
    let mut columns = of_application();
    columns.extend([
        column("/state", "状态", "State").words::<ApplicationState>(),
        column("/changed_at", "最近改动", "Changed").moment(),
    ]);
    list("applications", ("申报", "Applications"), columns, answer)
}

pub(in crate::http) const INSPECTIONS: Tabled =
    Tabled { name: ("考察安排", "Plan of inspections"), layout: inspections };

fn inspections(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "申报编号", "Number"),
        column("/title", "申报", "Application"),
        column("/plan/team_name", "考察组", "Inspection team"),
        column("/names", "考察组成员", "Members of the team"),
        column("/plan/from", "开始日期", "First day").day(),
        column("/plan/until", "结束日期", "Last day").day(),
        column("/plan/arrives", "到达", "Arrives"),
        column("/plan/leaves", "离开", "Leaves"),
        column("/state", "状态", "State").words::<InspectionState>(),
    ];
    let mut rows = entries(answer, "/items");
    for row in &mut rows {
        let names: Vec<&str> = each(row, "/member_names").filter_map(Value::as_str).collect();
        row["names"] = json!(names.join("；"));
    }
    vec![Table { key: "inspections", name: INSPECTIONS.name, columns, rows }]
}

pub(in crate::http) const ACCOUNTS: Tabled = Tabled { name: ("账号", "Accounts"), layout: accounts };

fn accounts(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/name", "登录名", "Login name"),
        column("/display_name", "姓名或单位", "Name"),
        column("/role", "角色", "Role").words::<Role>(),
        column("/region_code", "地区代码", "Region code"),
        column("/email", "邮箱", "E-mail"),
        column("/email_confirmed", "邮箱已由本人确认", "E-mail confirmed by its owner").yes_no(),
        column("/phone", "电话", "Telephone"),
        column("/duties/*", "职责", "Duties").words::<OfficeDuty>(),
        column("/enabled", "启用", "Enabled").yes_no(),
        column("/active", "已设密码", "Has a password").yes_no(),
        column("/has_second_factor", "两步验证", "Second factor").yes_no(),
        column("/created_at", "开立时间", "Opened").moment(),
    ];
    list("accounts", ("账号", "Accounts"), columns, answer)
}

pub(in crate::http) const EXPERTS: Tabled = Tabled { name: ("专家库", "Expert pool"), layout: experts };

fn experts(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/profile/name", "姓名", "Name"),
        column("/profile/unit", "单位", "Unit"),
        column("/profile/title", "职称", "Professional title"),
        column("/profile/region", "地区", "Region"),
        column("/fields", "领域", "Fields"),
        column("/profile/most_load", "工作量上限", "Most load").number(),
        column("/profile/available", "可参加抽取", "Can be drawn").yes_no(),
        column("/employers", "近三年任职单位", "Employers"),
        column("/former_units", "原单位", "Former units"),
        column("/profile/phone", "电话", "Telephone"),
        column("/changed_at", "最近改动", "Changed").moment(),
    ];
    let mut rows = entries(answer, "/items");
    for row in &mut rows {
        // As imports read them.
        let joined = |texts: Vec<String>| json!(texts.join("；"));
        let fields = entries(row, "/profile/fields").iter().map(ToString::to_string).collect();
        let employers = match row.pointer("/profile/employers") {
            Some(Value::Array(none)) if none.is_empty() => json!("无"),
            Some(Value::Array(all)) => joined(all.iter().map(employer).collect()),
            _ => Value::Null,
        };
        let former = entries(row, "/profile/former_units").iter().map(employer).collect();
        (row["fields"], row["employers"], row["former_units"]) = (joined(fields), employers, joined(former));
    }
    vec![Table { key: "experts", name: ("专家库", "Expert pool"), columns, rows }]
}

fn employer(one: &Value) -> String {
    let unit = one["unit"].as_str().unwrap_or_default();
    match one["until"].as_str() {
        Some(until) => format!("{unit}@{until}"),
        None => unit.to_owned(),
    }
}

pub(in crate::http) const RECOMMENDATION: Tabled =
    Tabled { name: ("推荐名单", "Recommendation list"), layout: recommendation };

fn recommendation(_: &Scene, answer: &Value) -> Vec<Table> {
    let entry = || {
        vec![
            column("/number", "申报编号", "Number"),
            column("/title", "名称", "Name"),
            column("/opinion", "推荐意见", "City's opinion"),
        ]
    };
    let mut listed = vec![column("/place", "推荐次序", "Place").number()];
    listed.extend(entry());
    vec![
        Table {
            key: "recommended",
            name: ("推荐名单", "Recommendation list"),
            columns: listed,
            rows: entries(answer, "/entries"),
        },
        Table {
            key: "left_out",
            name: ("未推荐", "Not recommended"),
            columns: entry(),
            rows: entries(answer, "/left_out"),
        },
    ]
}

pub(in crate::http) const RECOMMENDATIONS: Tabled =
    Tabled { name: ("推荐汇总表", "All recommendations"), layout: recommendations };

fn recommendations(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/city", "设区市", "City"),
        column("/place", "推荐次序", "Place").number(),
        column("/number", "申报编号", "Number"),
        column("/title", "名称", "Name"),
        column("/opinion", "推荐意见", "City's opinion"),
        column("/list_number", "名单编号", "Number of the list"),
        column("/document_number", "推荐文号", "Number of the recommendation letter"),
        column("/sealed_at", "封存时间", "Sealed").moment(),
    ];
    let mut rows = Vec::new();
    for list in entries(answer, "/lists") {
        for mut entry in entries(&list, "/entries") {
            entry["city"] = list["city"]["name"].clone();
            entry["list_number"] = list["number"].clone();
            for member in ["document_number", "sealed_at"] {
                entry[member] = list[member].clone();
            }
            rows.push(entry);
        }
    }
    vec![Table { key: "recommended", name: ("推荐汇总表", "All recommendations"), columns, rows }]
}

pub(in crate::http) const PANELS: Tabled = Tabled { name: ("评审组", "Panels"), layout: panels };

fn panels(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/panel", "评审组", "Panel"),
        column("/position", "抽取次序", "Place in the draw").number(),
        column("/name", "姓名", "Name"),
        column("/unit", "单位", "Unit"),
        column("/state", "状态", "State").words::<SeatState>(),
        column("/declared_at", "声明时间", "Declared").moment(),
        column("/reason", "原因", "Reason"),
        column("/applications", "申报件数", "Applications").number(),
    ];
    let mut rows = Vec::new();
    for panel in entries(answer, "/items") {
        let count = panel["application_ids"].as_array().map_or(0, Vec::len);
        for mut seat in entries(&panel, "/seats") {
            seat["panel"] = panel["key"].clone();
            seat["applications"] = json!(count);
            rows.push(seat);
        }
    }
    vec![Table { key: "panels", name: ("评审组", "Panels"), columns, rows }]
}

pub(in crate::http) const DRAWS: Tabled = Tabled { name: ("专家抽取记录", "Draws"), layout: draws };

fn draws(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "第几次抽取", "Draw").number(),
        column("/panel", "评审组", "Panel"),
        column("/place", "抽取次序", "Place in the draw").number(),
        column("/name", "姓名", "Name"),
        column("/unit", "单位", "Unit"),
        column("/seat", "席位", "Seat"),
        column("/frozen_at", "名单冻结时间", "Frozen").moment(),
        column("/witnessed_at", "监督确认时间", "Witnessed").moment(),
        column("/commitment", "种子承诺", "Commitment"),
        column("/public_seed", "公开种子", "Public seed"),
        column("/digest", "名单摘要", "Digest"),
    ];
    let mut rows = Vec::new();
    for draw in entries(answer, "/items") {
        for panel in entries(&draw, "/result/panels") {
            for (place, expert) in (1..).zip(entries(&panel, "/order")) {
                let id = expert.as_str().unwrap_or_default();
                let is_in = |list: &str| entries(&panel, list).contains(&expert);
                let seat = if is_in("/serving") {
                    "正选"
                } else if is_in("/alternates") {
                    "备选"
                } else {
                    ""
                };
                rows.push(json!({
                    "number": draw["number"], "panel": panel["key"], "place": place, "name": draw["names"][id],
                    "unit": draw["units"][id], "seat": seat, "frozen_at": draw["frozen_at"],
                    "witnessed_at": draw["witnessed_at"], "commitment": draw["basis"]["commitment"],
                    "public_seed": draw["public_seed"], "digest": draw["digest"],
                }));
            }
        }
    }
    vec![Table { key: "draws", name: ("专家抽取记录", "Draws"), columns, rows }]
}

pub(in crate::http) const OBJECTIONS: Tabled =
    Tabled { name: ("异议台账", "Objections"), layout: objections };

fn objections(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "编号", "Number"),
        column("/received_at", "收到时间", "Received").moment(),
        column("/channel", "来件方式", "How it came").words::<ObjectionChannel>(),
        column("/content/kind", "类别", "Kind").words::<ObjectionKind>(),
        column("/content/text", "内容", "Content"),
        column("/objector/name", "异议人", "Who objects"),
        column("/objector/unit", "异议人单位", "Objector's unit"),
        column("/objector/contact", "异议人联系方式", "Contact"),
        column("/state", "状态", "State").words::<ObjectionState>(),
        column("/due_at", "办结期限", "Due").moment(),
        column("/reached_at", "送达时间", "Reached").moment(),
        column("/steps/*/reply", "答复", "Answer"),
        column("/files/*/name", "所附文件", "Files"),
        column("/application_id", "申报", "Application").application(),
    ];
    list("objections", ("异议台账", "Objections"), columns, answer)
}

pub(in crate::http) const RECHECKS: Tabled =
    Tabled { name: ("复核申请", "Re-check requests"), layout: rechecks };

fn rechecks(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/filed_at", "申请时间", "Filed").moment(),
        column("/state", "状态", "State").words::<RecheckState>(),
        column("/request/text", "内容", "Content"),
        column("/answer", "答复", "Answer"),
        column("/application_id", "申报", "Application").application(),
    ];
    list("rechecks", ("复核申请", "Re-check requests"), columns, answer)
}

pub(in crate::http) const CHECK_DRAFTS: Tabled =
    Tabled { name: ("形式审查草稿", "Drafts of formal checks"), layout: check_drafts };

fn check_drafts(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/application_number", "申报编号", "Number"),
        column("/title", "名称", "Name"),
        column("/lead_region/name", "牵头地区", "Lead region"),
        column("/round", "轮次", "Round").number(),
        column("/result", "结论", "Outcome").words::<FormalResult>(),
        column("/reason", "理由", "Reason"),
    ];
    list("check_drafts", ("形式审查草稿", "Drafts of formal checks"), columns, answer)
}

pub(in crate::http) const CHECK_LOTS: Tabled =
    Tabled { name: ("形式审查印发批次", "Lots of formal checks"), layout: check_lots };

fn check_lots(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "序号", "No.").number(),
        column("/issued_at", "印发时间", "Issued").moment(),
        column("/accepted_count", "受理", "Accepted").number(),
        column("/correction_count", "补正", "To be corrected").number(),
        column("/rejected_count", "不予受理", "Rejected").number(),
    ];
    list("check_lots", ("形式审查印发批次", "Lots of formal checks"), columns, answer)
}

pub(in crate::http) const CHECK_LOT: Tabled =
    Tabled { name: ("形式审查结果", "Formal checks"), layout: check_lot };

fn check_lot(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/application_number", "申报编号", "Number"),
        column("/title", "名称", "Name"),
        column("/lead_region/name", "牵头地区", "Lead region"),
        column("/check/result", "结论", "Outcome").words::<FormalResult>(),
        column("/check/reason", "理由", "Reason"),
        column("/check/correction_due_at", "补正截止", "Correction due").moment(),
    ];
    let rows = each(answer, "/issued_checks").cloned().collect();
    vec![Table { key: "checks", name: ("形式审查结果", "Formal checks"), columns, rows }]
}

pub(in crate::http) const INQUIRIES: Tabled = Tabled { name: ("函询", "Inquiries"), layout: inquiries };

fn inquiries(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/number", "序号", "No.").number(),
        column("/department", "部门", "Department"),
        column("/document_number", "文号", "Document number"),
        column("/dated", "函件日期", "Dated").day(),
        column("/items/*/title", "否决事项", "Veto item"),
        column("/application_count", "涉及申报", "Applications").number(),
        column("/open_count", "待答复", "To be answered").number(),
        column("/answered_at", "答复记录时间", "Answered").moment(),
    ];
    list("inquiries", ("函询", "Inquiries"), columns, answer)
}

pub(in crate::http) const INQUIRY: Tabled = Tabled { name: ("函询结果", "Results"), layout: inquiry };

/// A row for each question of a letter.
fn inquiry(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/application_number", "申报编号", "Number"),
        column("/title", "名称", "Name"),
        column("/parties", "所涉单位", "Parties"),
        column("/veto", "否决事项", "Veto item"),
        column("/standing", "结果", "Result").words::<VetoState>(),
        column("/note", "说明", "Explanation"),
    ];
    let mut rows = Vec::new();
    for application in each(answer, "/applications") {
        let parties: Vec<&str> = each(application, "/parties").filter_map(Value::as_str).collect();
        for item in each(application, "/items") {
            let veto = each(answer, "/items").find(|known| known["item"] == item["item"]);
            rows.push(json!({
                "application_number": application["application_number"], "title": application["title"],
                "parties": parties.join("、"), "veto": veto.map_or(&item["item"], |veto| &veto["title"]),
                "standing": item["state"], "note": item["note"],
            }));
        }
    }
    vec![Table { key: "inquiry", name: ("函询结果", "Results"), columns, rows }]
}

pub(in crate::http) const TITLES: Tabled = Tabled { name: ("称号", "Titles"), layout: titles };

fn titles(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/content/award_name", "称号", "Title"),
        column("/content/title", "名称", "Name"),
        column("/content/chain_number", "产业链序号", "Chain no.").number(),
        column("/content/chain", "产业链", "Chain"),
        column("/content/members/*/code", "地区代码", "Region code"),
        column("/content/members/*/name", "地区", "Regions"),
        column("/content/members/*/role", "角色", "Roles").words::<MemberRole>(),
        column("/standing", "状态", "State").words::<TitleStanding>(),
        column("/valid_from", "生效日期", "Valid from").day(),
        column("/valid_until", "有效期至", "Valid until").day(),
    ];
    list("titles", ("称号", "Titles"), columns, answer)
}

pub(in crate::http) const LETTERS: Tabled = Tabled { name: ("函件", "Letters"), layout: letters };

fn letters(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/created_at", "时间", "When").moment(),
        column("/address", "收件地址", "To"),
        column("/subject", "主题", "Subject"),
        column("/body", "正文", "Body"),
        column("/state", "状态", "State").words::<LetterState>(),
        column("/sent_at", "发送时间", "Sent").moment(),
        column("/attempts", "尝试次数", "Attempts").number(),
        column("/error", "错误", "Error"),
    ];
    list("letters", ("函件", "Letters"), columns, answer)
}

pub(in crate::http) const ISSUED: Tabled =
    Tabled { name: ("签发的文书", "Issued documents"), layout: issued };

fn issued(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/issued_at", "签发时间", "Issued").moment(),
        column("/form", "文书", "Document"),
        column("/document_number", "发文字号", "Document number"),
        column("/title", "公文标题", "Title of the document"),
        column("/addressee", "主送", "To"),
        column("/version", "版本", "Version").number(),
        column("/replaced", "已被替代", "Replaced").yes_no(),
        column("/reason", "替代原因", "Why it replaces another"),
        column("/paper_digest", "纸面摘要", "Digest on the paper"),
        column("/digest", "存档摘要", "Digest of the record"),
    ];
    list("issued", ("签发的文书", "Issued documents"), columns, answer)
}

pub(in crate::http) const ALARMS: Tabled = Tabled { name: ("监督提示", "Alarms"), layout: alarms };

fn alarms(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/at", "时间", "When").moment(),
        column("/kind", "规则", "Rule").words::<AlarmKind>(),
        column("/application_number", "申报编号", "Number"),
        column("/city/name", "设区市", "City"),
        column("/persons/*/name", "人员", "Persons"),
        column("/experts/*/name", "专家", "Experts"),
        column("/zh", "预警说明", "What it says, in Chinese"),
        column("/en", "英文说明", "What it says"),
    ];
    vec![Table { key: "alarms", name: ("监督提示", "Alarms"), columns, rows: entries(answer, "/alarms") }]
}

pub(in crate::http) const AUDIT: Tabled = Tabled { name: ("审计记录", "Audit trail"), layout: audit };

fn audit(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/event/seq", "序号", "No.").number(),
        column("/event/at", "时间", "When").moment(),
        column("/event/actor/name", "何人", "By"),
        column("/event/actor/role", "角色", "Role").words::<Role>(),
        column("/event/action", "操作", "Action").words::<Action>(),
        column("/event/object", "对象", "Object"),
        column("/event/outcome", "结果", "Result").words::<Outcome>(),
        column("/event/reason", "原因", "Reason"),
        column("/event/source", "来源地址", "Address"),
        column("/event/request", "请求编号", "Request"),
        column("/digest", "摘要", "Digest"),
    ];
    list("audit", ("审计记录", "Audit trail"), columns, answer)
}

pub(in crate::http) const CONFLICTS: Tabled =
    Tabled { name: ("回避检查", "Conflicts of interest"), layout: conflicts };

fn conflicts(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/name", "姓名", "Name"),
        column("/unit", "单位", "Unit"),
        column("/clear", "无冲突件数", "Clear").number(),
        column("/conflicts_found", "回避件数", "Conflicts").number(),
        column("/unchecked_found", "待核实件数", "To be looked at").number(),
    ];
    let count = |found: &Value| json!(found.as_object().map_or(0, serde_json::Map::len));
    let mut rows = entries(answer, "/items");
    for row in &mut rows {
        row["conflicts_found"] = count(&row["conflicts"]);
        row["unchecked_found"] = json!(
            ["unchecked", "alike"].map(|name| count(&row[name]).as_u64().unwrap_or(0)).iter().sum::<u64>()
        );
    }
    vec![Table { key: "conflicts", name: ("回避检查", "Conflicts of interest"), columns, rows }]
}

pub(in crate::http) const PROGRESS: Tabled = Tabled { name: ("进展", "Progress"), layout: progress };

fn progress(_: &Scene, answer: &Value) -> Vec<Table> {
    let mut cities = entries(answer, "/cities");
    for city in &mut cities {
        let counts = city["application_counts"].as_object().into_iter().flat_map(serde_json::Map::values);
        city["applications"] = json!(counts.filter_map(Value::as_u64).sum::<u64>());
    }
    let of_city = vec![
        column("/city/code", "设区市代码", "City code"),
        column("/city/name", "设区市", "City"),
        column("/applications", "申报件数", "Applications").number(),
        column("/is_sealed", "已封存", "Sealed").yes_no(),
    ];
    let mut experts = Vec::new();
    for panel in entries(answer, "/panels") {
        for mut expert in entries(&panel, "/experts") {
            expert["panel"] = panel["key"].clone();
            experts.push(expert);
        }
    }
    let of_expert = vec![
        column("/panel", "评审组", "Panel"),
        column("/name", "姓名", "Name"),
        column("/declared", "已声明", "Declared").yes_no(),
        column("/sheets", "评分表", "Score sheets").number(),
        column("/begun", "已开始", "Begun").number(),
        column("/signed", "已签署", "Signed").number(),
    ];
    let of_task = vec![
        column("/who_name", "责任人", "Who"),
        column("/kind", "事项", "Item").words::<TaskKind>(),
        column("/about", "关于", "About"),
        column("/city/name", "设区市", "City"),
        column("/panel", "评审组", "Panel"),
        column("/due_at", "办理期限", "Due").moment(),
        column("/late", "逾期", "Late").yes_no(),
    ];
    vec![
        Table { key: "cities", name: ("设区市", "Cities"), columns: of_city, rows: cities },
        Table { key: "experts", name: ("专家", "Experts"), columns: of_expert, rows: experts },
        Table { key: "tasks", name: ("待办", "To do"), columns: of_task, rows: entries(answer, "/tasks") },
    ]
}

pub(in crate::http) const EVIDENCE: Tabled =
    Tabled { name: ("佐证材料清单", "Evidence"), layout: evidence };

fn evidence(_: &Scene, answer: &Value) -> Vec<Table> {
    let columns = vec![
        column("/name", "文件名", "The file's name"),
        column("/kind", "类别", "Kind"),
        column("/media_type", "格式", "Media type"),
        column("/size", "字节数", "Bytes").number(),
        column("/scan", "扫描", "Scan").words::<ScanState>(),
        column("/uploaded_at", "上传时间", "Uploaded").moment(),
        column("/digest", "摘要", "Digest"),
    ];
    list("evidence", ("佐证材料清单", "Evidence"), columns, answer)
}

pub(in crate::http) const OWN_PANEL: Tabled =
    Tabled { name: ("本人评审", "My review"), layout: own_panel };

fn own_panel(_: &Scene, answer: &Value) -> Vec<Table> {
    let mut columns = of_application();
    columns.push(column("/sheet_state", "评分表", "Score sheet").words::<SheetState>());
    vec![Table {
        key: "own_panel",
        name: ("本人评审", "My review"),
        columns,
        rows: entries(answer, "/applications"),
    }]
}
