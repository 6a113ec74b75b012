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
use crate::domain::sheet::{SheetState, judged};
use crate::http::pages::whereabouts::{after_an_act, of_declaration};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/competitions/{competition_id}/panel", Action::ReadOwnPanel, own_panel),
        page("/competitions/{competition_id}/panel/next", Action::ReadOwnPanel, next),
        page("/competitions/{competition_id}/panel/marks", Action::ReadOwnPanel, own_marks),
    ]
}

async fn own_panel(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let panel = panels::read_own(&asked.service, &asked.visit, id).await?;
    let edition = competitions::read(&asked.service, &asked.visit, id).await?;
    let takes_declarations = matches!(panel.state, CompetitionState::Drawing | CompetitionState::Scoring);
    let judges = !panel.applications.is_empty();
    let content = html! {
        p.lead { (edition.settings.title) " " (competition_state(&asked, panel.state)) }
        (after_an_act(&asked, &of_declaration(&asked, panel.state, judges, panel.until)))
        @if panel.applications.is_empty() {
            (empty(&html! { p { (asked.t(
                "您在本届没有评审任务：未被抽中，或已经回避。",
                "Nothing of this edition is yours to judge: you were not drawn, or are recused.",
            )) } }))
        } @else if !panel.declared {
            (declare_first(&asked))
            @if takes_declarations { (declaration(&asked, &panel)) } @else { (applications(&asked, &panel)) }
        } @else {
            (progress(&asked, &panel))
            (applications(&asked, &panel))
            @if takes_declarations {
                details open[asked.carried.is_some()] {
                    summary { (asked.t("评审中发现有应当回避的关系？", "Found out that you have a conflict?")) }
                    (declaration(&asked, &panel))
                }
            }
        }
    };
    Ok(Shown::new(asked.t("我的评审", "My panel"), content)
        .crumb("/desk", asked.t("工作台", "Desk"))
        .data(format!("/api/v1/competitions/{id}/my-panel")))
}

/// The declaration, with one line for a reason at each application.
fn declaration(asked: &Asked, panel: &OwnPanelView) -> Markup {
    let id = panel.competition_id;
    let form = asked
        .form(Method::Post, format!("/api/v1/competitions/{id}/declarations"))
        .once()
        .base(&json!({ "answers": [] }))
        .done("回避声明已签署。", "Your declaration is signed.");
    html! {
        h2 { (asked.t("回避声明与承诺书", "Declaration of conflicts and undertaking")) }
        p { (asked.t("应当回避的关系，包括与申报主体或相关企业之间：", "You must step back if, with an applicant or a firm in it:")) }
        ul {
            li { (asked.t("近三年内任职，或担任董事、监事，或是控股股东、实际控制人；", "you were employed or a director, supervisor or controlling holder within three years;")) }
            li { (asked.t("与其负责人是夫妻、直系血亲、三代以内旁系血亲或近姻亲；", "you are the spouse, a relative in the direct line, a collateral relative within three generations or a close relative by marriage of who leads it;")) }
            li { (asked.t("有投资、诉讼关系，或参与过申报材料的编制；", "you have invested, are in a lawsuit, or helped to prepare the application;")) }
            li { (asked.t("其他可能影响公正评审的关系。", "any other relation may affect your fairness.")) }
        }
        (form.render(&html! {
            p { (asked.t("逐件选择有没有上述关系；选“有”的，写明是什么关系。", "Say of each whether you have such a relation; where you have, write which.")) }
            @for (at, application) in panel.applications.iter().enumerate() { (question(asked, &form, at, application, panel.declared)) }
            div.notice.warning { p { (asked.t(
                "签署前会再告知后果：有应当回避关系的申报，其所在评审组您将整组回避，由候补专家递补，您已签署的评分作废，且您自己不能撤回。",
                "Before it is signed you are told what follows: from the panel of every application with a conflict you are recused, an alternate follows, what you have signed there counts no more, and you can't take it back yourself.",
            )) } }
            p.text { (panel.declaration) }
            (form.field(&Field::checkbox("/accepted:yes", asked.t("我已阅读并承诺如上", "I have read this and undertake it"))))
            (form.danger("签署声明", "Sign the declaration"))
        }))
    }
}

/// What is asked about one application, with all that one has to judge by.
/// Who has declared already has no conflict with what is still theirs, until they say so.
fn question(
    asked: &Asked,
    form: &Form<'_>,
    at: usize,
    application: &OwnApplicationView,
    declared: bool,
) -> Markup {
    let choices = [("yes", asked.t("有", "Yes")), ("no", asked.t("没有", "No"))];
    let choices = choices.map(|(key, words)| (key.to_owned(), words.to_owned()));
    let number = application.number.as_deref().unwrap_or("—");
    html! {
        section.question {
            h3 { span.number { (number) } " " (application.title) }
            (facts(&[
                (asked.t("产业链", "Chain"), html! { (application.chain_name) }),
                (asked.t("申报主体", "Applicants"), html! { @for (index, member) in application.members.iter().enumerate() {
                    @if index > 0 { (asked.t("；", "; ")) }
                    (member.name) " " (member.region) (asked.aside(member.role.in_language(asked.language)))
                } }),
                (asked.t("推进机构", "Promotion body"), html! { @if application.promotion_body.is_empty() { "—" } @else { (application.promotion_body) } }),
                (asked.t("企业", "Firms"), html! { @if application.firms.is_empty() { "—" } ul { @for firm in &application.firms {
                    li { (firm.name) " " (firm.credit_code) (asked.aside(firm.role.in_language(asked.language))) }
                } } }),
                (asked.t("首席专家", "Chief expert"), html! { @match &application.chief_experts {
                    None => (asked.t("名单未公布", "not published")),
                    Some(names) if names.is_empty() => "—",
                    Some(names) => (names.join(asked.t("、", ", "))),
                } }),
            ]))
            input type="hidden" name=(format!("/answers/{at}/application_id")) value=(application.id);
            (form.field(&Field::radios(format!("/answers/{at}/conflict"), asked.t("您与其有没有应当回避的关系", "Have you a conflict with it?"), choices)
                .value(if declared { "no" } else { "" }).within(number).required()))
            (form.field(&Field::text(format!("/answers/{at}/reason"), asked.t("是什么关系（选“有”时填写）", "Which relation, if you have one")).within(number).silent()))
        }
    }
}

fn progress(asked: &Asked, panel: &OwnPanelView) -> Markup {
    let signed = panel.applications.iter().filter(|own| own.sheet == Some(SheetState::Signed)).count();
    facts(&[
        (asked.t("评分截止", "Sheets are due"), html! { (asked.time(panel.until)) }),
        (
            asked.t("我的进度", "My progress"),
            html! { span.number { (signed) " / " (panel.applications.len()) } " " (asked.t("份已签署", "signed")) },
        ),
    ])
}

/// The applications, those whose sheets are open first: begun, then untouched, then signed.
fn in_order(panel: &OwnPanelView) -> Vec<&OwnApplicationView> {
    let mut own: Vec<&OwnApplicationView> = panel.applications.iter().collect();
    own.sort_by_key(|application| match application.sheet {
        Some(SheetState::Draft) => 0,
        None => 1,
        Some(SheetState::Paper) => 2,
        Some(SheetState::Signed) => 3,
    });
    own
}

fn is_open(application: &OwnApplicationView) -> bool {
    matches!(application.sheet, None | Some(SheetState::Draft))
}

/// The first application whose sheet is open.
fn next_open(panel: &OwnPanelView) -> Option<&OwnApplicationView> {
    let judging = panel.declared && panel.state == CompetitionState::Scoring;
    in_order(panel).into_iter().find(|application| judging && is_open(application))
}

/// Goes on to the next open sheet; to all of them where none is open.
async fn next(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let panel = panels::read_own(&asked.service, &asked.visit, id).await?;
    Ok(Shown::elsewhere(match next_open(&panel) {
        Some(application) => format!("/applications/{}/sheet", application.id),
        None => format!("/competitions/{id}/panel"),
    }))
}

/// One's own marks of all applications, side by side.
async fn own_marks(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let panel = panels::read_own(&asked.service, &asked.visit, id).await?;
    let edition = competitions::read(&asked.service, &asked.visit, id).await?;
    let tally = edition.settings.tally().map_err(|_| Error::internal("stored settings have problems"))?;
    let mut rows = Vec::new();
    if panel.declared {
        for application in &panel.applications {
            let sheet = sheets::read_own(&asked.service, &asked.visit, application.id).await?;
            rows.push((application, sheet.content));
        }
    }
    let table = Table::new(asked.t("我的分数对照", "My marks side by side"), &rows)
        .head(asked.t("申报", "Application"), |(application, _)| html! {
            a href=(asked.link(&format!("/applications/{}/sheet", application.id))) { (application.region_name) " · " (application.chain_name) }
            br; span.muted { (application.number.as_deref().unwrap_or("—")) }
        })
        .each(judged(&tally.rubric), |table, (indicator, scale)| table
            .number(indicator.name.as_str(), move |(_, own)| {
                marks::of(own, indicator).and_then(|mark| mark.score.as_deref()).unwrap_or("—")
            })
            .heading(html! { (indicator.name) " " span.muted { (scale.min) "–" (scale.max) } }))
        .column(asked.t("评分表", "Score sheet"), |(application, _)| sheet_state(&asked, application.sheet))
        .scrolled();
    let content = html! {
        p.lead { (asked.t(
            "只有您自己的分数，未签署的也在内，供您统一尺度；对他人保密。",
            "Your own marks alone, those not signed yet included, to keep one measure; hidden from others.",
        )) }
        (table.render())
        (print_button(&asked))
    };
    Ok(Shown::new(asked.t("我的分数对照", "My marks side by side"), content)
        .crumb("/desk", asked.t("工作台", "Desk"))
        .crumb(format!("/competitions/{id}/panel"), asked.t("我的评审", "My panel")))
}

/// All, open ones, signed ones; and the way to the next that is open.
fn choose(asked: &Asked, panel: &OwnPanelView, wanted: &str) -> Markup {
    let id = panel.competition_id;
    let open = panel.applications.iter().filter(|application| is_open(application)).count();
    let all = panel.applications.len();
    let shows = [
        ("", asked.t("全部", "All"), all),
        ("open", asked.t("未签署", "Open"), open),
        ("signed", asked.t("已签署", "Signed"), all - open),
    ];
    html! {
        nav.tabs.screen aria-label=(asked.t("筛选", "Filter")) { ul {
            @for (show, words, count) in shows {
                @let query = if show.is_empty() { String::new() } else { format!("?show={show}") };
                li { a href=(asked.link(&format!("/competitions/{id}/panel{query}"))) aria-current=[(show == wanted).then_some("page")] { (words) (asked.aside(&count)) } }
            }
            li { a href=(asked.link(&format!("/competitions/{id}/panel/marks"))) { (asked.t("我的分数对照", "My marks side by side")) } }
        } }
        @if let Some(next) = next_open(panel) {
            div.buttons.screen {
                a.button href=(asked.link(&format!("/applications/{}/sheet", next.id))) {
                    (asked.t("下一件：", "Next: ")) (next.region_name) " · " (next.chain_name)
                }
            }
        }
    }
}

fn applications(asked: &Asked, panel: &OwnPanelView) -> Markup {
    let wanted: String = asked.parameter("show").unwrap_or_default();
    let own = in_order(panel).into_iter().filter(|application| match wanted.as_str() {
        "open" => is_open(application),
        "signed" => !is_open(application),
        _ => true,
    });
    let table = Table::new(asked.t("由您评审的申报", "Applications that you are to judge"), own)
        .column(asked.t("编号", "Number"), |application| application.number.as_deref().unwrap_or("—"))
        .head(asked.t("申报主体", "Applicant"), |application| &application.region_name)
        .column(asked.t("产业链", "Chain"), |application| &application.chain_name)
        .column(asked.t("评分表", "Score sheet"), |application| sheet_state(asked, application.sheet))
        .column(asked.t("操作", "Action"), |application| {
            html! {
                @if panel.declared { (acts(asked, panel.state, application)) } @else { "—" }
            }
        });
    html! {
        @if panel.declared { (choose(asked, panel, &wanted)) }
        (table.render())
    }
}

fn acts(asked: &Asked, stage: CompetitionState, application: &OwnApplicationView) -> Markup {
    let page = |rest: &str| asked.link(&format!("/applications/{}{rest}", application.id));
    let words = match (stage, application.sheet) {
        (CompetitionState::Scoring, None) => asked.t("开始评分", "Score it"),
        (CompetitionState::Scoring, Some(SheetState::Draft)) => asked.t("继续评分", "Go on"),
        _ => asked.t("查看评分表", "See the sheet"),
    };
    html! {
        a.button href=(page("/sheet")) { (words) }
        " " a href=(page("")) { (asked.t("申报材料", "Application")) }
        " " a href=(page("/inspection")) { (asked.t("考察", "Inspection")) }
    }
}
