//! What the parts of Word and Excel documents may not say: to fetch something, to start something, to carry a program.
//!
//! Each part that is XML is read tag by tag as it is unpacked; nothing of it is kept but the tag at hand.

use super::kind::OfficeFault;

/// The longest tag, in bytes: of a longer one the rest is not looked at, and so it is refused.
const LONGEST_TAG: usize = 256 << 10;
/// How much of a field's instruction is kept: more than its first word.
const LONGEST_INSTRUCTION: usize = 64;

/// What is wrong with a part for its name, in lower case, alone.
pub(super) fn fault_of_name(name: &str) -> Option<OfficeFault> {
    let has = |folder: &str| name.split('/').any(|part| part == folder);
    let file = name.rsplit('/').next().unwrap_or_default();
    (has("embeddings") || has("activex") || file.starts_with("oleobject")).then_some(OfficeFault::Embedded)
}

/// A pass over one part.
#[derive(Default)]
pub(super) struct PartScan {
    /// The first bytes, until it is clear what the part is.
    head: Vec<u8>,
    kind: Kind,
    tag: Vec<u8>,
    state: State,
    in_instruction: bool,
    /// The beginning of a field's instruction, which may be spread over runs.
    instruction: String,
    reference: Option<String>,
}

#[derive(Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Xml,
    Other,
}

#[derive(Default)]
enum State {
    #[default]
    Text,
    Tag {
        quote: Option<u8>,
    },
}

impl PartScan {
    /// Looks at the next bytes of the part.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), OfficeFault> {
        match self.kind {
            Kind::Other => Ok(()),
            Kind::Xml => self.read(bytes),
            Kind::Unknown => {
                self.head.extend_from_slice(bytes);
                if self.head.len() < 4 { Ok(()) } else { self.begin() }
            }
        }
    }

    pub(super) fn end(&mut self) -> Result<(), OfficeFault> {
        if self.kind == Kind::Unknown {
            self.begin()?;
        }
        self.end_instruction()
    }

    fn begin(&mut self) -> Result<(), OfficeFault> {
        let head = std::mem::take(&mut self.head);
        // Office writes UTF-8. Of other encodings each reader knows others.
        if matches!(head.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..] | [b'<', 0, ..])
            || [b"\0\0\0<".as_slice(), b"\0\0\xfe\xff", b"\x4c\x6f\xa7\x94"]
                .iter()
                .any(|start| head.starts_with(start))
        {
            return Err(OfficeFault::Encoding);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        self.kind = if first == Some(&b'<') { Kind::Xml } else { Kind::Other };
        if self.kind == Kind::Xml { self.read(text) } else { Ok(()) }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), OfficeFault> {
        for &byte in bytes {
            match &mut self.state {
                State::Text if byte == b'<' => {
                    self.tag.clear();
                    self.state = State::Tag { quote: None };
                }
                State::Text => {
                    if self.in_instruction {
                        self.instruct(byte);
                    }
                }
                State::Tag { quote } => {
                    let is_markup = self.tag.starts_with(b"!") || self.tag.starts_with(b"?");
                    match (*quote, byte) {
                        (None, b'"' | b'\'') if !is_markup => *quote = Some(byte),
                        (Some(begun), _) if begun == byte => *quote = None,
                        (None, b'>') if ends(&self.tag) => {
                            self.state = State::Text;
                            let tag = std::mem::take(&mut self.tag);
                            self.tag(&tag)?;
                            self.tag = tag;
                            continue;
                        }
                        _ => {}
                    }
                    self.push(byte)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a byte to the tag at hand. Of comments and of characters that are no markup only the end is kept.
    fn push(&mut self, byte: u8) -> Result<(), OfficeFault> {
        const BEFORE: usize = 8;
        if self.tag.starts_with(b"!") {
            let is_known = [b"!--".as_slice(), b"![CDATA["]
                .iter()
                .any(|start| self.tag.starts_with(start) || start.starts_with(&self.tag));
            if !is_known {
                return Err(OfficeFault::Doctype);
            }
            if self.tag.starts_with(b"![CDATA[") && self.in_instruction {
                self.instruct(byte);
            }
            if self.tag.len() >= BEFORE + 4 {
                self.tag.remove(BEFORE + 1);
            }
        } else if self.tag.len() >= LONGEST_TAG {
            return Err(OfficeFault::TagTooLong);
        }
        self.tag.push(byte);
        Ok(())
    }

    fn tag(&mut self, tag: &[u8]) -> Result<(), OfficeFault> {
        if tag.starts_with(b"!") {
            return if tag.starts_with(b"!--") || tag.starts_with(b"![CDATA[") {
                Ok(())
            } else {
                Err(OfficeFault::Doctype)
            };
        }
        let tag = String::from_utf8_lossy(tag);
        if let Some(declaration) = tag.strip_prefix('?') {
            let is_unusual = declaration.starts_with("xml")
                && attributes(declaration)
                    .any(|(name, value)| name == "encoding" && !value.eq_ignore_ascii_case("utf-8"));
            return if is_unusual { Err(OfficeFault::Encoding) } else { Ok(()) };
        }
        let (name, given) = tag.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((&tag, ""));
        let name = name.trim_end_matches('/');
        if let Some(closed) = name.strip_prefix('/') {
            self.in_instruction &= local(closed) != "instrText";
            return Ok(());
        }
        match local(name) {
            "instrText" => self.in_instruction = !tag.ends_with('/'),
            "fldChar" | "p" => self.end_instruction()?,
            "fldSimple" => attributes(given)
                .filter(|(name, _)| local(name) == "instr")
                .try_for_each(|(_, instruction)| must_not_be_dde(&instruction))?,
            "ddeLink" => return Err(OfficeFault::Dde),
            "OLEObject" | "oleObject" | "oleLink" => return Err(OfficeFault::Embedded),
            "altChunk" => return Err(OfficeFault::External),
            "Relationship" => relation(given)?,
            _ => {}
        }
        Ok(())
    }

    /// Takes a character of a field's instruction, with references read.
    fn instruct(&mut self, byte: u8) {
        match (&mut self.reference, byte) {
            (None, b'&') => self.reference = Some(String::new()),
            (Some(name), b';') => {
                let character = resolve(name);
                self.reference = None;
                self.instruction.extend(character);
            }
            (Some(name), _) if name.len() < 12 => name.push(char::from(byte)),
            // Space before the first word is of no account, however much there is.
            _ if self.instruction.is_empty() && byte.is_ascii_whitespace() => {}
            _ if self.instruction.len() < LONGEST_INSTRUCTION => self.instruction.push(char::from(byte)),
            _ => {}
        }
    }

    fn end_instruction(&mut self) -> Result<(), OfficeFault> {
        self.reference = None;
        must_not_be_dde(&std::mem::take(&mut self.instruction))
    }
}

/// Whether a `>` ends this tag: a comment and literal characters have ends of their own.
fn ends(tag: &[u8]) -> bool {
    if tag.starts_with(b"?") {
        tag.len() >= 2 && tag.ends_with(b"?")
    } else if tag.starts_with(b"!--") {
        tag.len() >= 5 && tag.ends_with(b"--")
    } else if tag.starts_with(b"![CDATA[") {
        tag.ends_with(b"]]")
    } else {
        true
    }
}

/// What a relationship leads to: to the outside only as a link that somebody follows, or as the source of figures
/// that a workbook has copies of.
fn relation(given: &str) -> Result<(), OfficeFault> {
    const OUTSIDE: [&str; 4] = ["hyperlink", "externalLinkPath", "externalLinkLongPath", "xlPathMissing"];
    const INSIDE: [&str; 6] =
        ["oleObject", "package", "control", "activeXControl", "activeXControlBinary", "aFChunk"];
    let value_of = |wanted| attributes(given).find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let kind = value_of("Type").unwrap_or_default();
    let kind = kind.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if INSIDE.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(OfficeFault::Embedded);
    }
    let mode = value_of("TargetMode").unwrap_or_default();
    if mode.trim().eq_ignore_ascii_case("external") && !OUTSIDE.contains(&kind) {
        return Err(OfficeFault::External);
    }
    Ok(())
}

fn must_not_be_dde(instruction: &str) -> Result<(), OfficeFault> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\\');
    let word = instruction.split(is_end).find(|word| !word.is_empty()).unwrap_or_default();
    if word.eq_ignore_ascii_case("dde") || word.eq_ignore_ascii_case("ddeauto") {
        return Err(OfficeFault::Dde);
    }
    Ok(())
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// The attributes of a tag, with references read.
fn attributes(given: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = given;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, next) = after[1..].split_once(quote)?;
        rest = next;
        Some((name.split_whitespace().last().unwrap_or_default(), text_of(value)))
    })
}

fn text_of(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (name, next) = after.split_once(';').unwrap_or((after, ""));
        text.extend(resolve(name));
        rest = next;
    }
    text.push_str(rest);
    text
}

/// The character that a reference stands for.
fn resolve(name: &str) -> Option<char> {
    let number = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(hexadecimal), _) => u32::from_str_radix(hexadecimal, 16).ok()?,
        (_, Some(decimal)) => decimal.parse().ok()?,
        _ => {
            return match name {
                "amp" => Some('&'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                _ => None,
            };
        }
    };
    char::from_u32(number)
}
