//! What follows from an act that can't be undone, told before it is done: the form that was sent is kept on the page,
//! and sent again by whoever has read it.

use super::fields::{Fields, is_secret, sent};
use super::prelude::*;
use crate::domain::problem::FieldProblem;
use crate::error::Kind;

/// The code of what is told who goes back to change something.
const NOT_YET: &str = "not_confirmed";

/// Said where somebody has read what would follow, and goes back.
pub(super) fn not_yet() -> Error {
    Error::new(
        Kind::Conflict,
        NOT_YET,
        "尚未办理。可修改后重新提交，或离开此页",
        "Nothing was done. Change it and send it again, or leave this page",
    )
}

/// Whether somebody has gone back by themselves, which is no failure.
pub(super) fn is_not_yet(error: &Error) -> bool {
    error.code == NOT_YET
}

/// The page of a form that was sent to `address`, with what follows from its act.
pub(super) fn page(request: &PageRequest, address: &str, fields: &Fields, error: &Error) -> Page {
    let action = request.link(&address.replacen("/api/", "/act/", 1));
    let confirm = error.confirm.as_ref().map(ToString::to_string).unwrap_or_default();
    let kept = fields.iter().filter(|(name, _)| {
        !is_secret(name) && !matches!(name.as_str(), "_csrf_token" | "_confirm" | "_back" | "_saved")
    });
    let (written, follows): (Vec<_>, Vec<_>) = error.problems.iter().partition(|told| is_content(told));
    let again = sent(fields, "_confirm").is_some_and(|before| !before.is_empty());
    let content = html! {
        @if again {
            (notice(Tone::Bad, &html! { p { (request.t(
                "核对之后情况有变化，尚未办理。请按现在的情况重新核对。",
                "Things have changed since you looked, and nothing was done. Look again at how they stand now.",
            )) } }))
        }
        p.lead { (request.t("尚未办理。请先核对下列事项，确认后立即生效。", "Nothing was done yet. Read this first; once confirmed it takes effect at once.")) }
        @if !follows.is_empty() {
            h2 { (request.t("后果", "What follows")) }
            div.notice.warning { (list(request, &follows)) }
        }
        @if !written.is_empty() {
            h2 { (request.t("将写入的内容", "What would be written")) }
            (list(request, &written))
        }
        form.form method="post" action=(action) {
            input type="hidden" name="_csrf_token" value=(request.csrf_token);
            input type="hidden" name="_confirm" value=(confirm);
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            div.buttons {
                button.danger type="submit" { (request.t("已核对，确认办理", "I have read it: do it")) }
                button.secondary type="submit" name="_back" value="yes" { (request.t("返回修改", "Go back and change it")) }
            }
        }
    };
    Page::new(request.t("请核对后确认", "Read, then confirm"), content)
}

/// Whether it is something that is written, rather than what follows from it.
fn is_content(told: &FieldProblem) -> bool {
    matches!(told.code, "changed" | "added" | "more" | "unchanged" | "missing")
}

fn list(request: &PageRequest, all: &[&FieldProblem]) -> Markup {
    html! { ul { @for told in all { li { (request.localized(&told.message)) } } } }
}
