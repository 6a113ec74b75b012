//! How the domain's types are stored: identifiers, keys and states as text, points in time as whole microseconds.
//!
//! Both databases then hold, sort and compare the same values, and no type of one backend is needed.

use std::io::Write;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, SingleValue, Text};
use diesel::sqlite::Sqlite;

use super::connection::MultiBackend;
use crate::domain::access::{LinkConfirmation, OfficeDuties, Role};
use crate::domain::announcement::TitleState;
use crate::domain::application::{ApplicationState, ConsentState, MemberRole};
use crate::domain::catalogue::RegionCode;
use crate::domain::checks::VetoState;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::{DrawState, SeatState};
use crate::domain::ids::{
    AccountId, ApplicationId, CompetitionId, DeliveryId, EvidenceId, ExpertId, GuessId, LetterId, LinkId,
    MessageId, ObjectionFileId, ObjectionId, PasskeyId, PlatformLinkId, RecheckId, RectificationId,
    RequestId, SessionId, TitleId, WebhookId,
};
use crate::domain::inspection::{InspectionState, RectificationState};
use crate::domain::letter::LetterState;
use crate::domain::message::MessageKind;
use crate::domain::objection::{ObjectionChannel, ObjectionState, RecheckState};
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::scan::ScanState;
use crate::domain::second_factor::TotpState;
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryFault;

macro_rules! as_column {
    ($sql:ty, $($name:ty),+) => {$(
        impl AsExpression<$sql> for $name {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<$sql> for &'a $name {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl AsExpression<Nullable<$sql>> for $name {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<Nullable<$sql>> for &'a $name {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<DB: Backend> ToSql<Nullable<$sql>, DB> for $name
        where
            Self: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<DB: Backend, ST: SingleValue> Queryable<ST, DB> for $name
        where
            Self: FromSql<ST, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+};
}

macro_rules! text_column {
    ($($name:ty),+ $(,)?) => {
        as_column!(Text, $($name),+);
        $(
            impl ToSql<Text, Sqlite> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(self.to_string());
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    write!(out, "{self}")?;
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, MultiBackend> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                    out.set_value((Text, self));
                    Ok(IsNull::No)
                }
            }
            impl<DB: Backend> FromSql<Text, DB> for $name
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    let text = String::from_sql(bytes)?;
                    text.parse().map_err(|_| format!("{text:?} is no {}", stringify!($name)).into())
                }
            }
        )+
    };
}

text_column!(
    AccountId,
    ApplicationId,
    ApplicationState,
    CompetitionId,
    CompetitionState,
    ConsentState,
    DeliveryFault,
    DeliveryId,
    Digest,
    DocumentKind,
    DrawState,
    EvidenceId,
    ExpertId,
    GuessId,
    InspectionState,
    LetterId,
    LetterState,
    LinkConfirmation,
    LinkId,
    MemberRole,
    MessageId,
    MessageKind,
    OfficeDuties,
    ObjectionChannel,
    ObjectionFileId,
    ObjectionId,
    ObjectionState,
    PasskeyId,
    PlatformLinkId,
    RecheckId,
    RecheckState,
    RectificationId,
    RectificationState,
    RegionCode,
    RequestId,
    Role,
    ScanState,
    SeatState,
    SessionId,
    SheetState,
    TitleId,
    TitleState,
    TotpState,
    VetoState,
    WebhookId,
);

as_column!(BigInt, Timestamp);

impl ToSql<BigInt, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl ToSql<BigInt, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<BigInt, Pg>::to_sql(&self.micros(), &mut out.reborrow())
    }
}

impl ToSql<BigInt, MultiBackend> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((BigInt, self));
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Timestamp
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self::from_micros)
    }
}
