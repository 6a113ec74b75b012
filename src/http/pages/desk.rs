//! The desk: where each role begins, with what is due.

use std::rc::Rc;

use maud::html;

use super::asked::{Asked, Shown};
use super::{Page, page};
use crate::domain::access::Action;
use crate::error::Result;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/desk", Action::ReadSelf, desk)]
}

async fn desk(asked: Rc<Asked>) -> Result<Shown> {
    let caller = asked.caller()?;
    let content = html! { p.lead { (caller.display_name) } };
    Ok(Shown::new(asked.t("工作台", "Desk"), content))
}
