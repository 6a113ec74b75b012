//! All competitions, and a new one.

use super::super::prelude::*;
use super::is_office;
use crate::actions;
use crate::actions::competitions::{self, CompetitionEntry};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::CompetitionId;

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let page =
        competitions::list(&request.service, &request.context, request.parameter("cursor"), 50).await?;
    let content = html! {
        @if is_office(&request) {
            div.buttons.screen {
                a.button href=(request.link("/competitions/new")) { (request.t("新建一届竞赛", "A new competition")) }
                (print_button(&request))
            }
        }
        (table(&request, &page))
        (List::new(&request, "/competitions").pages(page.next_cursor.as_deref()))
    };
    Ok(Page::new(request.t("竞赛", "Competitions"), content).data("/api/v1/competitions"))
}

fn table(request: &PageRequest, page: &actions::Page<CompetitionEntry>) -> Markup {
    Table::new(request.t("各届竞赛，新的在前", "Competitions, newest first"), &page.items)
        .head(
            request.t("竞赛名称", "Competition title"),
            |entry| html! { a href=(request.link(&format!("/competitions/{}", entry.id))) { (entry.title) } },
        )
        .column(request.t("依据文号", "Authority"), |entry| &entry.authority)
        .column(request.t("阶段", "Stage"), |entry| competition_state(request, entry.state))
        .column(request.t("本阶段截止", "Deadline of the stage"), |entry| {
            html! {
                @match entry.due_at {
                    Some(until) if entry.state != CompetitionState::Announced => { (request.time(until)) }
                    _ => "—"
                }
            }
        })
        .empty(request.t(
            "还没有竞赛。请领导小组办公室新建一届。",
            "There is no competition yet; the office makes the first.",
        ))
        .render()
}

/// A draft from the default settings, or from those of an earlier competition.
pub(super) async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let from: Option<CompetitionId> = request.parameter("from");
    let (settings, origin) = match from {
        Some(id) => {
            let earlier = competitions::read(&request.service, &request.context, id).await?.settings;
            let title = earlier.title.clone();
            (competitions::brought_up_to_date(&request.service, earlier).await?, title)
        }
        None => (
            competitions::template(&request.service).await?,
            request.t("默认指标体系与规则", "The default rubric and rules").to_owned(),
        ),
    };
    let competitions = competitions::list(&request.service, &request.context, None, 50).await?;
    let form = request
        .form(Method::Post, "/api/v1/competitions")
        .once()
        .base(&settings)
        .next("/competitions/{id}/settings")
        .done(
            "已建立草稿。请逐步核对设置，然后发布。",
            "The draft is made. Go through its settings, then call it.",
        );
    let content = html! {
        p.lead { (request.t(
            "新的一届先是草稿，只有领导小组办公室和监督可见；设置可逐步修改，发布后冻结。",
            "A new competition is a draft first, seen by the office and the supervisors alone. Its settings can be changed step by step and freeze with the call.",
        )) }
        h2 { (request.t("从哪里开始", "Begin from")) }
        ul {
            li { a href=(request.link("/competitions/new")) aria-current=[from.is_none().then_some("true")] {
                (request.t("默认指标体系与规则", "The default rubric and rules")) } }
            @for entry in &competitions.items {
                li { a href=(request.link(&format!("/competitions/new?from={}", entry.id))) aria-current=[(from == Some(entry.id)).then_some("true")] {
                    (entry.title) } }
            }
        }
        p { (request.t("现选：", "Chosen: ")) strong { (origin) } }
        (form.render(&html! {
            (form.field(&Field::text("/title", request.t("竞赛名称", "Competition title")).value(settings.title.clone()).required()))
            (form.field(&Field::text("/authority", request.t("依据文号", "Authority")).value(settings.authority.clone()).required().medium()))
            p.hint { (request.t(
                "日程按原日程整周顺延到今天之后，请在“日程”一步核对。",
                "The calendar is moved by whole weeks until it lies ahead; look at it in its step.",
            )) }
            (form.button("建立草稿", "Make the draft"))
        }))
    };
    Ok(Page::new(request.t("新建一届竞赛", "A new competition"), content)
        .crumb("/competitions", request.t("竞赛", "Competitions"))
        .data("/api/v1/competitions/settings-template"))
}
