//! Reading a tally file: strictly, completely, and telling every problem at once.

mod applications;
mod json;
mod pool;
mod rubric;
mod rules;
mod sheets;
mod syntax;

use self::json::{Entry, Piece, Place, Reader};
use super::problem::Problems;
use super::tally::{Competition, TALLY_FORMAT, Tally};

/// Reads a tally file.
///
/// # Errors
/// All that is wrong with it, each with its place. A file that is not UTF-8, not JSON or of another format has just
/// that problem; of any other file every part is checked.
pub fn read_tally(bytes: &[u8]) -> Result<Tally, Problems> {
    let document = syntax::well_formed(bytes)?;
    let mut reader = Reader::default();
    let tally = tally(&mut reader, document);
    match tally {
        Some(tally) if reader.problems.total() == 0 => Ok(tally),
        _ => Err(reader.problems),
    }
}

fn tally(reader: &mut Reader, document: Vec<Entry<'_>>) -> Option<Tally> {
    let root = Place::ROOT;
    if let Some((_, piece)) = document.iter().find(|(name, _)| name == "format") {
        // Another version of the format has other rules: checking it against these would only mislead.
        reader.choice(piece, &root.member("format"), &[(TALLY_FORMAT, ())])?;
    }
    let required = ["format", "competition", "rubric", "rules", "applications", "sheets"];
    let members = reader.members_among(document, &root, &required, &["rulings"]);

    let competition =
        members.get("competition").and_then(|piece| competition(reader, piece, &root.member("competition")));
    let draft = rubric::read_rubric(reader, members.get("rubric"), &root.member("rubric"));
    let rules = members
        .get("rules")
        .and_then(|piece| rules::read_rules(reader, piece, &root.member("rules"), &draft));
    let place = root.member("applications");
    let applications =
        applications::read_applications(reader, members.get("applications"), &place, &draft.columns);
    let place = root.member("sheets");
    let sheets = sheets::read_sheets(reader, members.get("sheets"), &place, &draft.columns, &applications);
    let rulings =
        applications::read_rulings(reader, members.get("rulings"), &root.member("rulings"), &applications);
    Some(Tally {
        competition: competition?,
        rubric: draft.rubric?,
        rules: rules?,
        applications: applications.list,
        tracks: applications.tracks,
        regions: applications.regions,
        sheets,
        rulings,
    })
}

fn competition(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<Competition> {
    let members = reader.members(piece, place, &["id", "title"], &[])?;
    let id = members.get("id").and_then(|piece| reader.text(piece, &place.member("id")));
    let title = members.get("title").and_then(|piece| reader.any_text(piece, &place.member("title")));
    Some(Competition { id: id?.into_owned(), title: title?.into_owned() })
}
