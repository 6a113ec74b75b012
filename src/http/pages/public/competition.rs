//! A competition's rules in readable form: stages, seats, rubric, scoring, forms, review; and what later versions changed.

use super::super::charts;
use super::super::prelude::*;
use super::super::stages::stages;
use super::{competition_links, rubric, rules, timeline};
use crate::actions::competitions::{self, CompetitionView, VersionEntry};
use crate::actions::data;
use crate::actions::rules::stored_tally;
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{Grouping, Settings};
use crate::domain::scoring::Tally;
use crate::domain::working_days::WorkingCalendar;
use crate::http::pages::supervision::counted_by;

/// Versions of the settings on the page of a competition; a handful is usual.
const VERSIONS: usize = 100;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/editions/{competition_id}", Action::ReadPublic, competition),
        page("/editions/{competition_id}/versions/{number}", Action::ReadPublic, version),
    ]
}

async fn competition(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let view = competitions::read(&request.service, &request.context, id).await?;
    let versions =
        competitions::versions(&request.service, &request.context, id, None, VERSIONS).await?.items;
    let catalogue = data::catalogue(&request.service, Some(view.settings.catalogue)).await?.catalogue;
    let settings = &view.settings;
    let days = data::working_days(&request.service, Some(settings.working_days)).await?.working_days;
    let tally = stored_tally(settings)?;
    let content = html! {
        p {
            (competition_state(&request, view.state)) " "
            (&settings.authority) " · " (competition_links(&request, view.id, view.state))
        }
        (contents(&request))
        (calendar(&request, &view))
        p.muted { (working_days(&request, settings, &days)) }
        (seats(&request, settings, &tally, &catalogue))
        (rubric::render(&request, &tally.rubric, &catalogue))
        (rules::render(&request, &tally))
        (forms(&request, settings))
        (review(&request, settings))
        (history(&request, &view, &versions))
    };
    let api = format!("/api/v1/competitions/{id}");
    Ok(Page::new(settings.title.as_str(), content)
        .crumb("/", request.t("首页", "Home"))
        .crumb("/archive", request.t("历届竞赛", "Archive"))
        .data(api.as_str())
        .data(format!("{api}/versions")))
}

/// The sections of the page, by the identifiers that their headings bear.
fn contents(request: &PageRequest) -> Markup {
    let sections = [
        ("stages", request.t("日程", "Calendar")),
        ("seats", request.t("名额与奖项", "Quotas and awards")),
        ("rubric", request.t("指标体系", "Rubric")),
        ("scoring", request.t("评分规则", "Rules of scoring")),
        ("forms", request.t("须提交的材料", "What to file")),
        ("review", request.t("评审与公示", "Review and notice")),
        ("versions", request.t("更正与延期", "Corrections and extensions")),
    ];
    html! {
        nav.tabs.screen aria-label=(request.t("本页内容", "On this page")) {
            ul { @for (id, words) in sections { li { a href=(format!("#{id}")) { (words) } } } }
        }
    }
}

fn calendar(request: &PageRequest, view: &CompetitionView) -> Markup {
    let calendar = &view.settings.calendar;
    let spans = stages(calendar).map(|stage| {
        let name = stage.name(request.language).to_owned();
        (name, stage.period.from.date(), stage.period.until.date())
    });
    html! {
        h2 id="stages" { (request.t("日程", "Calendar")) }
        (timeline(request, view.state, calendar))
        (charts::calendar(request.t("各阶段起止", "From when to when each stage lasts"), &spans, request.today(), request.language))
        p.muted { (request.t(
            "前三个阶段按时截止；其后各阶段由办公室推进，时间为预计。",
            "The first three stages close on time; the later ones are moved on by the office, and their times are expected ones.",
        )) }
    }
}

/// The official notices by which its day counts are made.
fn working_days(request: &PageRequest, settings: &Settings, days: &WorkingCalendar) -> Markup {
    let (first, last) = (&settings.calendar.application.from, &settings.calendar.announcement.until);
    counted_by(request, days, (first.date(), last.date()))
}

fn seats(request: &PageRequest, settings: &Settings, tally: &Tally, catalogue: &Catalogue) -> Markup {
    html! {
        h2 id="seats" { (request.t("名额与奖项", "Quotas and awards")) }
        h3 { (request.t("各设区市推荐名额", "How many applications a city may recommend")) }
        p {
            (request.t("每市 ", "Each city: ")) strong { (settings.quotas.default) }
            @for (code, quota) in &settings.quotas.by_city {
                (request.t("；", "; "))
                (&catalogue.region_name_or_code(code))
                " " strong { (quota) }
            }
        }
        h3 { (request.t("组别", "Tracks")) }
        p {
            (settings.grouping.in_language(request.language))
            @if settings.grouping != Grouping::Single {
                (request.t("，每组单独排名、分别授奖", "; each is ranked and awarded by itself"))
            }
            (request.t("。", "."))
        }
        @if settings.grouping == Grouping::Own {
            ul {
                @for track in &settings.tracks {
                    @let names = track.chains.iter().filter_map(|no| catalogue.chain(*no));
                    @let names: Vec<&str> = names.map(|(_, chain)| chain.name.as_str()).collect();
                    li { (&track.name) (request.t("：", ": ")) (&names.join("、")) }
                }
            }
        }
        h3 { (request.t("奖项（每组）", "Awards of each track")) }
        (rules::awards(request, &tally.rules))
        p { (request.t("结果公开：", "What is disclosed: ")) (settings.disclosure.in_language(request.language)) }
    }
}

fn forms(request: &PageRequest, settings: &Settings) -> Markup {
    let due = |required: bool| {
        if required { request.t("必填", "required") } else { request.t("选填", "optional") }
    };
    html! {
        h2 id="forms" { (request.t("须提交的材料", "What to file")) }
        h3 { (request.t("申报书各部分", "Sections of the form")) }
        ol {
            @for section in &settings.sections {
                li {
                    (&section.title)
                    @if request.is_chinese() { "（" (due(section.required)) "，至多" (section.most_characters) "字）" }
                    @else { " (" (due(section.required)) ", at most " (count(section.most_characters, "character", "characters")) ")" }
                    @if !section.guide.is_empty() { div.hint { (&section.guide) } }
                }
            }
        }
        h3 { (request.t("佐证材料", "Evidence")) }
        ul { @for kind in &settings.evidence_kinds { li { (&kind.title) " (" (due(kind.required)) ")" } } }
        h3 { (request.t("形式审查项目", "Items of the formal check")) }
        ul { @for item in &settings.formal_items { li { (&item.title) } } }
        p { (request.t("补正期限（工作日）：", "Working days for the correction: ")) (settings.correction_working_days) }
        details {
            summary { (request.t("承诺书与同意书", "Undertaking and consent")) }
            h3 { (request.t("申报单位承诺书", "Undertaking of the applicant")) }
            p.text { (&settings.undertaking) }
            h3 { (request.t("联合申报成员同意书", "Consent of a member")) }
            p.text { (&settings.consent_statement) }
        }
    }
}

fn review(request: &PageRequest, settings: &Settings) -> Markup {
    let review = &settings.review;
    let days = |days: u32| html! { (request.either(format!("{days}个工作日"), count(days, "working day", "working days"))) };
    let plain = |number: u32| html! { (number) };
    let reasons: Vec<&str> = review.correction_reasons.iter().map(|reason| reason.title.as_str()).collect();
    html! {
        h2 id="review" { (request.t("评审与公示", "Review and notice")) }
        (facts(&[
            (request.t("评审组专家", "Experts of a panel"), plain(review.panel_size)),
            (request.t("候补专家", "Alternates"), plain(review.alternates)),
            (request.t("任职回避（年）", "Years for which an employment bars"), plain(review.employer_years)),
            (request.t("考察组至少人数", "Least members of an inspection team"), plain(review.inspection_team)),
            (request.t("对核定值提出意见", "To comment on verified values"), days(review.comment_days)),
            (request.t("评分表更正理由", "Reasons to correct a sheet"), html! { (&reasons.join("、")) }),
            (request.t("审议法定人数", "Quorum of the deliberation"), plain(review.quorum)),
            (request.t("公示期（首日计入）", "Notice (first day counted)"), days(review.notice_days)),
            (request.t("异议答复期限", "Time to answer an objection"), days(review.objection_days)),
            (request.t("称号有效期（年）", "Years of a title"), plain(review.title_years)),
        ]))
    }
}

fn history(request: &PageRequest, view: &CompetitionView, versions: &[VersionEntry]) -> Markup {
    html! {
        h2 id="versions" { (request.t("更正与延期", "Corrections and extensions")) }
        p { (request.t(
            "发布后的每次更正或延期都是一个新版本，写明理由；以前的版本永久可读。",
            "After the call every correction or extension is a new version with its reason; earlier ones stay readable.",
        )) }
        ol.timeline {
            @for (index, version) in versions.iter().enumerate() {
                @let first = index + 1 == versions.len();
                li class=(if version.number == view.version { "now" } else { "done" }) {
                    a href=(request.link(&format!("/editions/{}/versions/{}", view.id, version.number))) {
                        (request.t("第", "Version ")) (version.number) (request.t("版", ""))
                    }
                    @if version.number == view.version { (request.t("（现行）", " (holds)")) }
                    div.when { (request.time(version.changed_at)) }
                    @if first { p { (request.t("发布时的设置", "As called")) } }
                    @else { p.text { (&version.reason) } }
                }
            }
        }
        p.muted { (request.t("现行设置的摘要：", "Digest of what holds now: ")) code { (view.digest) } }
    }
}

async fn version(request: Rc<PageRequest>) -> Result<Page> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    let view = competitions::version(&request.service, &request.context, id, number).await?;
    let title = request.either(
        format!("{}（第{number}版）", view.settings.title),
        format!("{} (version {number})", view.settings.title),
    );
    let content = html! {
        (facts(&[
            (request.t("时间", "When"), request.time(view.entry.changed_at)),
            (request.t("理由", "Reason"), html! {
                @if view.entry.reason.is_empty() { (request.t("发布前的设置，没有理由", "Settings before the call: none")) }
                @else { (&view.entry.reason) }
            }),
            (request.t("摘要", "Digest"), html! { code { (view.entry.digest) } }),
        ]))
        h2 { (request.t("与上一版的差别", "What it changed of the version before")) }
        @if view.changes.is_empty() {
            (empty(&html! { p { (request.t("这是公开的第一版。", "This is the first version that is public.")) } }))
        } @else {
            (settings_differences(&request, &view.settings, &view.changes)?)
        }
        (notice(Tone::Neutral, &html! { p {
            (request.t("现行的完整规则见", "The rules that hold now, in full: "))
            a href=(request.link(&format!("/editions/{id}"))) { (request.t("本届页面", "the page of the competition")) }
            (request.t("；本版全文见页尾的数据。", "; this version in full is among the data below."))
        } }))
    };
    Ok(Page::new(title, content)
        .crumb("/archive", request.t("历届竞赛", "Archive"))
        .crumb(format!("/editions/{id}"), view.settings.title.as_str())
        .data(format!("/api/v1/competitions/{id}/versions/{number}")))
}
