//! Which keys go with the database: the keys themselves are elsewhere, the database keeps a fingerprint of them.

use crate::clock::Clock;
use crate::db::audit::SERVICE_CHAIN;
use crate::db::{self, Db, accounts};
use crate::error::{Error, Result};
use crate::keys::{KeySource, Keys};

/// The keys that go with the database. At the very first start they are made; those that an earlier version kept in the
/// database move out of it then, and no longer sign.
///
/// # Errors
/// If they can't be read or made, or others go with this database.
pub async fn open(db: &Db, clock: &Clock, source: KeySource) -> Result<Keys> {
    let now = clock.now();
    db.write("keys", move |conn| {
        // Processes that start at once come through this lock, so that one of them makes the keys.
        db::audit::lock(conn, SERVICE_CHAIN)?;
        let known = accounts::key_fingerprint(conn)?;
        let left = accounts::signing_keys(conn)?;
        let keys = match (Keys::read(&source)?, &known) {
            (Some(keys), _) => keys,
            (None, None) => Keys::make(&source, now, &left)?,
            (None, Some(_)) => return Err(missing(&source)),
        };
        match known {
            None => accounts::set_key_fingerprint(conn, &keys.fingerprint(), now)?,
            Some(known) if known == keys.fingerprint() => {}
            Some(_) => return Err(foreign(&source)),
        }
        if !left.is_empty() {
            accounts::empty_signing_keys(conn)?;
        }
        Ok(keys)
    })
    .await
}

/// Lets the database go with the keys that `source` has, made there if there are none: where the former are lost. What
/// they signed and sealed is no longer good.
///
/// # Errors
/// If they can't be read or made.
pub async fn accept(db: &Db, clock: &Clock, source: KeySource) -> Result<()> {
    let now = clock.now();
    db.write("keys", move |conn| {
        db::audit::lock(conn, SERVICE_CHAIN)?;
        let keys = match Keys::read(&source)? {
            Some(keys) => keys,
            None => Keys::make(&source, now, &[])?,
        };
        accounts::empty_signing_keys(conn)?;
        accounts::set_key_fingerprint(conn, &keys.fingerprint(), now)
    })
    .await
}

fn missing(source: &KeySource) -> Error {
    Error::bad_request(
        "keys_missing",
        format!(
            "此数据库已有密钥，但 {source} 不存在。请用 `--keys` 指定原来的密钥文件（各进程须用同一份）；确已丢失的，运行 `qianglian keys accept`（所有登录将失效）"
        ),
        format!(
            "This database has keys already, but there is no {source}. Name the file with `--keys` (all processes need the same one); if it is lost for good, run `qianglian keys accept`, which ends all logins"
        ),
    )
}

fn foreign(source: &KeySource) -> Error {
    Error::bad_request(
        "keys_foreign",
        format!(
            "{source} 中的密钥不属于此数据库。请用 `--keys` 指定属于它的密钥文件（各进程须用同一份）；确已丢失的，运行 `qianglian keys accept`（所有登录将失效）"
        ),
        format!(
            "The keys of {source} are not those of this database. Name the file that is, with `--keys` (all processes need the same one); if it is lost for good, run `qianglian keys accept`, which ends all logins"
        ),
    )
}
