//! The catalogue: key chains by cluster, and the regions that may take part.

use super::super::prelude::*;
use crate::actions::data;
use crate::domain::catalogue::{Advantage, Catalogue, Chain, Region, RegionKind};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/chains", Action::ReadPublic, chains)]
}

async fn chains(request: Rc<PageRequest>) -> Result<Page> {
    let view = data::catalogue(&request.service, None).await?;
    let (catalogue, version) = (&view.catalogue, &view.dataset);
    let (clusters, chains) = (catalogue.clusters.len(), catalogue.chains().count());
    let content = html! {
        p.lead {
            @if request.is_chinese() { (clusters) "个先进制造业集群，" (chains) "条重点产业链。" }
            @else { (count(chains, "key industrial chain", "key industrial chains")) " in " (count(clusters, "advanced manufacturing cluster", "advanced manufacturing clusters")) "." }
        }
        (key(&request, catalogue))
        div.cards {
            @for cluster in &catalogue.clusters {
                article.card {
                    h2 { (cluster.no) ". " (&cluster.name) }
                    ul { @for chain in &cluster.chains { (entry(&request, chain)) } }
                }
            }
        }
        h2 { (request.t("参赛地区", "Regions")) }
        p { (request.t(
            "各设区市及其所辖县（市、区）和开发区均可申报或参与联合申报。",
            "Cities and the counties, districts and development zones in them may apply, or join an application.",
        )) }
        p.muted { (request.t("开发区只收录了部分，未列出的由办公室按批准文件添加后即可申报。", "Only some of the zones are listed; the office adds others as they were approved, and then they can apply.")) }
        @for city in catalogue.regions.iter().filter(|region| region.kind == RegionKind::City) {
            (regions_of(&request, catalogue, city))
        }
        h2 { (request.t("来源", "Source")) }
        p { (&catalogue.source_note) }
        p.muted {
            (request.t("目录第", "Catalogue, version ")) (version.version) (request.t("版，", ", "))
            (request.time(version.imported_at)) " · " (request.t("摘要 ", "digest ")) code { (version.digest) }
        }
    };
    Ok(Page::new(request.t("重点产业链目录", "Key industrial chains"), content)
        .crumb("/", request.t("首页", "Home"))
        .data("/api/v1/chains")
        .data("/api/v1/regions")
        .data("/api/v1/catalogues")
        .data(format!("/api/v1/catalogues/{}", version.version)))
}

/// What the marks mean. Nothing is said of what the catalogue does not know.
fn key(request: &PageRequest, catalogue: &Catalogue) -> Markup {
    let unknown = catalogue.chains().any(|(_, chain)| chain.advantage == Advantage::Unknown);
    html! {
        p {
            (excellence(request)) " " (request.t("推动实现卓越提升的产业链", "A chain to be raised to excellence"))
            " · " (advantage(request)) " " (request.t("优势产业链", "An advantage chain"))
        }
        @if unknown {
            p.muted { (request.t(
                "未标“优势”的，目录中没有记载其是否属于优势产业链。",
                "For chains without the mark “advantage” the catalogue does not record whether they are advantage chains.",
            )) }
        }
    }
}

fn excellence(request: &PageRequest) -> Markup {
    tag(request.t("卓越提升", "excellence target"), Tone::Active)
}

fn advantage(request: &PageRequest) -> Markup {
    tag(request.t("优势", "advantage"), Tone::Good)
}

fn entry(request: &PageRequest, chain: &Chain) -> Markup {
    html! {
        li {
            (chain.no) ". " (&chain.name)
            @if chain.excellence_target { " " (excellence(request)) }
            @if chain.advantage == Advantage::Yes { " " (advantage(request)) }
        }
    }
}

fn regions_of(request: &PageRequest, catalogue: &Catalogue, city: &Region) -> Markup {
    let below = |kind: RegionKind| -> Vec<&str> {
        let regions = catalogue.regions.iter();
        let regions = regions.filter(|region| region.parent == city.code && region.kind == kind);
        regions.map(|region| region.name.as_str()).collect()
    };
    let groups = [
        (request.t("县（市、区）：", "Counties and districts: "), below(RegionKind::County)),
        (request.t("开发区：", "Development zones: "), below(RegionKind::Zone)),
    ];
    html! {
        details {
            summary { (&city.name) " " span.muted { code { (city.code) } } }
            @for (label, names) in groups.iter().filter(|(_, names)| !names.is_empty()) {
                p { (label) (&names.join("、")) }
            }
        }
    }
}
