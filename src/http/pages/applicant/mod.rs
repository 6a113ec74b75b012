//! Applications: for those who file them, for the city that recommends them, for all who read them.

mod compare;
mod completeness;
mod content;
mod context;
pub(super) mod correction;
mod desk;
mod evidence;
mod figures;
mod history;
mod list;
mod members;
mod overview;
mod parts;
mod print;
mod replies;
mod result;
mod review;
mod submission;
mod titles;
mod words;
mod workings;

use super::prelude::*;
use crate::domain::access::Action as A;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/applications", A::ListApplications, list::page),
        page("/competitions/{competition_id}/apply", A::CreateApplication, list::apply),
        page("/applications/{application_id}", A::ReadApplication, overview::page),
        page("/applications/{application_id}/parts/{part}", A::ReadApplication, parts::page),
        page("/applications/{application_id}/parts/{part}/import", A::ChangeApplication, parts::import),
        page("/applications/{application_id}/parts/{part}/history", A::ReadApplication, history::page),
        page("/applications/{application_id}/members", A::ReadApplication, members::page),
        page("/applications/{application_id}/consent", A::DecideConsent, members::consent),
        page("/applications/{application_id}/evidence", A::ReadApplication, evidence::page),
        page("/applications/{application_id}/completeness", A::ReadApplication, completeness::page),
        page("/applications/{application_id}/self-score", A::ReadApplication, completeness::self_score),
        page("/applications/{application_id}/submit", A::SubmitApplication, submission::submit),
        page("/applications/{application_id}/submissions", A::ReadApplication, submission::list),
        page("/applications/{application_id}/submissions/{number}", A::ReadApplication, submission::one),
        page("/applications/{application_id}/print", A::ReadApplication, print::page),
        page("/applications/{application_id}/withdrawal", A::WithdrawApplication, submission::withdrawal),
        page("/applications/{application_id}/return", A::ReturnApplication, compare::send_back),
        page("/applications/{application_id}/objections", A::AnswerObjection, replies::objections),
        page("/applications/{application_id}/rechecks", A::ReadRechecks, replies::rechecks),
        page("/applications/{application_id}/result", A::ReadResult, result::page),
        page("/competitions/{competition_id}/recommendations", A::ReadRecommendation, review::overview),
        page("/competitions/{competition_id}/recommendations/{city}", A::ReadRecommendation, review::page),
        page(
            "/competitions/{competition_id}/recommendations/{city}/seal",
            A::SealRecommendation,
            review::seal,
        ),
        page("/competitions/{competition_id}/compare", A::ReadDuplicates, compare::compare),
        page("/competitions/{competition_id}/duplicates", A::ReadDuplicates, compare::duplicates),
        page("/my-titles", A::ReportTitle, titles::page),
    ]
}

/// The desk of an applicant or a city reviewer.
pub(super) async fn desk(request: &PageRequest) -> Result<Markup> {
    if request.role() == Some(Role::CityReviewer) {
        desk::of_reviewer(request).await
    } else {
        desk::of_applicant(request).await
    }
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}
