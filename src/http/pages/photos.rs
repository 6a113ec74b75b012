//! What a photograph says of itself, beside it, and what is told to those who get a copy without it.

use rust_decimal::Decimal;

use super::prelude::*;
use super::words;
use crate::actions::evidence::EvidenceView;
use crate::domain::inspection::InspectionPlan;
use crate::domain::photo::{PhotoFacts, Place, Taken};
use crate::files::MediaType;

/// Whether a file is a picture.
pub(super) fn is_picture(item: &EvidenceView) -> bool {
    MediaType::from_mime(&item.media_type).is_some_and(MediaType::is_picture)
}

/// When and where a photograph was taken, and with what, as it says itself.
pub(super) fn said(request: &PageRequest, item: &EvidenceView) -> Markup {
    let Some(PhotoFacts { taken, location: place, device }) = &item.photo else {
        return html! { (request.t("照片信息暂时读不出，请稍后刷新", "What the photograph says can't be read now; look again later")) };
    };
    html! {
        @match taken {
            Some(taken) => { (request.t("拍摄时间 ", "Taken ")) (time(request, taken)) },
            None => { (request.t("照片未带拍摄时间", "The photograph carries no time")) },
        }
        br;
        @match place {
            Some(place) => { (request.t("地点 ", "Place ")) (written(request, place)) },
            None => { (request.t("照片未带位置信息", "The photograph carries no place")) },
        }
        @if let Some(device) = device { br; (request.t("设备 ", "Device ")) (device) }
    }
}

/// What the inspectors should look at: a photograph of another day than those of the plan, or of none.
pub(super) fn doubt(request: &PageRequest, item: &EvidenceView, plan: &InspectionPlan) -> Option<Markup> {
    let facts = item.photo.as_ref()?;
    match facts.is_of_the_visit(plan) {
        Some(false) => Some(tag(request.t("不在考察日期内", "Not of the planned days"), Tone::Warning)),
        None if facts.taken.is_none() => Some(tag(request.t("无拍摄时间", "Without a time"), Tone::Neutral)),
        _ => None,
    }
}

/// What is told to those who get copies of the pictures among these.
pub(super) fn copies(request: &PageRequest, items: &[EvidenceView]) -> Markup {
    html! {
        @if items.iter().any(|item| item.is_copied) {
            p.muted { (request.t(
                "其中的图片向您提供的是去除了位置、时间和设备信息的副本，画面与原件相同。",
                "Pictures among them are given to you as copies without place, time and device; what they show is the same.",
            )) }
        }
    }
}

fn time(request: &PageRequest, taken: &Taken) -> Markup {
    let local = taken.local;
    html! {
        (words::date(local.date(), request.language)) (request.t("", ", ")) (local.format("%H:%M:%S"))
        @match taken.offset_minutes {
            None | Some(480) => {},
            Some(ahead) => { (request.t("（UTC", " (UTC")) (if ahead < 0 { "−" } else { "+" }) (format!("{}:{:02}", ahead.abs() / 60, ahead.abs() % 60)) (request.t("）", ")")) },
        }
    }
}

fn written(request: &PageRequest, place: &Place) -> String {
    let side = |degrees: Decimal, positive: &str, negative: &str| {
        let side = if degrees.is_sign_negative() { negative } else { positive };
        format!("{side}{:.5}°", degrees.abs().round_dp(5))
    };
    let (latitude, longitude) = (place.latitude, place.longitude);
    request.either(
        format!("{} {}", side(latitude, "北纬", "南纬"), side(longitude, "东经", "西经")),
        format!("{}, {}", side(latitude, "N ", "S "), side(longitude, "E ", "W ")),
    )
}
