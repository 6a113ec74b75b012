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

/// The most applications of a city in a competition.
const MOST: usize = 500;

/// Where the lists of all cities stand; a reviewer goes to the own one.
pub(super) async fn overview(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let caller = request.caller()?;
    if let (Role::CityReviewer, Some(city)) = (caller.role, &caller.region) {
        return Ok(Page::elsewhere(format!("/competitions/{id}/recommendations/{city}")));
    }
    let (state, rules) = desks::rules(&request.service, &request.context, id).await?;
    let lists = recommendations::overview(&request.service, &request.context, id).await?.lists;
    let table = Table::new(request.t("各设区市的推荐名单", "The lists of all cities"), &lists)
        .head(request.t("设区市", "City"), |list| html! {
            a href=(request.link(&format!("/competitions/{id}/recommendations/{}", list.city.code))) { (list.city.name) }
        })
        .number(request.t("名额", "Quota"), |list| list.quota)
        .number(request.t("已提交的申报", "Submitted"), |list| html! {
            a href=(request.link(&format!("/applications?competition_id={id}&city_code={}", list.city.code))) { (list.submitted_count) }
        })
        .column(request.t("推荐名单", "Recommendation list"), |list| html! {
            @match (&list.number, list.sealed_at) {
                (Some(number), Some(at)) => { (tag(request.t("已封存", "sealed"), Tone::Good)) " " (number) " " (request.time(at)) @if !list.document_number.is_empty() { br; (list.document_number) } }
                _ if list.submitted_count == 0 => { (tag(request.t("无申报", "nothing submitted"), Tone::Neutral)) }
                _ => { (tag(request.t("未封存", "not sealed"), Tone::Warning)) }
            }
        });
    let sealed = lists.iter().filter(|list| list.sealed_at.is_some()).count();
    let body = html! {
        (competition_views(&request, id, "/recommendations"))
        p.lead { (request.t("已封存", "Sealed: ")) (sealed) " / " (lists.len())
            @if state < CompetitionState::Recommendation { (request.t("；申报截止后各市方可封存", "; cities can seal once applications are closed")) }
            (request.t("。", "."))
        }
        (table.render())
    };
    Ok(Page::new(CompetitionState::Recommendation.in_language(request.language), body)
        .crumb("/competitions", request.t("竞赛", "Competitions"))
        .crumb(format!("/competitions/{id}"), rules.settings.title.clone())
        .table(&tables::RECOMMENDATIONS, format!("/api/v1/competitions/{id}/recommendations"))
        .data(format!("/api/v1/competitions/{id}/recommendations")))
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
    async fn read(request: &PageRequest) -> Result<Self> {
        let (id, city): (CompetitionId, RegionCode) = (request.id("competition_id")?, request.id("city")?);
        let (service, context) = (&request.service, &request.context);
        let list = recommendations::read(service, context, id, city.clone()).await?;
        let (state, rules) = desks::rules(service, context, id).await?;
        let wanted = Wanted { competition: Some(id), city: Some(city.clone()), ..Wanted::default() };
        let mut filed = applications::list(service, context, wanted, MOST).await?.items;
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
    fn may_change(&self, request: &PageRequest) -> bool {
        request.role() == Some(Role::CityReviewer)
            && self.list.sealed_at.is_none()
            && matches!(self.state, CompetitionState::Application | CompetitionState::Recommendation)
            && request.context.received_at <= self.rules.settings.calendar.recommendation.until
    }

    fn candidates(&self) -> impl Iterator<Item = &ApplicationEntry> {
        self.filed.iter().filter(|entry| entry.state == ApplicationState::Submitted)
    }

    fn shown(&self, request: &PageRequest, heading: String, content: Markup) -> Page {
        let sealed = self.list.sealed_at.is_some();
        let calendar = &self.rules.settings.calendar;
        let whereabouts = Whereabouts {
            now: if sealed {
                request.t("推荐名单已封存", "the list is sealed")
            } else {
                request.t("推荐名单未封存", "the recommendation list is not sealed")
            },
            who: Some(if sealed {
                request.t("领导小组办公室", "the leading-group office")
            } else {
                request.t("设区市", "the city")
            }),
            until: Some(if sealed { calendar.checking.until } else { calendar.recommendation.until }),
            next: if sealed {
                request.t(
                    "办公室对推荐的申报进行形式审查和否决核查；未推荐的已告知理由",
                    "the office checks what is recommended; the others were told why",
                )
            } else {
                request.t(
                    "申报截止后、推荐截止前封存名单",
                    "to be sealed after applications close, before the deadline",
                )
            },
        };
        let content = PreEscaped([after_an_act(request, &whereabouts).0, content.0].concat());
        let shown = Page::new(heading, content)
            .document_if(!self.list.entries.is_empty(), &printed::RECOMMENDATION, self.api())
            .data(self.api())
            .table(&tables::RECOMMENDATION, self.api());
        if request.role() == Some(Role::CityReviewer) {
            return shown.crumb("/desk", request.t("工作台", "Desk"));
        }
        shown.crumb(format!("/competitions/{}", self.id), self.rules.settings.title.clone()).crumb(
            format!("/competitions/{}/recommendations", self.id),
            CompetitionState::Recommendation.in_language(request.language),
        )
    }
}

/// A city's list: to be put in order by its reviewer, to be read by others; once sealed, its receipt.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let review = Review::read(&request).await?;
    let until = review.rules.settings.calendar.recommendation.until;
    let body = html! {
        @if matches!(request.role(), Some(Role::Office | Role::Supervisor)) {
            (competition_views(&request, review.id, "/recommendations"))
        }
        // The receipt says all of it again.
        div.screen[review.list.sealed_at.is_some()] { (facts(&[
            (request.t("竞赛", "Competition"), html! { (review.rules.settings.title) }),
            (request.t("推荐截止", "Deadline"), html! { strong { (request.time(until)) } }),
            (request.t("名额", "Quota"), html! {
                (request.t("已列入", "on the list: ")) " " strong data-count=(review.list.quota) { (review.list.entries.len()) } " / " (review.list.quota)
            }),
        ])) }
        @if review.list.sealed_at.is_some() {
            (receipt(&request, &review))
        } @else if review.may_change(&request) {
            (order(&request, &review))
            (sealing(&request, &review))
        } @else {
            (entries(&request, &review))
        }
        (others(&request, &review))
        (tools(&request, &review))
    };
    let heading = format!("{}：{}", request.t("推荐名单", "Recommendation list"), review.city_name());
    let shown = review.shown(&request, heading, body);
    Ok(if review.may_change(&request) { shown.script("order") } else { shown })
}

/// The row of a field, the application, its place on the list, and the opinion or the reason.
type Candidate<'a> = (usize, &'a ApplicationEntry, Option<i32>, &'a str);

fn order(request: &PageRequest, review: &Review) -> Markup {
    let form = request
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
        h2 { (request.t("待推荐的申报", "Candidates")) }
        @if rows.is_empty() {
            (empty(&html! { p { (request.t("还没有已提交、待推荐的申报。", "No submitted application waits for you.")) } }))
        } @else {
            p { (request.t(
                "在“序号”栏填写推荐顺序（1、2、3……），留空即不推荐，也可拖动各行排序。列入名单的写初审意见；未列入的写不予推荐的理由：封存前必须写齐，封存后连同咨询方式告知申报单位。",
                "Give each a place (1, 2, 3, …), or leave it empty not to recommend it; rows can be dragged too. Each on the list needs your opinion, each of the others the reason: obligatory before the list is sealed, and told to its applicant with whom to ask.",
            )) }
            (form.render(&html! {
                (candidates(request, &form, review, &rows[..listed], &rows[listed..]))
                (form.field(&Field::text("/contact", request.t("咨询方式（告知未推荐的申报单位）", "Whom to ask (told to applicants who are not recommended)"))
                    .hint(request.t("单位、联系人、电话", "Office, person, telephone")).value(review.list.contact.as_str()).silent()))
                (form.field(&Field::text("/document_number", request.t("推荐文号", "Number of the recommendation letter"))
                    .hint(request.t("本市推荐函的文号，如“苏工信产业〔2026〕12号”；没有的留空", "The number of your own letter; empty where there is none")).value(review.list.document_number.as_str()).silent().medium()))
                (form.button("保存名单", "Save the list"))
            }))
        }
    }
}

/// The running number of an application in its competition.
fn running_number(entry: &ApplicationEntry) -> usize {
    let number = entry.number.as_deref().unwrap_or_default();
    number.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

fn candidates(
    request: &PageRequest,
    form: &Form<'_>,
    review: &Review,
    listed: &[Candidate<'_>],
    rest: &[Candidate<'_>],
) -> Markup {
    let catalogue = &review.rules.catalogue;
    let place = request.t("序号", "No.");
    let label = |what: &str, entry: &ApplicationEntry| {
        format!("{what}：{}", entry.number.as_deref().unwrap_or_default())
    };
    let rest = (request.t("未列入名单", "Not on the list"), rest);
    Table::ordered(request.t("推荐顺序和初审意见", "Order and opinions"), listed, rest)
        .column(place, |(row, entry, stored, _)| html! {
            input type="hidden" name=(format!("/rows/{row}/application_id:key")) value=(entry.id);
            (form.cell(&Field::number(format!("/rows/{row}/place:whole"), label(place, entry))
                .value(stored.map(|place| place.to_string()).unwrap_or_default()).short()))
        })
        .column(request.t("申报", "Application"), |(_, entry, ..)| html! {
            a href=(request.link(&format!("/applications/{}", entry.id))) { (title(request, entry)) }
            br; span.muted { (entry.number.as_deref().unwrap_or_default()) } " "
            a href=(request.link(&format!("/applications/{}/return", entry.id))) { (request.t("退回修改", "Send back")) }
        })
        .column(request.t("产业链、牵头地区", "Chain, lead"), |(_, entry, ..)| html! {
            (chain(catalogue, entry.chain.number)) br; (&entry.lead_region.name)
        })
        .column(request.t("初审意见或不予推荐的理由", "Opinion, or why not"), |(row, entry, _, opinion)| {
            let label = label(request.t("初审意见", "Opinion"), entry);
            form.cell(&Field::area(format!("/rows/{row}/opinion"), label, 2).value(*opinion))
        })
        .render()
}

fn sealing(request: &PageRequest, review: &Review) -> Markup {
    html! {
        @if review.state == CompetitionState::Recommendation {
            p { a.button href=(request.link(&format!("{}/seal", review.page()))) { (request.t("去封存名单", "Go on to seal the list")) } }
        } @else {
            p.muted { (request.t(
                "申报截止前还会有申报提交；截止后方可封存名单。",
                "More may come in: the list can be sealed once applications are closed.",
            )) }
        }
    }
}

/// The list, to be read.
fn entries(request: &PageRequest, review: &Review) -> Markup {
    Table::new(request.t("推荐顺序和初审意见", "Order and opinions"), &review.list.entries)
        .number(request.t("序号", "No."), |entry| entry.place)
        .head(request.t("申报", "Application"), |entry| {
            named(request, entry.application_id, &entry.title, &entry.number)
        })
        .text(request.t("初审意见或不予推荐的理由", "Opinion, or why not"), |entry| {
            &entry.opinion
        })
        .empty(request.t("名单上没有申报。", "The list has no applications."))
        .render()
}

fn named(request: &PageRequest, id: ApplicationId, title: &str, number: &str) -> Markup {
    html! {
        a href=(request.link(&format!("/applications/{id}"))) { (title) }
        br; span.muted { (number) }
    }
}

/// What is not recommended, and why.
fn left_out(request: &PageRequest, review: &Review) -> Markup {
    let list = &review.list;
    let table = Table::new(request.t("未列入名单的申报", "Not on the list"), &list.left_out)
        .head(request.t("申报", "Application"), |row| {
            named(request, row.application_id, &row.title, &row.number)
        })
        .text(request.t("不予推荐的理由", "Why not"), |row| &row.opinion);
    html! {
        @if !list.left_out.is_empty() {
            (table.render())
            p { (request.t("咨询方式：", "Whom to ask: ")) (list.contact) }
        }
    }
}

/// The sealed list, as it is printed and stamped.
fn receipt(request: &PageRequest, review: &Review) -> Markup {
    let list = &review.list;
    let mut rows = vec![
        (request.t("竞赛", "Competition"), html! { (review.rules.settings.title) }),
        (request.t("设区市", "City"), html! { (review.city_name()) }),
        (
            request.t("名单编号（系统生成）", "Number (made by the system)"),
            html! { (list.number.as_deref().unwrap_or_default()) },
        ),
        (request.t("封存时间", "Sealed"), html! { @if let Some(at) = list.sealed_at { (request.time(at)) } }),
        (request.t("推荐件数", "Recommended"), html! { (list.entries.len()) " / " (list.quota) }),
        (
            request.t("名单摘要（SHA-256）", "Digest of the list (SHA-256)"),
            html! {
                @if let Some(digest) = list.digest { code { (digest) } }
            },
        ),
    ];
    if !list.document_number.is_empty() {
        let number = html! { (list.document_number) };
        rows.insert(2, (request.t("推荐文号", "Number of the recommendation letter"), number));
    }
    html! {
        section.paper {
            h2 { (request.t("推荐名单封存回执", "Receipt of the sealed list")) }
            (facts(&rows))
            (entries(request, review))
            (left_out(request, review))
            div.signatures.print {
                p { (request.t("审核人（签字）：", "Reviewed by:")) }
                p { (request.t("负责人（签字）：", "Approved by:")) }
                p { (request.t("单位（盖章）：", "Seal:")) }
                p { (request.t("日期：", "Date:")) }
            }
        }
        (print_button(request))
    }
}

/// What the city has besides candidates.
fn others(request: &PageRequest, review: &Review) -> Markup {
    let listed =
        |entry: &ApplicationEntry| review.list.entries.iter().any(|listed| listed.application_id == entry.id);
    let others = review.filed.iter().filter(|entry| entry.state != ApplicationState::Submitted);
    let others: Vec<&ApplicationEntry> = others.filter(|entry| !listed(entry)).collect();
    html! {
        @if !others.is_empty() { div.screen {
            h2 { (request.t("本市其他申报", "Other applications of the city")) }
            ul { @for entry in others { li {
                a href=(request.link(&format!("/applications/{}", entry.id))) { (title(request, entry)) } " "
                (application_state(request, entry.state))
            } } }
        } }
    }
}

/// Comparing two side by side, and what several share.
fn tools(request: &PageRequest, review: &Review) -> Markup {
    let choices = |name: &str, label: &str, other: usize| {
        html! {
            div.field {
                label for=(format!("compare-{name}")) { (label) }
                select id=(format!("compare-{name}")) name=(name) {
                    @for (place, entry) in review.filed.iter().enumerate() {
                        option value=(entry.id) selected[place == other] {
                            (entry.number.as_deref().unwrap_or_default()) " · " (title(request, entry))
                        }
                    }
                }
            }
        }
    };
    html! {
        section.screen {
            h2 { (request.t("辅助", "Tools")) }
            @if review.filed.len() > 1 {
                form.filter method="get" action=(request.link(&format!("/competitions/{}/compare", review.id))) {
                    (choices("a", request.t("左边", "Left"), 0))
                    (choices("b", request.t("右边", "Right"), 1))
                    div.buttons { button.secondary type="submit" { (request.t("并排对照", "Compare side by side")) } }
                }
            }
            p {
                a href=(request.link(&format!("/competitions/{}/duplicates", review.id))) { (request.t("查重：共同的企业和雷同的文字", "Duplicates: shared firms and text")) }
            }
        }
    }
}

/// Says what sealing means, and lets one do it.
pub(super) async fn seal(request: Rc<PageRequest>) -> Result<Page> {
    let review = Review::read(&request).await?;
    let left_out: Vec<&ApplicationEntry> = review
        .filed
        .iter()
        .filter(|entry| matches!(entry.state, ApplicationState::Submitted | ApplicationState::Returned))
        .filter(|entry| !review.list.entries.iter().any(|listed| listed.application_id == entry.id))
        .collect();
    let form = request
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
    let ready = review.may_change(&request) && review.state == CompetitionState::Recommendation;
    let body = html! {
        p.lead { (review.city_name()) (request.t("：", ": ")) (request.t("推荐", "recommends ")) strong { (review.list.entries.len()) }
            (request.t("件，名额", ", quota ")) (review.list.quota) (request.t("个。", ".")) }
        (entries(&request, &review))
        @if !left_out.is_empty() {
            h2 { (request.t("以下申报将不予推荐", "Not recommended will be")) }
            ul { @for entry in &left_out { li { (entry.number.as_deref().unwrap_or_default()) " · " (title(&request, entry)) " " (application_state(&request, entry.state))
                (request.t("：", ": "))
                @match (reason(entry), entry.state) {
                    (Some(reason), _) => (reason),
                    (None, ApplicationState::Returned) => span.muted { (request.t("退回后未重新提交", "sent back, not submitted again")) },
                    (None, _) => (tag(request.t("未写理由", "no reason yet"), Tone::Warning)),
                }
            } } }
            p { (request.t("咨询方式：", "Whom to ask: "))
                @if review.list.contact.trim().is_empty() { (tag(request.t("未填写", "not given"), Tone::Warning)) } @else { (review.list.contact) }
            }
            p.hint { (request.t("理由和咨询方式在封存后告知申报单位。", "Reasons and whom to ask are told to the applicants once the list is sealed.")) }
        }
        @if ready && incomplete {
            (notice(Tone::Warning, &html! { p {
                (request.t("未列入名单的，每件都要写明不予推荐的理由，并填写咨询方式，才能封存。", "Before the list can be sealed, each that is not on it needs its reason, and its applicants somebody to ask. "))
                a href=(request.link(&review.page())) { (request.t("去填写", "Fill in")) }
            } }))
        } @else if ready {
            (notice(Tone::Warning, &html! { p { (request.t(
                "封存后，名单、顺序和意见连同申报内容的摘要留档，送领导小组办公室，不能再改；未列入名单的申报（包括已退回、未重新提交的）本届不再参加。",
                "Sealing keeps the list, its order and opinions with the digests of what was submitted, and sends it to the office. It can't be changed any more; what is not on it, also what was sent back and not submitted again, takes no further part.",
            )) } }))
            (form.render(&form.danger("确认封存", "Seal the recommendation list")))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("名单现在不能封存。", "The list can't be sealed now.")) } }))
        }
    };
    let heading = request.t("封存推荐名单", "Seal the recommendation list").to_owned();
    Ok(review
        .shown(&request, heading, body)
        .crumb(review.page(), request.t("推荐名单", "Recommendation list")))
}
