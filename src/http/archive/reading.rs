//! An archive that is read again, without a database: checked as a whole, then shown item by item to a browser on this machine.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use crate::domain::archive::{ARCHIVE_FORMAT, ArchiveCatalogue, ArchiveClass, ArchiveItem, CATALOGUE, SUMS};
use crate::domain::problem::Message;
use crate::domain::record::{Digest, digest_of};
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::files::{PackagedFiles, content_disposition};
use crate::http::pages::style;

/// The most bytes of a catalogue, some hundred thousand items.
const MOST_CATALOGUE: u64 = 128 << 20;
/// Items on a page.
const ITEMS: usize = 100;
/// What is in an archive and in no catalogue.
const OWN: [&str; 4] = [CATALOGUE, "catalogue.csv", SUMS, "README.txt"];

/// An archive that was checked, and is open to be read.
pub(crate) struct OpenArchive {
    path: PathBuf,
    catalogue: ArchiveCatalogue,
    /// The digest of its list of digests, to be compared with what was written down elsewhere.
    pub(crate) sums: Digest,
    language: Language,
}

fn unreadable(path: &Path, why: &impl std::fmt::Display) -> Error {
    Error::invalid_field(
        "",
        "archive",
        format!("{} 不是可以读取的归档包：{why}", path.display()),
        format!("{} is no archive that can be read: {why}", path.display()),
    )
}

/// A text of the archive, no longer than it may be.
fn text(files: &mut PackagedFiles, name: &str) -> io::Result<String> {
    String::from_utf8(files.content(name, MOST_CATALOGUE)?).map_err(io::Error::other)
}

impl OpenArchive {
    /// Opens an archive and compares every file with its catalogue and its list of digests.
    ///
    /// # Errors
    /// If it can't be read; everything that is missing, was added or changed.
    pub(crate) fn open(path: &Path, language: Language) -> Result<Self> {
        let wrong = |why: &dyn std::fmt::Display| unreadable(path, &why.to_string());
        let mut archive = PackagedFiles::open(path).map_err(|error| wrong(&error))?;
        let catalogue = text(&mut archive, CATALOGUE).map_err(|error| wrong(&error))?;
        let catalogue: ArchiveCatalogue = serde_json::from_str(&catalogue).map_err(|error| wrong(&error))?;
        if catalogue.format != ARCHIVE_FORMAT {
            return Err(wrong(&format!("format {}", catalogue.format)));
        }
        let sums = text(&mut archive, SUMS).map_err(|error| wrong(&error))?;
        let problems = problems(&mut archive, &catalogue, &sums);
        if !problems.is_empty() {
            let told = |text: fn(&Message) -> &str| problems.iter().map(text).collect::<Vec<_>>().join("\n");
            return Err(Error::conflict(
                "archive_not_whole",
                format!("归档包不完整：\n{}", told(|problem| &problem.zh)),
                format!("The archive is not whole:\n{}", told(|problem| &problem.en)),
            ));
        }
        Ok(Self { path: path.to_owned(), catalogue, sums: digest_of(&sums), language })
    }

    /// What it is of, and how many items it has.
    pub(crate) fn title(&self) -> (&str, usize) {
        (&self.catalogue.title, self.catalogue.items.len())
    }

    /// The bytes of an item as the catalogue has them.
    fn content(&self, item: &ArchiveItem) -> io::Result<Vec<u8>> {
        let bytes = PackagedFiles::open(&self.path)?.content(&item.path, item.size.saturating_add(1))?;
        let is_whole = item.digest == Some(digest_of(&bytes));
        if is_whole { Ok(bytes) } else { Err(io::Error::other("changed since it was opened")) }
    }
}

/// What is wrong with an archive, file by file.
fn problems(archive: &mut PackagedFiles, catalogue: &ArchiveCatalogue, sums: &str) -> Vec<Message> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, zh: &str, en: &str| {
        problems.push(Message { zh: format!("{name}：{zh}"), en: format!("{name}: {en}") });
    };
    let listed: BTreeMap<&str, &str> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(digest, name)| (name, digest)).collect();
    let mut there = archive.names();
    let nameless = archive.count() - there.len();
    for item in catalogue.items.iter().filter(|item| item.absent.is_empty()) {
        let name = item.path.as_str();
        if !there.remove(name) {
            wrong(name, "缺少", "missing");
            continue;
        }
        let found =
            archive.digest(name, item.size).ok().map(|(digest, size)| (Digest(*digest.as_bytes()), size));
        let is_same = found.is_some_and(|(digest, size)| Some(digest) == item.digest && size == item.size);
        let is_listed = item.digest.is_some_and(|digest| listed.get(name) == Some(&&*digest.to_string()));
        if !is_same || !is_listed {
            wrong(name, "内容与目录不符", "not what the catalogue says");
        }
    }
    for name in OWN.into_iter().filter(|name| *name != SUMS) {
        let found = archive.digest(name, MOST_CATALOGUE).ok();
        let is_listed = found.is_some_and(|(digest, _)| listed.get(name) == Some(&&*digest.to_string()));
        if !is_listed {
            wrong(name, "缺少或已改动", "missing or changed");
        }
    }
    for name in there.iter().filter(|name| !OWN.contains(&name.as_str())) {
        wrong(name, "目录中没有", "not in the catalogue");
    }
    if nameless > 0 {
        wrong("?", "有名称重复或不可读的文件", "a name stands twice or can't be read");
    }
    problems
}

/// What is looked for in the catalogue.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    text: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    page: usize,
}

/// Serves an archive to browsers on this machine, until the process is ended.
///
/// # Errors
/// If the address can't be listened on.
pub(crate) async fn serve(archive: OpenArchive, listener: TcpListener) -> io::Result<()> {
    let address = listener.local_addr()?;
    let archive = web::Data::from(Arc::new(archive));
    HttpServer::new(move || {
        App::new()
            .app_data(archive.clone())
            .app_data(web::Data::new(address))
            .route("/", web::get().to(catalogue))
            .route("/items/{number}", web::get().to(item))
            .route(
                style().0,
                web::get()
                    .to(async || HttpResponse::Ok().content_type("text/css; charset=utf-8").body(style().1)),
            )
    })
    .workers(1)
    .listen(listener)?
    .run()
    .await
}

/// Whether a browser asked for this machine by a name of its own: a page of somewhere else must not read the archive under its name.
fn is_for_here(request: &HttpRequest, address: SocketAddr) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    host == address.to_string() || host == format!("localhost:{}", address.port())
}

fn elsewhere() -> HttpResponse {
    HttpResponse::MisdirectedRequest().body("请以本机地址打开 / open it by this machine's address")
}

async fn catalogue(
    request: HttpRequest,
    archive: web::Data<OpenArchive>,
    address: web::Data<SocketAddr>,
    wanted: web::Query<Wanted>,
) -> HttpResponse {
    if !is_for_here(&request, **address) {
        return elsewhere();
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page(&archive, &wanted).into_string())
}

fn page(archive: &OpenArchive, wanted: &Wanted) -> Markup {
    let t = |zh: &'static str, en: &'static str| if archive.language == Language::Chinese { zh } else { en };
    let class: Option<ArchiveClass> = wanted.class.parse().ok();
    let says = |item: &&ArchiveItem| {
        let text = wanted.text.trim();
        [&item.title, &item.responsible, &item.document, &item.path].iter().any(|part| part.contains(text))
    };
    let found: Vec<&ArchiveItem> = archive
        .catalogue
        .items
        .iter()
        .filter(|item| class.is_none_or(|class| item.class == class))
        .filter(says)
        .collect();
    let pages = found.len().div_ceil(ITEMS).max(1);
    let at = wanted.page.clamp(1, pages);
    let link = |page: usize| {
        let mut query = form_urlencoded::Serializer::new("/?".to_owned());
        query
            .append_pair("text", &wanted.text)
            .append_pair("class", &wanted.class)
            .append_pair("page", &page.to_string());
        query.finish()
    };
    html! {
        (DOCTYPE)
        html lang=(t("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (archive.catalogue.title) " · " (t("归档包", "Archive")) }
                link rel="stylesheet" href=(style().0);
            }
            body {
                main {
                    h1 { (archive.catalogue.title) (t("：归档包", ": archive")) }
                    p { (t("归档时间：", "Archived: ")) (archive.catalogue.archived_at.local().format("%Y-%m-%d %H:%M")) (t("；共", "; items: ")) (archive.catalogue.items.len()) (t("件，逐件核对无误。", ", each of them whole.")) }
                    p { (t("摘要清单的摘要（与另行抄录的核对）：", "Digest of the list of digests, to be compared with what was written down: ")) code { (archive.sums) } }
                    form.filters method="get" action="/" {
                        label { (t("题名、责任者、文号或路径", "Title, responsible, document number or path")) input type="search" name="text" value=(wanted.text); }
                        label { (t("归档类别", "Class"))
                            select name="class" {
                                option value="" { (t("全部", "All")) }
                                @for one in ArchiveClass::ALL { option value=(one) selected[class == Some(*one)] { (t(one.names().0, one.names().1)) } }
                            }
                        }
                        button type="submit" { (t("查找", "Search")) }
                    }
                    div.scroll {
                        table.data {
                            caption { (t("目录：", "Catalogue: ")) (found.len()) }
                            thead { tr {
                                @for name in [t("件号", "No."), t("题名", "Title"), t("责任者", "Responsible"), t("日期", "Date"), t("文号", "Document number"), t("保管期限", "Kept for"), t("字节数", "Bytes")] { th scope="col" { (name) } }
                            } }
                            tbody { @for item in found.iter().skip((at - 1) * ITEMS).take(ITEMS) {
                                tr {
                                    td { (item.number) }
                                    th scope="row" {
                                        @if item.absent.is_empty() { a href=(format!("/items/{}", item.number)) { (item.title) } }
                                        @else { (item.title) " " span.muted { (t("未收录：", "Not included: ")) (item.absent) } }
                                    }
                                    td { (item.responsible) }
                                    td { (item.date) }
                                    td { (item.document) }
                                    td { (t(item.retention.names().0, item.retention.names().1)) }
                                    td.number { (item.size) }
                                }
                            } }
                        }
                    }
                    nav.pages aria-label=(t("翻页", "Pages")) {
                        @if at > 1 { a href=(link(at - 1)) { (t("上一页", "Previous page")) } " " }
                        (at) " / " (pages)
                        @if at < pages { " " a href=(link(at + 1)) { (t("下一页", "Next page")) } }
                    }
                }
            }
        }
    }
}

/// As what a browser is given a file, and whether it may show it. What could act on a page is only ever saved.
fn shown_as(path: &str) -> (&'static str, bool) {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "pdf" => ("application/pdf", true),
        "png" => ("image/png", true),
        "jpg" | "jpeg" => ("image/jpeg", true),
        "json" | "ndjson" | "txt" => ("text/plain; charset=utf-8", true),
        _ => ("application/octet-stream", false),
    }
}

async fn item(
    request: HttpRequest,
    archive: web::Data<OpenArchive>,
    address: web::Data<SocketAddr>,
    number: web::Path<usize>,
) -> HttpResponse {
    if !is_for_here(&request, **address) {
        return elsewhere();
    }
    let item = archive.catalogue.items.iter().find(|item| item.number == *number && item.absent.is_empty());
    let Some(item) = item.cloned() else {
        return HttpResponse::NotFound().body("没有这一件 / no such item");
    };
    let (media_type, is_shown) = shown_as(&item.path);
    let name = item.path.rsplit('/').next().unwrap_or_default().to_owned();
    let read = web::block(move || archive.content(&item)).await;
    let Ok(Ok(bytes)) = read else {
        return HttpResponse::InternalServerError()
            .body("这一件已经读不出来，或已改动 / it can't be read any more, or was changed");
    };
    let mut answer = HttpResponse::Ok();
    answer.content_type(media_type);
    answer.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.insert_header((
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'",
    ));
    if !is_shown {
        answer.insert_header((header::CONTENT_DISPOSITION, content_disposition(&name)));
    }
    answer.body(bytes)
}
