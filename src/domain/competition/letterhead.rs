//! What stands on the office's letters besides what each says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::text::check_text;

/// The most telephone numbers, and the most channels.
const MOST: usize = 10;

/// What stands on letters besides what each says (版头、落款前的联系方式、版记); the organizer signs them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Letterhead {
    /// The issuer in red above letters (发文机关标志); none where empty.
    #[schemars(length(max = lengths::TITLE))]
    pub masthead: String,
    /// What document numbers begin with (机关代字).
    #[schemars(length(max = lengths::NAME))]
    pub number_prefix: String,
    /// The section that deals with it (承办处室).
    #[schemars(length(max = lengths::TITLE))]
    pub office: String,
    #[schemars(inner(length(min = 1, max = lengths::TAG)), length(max = MOST))]
    pub telephones: Vec<String>,
    /// Where to complain (反映渠道).
    #[schemars(inner(length(min = 1, max = lengths::LINE)), length(max = MOST))]
    pub channels: Vec<String>,
    /// The last words of a letter (结束语).
    #[schemars(length(max = lengths::LINE))]
    pub closing: String,
    /// What stands below the signature, copies for one (抄送).
    #[schemars(length(max = lengths::LINE))]
    pub footer: String,
}

impl Letterhead {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it, at pointers below its own.
    pub fn check(&self, at: &str) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut text = |name: &str, text: &str, least, most| {
            check_text(&mut problems, &format!("{at}/{name}"), text, least, most);
        };
        text("masthead", &self.masthead, 0, lengths::TITLE);
        text("number_prefix", &self.number_prefix, 0, lengths::NAME);
        text("office", &self.office, 0, lengths::TITLE);
        text("closing", &self.closing, 0, lengths::LINE);
        text("footer", &self.footer, 0, lengths::LINE);
        let lists =
            [("telephones", &self.telephones, lengths::TAG), ("channels", &self.channels, lengths::LINE)];
        for (name, entries, most) in lists {
            for (index, entry) in entries.iter().enumerate() {
                text(&format!("{name}/{index}"), entry, 1, most);
            }
        }
        for (name, entries, _) in lists.into_iter().filter(|(_, entries, _)| entries.len() > MOST) {
            problems.push(FieldProblem::new(
                format!("{at}/{name}"),
                "out_of_range",
                format!("至多{MOST}项，现有{}项", entries.len()),
                format!("At most {MOST}, not {}", entries.len()),
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_too_many_is_told_where_it_stands() {
        let good = Letterhead { telephones: vec!["025-11111111".into()], ..Letterhead::default() };
        assert_eq!(good.check("/letterhead"), Vec::new());
        let bad = Letterhead {
            masthead: "长".repeat(lengths::TITLE + 1),
            telephones: vec![String::new()],
            channels: vec!["渠道".into(); MOST + 1],
            ..Letterhead::default()
        };
        let at: Vec<String> = bad.check("/letterhead").into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(at, ["/letterhead/masthead", "/letterhead/telephones/0", "/letterhead/channels"]);
    }
}
