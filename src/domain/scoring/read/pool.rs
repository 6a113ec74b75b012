//! Names that recur: each is kept once and known by its number.

use std::borrow::Cow;
use std::collections::HashMap;

/// Numbers names in the order in which they are first met.
#[derive(Default)]
pub(super) struct Pool<'a>(HashMap<Cow<'a, str>, u32>);

impl<'a> Pool<'a> {
    pub(super) fn number(&mut self, name: Cow<'a, str>) -> u32 {
        // A file is too small to hold 2³² names.
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(name).or_insert(next)
    }

    /// The names in byte order, and for each number its place in that order.
    pub(super) fn in_order(self) -> (Vec<Cow<'a, str>>, Vec<u32>) {
        let mut names: Vec<(Cow<'a, str>, u32)> = self.0.into_iter().collect();
        names.sort_unstable();
        let mut place_of = vec![0; names.len()];
        for (place, (_, number)) in (0..).zip(&names) {
            place_of[*number as usize] = place;
        }
        (names.into_iter().map(|(name, _)| name).collect(), place_of)
    }
}
