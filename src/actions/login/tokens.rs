//! Access tokens, cookies and tickets: signed statements of who somebody is.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{AccountId, SessionId};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::jwt;
use crate::keys::Keys;

/// Seconds by which the clocks of machines that serve together may differ.
const LEEWAY: i64 = 60;
const ISSUER: &str = "qianglian";

/// What an access token is for.
pub(super) const API: &str = "qianglian-api";
/// What the cookie of a browser is for. None is taken for another.
pub(super) const PAGES: &str = "qianglian-pages";
/// What a ticket for the second factor is for.
pub(super) const SECOND_FACTOR: &str = "qianglian-second-factor";

#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    pub(super) sub: AccountId,
    pub(super) sid: SessionId,
    iat: i64,
    nbf: i64,
    pub(super) exp: i64,
    /// Which password a ticket follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
}

impl Claims {
    /// The second from which it is not accepted any more.
    pub(super) fn ends(&self) -> i64 {
        self.exp.saturating_add(LEEWAY)
    }
}

pub(super) fn sign(
    keys: &Keys,
    audience: &str,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
    lasts: i64,
    password: Option<String>,
) -> Result<String> {
    let key = keys.signing(now)?;
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key.id);
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: audience.to_owned(),
        sub: account,
        sid: session,
        iat: now.seconds(),
        nbf: now.seconds(),
        exp: now.seconds() + lasts,
        password,
    };
    jwt::signed(&header, &claims, &key.secret).map_err(|error| Error::internal(error.to_string()))
}

/// What a token says that is valid at `now`. One algorithm, our issuer and audience, no trust in
/// the token's header beyond which of our keys it names (RFC 8725).
pub(super) fn read(keys: &Keys, audience: &str, token: &str, now: Timestamp) -> Option<Claims> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let secret = keys.verifying(header.kid.as_deref()?, now)?;
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["iss", "aud", "exp", "nbf"]);
    // The library would ask the machine for the time; ours is an argument.
    rules.validate_exp = false;
    let claims: Claims = jwt::verified(token, &DecodingKey::from_secret(&secret), &rules).ok()?;
    let seconds = now.seconds();
    let begun = claims.nbf.saturating_sub(LEEWAY) <= seconds;
    (begun && seconds < claims.ends()).then_some(claims)
}
