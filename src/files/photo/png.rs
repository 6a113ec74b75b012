//! The pieces of a PNG.

use std::io::Read;

use flate2::Crc;

use super::MOST_METADATA;
use super::exif::only_turned;
use super::walk::{Fault, Walk, Walked};

/// Chunks from the signature to the end.
pub(super) fn png(walk: &mut Walk<impl Read>) -> Walked {
    let signature = walk.bytes(8)?;
    if signature != b"\x89PNG\r\n\x1a\n" {
        return Err(Fault::Broken);
    }
    walk.keep(&signature)?;
    loop {
        let head = walk.bytes(8)?;
        let (length, kind) = head.split_at(4);
        let length = length.iter().fold(0, |length, &byte| length << 8 | u64::from(byte));
        if length > u64::from(u32::MAX >> 1) || (kind == b"IHDR") == (walk.pixels > 0) {
            return Err(Fault::Broken);
        }
        match kind {
            b"IHDR" => {
                let content = walk.bytes(17)?;
                let side =
                    |at: usize| content[at..at + 4].iter().fold(0, |side, &byte| side << 8 | u64::from(byte));
                walk.keep(&[&*head, &content].concat())?;
                walk.sized(side(0), side(4))?;
                if length != 13 {
                    return Err(Fault::Broken);
                }
            }
            b"IEND" => {
                let sum = walk.bytes(4)?;
                walk.keep(&[&*head, &sum].concat())?;
                return if length == 0 && sum == b"\xae\x42\x60\x82" { Ok(()) } else { Err(Fault::Broken) };
            }
            b"eXIf" if length <= MOST_METADATA => {
                let exif = walk.bytes(length)?;
                walk.pass(4, None)?;
                if let Some(turned) = walk.look_into(&exif) {
                    walk.put(chunk(*b"eXIf", &only_turned(turned)))?;
                }
            }
            _ if MAKES_THE_PICTURE.iter().any(|known| *known == kind) => {
                let mut sum = Crc::new();
                sum.update(kind);
                walk.keep(&head)?;
                walk.pass(length, Some(&mut sum))?;
                let there = walk.bytes(4)?;
                walk.keep(&there)?;
                // With a wrong length it would hold what comes after it.
                if there != sum.sum().to_be_bytes() {
                    return Err(Fault::Broken);
                }
            }
            _ => walk.pass(length + 4, None)?,
        }
    }
}

/// Chunks that make a picture look as it does: its pixels, colours, density and frames.
const MAKES_THE_PICTURE: [&[u8; 4]; 18] = [
    b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"mDCv", b"cLLI",
    b"cLLi", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(content);
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length, &kind[..], content, &sum.sum().to_be_bytes()].concat()
}
