//! Asking a platform who somebody is (`OpenID` Connect, code flow with PKCE): the only user of its endpoints.
//!
//! Nothing that it sends is believed beyond bounds: how long an answer takes and how large it is, whose it says to be,
//! and of an ID token one of three algorithms, never the one that a token's own header would like.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use crate::clock::Clock;
use crate::domain::text::{cleaned, is_unseen};
use crate::domain::time::Timestamp;
use crate::jwt;

/// How long one answer of the platform may take.
const TIMEOUT: Duration = Duration::from_secs(8);
/// How large it may be.
const MOST: usize = 256 * 1024;
/// Sign-ins that ask the platform at the same time.
const AT_ONCE: usize = 16;
/// Microseconds for which what the platform says of itself is believed.
const DESCRIBED_FOR: i64 = 3_600_000_000;
/// Microseconds for which it is not asked again after it did not answer.
const LEFT_ALONE: i64 = 10_000_000;
/// Microseconds between two readings of its keys.
const KEYS_EVERY: i64 = 60_000_000;
/// Seconds by which its clock may differ from ours.
const LEEWAY: i64 = 60;
/// Seconds since an ID token was issued: it is fetched right after.
const ISSUED_WITHIN: i64 = 600;
/// The fewest bytes of an RSA modulus.
const LEAST_RSA: usize = 256;

/// Where browsers return to.
pub const RETURN: &str = "/sign-in/platform/return";

/// A platform, and what we are to it.
#[derive(Clone)]
pub struct Settings {
    /// Its issuer, exactly as it calls itself.
    pub issuer: String,
    /// How it knows us.
    pub client_id: String,
    /// What we prove that by.
    pub client_secret: String,
    /// Its name for people.
    pub name: String,
    /// The address that browsers know us by: scheme, host and port.
    pub public_url: String,
}

/// Why the platform did not say who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It does not answer, or not as it must.
    Down(String),
    /// It answered, and what it said does not do.
    Refused(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down(text) | Self::Refused(text) => formatter.write_str(text),
        }
    }
}

/// Who somebody is to the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What the platform knows them by, for good.
    pub subject: String,
    /// What they are called there, to be shown.
    pub label: String,
}

/// What ties an answer of the platform to the question.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves that who exchanges the code is who asked (PKCE).
    pub verifier: String,
}

/// A platform. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    settings: Settings,
    client: reqwest::Client,
    clock: Clock,
    asking: Semaphore,
    known: Mutex<Known>,
}

/// What is known of the platform by now, with when that was, by [`Clock::elapsed`].
#[derive(Default)]
struct Known {
    described: Option<(Arc<Described>, i64)>,
    failed: Option<(Failure, i64)>,
    keys: Option<(Arc<Vec<Jwk>>, i64)>,
}

/// What the platform says of itself, as far as it matters here.
#[derive(Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    nonce: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
}

/// Why an ID token is not believed.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    /// None of the keys that are known signed it.
    UnknownKey,
    Because(&'static str),
}

/// Whether an address is encrypted, or leads to this machine.
fn is_safe(url: &Url) -> bool {
    let here = url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

impl Settings {
    /// What is wrong with the settings, without the secret.
    fn check(&self) -> Result<(), String> {
        let safe = |text: &str| Url::parse(text).ok().filter(is_safe);
        let issuer = safe(&self.issuer).filter(|url| url.query().is_none());
        issuer.ok_or("the issuer must be an https address without query")?;
        let public = safe(&self.public_url).ok_or("the public address must begin with https://")?;
        if public.path() != "/" || public.query().is_some() || self.public_url.ends_with('/') {
            return Err("the public address is scheme and host alone, without a slash at its end".to_owned());
        }
        if self.client_id.is_empty() || self.client_secret.is_empty() || self.name.trim().is_empty() {
            return Err("client id, secret and name of the platform are needed".to_owned());
        }
        Ok(())
    }

    fn redirect_uri(&self) -> String {
        format!("{}{RETURN}", self.public_url)
    }
}

impl Platform {
    /// A platform that is asked with these settings. Nothing is asked of it yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: Settings, clock: &Clock) -> Result<Self, String> {
        settings.check()?;
        // The cryptography of HTTPS, which is told once a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT / 2)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Inner {
            settings,
            client,
            clock: clock.clone(),
            asking: Semaphore::new(AT_ONCE),
            known: Mutex::default(),
        })))
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Where a browser goes to be asked who it is.
    ///
    /// # Errors
    /// If the platform does not answer.
    pub async fn address(&self, trip: &Trip) -> Result<String, Failure> {
        let described = self.described().await?;
        let settings = &self.0.settings;
        let challenge = URL_SAFE_NO_PAD.encode(<sha2::Sha256 as sha2::Digest>::digest(&trip.verifier));
        let mut url = Url::parse(&described.authorization_endpoint)
            .map_err(|error| Failure::Down(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", "openid profile")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &settings.redirect_uri())
            .append_pair("state", &trip.state)
            .append_pair("nonce", &trip.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Whose a code is that a browser came back with; `issuer` is who it says that it comes from.
    ///
    /// # Errors
    /// If the platform does not answer, or what it says does not do.
    pub async fn person(
        &self,
        trip: &Trip,
        code: &str,
        issuer: Option<&str>,
        now: Timestamp,
    ) -> Result<Person, Failure> {
        let described = self.described().await?;
        // Of another platform's answer, which a browser was made to bring here (RFC 9207).
        let named = issuer.is_some() || !described.authorization_response_iss_parameter_supported;
        if !named || issuer.is_some_and(|issuer| issuer != self.0.settings.issuer) {
            return Err(Failure::Refused("the answer is not this platform's".to_owned()));
        }
        let tokens: Tokens = json(&self.ask(self.exchange(&described, trip, code)).await?)?;
        let mut keys = self.keys(&described, None).await?;
        let mut seen = verified(&tokens.id_token, &keys.0, &self.0.settings, &trip.nonce, now);
        if seen == Err(Wrong::UnknownKey) {
            keys = self.keys(&described, Some(keys.1)).await?;
            seen = verified(&tokens.id_token, &keys.0, &self.0.settings, &trip.nonce, now);
        }
        seen.map_err(|wrong| match wrong {
            Wrong::UnknownKey => Failure::Refused("no known key signed the ID token".to_owned()),
            Wrong::Because(reason) => Failure::Refused(reason.to_owned()),
        })
    }

    fn exchange(&self, described: &Described, trip: &Trip, code: &str) -> RequestBuilder {
        let settings = &self.0.settings;
        let methods = described.token_endpoint_auth_methods_supported.as_deref();
        // Where nothing is said, it is `client_secret_basic`.
        let basic = methods.is_none_or(|known| known.iter().any(|method| method == "client_secret_basic"));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &settings.redirect_uri())
            .append_pair("code_verifier", &trip.verifier);
        let mut request = self.0.client.post(&described.token_endpoint);
        if basic {
            let part = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", part(&settings.client_id), part(&settings.client_secret));
            request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
        } else {
            form.append_pair("client_id", &settings.client_id)
                .append_pair("client_secret", &settings.client_secret);
        }
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
    }

    /// What the platform says of itself. One reads it at a time; that it does not answer is remembered for a moment.
    async fn described(&self) -> Result<Arc<Described>, Failure> {
        let mut known = self.0.known.lock().await;
        let now = self.0.clock.elapsed();
        if let Some((described, at)) = &known.described
            && now - at < DESCRIBED_FOR
        {
            return Ok(Arc::clone(described));
        }
        if let Some((failure, at)) = &known.failed
            && now - at < LEFT_ALONE
        {
            return Err(failure.clone());
        }
        match self.describe().await {
            Ok(described) => {
                let described = Arc::new(described);
                known.described = Some((Arc::clone(&described), now));
                known.failed = None;
                Ok(described)
            }
            Err(failure) => {
                known.failed = Some((failure.clone(), now));
                Err(failure)
            }
        }
    }

    async fn describe(&self) -> Result<Described, Failure> {
        let issuer = &self.0.settings.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let described: Described = json(&self.read(&address).await?)?;
        let not = |what: &str| Err(Failure::Down(format!("what the platform says of itself: {what}")));
        if described.issuer != *issuer {
            return not("another issuer");
        }
        let encrypted = issuer.starts_with("https://");
        for address in [&described.authorization_endpoint, &described.token_endpoint, &described.jwks_uri] {
            let safe = Url::parse(address).is_ok_and(|url| is_safe(&url));
            if !safe || (encrypted && !address.starts_with("https://")) {
                return not("an address that is not encrypted");
            }
        }
        let methods = described.code_challenge_methods_supported.as_ref();
        if methods.is_some_and(|known| !known.iter().any(|method| method == "S256")) {
            return not("no PKCE by S256");
        }
        Ok(described)
    }

    /// The platform's keys, with when they were read. Where those read at `stale` did not do they are read again, unless
    /// that was a moment ago: whoever sends tokens with made-up keys makes us ask no more often.
    async fn keys(&self, described: &Described, stale: Option<i64>) -> Result<(Arc<Vec<Jwk>>, i64), Failure> {
        let mut known = self.0.known.lock().await;
        let now = self.0.clock.elapsed();
        if let Some((keys, at)) = &known.keys {
            let good = match stale {
                None => now - at < DESCRIBED_FOR,
                Some(stale) => stale != *at || now - at < KEYS_EVERY,
            };
            if good {
                return Ok((Arc::clone(keys), *at));
            }
        }
        let set: KeySet = json(&self.read(&described.jwks_uri).await?)?;
        // Keys of kinds that are not known here are passed over.
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(keys.collect::<Vec<Jwk>>());
        known.keys = Some((Arc::clone(&keys), now));
        Ok((keys, now))
    }

    /// Reads what the platform tells everybody.
    async fn read(&self, address: &str) -> Result<Vec<u8>, Failure> {
        let body = self.ask(self.0.client.get(address)).await;
        body.map_err(|failure| Failure::Down(failure.to_string()))
    }

    /// Asks the platform something: the body of its answer.
    async fn ask(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let Ok(_place) = self.0.asking.try_acquire() else {
            return Err(Failure::Down("too many ask at the same time".to_owned()));
        };
        let mut answer =
            request.header(ACCEPT, "application/json").send().await.map_err(|error| broken(&error))?;
        let status = answer.status();
        if status.is_client_error() {
            return Err(Failure::Refused(format!("the platform answered {status}")));
        }
        if !status.is_success() {
            return Err(Failure::Down(format!("the platform answered {status}")));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + piece.len() > MOST {
                return Err(Failure::Down("the platform's answer is too large".to_owned()));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// What went wrong on the way.
fn broken(error: &reqwest::Error) -> Failure {
    let told = if error.is_timeout() {
        "the platform did not answer in time"
    } else if error.is_connect() {
        "the platform can't be reached"
    } else {
        "the platform broke off"
    };
    Failure::Down(told.to_owned())
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|_| Failure::Down("the platform's answer is not as it must be".to_owned()))
}

/// The algorithm of a token, if it is one of ours. Its header is believed no further: what it says of keys beyond their
/// name is not looked at, and what it calls critical is refused.
fn algorithm(token: &str) -> Result<(Algorithm, Option<String>), Wrong> {
    let malformed = Wrong::Because("the ID token is malformed");
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header = header.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).ok_or(malformed)?;
    if header.get("crit").is_some() {
        return Err(Wrong::Because("the ID token has critical headers"));
    }
    let algorithm = match header["alg"].as_str() {
        Some("RS256") => Algorithm::RS256,
        Some("PS256") => Algorithm::PS256,
        Some("ES256") => Algorithm::ES256,
        _ => return Err(Wrong::Because("the algorithm of the ID token is not accepted")),
    };
    Ok((algorithm, header["kid"].as_str().map(str::to_owned)))
}

/// Whether a key is made for an algorithm, and strong enough.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = key.common.public_key_use.as_ref().is_none_or(|what| *what == PublicKeyUse::Signature);
    let named = key.common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(rsa), Algorithm::RS256 | Algorithm::PS256) => {
            URL_SAFE_NO_PAD.decode(&rsa.n).is_ok_and(|modulus| modulus.len() >= LEAST_RSA)
        }
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
        _ => false,
    };
    signs && named && kind
}

/// Who an ID token is about, once everything about it has been checked.
fn verified(
    token: &str,
    keys: &[Jwk],
    settings: &Settings,
    nonce: &str,
    now: Timestamp,
) -> Result<Person, Wrong> {
    let (algorithm, kid) = algorithm(token)?;
    let fitting: Vec<&Jwk> = keys
        .iter()
        .filter(|key| fits(key, algorithm) && (kid.is_none() || key.common.key_id == kid))
        .collect();
    // Without a name there must be no choice.
    let [key] = fitting.as_slice() else { return Err(Wrong::UnknownKey) };
    let key = DecodingKey::from_jwk(key).map_err(|_| Wrong::UnknownKey)?;
    let mut rules = Validation::new(algorithm);
    // The signature is the library's; times are by our clock, and audience and issuer are compared below, exactly.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let claims: Claims = jwt::verified(token, &key, &rules)
        .map_err(|_| Wrong::Because("the ID token's signature or content does not do"))?;
    check(&claims, settings, nonce, now.seconds()).map_err(Wrong::Because)?;
    // The platform's word is shown, and can't be sent back to it to be written better.
    let label = claims.preferred_username.or(claims.name).unwrap_or_else(|| claims.sub.clone());
    let label = cleaned(label).chars().filter(|c| !c.is_control() && !is_unseen(*c)).take(60).collect();
    Ok(Person { subject: claims.sub, label })
}

fn check(claims: &Claims, settings: &Settings, nonce: &str, now: i64) -> Result<(), &'static str> {
    let us = &settings.client_id;
    let for_us = match &claims.aud {
        Audience::One(one) => one == us && claims.azp.as_ref().is_none_or(|azp| azp == us),
        Audience::Several(all) => {
            let alone = all.len() == 1 && claims.azp.is_none();
            all.contains(us) && (alone || claims.azp.as_ref() == Some(us))
        }
    };
    let subject = !claims.sub.is_empty() && claims.sub.len() <= 255 && claims.sub.is_ascii();
    let rules = [
        (claims.iss == settings.issuer, "the ID token is another issuer's"),
        (for_us, "the ID token is for somebody else"),
        (claims.nonce == nonce, "the ID token is not the answer to this sign-in"),
        (now < claims.exp.saturating_add(LEEWAY), "the ID token has expired"),
        (
            claims.iat <= now + LEEWAY && now.saturating_sub(claims.iat) <= ISSUED_WITHIN,
            "the ID token is not of now",
        ),
        (claims.nbf.is_none_or(|nbf| nbf <= now + LEEWAY), "the ID token does not hold yet"),
        (subject, "the ID token names nobody"),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, wrong)| Err(*wrong))
}

/// The secret is not told.
impl fmt::Debug for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Platform").field("issuer", &self.0.settings.issuer).finish_non_exhaustive()
    }
}
