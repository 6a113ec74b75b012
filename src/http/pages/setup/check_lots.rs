//! Formal checks of many applications: one table of drafts, what it takes from Excel, and what was issued together.

use super::super::imports::{described, import_form};
use super::super::prelude::*;
use super::checks::result_tag;
use super::words::choices;
use super::{competition, is_office, of_competition};
use crate::actions::checks::{self, CheckDraftEntry, CheckLotEntry};
use crate::actions::competitions::CompetitionView;
use crate::domain::check_table::COLUMNS;
use crate::domain::checks::FormalResult;

pub(super) async fn drafts(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let (service, context, id) = (&request.service, &request.context, competition.id);
    let drafts = checks::drafts(service, context, id).await?;
    let lots = checks::lots(service, context, id).await?;
    let content = html! {
        p.lead { (request.t(
            "在一张表中填写各件申报的审查意见，先存为草稿；一并印发前不告知申报单位。",
            "Fill in the findings of all applications in one table of drafts; applicants are told nothing before they are issued together.",
        )) }
        @if drafts.is_empty() {
            (empty(&html! { p { (request.t("现在没有待形式审查的申报。", "No application waits for a formal check now.")) } }))
        } @else if is_office(&request) {
            p { a href=(request.link(&format!("/competitions/{id}/checks/drafts/import"))) { (request.t("用 Excel 填写", "Fill them in with Excel")) } }
            (saving(&request, &competition, &drafts))
            (issuing(&request, &competition, &drafts))
        } @else { (shown(&request, &competition, &drafts)) }
        h2 { (request.t("已印发", "Issued")) }
        @if lots.is_empty() {
            p.muted { (request.t("还没有一并印发的审查结果。", "None were issued together yet.")) }
        } @else { (issued(&request, &competition, &lots)) }
    };
    let address = format!("/api/v1/competitions/{id}/checks/drafts");
    let title = request.t("批量形式审查", "Formal checks of many");
    Ok(of_competition(&request, &competition, "/checks", title, &content)
        .data(address.clone())
        .data(format!("/api/v1/competitions/{id}/checks/lots"))
        .table(&tables::CHECK_DRAFTS, address))
}

fn named(request: &PageRequest, draft: &CheckDraftEntry) -> Markup {
    html! {
        a href=(request.link(&format!("/applications/{}/checks", draft.application_id))) { (draft.application_number) }
        " " (draft.title) " " span.muted { (draft.lead_region.name) }
    }
}

fn finding(request: &PageRequest, passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => request.t("符合", "In form"),
        Some(false) => request.t("不符合", "Not in form"),
        None => request.t("尚无意见", "Not judged"),
    }
}

fn shown(request: &PageRequest, competition: &CompetitionView, drafts: &[CheckDraftEntry]) -> Markup {
    let items = competition.settings.formal_items.iter().enumerate();
    Table::new(request.t("按编号", "By number"), drafts)
        .head(request.t("申报", "Application"), |draft| named(request, draft))
        .each(items, |table, (place, item)| {
            table.column(&item.title, move |draft| {
                draft.findings.get(place).map_or("", |found| finding(request, found.passed))
            })
        })
        .column(request.t("结论", "Outcome"), |draft| {
            draft.result.map(|result| result_tag(request, result)).unwrap_or_default()
        })
        .scrolled()
        .render()
}

/// The form of all drafts: a row an application, a column an item.
fn saving(request: &PageRequest, competition: &CompetitionView, drafts: &[CheckDraftEntry]) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{}/checks/drafts", competition.id))
        .done("草稿已保存。", "The drafts are saved.");
    let form_ = &form;
    let unset = || (String::new(), request.t("尚无意见", "Not judged").to_owned());
    let passed = || {
        [None, Some(true), Some(false)].map(|passed| match passed {
            None => unset(),
            Some(is) => (is.to_string(), finding(request, passed).to_owned()),
        })
    };
    let results = |draft: &CheckDraftEntry| {
        let all = [FormalResult::Accepted, FormalResult::Correction, FormalResult::Rejected];
        let open = all.into_iter().filter(|result| draft.correctable || *result != FormalResult::Correction);
        let open: Vec<FormalResult> = open.collect();
        let none = (String::new(), request.t("未作结论", "Not decided").to_owned());
        std::iter::once(none).chain(choices(&open, request.language)).collect::<Vec<_>>()
    };
    let items = competition.settings.formal_items.iter().enumerate();
    let rows: Vec<(usize, &CheckDraftEntry)> = drafts.iter().enumerate().collect();
    form.render(&html! {
        (Table::new(request.t("按编号", "By number"), rows)
            .head(request.t("申报", "Application"), |(row, draft)| html! {
                (named(request, draft))
                input type="hidden" name=(format!("/drafts/{row}/application_id:key")) value=(draft.application_id);
                input type="hidden" name=(format!("/drafts/{row}/revision:whole")) value=(draft.revision);
            })
            .each(items, |table, (place, item)| table.field(&item.title, move |(row, draft)| {
                let at = format!("/drafts/{row}/findings/{place}");
                let within = format!("{} {}", draft.application_number, item.title);
                let found = draft.findings.get(place);
                let (chosen, note) = found.map_or((None, ""), |found| (found.passed, found.note.as_str()));
                html! {
                    input type="hidden" name=(format!("{at}/item:key")) value=(item.key);
                    (form_.cell(&Field::select(format!("{at}/passed:json"), request.t("意见", "Comment"), passed())
                        .value(chosen.map(|is| is.to_string()).unwrap_or_default()).within(within.clone())))
                    (form_.cell(&Field::text(format!("{at}/note"), request.t("说明", "Explanation")).value(note).within(within)))
                }
            }))
            .field(request.t("结论", "Outcome"), |(row, draft)| form_.cell(
                &Field::select(format!("/drafts/{row}/result:optional"), request.t("结论", "Outcome"), results(draft))
                    .value(draft.result.map(|result| result.to_string()).unwrap_or_default())
                    .within(draft.application_number.clone())))
            .field(request.t("告知申报单位的理由", "Reasons for the applicant"), |(row, draft)| form_.cell(
                &Field::area(format!("/drafts/{row}/reason"), request.t("告知申报单位的理由", "Reasons for the applicant"), 2)
                    .value(draft.reason.clone()).within(draft.application_number.clone())))
            .scrolled()
            .render())
        (form.button("保存草稿", "Save the drafts"))
    })
}

/// The form that issues the drafts that are complete.
fn issuing(request: &PageRequest, competition: &CompetitionView, drafts: &[CheckDraftEntry]) -> Markup {
    let at = format!("/competitions/{}/checks/lots", competition.id);
    let form =
        request.form(Method::Post, format!("/api/v1{at}")).once().next(format!("{at}/{{number}}")).done(
            "审查结果已印发，申报单位可见；通知书可在此下载。",
            "The checks are issued, applicants see them; their letters can be downloaded here.",
        );
    html! {
        h2 { (request.t("一并印发", "Issue together")) }
        p.hint { (request.t(
            "先保存草稿。印发前先列出各件的结论，确认后才印发；未填写完整的仍为草稿。",
            "Save the drafts first. What comes of each is shown before they are issued; those that are not complete stay drafts.",
        )) }
        (form.render(&html! {
            fieldset.group {
                legend { (request.t("申报", "Application")) }
                input type="hidden" name="/application_ids/0:optional" value="";
                @for (index, draft) in drafts.iter().enumerate() {
                    @let name = format!("/application_ids/{}", index + 1);
                    @let id = draft.application_id.to_string();
                    @let ticked = if form.carried().is_some() { form.value(&name, "") == id } else { draft.complete };
                    label.choice {
                        input id=(form.id(&name)) type="checkbox" name=(name) value=(id) checked[ticked];
                        span {
                            (draft.application_number) " " (draft.title) " "
                            @if let Some(result) = draft.result { (result_tag(request, result)) " " }
                            @if !draft.complete { (tag(request.t("未填写完整", "Not complete"), Tone::Neutral)) }
                        }
                    }
                }
            }
            (form.danger("印发审查结果", "Issue the checks"))
        }))
    }
}

fn issued(request: &PageRequest, competition: &CompetitionView, lots: &[CheckLotEntry]) -> Markup {
    let link = |lot: &CheckLotEntry| {
        let at = format!("/competitions/{}/checks/lots/{}", competition.id, lot.number);
        html! { a href=(request.link(&at)) { (request.time(lot.issued_at)) } }
    };
    Table::new(request.t("一并印发的审查结果", "Checks issued together"), lots)
        .number(request.t("序号", "No."), |lot| lot.number)
        .head(request.t("印发时间", "Issued"), move |lot| link(lot))
        .number(request.t("受理", "Accepted"), |lot| lot.accepted_count)
        .number(request.t("补正", "To be corrected"), |lot| lot.correction_count)
        .number(request.t("不予受理", "Rejected"), |lot| lot.rejected_count)
        .render()
}

pub(super) async fn lot(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let view = checks::lot(&request.service, &request.context, id, request.id("number")?).await?;
    let content = html! {
        p.lead { (request.t("印发时间：", "Issued: ")) (request.time(view.issued_at)) }
        (Table::new(request.t("按编号", "By number"), &view.issued_checks)
            .head(request.t("编号", "Number"), |one| html! { a href=(request.link(&format!("/applications/{}/checks", one.application_id))) { (one.application_number) } })
            .column(request.t("申报", "Application"), |one| html! { (one.title) br; span.muted { (one.lead_region.name) } })
            .column(request.t("结论", "Outcome"), |one| html! {
                (result_tag(&request, one.check.result))
                @if one.taken_back { " " (result_tag(&request, FormalResult::TakenBack)) }
                @if let Some(until) = one.check.correction_due_at { " " span.muted { (request.t("至", "until ")) (request.time(until)) } }
            })
            .text(request.t("理由", "Reason"), |one| &one.check.reason)
            .render())
        (print_button(&request))
    };
    let address = format!("/api/v1/competitions/{id}/checks/lots/{}", view.number);
    let title = request
        .either(format!("第{}批审查结果", view.number), format!("Lot {} of formal checks", view.number));
    Ok(of_competition(&request, &competition, "/checks", &title, &content)
        .crumb(
            format!("/competitions/{id}/checks/drafts"),
            request.t("批量形式审查", "Formal checks of many"),
        )
        .document(&printed::CHECK_LETTERS, address.clone())
        .data(address.clone())
        .table(&tables::CHECK_LOT, address))
}

pub(super) async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let address = format!("/api/v1/competitions/{id}/checks/drafts/import");
    let form = request
        .form(Method::Post, address.clone())
        .once()
        .files()
        .next(format!("/competitions/{id}/checks/drafts"))
        .done("已存为草稿。", "Saved as drafts.");
    let content = html! {
        p.lead { (request.t(
            "下载表格，填写后上传。上传后先列出每一处变化，确认后存为草稿；印发另行办理。",
            "Download the table, fill it in, and send it. Each change is shown first and saved as a draft; issuing is an act of its own.",
        )) }
        p { a href=(address) download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
        (import_form(&request, &form, &COLUMNS))
        (described(&request, &COLUMNS))
    };
    let title = request.t("用 Excel 填写形式审查", "Fill in formal checks with Excel");
    Ok(of_competition(&request, &competition, "/checks", title, &content).crumb(
        format!("/competitions/{id}/checks/drafts"),
        request.t("批量形式审查", "Formal checks of many"),
    ))
}
