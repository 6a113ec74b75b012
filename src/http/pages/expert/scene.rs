//! What the pages around one application have in common.

use std::collections::BTreeMap;

use maud::PreEscaped;

use super::super::prelude::*;
use crate::actions::duties::{self, Scene};
use crate::actions::evidence::{self, EvidenceView};
use crate::domain::ids::{ApplicationId, EvidenceId};
use crate::http::pages::whereabouts::{after_an_act, among_own, of_application};

/// What holds around the application of the page's address.
pub(super) async fn of(request: &PageRequest, action: Action) -> Result<(ApplicationId, Scene)> {
    let id = request.id("application_id")?;
    Ok((id, duties::scene(&request.service, &request.context, id, action).await?))
}

/// Which application the page is about, and its other views.
pub(super) fn heading(request: &PageRequest, id: ApplicationId, scene: &Scene, view: &str) -> Markup {
    html! {
        p.lead { (about(scene)) }
        (application_views(request, id, view))
    }
}

/// The application in a line.
pub(super) fn about(scene: &Scene) -> Markup {
    html! {
        (scene.region) " · " (scene.chain_name)
        @if let Some(number) = &scene.number { " · " span.number { (number) } }
    }
}

/// The application in a line, as plain words.
pub(super) fn words(scene: &Scene) -> String {
    let number = scene.number.as_deref().into_iter();
    [&*scene.region, &*scene.chain_name].into_iter().chain(number).collect::<Vec<_>>().join(" · ")
}

/// A page about the application, with the pages above it.
pub(super) fn page(request: &PageRequest, scene: &Scene, title: &str, content: Markup) -> Page {
    let whereabouts = of_application(request, scene.state, scene.stage, &scene.rules.settings, None);
    let whole = [after_an_act(request, &whereabouts).0, content.0].concat();
    let shown =
        Page::new(title, PreEscaped(whole)).running([scene.rules.settings.title.clone(), words(scene)]);
    among_own(request, scene.competition, shown)
}

/// The evidence of an application, with the number that each piece has in it (附件号).
pub(super) struct Annexes {
    items: Vec<EvidenceView>,
    numbers: BTreeMap<EvidenceId, usize>,
}

impl Annexes {
    /// All that the caller sees.
    pub(super) async fn of(request: &PageRequest, id: ApplicationId) -> Result<Self> {
        let items = evidence::list(&request.service, &request.context, id).await?.items;
        let numbers = items.iter().enumerate().map(|(at, item)| (item.id, at + 1)).collect();
        Ok(Self { items, numbers })
    }

    /// The pieces, in order.
    pub(super) fn items(&self) -> &[EvidenceView] {
        &self.items
    }

    /// Those of a kind.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a EvidenceView> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// What a piece is cited as.
    pub(super) fn cited(&self, request: &PageRequest, id: EvidenceId) -> String {
        match self.numbers.get(&id) {
            Some(number) => format!("{}{number}", request.t("附件", "Annex ")),
            None => request.t("已删除的附件", "a removed annex").to_owned(),
        }
    }
}
