//! All competitions, and a new one.

use serde_json::{Value, json};

use super::super::prelude::*;
use super::is_office;
use crate::actions;
use crate::actions::competitions::{self, CompetitionEntry};
use crate::actions::data::{self, Kind};
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::ids::CompetitionId;
use crate::domain::time::Timestamp;

/// The settings that a first competition begins from: the default rubric with all that belongs to it.
const DEFAULT: &str = include_str!("../../../../data/settings.example.json");

const DAY: i64 = 24 * 60 * 60;

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
    let (mut settings, origin) = match from {
        Some(id) => {
            let earlier = competitions::read(&request.service, &request.context, id).await?.settings;
            let title = earlier.title.clone();
            (earlier, title)
        }
        None => {
            (default_settings()?, request.t("默认指标体系与规则", "The default rubric and rules").to_owned())
        }
    };
    settings.catalogue = data::newest_version(&request.service, Kind::Catalogue).await?;
    settings.working_days = data::newest_version(&request.service, Kind::WorkingDays).await?;
    move_to_future(&mut settings, request.service.clock.now());
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
        .crumb("/competitions", request.t("竞赛", "Competitions")))
}

fn default_settings() -> Result<Settings> {
    let value: Value = serde_json::from_str(DEFAULT).unwrap_or(json!(null));
    serde_json::from_value(value).map_err(|error| Error::internal(error.to_string()))
}

/// Moves a calendar by whole weeks until applications begin after `now`: weekdays stay what they were.
fn move_to_future(settings: &mut Settings, now: Timestamp) {
    let calendar = &mut settings.calendar;
    let late = now.seconds_since(calendar.application.from);
    if late < 0 {
        return;
    }
    let by = (late / (7 * DAY) + 1) * 7 * DAY;
    let periods = [
        &mut calendar.application,
        &mut calendar.recommendation,
        &mut calendar.checking,
        &mut calendar.review,
        &mut calendar.announcement,
    ];
    for period in periods {
        period.from = period.from.plus_seconds(by);
        period.until = period.until.plus_seconds(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_lies_ahead_on_the_same_weekdays() {
        use chrono::Datelike;
        let mut settings = default_settings().unwrap();
        let before = settings.calendar.clone();
        let now: Timestamp = "2027-01-15T12:00:00+08:00".parse().unwrap();
        move_to_future(&mut settings, now);
        let after = settings.calendar;
        assert!(after.application.from > now && after.application.from < now.plus_seconds(7 * DAY + 1));
        assert_eq!(after.review.until.date().weekday(), before.review.until.date().weekday());
        assert_eq!(
            after.announcement.until.seconds_since(after.application.from),
            before.announcement.until.seconds_since(before.application.from)
        );
    }
}
