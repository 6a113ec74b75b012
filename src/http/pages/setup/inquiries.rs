//! Veto checks by letter: the letters of a competition, asking a department, and recording its reply.

use super::super::prelude::*;
use super::checks::veto_tag;
use super::words::choices;
use super::{competition, is_office, of_competition};
use crate::actions::checks::{self, CheckEntry};
use crate::actions::competitions::CompetitionView;
use crate::actions::inquiries::{self, InquiredApplication, InquiredItem, InquiryEntry, InquiryView};
use crate::domain::checks::{InquiryOutcome, VetoState, checks_vetoes};

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let (service, context, id) = (&request.service, &request.context, competition.id);
    let letters = inquiries::list(service, context, id).await?;
    let entries = checks::of_competition(service, context, id).await?;
    let content = html! {
        p.lead { (request.t(
            "一份函件就若干申报的若干否决项函询一个部门；复函上传一次，结果在一张表中记录。",
            "One letter asks a department about veto items of many applications; its reply is uploaded once, its results are recorded in one table.",
        )) }
        @if letters.is_empty() {
            (empty(&html! { p { (request.t("还没有函件。", "There are no letters yet.")) } }))
        } @else { (table(&request, &competition, &letters)) }
        @if is_office(&request) { (asking(&request, &competition, &entries)) }
    };
    let address = format!("/api/v1/competitions/{id}/inquiries");
    let title = request.t("函询", "Inquiries");
    Ok(of_competition(&request, &competition, "/checks", title, &content)
        .data(address.clone())
        .table(&tables::INQUIRIES, address))
}

fn table(request: &PageRequest, competition: &CompetitionView, letters: &[InquiryEntry]) -> Markup {
    let link = |letter: &InquiryEntry| {
        let at = format!("/competitions/{}/inquiries/{}", competition.id, letter.number);
        html! { a href=(request.link(&at)) { (letter.department) } }
    };
    let items = |letter: &InquiryEntry| -> Vec<String> {
        letter.items.iter().map(|item| item.title.clone()).collect()
    };
    Table::new(request.t("函件", "Letters"), letters)
        .number(request.t("序号", "No."), |letter| letter.number)
        .head(request.t("部门", "Department"), move |letter| link(letter))
        .column(request.t("文号", "Document number"), |letter| &letter.document_number)
        .column(request.t("函件日期", "Dated"), |letter| letter.dated.to_string())
        .column(request.t("否决事项", "Veto item"), move |letter| {
            items(letter).join(request.t("；", "; "))
        })
        .number(request.t("涉及申报", "Applications"), |letter| letter.application_count)
        .number(request.t("待答复", "To be answered"), |letter| letter.open_count)
        .render()
}

/// The form of a further letter, where there is something to ask.
fn asking(request: &PageRequest, competition: &CompetitionView, entries: &[CheckEntry]) -> Markup {
    let open = |entry: &&CheckEntry| {
        let mut vetoes = entry.vetoes.iter();
        checks_vetoes(competition.state, entry.state)
            && vetoes.any(|(_, state)| *state == VetoState::NotChecked)
    };
    let open: Vec<&CheckEntry> = entries.iter().filter(open).collect();
    if open.is_empty() {
        return html! { p.muted { (request.t("现在没有未查的否决项。", "No veto item waits to be asked about now.")) } };
    }
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{}/inquiries", competition.id))
        .once()
        .next(format!("/competitions/{}/inquiries/{{number}}", competition.id))
        .done("函件已建立，可下载后送签。", "The letter is made; download it to have it signed.");
    let vetoes = competition.settings.rubric["vetoes"].as_array().cloned().unwrap_or_default();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let today = request.service.clock.now().date().to_string();
    html! {
        h2 { (request.t("拟函", "A further letter")) }
        (form.render(&html! {
            (form.field(&Field::text("/department", request.t("部门", "Department")).required().medium()))
            (form.field(&Field::text("/document_number", request.t("文号", "Document number")).medium()))
            (form.field(&Field::date("/dated", request.t("函件日期", "Dated")).value(today).required()))
            fieldset.group {
                legend { (request.t("否决事项", "Veto item")) }
                // Sent though nothing is ticked: nothing chosen is not everything.
                input type="hidden" name="/item_keys/0:optional" value="";
                @for (index, veto) in vetoes.iter().enumerate() {
                    (tick(&form, &format!("/item_keys/{}", index + 1), &word(&veto["key"]), &html! { (word(&veto["name"])) }, false))
                }
            }
            fieldset.group {
                legend { (request.t("申报（默认全部有未查项的）", "Applications (unless told, all with an item not checked)")) }
                input type="hidden" name="/application_ids/0:optional" value="";
                @for (index, entry) in open.iter().enumerate() {
                    @let said = html! { (entry.number) " " (entry.title) " " span.muted { (entry.region) " · " (entry.chain) } };
                    (tick(&form, &format!("/application_ids/{}", index + 1), &entry.id.to_string(), &said, true))
                }
            }
            (form.button("建立函件", "Make the letter"))
        }))
    }
}

/// One of several to be ticked, by its value.
fn tick(form: &Form<'_>, name: &str, value: &str, said: &Markup, ticked: bool) -> Markup {
    let ticked = if form.carried().is_some() { form.value(name, "") == value } else { ticked };
    html! {
        label.choice {
            input id=(form.id(name)) type="checkbox" name=(name) value=(value) checked[ticked];
            span { (said) }
        }
    }
}

pub(super) async fn inquiry(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let view = inquiries::read(&request.service, &request.context, id, request.id("number")?).await?;
    let dated = view.dated.to_string();
    let open = view.applications.iter().flat_map(|one| &one.items).filter(|item| item.is_open).count();
    let content = html! {
        (facts(&[
            (request.t("部门", "Department"), html! { (view.department) }),
            (request.t("文号", "Document number"), html! { (view.document_number) }),
            (request.t("函件日期", "Dated"), html! { (dated) }),
            (request.t("涉及申报", "Applications"), html! { (view.applications.len()) }),
            (request.t("待答复", "To be answered"), html! { (open) }),
        ]))
        h2 { (request.t("复函", "Reply")) }
        @match &view.reply_file {
            Some(reply) => p { (file_link(&request, &reply.name, reply.scan, &format!("/api/v1/evidence/{}/content", reply.evidence_id))) },
            None => p.muted { (request.t("还没有上传复函。", "None yet.")) },
        }
        @if !view.note.is_empty() { p.text { (view.note) } }
        @if is_office(&request) && open > 0 { (upload(&request, &view)) }
        h2 { (request.t("结果", "Result")) }
        @if is_office(&request) && open > 0 && view.reply_file.is_some() { (recording(&request, &view)) }
        @else { (results(&request, &view)) }
    };
    let address = format!("/api/v1/competitions/{id}/inquiries/{}", view.number);
    let title = request.either(format!("函询{}", view.department), format!("Inquiry of {}", view.department));
    Ok(of_competition(&request, &competition, "/checks", &title, &content)
        .crumb(format!("/competitions/{id}/inquiries"), request.t("函询", "Inquiries"))
        .document(&printed::JOINT_INQUIRY, address.clone())
        .data(address.clone())
        .table(&tables::INQUIRY, address))
}

fn upload(request: &PageRequest, view: &InquiryView) -> Markup {
    let address = format!("/api/v1/competitions/{}/inquiries/{}/reply", view.competition_id, view.number);
    let form = request
        .form(Method::Post, address)
        .once()
        .files()
        .done("复函已上传，请在下表记录结果。", "Uploaded; record its results in the table below.");
    form.render(&html! {
        (form.field(&Field::file("file", request.t("复函", "Reply"), ".pdf,.jpg,.jpeg,.png,.docx")
            .hint(request.t("上传一次，所涉申报均可引用；只有办公室和监督可见。", "Once for all applications; the office and the supervisors alone see it.")).required()))
        (form.button("上传复函", "Upload the reply"))
    })
}

fn title_of<'a>(view: &'a InquiryView, item: &'a InquiredItem) -> &'a str {
    let known = view.items.iter().find(|known| known.item == item.item);
    known.map_or(&item.item, |known| &known.title)
}

fn heading(request: &PageRequest, application: &InquiredApplication) -> Markup {
    html! {
        a href=(request.link(&format!("/applications/{}/checks", application.application_id))) { (application.application_number) }
        " " (application.title) " " span.muted { (application.parties.join(request.t("、", ", "))) }
        @for title in &application.known {
            br;
            span.muted {
                (request.t("本系统记录：", "Known here: "))
                a href=(request.link(&format!("/titles/{}", title.id))) { (title.content.award_name) " " (title.content.chain) }
                " " (title.standing.in_language(request.language)) " "
                (title.valid_from) " – " (title.valid_until)
            }
        }
    }
}

fn results(request: &PageRequest, view: &InquiryView) -> Markup {
    let groups =
        view.applications.iter().map(|application| (heading(request, application), &application.items));
    Table::grouped(request.t("按编号", "By number"), groups)
        .head(request.t("否决事项", "Veto item"), |item| title_of(view, item))
        .column(request.t("结果", "Result"), |item| veto_tag(request, item.state))
        .text(request.t("说明", "Explanation"), |item| &item.note)
        .render()
}

/// The form of what the reply says: nothing was found, but where something is chosen.
fn recording(request: &PageRequest, view: &InquiryView) -> Markup {
    let address = format!("/api/v1/competitions/{}/inquiries/{}/results", view.competition_id, view.number);
    let form = request
        .form(Method::Post, address)
        .revision(view.revision)
        .done("结果已记录。", "The results are recorded.");
    let mut row = 0_usize;
    let groups = view.applications.iter().filter_map(|application| {
        let open: Vec<_> = application.items.iter().filter(|item| item.is_open).collect();
        let rows: Vec<_> = open
            .into_iter()
            .map(|item| {
                row += 1;
                (row, application, item)
            })
            .collect();
        (!rows.is_empty()).then(|| (heading(request, application), rows))
    });
    let groups: Vec<_> = groups.collect();
    let none = (String::new(), request.t("未发现", "Nothing found").to_owned());
    let outcomes: Vec<_> =
        std::iter::once(none).chain(choices(InquiryOutcome::ALL, request.language)).collect();
    let (form_, outcomes) = (&form, &outcomes);
    form.render(&html! {
        p.hint { (request.t(
            "默认全部为“未发现”。只改有例外的行：发现的写明情况，函中没有答复的留待下次复函。",
            "All is “Nothing found” unless changed. Change only exceptions: say what was found; what was not answered waits for a further reply.",
        )) }
        (form.field(&Field::area("/note", request.t("复函：单位、文号、日期", "The reply: body, document number, date"), 2).required()))
        (Table::grouped(request.t("按编号", "By number"), groups)
            .head(request.t("否决事项", "Veto item"), |(row, application, item)| html! {
                (title_of(view, item))
                input type="hidden" name=(format!("/exceptions/{row}/application_id:key")) value=(application.application_id);
                input type="hidden" name=(format!("/exceptions/{row}/item:key")) value=(item.item);
            })
            .field(request.t("结果", "Result"), move |(row, application, item)| form_.cell(
                &Field::select(format!("/exceptions/{row}/outcome:optional"), request.t("结果", "Result"), outcomes.clone())
                    .within(format!("{} {}", application.application_number, title_of(view, item)))))
            .field(request.t("说明", "Explanation"), move |(row, application, item)| form_.cell(
                &Field::text(format!("/exceptions/{row}/note"), request.t("说明", "Explanation"))
                    .within(format!("{} {}", application.application_number, title_of(view, item)))))
            .render())
        (form.button("记录结果", "Record the results"))
    })
}
