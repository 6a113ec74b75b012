//! Shapes of documents that are stored or handed over as files, as JSON Schema 2020-12: `/api/schemas/{name}/{number}`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::actions::recommendations::SealedList;
use crate::domain::announcement::Announcement;
use crate::domain::application::{Figures, Firms, Profile, Section, Undertaking, Whole};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::Settings;
use crate::domain::draw::{DrawBasis, DrawRecord, DrawResult};
use crate::domain::inspection::{InspectionPlan, InspectionRecord, SignedInspection};
use crate::domain::notice::Notice;
use crate::domain::official::IssuedDocument;
use crate::domain::record::Event;
use crate::domain::scoring::documents::{ResultShape, TallyShape};
use crate::domain::scoring::shape::{RubricShape, RulesShape};
use crate::domain::selection::Selection;
use crate::domain::sheet::SignedSheet;
use crate::domain::working_days::WorkingCalendar;

/// Written by hand, as the document is by its own writer (`domain/scoring/derivation_json.rs`).
const DERIVATION: &str = include_str!("schemas/derivation.json");

/// The schemas by `name/number`.
///
/// # Panics
/// Never: a test reads all of them.
pub fn schemas() -> BTreeMap<String, Value> {
    let derivation = serde_json::from_str(DERIVATION).expect("JSON");
    let all = [
        of::<Announcement>("qianglian-announcement/1"),
        ("qianglian-derivation/1", derivation),
        of::<DrawBasis>("qianglian-draw/1"),
        of::<DrawRecord>("draw-record/1"),
        of::<DrawResult>("draw-result/1"),
        of::<Event>("event/1"),
        of::<SignedInspection>("qianglian-inspection/1"),
        of::<InspectionPlan>("inspection-plan/1"),
        of::<InspectionRecord>("inspection-record/1"),
        of::<IssuedDocument>("qianglian-issued-document/1"),
        of::<Notice>("qianglian-notice/1"),
        (
            "qianglian-result/1",
            made::<ResultShape>(SchemaSettings::draft2020_12().for_serialize(), "qianglian-result/1"),
        ),
        of::<Selection>("qianglian-selection/1"),
        of::<SignedSheet>("qianglian-sheet/1"),
        of::<TallyShape>("qianglian-tally/1"),
        of::<SealedList<'_>>("sealed-list/1"),
        of::<Whole>("submission/1"),
        of::<Profile>("part-profile/1"),
        of::<Firms>("part-firms/1"),
        of::<Figures>("part-figures/1"),
        of::<Undertaking>("part-undertaking/1"),
        of::<Section>("part-section/1"),
        of::<Settings>("settings/1"),
        of::<RubricShape>("rubric/1"),
        of::<RulesShape>("rules/1"),
        of::<Catalogue>("catalogue/1"),
        of::<WorkingCalendar>("working-days/1"),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// Of what is read: a member that came later may be absent.
fn of<T: JsonSchema>(name: &'static str) -> (&'static str, Value) {
    (name, made::<T>(SchemaSettings::draft2020_12(), name))
}

fn made<T: JsonSchema>(settings: SchemaSettings, name: &str) -> Value {
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), json!(format!("/api/schemas/{name}")));
    schema.to_value()
}
