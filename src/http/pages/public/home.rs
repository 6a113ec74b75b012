//! The home page, and the list of all editions.

use super::super::prelude::*;
use super::{edition_links, timeline};
use crate::actions::competitions::{self, CompetitionEntry, CompetitionView};
use crate::domain::competition::CompetitionState;

/// Editions looked at for the home page: those under way are among the newest.
const NEWEST: usize = 20;
/// Announced editions shown on the home page.
const MOST_ANNOUNCED: usize = 3;
/// Editions on a page of the archive.
const IN_ARCHIVE: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/", Action::ReadPublic, home), page("/archive", Action::ReadPublic, archive)]
}

async fn home(asked: Rc<Asked>) -> Result<Shown> {
    let newest = competitions::newest(&asked.service, &asked.visit, NEWEST).await?;
    let (announced, going): (Vec<_>, Vec<_>) =
        newest.iter().partition(|edition| edition.state == CompetitionState::Announced);
    let content = html! {
        (introduction(&asked))
        h2 { (asked.t("进行中的竞赛", "Editions under way")) }
        @if going.is_empty() {
            (empty(&html! { p {
                (asked.t("目前没有进行中的竞赛。往届见", "No edition is under way. Earlier ones are in the "))
                a href=(asked.link("/archive")) { (asked.t("历届竞赛", "archive")) } (asked.t("。", "."))
            } }))
        }
        @for edition in &going { (under_way(&asked, edition)) }
        @if !announced.is_empty() {
            h2 { (asked.t("最近公布", "Announced last")) }
            ul {
                @for edition in announced.iter().take(MOST_ANNOUNCED) {
                    li {
                        (&edition.settings.title) (asked.t("：", ": "))
                        (edition_links(&asked, edition.id, edition.state))
                    }
                }
            }
        }
        (further(&asked))
    };
    Ok(Shown::new(asked.t("区域卓越产业链竞赛", "Regional excellent-chain competition"), content)
        .data("/api/v1/competitions"))
}

/// What the competition is, in the words of the action plan that sets it up.
fn introduction(asked: &Asked) -> Markup {
    html! {
        p.lead { (asked.t(
            "通过申报、考察、遴选的方式，推动市、县和各类开发区发挥集聚特色优势，加强核心区与协同区协作，提升产业和企业能级，在重点产业链中塑造一批主导产业突出、龙头企业引领、地标特征明显的区域卓越产业链。",
            "By application, inspection and selection, cities, counties and development zones are moved to build on what has gathered there, core and partner areas to work together, and industries and firms to rise, so that among the key chains regional excellent chains take shape: with a distinct leading industry, leading firms at the front and the character of a landmark.",
        )) }
        p { (asked.t(
            "原则：突出竞争性、示范性、引领性，坚持上下联动、区域协作，竞争择优、培塑品牌，示范引领、卓越提升。以竞赛促提升，以联动促协同，以强链促循环。",
            "Principles: competition, demonstration and guidance; higher and lower levels move together, regions cooperate, the best are chosen in competition and brands are built, examples lead the way to excellence. Competition for improvement, joint action for cooperation, strong chains for circulation.",
        )) }
        p.muted { (asked.t(
            "依据：《江苏省“产业强链”三年行动计划（2021—2023年）》（苏政办发〔2020〕82号）第二部分（二）“组织区域卓越产业链竞赛”。",
            "Source: Jiangsu's three-year action plan for strong industrial chains, 2021–2023 (苏政办发〔2020〕82号), part two (2).",
        )) }
    }
}

fn under_way(asked: &Asked, edition: &CompetitionView) -> Markup {
    html! {
        section {
            h3 { a href=(asked.link(&format!("/editions/{}", edition.id))) { (&edition.settings.title) } }
            p {
                (competition_state(asked, edition.state)) " "
                (&edition.settings.authority) " · " (edition_links(asked, edition.id, edition.state))
            }
            (timeline(asked, edition.state, &edition.settings.calendar))
        }
    }
}

fn further(asked: &Asked) -> Markup {
    let entry = |page: &str, title: &str, words: &str| {
        html! { article.card { h3 { a href=(asked.link(page)) { (title) } } p { (words) } } }
    };
    html! {
        h2 { (asked.t("查阅", "Look up")) }
        div.cards {
            (entry("/chains", asked.t("产业链目录", "Key chains"), asked.t("按集群列出的重点产业链和参赛地区。", "The key chains by cluster, and the regions.")))
            (entry("/notices", asked.t("公示", "Notices"), asked.t("拟入选名单和公示期。", "Names proposed, and until when one may object.")))
            (entry("/announcements", asked.t("公布", "Announcements"), asked.t("入选名单，可下载和核对。", "The winners, to download and to check.")))
            (entry("/titles", asked.t("称号", "Titles"), asked.t("已授予称号的有效期和变化。", "Titles awarded, until when they hold, what became of them.")))
            (entry("/objections", asked.t("异议", "Objections"), asked.t("如何提出异议，凭查询码查询办理情况。", "How to object, and how to follow an objection by its code.")))
            (entry("/archive", asked.t("历届竞赛", "Archive"), asked.t("全部届次的规则、公示和公布。", "Rules, notices and announcements of all editions.")))
        }
    }
}

async fn archive(asked: Rc<Asked>) -> Result<Shown> {
    let before = asked.parameter("cursor");
    let list = competitions::list(&asked.service, &asked.visit, before, IN_ARCHIVE).await?;
    let deadline = |edition: &CompetitionEntry| {
        edition.deadline.filter(|_| edition.state != CompetitionState::Announced)
    };
    let table = Table::new(asked.t("全部届次，新的在前", "All editions, newest first"), &list.items)
        .head(asked.t("竞赛", "Edition"), |edition| &edition.title)
        .column(asked.t("文号", "Ordered by"), |edition| &edition.authority)
        .column(asked.t("阶段", "State"), |edition| edition.state.in_language(asked.language))
        .column(asked.t("本阶段截止", "Deadline of the stage"), |edition| html! {
            @match deadline(edition) { Some(deadline) => (asked.time(deadline)), None => "—" }
        })
        .column(asked.t("查阅", "Read"), |edition| edition_links(&asked, edition.id, edition.state))
        .empty(asked.t("还没有发布过竞赛。发布后，规则、公示和公布都列在这里。", "No edition has been called yet. Once one is, its rules, notice and announcement are listed here."));
    let content = html! {
        (table.render())
        (List::new(&asked, "/archive").pages(list.next_cursor.as_deref()))
    };
    let data = match before {
        Some(cursor) => format!("/api/v1/competitions?cursor={cursor}"),
        None => "/api/v1/competitions".to_owned(),
    };
    Ok(Shown::new(asked.t("历届竞赛", "Archive of editions"), content)
        .crumb("/", asked.t("首页", "Home"))
        .data(data))
}
