//! What is the matter with a database that does not do what it is asked: told from its own errors in one place, so that
//! each trouble has one answer.
//!
//! Diesel tells the kind of a few errors and passes on neither SQLSTATE nor SQLite's code (asking the libraries for them
//! takes `unsafe`), so that the others are known by their words: those of SQLite are always English and stand at the
//! beginning, so that what a statement quotes is not taken for them; those of PostgreSQL are English where
//! [`Conn::open`](super::Conn::open) could ask for it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Damage, Error, Trouble};

/// The sentences of SQLite, which begin its messages, with the codes that they stand for in its source.
const OF_SQLITE: [(&str, Trouble); 11] = [
    // SQLITE_BUSY, _LOCKED, _PROTOCOL
    ("database is locked", Trouble::Locked),
    ("database table is locked", Trouble::Locked),
    ("database schema is locked", Trouble::Locked),
    ("locking protocol", Trouble::Locked),
    // SQLITE_FULL
    ("database or disk is full", Trouble::Full),
    // SQLITE_READONLY
    ("attempt to write a readonly database", Trouble::ReadOnly),
    // SQLITE_IOERR, _CORRUPT, _NOTADB
    ("disk I/O error", Trouble::Broken),
    ("database disk image is malformed", Trouble::Broken),
    ("file is not a database", Trouble::Broken),
    // SQLITE_NOMEM, _CANTOPEN
    ("out of memory", Trouble::Away),
    ("unable to open database file", Trouble::Away),
];

/// Words in messages of PostgreSQL and its library, with the SQLSTATE that they come with.
const OF_POSTGRES: [(&str, Trouble); 24] = [
    // 40P01
    ("deadlock detected", Trouble::Collided),
    // 55P03, 57014 at a lock
    ("canceling statement due to lock timeout", Trouble::Locked),
    ("could not obtain lock on", Trouble::Locked),
    // 57014, 25P04
    ("canceling statement due to statement timeout", Trouble::Slow),
    ("canceling statement due to user request", Trouble::Slow),
    ("transaction timeout", Trouble::Slow),
    // 53100
    ("No space left on device", Trouble::Full),
    ("Disk quota exceeded", Trouble::Full),
    ("temporary file size exceeds", Trouble::Full),
    // 25006
    ("in a read-only transaction", Trouble::ReadOnly),
    ("during recovery", Trouble::ReadOnly),
    // 57P01 to 57P05, 25P03
    ("terminating connection", Trouble::Away),
    ("the database system is", Trouble::Away),
    // 53300, 53200
    ("too many clients already", Trouble::Away),
    ("remaining connection slots are reserved", Trouble::Away),
    ("too many connections for", Trouble::Away),
    ("out of shared memory", Trouble::Away),
    // Class 08, as libpq tells it
    ("server closed the connection", Trouble::Away),
    ("no connection to the server", Trouble::Away),
    ("connection to server", Trouble::Away),
    ("could not receive data from server", Trouble::Away),
    ("could not send data to server", Trouble::Away),
    ("connection not open", Trouble::Away),
    ("SSL connection has been closed", Trouble::Away),
];

/// The trouble that an error tells of; none where it is about the statement, which is a mistake of ours.
fn trouble_of(error: &DieselError) -> Option<Trouble> {
    match error {
        DieselError::DatabaseError(kind, told) => match kind {
            DatabaseErrorKind::SerializationFailure => Some(Trouble::Collided),
            DatabaseErrorKind::ReadOnlyTransaction => Some(Trouble::ReadOnly),
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Some(Trouble::Away)
            }
            DatabaseErrorKind::Unknown => by_words(told.message()),
            _ => None,
        },
        DieselError::RollbackErrorOnCommit { commit_error, rollback_error } => {
            trouble_of(commit_error).or_else(|| trouble_of(rollback_error))
        }
        DieselError::BrokenTransactionManager => Some(Trouble::Away),
        _ => None,
    }
}

fn by_words(told: &str) -> Option<Trouble> {
    let sqlite = OF_SQLITE.iter().find(|(words, _)| told.starts_with(words));
    let found = sqlite.or_else(|| OF_POSTGRES.iter().find(|(words, _)| told.contains(words)));
    found.map(|(_, trouble)| *trouble)
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if let DieselError::DeserializationError(inside) = &error
            && let Some(damage) = inside.downcast_ref::<Damage>()
        {
            return damage.clone().into();
        }
        let text = error.to_string();
        trouble_of(&error)
            .map_or_else(|| Self::internal(text.clone()), |trouble| Self::in_trouble(trouble, text.clone()))
    }
}

/// What is told where a database can't be opened.
pub(super) fn cannot_open(error: &diesel::ConnectionError) -> Error {
    let told = error.to_string();
    let trouble = by_words(&told).filter(|trouble| *trouble == Trouble::Broken).unwrap_or(Trouble::Away);
    Error::in_trouble(trouble, format!("the database can't be opened: {told}"))
}

/// What is told where a transaction was not committed. A database that said no has undone it; one that says nothing, or
/// gave up waiting for its copies, may have kept it.
pub(super) fn not_committed(error: DieselError) -> Error {
    match trouble_of(&error) {
        Some(trouble @ (Trouble::Away | Trouble::Slow)) => Error::outcome_unknown(trouble, error.to_string()),
        _ => error.into(),
    }
}

/// Whether the statement failed because a row with the same key is there already.
pub(crate) fn is_duplicate(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn told(kind: DatabaseErrorKind, words: &str) -> Error {
        DieselError::DatabaseError(kind, Box::new(words.to_owned())).into()
    }

    #[test]
    fn each_trouble_of_a_database_has_its_answer_and_a_mistake_of_ours_has_another() {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, Unknown};
        for (kind, words, status, code) in [
            (Unknown, "canceling statement due to statement timeout", 503, "database_slow"),
            (Unknown, "canceling statement due to lock timeout", 503, "busy"),
            (Unknown, "database is locked", 503, "busy"),
            (SerializationFailure, "could not serialize access", 503, "busy"),
            (ClosedConnection, "server closed the connection unexpectedly", 503, "database_unavailable"),
            (Unknown, "terminating connection due to administrator command", 503, "database_unavailable"),
            (Unknown, "unable to open database file", 503, "database_unavailable"),
            (Unknown, "cannot execute INSERT in a read-only transaction", 503, "database_read_only"),
            (Unknown, "database or disk is full", 507, "storage_full"),
            (Unknown, "could not extend file \"x\": No space left on device", 507, "storage_full"),
            (Unknown, "database disk image is malformed", 503, "database_failed"),
            (Unknown, "relation \"x\" does not exist", 500, "internal"),
        ] {
            let error = told(kind, words);
            assert_eq!((error.kind.status(), error.code), (status, code), "{words}");
            assert_eq!(error.retry_after.is_some(), code != "internal", "{words}");
        }
        // What a person wrote is never taken for a trouble.
        let quoted = told(Unknown, "malformed JSON: database or disk is full");
        assert_eq!((quoted.kind, quoted.trouble), (Kind::Internal, None));
        let unique = told(DatabaseErrorKind::UniqueViolation, "Key (name)=(database is locked)");
        assert_eq!((unique.kind, unique.trouble), (Kind::Internal, None));
    }

    #[test]
    fn only_a_database_that_says_no_to_a_commit_has_undone_it() {
        let error = |kind, words: &str| {
            not_committed(DieselError::RollbackErrorOnCommit {
                rollback_error: Box::new(DieselError::BrokenTransactionManager),
                commit_error: Box::new(DieselError::DatabaseError(kind, Box::new(words.to_owned()))),
            })
        };
        let lost = error(DatabaseErrorKind::ClosedConnection, "server closed the connection unexpectedly");
        assert_eq!((lost.kind, lost.code), (Kind::Busy, "outcome_unknown"));
        let collided = error(DatabaseErrorKind::SerializationFailure, "could not serialize access");
        assert_eq!((collided.code, collided.trouble), ("busy", Some(Trouble::Collided)));
        assert_eq!(error(DatabaseErrorKind::Unknown, "database or disk is full").code, "storage_full");
    }
}
