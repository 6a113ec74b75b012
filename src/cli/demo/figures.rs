//! Fictional figures of the demonstration, by the rubric's own rules. Chance follows from the seed.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::domain::application::Figure;
use crate::domain::catalogue::{Catalogue, Chain, Region};
use crate::domain::ids::EvidenceId;
use crate::domain::sheet::{Mark, SheetContent};
use crate::error::{Error, Result};

pub(super) struct Chance(Clock);

impl Chance {
    pub(super) fn new(clock: &Clock) -> Self {
        Self(clock.clone())
    }

    /// A whole number below `below`.
    pub(super) fn below(&self, below: u64) -> u64 {
        u64::from_be_bytes(self.0.secret::<8>()) % below.max(1)
    }
}

/// An application to come: whose, and for which chain.
#[derive(Clone)]
pub(super) struct Entrant {
    pub(super) region: Region,
    pub(super) city: Region,
    pub(super) chain: Chain,
}

/// `count` pairs of region and chain over all cities in turn, each pair once.
pub(super) fn entrants(catalogue: &Catalogue, count: usize) -> Result<Vec<Entrant>> {
    let cities: Vec<&Region> = catalogue
        .regions
        .iter()
        .filter(|region| region.kind == crate::domain::catalogue::RegionKind::City)
        .collect();
    let chains: Vec<&Chain> = catalogue.chains().map(|(_, chain)| chain).collect();
    let mut entrants = Vec::with_capacity(count);
    for index in 0..count {
        let (city, round) = (cities[index % cities.len()], index / cities.len());
        // Zones first: they are what such competitions are about.
        let mut regions: Vec<&Region> = catalogue
            .regions
            .iter()
            .filter(|region| catalogue.city_of(&region.code) == Some(&city.code))
            .collect();
        regions.sort_by_key(|region| std::cmp::Reverse(region.kind));
        let region = regions[round % regions.len()];
        let chain = chains[(index * 7 + round / regions.len() * 11 + round * 3) % chains.len()];
        let taken = |entrant: &Entrant| entrant.region.code == region.code && entrant.chain.no == chain.no;
        let chain = if entrants.iter().any(taken) {
            let free = chains.iter().find(|chain| {
                !entrants.iter().any(|e: &Entrant| e.region.code == region.code && e.chain.no == chain.no)
            });
            free.copied().ok_or_else(|| Error::internal("a region has every chain already"))?
        } else {
            chain
        };
        entrants.push(Entrant { region: region.clone(), city: city.clone(), chain: chain.clone() });
    }
    Ok(entrants)
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// A value between two, `share` hundredths of the way.
fn between(from: Decimal, to: Decimal, share: u64) -> String {
    (from + (to - from) * Decimal::from(share) / Decimal::from(100)).round_dp(2).normalize().to_string()
}

/// A value for a measured rule, good to middling unless its `level` is told.
fn value(rule: &Value, level: Option<u64>, chance: &Chance) -> Value {
    let share = level.unwrap_or_else(|| 45 + chance.below(50));
    match rule["type"].as_str().unwrap_or_default() {
        "linear" => json!(between(decimal(&rule["from"]), decimal(&rule["to"]), share)),
        "efficacy" => json!(between(decimal(&rule["floor"]), decimal(&rule["target"]), share)),
        "bands" => {
            let bands = rule["bands"].as_array().map(Vec::as_slice).unwrap_or_default();
            let pick = usize::try_from(chance.below(2)).unwrap_or(0).min(bands.len().saturating_sub(1));
            json!((decimal(&bands[pick]["at_least"]) + Decimal::ONE).normalize().to_string())
        }
        "per_unit" => {
            let units = rule["units"].as_object().into_iter().flatten();
            units
                .map(|(unit, _)| (unit.clone(), json!(1 + chance.below(4))))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        "tiers" => {
            let tiers: Vec<&String> =
                rule["tiers"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
            json!(tiers[usize::try_from(chance.below(tiers.len() as u64)).unwrap_or(0)])
        }
        "piecewise" => rule["points"][1][0].clone(),
        _ => json!(between(Decimal::ONE, Decimal::ONE_HUNDRED, share)),
    }
}

fn indicators(rubric: &Value) -> impl Iterator<Item = &Value> {
    let criteria = rubric["criteria"].as_array().into_iter().flatten();
    criteria.flat_map(|criterion| criterion["indicators"].as_array().into_iter().flatten())
}

/// Fictional figures for every measured indicator of a rubric, `level` hundredths of the way to full marks where that is
/// told.
pub(super) fn figures(
    rubric: &Value,
    evidence: EvidenceId,
    year: u16,
    level: Option<u64>,
    chance: &Chance,
) -> Vec<Figure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    indicators(rubric)
        .filter(|indicator| indicator["kind"] == "measured")
        .map(|indicator| Figure {
            indicator: text(&indicator["key"]),
            value: value(&indicator["rule"], level, chance),
            unit: text(&indicator["unit"]),
            calibre: "规上工业企业营业收入".to_owned(),
            year,
            source_body: "演示数据（虚构）".to_owned(),
            last_year: None,
            evidence: vec![evidence],
            explanation: String::new(),
        })
        .collect()
}

/// A sheet around `level` hundredths of every scale, give or take 20.
pub(super) fn sheet(rubric: &Value, level: u64, chance: &Chance) -> SheetContent {
    let marks = indicators(rubric).filter(|indicator| indicator["kind"] == "judged").map(|indicator| {
        let (least, most) = (decimal(&indicator["scale"]["min"]), decimal(&indicator["scale"]["max"]));
        let step = decimal(&indicator["scale"]["step"]);
        let share = (level + chance.below(41)).saturating_sub(20).min(100);
        let steps = ((most - least) * Decimal::from(share) / Decimal::from(100) / step).floor();
        Mark {
            indicator: indicator["key"].as_str().unwrap_or_default().to_owned(),
            score: Some((least + steps * step).normalize().to_string()),
            reason: "演示理由（虚构）".to_owned(),
        }
    });
    SheetContent {
        marks: marks.collect(), opinion: "演示意见（虚构）".to_owned(), dissent: String::new()
    }
}

/// A page of evidence, as PDF, that says what it is.
pub(super) fn fictional_page() -> Vec<u8> {
    let text = "BT /F1 20 Tf 72 740 Td (Demonstration: fictional evidence) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut page = "%PDF-1.7\n".to_owned();
    let mut places = String::new();
    for (index, object) in objects.iter().enumerate() {
        places.push_str(&format!("{:010} 00000 n \n", page.len()));
        page.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let (table, count) = (page.len(), objects.len() + 1);
    page.push_str(&format!(
        "xref\n0 {count}\n0000000000 65535 f \n{places}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    ));
    page.into_bytes()
}
