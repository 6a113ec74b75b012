//! Pages for everybody: what the competition is, its editions, notices, objections, announcements and titles.

mod announcement;

use super::{Page, Reveal};

pub(super) fn pages() -> Vec<Page> {
    announcement::pages()
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}
