//! What a camera says of a picture (Exif).

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::domain::photo::{PhotoFacts, Place, Taken};
use crate::domain::text::forbidden_character;

/// Fields of a directory that are looked at.
const MOST_FIELDS: u16 = 512;
/// Bytes of a text among the metadata.
const MOST_TEXT: usize = 256;
/// Characters that are shown of a device's name.
const MOST_DEVICE: usize = 80;

/// Metadata that say how a picture is to be turned, and nothing else.
pub(super) fn only_turned(turned: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[turned][..], b"\0\0\0\0\0\0"].concat()
}

/// Metadata as cameras write them (Exif): directories of fields, after TIFF.
pub(super) struct Exif<'a> {
    pub(super) bytes: &'a [u8],
    is_big_endian: bool,
}

/// Where a directory of fields begins.
type Directory = usize;

impl<'a> Exif<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let is_big_endian = match bytes.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes, is_big_endian })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn main(&self) -> Option<Directory> {
        usize::try_from(self.long(4)?).ok()
    }

    /// The directory that a field of the main one leads to.
    fn below(&self, tag: u16) -> Option<Directory> {
        let (at, _) = self.field(self.main()?, tag, LONG)?;
        usize::try_from(self.long(at)?).ok()
    }

    /// Where the values of a field of this kind are, and how many.
    fn field(&self, directory: Directory, tag: u16, kind: (u16, usize)) -> Option<(usize, usize)> {
        let fields = self.short(directory)?.min(MOST_FIELDS);
        let mut fields = (0..usize::from(fields)).map(|n| directory + 2 + 12 * n);
        let at = fields.find(|&at| self.short(at) == Some(tag))?;
        let count = usize::try_from(self.long(at + 4)?).ok()?;
        if self.short(at + 2)? != kind.0 {
            return None;
        }
        let is_here = count.checked_mul(kind.1)? <= 4;
        Some((if is_here { at + 8 } else { usize::try_from(self.long(at + 8)?).ok()? }, count))
    }

    fn text(&self, directory: Directory, tag: u16) -> Option<String> {
        let (at, count) = self.field(directory, tag, ASCII)?;
        let bytes = self.bytes.get(at..)?.get(..count)?;
        let bytes = bytes.split(|&byte| byte == 0).next()?;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_TEXT)]).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Three fractions: degrees or hours, minutes, seconds; in billionths of the first.
    fn sixtieths(&self, directory: Directory, tag: u16) -> Option<u64> {
        let (at, 3) = self.field(directory, tag, RATIONAL)? else { return None };
        let part = |n: usize| {
            let (over, under) = (self.long(at + 8 * n)?, self.long(at + 8 * n + 4)?);
            let share = 60_u64.pow(u32::try_from(n).ok()?) * u64::from(under);
            match (over, n) {
                // Cameras that don't tell seconds write nothing over nothing.
                (0, 1 | 2) => Some(0),
                (over, _) => (u64::from(over) * 1_000_000_000).checked_div(share),
            }
        };
        Some(part(0)? + part(1)? + part(2)?)
    }

    pub(super) fn turned(&self) -> Option<u8> {
        let (at, _) = self.field(self.main()?, 0x0112, SHORT)?;
        u8::try_from(self.short(at)?).ok().filter(|turned| (2..=8).contains(turned))
    }

    pub(super) fn facts(&self) -> PhotoFacts {
        let (shot, satellites) = (self.below(0x8769), self.below(0x8825));
        PhotoFacts {
            taken: shot.and_then(|shot| self.taken(shot)).or_else(|| self.taken_by_satellites(satellites?)),
            location: satellites.and_then(|satellites| self.place(satellites)),
            device: self.main().and_then(|main| self.device(main)),
        }
    }

    pub(super) fn taken(&self, shot: Directory) -> Option<Taken> {
        let local = self.text(shot, 0x9003)?;
        let local = NaiveDateTime::parse_from_str(&local, "%Y:%m:%d %H:%M:%S").ok()?;
        let offset = self.text(shot, 0x9011);
        Some(Taken { local, offset_minutes: offset.as_deref().and_then(offset_minutes) })
    }

    /// By the time of the satellites, which is UTC but for leap seconds.
    fn taken_by_satellites(&self, satellites: Directory) -> Option<Taken> {
        let day = self.text(satellites, 0x1d)?;
        let midnight = NaiveDateTime::parse_from_str(&format!("{day} 00:00:00"), "%Y:%m:%d %H:%M:%S").ok()?;
        let hours = self.sixtieths(satellites, 0x07)?;
        let seconds = i64::try_from((u128::from(hours) * 3_600 + 500_000_000) / 1_000_000_000).ok()?;
        let since = chrono::TimeDelta::try_seconds(seconds).filter(|since| since.num_hours() <= 24)?;
        Some(Taken { local: midnight.checked_add_signed(since)?, offset_minutes: Some(0) })
    }

    fn place(&self, satellites: Directory) -> Option<Place> {
        let latitude = self.degrees(satellites, (0x01, "N", "S"), 0x02, 90)?;
        let longitude = self.degrees(satellites, (0x03, "E", "W"), 0x04, 180)?;
        // Cameras that have found no satellite write zeros.
        let is_somewhere = !latitude.is_zero() || !longitude.is_zero();
        is_somewhere.then_some(Place { latitude, longitude })
    }

    fn degrees(
        &self,
        directory: Directory,
        (side, positive, negative): (u16, &str, &str),
        tag: u16,
        most: u64,
    ) -> Option<Decimal> {
        let millionths = (self.sixtieths(directory, tag)? + 500) / 1_000;
        let degrees = Decimal::new(i64::try_from(millionths).ok()?, 6);
        let side = self.text(directory, side)?;
        match side.as_str() {
            _ if millionths > most * 1_000_000 => None,
            side if side == positive => Some(degrees),
            side if side == negative => Some(-degrees),
            _ => None,
        }
    }

    fn device(&self, main: Directory) -> Option<String> {
        let (maker, model) = (self.text(main, 0x010f), self.text(main, 0x0110));
        let device = match (maker, model) {
            (Some(maker), Some(model)) if model.to_lowercase().starts_with(&maker.to_lowercase()) => model,
            (Some(maker), Some(model)) => format!("{maker} {model}"),
            (maker, model) => maker.or(model)?,
        };
        let is_shown = |c: &char| *c != '\n' && forbidden_character(c.encode_utf8(&mut [0; 4])).is_none();
        Some(device.chars().filter(is_shown).take(MOST_DEVICE).collect())
    }
}

/// Kinds of fields, each with the bytes that a value takes.
const ASCII: (u16, usize) = (2, 1);
const SHORT: (u16, usize) = (3, 2);

const LONG: (u16, usize) = (4, 4);
const RATIONAL: (u16, usize) = (5, 8);

/// `+08:00` in minutes.
fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, rest) = (text.get(..1)?, text.get(1..)?);
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let ahead = i16::from(hours) * 60 + i16::from(minutes);
    match sign {
        _ if hours > 14 || minutes > 59 => None,
        "+" => Some(ahead),
        "-" => Some(-ahead),
        _ => None,
    }
}
