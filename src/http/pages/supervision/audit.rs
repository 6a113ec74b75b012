//! The audit trail: who did what, on what, when, from where, and what came of it.

use serde_json::Value;

use super::super::prelude::*;
use crate::actions::accounts::by_name;
use crate::actions::audit::{self, EventView, Wanted};
use crate::actions::{self, competitions};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::{Event, Outcome};
use crate::domain::time::Timestamp;
use crate::http::pages::words::local_input;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/audit", Action::ReadAudit, list)]
}

/// Events on a page.
const EVENTS: usize = 50;
/// Characters of a particular that are shown; the rest is in the data.
const PARTICULAR: usize = 160;

/// A moment as `<input type=datetime-local>` writes it, or as RFC 3339.
fn moment(request: &PageRequest, name: &str) -> Option<Timestamp> {
    let text = request.chosen(name);
    let text = match text.len() {
        16 => format!("{text}:00+08:00"),
        19 => format!("{text}+08:00"),
        _ => text.to_owned(),
    };
    text.parse().ok()
}

/// The account that is asked about, by its identifier or its login name.
async fn account(request: &PageRequest) -> Result<Option<AccountId>> {
    let text = request.chosen("account");
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    let found = by_name(&request.service, text.trim()).await?;
    let found = found.map(|account| account.id).ok_or_else(|| {
        Error::invalid_field("/query/account", "wrong_value", "没有这个登录名", "There is no such login name")
    })?;
    Ok(Some(found))
}

fn filters<'a>(request: &'a PageRequest, competitions: &[competitions::CompetitionEntry]) -> List<'a> {
    let language = request.language;
    let competitions =
        competitions.iter().map(|competition| (competition.id.to_string(), competition.title.clone()));
    let actions =
        Action::ALL.iter().map(|action| (action.to_string(), action.in_language(language).to_owned()));
    let outcomes =
        Outcome::ALL.iter().map(|outcome| (outcome.to_string(), outcome.in_language(language).to_owned()));
    let chain = request
        .t("竞赛（不选为账号、登录、基础数据等）", "Competition (none: accounts, sign-ins, reference data)");
    List::new(request, "/audit")
        .filter(Filter::choice("competition_id", chain, competitions))
        .filter(Filter::text("account", request.t("账号（登录名）", "Account (login name)"), "office"))
        .filter(Filter::choice("action", request.t("操作", "Action"), actions))
        .filter(Filter::text("object", request.t("对象", "Object"), "application/0192…"))
        .filter(Filter::choice("outcome", request.t("结果", "Result"), outcomes))
        .filter(Filter::time("from", request.t("自", "From")))
        .filter(Filter::time("until", request.t("至", "Until")))
        .keep("request")
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competitions = competitions::list(&request.service, &request.context, None, 100).await?.items;
    let list = filters(&request, &competitions);
    let competition: Option<CompetitionId> = request.parameter("competition_id");
    let chain = competition.map_or_else(String::new, |id| format!("?competition_id={id}"));
    let mut table_address = format!("/api/v1/audit{chain}");
    let (found, wrong) = match account(&request).await {
        Ok(account) => {
            table_address = filtered(&request, competition, account);
            let wanted = Wanted {
                competition,
                account,
                action: request.parameter("action"),
                object: request.parameter("object"),
                outcome: request.parameter("outcome"),
                request: request.parameter("request"),
                from: moment(&request, "from"),
                until: moment(&request, "until"),
                after: request.parameter("cursor").unwrap_or(0),
            };
            (audit::list(&request.service, &request.context, wanted, EVENTS).await?, None)
        }
        Err(error) => (actions::Page { items: Vec::new(), next_cursor: None }, Some(error)),
    };
    let export = format!("/api/v1/audit/export{chain}");
    let content = html! {
        p.lead { (request.t(
            "每次操作，以及因角色、对象或状态被拒的操作，都在这里。记录只增不改，逐条相连。",
            "Every act is here, and every act that was refused because of role, object or state. Events are only added, each tied to the one before.",
        )) }
        (list.form())
        @if let Some(error) = &wrong {
            @for problem in &error.problems { (notice(Tone::Warning, &html! { p { (request.localized(&problem.message)) } })) }
        }
        (table(&request, competition, &found.items))
        (list.pages(found.next_cursor.as_deref()))
        (verification(&request, &export))
    };
    Ok(Page::new(request.t("审计记录", "Audit trail"), content)
        .data(format!("/api/v1/audit{chain}"))
        .data(export)
        .table(&tables::AUDIT, table_address))
}

/// The address of the API with the same events: accounts by identifier there, moments with their offset.
fn filtered(request: &PageRequest, competition: Option<CompetitionId>, account: Option<AccountId>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in ["action", "object", "outcome"] {
        query.extend_pairs(Some((name, request.chosen(name))).filter(|(_, value)| !value.is_empty()));
    }
    let request_id = request.chosen("request");
    query.extend_pairs(Some(("request_id", request_id)).filter(|_| !request_id.is_empty()));
    query.extend_pairs(competition.map(|id| ("competition_id", id.to_string())));
    query.extend_pairs(account.map(|id| ("account_id", id.to_string())));
    for name in ["from", "until"] {
        query.extend_pairs(moment(request, name).map(|at| (name, at.to_string())));
    }
    format!("/api/v1/audit?{}", query.finish())
}

fn table(request: &PageRequest, competition: Option<CompetitionId>, events: &[EventView]) -> Markup {
    let language = request.language;
    let did = |event: &Event| {
        let action: Option<Action> = event.action.parse().ok();
        action.map_or_else(|| event.action.clone(), |action| action.in_language(language).to_owned())
    };
    let outcome = |event: &Event| {
        html! {
            (tag(event.outcome.in_language(language), if event.outcome == Outcome::Done { Tone::Neutral } else { Tone::Warning }))
            @if let Some(reason) = &event.reason { " " code { (reason) } }
        }
    };
    // One that this version can't read is shown as it is stored.
    let read = |view: &EventView| serde_json::from_value::<Event>(view.event.clone()).ok();
    Table::new(
        request.t("记录，按发生先后", "Events in the order in which they happened"),
        events.iter().map(|view| (view, read(view))),
    )
    .number(request.t("序号", "No."), |(view, event)| {
        html! {
            @match event { Some(event) => (event.seq), None => code { (view.event) } }
        }
    })
    .column(request.t("时间", "When"), |(_, event)| {
        event.as_ref().map(|event| request.time(event.at)).unwrap_or_default()
    })
    .column(request.t("谁", "Who"), |(_, event)| {
        event.as_ref().map(|event| who(request, event)).unwrap_or_default()
    })
    .column(request.t("做了什么", "Did what"), |(_, event)| event.as_ref().map(did).unwrap_or_default())
    .column(request.t("对象", "Object"), |(_, event)| {
        event.as_ref().map(|event| object(request, competition, &event.object)).unwrap_or_default()
    })
    .column(request.t("结果", "Result"), |(_, event)| event.as_ref().map(outcome).unwrap_or_default())
    .column(request.t("细节", "Particulars"), |(view, event)| {
        event.as_ref().map(|event| particulars(request, event, view)).unwrap_or_default()
    })
    .empty(request.t(
        "没有符合条件的记录。请放宽筛选条件，或换一届竞赛。",
        "No event fits. Widen the filters, or choose another competition.",
    ))
    .render()
}

fn who(request: &PageRequest, event: &Event) -> Markup {
    html! {
        @match &event.actor {
            Some(actor) => {
                @let kept = if actor.machine { "machines" } else { "accounts" };
                a href=(request.link(&format!("/{kept}/{}", actor.account))) { (actor.name) }
                (request.aside(&actor.role.in_language(request.language)))
                @if actor.machine { (tag(request.t("外部系统", "External system"), Tone::Neutral)) }
                @if let Some(region) = &actor.region { " " (region) }
            }
            None => (request.t("未登录者或服务自身", "Nobody who had signed in, or the service")),
        }
        @if !event.source.is_empty() { br; span.muted { (event.source) } }
    }
}

/// What an act was on, by its kind, with a link to it where it has a page.
fn object(request: &PageRequest, competition: Option<CompetitionId>, object: &str) -> Markup {
    let Some((kind, id)) = object.split_once('/') else { return html! { (object) } };
    let (zh, en, page) = match kind {
        "application" => ("申报", "Application", Some(format!("/applications/{id}"))),
        "account" => ("账号", "Account", Some(format!("/accounts/{id}"))),
        "machine" => ("外部系统", "External system", Some(format!("/machines/{id}"))),
        "competition" => ("竞赛", "Competition", Some(format!("/competitions/{id}"))),
        "expert" => ("专家", "Expert", Some(format!("/experts/{id}"))),
        "catalogue" => {
            ("产业链与地区目录", "Catalogue of chains and regions", Some(format!("/catalogues/{id}")))
        }
        "working_days" => ("工作日历", "Working days", Some(format!("/working-days/{id}"))),
        _ => return html! { code { (object) } },
    };
    // Versions are short; of an identifier its end tells it apart, as its beginning is the time.
    let short: String = match id.len() {
        36 => format!("…{}", &id[id.len().saturating_sub(6)..]),
        _ => id.to_owned(),
    };
    let mut same = form_urlencoded::Serializer::new(String::new());
    if let Some(competition) = competition {
        same.append_pair("competition", &competition.to_string());
    }
    same.append_pair("object", object);
    html! {
        @if let Some(page) = page { a href=(request.link(&page)) { (request.t(zh, en)) " " (short) } }
        br;
        a.muted href=(request.link(&format!("/audit?{}", same.finish()))) { (request.t("同一对象", "All on it")) }
    }
}

fn particular_name<'a>(request: &PageRequest, name: &'a str) -> &'a str {
    match name {
        "reason" => request.t("理由", "reason"),
        "from" => request.t("原状态", "state before"),
        "to" => request.t("新状态", "new state"),
        "name" => request.t("名称", "name"),
        "number" => request.t("序号", "No."),
        "reasons" => request.t("理由", "reasons"),
        "result" => request.t("结论", "outcome"),
        "state" => request.t("状态", "state"),
        "part" => request.t("部分", "part"),
        "panel" => request.t("评审组", "panel"),
        "chain" => request.t("产业链", "chain"),
        "lead_region" => request.t("牵头地区", "lead region"),
        "members" => request.t("成员单位", "members"),
        "evidence" => request.t("佐证材料", "evidence"),
        "document" => request.t("文件", "file"),
        "size" => request.t("字节", "bytes"),
        "item" => request.t("核查项", "item"),
        "indicator" => request.t("指标", "indicator"),
        "round" => request.t("轮次", "round"),
        "submission" => request.t("第几次提交", "submission"),
        "tally" => request.t("汇总版本", "tally"),
        "suspended" => request.t("暂停", "suspended"),
        "confirmed" => request.t("确认", "confirmed"),
        "seed_source" => request.t("公开事件", "public event"),
        "public_seed" => request.t("公开种子", "public seed"),
        "commitment" => request.t("承诺值", "commitment"),
        "display_name" => request.t("姓名", "name"),
        "role" => request.t("角色", "role"),
        "region" => request.t("地区", "region"),
        "enabled" => request.t("启用", "enabled"),
        "email" => request.t("电子邮箱", "e-mail"),
        "expires_at" => request.t("有效期至", "valid until"),
        "scope" => request.t("范围", "scope"),
        "made_by" => request.t("建立人", "made by"),
        "expert" => request.t("专家", "expert"),
        "changes" => request.t("变化", "changes"),
        "discarded" => request.t("作废首次录入", "first entry discarded"),
        other => other,
    }
}

fn particular_value(request: &PageRequest, name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => match (name, text.parse::<CompetitionState>(), text.parse::<Role>()) {
            ("from" | "to", Ok(state), _) => state.in_language(request.language).to_owned(),
            ("role", _, Ok(role)) => role.in_language(request.language).to_owned(),
            _ => text.clone(),
        },
        other => other.to_string(),
    };
    let short: String = text.chars().take(PARTICULAR).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

fn particulars(request: &PageRequest, event: &Event, view: &EventView) -> Markup {
    let details = event.details.as_object().into_iter().flatten();
    html! {
        @for (name, value) in details {
            div { (particular_name(request, name)) (request.t("：", ": ")) (particular_value(request, name, value)) }
        }
        details {
            summary { (request.t("摘要与请求", "Digests and request")) }
            dl.facts {
                dt { (request.t("本条摘要", "Digest")) } dd { code { (view.digest) } }
                dt { (request.t("前一条摘要", "Digest before")) } dd { code { (event.prev) } }
                @if let Some(before) = event.before { dt { (request.t("原内容", "Before")) } dd { code { (before) } } }
                @if let Some(after) = event.after { dt { (request.t("新内容", "After")) } dd { code { (after) } } }
                dt { (request.t("请求编号", "Request")) } dd { code { (event.request) } }
            }
        }
    }
}

/// What checks an exported chain; the same as in the supervisors' manual.
const CHECK: &str = r#"import hashlib, json
before = "0" * 64
for number, line in enumerate(open("audit.jsonl", encoding="utf-8"), 1):
    line = line.rstrip("\n")
    event = json.loads(line)
    assert event["seq"] == number and event["prev"] == before, f"event {number}"
    before = hashlib.sha256(line.encode()).hexdigest()
print(number, before)"#;

fn verification(request: &PageRequest, export: &str) -> Markup {
    html! {
        h2 { (request.t("导出与核验", "Export and check")) }
        p {
            a.button href=(export) download="audit.jsonl" { (request.t("导出整条记录链（每行一条）", "Export the whole chain, an event a line")) }
        }
        p { (request.t(
            "导出不受筛选影响。每行是一条记录的原文；每行的 SHA-256 就是下一行的 prev，首行的 prev 为64个0，序号自1连续。下面的脚本逐行核对，并打印最后的序号和摘要：",
            "The export ignores the filters. A line is an event as recorded; the SHA-256 of a line is the next line's prev, the first line's prev is 64 zeros, and numbers run from 1 without gaps. This script checks each line and prints the last number and digest:",
        )) }
        // Lines of a script don't wrap; who has no mouse scrolls them by the keyboard.
        div.scroll tabindex="0" role="region" aria-label=(request.t("核验脚本", "The script that checks")) {
            pre { code { (CHECK) } }
        }
        p { (request.t(
            "请把最后的序号和摘要另行保存（例如书面）。以后再导出，前若干行须与之相同：掌握数据库的人可以整体改写记录，别处保存的摘要能使改写暴露。",
            "Keep the last number and digest elsewhere, on paper for example. A later export must begin with the same lines: whoever holds the database could rewrite all of it, and a digest kept elsewhere gives that away.",
        )) }
    }
}

/// Roles, for a filter.
/// The address of the trail from a moment on.
pub(super) fn around(competition: CompetitionId, at: Timestamp) -> String {
    format!("/audit?competition_id={competition}&from={}", local_input(at))
}
