//! Which endpoints or which page an address leads to.
//!
//! A path is compared segment by segment with those of the same length. The router of actix-web tries one regular
//! expression after the other, which took longer than most answers once there were some two hundred paths.

use std::collections::BTreeMap;

use super::gate::decoded;

/// Names in a path, each with what stands for it, in order.
pub(super) type Names = Vec<(String, String)>;

/// Things by their paths, in which `{name}` stands for any segment that is not empty.
pub(super) struct Routes<T> {
    by_length: BTreeMap<usize, Vec<(Vec<Step>, T)>>,
}

/// A segment of a path.
enum Step {
    Written(&'static str),
    Named(&'static str),
}

impl Step {
    fn of(segment: &'static str) -> Self {
        let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        name.map_or(Self::Written(segment), Self::Named)
    }

    fn takes(&self, given: &str) -> bool {
        match self {
            Self::Written(segment) => *segment == given,
            Self::Named(_) => !given.is_empty(),
        }
    }
}

impl<T> Routes<T> {
    pub(super) fn new(all: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut by_length: BTreeMap<usize, Vec<(Vec<Step>, T)>> = BTreeMap::new();
        for (path, what) in all {
            let steps: Vec<Step> = path.split('/').map(Step::of).collect();
            by_length.entry(steps.len()).or_default().push((steps, what));
        }
        Self { by_length }
    }

    /// What a path leads to, with the names in it: of the paths that match, the one that writes most of it out, so that
    /// `/catalogues/preview` is not taken for a version.
    pub(super) fn find(&self, path: &str) -> Option<(&T, Names)> {
        let given: Vec<&str> = path.split('/').collect();
        let takes =
            |steps: &[Step]| steps.iter().zip(&given).rev().all(|(step, segment)| step.takes(segment));
        let found = self.by_length.get(&given.len())?.iter().filter(|(steps, _)| takes(steps));
        let count = |steps: &[Step]| steps.iter().filter(|step| matches!(step, Step::Named(_))).count();
        let (steps, what) = found.min_by_key(|(steps, _)| count(steps))?;
        let names = steps.iter().zip(given).filter_map(|(step, segment)| match step {
            Step::Named(name) => Some(((*name).to_owned(), plain(segment))),
            Step::Written(_) => None,
        });
        Some((what, names.collect()))
    }
}

/// A segment without its escapes; a `+` is one.
fn plain(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    decoded(&segment.replace('+', "%2B")).unwrap_or_else(|| segment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_segments() {
        let routes = Routes::new([("/a/{b}/c", 1), ("/a", 2), ("/a/{b}", 3), ("/a/b", 4), ("/", 5)]);
        let found = |path| {
            let (what, names) = routes.find(path)?;
            let names: Vec<String> =
                names.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            Some((*what, names.join(" ")))
        };
        assert_eq!(found("/a/x/c"), Some((1, "b=x".to_owned())));
        assert_eq!(found("/a/x%2Dy+z"), Some((3, "b=x-y+z".to_owned())));
        for (path, what) in [("/a", 2), ("/a/b", 4), ("/", 5)] {
            assert_eq!(found(path), Some((what, String::new())), "{path}");
        }
        for path in ["", "/a/", "/b", "/a/x/d", "/a/x/c/", "/a/x/c/d"] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
