//! One's own panel: the declaration of conflicts first, then the applications with one's progress.

use serde_json::json;

use super::super::prelude::*;
use super::desk::declare_first;
use super::marks;
use super::words::sheet_state;
use crate::actions::competitions;
use crate::actions::panels::{self, OwnApplicationView, OwnPanelView};
use crate::actions::sheets;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::CompetitionId;
use crate::domain::sheet::{SheetState, judged};
use crate::domain::sheet_table::COLUMNS;
use crate::http::pages::imports::{described, import_form};
use crate::http::pages::whereabouts::{after_an_act, of_declaration};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/panel", Action::ReadOwnPanel, own_panel),
        page("/competitions/{competition_id}/panel/next", Action::ReadOwnPanel, next),
        page("/competitions/{competition_id}/panel/marks", Action::ReadOwnPanel, own_marks),
        page("/competitions/{competition_id}/panel/import", Action::FillSheet, import),
    ]
}

/// The page that takes sheets that were filled in without a network.
async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let panel = panels::read_own(&request.service, &request.context, id).await?;
    let address = format!("/api/v1/competitions/{id}/sheets/mine/import");
    let form = request
        .form(Method::Post, address.clone())
        .once()
        .files()
        .next(format!("/competitions/{id}/panel"))
        .done("已存为草稿，请逐份核对后签署。", "Saved as drafts: look at each sheet and sign it.");
    let open = panel.declared && panel.state == CompetitionState::Scoring;
    let content = html! {
        @if open {
            p.lead { (request.t(
                "下载表格（只含尚未签署的评分表），离线填写后上传。上传后先列出每一处变化，确认后存为草稿；签署仍须逐份办理。",
                "Download the table, of sheets that are not signed, fill it in without a network, and send it. Each change is shown first and saved as a draft; each sheet is still signed by itself.",
            )) }
            p { a href=(address) download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
            (import_form(&request, &form, &COLUMNS))
            (described(&request, &COLUMNS))
        } @else {
            (empty(&html! { p { (request.t("当前不能评分。", "Nothing can be scored now.")) } }))
        }
    };
    Ok(Page::new(request.t("离线填写评分表", "Fill in sheets without a network"), content)
        .crumb("/desk", request.t("工作台", "Desk"))
        .crumb(format!("/competitions/{id}/panel"), request.t("我的评审", "My panel")))
}

async fn own_panel(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let panel = panels::read_own(&request.service, &request.context, id).await?;
    let competition = competitions::read(&request.service, &request.context, id).await?;
    let takes_declarations = matches!(panel.state, CompetitionState::Drawing | CompetitionState::Scoring);
    let judges = !panel.applications.is_empty();
    let content = html! {
        p.lead { (competition.settings.title) " " (competition_state(&request, panel.state)) }
        (after_an_act(&request, &of_declaration(&request, panel.state, judges, panel.due_at)))
        @if panel.applications.is_empty() {
            (empty(&html! { p { (request.t(
                "您在本届没有评审任务：未被抽中，或已经回避。",
                "Nothing of this competition is yours to judge: you were not drawn, or are recused.",
            )) } }))
        } @else if !panel.declared {
            (declare_first(&request))
            @if takes_declarations { (declaration(&request, &panel)) } @else { (applications(&request, &panel)) }
        } @else {
            (progress(&request, &panel))
            @if panel.state == CompetitionState::Scoring {
                p { a href=(request.link(&format!("/competitions/{id}/panel/import"))) {
                    (request.t("离线填写评分表（Excel）", "Fill in sheets without a network (Excel)"))
                } }
            }
            (applications(&request, &panel))
            @if takes_declarations {
                details open[request.carried.is_some()] {
                    summary { (request.t("评审中发现有应当回避的关系？", "Found out that you have a conflict?")) }
                    (declaration(&request, &panel))
                }
            }
        }
    };
    Ok(Page::new(request.t("我的评审", "My panel"), content)
        .crumb("/desk", request.t("工作台", "Desk"))
        .document(&printed::DECLARATION, format!("/api/v1/competitions/{id}/panels/mine"))
        .data(format!("/api/v1/competitions/{id}/panels/mine"))
        .table(&tables::OWN_PANEL, format!("/api/v1/competitions/{id}/panels/mine")))
}

/// The declaration, with one line for a reason at each application.
fn declaration(request: &PageRequest, panel: &OwnPanelView) -> Markup {
    let id = panel.competition_id;
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{id}/panels/mine/declaration"))
        .once()
        .base(&json!({ "answers": [] }))
        .done("回避声明已签署。", "Your declaration is signed.");
    html! {
        h2 { (request.t("回避声明与承诺书", "Declaration of conflicts and undertaking")) }
        p { (request.t("应当回避的关系，包括与申报单位或相关企业之间：", "You must step back if, with an applicant or a firm in it:")) }
        ul {
            li { (request.t("近三年内任职，或担任董事、监事，或是控股股东、实际控制人；", "you were employed or a director, supervisor or controlling holder within three years;")) }
            li { (request.t("与其负责人是夫妻、直系血亲、三代以内旁系血亲或近姻亲；", "you are the spouse, a relative in the direct line, a collateral relative within three generations or a close relative by marriage of who leads it;")) }
            li { (request.t("有投资、诉讼关系，或参与过申报材料的编制；", "you have invested, are in a lawsuit, or helped to prepare the application;")) }
            li { (request.t("其他可能影响公正评审的关系。", "any other relation may affect your fairness.")) }
        }
        (form.render(&html! {
            p { (request.t("逐件选择有没有上述关系；选“有”的，写明是什么关系。", "Say of each whether you have such a relation; where you have, write which.")) }
            @for (at, application) in panel.applications.iter().enumerate() { (question(request, &form, at, application, panel.declared)) }
            div.notice.warning { p { (request.t(
                "签署前会再告知后果：有应当回避关系的申报，其所在评审组您将整组回避，由候补专家递补，您已签署的评分作废，且您自己不能撤回。",
                "Before it is signed you are told what follows: from the panel of every application with a conflict you are recused, an alternate follows, what you have signed there counts no more, and you can't take it back yourself.",
            )) } }
            p.text { (panel.declaration) }
            (form.field(&Field::checkbox("/accepted:yes", request.t("我已阅读并承诺如上", "I have read this and undertake it"))))
            (form.danger("签署声明", "Sign the declaration"))
        }))
    }
}

/// What is asked about one application, with all that one has to judge by.
/// Who has declared already has no conflict with what is still theirs, until they say so.
fn question(
    request: &PageRequest,
    form: &Form<'_>,
    at: usize,
    application: &OwnApplicationView,
    declared: bool,
) -> Markup {
    let choices = [("yes", request.t("有", "Yes")), ("no", request.t("没有", "No"))];
    let choices = choices.map(|(key, words)| (key.to_owned(), words.to_owned()));
    let number = application.number.as_deref().unwrap_or("—");
    html! {
        section.question {
            h3 { span.number { (number) } " " (application.title) }
            (facts(&[
                (request.t("产业链", "Chain"), html! { (application.chain.name) }),
                (request.t("申报单位", "Applicants"), html! { @for (index, member) in application.members.iter().enumerate() {
                    @if index > 0 { (request.t("；", "; ")) }
                    (member.region.name) " " (member.region.code) (request.aside(member.role.in_language(request.language)))
                } }),
                (request.t("推进机构", "Promotion body"), html! { @if application.promotion_body.is_empty() { "—" } @else { (application.promotion_body) } }),
                (request.t("企业", "Firms"), html! { @if application.firms.is_empty() { "—" } ul { @for firm in &application.firms {
                    li { (firm.name) " " (firm.credit_code) (request.aside(firm.role.in_language(request.language))) }
                } } }),
                (request.t("首席专家", "Chief expert"), html! { @match &application.chief_experts {
                    None => (request.t("名单未公布", "not published")),
                    Some(names) if names.is_empty() => "—",
                    Some(names) => (names.join(request.t("、", ", "))),
                } }),
            ]))
            input type="hidden" name=(format!("/answers/{at}/application_id")) value=(application.id);
            (form.field(&Field::radios(format!("/answers/{at}/conflict"), request.t("您与其有没有应当回避的关系", "Have you a conflict with it?"), choices)
                .value(if declared { "no" } else { "" }).within(number).required()))
            (form.field(&Field::text(format!("/answers/{at}/reason"), request.t("是什么关系（选“有”时填写）", "Which relation, if you have one")).within(number).silent()))
        }
    }
}

fn progress(request: &PageRequest, panel: &OwnPanelView) -> Markup {
    let signed = panel.applications.iter().filter(|own| own.sheet_state == Some(SheetState::Signed)).count();
    facts(&[
        (request.t("评分截止", "Sheets are due"), html! { (request.time(panel.due_at)) }),
        (
            request.t("我的进度", "My progress"),
            html! { span.number { (signed) " / " (panel.applications.len()) } " " (request.t("份已签署", "signed")) },
        ),
    ])
}

/// The applications, those whose sheets are open first: begun, then untouched, then signed.
fn in_order(panel: &OwnPanelView) -> Vec<&OwnApplicationView> {
    let mut own: Vec<&OwnApplicationView> = panel.applications.iter().collect();
    own.sort_by_key(|application| match application.sheet_state {
        Some(SheetState::Draft) => 0,
        None => 1,
        Some(SheetState::Paper) => 2,
        Some(SheetState::Signed) => 3,
    });
    own
}

fn is_open(application: &OwnApplicationView) -> bool {
    matches!(application.sheet_state, None | Some(SheetState::Draft))
}

/// The first application whose sheet is open.
fn next_open(panel: &OwnPanelView) -> Option<&OwnApplicationView> {
    let judging = panel.declared && panel.state == CompetitionState::Scoring;
    in_order(panel).into_iter().find(|application| judging && is_open(application))
}

/// Goes on to the next open sheet; to all of them where none is open.
async fn next(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let panel = panels::read_own(&request.service, &request.context, id).await?;
    Ok(Page::elsewhere(match next_open(&panel) {
        Some(application) => format!("/applications/{}/sheet", application.id),
        None => format!("/competitions/{id}/panel"),
    }))
}

/// One's own marks of all applications, side by side.
async fn own_marks(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let panel = panels::read_own(&request.service, &request.context, id).await?;
    let competition = competitions::read(&request.service, &request.context, id).await?;
    let tally = competition.settings.tally().map_err(|_| Error::internal("stored settings have problems"))?;
    let mut rows = Vec::new();
    if panel.declared {
        for application in &panel.applications {
            let sheet = sheets::read_own(&request.service, &request.context, application.id).await?;
            rows.push((application, sheet.content));
        }
    }
    let table = Table::new(request.t("我的分数对照", "My marks side by side"), &rows)
        .head(request.t("申报", "Application"), |(application, _)| html! {
            a href=(request.link(&format!("/applications/{}/sheet", application.id))) { (application.lead_region.name) " · " (application.chain.name) }
            br; span.muted { (application.number.as_deref().unwrap_or("—")) }
        })
        .each(judged(&tally.rubric), |table, (indicator, scale)| table
            .number(indicator.name.as_str(), move |(_, own)| {
                marks::of(own, indicator).and_then(|mark| mark.score.as_deref()).unwrap_or("—")
            })
            .heading(html! { (indicator.name) " " span.muted { (scale.min) "–" (scale.max) } }))
        .column(request.t("评分表", "Score sheet"), |(application, _)| sheet_state(&request, application.sheet_state))
        .scrolled();
    let content = html! {
        p.lead { (request.t(
            "只有您自己的分数，未签署的也在内，供您统一尺度；对他人保密。",
            "Your own marks alone, those not signed yet included, to keep one measure; hidden from others.",
        )) }
        (table.render())
        (print_button(&request))
    };
    Ok(Page::new(request.t("我的分数对照", "My marks side by side"), content)
        .crumb("/desk", request.t("工作台", "Desk"))
        .crumb(format!("/competitions/{id}/panel"), request.t("我的评审", "My panel")))
}

/// All, open ones, signed ones; and the way to the next that is open.
fn choose(request: &PageRequest, panel: &OwnPanelView, wanted: &str) -> Markup {
    let id = panel.competition_id;
    let open = panel.applications.iter().filter(|application| is_open(application)).count();
    let all = panel.applications.len();
    let shows = [
        ("", request.t("全部", "All"), all),
        ("open", request.t("未签署", "Not signed"), open),
        ("signed", request.t("已签署", "Signed"), all - open),
    ];
    html! {
        nav.tabs.screen aria-label=(request.t("筛选", "Filter")) { ul {
            @for (show, words, count) in shows {
                @let query = if show.is_empty() { String::new() } else { format!("?show={show}") };
                li { a href=(request.link(&format!("/competitions/{id}/panel{query}"))) aria-current=[(show == wanted).then_some("page")] { (words) (request.aside(&count)) } }
            }
            li { a href=(request.link(&format!("/competitions/{id}/panel/marks"))) { (request.t("我的分数对照", "My marks side by side")) } }
        } }
        @if let Some(next) = next_open(panel) {
            div.buttons.screen {
                a.button href=(request.link(&format!("/applications/{}/sheet", next.id))) {
                    (request.t("下一件：", "Next: ")) (next.lead_region.name) " · " (next.chain.name)
                }
            }
        }
    }
}

fn applications(request: &PageRequest, panel: &OwnPanelView) -> Markup {
    let wanted: String = request.parameter("show").unwrap_or_default();
    let own = in_order(panel).into_iter().filter(|application| match wanted.as_str() {
        "open" => is_open(application),
        "signed" => !is_open(application),
        _ => true,
    });
    let table = Table::new(request.t("由您评审的申报", "Applications that you are to judge"), own)
        .column(request.t("编号", "Number"), |application| application.number.as_deref().unwrap_or("—"))
        .head(request.t("申报单位", "Applicant"), |application| &application.lead_region.name)
        .column(request.t("产业链", "Chain"), |application| &application.chain.name)
        .column(request.t("评分表", "Score sheet"), |application| {
            sheet_state(request, application.sheet_state)
        })
        .column(request.t("操作", "Action"), |application| {
            html! {
                @if panel.declared { (acts(request, panel.state, application)) } @else { "—" }
            }
        });
    html! {
        @if panel.declared { (choose(request, panel, &wanted)) }
        (table.render())
    }
}

fn acts(request: &PageRequest, stage: CompetitionState, application: &OwnApplicationView) -> Markup {
    let page = |rest: &str| request.link(&format!("/applications/{}{rest}", application.id));
    let words = match (stage, application.sheet_state) {
        (CompetitionState::Scoring, None) => request.t("开始评分", "Score it"),
        (CompetitionState::Scoring, Some(SheetState::Draft)) => request.t("继续评分", "Go on"),
        _ => request.t("查看评分表", "See the score sheets"),
    };
    html! {
        a.button href=(page("/sheet")) { (words) }
        " " a href=(page("")) { (request.t("申报材料", "Application")) }
        " " a href=(page("/inspection")) { (request.t("考察", "Inspection")) }
    }
}
