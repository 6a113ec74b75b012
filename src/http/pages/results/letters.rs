//! Letters of an edition: where they stand, what they say, sending one again.

use super::super::prelude::*;
use super::words::letter_tone;
use super::{api, edition, of_edition, word};
use crate::actions::letters::{self, LetterView};
use crate::actions::names::NamedCompetition;
use crate::domain::letter::LetterState;

/// How many letters stand on a page.
const ON_A_PAGE: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/competitions/{competition_id}/letters", Action::ReadLetters, list),
        page("/competitions/{competition_id}/letters/{letter_id}", Action::ReadLetters, letter),
    ]
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let (id, before) = (edition.id, asked.parameter("cursor"));
    let found = letters::list(&asked.service, &asked.visit, id, before, ON_A_PAGE).await?;
    let waiting = found.items.iter().filter(|letter| is_stuck(letter)).count();
    let content = html! {
        p.lead { (asked.t("系统写出的每一封函件，最新的在前。", "Every letter that the system wrote, newest first.")) }
        @if waiting > 0 {
            (notice(Tone::Warning, &html! { p { (asked.t(
                "有函件发送失败或是否送达不明。系统不会自行重发，请逐封决定。",
                "Some letters failed, or nobody knows whether they went out. They are not sent again by themselves: decide about each.",
            )) } }))
        }
        @if found.items.is_empty() {
            (empty(&html! {
                p { (asked.t("还没有函件。在进度页可发出催办函。", "There are no letters yet. Reminders are sent from the progress page.")) }
                p { a href=(asked.link(&format!("/competitions/{id}/progress"))) { (asked.t("进度", "Progress")) } }
            }))
        } @else { (table(&asked, &edition, &found.items)) }
        (List::new(&asked, format!("/competitions/{id}/letters")).pages(found.next_cursor.as_deref()))
    };
    let title = asked.t("函件", "Letters");
    Ok(of_edition(&asked, &edition, "/letters", title, &content).data(api(id, "/letters")))
}

fn is_stuck(letter: &LetterView) -> bool {
    matches!(letter.state, LetterState::Failed | LetterState::Unsure)
}

fn table(asked: &Asked, edition: &NamedCompetition, letters: &[LetterView]) -> Markup {
    Table::new(asked.t("函件", "Letters"), letters)
        .head(asked.t("主题", "Subject"), |letter| html! {
            a href=(asked.link(&format!("/competitions/{}/letters/{}", edition.id, letter.id))) { (letter.subject) }
        })
        .column(asked.t("收件地址", "To"), |letter| &letter.address)
        .column(asked.t("写成", "Written"), |letter| asked.time(letter.created_at))
        .column(asked.t("状态", "State"), |letter| state(asked, letter))
        .column(asked.t("操作", "Action"), |letter| resend(asked, letter))
        .render()
}

fn state(asked: &Asked, letter: &LetterView) -> Markup {
    html! {
        (word(asked, letter.state, letter_tone(letter.state)))
        @if let Some(at) = letter.sent_at { " " (asked.time(at)) }
        @if letter.attempts > 1 {
            " " span.muted { @if asked.is_chinese() { "试过" (letter.attempts) "次" } @else { (letter.attempts) " attempts" } }
        }
        @if !letter.error.is_empty() { p.muted { (letter.error) } }
    }
}

fn resend(asked: &Asked, letter: &LetterView) -> Markup {
    if !is_stuck(letter) || asked.role() != Some(Role::Office) {
        return html! { span.muted { "—" } };
    }
    let form = asked
        .form(Method::Post, format!("/api/v1/letters/{}/resend", letter.id))
        .once()
        .done("已列入待发送。", "It is among those to be sent.");
    form.render(&html! { button.secondary type="submit" { (asked.t("重新发送", "Send again")) } })
}

async fn letter(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let letter = letters::read(&asked.service, &asked.visit, id, asked.id("letter_id")?).await?;
    let content = html! {
        div.screen {
            (facts(&[
                (asked.t("收件地址", "To"), html! { (letter.address) }),
                (asked.t("写成", "Written"), asked.time(letter.created_at)),
                (asked.t("状态", "State"), state(&asked, &letter)),
            ]))
            (resend(&asked, &letter))
            (print_button(&asked))
        }
        article.paper {
            h2 { (letter.subject) }
            div.text { (letter.body) }
        }
    };
    let page = format!("/competitions/{id}/letters");
    Ok(of_edition(&asked, &edition, "/letters", letter.subject.clone(), &content)
        .crumb(page, asked.t("函件", "Letters"))
        .data(api(id, "/letters")))
}
