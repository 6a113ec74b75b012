//! The desk: where each role begins, with what is due.

use std::rc::Rc;

use maud::html;

use super::asked::{Asked, Shown};
use super::{Page, page};
use crate::domain::access::{Action, Role};
use crate::error::Result;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/desk", Action::ReadSelf, desk)]
}

async fn desk(asked: Rc<Asked>) -> Result<Shown> {
    let content = match asked.caller()?.role {
        // Each role's desk is made by the group of pages that it works with.
        Role::Applicant => html! {},
        Role::CityReviewer => html! {},
        Role::Expert => html! {},
        Role::Office => html! {},
        Role::Supervisor => html! {},
        Role::Admin => html! {},
    };
    Ok(Shown::new(asked.t("工作台", "Desk"), content))
}
