//! The announcement: what it would publish now, what blocks it, publishing it, replacing it by another.

use super::super::prelude::*;
use super::super::remedy;
use super::{api, competition, of_competition, public_list, track_words};
use crate::actions::announcements::{self, AnnouncementLists};
use crate::actions::names::NamedCompetition;
use crate::domain::announcement::{Announcement, RankingEntry};
use crate::domain::competition::{CompetitionState, Disclosure};
use crate::domain::record::Digest;
use crate::error::Kind;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/announcement", Action::ReadRanking, announcement)]
}

async fn announcement(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let published = match announcements::read(&request.service, id).await {
        Ok(found) => Some(found),
        Err(error) if error.kind == Kind::NotFound => None,
        Err(error) => return Err(error),
    };
    let lists = match announcements::lists(&request.service, &request.context, id).await {
        Ok(lists) => Ok(lists),
        Err(error) if error.kind == Kind::Conflict => Err(error),
        Err(error) => return Err(error),
    };
    let content = html! {
        @if let Some((digest, published)) = &published { (holds(&request, &competition, *digest, published)) }
        @match &lists {
            Ok(lists) => (preview(&request, &competition, lists, published.as_ref().map(|(_, published)| published))),
            Err(error) => (not_yet(&request, &competition, error)),
        }
    };
    let shown =
        of_competition(&request, &competition, "/announcement", request.t("公布", "Announcement"), &content);
    let shown = if lists.is_ok() { shown.data(api(id, "/announcement/preview")) } else { shown };
    Ok(if published.is_some() {
        shown.data(format!("/api/v1/competitions/{id}/announcement"))
    } else {
        shown
    })
}

fn not_yet(request: &PageRequest, competition: &NamedCompetition, error: &Error) -> Markup {
    empty(&html! {
        p { (request.localized(&error.message)) }
        p { a href=(request.link(&format!("/competitions/{}/selections", competition.id))) { (request.t("去遴选", "To the selection")) } }
    })
}

/// The announcement that holds.
fn holds(
    request: &PageRequest,
    competition: &NamedCompetition,
    digest: Digest,
    published: &Announcement,
) -> Markup {
    html! {
        h2 { (request.t("现行公布", "The announcement that holds")) }
        (facts(&[
            (request.t("文号", "Document number"), html! { (published.document) }),
            (request.t("日期", "Date"), request.date(published.date)),
            (request.t("次数", "Number"), html! { (published.number) }),
            (request.t("入选", "Winners"), html! { (published.winners.len()) }),
            (request.t("暂不公布", "Held back"), html! { (published.held_back) }),
            (request.t("有效期", "Valid"), html! { (request.date(published.valid_from)) "–" (request.date(published.valid_until)) }),
            (request.t("摘要", "Digest"), html! { code { (digest) } }),
        ]))
        div.buttons.screen {
            a.button.secondary href=(request.link(&format!("/announcements/{}", competition.id))) { (request.t("公众看到的页面（可打印）", "As the public sees it (to print)")) }
            a.button.secondary href=(request.link(&format!("/competitions/{}/titles", competition.id))) { (request.t("称号：续期与撤销", "Titles: renewal and revocation")) }
        }
    }
}

fn preview(
    request: &PageRequest,
    competition: &NamedCompetition,
    lists: &AnnouncementLists,
    before: Option<&Announcement>,
) -> Markup {
    let unchanged = before.is_some_and(|before| before.winners == lists.winners);
    html! {
        h2 { (if before.is_some() { request.t("如再次公布，将是", "Published again, it would say") } else { request.t("预览：将要公布的内容", "Preview: what would be published") }) }
        @if unchanged { p { (request.t("名单与现行公布相同。", "The list is the one that holds.")) } }
        @if !lists.open.is_empty() {
            (notice(Tone::Warning, &html! {
                p { (request.t("以下前提满足后才能公布：", "These block it:")) }
                ul { @for point in &lists.open { li { (remedy::link(request, competition.id, point)) } } }
            }))
        }
        @if unchanged {
            details {
                summary { (request.t("查看名单", "See the list")) }
                (paper(request, competition, lists))
            }
        } @else { (paper(request, competition, lists)) }
        @if !lists.waiting.is_empty() {
            h3 { (request.t("未审查的异议", "Objections not looked at")) (request.aside(&lists.waiting.len())) }
            p {
                (request.t("先逐件决定是否受理。异议人已核实的，暂缓公布所指名称；未核实的不阻止公布。", "Decide first whether to accept each. Where whoever objects was reached, the name is held back; where not, it is not. "))
                a href=(request.link(&format!("/competitions/{}/objections?state=received", competition.id))) { (request.t("去审查", "To the objections")) }
            }
        }
        @if !lists.held_back.is_empty() {
            h3 { (request.t("暂不公布的名称", "Names held back")) (request.aside(&lists.held_back.len())) }
            p { (request.t("因异议未办结或成立，或被纪检监督暂停。公众只看到件数。", "By an objection that is open or upheld, or by the supervisors. The public learns their number alone.")) }
            ul { @for entry in &lists.held_back { li { (entry.title) } } }
        }
        (publish(request, competition, lists, before))
        div.buttons.screen { (print_button(request)) }
    }
}

/// The lists as they would be published.
fn paper(request: &PageRequest, competition: &NamedCompetition, lists: &AnnouncementLists) -> Markup {
    html! {
        article.paper {
            h3 { (competition.rules.settings.title) "入选名单" }
            p { "依据" (competition.rules.settings.authority) "，经申报、考察、遴选和公示，现予公布。" }
            (public_list(request, request.t("入选名单", "Winners"), &lists.winners))
            @if let Some(ranking) = &lists.ranking { (whole_ranking(request, competition, ranking)) }
        }
    }
}

fn whole_ranking(request: &PageRequest, competition: &NamedCompetition, ranking: &[RankingEntry]) -> Markup {
    Table::new(
        html! { (request.t("全部排名", "The whole ranking")) (request.aside(&ranking.len())) },
        ranking,
    )
    .column(request.t("组别", "Track"), |entry| track_words(request, competition, &entry.track))
    .number(request.t("名次", "Place"), |entry| entry.place)
    .head(request.t("名称", "Name"), |entry| &entry.title)
    .column(request.t("牵头地区", "Lead region"), |entry| &entry.region)
    .number(request.t("得分", "Score"), |entry| &entry.score)
    .scrolled()
    .render()
}

fn publish(
    request: &PageRequest,
    competition: &NamedCompetition,
    lists: &AnnouncementLists,
    before: Option<&Announcement>,
) -> Markup {
    let at_stage = matches!(competition.state, CompetitionState::Notice | CompetitionState::Announced);
    if !at_stage || !lists.open.is_empty() || request.role() != Some(Role::Office) {
        return Markup::default();
    }
    let form = request
        .form(Method::Post, api(competition.id, "/announcements"))
        .once()
        .done("已公布。", "Announced.");
    let organizer = || competition.rules.settings.organizer.clone();
    let issuer = before.map_or_else(organizer, |before| before.issuer.clone());
    let content = html! {
        (form.field(&Field::text("/document", request.t("文号", "Document number")).required().medium()))
        (form.field(&Field::text("/issuer", request.t("发布单位", "Issued by")).value(issuer).required().medium()))
        (form.field(&Field::area("/text", request.t("正文：入选地区的责任、支持措施等", "Text: duties of the winners, support and the like"), 6)
            .value(before.map(|before| before.text.clone()).unwrap_or_default())))
        @if before.is_some() {
            (form.field(&Field::area("/erratum", request.t("更正说明", "Why it replaces the one before"), 3)
                .hint(request.t("与公布内容一并公开。", "It is published with the rest.")).required()))
        }
        @if before.is_some() { (form.danger("公布更正", "Publish the correction")) } @else { (form.danger("公布入选名单", "Announce the winners")) }
    };
    html! {
        section.card.screen {
            h2 { (if before.is_some() { request.t("更正并再次公布", "Publish a correction") } else { request.t("公布", "Announce") }) }
            (consequences(request, competition, lists, before))
            (form.render(&content))
        }
    }
}

/// What becomes public, and what follows.
fn consequences(
    request: &PageRequest,
    competition: &NamedCompetition,
    lists: &AnnouncementLists,
    before: Option<&Announcement>,
) -> Markup {
    let (winners, held) = (lists.winners.len(), lists.held_back.len());
    let disclosed = match competition.rules.settings.disclosure {
        Disclosure::Winners => request.t(
            "名称、产业链、地区和称号；不含名次和得分。",
            "Names, chains, regions and awards; no places, no scores.",
        ),
        Disclosure::RankedWinners => request.t(
            "名称、产业链、地区、称号，以及入选者的名次和得分。",
            "Names, chains, regions and awards, with places and scores of the winners.",
        ),
        Disclosure::Ranking => request.t(
            "名称、产业链、地区、称号，以及全部申报的名次和得分。",
            "Names, chains, regions and awards, and places and scores of all that were ranked.",
        ),
    };
    html! {
        ul {
            @if request.is_chinese() {
                li { strong { (winners) "项" } "入选名称立即公开，任何人可查看和下载。" @if held > 0 { "另有" (held) "项暂不公布。" } }
                li { "公开的内容：" (disclosed) }
                li { @if before.is_some() { "已授予的称号有效期不变；新" } "入选者获得称号，有效期自今天至" (request.date(lists.valid_until)) "。" }
                li { @if before.is_some() { "现行公布由此取代，但不抹去；不再入选的称号随之撤销。" } @else { "公布后不能撤回或修改，只能以注明日期和理由的更正取代。" } }
            } @else {
                li { strong { (count(winners, "winner becomes", "winners become")) } " public at once, for everybody to read and download." @if held > 0 { " " (count(held, "more is", "more are")) " held back." } }
                li { "What is public: " (disclosed) }
                li { @if before.is_some() { "Titles that were given hold as long as before. New winners" } @else { "The winners" } " get titles, valid from today to " (request.date(lists.valid_until)) "." }
                li { @if before.is_some() { "The announcement that holds is replaced, not erased; titles of names no longer selected are revoked." } @else { "It can't be taken back or changed, only replaced by a dated correction with its reason." } }
            }
        }
    }
}
