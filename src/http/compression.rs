//! Answers, compressed as whoever asks can read them.
//!
//! Compressing costs more than all the rest of an answer that is remembered, so it is done once for the same bytes:
//! what was compressed is kept by the digest of what it was made from. What has no digest (an answer that is given
//! once) is compressed for itself. At most a few are compressed at a time; while those places are taken, answers go
//! out as they are, so that nobody can have more work done than that. Files bear `Content-Encoding: identity` and are
//! let be, as they are compressed in their own way.

use std::collections::HashMap;
use std::io::Write;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::write::GzEncoder;
use tokio::sync::Semaphore;

use crate::domain::record::Digest;

/// Answers that are compressed at a time.
const PLACES: usize = 2;
/// A shorter answer fits a packet or two as it is.
const LEAST: usize = 1_400;
/// A longer answer is sent as it is: none is, but for imports of tables.
const MOST: usize = 8 << 20;
/// Compressed bytes kept in each of two generations.
const KEPT: usize = 16 << 20;
/// What an entry takes besides its bytes, about.
const AROUND: usize = 128;

/// A way to compress that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

/// How hard to try.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// As much as an answer is worth that somebody waits for.
    Quick,
    /// As much as bytes are worth that are sent for as long as the program runs.
    Thorough,
}

impl Coding {
    /// All, the preferred one first.
    pub(super) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The best of those that whoever asks can read (RFC 9110, 12.5.3). None where only the bytes as they are will do.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        let mut best: Option<(Self, f32)> = None;
        for coding in Self::ALL {
            let weight = weight_of(accepted, coding.name());
            if weight > best.map_or(0.0, |(_, weight)| weight) {
                best = Some((coding, weight));
            }
        }
        best.map(|(coding, _)| coding)
    }

    /// The bytes, compressed. None if that makes them no shorter.
    pub(super) fn compress(self, bytes: &[u8], effort: Effort) -> Option<Bytes> {
        let mut packed = Vec::with_capacity(bytes.len() / 4);
        match self {
            Self::Brotli => {
                let (quality, lgwin) = match effort {
                    Effort::Quick => (5, 18),
                    Effort::Thorough => (9, 22),
                };
                let parameters =
                    BrotliEncoderParams { quality, lgwin, size_hint: bytes.len(), ..Default::default() };
                brotli::BrotliCompress(&mut &*bytes, &mut packed, &parameters).ok()?;
            }
            Self::Gzip => {
                let level = match effort {
                    Effort::Quick => 5,
                    Effort::Thorough => 9,
                };
                let mut encoder = GzEncoder::new(&mut packed, flate2::Compression::new(level));
                encoder.write_all(bytes).and_then(|()| encoder.finish()).ok()?;
            }
        }
        (packed.len() < bytes.len()).then(|| packed.into())
    }
}

/// What `Accept-Encoding` makes of a coding: 0 to 1.
fn weight_of(accepted: &str, name: &str) -> f32 {
    let mut any = 0.0;
    for part in accepted.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let told = pieces.next().unwrap_or_default();
        let weight = pieces
            .find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")))
            .map_or(1.0, |text| text.trim().parse().unwrap_or(0.0));
        if told.eq_ignore_ascii_case(name) {
            return weight;
        }
        if told == "*" {
            any = weight;
        }
    }
    any
}

type Key = (Digest, Coding);

/// What was compressed, in two generations: what is not asked for during a whole one is forgotten.
#[derive(Default)]
struct Kept {
    young: HashMap<Key, Bytes>,
    old: HashMap<Key, Bytes>,
    bytes: usize,
}

impl Kept {
    fn find(&mut self, key: &Key) -> Option<Bytes> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let found = self.old.remove(key)?;
        self.keep(*key, found.clone());
        Some(found)
    }

    fn keep(&mut self, key: Key, packed: Bytes) {
        if self.bytes >= KEPT {
            self.old = mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += packed.len() + AROUND;
        self.young.insert(key, packed);
    }
}

/// What is compressed, and the places to do so.
pub(super) struct Compression {
    kept: Mutex<Kept>,
    places: Arc<Semaphore>,
}

impl Default for Compression {
    fn default() -> Self {
        Self { kept: Mutex::default(), places: Arc::new(Semaphore::new(PLACES)) }
    }
}

impl Compression {
    /// The bytes of an answer, compressed. None where it goes out as it is.
    async fn packed(&self, body: &Bytes, coding: Coding, digest: Option<Digest>) -> Option<Bytes> {
        let key = digest.map(|digest| (digest, coding));
        if let Some(found) = key.and_then(|key| self.kept().find(&key)) {
            return Some(found);
        }
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let bytes = body.clone();
        let work = tokio::task::spawn_blocking(move || {
            let packed = coding.compress(&bytes, Effort::Quick);
            drop(place);
            packed
        });
        let packed = work.await.ok()??;
        if let Some(key) = key {
            self.kept().keep(key, packed.clone());
        }
        Some(packed)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a request answered, and compresses the answer as its headers allow.
    pub(super) async fn around(
        &self,
        request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let coding = Coding::wanted(request.headers());
        let response = next.call(request).await?;
        let Some(coding) = coding.filter(|_| may_be_compressed(&response)) else { return Ok(response) };
        let (request, response) = response.into_parts();
        let digest = response.extensions().get::<Digest>().copied();
        let (mut head, body) = response.into_parts();
        let body = match body.try_into_bytes() {
            Ok(bytes) => match self.packed(&bytes, coding, digest).await {
                Some(packed) => {
                    mark(head.headers_mut(), coding);
                    BoxBody::new(packed)
                }
                None => BoxBody::new(bytes),
            },
            // A stream that knows its length.
            Err(stream) => stream,
        };
        Ok(ServiceResponse::new(request, head.set_body(body)))
    }
}

/// Says how the bytes of an answer are compressed.
pub(super) fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
}

fn may_be_compressed(response: &ServiceResponse<BoxBody>) -> bool {
    let BodySize::Sized(length) = response.response().body().size() else { return false };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    (LEAST..=MOST).contains(&length) && !response.headers().contains_key(header::CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::digest_of;

    fn wanted(accepted: &'static str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        Coding::wanted(&headers)
    }

    #[test]
    fn the_best_coding_that_both_know_is_chosen() {
        assert_eq!(wanted("gzip, deflate, br, zstd"), Some(Coding::Brotli));
        assert_eq!(wanted("gzip, deflate"), Some(Coding::Gzip));
        assert_eq!(wanted("GZIP;q=0.9, br;q=0.2"), Some(Coding::Gzip));
        assert_eq!(wanted("br;q=0, *"), Some(Coding::Gzip));
        assert_eq!(wanted("*;q=0"), None);
        assert_eq!(wanted("identity"), None);
        assert_eq!(wanted("br;q=x"), None);
        assert_eq!(wanted(""), None);
        assert_eq!(Coding::wanted(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_not_asked_for_during_a_generation_is_forgotten() {
        let mut kept = Kept::default();
        let key = |text: &str| (digest_of(text), Coding::Gzip);
        let large = Bytes::from(vec![0; KEPT]);
        kept.keep(key("asked"), large.clone());
        kept.keep(key("not asked"), large.clone());
        kept.keep(key("more"), large.clone());
        // Two generations: what is older than both is gone, what is asked for lives on.
        assert!(kept.find(&key("asked")).is_none());
        assert!(kept.find(&key("not asked")).is_some());
        kept.keep(key("even more"), large.clone());
        assert!(kept.find(&key("not asked")).is_some());
        assert!(kept.young.len() + kept.old.len() <= 2);
    }

    #[actix_web::test]
    async fn while_all_places_are_taken_an_answer_goes_out_as_it_is() {
        let compression = Compression::default();
        let body = Bytes::from("强链".repeat(1000));
        let taken = compression.places.acquire_many(2).await.expect("open");
        assert!(compression.packed(&body, Coding::Brotli, Some(digest_of(&body))).await.is_none());
        drop(taken);
        let packed = compression.packed(&body, Coding::Brotli, Some(digest_of(&body))).await.expect("packed");
        // What is kept needs no place.
        let _taken = compression.places.acquire_many(2).await.expect("open");
        let again = compression.packed(&body, Coding::Brotli, Some(digest_of(&body))).await;
        assert_eq!(again, Some(packed));
    }
}
