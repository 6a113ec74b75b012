//! The desk: where each role begins, with what is due.

use super::prelude::*;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/desk", Action::ReadSelf, desk)]
}

async fn desk(asked: Rc<Asked>) -> Result<Shown> {
    if asked.caller()?.owes_second_factor {
        return Ok(Shown::elsewhere("/account/second-factor"));
    }
    let content = match asked.caller()?.role {
        // Each role's desk is made by the group of pages that it works with.
        Role::Expert => super::expert::desk(&asked).await?,
        Role::Office => super::setup::desk(&asked).await?,
        Role::Admin => super::supervision::admin(&asked).await?,
        Role::Supervisor => super::supervision::supervisor(&asked).await?,
        Role::Applicant | Role::CityReviewer => super::applicant::desk(&asked).await?,
    };
    let told = super::account::told(&asked).await?;
    Ok(Shown::new(asked.t("工作台", "Desk"), html! { (told) (content) }))
}
