//! Small parts that pages are made of.

use maud::{Markup, html};
use serde_json::Value;

use super::asked::Asked;
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

/// The state of an application.
pub(super) fn application_state(asked: &Asked, state: ApplicationState) -> Markup {
    use ApplicationState as S;
    let tone = match state {
        S::Draft | S::Withdrawn => Tone::Neutral,
        S::Submitted | S::Recommended => Tone::Active,
        S::Returned | S::Correction => Tone::Warning,
        S::Accepted => Tone::Good,
        S::NotRecommended | S::Rejected => Tone::Bad,
    };
    tag(state.in_language(asked.language), tone)
}

/// How a file stands with the scanner, where somebody should know: nothing where it simply opens.
pub(super) fn scan_tag(asked: &Asked, state: ScanState) -> Option<Markup> {
    let tone = match state {
        ScanState::Unscanned | ScanState::Clean => return None,
        ScanState::Pending => Tone::Active,
        ScanState::Quarantined => Tone::Bad,
    };
    Some(tag(state.in_language(asked.language), tone))
}

/// A file by its name: to be opened at an address, or why it can't be.
pub(super) fn file_link(asked: &Asked, name: &str, state: ScanState, address: &str) -> Markup {
    html! {
        @match scan_tag(asked, state) {
            None => a href=(address) { (name) },
            Some(tag) => { (name) " " (tag) },
        }
    }
}

/// The state of an edition.
pub(super) fn competition_state(asked: &Asked, state: CompetitionState) -> Markup {
    let tone = match state {
        CompetitionState::Draft => Tone::Neutral,
        CompetitionState::Announced => Tone::Good,
        _ => Tone::Active,
    };
    tag(state.in_language(asked.language), tone)
}

/// A banner.
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
pub(super) fn tabs(asked: &Asked, label: &str, views: &[(String, &str)], current: &str) -> Markup {
    html! {
        nav.tabs.screen aria-label=(label) {
            ul {
                @for (page, words) in views {
                    li { a href=(asked.link(page)) aria-current=[(page == current).then_some("page")] { (words) } }
                }
            }
        }
    }
}

/// A button that prints the page; only where scripts run, as every browser can print by itself.
pub(super) fn print_button(asked: &Asked) -> Markup {
    html! { button.secondary.screen type="button" data-print hidden { (asked.t("打印", "Print")) } }
}

/// The views of an edition, for the office and supervisors.
pub(super) fn edition_views(asked: &Asked, id: CompetitionId, current: &str) -> Markup {
    let views = [
        ("", asked.t("概况", "Overview")),
        ("/settings", asked.t("设置", "Settings")),
        ("/progress", asked.t("进度", "Progress")),
        ("/recommendations", asked.t("设区市推荐", "Recommendations")),
        ("/duplicates", asked.t("查重", "Duplicates")),
        ("/checks", asked.t("审查", "Checks")),
        ("/draws", asked.t("抽取", "Draws")),
        ("/panels", asked.t("评审组", "Panels")),
        ("/conflicts", asked.t("回避", "Conflicts")),
        ("/tallies", asked.t("汇总与排名", "Tallies and ranking")),
        ("/selections", asked.t("遴选", "Selection")),
        ("/notice", asked.t("公示", "Notice")),
        ("/objections", asked.t("异议", "Objections")),
        ("/rechecks", asked.t("复核申请", "Re-checks")),
        ("/announcement", asked.t("公布", "Announcement")),
        ("/letters", asked.t("函件", "Letters")),
    ];
    let alarms = (asked.role() == Some(Role::Supervisor)).then(|| ("/alarms", asked.t("预警", "Alarms")));
    let views: Vec<(String, &str)> = views
        .into_iter()
        .chain(alarms)
        .map(|(view, words)| (format!("/competitions/{id}{view}"), words))
        .collect();
    tabs(asked, asked.t("本届竞赛", "This edition"), &views, &format!("/competitions/{id}{current}"))
}

/// The views of an application, as far as the role of who asks has them.
pub(super) fn application_views(asked: &Asked, id: ApplicationId, current: &str) -> Markup {
    views_of_application(asked, id, current, false)
}

/// The views of an application for the region that leads it.
pub(super) fn lead_views(asked: &Asked, id: ApplicationId, current: &str) -> Markup {
    views_of_application(asked, id, current, true)
}

fn views_of_application(asked: &Asked, id: ApplicationId, current: &str, lead: bool) -> Markup {
    use Role as R;
    let role = asked.role();
    let views: [(&str, &str, &[Role]); 10] = [
        ("", asked.t("概况", "Overview"), R::ALL),
        ("/evidence", asked.t("佐证材料", "Evidence"), R::ALL),
        ("/completeness", asked.t("完整性", "Completeness"), R::ALL),
        ("/self-score", asked.t("自评", "Self-score"), R::ALL),
        ("/submissions", asked.t("提交记录", "Submissions"), R::ALL),
        ("/checks", asked.t("审查", "Checks"), R::ALL),
        ("/sheet", asked.t("评分表", "Score sheet"), &[R::Expert]),
        ("/inspection", asked.t("考察", "Inspection"), &[R::Applicant, R::Expert, R::Office, R::Supervisor]),
        ("/sheets", asked.t("评分表", "Score sheets"), &[R::Office, R::Supervisor]),
        ("/result", asked.t("结果", "Result"), &[R::Applicant, R::Office, R::Supervisor]),
    ];
    let views: Vec<(String, &str)> = views
        .into_iter()
        .filter(|(_, _, roles)| role.is_some_and(|role| roles.contains(&role)))
        .map(|(view, words, _)| (view, words))
        .chain(lead.then(|| ("/objections", asked.t("异议", "Objections"))))
        .map(|(view, words)| (format!("/applications/{id}{view}"), words))
        .collect();
    tabs(asked, asked.t("本件申报", "This application"), &views, &format!("/applications/{id}{current}"))
}

/// What stands at a place of a document, whose last step is `key`.
fn written(asked: &Asked, key: &str, value: Option<&Value>, words: &Wording<'_>) -> Markup {
    html! {
        @match value {
            None | Some(Value::Null) => span.muted { (asked.t("（无）", "(none)")) },
            Some(Value::String(text)) if text.is_empty() => span.muted { (asked.t("（空）", "(empty)")) },
            Some(Value::String(text)) => span.text { ((words.value)(key, text)) },
            Some(Value::Bool(yes)) => (if *yes { asked.t("是", "yes") } else { asked.t("否", "no") }),
            Some(Value::Number(number)) => (number),
            Some(Value::Array(items)) if items.is_empty() => span.muted { (asked.t("（无）", "(none)")) },
            Some(Value::Array(items)) => ol { @for item in items { li { (written(asked, key, Some(item), words)) } } },
            Some(Value::Object(members)) => ul {
                @for (key, value) in members {
                    li { ((words.member)(key)) (asked.t("：", ": ")) (written(asked, key, Some(value), words)) }
                }
            },
        }
    }
}

/// What changed of an edition's settings, which became `settings`.
pub(super) fn settings_differences(
    asked: &Asked,
    settings: &Settings,
    changes: &[Difference],
) -> Result<Markup> {
    let settings = serde_json::to_value(settings).map_err(|error| Error::internal(error.to_string()))?;
    let words = Wording {
        place: &|pointer| html! { (settings_words::place(pointer, &settings, asked.language)) },
        member: &|member| html! { (settings_words::member(member, asked.language)) },
        value: &|member, text| {
            let time = if matches!(member, "from" | "until") { text.parse().ok() } else { None };
            html! { @match time {
                Some(time) => (asked.time(time)),
                None => (settings_words::value(member, text, asked.language)),
            } }
        },
    };
    Ok(differences(asked, changes, &words))
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
pub(super) fn differences(asked: &Asked, changes: &[Difference], words: &Wording<'_>) -> Markup {
    if changes.is_empty() {
        return html! { p.muted { (asked.t("内容没有变化。", "Nothing of the content changed.")) } };
    }
    let key = |change: &Difference| change.pointer.rsplit('/').next().unwrap_or_default().to_owned();
    Table::new(html! { (asked.t("变化", "Changes")) (asked.aside(&changes.len())) }, changes)
        .head(asked.t("位置", "Where"), |change| (words.place)(&change.pointer))
        .column(asked.t("原内容", "Before"), |change| {
            written(asked, &key(change), change.before.as_ref(), words)
        })
        .column(asked.t("新内容", "After"), |change| {
            written(asked, &key(change), change.after.as_ref(), words)
        })
        .render()
}
