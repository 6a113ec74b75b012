//! City review: the queue of what is submitted, the list in its order, the seal.

use maud::PreEscaped;

use super::super::prelude::*;
use super::super::whereabouts::{Whereabouts, after_an_act};
use super::context::chain;
use super::list::title;
use crate::actions::applications::{self, ApplicationEntry, Wanted};
use crate::actions::desks;
use crate::actions::recommendations::{self, RecommendationView};
use crate::actions::rules::Rules;
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};

/// The most applications of a city in an edition.
const MOST: usize = 500;

/// Where the lists of all cities stand; a reviewer goes to the own one.
pub(super) async fn overview(asked: Rc<Asked>) -> Result<Shown> {
    let id: CompetitionId = asked.id("competition_id")?;
    let caller = asked.caller()?;
    if let (Role::CityReviewer, Some(city)) = (caller.role, &caller.region) {
        return Ok(Shown::elsewhere(format!("/competitions/{id}/recommendations/{city}")));
    }
    let (state, rules) = desks::rules(&asked.service, &asked.visit, id).await?;
    let lists = recommendations::overview(&asked.service, &asked.visit, id).await?;
    let table = Table::new(asked.t("各设区市的推荐名单", "The lists of all cities"), &lists)
        .head(asked.t("设区市", "City"), |list| html! {
            a href=(asked.link(&format!("/competitions/{id}/recommendations/{}", list.city))) { (list.name) }
        })
        .number(asked.t("名额", "Quota"), |list| list.quota)
        .number(asked.t("已提交的申报", "Submitted"), |list| html! {
            a href=(asked.link(&format!("/applications?competition={id}&city={}", list.city))) { (list.submitted) }
        })
        .column(asked.t("推荐名单", "List"), |list| html! {
            @match (&list.number, list.sealed_at) {
                (Some(number), Some(at)) => { (tag(asked.t("已封存", "sealed"), Tone::Good)) " " (number) " " (asked.time(at)) @if !list.document_number.is_empty() { br; (list.document_number) } }
                _ if list.submitted == 0 => { (tag(asked.t("无申报", "nothing submitted"), Tone::Neutral)) }
                _ => { (tag(asked.t("未封存", "not sealed"), Tone::Warning)) }
            }
        });
    let sealed = lists.iter().filter(|list| list.sealed_at.is_some()).count();
    let body = html! {
        (edition_views(&asked, id, "/recommendations"))
        p.lead { (asked.t("已封存", "Sealed: ")) (sealed) " / " (lists.len())
            @if state < CompetitionState::Recommendation { (asked.t("；申报截止后各市方可封存", "; cities can seal once applications are closed")) }
            (asked.t("。", "."))
        }
        (table.render())
    };
    Ok(Shown::new(asked.t("推荐", "Recommendations"), body)
        .crumb("/competitions", asked.t("竞赛", "Editions"))
        .crumb(format!("/competitions/{id}"), rules.settings.title.clone()))
}

/// What the pages of a city's list have in common.
struct Review {
    id: CompetitionId,
    city: RegionCode,
    state: CompetitionState,
    rules: std::sync::Arc<Rules>,
    list: RecommendationView,
    filed: Vec<ApplicationEntry>,
}

impl Review {
    async fn read(asked: &Asked) -> Result<Self> {
        let (id, city): (CompetitionId, RegionCode) = (asked.id("competition_id")?, asked.id("city")?);
        let (service, visit) = (&asked.service, &asked.visit);
        let list = recommendations::read(service, visit, id, city.clone()).await?;
        let (state, rules) = desks::rules(service, visit, id).await?;
        let wanted = Wanted { competition: Some(id), city: Some(city.clone()), ..Wanted::default() };
        let mut filed = applications::list(service, visit, wanted, MOST).await?.items;
        // A supervisor's list has drafts, which are no candidates.
        filed.retain(|entry| entry.number.is_some());
        filed.sort_by(|one, other| one.number.cmp(&other.number));
        Ok(Self { id, city, state, rules, list, filed })
    }

    fn page(&self) -> String {
        format!("/competitions/{}/recommendations/{}", self.id, self.city)
    }

    fn api(&self) -> String {
        format!("/api/v1/competitions/{}/recommendations/{}", self.id, self.city)
    }

    fn city_name(&self) -> String {
        self.rules.catalogue.region_name_or_code(&self.city)
    }

    /// Whether the list may be changed now, by whoever asks.
    fn may_change(&self, asked: &Asked) -> bool {
        asked.role() == Some(Role::CityReviewer)
            && self.list.sealed_at.is_none()
            && matches!(self.state, CompetitionState::Application | CompetitionState::Recommendation)
            && asked.visit.received_at <= self.rules.settings.calendar.recommendation.until
    }

    fn candidates(&self) -> impl Iterator<Item = &ApplicationEntry> {
        self.filed.iter().filter(|entry| entry.state == ApplicationState::Submitted)
    }

    fn shown(&self, asked: &Asked, heading: String, content: Markup) -> Shown {
        let sealed = self.list.sealed_at.is_some();
        let calendar = &self.rules.settings.calendar;
        let whereabouts = Whereabouts {
            now: if sealed {
                asked.t("推荐名单已封存", "the list is sealed")
            } else {
                asked.t("推荐名单未封存", "the list is not sealed")
            },
            who: Some(if sealed {
                asked.t("领导小组办公室", "the leading-group office")
            } else {
                asked.t("设区市", "the city")
            }),
            until: Some(if sealed { calendar.checking.until } else { calendar.recommendation.until }),
            next: if sealed {
                asked.t(
                    "办公室对推荐的申报进行形式审查和否决核查；未推荐的已告知理由",
                    "the office checks what is recommended; the others were told why",
                )
            } else {
                asked.t(
                    "申报截止后、推荐截止前封存名单",
                    "to be sealed after applications close, before the deadline",
                )
            },
        };
        let content = PreEscaped([after_an_act(asked, &whereabouts).0, content.0].concat());
        let shown = Shown::new(heading, content).data(self.api());
        if asked.role() == Some(Role::CityReviewer) {
            return shown.crumb("/desk", asked.t("工作台", "Desk"));
        }
        shown
            .crumb(format!("/competitions/{}", self.id), self.rules.settings.title.clone())
            .crumb(format!("/competitions/{}/recommendations", self.id), asked.t("推荐", "Recommendations"))
    }
}

/// A city's list: to be put in order by its reviewer, to be read by others; once sealed, its receipt.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let review = Review::read(&asked).await?;
    let until = review.rules.settings.calendar.recommendation.until;
    let body = html! {
        @if matches!(asked.role(), Some(Role::Office | Role::Supervisor)) {
            (edition_views(&asked, review.id, "/recommendations"))
        }
        // The receipt says all of it again.
        div.screen[review.list.sealed_at.is_some()] { (facts(&[
            (asked.t("竞赛", "Edition"), html! { (review.rules.settings.title) }),
            (asked.t("推荐截止", "Deadline"), html! { strong { (asked.time(until)) } }),
            (asked.t("名额", "Quota"), html! {
                (asked.t("已列入", "on the list: ")) " " strong data-count=(review.list.quota) { (review.list.entries.len()) } " / " (review.list.quota)
            }),
        ])) }
        @if review.list.sealed_at.is_some() {
            (receipt(&asked, &review))
        } @else if review.may_change(&asked) {
            (order(&asked, &review))
            (sealing(&asked, &review))
        } @else {
            (entries(&asked, &review))
        }
        (others(&asked, &review))
        (tools(&asked, &review))
    };
    let heading = format!("{}：{}", asked.t("推荐名单", "Recommendation list"), review.city_name());
    let shown = review.shown(&asked, heading, body);
    Ok(if review.may_change(&asked) { shown.script("order") } else { shown })
}

/// The row of a field, the application, its place on the list, and the opinion or the reason.
type Candidate<'a> = (usize, &'a ApplicationEntry, Option<i32>, &'a str);

fn order(asked: &Asked, review: &Review) -> Markup {
    let form = asked
        .form(Method::Put, review.api())
        .revision(review.list.revision)
        .autosave()
        .done("推荐名单已保存。", "The list is saved.");
    let place = |entry: &ApplicationEntry| {
        review.list.entries.iter().find(|listed| listed.application_id == entry.id)
    };
    // On the list first, in its order. Fields are named by the running number of the application's own number, so that
    // what was typed finds its application again, whatever has come or gone meanwhile.
    let left_out = |entry: &ApplicationEntry| {
        let found = review.list.left_out.iter().find(|row| row.application_id == entry.id);
        found.map_or("", |row| row.opinion.as_str())
    };
    let mut rows: Vec<Candidate<'_>> = review
        .candidates()
        .map(|entry| {
            let (listed, row) = (place(entry), running_number(entry));
            let opinion = listed.map_or_else(|| left_out(entry), |listed| &listed.opinion);
            (row, entry, listed.map(|listed| listed.place), opinion)
        })
        .collect();
    rows.sort_by_key(|(row, _, place, _)| (place.is_none(), *place, *row));
    let listed = rows.iter().filter(|(.., place, _)| place.is_some()).count();
    html! {
        h2 { (asked.t("待推荐的申报", "Candidates")) }
        @if rows.is_empty() {
            (empty(&html! { p { (asked.t("还没有已提交、待推荐的申报。", "No submitted application waits for you.")) } }))
        } @else {
            p { (asked.t(
                "在“序号”栏填写推荐顺序（1、2、3……），留空即不推荐，也可拖动各行排序。列入名单的写初审意见；未列入的写不予推荐的理由：封存前必须写齐，封存后连同咨询方式告知申报单位。",
                "Give each a place (1, 2, 3, …), or leave it empty not to recommend it; rows can be dragged too. Each on the list needs your opinion, each of the others the reason: obligatory before the list is sealed, and told to its applicant with whom to ask.",
            )) }
            (form.render(&html! {
                (candidates(asked, &form, review, &rows[..listed], &rows[listed..]))
                (form.field(&Field::text("/contact", asked.t("咨询方式（告知未推荐的申报单位）", "Whom to ask (told to applicants who are not recommended)"))
                    .hint(asked.t("单位、联系人、电话", "Office, person, telephone")).value(review.list.contact.as_str()).silent()))
                (form.field(&Field::text("/document_number", asked.t("推荐文号", "Number of the letter of recommendation"))
                    .hint(asked.t("本市推荐函的文号，如“苏工信产业〔2026〕12号”；没有的留空", "The number of your own letter; empty where there is none")).value(review.list.document_number.as_str()).silent().medium()))
                (form.button("保存名单", "Save the list"))
            }))
        }
    }
}

/// The running number of an application in its edition.
fn running_number(entry: &ApplicationEntry) -> usize {
    let number = entry.number.as_deref().unwrap_or_default();
    number.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

fn candidates(
    asked: &Asked,
    form: &Form<'_>,
    review: &Review,
    listed: &[Candidate<'_>],
    rest: &[Candidate<'_>],
) -> Markup {
    let catalogue = &review.rules.catalogue;
    let place = asked.t("序号", "Place");
    let label = |what: &str, entry: &ApplicationEntry| {
        format!("{what}：{}", entry.number.as_deref().unwrap_or_default())
    };
    let rest = (asked.t("未列入名单", "Not on the list"), rest);
    Table::ordered(asked.t("推荐顺序和初审意见", "Order and opinions"), listed, rest)
        .column(place, |(row, entry, stored, _)| html! {
            input type="hidden" name=(format!("/rows/{row}/application_id:key")) value=(entry.id);
            (form.cell(&Field::number(format!("/rows/{row}/place:whole"), label(place, entry))
                .value(stored.map(|place| place.to_string()).unwrap_or_default()).short()))
        })
        .column(asked.t("申报", "Application"), |(_, entry, ..)| html! {
            a href=(asked.link(&format!("/applications/{}", entry.id))) { (title(asked, entry)) }
            br; span.muted { (entry.number.as_deref().unwrap_or_default()) } " "
            a href=(asked.link(&format!("/applications/{}/return", entry.id))) { (asked.t("退回修改", "Send back")) }
        })
        .column(asked.t("产业链、牵头地区", "Chain, lead"), |(_, entry, ..)| html! {
            (chain(catalogue, entry.chain)) br; (catalogue.region_name_or_code(&entry.lead_region))
        })
        .column(asked.t("初审意见或不予推荐的理由", "Opinion, or why not"), |(row, entry, _, opinion)| {
            let label = label(asked.t("初审意见", "Opinion"), entry);
            form.cell(&Field::area(format!("/rows/{row}/opinion"), label, 2).value(*opinion))
        })
        .render()
}

fn sealing(asked: &Asked, review: &Review) -> Markup {
    html! {
        @if review.state == CompetitionState::Recommendation {
            p { a.button href=(asked.link(&format!("{}/seal", review.page()))) { (asked.t("去封存名单", "Go on to seal the list")) } }
        } @else {
            p.muted { (asked.t(
                "申报截止前还会有申报提交；截止后方可封存名单。",
                "More may come in: the list can be sealed once applications are closed.",
            )) }
        }
    }
}

/// The list, to be read.
fn entries(asked: &Asked, review: &Review) -> Markup {
    Table::new(asked.t("推荐顺序和初审意见", "Order and opinions"), &review.list.entries)
        .number(asked.t("序号", "Place"), |entry| entry.place)
        .head(asked.t("申报", "Application"), |entry| {
            named(asked, entry.application_id, &entry.title, &entry.number)
        })
        .text(asked.t("初审意见或不予推荐的理由", "Opinion, or why not"), |entry| &entry.opinion)
        .empty(asked.t("名单上没有申报。", "The list has no applications."))
        .render()
}

fn named(asked: &Asked, id: ApplicationId, title: &str, number: &str) -> Markup {
    html! {
        a href=(asked.link(&format!("/applications/{id}"))) { (title) }
        br; span.muted { (number) }
    }
}

/// What is not recommended, and why.
fn left_out(asked: &Asked, review: &Review) -> Markup {
    let list = &review.list;
    let table = Table::new(asked.t("未列入名单的申报", "Not on the list"), &list.left_out)
        .head(asked.t("申报", "Application"), |row| {
            named(asked, row.application_id, &row.title, &row.number)
        })
        .text(asked.t("不予推荐的理由", "Why not"), |row| &row.opinion);
    html! {
        @if !list.left_out.is_empty() {
            (table.render())
            p { (asked.t("咨询方式：", "Whom to ask: ")) (list.contact) }
        }
    }
}

/// The sealed list, as it is printed and stamped.
fn receipt(asked: &Asked, review: &Review) -> Markup {
    let list = &review.list;
    let mut rows = vec![
        (asked.t("竞赛", "Edition"), html! { (review.rules.settings.title) }),
        (asked.t("推荐单位", "City"), html! { (review.city_name()) }),
        (
            asked.t("名单编号（系统生成）", "Number (made by the system)"),
            html! { (list.number.as_deref().unwrap_or_default()) },
        ),
        (asked.t("封存时间", "Sealed"), html! { @if let Some(at) = list.sealed_at { (asked.time(at)) } }),
        (asked.t("推荐件数", "Recommended"), html! { (list.entries.len()) " / " (list.quota) }),
        (
            asked.t("名单摘要（SHA-256）", "Digest of the list (SHA-256)"),
            html! {
                @if let Some(digest) = list.digest { code { (digest) } }
            },
        ),
    ];
    if !list.document_number.is_empty() {
        let number = html! { (list.document_number) };
        rows.insert(2, (asked.t("推荐文号", "Number of the letter"), number));
    }
    html! {
        section.paper {
            h2 { (asked.t("推荐名单封存回执", "Receipt of the sealed list")) }
            (facts(&rows))
            (entries(asked, review))
            (left_out(asked, review))
            div.signatures.print {
                p { (asked.t("审核人（签字）：", "Reviewed by:")) }
                p { (asked.t("负责人（签字）：", "Approved by:")) }
                p { (asked.t("单位（盖章）：", "Seal:")) }
                p { (asked.t("日期：", "Date:")) }
            }
        }
        (print_button(asked))
    }
}

/// What the city has besides candidates.
fn others(asked: &Asked, review: &Review) -> Markup {
    let listed =
        |entry: &ApplicationEntry| review.list.entries.iter().any(|listed| listed.application_id == entry.id);
    let others = review.filed.iter().filter(|entry| entry.state != ApplicationState::Submitted);
    let others: Vec<&ApplicationEntry> = others.filter(|entry| !listed(entry)).collect();
    html! {
        @if !others.is_empty() { div.screen {
            h2 { (asked.t("本市其他申报", "Other applications of the city")) }
            ul { @for entry in others { li {
                a href=(asked.link(&format!("/applications/{}", entry.id))) { (title(asked, entry)) } " "
                (application_state(asked, entry.state))
            } } }
        } }
    }
}

/// Comparing two side by side, and what several share.
fn tools(asked: &Asked, review: &Review) -> Markup {
    let choices = |name: &str, label: &str, other: usize| {
        html! {
            div.field {
                label for=(format!("compare-{name}")) { (label) }
                select id=(format!("compare-{name}")) name=(name) {
                    @for (place, entry) in review.filed.iter().enumerate() {
                        option value=(entry.id) selected[place == other] {
                            (entry.number.as_deref().unwrap_or_default()) " · " (title(asked, entry))
                        }
                    }
                }
            }
        }
    };
    html! {
        section.screen {
            h2 { (asked.t("辅助", "Tools")) }
            @if review.filed.len() > 1 {
                form.filter method="get" action=(asked.link(&format!("/competitions/{}/compare", review.id))) {
                    (choices("a", asked.t("左边", "Left"), 0))
                    (choices("b", asked.t("右边", "Right"), 1))
                    div.buttons { button.secondary type="submit" { (asked.t("并排对照", "Compare side by side")) } }
                }
            }
            p {
                a href=(asked.link(&format!("/competitions/{}/duplicates", review.id))) { (asked.t("查重：共同的企业和雷同的文字", "Duplicates: shared firms and text")) }
            }
        }
    }
}

/// Says what sealing means, and lets one do it.
pub(super) async fn seal(asked: Rc<Asked>) -> Result<Shown> {
    let review = Review::read(&asked).await?;
    let left_out: Vec<&ApplicationEntry> = review
        .filed
        .iter()
        .filter(|entry| matches!(entry.state, ApplicationState::Submitted | ApplicationState::Returned))
        .filter(|entry| !review.list.entries.iter().any(|listed| listed.application_id == entry.id))
        .collect();
    let form = asked
        .form(Method::Post, format!("{}/seal", review.api()))
        .revision(review.list.revision)
        .once()
        .next(review.page())
        .done("推荐名单已封存，请打印回执。", "The list is sealed. Print the receipt.");
    let reason = |entry: &ApplicationEntry| {
        let found = review.list.left_out.iter().find(|row| row.application_id == entry.id);
        found.map(|row| row.opinion.as_str()).filter(|reason| !reason.trim().is_empty())
    };
    let silent =
        left_out.iter().any(|entry| entry.state == ApplicationState::Submitted && reason(entry).is_none());
    let incomplete = silent || (!left_out.is_empty() && review.list.contact.trim().is_empty());
    let ready = review.may_change(&asked) && review.state == CompetitionState::Recommendation;
    let body = html! {
        p.lead { (review.city_name()) (asked.t("：", ": ")) (asked.t("推荐", "recommends ")) strong { (review.list.entries.len()) }
            (asked.t("件，名额", ", quota ")) (review.list.quota) (asked.t("个。", ".")) }
        (entries(&asked, &review))
        @if !left_out.is_empty() {
            h2 { (asked.t("以下申报将不予推荐", "Not recommended will be")) }
            ul { @for entry in &left_out { li { (entry.number.as_deref().unwrap_or_default()) " · " (title(&asked, entry)) " " (application_state(&asked, entry.state))
                (asked.t("：", ": "))
                @match (reason(entry), entry.state) {
                    (Some(reason), _) => (reason),
                    (None, ApplicationState::Returned) => span.muted { (asked.t("退回后未重新提交", "sent back, not submitted again")) },
                    (None, _) => (tag(asked.t("未写理由", "no reason yet"), Tone::Warning)),
                }
            } } }
            p { (asked.t("咨询方式：", "Whom to ask: "))
                @if review.list.contact.trim().is_empty() { (tag(asked.t("未填写", "not given"), Tone::Warning)) } @else { (review.list.contact) }
            }
            p.hint { (asked.t("理由和咨询方式在封存后告知申报单位。", "Reasons and whom to ask are told to the applicants once the list is sealed.")) }
        }
        @if ready && incomplete {
            (notice(Tone::Warning, &html! { p {
                (asked.t("未列入名单的，每件都要写明不予推荐的理由，并填写咨询方式，才能封存。", "Before the list can be sealed, each that is not on it needs its reason, and its applicants somebody to ask. "))
                a href=(asked.link(&review.page())) { (asked.t("去填写", "Fill in")) }
            } }))
        } @else if ready {
            (notice(Tone::Warning, &html! { p { (asked.t(
                "封存后，名单、顺序和意见连同申报内容的摘要留档，送领导小组办公室，不能再改；未列入名单的申报（包括已退回、未重新提交的）本届不再参加。",
                "Sealing keeps the list, its order and opinions with the digests of what was submitted, and sends it to the office. It can't be changed any more; what is not on it, also what was sent back and not submitted again, takes no further part.",
            )) } }))
            (form.render(&form.danger("确认封存", "Seal the list")))
        } @else {
            (notice(Tone::Neutral, &html! { p { (asked.t("名单现在不能封存。", "The list can't be sealed now.")) } }))
        }
    };
    let heading = asked.t("封存推荐名单", "Seal the list").to_owned();
    Ok(review.shown(&asked, heading, body).crumb(review.page(), asked.t("推荐名单", "Recommendation list")))
}
