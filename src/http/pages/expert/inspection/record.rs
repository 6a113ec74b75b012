//! The record of an inspection (考察记录表), written by the team on site.

use serde_json::Value;

use super::Inspected;
use super::photos::gallery;
use super::table::{Line, lines};
use crate::actions::evidence::EvidenceView;
use crate::domain::inspection::{InspectionRecord, InspectionState, Method as How, VerifiedItem};
use crate::domain::photo::PHOTO;
use crate::http::pages::expert::scene::{self, Annexes};
use crate::http::pages::prelude::*;
use crate::http::pages::values;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/inspection/record", Action::RecordInspection, record)]
}

async fn record(request: Rc<PageRequest>) -> Result<Page> {
    let inspected = Inspected::of(&request).await?;
    let annexes = Annexes::of(&request, inspected.id).await?;
    let open = inspected.view.state == Some(InspectionState::Open) && inspected.scene.is_inspected_now();
    let content = html! {
        p.lead { (scene::about(&inspected.scene)) }
        @if inspected.in_team && open {
            (photos(&request, &inspected, &annexes))
            (fields(&request, &inspected, &annexes))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t(
                "只有考察组成员能填写记录，且须在有人签字之前。",
                "Only the team writes the record, and only before somebody has signed it.",
            )) } }))
        }
    };
    Ok(scene::page(&request, &inspected.scene, request.t("填写考察记录", "Write the record"), content)
        .crumb(inspected.page(""), request.t("考察", "Inspection"))
        .data(format!("/api/v1/applications/{}/inspection", inspected.id))
        .script("claimed"))
}

/// The photographs, and the camera.
fn photos(request: &PageRequest, inspected: &Inspected, annexes: &Annexes) -> Markup {
    let form = request
        .form(Method::Post, inspected.act("photos"))
        .once()
        .queued()
        .done("照片已上传，可在相应指标下勾选。", "Uploaded; tick it at its indicator.");
    html! {
        h2 { (request.t("现场照片", "Photographs")) }
        @if annexes.of_kind(PHOTO).next().is_none() {
            p.muted { (request.t("还没有照片。", "There is none yet.")) }
        }
        (gallery(request, inspected, annexes))
        (form.render(&html! {
            (form.field(&Field::camera("file", request.t("拍照或选择照片", "Take or choose photographs"))
                .hint(request.t(
                    "拍照前请打开手机的定位，并允许相机使用：照片所记的时间和地点在此显示，作为到场的佐证；其他人看到的照片不带这些信息。",
                    "Let the camera use your position: time and place that a photograph carries show here, as a sign that you were there. Others see it without them.",
                )).silent()))
            (form.button("上传照片", "Upload"))
        }))
    }
}

fn fields(request: &PageRequest, inspected: &Inspected, annexes: &Annexes) -> Markup {
    let empty = InspectionRecord::default();
    let record = inspected.view.record.as_ref().unwrap_or(&empty);
    let form = request
        .form(Method::Put, inspected.act("record"))
        .revision(inspected.view.revision)
        .autosave()
        .done("考察记录已保存。", "The record is saved.");
    let photos: Vec<&EvidenceView> = annexes.of_kind(PHOTO).collect();
    html! {
        h2 { (request.t("逐项核定", "Indicator by indicator")) }
        p.muted { (request.t("还没有查的指标，核查方法和核定值都留空；查了却无法核定的，选核查方法、核定值留空，并写明情况。", "Leave what you have not looked at empty; where nothing could be verified, choose how you looked and say why.")) }
        (form.render(&html! {
                @for (at, line) in lines(inspected).iter().enumerate() {
                    (item(request, &form, annexes, &photos, line, at))
                }
                h3 { (request.t("访谈", "Interviews")) }
                (interviews(request, &form, record))
                (form.field(&Field::area("/summary", request.t("考察小结", "Summary"), 5).value(&*record.summary)
                    .hint(request.t("签字前必填。", "Due before anybody signs.")).silent()))
                div.buttons {
                    button type="submit" name="_next" value=(inspected.page("")) { (request.t("保存并核对", "Save and review")) }
                    button.secondary type="submit" { (request.t("保存草稿", "Save the draft")) }
                }
        }))
    }
}

fn item(
    request: &PageRequest,
    form: &Form<'_>,
    annexes: &Annexes,
    photos: &[&EvidenceView],
    line: &Line<'_>,
    at: usize,
) -> Markup {
    let (item, at, name) = (line.item, format!("/items/{at}"), line.indicator.name.as_str());
    let text = |get: fn(&VerifiedItem) -> &str| item.map(get).unwrap_or_default().to_owned();
    let methods =
        How::ALL.iter().map(|how| (how.as_str().to_owned(), how.in_language(request.language).to_owned()));
    html! {
        section.indicator {
            h3 { (line.indicator.name) }
            p {
                (request.t("申报值：", "Claimed value: ")) strong { (line.claimed(request)) }
                @if let Some(claim) = line.claim {
                    span.muted { "（" (claim.year) (request.t("，", ", ")) (claim.source_body) @if !claim.calibre.is_empty() { (request.t("，", ", ")) (claim.calibre) } "）" }
                    @for annex in &claim.evidence { " " a href=(request.link(&format!("/evidence/{annex}"))) { (annexes.cited(request, *annex)) } }
                }
                (line.explained(request))
            }
            input type="hidden" name=(format!("{at}/indicator:key")) value=(line.indicator.key);
            div.pair {
                (values::fields(form, request, &format!("{at}/value"), (line.indicator, line.formula), item.map(|item| &item.value)))
                @if let Some(claim) = line.claim.filter(|claim| !claim.value.is_null()) { (as_claimed(request, &at, &claim.value)) }
                (form.field(&Field::radios(format!("{at}/method"), request.t("核查方法", "How"), methods)
                    .value(item.map(|item| item.method.as_str()).unwrap_or_default()).within(name).silent()))
            }
            (form.field(&Field::text(format!("{at}/seen"), request.t("查验的材料", "Documents seen")).value(text(|item| &item.seen)).within(name).silent()))
            (form.field(&Field::area(format!("{at}/finding"), request.t("检查情况", "Finding"), 2).value(text(|item| &item.finding)).within(name)
                .hint(request.t("核定值与申报值不一致时必填。", "Due where the value differs from the claimed one.")).silent()))
            @if !photos.is_empty() {
                details open[item.is_some_and(|item| !item.photos.is_empty())] {
                    summary { (request.t("照片", "Photographs")) }
                    div.choices { @for (n, photo) in photos.iter().enumerate() { (tick(form, &format!("{at}/photos/{n}"), photo, item)) } }
                }
            }
        }
    }
}

/// One tick takes over what was claimed. It is never ticked beforehand: it would undo what is typed after it.
fn as_claimed(request: &PageRequest, at: &str, claimed: &Value) -> Markup {
    html! {
        label.choice {
            input type="checkbox" name=(format!("{at}/value:json")) value=(claimed) data-claimed;
            span { (request.t("与申报值一致（填入申报值）", "As claimed (take over the claimed value)")) }
        }
    }
}

fn tick(form: &Form<'_>, name: &str, photo: &EvidenceView, item: Option<&VerifiedItem>) -> Markup {
    let id = photo.id.to_string();
    let stored = item.is_some_and(|item| item.photos.contains(&photo.id));
    let ticked = if form.carried().is_some() { form.value(name, "") == id } else { stored };
    html! {
        label.choice {
            input type="checkbox" name=(name) value=(id) checked[ticked];
            span { (photo.name) }
        }
    }
}

fn interviews(request: &PageRequest, form: &Form<'_>, record: &InspectionRecord) -> Markup {
    let rows = (record.interviews.len() + 2).max(form.rows_sent("/interviews"));
    html! {
        @for row in 0..rows {
            @let stored = record.interviews.get(row);
            @let at = |member: &str| format!("/interviews/{row}/{member}");
            fieldset.group {
                legend { (request.t("访谈", "Interview ")) (row + 1) }
                div.pair {
                    (form.field(&Field::text(at("unit"), request.t("企业或机构", "Firm or body")).value(stored.map(|one| &*one.unit).unwrap_or_default()).silent()))
                    (form.field(&Field::text(at("person"), request.t("访谈对象", "With whom")).value(stored.map(|one| &*one.person).unwrap_or_default()).silent()))
                }
                (form.field(&Field::area(at("notes"), request.t("访谈内容", "What was said"), 2).value(stored.map(|one| &*one.notes).unwrap_or_default()).silent()))
                @if stored.is_some() { (form.field(&Field::checkbox(at("_remove:yes"), request.t("删除这条访谈", "Remove this interview")))) }
            }
        }
    }
}
