//! Cities' recommendation lists.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::intact::{Intact, intact};
use super::schema::{recommendation, recommendation_left_out, recommendation_list};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Damage, Error, Result};

intact! {
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = recommendation_list)]
    pub(crate) struct List {
        pub(crate) competition_id: CompetitionId,
        pub(crate) city: RegionCode,
        pub(crate) revision: i64,
        pub(crate) number: Option<String>,
        pub(crate) content: Option<String>,
        pub(crate) digest: Option<Digest>,
        pub(crate) sealed_by: Option<AccountId>,
        pub(crate) sealed_at: Option<Timestamp>,
        pub(crate) contact: String,
        pub(crate) document_number: String,
    }
}

impl Intact for List {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((self.content.as_deref()?, self.digest?))
    }

    fn damage(&self) -> Damage {
        Damage::of("list", &self.city).in_competition(self.competition_id)
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = recommendation)]
pub(crate) struct Recommendation {
    pub(crate) application_id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) city: RegionCode,
    pub(crate) place: i32,
    pub(crate) opinion: String,
}

/// What a city thinks of an application that is not on its list.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = recommendation_left_out)]
pub(crate) struct LeftOut {
    pub(crate) application_id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) city: RegionCode,
    pub(crate) opinion: String,
}

pub(crate) fn list(
    conn: &mut Conn,
    competition_id: CompetitionId,
    city: &RegionCode,
) -> Result<Option<List>> {
    Ok(recommendation_list::table
        .find((competition_id, city))
        .select(columns::<List>())
        .first(conn)
        .optional()?)
}

pub(crate) fn lists(conn: &mut Conn, competition_id: CompetitionId) -> Result<Vec<List>> {
    Ok(recommendation_list::table
        .filter(recommendation_list::competition_id.eq(competition_id))
        .order(recommendation_list::city.asc())
        .select(columns::<List>())
        .load(conn)?)
}

pub(crate) fn insert_list(conn: &mut Conn, new: &List) -> Result<()> {
    diesel::insert_into(recommendation_list::table).values(new).execute(conn)?;
    Ok(())
}

/// Stores a list, if nobody else changed it meanwhile.
pub(crate) fn update_list(conn: &mut Conn, changed: &List) -> Result<()> {
    let rows = diesel::update(
        recommendation_list::table
            .find((changed.competition_id, &changed.city))
            .filter(recommendation_list::revision.eq(changed.revision)),
    )
    .set((
        recommendation_list::number.eq(&changed.number),
        recommendation_list::content.eq(&changed.content),
        recommendation_list::digest.eq(changed.digest),
        recommendation_list::sealed_by.eq(changed.sealed_by),
        recommendation_list::sealed_at.eq(changed.sealed_at),
        recommendation_list::contact.eq(&changed.contact),
        recommendation_list::document_number.eq(&changed.document_number),
        recommendation_list::revision.eq(changed.revision + 1),
    ))
    .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(changed.revision, Vec::new())) }
}

/// Who stands on the lists of all cities, in order.
pub(crate) fn entries_of_all(conn: &mut Conn, competition_id: CompetitionId) -> Result<Vec<Recommendation>> {
    Ok(recommendation::table
        .filter(recommendation::competition_id.eq(competition_id))
        .order((recommendation::city.asc(), recommendation::place.asc()))
        .select(columns::<Recommendation>())
        .load(conn)?)
}

/// Who stands on a city's list, in order.
pub(crate) fn entries(
    conn: &mut Conn,
    competition_id: CompetitionId,
    city: &RegionCode,
) -> Result<Vec<Recommendation>> {
    Ok(recommendation::table
        .filter(recommendation::competition_id.eq(competition_id))
        .filter(recommendation::city.eq(city))
        .order(recommendation::place.asc())
        .select(columns::<Recommendation>())
        .load(conn)?)
}

/// Replaces who stands on a city's list.
pub(crate) fn replace_entries(
    conn: &mut Conn,
    competition_id: CompetitionId,
    city: &RegionCode,
    entries: &[Recommendation],
) -> Result<()> {
    diesel::delete(
        recommendation::table
            .filter(recommendation::competition_id.eq(competition_id))
            .filter(recommendation::city.eq(city)),
    )
    .execute(conn)?;
    super::connection::each!(conn, c => {
        diesel::insert_into(recommendation::table).values(entries).execute(c).map(drop)
    })?;
    Ok(())
}

/// Takes an application off its list, wherever it stands. What the city thought of it is kept.
pub(crate) fn remove_entry(conn: &mut Conn, application_id: ApplicationId) -> Result<()> {
    let found: Option<Recommendation> = recommendation::table
        .find(application_id)
        .select(columns::<Recommendation>())
        .first(conn)
        .optional()?;
    let Some(Recommendation { competition_id, city, opinion, .. }) = found else { return Ok(()) };
    diesel::delete(recommendation::table.find(application_id)).execute(conn)?;
    replace_left_out(conn, &[application_id], &[LeftOut { application_id, competition_id, city, opinion }])
}

/// What a city thinks of the applications that are not on its list.
pub(crate) fn left_out(
    conn: &mut Conn,
    competition_id: CompetitionId,
    city: &RegionCode,
) -> Result<Vec<LeftOut>> {
    Ok(recommendation_left_out::table
        .filter(recommendation_left_out::competition_id.eq(competition_id))
        .filter(recommendation_left_out::city.eq(city))
        .order(recommendation_left_out::application_id.asc())
        .select(columns::<LeftOut>())
        .load(conn)?)
}

/// Replaces what is thought of some applications by what is thought of those that are not on the list.
pub(crate) fn replace_left_out(
    conn: &mut Conn,
    applications: &[ApplicationId],
    opinions: &[LeftOut],
) -> Result<()> {
    diesel::delete(
        recommendation_left_out::table
            .filter(recommendation_left_out::application_id.eq_any(applications.to_vec())),
    )
    .execute(conn)?;
    super::connection::each!(conn, c => {
        diesel::insert_into(recommendation_left_out::table).values(opinions).execute(c).map(drop)
    })?;
    Ok(())
}
