//! Letters of a competition: where they stand, what they say, sending one again.

use super::super::prelude::*;
use super::words::letter_tone;
use super::{api, competition, of_competition, word};
use crate::actions::letters::{self, LetterView};
use crate::actions::names::NamedCompetition;
use crate::domain::letter::LetterState;

/// How many letters stand on a page.
const ON_A_PAGE: usize = 50;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/letters", Action::ReadLetters, list),
        page("/competitions/{competition_id}/letters/{letter_id}", Action::ReadLetters, letter),
    ]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let (id, before) = (competition.id, request.parameter("cursor"));
    let found = letters::list(&request.service, &request.context, id, before, ON_A_PAGE).await?;
    let waiting = found.items.iter().filter(|letter| is_stuck(letter)).count();
    let content = html! {
        p.lead { (request.t("系统写出的每一封函件，最新的在前。", "Every letter that the system wrote, newest first.")) }
        @if waiting > 0 {
            (notice(Tone::Warning, &html! { p { (request.t(
                "有函件发送失败或是否送达不明。系统不会自行重发，请逐封决定。",
                "Some letters failed, or nobody knows whether they went out. They are not sent again by themselves: decide about each.",
            )) } }))
        }
        @if found.items.is_empty() {
            (empty(&html! {
                p { (request.t("还没有函件。在进度页可发出催办函。", "There are no letters yet. Reminders are sent from the progress page.")) }
                p { a href=(request.link(&format!("/competitions/{id}/progress"))) { (request.t("进度", "Progress")) } }
            }))
        } @else { (table(&request, &competition, &found.items)) }
        (List::new(&request, format!("/competitions/{id}/letters")).pages(found.next_cursor.as_deref()))
    };
    let title = request.t("函件", "Letters");
    Ok(of_competition(&request, &competition, "/letters", title, &content)
        .data(api(id, "/letters"))
        .table(&tables::LETTERS, api(id, "/letters")))
}

fn is_stuck(letter: &LetterView) -> bool {
    matches!(letter.state, LetterState::Failed | LetterState::Unsure)
}

fn table(request: &PageRequest, competition: &NamedCompetition, letters: &[LetterView]) -> Markup {
    Table::new(request.t("函件", "Letters"), letters)
        .head(request.t("主题", "Subject"), |letter| html! {
            a href=(request.link(&format!("/competitions/{}/letters/{}", competition.id, letter.id))) { (letter.subject) }
        })
        .column(request.t("收件地址", "To"), |letter| &letter.address)
        .column(request.t("写成", "Written"), |letter| request.time(letter.created_at))
        .column(request.t("状态", "State"), |letter| state(request, letter))
        .column(request.t("操作", "Action"), |letter| resend(request, letter))
        .render()
}

fn state(request: &PageRequest, letter: &LetterView) -> Markup {
    html! {
        (word(request, letter.state, letter_tone(letter.state)))
        @if let Some(at) = letter.sent_at { " " (request.time(at)) }
        @if letter.attempts > 1 {
            " " span.muted { @if request.is_chinese() { "试过" (letter.attempts) "次" } @else { (count(letter.attempts, "attempt", "attempts")) } }
        }
        @if !letter.error.is_empty() { p.muted { (letter.error) } }
    }
}

fn resend(request: &PageRequest, letter: &LetterView) -> Markup {
    if !is_stuck(letter) || request.role() != Some(Role::Office) {
        return html! { span.muted { "—" } };
    }
    let form = request
        .form(Method::Post, format!("/api/v1/letters/{}/resending", letter.id))
        .once()
        .done("已列入待发送。", "It is among those to be sent.");
    form.render(&html! { button.secondary type="submit" { (request.t("重新发送", "Send again")) } })
}

async fn letter(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let letter = letters::read(&request.service, &request.context, id, request.id("letter_id")?).await?;
    let content = html! {
        div.screen {
            (facts(&[
                (request.t("收件地址", "To"), html! { (letter.address) }),
                (request.t("写成", "Written"), request.time(letter.created_at)),
                (request.t("状态", "State"), state(&request, &letter)),
            ]))
            (resend(&request, &letter))
            (print_button(&request))
        }
        article.paper {
            h2 { (letter.subject) }
            div.text { (letter.body) }
        }
    };
    let page = format!("/competitions/{id}/letters");
    Ok(of_competition(&request, &competition, "/letters", letter.subject.clone(), &content)
        .crumb(page, request.t("函件", "Letters"))
        .data(api(id, "/letters")))
}
