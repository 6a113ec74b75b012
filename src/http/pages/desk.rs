//! The desk: where each role begins, with what is due.

use super::prelude::*;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/desk", Action::ReadSelf, desk)]
}

async fn desk(request: Rc<PageRequest>) -> Result<Page> {
    if request.caller()?.owes_second_factor {
        return Ok(Page::elsewhere("/account/second-factor"));
    }
    let content = match request.caller()?.role {
        // Each role's desk is made by the group of pages that it works with.
        Role::Expert => super::expert::desk(&request).await?,
        Role::Inspector => super::expert::inspectors_desk(&request).await?,
        Role::Office => super::setup::desk(&request).await?,
        Role::Admin => super::supervision::admin(&request).await?,
        Role::Supervisor => super::supervision::supervisor(&request).await?,
        Role::Applicant | Role::CityReviewer => super::applicant::desk(&request).await?,
    };
    let told = super::account::messages_of_others(&request).await?;
    Ok(Page::new(request.t("工作台", "Desk"), html! { (told) (content) }))
}
