//! The home page, and the list of all competitions.

use super::super::prelude::*;
use super::{competition_links, timeline};
use crate::actions::competitions::{self, CompetitionEntry, CompetitionView};
use crate::domain::competition::CompetitionState;

/// Competitions looked at for the home page: those under way are among the newest.
const NEWEST: usize = 20;
/// Announced competitions shown on the home page.
const MOST_ANNOUNCED: usize = 3;
/// Competitions on a page of the archive.
const IN_ARCHIVE: usize = 50;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/", Action::ReadPublic, home), page("/archive", Action::ReadPublic, archive)]
}

async fn home(request: Rc<PageRequest>) -> Result<Page> {
    let newest = competitions::newest(&request.service, &request.context, NEWEST).await?;
    let (announced, going): (Vec<_>, Vec<_>) =
        newest.iter().partition(|competition| competition.state == CompetitionState::Announced);
    let content = html! {
        (introduction(&request))
        h2 { (request.t("进行中的竞赛", "Competitions under way")) }
        @if going.is_empty() {
            (empty(&html! { p {
                (request.t("目前没有进行中的竞赛。往届见", "No competition is under way. Earlier ones are in the "))
                a href=(request.link("/archive")) { (request.t("历届竞赛", "archive")) } (request.t("。", "."))
            } }))
        }
        @for competition in &going { (under_way(&request, competition)) }
        @if !announced.is_empty() {
            h2 { (request.t("最近公布", "Announced last")) }
            ul {
                @for competition in announced.iter().take(MOST_ANNOUNCED) {
                    li {
                        (&competition.settings.title) (request.t("：", ": "))
                        (competition_links(&request, competition.id, competition.state))
                    }
                }
            }
        }
        (further(&request))
    };
    Ok(Page::new(request.t("区域卓越产业链竞赛", "Regional excellent-chain competition"), content)
        .data("/api/v1/competitions"))
}

/// What the competition is, in the words of the action plan that sets it up.
fn introduction(request: &PageRequest) -> Markup {
    html! {
        p.lead { (request.t(
            "通过申报、考察、遴选的方式，推动市、县和各类开发区发挥集聚特色优势，加强核心区与协同区协作，提升产业和企业能级，在重点产业链中塑造一批主导产业突出、龙头企业引领、地标特征明显的区域卓越产业链。",
            "By application, inspection and selection, cities, counties and development zones are moved to build on what has gathered there, core and partner areas to work together, and industries and firms to rise, so that among the key chains regional excellent chains take shape: with a distinct leading industry, leading firms at the front and the character of a landmark.",
        )) }
        p { (request.t(
            "原则：突出竞争性、示范性、引领性，坚持上下联动、区域协作，竞争择优、培塑品牌，示范引领、卓越提升。以竞赛促提升，以联动促协同，以强链促循环。",
            "Principles: competition, demonstration and guidance; higher and lower levels move together, regions cooperate, the best are chosen in competition and brands are built, examples lead the way to excellence. Competition for improvement, joint action for cooperation, strong chains for circulation.",
        )) }
        p.muted { (request.t(
            "依据：《江苏省“产业强链”三年行动计划（2021—2023年）》（苏政办发〔2020〕82号）第二部分（二）“组织区域卓越产业链竞赛”。",
            "Source: Jiangsu's three-year action plan for strong industrial chains, 2021–2023 (苏政办发〔2020〕82号), part two (2).",
        )) }
    }
}

fn under_way(request: &PageRequest, competition: &CompetitionView) -> Markup {
    html! {
        section {
            h3 { a href=(request.link(&format!("/editions/{}", competition.id))) { (&competition.settings.title) } }
            p {
                (competition_state(request, competition.state)) " "
                (&competition.settings.authority) " · " (competition_links(request, competition.id, competition.state))
            }
            (timeline(request, competition.state, &competition.settings.calendar))
        }
    }
}

fn further(request: &PageRequest) -> Markup {
    let entry = |page: &str, title: &str, words: &str| {
        html! { article.card { h3 { a href=(request.link(page)) { (title) } } p { (words) } } }
    };
    html! {
        h2 { (request.t("查阅", "Look up")) }
        div.cards {
            (entry("/chains", request.t("产业链目录", "Key chains"), request.t("按集群列出的重点产业链和参赛地区。", "The key chains by cluster, and the regions.")))
            (entry("/notices", request.t("公示", "Notices"), request.t("拟入选名单和公示期。", "Names proposed, and until when one may object.")))
            (entry("/announcements", request.t("公布", "Announcements"), request.t("入选名单，可下载和核对。", "The winners, to download and to check.")))
            (entry("/titles", request.t("称号", "Titles"), request.t("已授予称号的有效期和变化。", "Titles awarded, until when they hold, what became of them.")))
            (entry("/objections", request.t("异议", "Objections"), request.t("如何提出异议，凭查询码查询办理情况。", "How to object, and how to follow an objection by its code.")))
            (entry("/data", request.t("开放数据", "Open data"), request.t("已公布的结果，可下载和再利用。", "What was announced, to download and use again.")))
            (entry("/archive", request.t("历届竞赛", "Archive"), request.t("全部届次的规则、公示和公布。", "Rules, notices and announcements of all competitions.")))
        }
    }
}

async fn archive(request: Rc<PageRequest>) -> Result<Page> {
    let before = request.parameter("cursor");
    let list = competitions::list(&request.service, &request.context, before, IN_ARCHIVE).await?;
    let deadline = |competition: &CompetitionEntry| {
        competition.due_at.filter(|_| competition.state != CompetitionState::Announced)
    };
    let table = Table::new(request.t("全部届次，新的在前", "All competitions, newest first"), &list.items)
        .head(request.t("竞赛", "Competition"), |competition| &competition.title)
        .column(request.t("文号", "Document number"), |competition| &competition.authority)
        .column(request.t("阶段", "Stage"), |competition| competition.state.in_language(request.language))
        .column(request.t("本阶段截止", "Deadline of the stage"), |competition| html! {
            @match deadline(competition) { Some(deadline) => (request.time(deadline)), None => "—" }
        })
        .column(request.t("查阅", "Look up"), |competition| competition_links(&request, competition.id, competition.state))
        .empty(request.t("还没有发布过竞赛。发布后，规则、公示和公布都列在这里。", "No competition has been called yet. Once one is, its rules, notice and announcement are listed here."));
    let content = html! {
        (table.render())
        (List::new(&request, "/archive").pages(list.next_cursor.as_deref()))
    };
    let data = match before {
        Some(cursor) => format!("/api/v1/competitions?cursor={cursor}"),
        None => "/api/v1/competitions".to_owned(),
    };
    Ok(Page::new(request.t("历届竞赛", "Archive"), content).crumb("/", request.t("首页", "Home")).data(data))
}
