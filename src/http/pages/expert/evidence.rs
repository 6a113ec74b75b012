//! A piece of evidence, shown in its page: pictures as they are, PDF in a frame, everything else to be saved.
//!
//! Nothing of an upload may run in this site's name. A picture comes sandboxed and without any right to load. The PDF
//! viewer of browsers does not start in a sandbox, but runs apart from the page; such a file comes with no right to load
//! either, and both can be framed by this site alone. Other kinds are never shown, only saved.

use super::super::prelude::*;
use crate::actions::evidence::{self, EvidenceView};
use crate::domain::ids::EvidenceId;
use crate::domain::scan::ScanState;
use crate::http::pages::photos::{is_picture, said};
use crate::http::pages::words::size;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/evidence/{evidence_id}", Action::ReadApplication, read),
        page("/evidence/{evidence_id}/inline", Action::ReadApplication, inline),
    ]
}

/// How a file can be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    Picture,
    Frame,
}

const PICTURE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'self'";
const FRAME_POLICY: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// How a file of a media type can be shown; none if it can only be saved.
pub(super) fn showing(media_type: &str) -> Option<Showing> {
    match media_type {
        "image/png" | "image/jpeg" => Some(Showing::Picture),
        "application/pdf" => Some(Showing::Frame),
        _ => None,
    }
}

/// Where a file is shown by itself; a PDF as wide as its frame, without the viewer's list of pages.
pub(super) fn address(request: &PageRequest, item: &EvidenceView) -> String {
    let view = if showing(&item.media_type) == Some(Showing::Frame) { "#navpanes=0&view=FitH" } else { "" };
    request.link(&format!("/evidence/{}/inline{view}", item.id))
}

/// Where a file is saved from.
pub(super) fn saving(id: EvidenceId) -> String {
    format!("/api/v1/evidence/{id}/content")
}

async fn inline(request: Rc<PageRequest>) -> Result<Page> {
    let download = evidence::download(&request.service, &request.context, request.id("evidence_id")?).await?;
    let policy = match showing(&download.media_type) {
        Some(Showing::Picture) => PICTURE_POLICY,
        Some(Showing::Frame) => FRAME_POLICY,
        None => return Err(Error::not_found()),
    };
    Ok(Page::file(download, policy))
}

async fn read(request: Rc<PageRequest>) -> Result<Page> {
    let item = evidence::read(&request.service, &request.context, request.id("evidence_id")?).await?;
    let content = html! {
        (facts(&about(&request, &item)))
        @match scan_tag(&request, item.scan) {
            None if item.is_copied && item.copy.is_none() => (notice(Tone::Warning, &html! { p { (request.t(
                "这张图片不能向您显示：去除其中的位置、时间和设备信息时，发现文件结构已损坏，或文件暂时读不出。请稍后再试，如仍不行请联系领导小组办公室。",
                "This picture can't be shown to you: its file is broken, so that what it says of place, time and device can't be removed, or it can't be read now. Try again later, then ask the office.",
            )) } })),
            None => {
                p { a.button.secondary href=(saving(item.id)) download { (request.t("保存到本机", "Save the file")) } }
                (shown(&request, &item))
            },
            Some(tag) => p { (tag) " " (if item.scan == ScanState::Pending {
                request.t("通过安全扫描后才能打开，请稍后再来。", "It can be opened once the scanner has found it clean; come back a little later.")
            } else {
                request.t("任何人都不能打开；上传者须换一份安全的文件。", "Nobody can open it; whoever uploaded it must replace it by a safe file.")
            }) },
        }
    };
    let application = format!("/applications/{}", item.application_id);
    Ok(Page::new(item.name.clone(), content)
        .crumb(&*application, request.t("申报材料", "Application"))
        .crumb(format!("{application}/evidence"), request.t("佐证材料", "Evidence"))
        .data(format!("/api/v1/evidence/{}", item.id)))
}

/// What the file is. Whoever gets a copy is told whose digest is whose.
fn about<'a>(request: &'a PageRequest, item: &EvidenceView) -> Vec<(&'a str, Markup)> {
    let (bytes, digest) = if item.is_copied {
        (
            request.t("原件大小", "Size of the uploaded file"),
            request.t("原件摘要（SHA-256）", "Digest of the uploaded file (SHA-256)"),
        )
    } else {
        (request.t("大小", "Size"), request.t("摘要（SHA-256）", "Digest (SHA-256)"))
    };
    let mut about = vec![
        (request.t("类型", "Type"), html! { (item.media_type) }),
        (bytes, html! { (size(item.size)) }),
        (request.t("上传时间", "Uploaded"), html! { (request.time(item.uploaded_at)) }),
        (digest, html! { code { (item.digest) } }),
    ];
    if let Some(copy) = &item.copy {
        about.push((
            request.t("您所得的", "What you get"),
            html! {
                (request.t(
                    "去除了位置、时间和设备信息的副本，画面与原件相同；副本的摘要：",
                    "A copy without place, time and device; what it shows is the same. The copy's digest: ",
                ))
                code { (copy.digest) }
            },
        ));
    }
    if is_picture(item) && !item.is_copied && item.scan.opens() {
        about.push((request.t("照片所记", "It says of itself"), said(request, item)));
    }
    about
}

fn shown(request: &PageRequest, item: &EvidenceView) -> Markup {
    match showing(&item.media_type) {
        Some(Showing::Picture) => {
            html! { figure { img.evidence src=(address(request, item)) alt=(item.name); } }
        }
        Some(Showing::Frame) => html! {
            iframe.document src=(address(request, item)) title=(item.name) {}
            p.muted { (request.t(
                "看不到内容？有的平板浏览器不能在页面内显示PDF，请保存后打开。",
                "Nothing to see? Some tablets don't show PDF inside a page; save the file and open it.",
            )) }
        },
        None => empty(&html! { p { (request.t(
            "这类文件不能在页面内显示，请保存到本机后打开。",
            "Files of this kind are not shown inside a page; save the file and open it.",
        )) } }),
    }
}
