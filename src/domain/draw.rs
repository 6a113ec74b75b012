//! The draw of panels (专家抽取): what is frozen before the seed is known, the algorithm, and its replay.
//!
//! The order of things makes a draw that nobody can steer: candidates and rule are frozen and their digest recorded,
//! together with a commitment to a secret of the service and the name of a public event to come; then the event's
//! outcome is entered. Both together are the seed. Whoever holds the record can draw again and must get the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{ApplicationId, CompetitionId, ExpertId};
use super::keyword::keyword_enum;
use super::record::{Digest, canonical, digest_of};

/// The value of `format` of a frozen basis, and the name of the algorithm.
pub const DRAW_FORMAT: &str = "qianglian-draw/1";

/// A panel to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PanelNeed {
    /// Its key: a track's key, or an application's identifier.
    pub key: String,
    pub name: String,
    /// Clusters of which its experts must have one among their fields; empty if any expert will do.
    pub fields: Vec<u16>,
    /// What it judges, in order of identifiers.
    pub applications: Vec<ApplicationId>,
}

/// Somebody who may be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Candidate {
    pub expert: ExpertId,
    pub fields: Vec<u16>,
    /// How many more applications they take on.
    pub load: u32,
    /// Applications that they may not judge, in order of identifiers.
    pub barred: Vec<ApplicationId>,
}

/// How a draw is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawRule {
    /// The algorithm: `qianglian-draw/1`.
    pub algorithm: String,
    /// Experts of a panel.
    pub seats: u32,
    /// Alternates of a panel.
    pub alternates: u32,
    /// Whether experts whose conflicts could not be fully checked may be drawn.
    pub unchecked_allowed: bool,
}

/// What is frozen before the seed is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawBasis {
    /// `qianglian-draw/1`.
    pub format: String,
    pub competition: CompetitionId,
    /// Which attempt, from 1.
    pub attempt: i32,
    pub rule: DrawRule,
    /// The public event to come whose outcome is entered as the public seed.
    pub seed_source: String,
    /// SHA-256 of `qianglian-draw/1 commitment`, a zero byte and the secret in hexadecimal.
    pub commitment: Digest,
    /// The panels, in order of their keys.
    pub panels: Vec<PanelNeed>,
    /// The candidates, in order of their identifiers.
    pub candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawnPanel {
    pub key: String,
    /// Its experts, in order.
    pub serving: Vec<ExpertId>,
    /// Its alternates, in order.
    pub alternates: Vec<ExpertId>,
    /// All who could be drawn for it, in the order of their tickets: who is next when one is recused.
    pub order: Vec<ExpertId>,
}

/// What a draw came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawResult {
    /// SHA-256 of `qianglian-draw/1 seed`, the basis's digest, the secret and the public seed, with a zero byte before
    /// each but the first.
    pub seed: Digest,
    /// The panels, in order of their keys.
    pub panels: Vec<DrawnPanel>,
    /// Panels that could not be filled: the draw is void if there is one.
    pub short: Vec<String>,
}

/// All that it takes to draw again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DrawRecord {
    /// What was frozen.
    pub basis: DrawBasis,
    pub digest: Digest,
    /// The secret behind the commitment, in hexadecimal.
    pub secret: String,
    /// The outcome of the public event.
    pub public_seed: String,
    /// What the draw came to.
    pub result: DrawResult,
}

keyword_enum! {
    /// Where an attempt to draw stands.
    pub enum DrawState {
        /// Candidates and rule are frozen; the seed is waited for.
        Frozen = "frozen",
        /// Drawn; the supervisor is waited for.
        Drawn = "drawn",
        /// Confirmed by the supervisor: the panels hold.
        Confirmed = "confirmed",
        /// Given up, rejected by the supervisor, or void as a panel could not be filled.
        Void = "void",
    }
}

keyword_enum! {
    /// Where an expert stands in a panel.
    pub enum SeatState {
        /// Judges.
        Serving = "serving",
        /// Next in order, as an alternate or after them.
        Waiting = "waiting",
        /// Recused; sees nothing any more.
        Recused = "recused",
    }
}

pub fn commitment(secret: &str) -> Digest {
    digest_of(format!("{DRAW_FORMAT} commitment\0{secret}"))
}

/// The seed: SHA-256 of `qianglian-draw/1 seed`, the basis's digest, the secret and the public seed, with a zero byte
/// before each but the first.
pub fn seed(basis: Digest, secret: &str, public_seed: &str) -> Digest {
    digest_of(format!("{DRAW_FORMAT} seed\0{basis}\0{secret}\0{public_seed}"))
}

fn ticket(seed: Digest, panel: &str, expert: ExpertId) -> Digest {
    digest_of(format!("{DRAW_FORMAT} ticket\0{seed}\0{panel}\0{expert}"))
}

/// Draws. Panels with the fewest who may be drawn come first (then by key); in each, candidates stand in the order of
/// their tickets, SHA-256 over seed, panel and expert, and the first whose remaining load takes all of the panel's
/// applications serve. Alternates follow and keep their load until they are called.
pub fn draw(basis: &DrawBasis, secret: &str, public_seed: &str) -> DrawResult {
    let seed = seed(digest_of(canonical(basis)), secret, public_seed);
    let mut load: BTreeMap<ExpertId, u32> =
        basis.candidates.iter().map(|candidate| (candidate.expert, candidate.load)).collect();
    let mut orders: Vec<(&PanelNeed, Vec<ExpertId>)> = basis
        .panels
        .iter()
        .map(|panel| {
            let mut order: Vec<ExpertId> = basis
                .candidates
                .iter()
                .filter(|candidate| may_judge(candidate, panel))
                .map(|candidate| candidate.expert)
                .collect();
            order.sort_by_key(|expert| (ticket(seed, &panel.key, *expert).0, *expert));
            (panel, order)
        })
        .collect();
    orders.sort_by(|(left, left_order), (right, right_order)| {
        (left_order.len(), &left.key).cmp(&(right_order.len(), &right.key))
    });
    let (mut panels, mut short) = (Vec::new(), Vec::new());
    for (panel, order) in orders {
        let needed = u32::try_from(panel.applications.len()).unwrap_or(u32::MAX);
        let able: Vec<ExpertId> = order.iter().copied().filter(|expert| load[expert] >= needed).collect();
        let (seats, alternates) = (basis.rule.seats as usize, basis.rule.alternates as usize);
        let serving: Vec<ExpertId> = able.iter().copied().take(seats).collect();
        if serving.len() < seats {
            short.push(panel.key.clone());
        }
        for expert in &serving {
            if let Some(left) = load.get_mut(expert) {
                *left -= needed;
            }
        }
        panels.push(DrawnPanel {
            key: panel.key.clone(),
            alternates: able.into_iter().skip(seats).take(alternates).collect(),
            serving,
            order,
        });
    }
    panels.sort_by(|left, right| left.key.cmp(&right.key));
    short.sort();
    DrawResult { seed, panels, short }
}

/// Whether a candidate may judge all that a panel judges, as far as conflicts and fields go.
fn may_judge(candidate: &Candidate, panel: &PanelNeed) -> bool {
    let fits = panel.fields.is_empty() || candidate.fields.iter().any(|field| panel.fields.contains(field));
    fits && !candidate.barred.iter().any(|application| panel.applications.contains(application))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// All is as recorded.
    Same,
    /// The basis is not the one whose digest was recorded.
    BasisChanged,
    /// The secret is not the one that was committed to.
    CommitmentBroken,
    /// Drawing again gives another result.
    AnotherResult,
}

pub fn replay(record: &DrawRecord) -> Replay {
    if digest_of(canonical(&record.basis)) != record.digest {
        Replay::BasisChanged
    } else if commitment(&record.secret) != record.basis.commitment {
        Replay::CommitmentBroken
    } else if draw(&record.basis, &record.secret, &record.public_seed) != record.result {
        Replay::AnotherResult
    } else {
        Replay::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn application(n: u128) -> ApplicationId {
        ApplicationId(Uuid::from_u128(n))
    }

    fn expert(n: u128) -> ExpertId {
        ExpertId(Uuid::from_u128(n))
    }

    fn basis() -> DrawBasis {
        let panel = |key: &str, fields: &[u16], applications: &[u128]| PanelNeed {
            key: key.into(),
            name: key.into(),
            fields: fields.to_vec(),
            applications: applications.iter().copied().map(application).collect(),
        };
        let candidates = (1..=20).map(|n| Candidate {
            expert: expert(n),
            fields: if n <= 8 { vec![1] } else { vec![2] },
            load: 3,
            barred: if n == 1 { vec![application(1)] } else { Vec::new() },
        });
        DrawBasis {
            format: DRAW_FORMAT.into(),
            competition: CompetitionId(Uuid::from_u128(9)),
            attempt: 1,
            rule: DrawRule {
                algorithm: DRAW_FORMAT.into(),
                seats: 5,
                alternates: 2,
                unchecked_allowed: false,
            },
            seed_source: "某期开奖号码".into(),
            commitment: commitment("00ff"),
            panels: vec![panel("a", &[1], &[1, 2]), panel("b", &[], &[3, 4]), panel("c", &[2], &[5])],
            candidates: candidates.collect(),
        }
    }

    fn record(public_seed: &str) -> DrawRecord {
        let basis = basis();
        let result = draw(&basis, "00ff", public_seed);
        DrawRecord {
            digest: digest_of(canonical(&basis)),
            basis,
            secret: "00ff".into(),
            public_seed: public_seed.into(),
            result,
        }
    }

    #[test]
    fn conflicts_fields_and_loads_are_kept() {
        for round in 0..200 {
            let result = draw(&basis(), "00ff", &round.to_string());
            assert!(result.short.is_empty());
            let mut loads = BTreeMap::new();
            for (panel, need) in result.panels.iter().zip(&basis().panels) {
                assert_eq!((panel.serving.len(), panel.alternates.len()), (5, 2));
                for expert in panel.serving.iter().chain(&panel.alternates) {
                    let candidate = basis().candidates.into_iter().find(|c| c.expert == *expert).unwrap();
                    assert!(may_judge(&candidate, need));
                }
                for expert in &panel.serving {
                    *loads.entry(*expert).or_insert(0) += need.applications.len();
                }
            }
            assert!(loads.values().all(|load| *load <= 3), "{loads:?}");
            assert!(!result.panels[0].order.contains(&expert(1)), "a conflict");
        }
    }

    #[test]
    fn everybody_has_the_same_chance() {
        let mut drawn = BTreeMap::new();
        for round in 0..2_000 {
            for expert in &draw(&basis(), "00ff", &round.to_string()).panels[0].serving {
                *drawn.entry(*expert).or_insert(0) += 1;
            }
        }
        // Seven may be drawn for five seats: 2000 × 5 ÷ 7 ≈ 1429 each, standard deviation about 20.
        assert_eq!(drawn.len(), 7);
        assert!(drawn.values().all(|times| (1329..=1529).contains(times)), "{drawn:?}");
    }

    #[test]
    fn a_panel_that_cannot_be_filled_is_named() {
        let mut basis = basis();
        basis.candidates.truncate(4);
        assert_eq!(draw(&basis, "00ff", "x").short, ["a", "b", "c"]);
    }

    #[test]
    fn a_replay_finds_every_change() {
        assert_eq!(replay(&record("12 07 33")), Replay::Same);
        let changed = |change: fn(&mut DrawRecord)| {
            let mut record = record("12 07 33");
            change(&mut record);
            replay(&record)
        };
        assert_eq!(changed(|r| r.basis.candidates[3].load = 4), Replay::BasisChanged);
        assert_eq!(changed(|r| r.secret = "00fe".into()), Replay::CommitmentBroken);
        assert_eq!(changed(|r| r.public_seed = "12 07 34".into()), Replay::AnotherResult);
        assert_eq!(changed(|r| r.result.panels[0].serving.swap(0, 1)), Replay::AnotherResult);
    }
}
