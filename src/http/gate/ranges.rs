//! A part of a file, as whoever goes on with a download asks for it (RFC 9110, section 14).

use std::future::ready;
use std::io;

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

/// What is asked for of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    /// From this byte to that, both included.
    Part(u64, u64),
    /// A part that the file does not have.
    Nothing,
}

/// What a request asks for of a file of so many bytes with this tag. Of several ranges, or where the file is another than
/// what `If-Range` says, the whole is given.
pub(super) fn wanted(http: &HttpRequest, size: u64, tag: &str) -> Wanted {
    let text = |name| http.headers().get(name).and_then(|value| value.to_str().ok());
    let same = text(header::IF_RANGE).is_none_or(|seen| seen.trim() == tag);
    // Of a HEAD there is nothing to take a part of (RFC 9110, 14.2).
    match text(header::RANGE).filter(|_| same && *http.method() == Method::GET) {
        Some(range) => part(range, size),
        None => Wanted::Whole,
    }
}

fn part(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(0) => return Wanted::Nothing,
            Some(length) => (size.saturating_sub(length), size.saturating_sub(1)),
            None => return Wanted::Whole,
        },
        (first, "") => match number(first) {
            Some(from) => (from, size.saturating_sub(1)),
            None => return Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(from), Some(to)) if from <= to => (from, to.min(size.saturating_sub(1))),
            _ => return Wanted::Whole,
        },
    };
    if from < size { Wanted::Part(from, to) } else { Wanted::Nothing }
}

type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// Of a file, piece by piece, the bytes from one to another.
pub(super) fn cut(pieces: Pieces, from: u64, to: u64) -> Pieces {
    let end = to.saturating_add(1);
    let places = stream::unfold((pieces, 0_u64), move |(mut pieces, at)| async move {
        if at >= end {
            return None;
        }
        let piece = match pieces.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(error), (pieces, end))),
        };
        let length = piece.len() as u64;
        let within =
            |place: u64| usize::try_from(place.saturating_sub(at).min(length)).unwrap_or(piece.len());
        let part = piece.slice(within(from)..within(end));
        Some((Ok(part), (pieces, at + length)))
    });
    places.filter(|piece| ready(piece.as_ref().map_or(true, |piece| !piece.is_empty()))).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_the_standard_has_it() {
        for (range, wanted) in [
            ("bytes=0-3", Wanted::Part(0, 3)),
            ("bytes=4-", Wanted::Part(4, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-30", Wanted::Part(0, 9)),
            ("bytes=8-99", Wanted::Part(8, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("pages=1-2", Wanted::Whole),
        ] {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
    }

    #[tokio::test]
    async fn what_is_cut_is_the_same_however_it_comes() {
        for size in 1..=10_usize {
            for (from, to) in [(0, 9), (0, 0), (3, 6), (9, 9), (4, 9)] {
                let whole = Bytes::from_static(b"0123456789");
                let pieces: Vec<io::Result<Bytes>> =
                    whole.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
                let cut: Vec<Bytes> =
                    cut(stream::iter(pieces).boxed(), from, to).map(|piece| piece.unwrap()).collect().await;
                let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
                assert_eq!(cut.concat(), whole[from..=to], "{size} {from} {to}");
            }
        }
    }
}
