//! Large tallies, the same at each call: scores from a fixed linear congruential sequence.

use std::fmt::Write;

/// The criteria: key, weight, points of their indicators (30 in all).
const CRITERIA: [(&str, &str, &[u8]); 3] = [
    ("cluster", "40", &[5, 3, 4, 4, 3, 2, 3, 2, 2, 4, 3, 5]),
    ("leading_firm", "35", &[5, 4, 3, 4, 4, 3, 2, 4, 3, 3]),
    ("landmark", "25", &[4, 3, 2, 4, 2, 2, 3, 5]),
];

const SHEETS: usize = 7;

struct Sequence(u64);

impl Sequence {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A tally of 30 judged indicators on scales from 0 to 10 in halves, one highest and one lowest dropped.
pub(crate) fn tally(level: &str, applications: usize) -> String {
    build(level, applications, 0)
}

/// The same with three of four indicators measured by linear rules, and the rest judged.
pub(crate) fn measured(applications: usize) -> String {
    build("sheet", applications, 3)
}

/// `measured_of_four`: how many of each four indicators are measured.
fn build(level: &str, applications: usize, measured_of_four: usize) -> String {
    let mut keys = Vec::new();
    let criteria = CRITERIA.iter().map(|(criterion, weight, points)| {
        let indicators = points.iter().enumerate().map(|(at, points)| {
            let key = format!("{criterion}_{}", at + 1);
            let is_measured = at % 4 < measured_of_four;
            let kind = if is_measured {
                format!(
                    r#""kind":"measured","rule":{{"type":"linear","from":"{at}","to":"{}"}}"#,
                    100 + 5 * at
                )
            } else {
                r#""kind":"judged","scale":{"min":"0","max":"10","step":"0.5"}"#.to_owned()
            };
            let indicator = format!(r#"{{"key":"{key}","name":"{key}","points":"{points}",{kind}}}"#);
            keys.push((key, is_measured));
            indicator
        });
        let indicators = indicators.collect::<Vec<_>>().join(",");
        format!(
            r#"{{"key":"{criterion}","name":"{criterion}","weight":"{weight}","indicators":[{indicators}]}}"#
        )
    });
    let criteria = criteria.collect::<Vec<_>>().join(",");
    let mut text = format!(
        concat!(
            r#"{{"format":"qianglian-tally/1","competition":{{"id":"b","title":"b"}},"rubric":{{"full_marks":"100","#,
            r#""criteria":[{criteria}],"adjustments":[],"vetoes":[]}},"rules":{{"panel":{{"method":"trimmed_mean","#,
            r#""trim":1,"level":"{level}","min_kept":3}},"places":2,"rounding":"half_up","rank_on":"rounded","#,
            r#""tie_break":["cluster","leading_firm","landmark"],"awards":[{{"key":"w","name":"w","quota":50,"#,
            r#""per_region":8}}],"reserve":10}},"applications":["#
        ),
        criteria = criteria,
        level = level
    );
    let mut sequence = Sequence(1);
    for application in 0..applications {
        let comma = if application == 0 { "" } else { "," };
        let values = keys.iter().filter(|(_, measured)| *measured);
        let values =
            values.map(|(key, _)| format!(r#""{key}":"{}.{}""#, sequence.below(120), sequence.below(100)));
        let values = values.collect::<Vec<_>>().join(",");
        let region = 320_100 + application % 13 * 100;
        write!(
            text,
            r#"{comma}{{"id":"A{application:06}","title":"A{application:06}","region":"{region}","measured":{{{values}}},"adjustments":{{}},"vetoes":[]}}"#
        )
        .expect("writing to a string does not fail");
    }
    text += r#"],"sheets":["#;
    for sheet in 0..applications * SHEETS {
        let (application, expert) = (sheet / SHEETS, sheet % SHEETS);
        let comma = if sheet == 0 { "" } else { "," };
        let judged = keys.iter().filter(|(_, measured)| !*measured);
        let scores = judged.map(|(key, _)| {
            let halves = sequence.below(21);
            format!(r#""{key}":"{}{}""#, halves / 2, if halves % 2 == 1 { ".5" } else { "" })
        });
        let scores = scores.collect::<Vec<_>>().join(",");
        write!(
            text,
            r#"{comma}{{"application":"A{application:06}","expert":"E{expert:02}","scores":{{{scores}}}}}"#
        )
        .expect("writing to a string does not fail");
    }
    text + "]}"
}
