//! Strict reading of CBOR (RFC 8949), as far as authenticators write it: whole numbers, bytes, text, lists, maps, and the
//! simple values, each in its shortest form and of a length that is told first. All else is refused, so that no two
//! readers can take the same bytes for different things.

/// How deep lists and maps may lie in one another: as deep as CTAP2 has them.
const DEEPEST: usize = 4;
/// The most items in all.
const MOST: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item<'a> {
    Whole(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Item<'a>>),
    /// No key stands in it twice.
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// `false`, `true`, `null`, `undefined`.
    Simple(u8),
}

impl<'a> Item<'a> {
    /// What a map has under a key.
    pub(super) fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// How many members a map has.
    pub(super) fn members(&self) -> Option<usize> {
        if let Self::Map(members) = self { Some(members.len()) } else { None }
    }
}

/// The item that bytes are, all of them.
pub(super) fn only(bytes: &[u8]) -> Option<Item<'_>> {
    let (item, rest) = first(bytes)?;
    rest.is_empty().then_some(item)
}

/// The first item of bytes, and what follows it.
pub(super) fn first(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let mut reader = Reader { rest: bytes, left: MOST };
    let item = reader.item(0)?;
    Some((item, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Items that may still come.
    left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The major type of an item, and the number that comes with it, which must be written as short as it can be.
    fn head(&mut self) -> Option<(u8, u64)> {
        let first = self.take(1)?[0];
        let (major, short) = (first >> 5, first & 0x1f);
        let (long, least) = match short {
            0..=23 => return Some((major, u64::from(short))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let number = self.take(long)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        (number >= least).then_some((major, number))
    }

    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (major, number) = self.head()?;
        let whole = || i64::try_from(number).ok();
        let count = || usize::try_from(number).ok();
        Some(match major {
            0 => Item::Whole(whole()?),
            1 => Item::Whole(-1 - whole()?),
            2 => Item::Bytes(self.take(count()?)?),
            3 => Item::Text(std::str::from_utf8(self.take(count()?)?).ok()?),
            4 | 5 if depth == DEEPEST => return None,
            4 => {
                let mut items = Vec::new();
                for _ in 0..number {
                    items.push(self.item(depth + 1)?);
                }
                Item::List(items)
            }
            5 => {
                let mut members: Vec<(Item<'a>, Item<'a>)> = Vec::new();
                for _ in 0..number {
                    let (key, value) = (self.item(depth + 1)?, self.item(depth + 1)?);
                    if members.iter().any(|(known, _)| *known == key) {
                        return None;
                    }
                    members.push((key, value));
                }
                Item::Map(members)
            }
            7 if (20..=23).contains(&number) => Item::Simple(u8::try_from(number).ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Item<'static>> {
        only(Box::leak(hex::decode(text).unwrap().into_boxed_slice()))
    }

    #[test]
    fn what_rfc_8949_shows_is_read_as_it_says() {
        for (bytes, number) in
            [("00", 0), ("17", 23), ("1818", 24), ("1903e8", 1000), ("20", -1), ("3903e7", -1000)]
        {
            assert_eq!(read(bytes), Some(Item::Whole(number)), "{bytes}");
        }
        assert_eq!(read("1b000000e8d4a51000"), Some(Item::Whole(1_000_000_000_000)));
        assert_eq!(read("4401020304"), Some(Item::Bytes(&[1, 2, 3, 4])));
        assert_eq!(read("62c3bc"), Some(Item::Text("ü")));
        assert_eq!(read("63e6b0b4"), Some(Item::Text("水")));
        assert_eq!(read("820102"), Some(Item::List(vec![Item::Whole(1), Item::Whole(2)])));
        assert_eq!(read("f5"), Some(Item::Simple(21)));
        let map = read("a201020304").unwrap();
        assert_eq!((map.get(&Item::Whole(3)), map.members()), (Some(&Item::Whole(4)), Some(2)));
    }

    #[test]
    fn all_else_is_refused() {
        for (bytes, why) in [
            ("", "nothing"),
            ("1817", "longer than it must be"),
            ("190017", "longer than it must be"),
            ("1a00000017", "longer than it must be"),
            ("1b0000000000000017", "longer than it must be"),
            ("1bffffffffffffffff", "too large"),
            ("5f42010243030405ff", "of no told length"),
            ("9fff", "of no told length"),
            ("bfff", "of no told length"),
            ("c074", "a tag"),
            ("f90000", "a float"),
            ("fb3ff199999999999a", "a float"),
            ("e0", "a simple value without meaning"),
            ("f814", "a simple value in two bytes"),
            ("61ff", "no UTF-8"),
            ("4401", "too short"),
            ("5bffffffffffffffff00", "longer than all memory"),
            ("9bffffffffffffffff", "more than all memory"),
            ("bb00000000ffffffff", "more than all memory"),
            ("a201020103", "a key twice"),
            ("0000", "more than one"),
            ("1c", "reserved"),
            ("1f", "reserved"),
        ] {
            assert_eq!(read(bytes), None, "{why}: {bytes}");
        }
        assert!(read("8181818101").is_some());
        assert_eq!(read("818181818101"), None, "too deep");
        assert_eq!(read(&"81".repeat(100_000)), None, "far too deep");
        assert!(read(&format!("983f{}", "00".repeat(63))).is_some());
        assert_eq!(read(&format!("9840{}", "00".repeat(64))), None, "too many");
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut state = 1_u32;
        for _ in 0..200_000 {
            let bytes: Vec<u8> = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    u8::try_from(state >> 24).unwrap()
                })
                .collect();
            let _ = first(&bytes);
        }
    }
}
