//! Applications: for those who file them, for the city that recommends them, for all who read them.

use super::{Page, Reveal};

pub(super) fn pages() -> Vec<Page> {
    Vec::new()
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}
