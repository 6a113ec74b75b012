//! The page of an announcement: what its stored bytes say, and nothing else.

use std::rc::Rc;

use maud::{Markup, html};

use super::super::asked::{Asked, Shown};
use super::super::{Page, page};
use crate::actions::announcements;
use crate::domain::access::Action;
use crate::domain::announcement::Announcement;
use crate::domain::notice::chinese_date;
use crate::domain::record::Digest;
use crate::error::Result;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/announcements/{competition_id}", Action::ReadPublic, announcement)]
}

async fn announcement(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let (digest, announcement) = announcements::read(&asked.service, id).await?;
    let title = format!("{}入选名单", announcement.title);
    Ok(Shown::new(title, render(digest, &announcement)).data(format!("/api/v1/announcements/{id}")))
}

fn render(digest: Digest, announcement: &Announcement) -> Markup {
    let places = announcement.winners.iter().any(|entry| entry.place.is_some());
    let api = format!("/api/v1/announcements/{}", announcement.competition);
    html! {
        p { (announcement.document) "　" (announcement.issuer) "　" (chinese_date(announcement.date)) }
        @if let Some(erratum) = &announcement.erratum {
            p.note role="note" {
                strong { "更正：" } (erratum) "（第" (announcement.number) "次公布，前次公布的摘要："
                @if let Some(previous) = announcement.previous { code { (previous) } }
                "）"
            }
        }
        p { "依据" (announcement.authority) "，经申报、考察、遴选和公示，现予公布。" }
        @if !announcement.text.is_empty() { p.text { (announcement.text) } }
        div.scroll {
            table {
                caption { "入选名单（" (announcement.winners.len()) "项）" }
                thead {
                    tr {
                        th scope="col" { "序号" }
                        th scope="col" { "称号" }
                        th scope="col" { "名称" }
                        th scope="col" { "产业链" }
                        th scope="col" { "地区" }
                        @if places {
                            th scope="col" { "名次" }
                            th scope="col" { "得分" }
                        }
                    }
                }
                tbody {
                    @for (index, entry) in announcement.winners.iter().enumerate() {
                        tr {
                            td { (index + 1) }
                            td { (entry.award_name) }
                            td { (entry.title) }
                            td { (entry.chain) }
                            td { (entry.regions.join("、")) }
                            @if places {
                                td { @if let Some(place) = entry.place { (place) } }
                                td { @if let Some(score) = &entry.score { (score) } }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(ranking) = &announcement.ranking {
            h2 { "全部排名" }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "组别" }
                            th scope="col" { "名次" }
                            th scope="col" { "名称" }
                            th scope="col" { "牵头地区" }
                            th scope="col" { "得分" }
                        }
                    }
                    tbody {
                        @for entry in ranking {
                            tr {
                                td { (entry.track) }
                                td { (entry.place) }
                                td { (entry.title) }
                                td { (entry.region) }
                                td { (entry.score) }
                            }
                        }
                    }
                }
            }
        }
        @if announcement.held_back > 0 {
            p { "另有" (announcement.held_back) "项因异议或监督程序尚未办结，暂不公布。" }
        }
        p { "称号有效期：" (chinese_date(announcement.valid_from)) "至" (chinese_date(announcement.valid_until)) "。" }
        h2 { "核对" }
        p { "本次公布内容的摘要（SHA-256）：" code { (digest) } }
        p { "评分汇总的摘要：" code { (announcement.tally) } "；公示的摘要：" code { (announcement.notice) } }
        p.screen { a href=(api) { "JSON" } "　" a href=(format!("{api}/csv")) { "CSV" } }
    }
}
