//! The photographs of an inspection, each with when and where it was taken.

use super::Inspected;
use crate::domain::photo::PHOTO;
use crate::http::pages::expert::evidence;
use crate::http::pages::expert::scene::Annexes;
use crate::http::pages::photos::{doubt, said};
use crate::http::pages::prelude::*;

/// All of them, as the team, the office and the supervisors see them.
pub(super) fn gallery(request: &PageRequest, inspected: &Inspected, annexes: &Annexes) -> Markup {
    html! {
        div.cards { @for photo in annexes.of_kind(PHOTO) { article.card {
            @if let Some(tag) = scan_tag(request, photo.scan) { (tag) } @else {
                a href=(request.link(&format!("/evidence/{}", photo.id))) {
                    img.thumb src=(evidence::address(request, photo)) alt=(photo.name) loading="lazy";
                }
            }
            p { (photo.name) " " (doubt(request, photo, &inspected.view.plan).unwrap_or_default()) }
            @if photo.scan.opens() && !photo.is_copied { p.muted { (said(request, photo)) } }
        } } }
    }
}
