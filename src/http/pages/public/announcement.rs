//! Announcements: what the stored bytes say, where the winners come from, and how to check it.

use super::super::charts;
use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::{Naming, notices, open_data, rules};
use crate::actions::announcements;
use crate::domain::announcement::{Announcement, OtherValidity, RankingEntry};
use crate::domain::catalogue::{Catalogue, RegionKind};
use crate::domain::notice::PublicEntry;
use crate::domain::record::Digest;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/announcements", Action::ReadPublic, list),
        page("/announcements/{competition_id}", Action::ReadPublic, announcement),
        page("/announcements/{competition_id}/{number}", Action::ReadPublic, replaced),
    ]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let found = announcements::list(&request.service).await?;
    let table = Table::new(request.t("各届现行公布", "The announcement that holds of each competition"), &found)
        .head(request.t("竞赛", "Competition"), |entry| html! {
            a href=(request.link(&format!("/announcements/{}", entry.competition_id))) { (&entry.title) }
            @if entry.number > 1 {
                " " span.muted { (request.t("（更正，第", "(corrected, no. ")) (entry.number) (request.t("次公布）", ")")) }
            }
        })
        .column(request.t("文号", "Document number"), |entry| &entry.document)
        .column(request.t("公布时间", "Published"), |entry| request.time(entry.published_at))
        .number(request.t("入选", "Winners"), |entry| entry.winner_count)
        .column(request.t("下载", "Download"), |entry| html! {
            @let file = format!("/api/v1/competitions/{}/announcement", entry.competition_id);
            a href=(file) { "JSON" } " · "
            a href=(format!("{file}/csv")) download=(format!("{}入选名单.csv", entry.title)) { "CSV" }
        })
        .empty(request.t("还没有公布入选名单。公示期满、异议办结后在这里公布。", "No winners have been announced yet. They are once the notice is over and objections are decided."));
    let content = html! {
        (table.render())
        @if !found.is_empty() {
            p { a href=(request.link("/titles")) { (request.t("已授予的称号及其状态", "Titles awarded, and how they stand")) } }
        }
    };
    Ok(Page::new(request.t("公布", "Announcements"), content)
        .crumb("/", request.t("首页", "Home"))
        .data("/api/v1/announcements"))
}

fn title(request: &PageRequest, announcement: &Announcement) -> String {
    let list = request.t("入选名单", " – winners");
    format!("{}{list}", announcement.title)
}

async fn announcement(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let (digest, announcement) = announcements::read(&request.service, id).await?;
    let naming = Naming::of(&request, id).await?;
    let content = html! {
        (erratum(&request, &announcement))
        (body(&request, &announcement, &naming))
        (origins(&request, &announcement, &naming.catalogue))
        (ranking(&request, &announcement, &naming))
        (equal_totals(&request, &announcement, &naming)?)
        (check(&request, digest, &announcement))
    };
    let address = format!("/api/v1/competitions/{id}/announcement");
    Ok(above(&request, title(&request, &announcement), content)
        .document(&printed::ANNOUNCEMENT, address.clone())
        .data(address))
}

/// An announcement by its number: the one that holds, or one that was replaced.
async fn replaced(request: Rc<PageRequest>) -> Result<Page> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    let (digest, announcement) = announcements::version(&request.service, id, number).await?;
    let latest = announcements::read(&request.service, id).await?.1.number;
    let naming = Naming::of(&request, id).await?;
    let content = html! {
        @if number < latest {
            (banner(Tone::Bad, &html! { p {
                strong { (request.t("本次公布已被更正取代，仅供查阅。", "This announcement has been replaced and stands here for the record.")) } " "
                a href=(request.link(&format!("/announcements/{id}"))) { (request.t("现行公布", "The announcement that holds")) }
            } }))
        }
        (erratum(&request, &announcement))
        (body(&request, &announcement, &naming))
        (ranking(&request, &announcement, &naming))
        (equal_totals(&request, &announcement, &naming)?)
        (check(&request, digest, &announcement))
    };
    let title = request.either(
        format!("{}（第{number}次公布）", title(&request, &announcement)),
        format!("{} (no. {number})", title(&request, &announcement)),
    );
    Ok(above(&request, title, content)
        .crumb(format!("/announcements/{id}"), announcement.title)
        .data(format!("/api/v1/competitions/{id}/announcements/{number}")))
}

fn above(request: &PageRequest, title: String, content: Markup) -> Page {
    Page::new(title, content)
        .crumb("/", request.t("首页", "Home"))
        .crumb("/announcements", request.t("公布", "Announcements"))
}

/// Why it replaces the one before, with the way to that one.
fn erratum(request: &PageRequest, announcement: &Announcement) -> Markup {
    let Some(reason) = &announcement.erratum else { return Markup::default() };
    let id = announcement.competition;
    banner(
        Tone::Warning,
        &html! {
            p {
                strong { (request.t("更正（", "Correction (")) (request.date(announcement.date)) (request.t("）：", "): ")) }
                (reason)
            }
            p {
                (request.t("本次为第", "This is announcement no. ")) (announcement.number) (request.t("次公布，取代第", "; it replaces "))
                a href=(request.link(&format!("/announcements/{id}/{}", announcement.number - 1))) {
                    (request.t("", "no. ")) (announcement.number - 1) (request.t("次公布", ""))
                }
                @if let Some(previous) = announcement.previous {
                    (request.t("，其摘要 ", ", whose digest is ")) code { (previous) }
                }
            }
        },
    )
}

/// What the announcement says.
fn body(request: &PageRequest, announcement: &Announcement, naming: &Naming) -> Markup {
    html! {
        p {
            (&announcement.document) " · " (&announcement.issuer)
            " · " (request.date(announcement.date))
        }
        p {
            (request.t("依据", "Under ")) (&announcement.authority)
            (request.t("，经申报、考察、遴选和公示，现予公布。", ", after application, inspection, selection and notice, these are announced."))
        }
        @if !announcement.text.is_empty() { p.text { (&announcement.text) } }
        (notices::names(request, &announcement.winners, naming))
        @if announcement.held_back > 0 {
            p {
                (request.t("另有", "")) (announcement.held_back)
                (request.t("项因异议或监督程序尚未办结，暂不公布。", " more held back, as an objection or the supervisors' procedure is not closed."))
            }
        }
        p {
            (request.t("称号有效期：", "The titles hold from ")) (request.date(announcement.valid_from))
            (request.t("至", " to ")) (request.date(announcement.valid_until))
            @for other in &announcement.other_validities { (other_validity(request, announcement, other)) }
            (request.t("。各称号的变化见", ". What became of them: "))
            a href=(request.link("/titles")) { (request.t("称号", "titles")) } (request.t("。", "."))
        }
        (open_data::licence(request, &announcement.licence))
        (print_button(request))
    }
}

fn other_validity(request: &PageRequest, announcement: &Announcement, other: &OtherValidity) -> Markup {
    let winner = announcement.winners.iter().find(|winner| winner.application == other.application);
    html! {
        (request.t("；", "; "))
        @if let Some(winner) = winner { (&winner.title) }
        (request.t("：", ": ")) (request.date(other.valid_from)) (request.t("至", " to ")) (request.date(other.valid_until))
    }
}

fn equal_totals(request: &PageRequest, announcement: &Announcement, naming: &Naming) -> Result<Markup> {
    let whole = announcement.ranking.iter().flatten();
    let whole = whole.map(|entry| (entry.track.as_str(), entry.score.as_str(), entry.place));
    let listed = whole.chain(notices::ranked(&announcement.winners));
    rules::equal_totals(request, announcement.competition, &naming.settings, listed)
}

/// Every ranked application, where the competition discloses the ranking. There may be hundreds, so a row says no more than
/// it must.
fn ranking(request: &PageRequest, announcement: &Announcement, naming: &Naming) -> Markup {
    let Some(entries) = &announcement.ranking else { return Markup::default() };
    let groups: Vec<&[RankingEntry]> = entries.chunk_by(|one, next| one.track == next.track).collect();
    let heading = |group: &[RankingEntry]| html! { @if groups.len() > 1 { (naming.track(&group[0].track)) } };
    let table = Table::grouped(
        request.t("全部排名的申报", "All applications that were ranked"),
        groups.iter().map(|group| (heading(group), *group)),
    )
    .number(request.t("名次", "Place"), |entry| entry.place)
    .column(request.t("名称", "Name"), |entry| &entry.title)
    .column(request.t("牵头地区", "Lead region"), |entry| &entry.region)
    .number(request.t("得分", "Score"), |entry| &entry.score)
    .scrolled();
    html! { h2 { (request.t("全部排名", "The whole ranking")) } (table.render()) }
}

/// Where the winners come from: by cluster and by city.
fn origins(request: &PageRequest, announcement: &Announcement, catalogue: &Catalogue) -> Markup {
    let winners = &announcement.winners;
    let clusters = counted(winners.iter().map(|entry| cluster_of(catalogue, &entry.chain)));
    let cities = counted(winners.iter().map(|entry| city_of(catalogue, entry)));
    let is_city = |name: &String| {
        catalogue.regions.iter().any(|region| region.kind == RegionKind::City && region.name == *name)
    };
    html! {
        @if !winners.is_empty() {
            h2 { (request.t("分布", "Where the winners come from")) }
            div.split {
                (charts::bars(request.t("入选项目按集群", "Winners by cluster"), &clusters, request.language))
                (charts::bars(request.t("入选项目按设区市", "Winners by city"), &cities, request.language))
            }
            @if !cities.iter().all(|(name, _)| is_city(name)) {
                p.muted { (request.t(
                    "几个设区市都有的同名地区，按其自己的名称列出。",
                    "A region whose name is found in several cities stands under its own name.",
                )) }
            }
        }
    }
}

/// How often each name stands, the most frequent first, else in the order of the list.
fn counted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for name in names {
        match counts.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name.to_owned(), 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The cluster of a chain; the chain itself where the catalogue knows none.
fn cluster_of<'a>(catalogue: &'a Catalogue, chain: &'a str) -> &'a str {
    let found = catalogue.chains().find(|(_, known)| known.name == chain);
    found.map_or(chain, |(cluster, _)| &cluster.name)
}

/// The city of an entry: by the code of its lead, or on older lists, which have none, by a name that only one region bears.
fn city_of<'a>(catalogue: &'a Catalogue, entry: &'a PublicEntry) -> &'a str {
    let code = entry.members.first().map(|lead| &lead.code).or_else(|| {
        let mut bearers = catalogue.regions.iter().filter(|region| region.name == entry.region);
        bearers.next().filter(|_| bearers.next().is_none()).map(|region| &region.code)
    });
    let city = code.and_then(|code| catalogue.city_of(code)).and_then(|code| catalogue.region(code));
    city.map_or(&entry.region, |city| &city.name)
}

/// Downloads, digests, and what to do with them.
fn check(request: &PageRequest, digest: Digest, announcement: &Announcement) -> Markup {
    let id = announcement.competition;
    let api = format!("/api/v1/competitions/{id}/announcement");
    let record = format!("{api}s/{}", announcement.number);
    html! {
        h2 { (request.t("下载与核对", "Download and check")) }
        ul.screen {
            li { a href=(record) { (request.t("本次公布的存档（JSON，逐字节不变）", "The record of this announcement (JSON, byte by byte)")) } }
            li { a href=(api) { "JSON" } (request.t("：现行公布", ": the announcement that holds")) }
            li { a href=(request.link("/data")) { (request.t("开放数据", "Open data")) } (request.t("：同样的名单，每行带地区和产业链代码，附字段说明", ": the same lists with codes of regions and chains in each row, and a field guide")) }
            li { a href=(format!("{api}/csv")) download=(format!("{}入选名单.csv", announcement.title)) { "CSV" } (request.t("：现行入选名单，可用表格软件打开", ": its winners, for a spreadsheet program")) }
        }
        ol {
            li {
                (request.t("本次公布内容的摘要（SHA-256）：", "Digest of this announcement (SHA-256): ")) code { (digest) }
                (request.t("。下载存档，用 ", ". Download the record; ")) code { "sha256sum" } (request.t(" 计算，应与此相同。", " of it must give the same."))
            }
            li {
                (request.t("评分汇总的摘要：", "Digest of the tally: ")) code { (announcement.tally) }
                (request.t("。从办公室或纪检监督取得该文件后，摘要应相同；用 ", ". The file, to be had from the office or the supervisors, must have it; "))
                code { "qianglian tally" } (request.t(" 可在自己的机器上复算名次和得分。", " works places and scores out again on any machine."))
            }
            li {
                (request.t("公示的摘要：", "Digest of the notice: ")) code { (announcement.notice) } (request.t("，见", "; see "))
                a href=(request.link(&format!("/notices/{id}"))) { (request.t("公示", "the notice")) } (request.t("。", "."))
            }
        }
        p { a href=(request.link(&format!("/editions/{id}"))) { (request.t("本届规则与指标", "Rules and rubric of this competition")) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::application::MemberRole;
    use crate::domain::catalogue::JIANGSU;
    use crate::domain::ids::ApplicationId;
    use crate::domain::notice::PublicMember;

    #[test]
    fn a_winner_is_counted_where_it_certainly_belongs() {
        let catalogue = Catalogue::read_json(JIANGSU.as_bytes()).unwrap();
        let mut entry = PublicEntry {
            application: ApplicationId(uuid::Uuid::nil()),
            title: String::new(),
            chain: String::new(),
            chain_number: None,
            region: String::new(),
            regions: Vec::new(),
            members: Vec::new(),
            track: String::new(),
            award: String::new(),
            award_name: String::new(),
            place: None,
            score: None,
        };
        // Lists of before, by names alone: Nanjing and Xuzhou each have a Gulou.
        for (name, city) in [("昆山市", "苏州市"), ("苏州市", "苏州市"), ("鼓楼区", "鼓楼区")]
        {
            entry.region = name.to_owned();
            assert_eq!(city_of(&catalogue, &entry), city);
        }
        for (code, city) in [("320302", "徐州市"), ("320106", "南京市"), ("320500", "苏州市")] {
            let code = code.parse().unwrap();
            entry.members = vec![PublicMember { code, name: String::new(), role: MemberRole::Core }];
            assert_eq!(city_of(&catalogue, &entry), city);
        }
        assert_eq!(cluster_of(&catalogue, "起重机"), "工程机械集群");
        let counts = counted(["b", "a", "a"].into_iter());
        assert_eq!(counts, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    }
}
