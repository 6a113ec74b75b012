//! Rows that carry the digest of their content are compared with it whenever they are read: [`intact`] makes the struct
//! of such a row, and there is no other way to load one, so no reader can forget.

use crate::domain::record::{Digest, digest_of};
use crate::error::Damage;

/// A row that carries the digest of its content.
pub(crate) trait Intact {
    /// What is stored, and the digest that was stored with it; none while there is neither yet.
    fn sealed(&self) -> Option<(&str, Digest)>;

    /// What is told of the row where the two differ.
    fn damage(&self) -> Damage;

    /// Compares the two.
    fn check(&self) -> Result<(), Damage> {
        match self.sealed() {
            Some((content, digest)) if digest_of(content) != digest => Err(self.damage()),
            _ => Ok(()),
        }
    }
}

/// Makes the struct of a row that [`Intact::check`] looks at before anybody gets it.
macro_rules! intact {
    (
        $(#[$meta:meta])*
        pub(crate) struct $name:ident {
            $($(#[$about:meta])* pub(crate) $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$about])* pub(crate) $field: $type,)+
        }

        impl<DB: diesel::backend::Backend, ST> diesel::deserialize::Queryable<ST, DB> for $name
        where
            ($($type,)+): diesel::deserialize::FromStaticSqlRow<ST, DB>,
        {
            type Row = ($($type,)+);

            fn build(($($field,)+): Self::Row) -> diesel::deserialize::Result<Self> {
                let row = Self { $($field,)+ };
                $crate::db::intact::Intact::check(&row)?;
                Ok(row)
            }
        }
    };
}
pub(crate) use intact;
