//! What experts do: conflicts, score sheets, inspections; and inspections for all who take part in them.

mod desk;
mod evidence;
mod inspection;
mod marks;
mod panel;
mod review;
mod scene;
mod sheet;
mod sheet_print;
mod words;

pub(super) use desk::{desk, inspectors_desk};

use super::{PageRoute, Reveal};

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [
        desk::pages(),
        panel::pages(),
        sheet::pages(),
        review::pages(),
        sheet_print::pages(),
        evidence::pages(),
        inspection::pages(),
    ];
    groups.into_iter().flatten().collect()
}

pub(super) fn reveals() -> Vec<Reveal> {
    review::reveals()
}
