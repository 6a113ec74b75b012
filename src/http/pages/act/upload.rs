//! The files of a form, each sent by itself.

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::StreamExt;

use super::MatchedEndpoint;
use super::performing::{Done, one};
use super::reading::{Files, Form};
use super::sender::Sender;
use crate::domain::problem::{FieldProblem, Message};
use crate::domain::values::{Language, count};
use crate::error::{Error, Kind, Result};
use crate::http::State;
use crate::http::intake::IDLE;

/// Sends each file of a form; the answer is that to the first that was kept. One that is refused does not keep the
/// others from being kept: it is told by its name, with why.
pub(super) async fn upload(
    state: &State,
    sender: &Sender,
    form: &mut Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<Done> {
    let _place = state.intake.upload(sender.caller.as_ref(), &sender.source).await?;
    let mut files = form.files.take();
    let mut kept = Vec::new();
    let mut refused = Vec::new();
    if files.is_none() {
        return Err(Error::invalid_field("file", "required", "请选择文件", "Choose a file"));
    }
    while let Some(Files { next, mut rest }) = files {
        let mut sent = sender.sent(form, matched);
        let name = next.content_disposition().and_then(|told| told.get_filename()).unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).replace(char::is_control, "_");
        sent.query.insert("name".to_owned(), name.clone());
        let incoming = next.map(|piece| piece.map_err(|_| PayloadError::Incomplete(None))).boxed_local();
        match one(state, matched.row, sent, Bytes::new(), Some(incoming)).await {
            Ok(done) => kept.push(done.reply),
            Err(error) => refused.push((name, error)),
        }
        files = next_file(&mut rest).await.map(|next| Files { next, rest });
    }
    match not_kept(kept.len(), refused) {
        None => Ok(Done { reply: kept.swap_remove(0), ..Done::default() }),
        Some(error) => Err(error),
    }
}

/// What is told of files that were refused, beside so many that were kept.
fn not_kept(kept: usize, mut refused: Vec<(String, Error)>) -> Option<Error> {
    if refused.len() == 1 && kept == 0 {
        let (_, mut error) = refused.swap_remove(0);
        for problem in &mut error.problems {
            "file".clone_into(&mut problem.pointer);
        }
        return Some(error);
    }
    let (_, first) = refused.first()?;
    let mut error = first.clone();
    // Where the refusals differ, what can be done is to look at each file.
    if kept > 0 || refused.iter().any(|(_, other)| other.kind != first.kind) {
        error.kind = Kind::Invalid;
    }
    let all = kept + refused.len();
    error.message = Message::new(
        format!("共{all}个文件，{kept}个已上传；下列{}个没有上传，只需重新上传这些", refused.len()),
        format!(
            "{kept} of {} uploaded; what follows is not: upload only that again",
            count(all, "file is", "files are")
        ),
    );
    error.problems = refused.into_iter().map(|(name, error)| told_of_file(&name, &error)).collect();
    Some(error)
}

/// Why a file was refused, under its name.
fn told_of_file(name: &str, error: &Error) -> FieldProblem {
    let why = |language| {
        let problems = error.problems.iter().map(|problem| problem.message.in_language(language));
        let told: Vec<&str> = problems.collect();
        if told.is_empty() { error.message.in_language(language).to_owned() } else { told.join("；") }
    };
    FieldProblem::new(
        "file",
        error.code,
        format!("“{name}”：{}", why(Language::Chinese)),
        format!("“{name}”: {}", why(Language::English)),
    )
}

/// The next part that is a file somebody chose.
async fn next_file(parts: &mut Multipart) -> Option<Field> {
    while let Ok(Some(Ok(part))) = tokio::time::timeout(IDLE, parts.next()).await {
        let file = part.content_disposition().and_then(|told| told.get_filename());
        if file.is_some_and(|file| !file.is_empty()) {
            return Some(part);
        }
    }
    None
}
