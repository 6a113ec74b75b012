//! Small parts that pages are made of.

use maud::{Markup, html};
use serde_json::Value;

use super::request::PageRequest;
use super::settings_words;
use super::table::Table;
use super::words::Words;
use crate::domain::access::Role;
use crate::domain::application::ApplicationState;
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::difference::Difference;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::scan::ScanState;
use crate::error::{Error, Result};

/// How a state looks.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// Going on.
    Active,
    /// Done, in order.
    Good,
    /// Somebody should do something.
    Warning,
    /// Against the one it is about.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Active => "active",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A short word that says a state.
pub(super) fn tag(words: &str, tone: Tone) -> Markup {
    html! { span class=(format!("tag {}", tone.class())) { (words) } }
}

pub(super) fn application_state(request: &PageRequest, state: ApplicationState) -> Markup {
    use ApplicationState as S;
    let tone = match state {
        S::Draft | S::Withdrawn => Tone::Neutral,
        S::Submitted | S::Recommended => Tone::Active,
        S::Returned | S::Correction => Tone::Warning,
        S::Accepted => Tone::Good,
        S::NotRecommended | S::Rejected => Tone::Bad,
    };
    tag(state.in_language(request.language), tone)
}

/// How a file stands with the scanner, where somebody should know: nothing where it simply opens.
pub(super) fn scan_tag(request: &PageRequest, state: ScanState) -> Option<Markup> {
    let tone = match state {
        ScanState::Unscanned | ScanState::Clean => return None,
        ScanState::Pending => Tone::Active,
        ScanState::Quarantined => Tone::Bad,
    };
    Some(tag(state.in_language(request.language), tone))
}

/// A file by its name: to be opened at an address, or why it can't be.
pub(super) fn file_link(request: &PageRequest, name: &str, state: ScanState, address: &str) -> Markup {
    html! {
        @match scan_tag(request, state) {
            None => a href=(address) { (name) },
            Some(tag) => { (name) " " (tag) },
        }
    }
}

pub(super) fn competition_state(request: &PageRequest, state: CompetitionState) -> Markup {
    let tone = match state {
        CompetitionState::Draft => Tone::Neutral,
        CompetitionState::Announced => Tone::Good,
        _ => Tone::Active,
    };
    tag(state.in_language(request.language), tone)
}

pub(super) fn notice(tone: Tone, content: &Markup) -> Markup {
    let class = match tone {
        Tone::Neutral | Tone::Active => "info",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    };
    html! { div class=(format!("notice {class}")) { (content) } }
}

/// What to do where there is nothing yet.
pub(super) fn empty(content: &Markup) -> Markup {
    html! { div.empty { (content) } }
}

/// Facts, each with its name.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, fact) in rows { dt { (name) } dd { (fact) } } } }
}

/// Links to the views of one thing; `current` is the address of the one that is shown.
pub(super) fn tabs(request: &PageRequest, label: &str, views: &[(String, &str)], current: &str) -> Markup {
    html! {
        nav.tabs.screen aria-label=(label) {
            ul {
                @for (page, words) in views {
                    li { a href=(request.link(page)) aria-current=[(page == current).then_some("page")] { (words) } }
                }
            }
        }
    }
}

/// A button that prints the page; only where scripts run, as every browser can print by itself.
pub(super) fn print_button(request: &PageRequest) -> Markup {
    html! { button.secondary.screen type="button" data-print hidden { (request.t("打印", "Print")) } }
}

/// The views of a competition, for the office and supervisors.
pub(super) fn competition_views(request: &PageRequest, id: CompetitionId, current: &str) -> Markup {
    let views = [
        ("", request.t("概况", "Overview")),
        ("/settings", request.t("设置", "Settings")),
        ("/progress", request.t("进度", "Progress")),
        ("/recommendations", CompetitionState::Recommendation.in_language(request.language)),
        ("/duplicates", request.t("查重", "Duplicates")),
        ("/checks", request.t("审查", "Checks")),
        ("/draws", request.t("专家抽取", "Draw of panels")),
        ("/panels", request.t("评审组", "Panels")),
        ("/conflicts", request.t("回避", "Conflicts")),
        ("/inspections", request.t("考察安排", "Plan of inspections")),
        ("/tallies", request.t("汇总与排名", "Tallies and ranking")),
        ("/selections", request.t("遴选", "Selection")),
        ("/notice", request.t("公示", "Notice")),
        ("/objections", request.t("异议", "Objections")),
        ("/rechecks", request.t("复核申请", "Re-check requests")),
        ("/announcement", request.t("公布", "Announcement")),
        ("/statistics", request.t("统计", "Statistics")),
        ("/archive", request.t("归档", "Archive package")),
        ("/letters", request.t("函件", "Letters")),
        ("/issued-documents", request.t("签发的文书", "Issued documents")),
    ];
    let alarms = (request.role() == Some(Role::Supervisor)).then(|| ("/alarms", request.t("预警", "Alarms")));
    let views: Vec<(String, &str)> = views
        .into_iter()
        .chain(alarms)
        .map(|(view, words)| (format!("/competitions/{id}{view}"), words))
        .collect();
    tabs(request, request.t("本届竞赛", "This competition"), &views, &format!("/competitions/{id}{current}"))
}

/// The views of an application, as far as the role of who asks has them.
pub(super) fn application_views(request: &PageRequest, id: ApplicationId, current: &str) -> Markup {
    views_of_application(request, id, current, false)
}

/// The views of an application for the region that leads it.
pub(super) fn lead_views(request: &PageRequest, id: ApplicationId, current: &str) -> Markup {
    views_of_application(request, id, current, true)
}

fn views_of_application(request: &PageRequest, id: ApplicationId, current: &str, lead: bool) -> Markup {
    use Role as R;
    let role = request.role();
    let views: [(&str, &str, &[Role]); 10] = [
        ("", request.t("概况", "Overview"), R::ALL),
        ("/evidence", request.t("佐证材料", "Evidence"), R::ALL),
        ("/completeness", request.t("完整性", "Completeness"), R::ALL),
        ("/self-score", request.t("自评", "Self-score"), R::ALL),
        ("/submissions", request.t("提交记录", "Submissions"), R::ALL),
        ("/checks", request.t("审查", "Checks"), R::ALL),
        ("/sheet", request.t("评分表", "Score sheet"), &[R::Expert]),
        (
            "/inspection",
            request.t("考察", "Inspection"),
            &[R::Applicant, R::Expert, R::Office, R::Supervisor],
        ),
        ("/sheets", request.t("评分表", "Score sheets"), &[R::Office, R::Supervisor]),
        ("/result", request.t("结果", "Result"), &[R::Applicant, R::Office, R::Supervisor]),
    ];
    let views: Vec<(String, &str)> = views
        .into_iter()
        .filter(|(_, _, roles)| role.is_some_and(|role| roles.contains(&role)))
        .map(|(view, words, _)| (view, words))
        .chain(lead.then(|| ("/objections", request.t("异议", "Objections"))))
        .map(|(view, words)| (format!("/applications/{id}{view}"), words))
        .collect();
    tabs(request, request.t("本件申报", "This application"), &views, &format!("/applications/{id}{current}"))
}

/// What stands at a place of a document, whose last step is `key`.
fn written(request: &PageRequest, key: &str, value: Option<&Value>, words: &Wording<'_>) -> Markup {
    html! {
        @match value {
            None | Some(Value::Null) => span.muted { (request.t("（无）", "(none)")) },
            Some(Value::String(text)) if text.is_empty() => span.muted { (request.t("（空）", "(empty)")) },
            Some(Value::String(text)) => span.text { ((words.value)(key, text)) },
            Some(Value::Bool(yes)) => (if *yes { request.t("是", "yes") } else { request.t("否", "no") }),
            Some(Value::Number(number)) => (number),
            Some(Value::Array(items)) if items.is_empty() => span.muted { (request.t("（无）", "(none)")) },
            Some(Value::Array(items)) => ol { @for item in items { li { (written(request, key, Some(item), words)) } } },
            Some(Value::Object(members)) => ul {
                @for (key, value) in members {
                    li { ((words.member)(key)) (request.t("：", ": ")) (written(request, key, Some(value), words)) }
                }
            },
        }
    }
}

/// What changed of a competition's settings, which became `settings`.
pub(super) fn settings_differences(
    request: &PageRequest,
    settings: &Settings,
    changes: &[Difference],
) -> Result<Markup> {
    let settings = serde_json::to_value(settings).map_err(|error| Error::internal(error.to_string()))?;
    let words = Wording {
        place: &|pointer| html! { (settings_words::place(pointer, &settings, request.language)) },
        member: &|member| html! { (settings_words::member(member, request.language)) },
        value: &|member, text| {
            let time = if matches!(member, "from" | "until") { text.parse().ok() } else { None };
            html! { @match time {
                Some(time) => (request.time(time)),
                None => (settings_words::value(member, text, request.language)),
            } }
        },
    };
    Ok(differences(request, changes, &words))
}

/// How differences of a document are told.
pub(super) struct Wording<'a> {
    /// Where a pointer leads.
    pub(super) place: &'a dyn Fn(&str) -> Markup,
    /// What a member is called.
    pub(super) member: &'a dyn Fn(&str) -> Markup,
    /// What a text under a member is called.
    pub(super) value: &'a dyn Fn(&str, &str) -> Markup,
}

/// Differences as a table: where, what stood there, what stands there now.
pub(super) fn differences(request: &PageRequest, changes: &[Difference], words: &Wording<'_>) -> Markup {
    if changes.is_empty() {
        return html! { p.muted { (request.t("内容没有变化。", "Nothing was changed.")) } };
    }
    let key = |change: &Difference| change.pointer.rsplit('/').next().unwrap_or_default().to_owned();
    Table::new(html! { (request.t("变化", "Changes")) (request.aside(&changes.len())) }, changes)
        .head(request.t("位置", "Where"), |change| (words.place)(&change.pointer))
        .column(request.t("原内容", "Before"), |change| {
            written(request, &key(change), change.before.as_ref(), words)
        })
        .column(request.t("新内容", "After"), |change| {
            written(request, &key(change), change.after.as_ref(), words)
        })
        .render()
}
