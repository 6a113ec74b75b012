//! What the API answers as official documents and forms for paper (`format=pdf`, `format=docx`): to the same address, with the
//! same access, saying what the JSON says. In Chinese, as official documents are.

mod application;
mod edition;
mod inquiry;
mod inspections;
mod issuing;
mod letters;
mod results;
mod review;
mod rubric;

use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::endpoints::Endpoint;
use super::request::{Reply, Request};
use super::tables::{each_answer, wrong};
use crate::actions::Service;
use crate::actions::applications::{self, ApplicationView};
use crate::actions::desks;
use crate::actions::names::{self, ApplicationNames};
use crate::actions::rules::Rules;
use crate::domain::competition::Settings;
use crate::domain::ids::CompetitionId;
use crate::domain::notice::chinese_date;
use crate::domain::official::{Block, DocumentFormat, Identity, OfficialDocument, Signature};
use crate::error::{Error, Kind, Result};
use crate::files::{self, NoChineseFont};

pub(super) use self::application::{APPLICATION, RECEIPT};
pub(super) use self::edition::{AWARD, CALL, CERTIFICATE, MINUTES};
pub(super) use self::inquiry::JOINT_INQUIRY;
pub(super) use self::inspections::{NOTICES_OF_INSPECTION, SCHEDULE};
pub(super) use self::issuing::{ISSUED, draft, issue};
pub(super) use self::letters::{
    CHECK_LETTERS, CORRECTION, INQUIRY, INSPECTED, INSPECTION, OBJECTION_ACCEPTED, OBJECTION_ANSWERED,
    OBJECTION_REFUSED, RECOMMENDATION, REJECTION,
};
pub(super) use self::results::{ANNOUNCEMENT, NOTICE, RANKING};
pub(super) use self::review::{
    BLANK_SHEETS, DECLARATION, DRAW, INVITATIONS, OWN_SHEET, PANEL_SHEETS, RESULT, SHEETS,
};

/// The parameters by which an answer is asked for as a document.
pub(super) const QUERY: &[(&str, &str, &str)] = &[
    (
        "format",
        "`pdf` 或 `docx`：以公文或表单给出",
        "`pdf` or `docx`: as an official document or a form for paper",
    ),
    ("document", "有多种文书时，指明其一", "Which of several documents; needed where there are several"),
];

const PDF: &str = "application/pdf";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// The code of the refusal where there is nothing to print.
const NOTHING: &str = "nothing_to_print";
/// The most lines and cells of a file, some thousand pages.
const MOST_WEIGHT: usize = 60_000;
/// The most entries of a list that is printed.
const MOST_ENTRIES: usize = 5_000;
/// How many files are made at a time.
static MAKING: Semaphore = Semaphore::const_new(2);

/// What is known when a document is written.
pub(super) struct Scene {
    request: Request,
    /// Its competition with what holds in it, if it is of one.
    competition: Option<(CompetitionId, Arc<Rules>)>,
    /// The application that it is about, if it is about one.
    application: Option<ApplicationView>,
    today: NaiveDate,
}

impl Scene {
    /// The settings of its competition, if it is of one.
    fn settings(&self) -> Option<&Settings> {
        self.competition.as_ref().map(|(_, rules)| &rules.settings)
    }

    /// What each page of a form says of it.
    fn identity(&self, form: &str) -> Identity {
        let edition = self.settings().map_or_else(String::new, |settings| settings.title.clone());
        Identity { form: form.to_owned(), edition, ..Identity::default() }
    }

    /// What each page of a form about an application says of it.
    fn of(&self, form: &str, application: &ApplicationView) -> Identity {
        let number = application.number.clone().unwrap_or_default();
        Identity { application: number, party: application.lead_region.name.clone(), ..self.identity(form) }
    }

    /// A letter of the office about an application.
    fn letter(&self, form: &str, application: &ApplicationView) -> OfficialDocument {
        let mut document = OfficialDocument::new(self.of(form, application), form);
        self.head(&mut document);
        document
    }

    /// What stands above a letter of the office: its masthead, if it has one, and room for the number that the clerks give it.
    fn head(&self, document: &mut OfficialDocument) {
        let Some(settings) = self.settings() else { return };
        document.masthead.clone_from(&settings.letterhead.masthead);
        let prefix = &settings.letterhead.number_prefix;
        document.number =
            format!("{}〔　　　　〕　　号", if prefix.is_empty() { "　　　　" } else { prefix });
    }

    /// What a letter of the office ends with: closing words, whom to ask, where to complain, who signs it and when.
    fn close(&self, document: &mut OfficialDocument, date: NaiveDate) {
        self.end(document, &[], chinese_date(date));
    }

    /// The same with what comes with it, the day to be filled in.
    fn close_undated(&self, document: &mut OfficialDocument, annexes: &[&str]) {
        self.end(document, annexes, String::new());
    }

    /// What stands at its end, with what comes with it and the day as it is written.
    fn end(&self, document: &mut OfficialDocument, annexes: &[&str], date: String) {
        let Some(settings) = self.settings() else { return };
        let head = &settings.letterhead;
        if !head.closing.is_empty() {
            document.paragraph(&head.closing);
        }
        let office = [head.office.clone(), head.telephones.join("、")];
        let office: Vec<String> = office.into_iter().filter(|part| !part.is_empty()).collect();
        if !office.is_empty() {
            document.paragraph(format!("承办处室和联系电话：{}", office.join("，")));
        }
        if !head.channels.is_empty() {
            document.paragraph(format!("反映渠道：{}", head.channels.join("；")));
        }
        if !annexes.is_empty() {
            document
                .blocks
                .push(Block::Annexes { lines: annexes.iter().map(|annex| (*annex).to_owned()).collect() });
        }
        let signers = vec![settings.organizer.clone()];
        document.blocks.push(Block::Signature(Signature { signers, date }));
        if !head.footer.is_empty() {
            document.blocks.push(Block::Flush { text: head.footer.clone() });
        }
    }

    /// What a track is called, by its key.
    fn track<'a>(&'a self, key: &'a str) -> &'a str {
        let rules = self.competition.as_ref().map(|(_, rules)| rules);
        rules.and_then(|rules| rules.track(key)).map_or(key, |(zh, _)| zh)
    }

    /// What the applications of its competition are called.
    async fn names(&self) -> Result<ApplicationNames> {
        let Some(id) = self.request.path.get("competition_id").and_then(|id| id.parse().ok()) else {
            return Ok(ApplicationNames::new());
        };
        Ok(names::competition(&self.request.service, &self.request.context, id).await?.applications)
    }
}

type Written<'a> = LocalBoxFuture<'a, Result<Vec<OfficialDocument>>>;

/// Whether a document is one that the office issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issued {
    /// It is a form, or somebody else's.
    Never,
    ByOffice,
    /// The office issues it to the parties of an application.
    ToParties,
}

/// A document that an endpoint's answer is given as.
pub(super) struct Printed {
    pub(super) key: &'static str,
    /// What it is called, in Chinese and in English.
    pub(super) name: (&'static str, &'static str),
    pub(super) issued: Issued,
    write: fn(&Scene, Value) -> Written<'_>,
}

/// Answers an endpoint as a file.
///
/// # Errors
/// What the endpoint refuses; a document that is not there, or none named where there are several; one that is too long.
pub(super) async fn file(row: &Endpoint, request: Request, format: DocumentFormat) -> Result<Reply> {
    let printed = asked(row, request.query.get("document"))?;
    if format == DocumentFormat::Pdf {
        must_have_font(&request.service).await?;
    }
    let answer = whole(row, &request).await?;
    let scene = scene(request, &answer).await?;
    let body = document(&scene, printed, format, answer).await?;
    let edition = scene.settings().map_or("", |settings| settings.title.as_str());
    let date = scene.today.to_string();
    let parts: Vec<&str> =
        [edition, printed.name.0, &date].into_iter().filter(|part| !part.is_empty()).collect();
    let name = format!("{}.{format}", parts.join("_"));
    let media_type = if format == DocumentFormat::Pdf { PDF } else { DOCX };
    Ok(Reply::Attachment { media_type, name, body: body.into() })
}

/// Answers an endpoint as a PDF that is of this day, with the answer that it was made of; nothing where there is nothing to print.
///
/// # Errors
/// What the endpoint refuses; a document that is too long.
pub(super) async fn of_day(
    row: &Endpoint,
    printed: &Printed,
    request: Request,
    day: NaiveDate,
) -> Result<Option<(Value, Vec<u8>)>> {
    let answer = whole(row, &request).await?;
    let mut scene = scene(request, &answer).await?;
    scene.today = day;
    match document(&scene, printed, DocumentFormat::Pdf, answer.clone()).await {
        Ok(body) => Ok(Some((answer, body))),
        Err(error) if error.code == NOTHING => Ok(None),
        Err(error) => Err(error),
    }
}

/// Refuses where no font has Chinese.
///
/// # Errors
/// If none has.
pub(super) async fn must_have_font(service: &Service) -> Result<()> {
    let fonts = Arc::clone(&service.fonts);
    let looked = tokio::task::spawn_blocking(move || fonts.must_have_chinese()).await;
    looked.map_err(|error| Error::internal(error.to_string()))?.map_err(no_font)
}

/// The bytes of a document.
async fn document(
    scene: &Scene,
    printed: &Printed,
    format: DocumentFormat,
    answer: Value,
) -> Result<Vec<u8>> {
    let documents = (printed.write)(scene, answer).await?;
    if documents.is_empty() {
        return Err(nothing());
    }
    if documents.iter().map(OfficialDocument::weight).sum::<usize>() > MOST_WEIGHT {
        return Err(too_long());
    }
    written(scene, format, printed.name.0, documents).await
}

/// The document that is asked for.
fn asked(row: &Endpoint, key: Option<&String>) -> Result<&'static Printed> {
    match (key, row.printed) {
        (None, [only]) => Ok(only),
        (key, all) => {
            let found = key.and_then(|key| all.iter().find(|printed| printed.key == key));
            let keys: Vec<String> = all.iter().map(|printed| format!("`{}`", printed.key)).collect();
            found.copied().ok_or_else(|| {
                let (zh, en) = (format!("应为{}", keys.join("、")), format!("One of {}", keys.join(", ")));
                wrong("document", &zh, &en)
            })
        }
    }
}

fn no_font(_: NoChineseFont) -> Error {
    Error::new(
        Kind::Conflict,
        "no_chinese_font",
        "服务器上没有中文字体，不能生成 PDF：请管理员安装字体包 `fonts-noto-cjk`，或以 `--fonts` 指明字体目录；Word 文件仍可下载",
        "The server has no font with Chinese, so there is no PDF: have `fonts-noto-cjk` installed, or a directory named by `--fonts`; the file for Word can be downloaded",
    )
}

fn nothing() -> Error {
    Error::conflict(NOTHING, "目前没有可出具的文书", "There is nothing yet that such a document could say")
}

fn too_long() -> Error {
    Error::invalid_field(
        "/query",
        "document_too_long",
        "内容过多，请先筛选",
        "This is too much for one document: filter first",
    )
}

/// All of an endpoint's answer: of a list all pages as one.
async fn whole(row: &Endpoint, request: &Request) -> Result<Value> {
    let mut whole = Value::Null;
    each_answer(row, request, |mut answer| {
        match (whole["items"].as_array_mut(), answer["items"].as_array_mut()) {
            (Some(items), Some(more)) => {
                items.append(more);
                if items.len() > MOST_ENTRIES {
                    return Err(too_long());
                }
            }
            _ => whole = answer,
        }
        Ok(())
    })
    .await?;
    Ok(whole)
}

/// What an answer is about: its competition and its application, from the address or from the answer itself.
async fn scene(request: Request, answer: &Value) -> Result<Scene> {
    let today = request.service.clock.now().date();
    let said = |name: &str, at: &str| {
        let told = [at.to_owned(), format!("/title{at}")].into_iter();
        let mut told = told.map(|at| text(answer, &at).to_owned());
        request.path.get(name).cloned().or_else(|| told.find(|id| !id.is_empty())).unwrap_or_default()
    };
    let application = match said("application_id", "/application_id").parse().ok() {
        Some(id) => Some(applications::read(&request.service, &request.context, id).await?),
        None => None,
    };
    let of_application = application.as_ref().map(|application| application.competition_id);
    let competition = match said("competition_id", "/competition_id").parse().ok().or(of_application) {
        Some(id) => Some((id, desks::rules(&request.service, &request.context, id).await?.1)),
        None => None,
    };
    Ok(Scene { request, competition, application, today })
}

/// The bytes of a file, made where they keep nobody waiting.
async fn written(
    scene: &Scene,
    format: DocumentFormat,
    title: &'static str,
    documents: Vec<OfficialDocument>,
) -> Result<Vec<u8>> {
    let _permit = MAKING.acquire().await.map_err(|_| Error::busy(1))?;
    let (fonts, today) = (Arc::clone(&scene.request.service.fonts), scene.today);
    let work = tokio::task::spawn_blocking(move || match format {
        DocumentFormat::Pdf => files::pdf(&fonts, title, today, &documents),
        DocumentFormat::Docx => files::docx(title, today, &documents),
    });
    work.await.map_err(|error| Error::internal(error.to_string()))?.map_err(Error::internal)
}

/// A text of a JSON document, empty where there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A list of a JSON document.
fn each<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What the answer is of.
fn typed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::internal(error.to_string()))
}
