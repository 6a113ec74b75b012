//! The pieces of a JPEG.

use std::io::{BufRead, Read};

use super::exif::only_turned;
use super::walk::{Fault, Walk, Walked};

const START_OF_IMAGE: u8 = 0xd8;

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Segments from the start of the image to its end, with a frame before the first scan. What cameras append after the end (a
/// second picture, a short film) is no part of it.
pub(super) fn jpeg(walk: &mut Walk<impl Read>) -> Walked {
    let start = walk.bytes(2)?;
    if start != [0xff, START_OF_IMAGE] {
        return Err(Fault::Broken);
    }
    walk.keep(&start)?;
    let (mut has_frame, mut has_scan) = (false, false);
    let mut marker = walk.byte()?;
    if marker != 0xff {
        return Err(Fault::Broken);
    }
    loop {
        while marker == 0xff {
            marker = walk.byte()?;
        }
        match marker {
            END_OF_IMAGE if has_frame && has_scan => return walk.keep(&[0xff, END_OF_IMAGE]),
            0x00..=0x01 | 0xd0..=0xd7 | START_OF_IMAGE | END_OF_IMAGE => return Err(Fault::Broken),
            _ => {}
        }
        let content = segment(walk, marker)?;
        if let (true, [_, high, low, wide, narrow, ..]) = (is_frame(marker), content.as_slice()) {
            let side = |high: &u8, low: &u8| u64::from(u16::from_be_bytes([*high, *low]));
            walk.sized(side(wide, narrow), side(high, low))?;
            has_frame = true;
        }
        if marker == START_OF_SCAN {
            has_scan = has_frame;
            marker = scan(walk)?;
        } else {
            marker = walk.byte()?;
            if marker != 0xff {
                return Err(Fault::Broken);
            }
        }
    }
}

/// Frames are C0 to CF but for tables (C4), extensions (C8) and arithmetic conditions (CC).
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// A segment, of which that is kept which makes the picture look as it does; its content.
fn segment(walk: &mut Walk<impl Read>, marker: u8) -> Walked<Vec<u8>> {
    let length = walk.bytes(2)?;
    let rest = u16::from_be_bytes([length[0], length[1]]).checked_sub(2).ok_or(Fault::Broken)?;
    let content = walk.bytes(rest.into())?;
    // Neither has room for anything besides its components.
    let whole = match content.as_slice() {
        [_, _, _, _, _, components, ..] if is_frame(marker) => 6 + 3 * usize::from(*components),
        [components, ..] if marker == START_OF_SCAN => 4 + 2 * usize::from(*components),
        _ if is_frame(marker) || marker == START_OF_SCAN => return Err(Fault::Broken),
        _ => content.len(),
    };
    if content.len() != whole {
        return Err(Fault::Broken);
    }
    match (marker, content.as_slice()) {
        // Frames, tables, scans, restarts; a profile of colours.
        (0xc0..=0xc7 | 0xc9..=0xcf | START_OF_SCAN..=0xdd, _)
        | (0xe2, [b'I', b'C', b'C', b'_', b'P', b'R', b'O', b'F', b'I', b'L', b'E', 0, ..]) => {
            walk.keep(&[&[0xff, marker], &*length, &content].concat())?;
        }
        // The density of pixels, without a thumbnail.
        (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) if content.len() >= 14 => {
            walk.put([b"\xff\xe0\0\x10", &content[..12], b"\0\0"].concat())?;
        }
        // Which colours the components are.
        (0xee, [b'A', b'd', b'o', b'b', b'e', ..]) if content.len() >= 12 => {
            walk.put([b"\xff\xee\0\x0e", &content[..12]].concat())?;
        }
        (0xe1, [b'E', b'x', b'i', b'f', 0, _, exif @ ..]) => {
            if let Some(turned) = walk.look_into(exif) {
                walk.put([b"\xff\xe1\0\x22Exif\0\0", &*only_turned(turned)].concat())?;
            }
        }
        _ => {}
    }
    Ok(content)
}

/// Keeps compressed pixels up to the first marker that is not part of them, which it returns.
fn scan(walk: &mut Walk<impl Read>) -> Walked<u8> {
    loop {
        let there = walk.content.fill_buf()?;
        let pixels = there.iter().position(|&byte| byte == 0xff).unwrap_or(there.len());
        if pixels > 0 {
            let bytes = walk.bytes(pixels as u64)?;
            walk.keep(&bytes)?;
            continue;
        }
        walk.byte()?;
        match walk.content.fill_buf()?.first() {
            None => return Err(Fault::Broken),
            Some(0xff) => walk.keep(&[0xff])?,
            Some(0x00 | 0xd0..=0xd7) => {
                let within = walk.byte()?;
                walk.keep(&[0xff, within])?;
            }
            Some(_) => return walk.byte(),
        }
    }
}
