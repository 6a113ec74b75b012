//! What a PDF may not carry: programs, things to start, attachments, encryption.
//!
//! One pass over the tokens of the file and of its object streams, which are unpacked piece by piece and held to a bound;
//! nothing is believed of the cross-references. Strings, comments and other streams are not read as tokens, so that a
//! page may speak of `/JavaScript`; but as cross-references may lead into the middle of them, names count there too
//! once an object or a trailer seems to begin.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Decompress, FlushDecompress, Status};

use super::error::FilesError;
use super::kind::{PdfFault, Refusal};

/// Up to this size together, the streams of a PDF may be compressed as well as they will.
pub const FREE_PDF_INFLATED: u64 = 512 << 20;
/// How many times the file's size its streams may have together, once that is more than [`FREE_PDF_INFLATED`].
pub const MOST_PDF_RATIO: u64 = 100;
/// The most bytes that the streams of a PDF may have together when unpacked.
pub const MOST_PDF_INFLATED: u64 = 2 << 30;

/// How many bytes are read and unpacked at a time.
const PIECE: usize = 64 << 10;
/// More of a name than any that matters has.
const LONGEST_NAME: usize = 24;

/// Looks through a whole PDF.
pub(super) fn examine(content: &mut (impl Read + Seek), size: u64) -> Result<(), FilesError> {
    content.seek(SeekFrom::Start(0))?;
    let limit = FREE_PDF_INFLATED.max(size.saturating_mul(MOST_PDF_RATIO)).min(MOST_PDF_INFLATED);
    let mut budget = Budget(limit);
    let mut scan = Scan::new(false);
    let mut piece = vec![0; PIECE];
    loop {
        match content.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => scan.take(&piece[..length], &mut budget)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // What the last byte ends is looked at with the next.
    Ok(scan.take(b"\n", &mut budget)?)
}

/// How many more bytes may be unpacked.
struct Budget(u64);

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), PdfFault> {
        self.0 = self.0.checked_sub(bytes as u64).ok_or(PdfFault::TooLarge)?;
        Ok(())
    }
}

impl From<PdfFault> for FilesError {
    fn from(fault: PdfFault) -> Self {
        Refusal::PdfRefused(fault).into()
    }
}

/// What a name says that a document has, wherever it stands between tokens.
fn fault_of(name: &[u8]) -> Option<PdfFault> {
    match name {
        b"JS" => Some(PdfFault::Script),
        b"EF" => Some(PdfFault::Attachment),
        _ => fault_of_long(name),
    }
}

/// The same, of names that do not come about by chance in compressed bytes.
fn fault_of_long(name: &[u8]) -> Option<PdfFault> {
    Some(match name {
        b"JavaScript" => PdfFault::Script,
        b"Launch" => PdfFault::Launch,
        b"EmbeddedFile" | b"EmbeddedFiles" | b"FileAttachment" => PdfFault::Attachment,
        b"Encrypt" => PdfFault::Encrypted,
        b"RichMedia" | b"Rendition" => PdfFault::Media,
        b"XFA" => PdfFault::Form,
        _ => return None,
    })
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A name or a word as it is read, cut where it is too long to matter.
#[derive(Default)]
struct Token(Vec<u8>);

impl Token {
    fn push(&mut self, byte: u8) {
        // Room for the longest with each byte written as `#xx`.
        if self.0.len() < 3 * LONGEST_NAME {
            self.0.push(byte);
        }
    }

    /// The name, with its `#xx` read.
    fn name(&self) -> Vec<u8> {
        let mut name = Vec::with_capacity(self.0.len());
        let mut rest = self.0.as_slice();
        while let Some((&byte, after)) = rest.split_first() {
            let digit = |at: usize| after.get(at).and_then(|&digit| char::from(digit).to_digit(16));
            if let (b'#', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
                name.push(u8::try_from(high << 4 | low).unwrap_or_default());
                rest = &after[2..];
            } else {
                name.push(byte);
                rest = after;
            }
        }
        name
    }
}

enum State {
    Between,
    Name(Token),
    Word(Token),
    /// After `<`, which may be half of `<<`.
    Less,
    /// After `>`, which may be half of `>>`.
    Greater,
    Comment,
    Text {
        depth: u32,
        escaped: bool,
    },
    Hexadecimal,
    Stream,
}

/// A pass over tokens, of a file or of an object stream.
struct Scan {
    state: State,
    is_inner: bool,
    object: Object,
    opaque: Opaque,
    inner: Option<Box<Inner>>,
}

impl Scan {
    fn new(is_inner: bool) -> Self {
        let opaque = Opaque::default();
        Self { state: State::Between, is_inner, object: Object::default(), opaque, inner: None }
    }

    fn take(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), PdfFault> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if matches!(self.state, State::Stream) {
                let (taken, ends) = self.opaque.take_stream(rest)?;
                if let Some(inner) = &mut self.inner {
                    inner.take(&rest[..taken], budget)?;
                }
                if ends {
                    if let Some(mut inner) = self.inner.take() {
                        inner.end(budget)?;
                    }
                    self.object = Object::default();
                    self.state = State::Between;
                }
                rest = &rest[taken..];
            } else {
                self.step(byte)?;
                rest = after;
            }
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Result<(), PdfFault> {
        match &mut self.state {
            State::Name(token) | State::Word(token) if is_regular(byte) => token.push(byte),
            State::Name(token) => {
                let name = token.name();
                if let Some(fault) = fault_of(&name) {
                    return Err(fault);
                }
                self.object.name(&name);
                self.begin(byte);
            }
            State::Word(token) => {
                let word = std::mem::take(token);
                self.begin(byte);
                self.word(&word.0);
            }
            State::Less if byte == b'<' => {
                self.object.open();
                self.state = State::Between;
            }
            State::Less => {
                self.enter(State::Hexadecimal);
                return self.step(byte);
            }
            State::Greater if byte == b'>' => {
                self.object.close();
                self.state = State::Between;
            }
            State::Comment => {
                self.opaque.look(byte)?;
                if matches!(byte, b'\r' | b'\n') {
                    self.state = State::Between;
                }
            }
            State::Hexadecimal => {
                self.opaque.look(byte)?;
                if byte == b'>' {
                    self.state = State::Between;
                }
            }
            State::Text { depth, escaped } => {
                self.opaque.look(byte)?;
                match byte {
                    _ if *escaped => *escaped = false,
                    b'\\' => *escaped = true,
                    b'(' => *depth = depth.saturating_add(1),
                    b')' if *depth == 0 => self.state = State::Between,
                    b')' => *depth -= 1,
                    _ => {}
                }
            }
            State::Between | State::Greater | State::Stream => self.begin(byte),
        }
        Ok(())
    }

    /// Begins a token with a byte that belongs to none.
    fn begin(&mut self, byte: u8) {
        self.state = State::Between;
        match byte {
            b'/' => self.state = State::Name(Token::default()),
            b'<' => self.state = State::Less,
            b'>' => self.state = State::Greater,
            b'%' => self.enter(State::Comment),
            b'(' => {
                self.object.other();
                self.enter(State::Text { depth: 0, escaped: false });
            }
            b'[' | b']' | b'{' | b'}' | b')' => {}
            _ if is_space(byte) => {}
            _ => self.state = State::Word(Token(vec![byte])),
        }
    }

    /// Enters what is not read as tokens. Whoever reads an object stream may begin anywhere in it.
    fn enter(&mut self, state: State) {
        self.opaque = Opaque { has_object: self.is_inner, ..Opaque::default() };
        self.state = state;
    }

    fn word(&mut self, word: &[u8]) {
        match word {
            b"obj" => self.object = Object::default(),
            b"stream" if !self.is_inner => {
                // Some readers take the word for a value where no dictionary ended.
                let is_plain = self.object.ends_dictionary && self.object.depth == 0;
                self.opaque = Opaque { has_object: !is_plain, ..Opaque::default() };
                self.inner = Inner::of(&self.object).map(Box::new);
                self.state = State::Stream;
            }
            _ => self.object.other(),
        }
    }
}

/// What is read of the object that a stream may belong to.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each was or was not seen")]
struct Object {
    depth: u32,
    ends_dictionary: bool,
    /// Its objects lie in the stream.
    is_object_stream: bool,
    /// It has names that object streams of usual writers lack, or a filter that is not told here.
    is_odd: bool,
    /// The next name is that of a filter.
    expects_filter: bool,
    filters: Vec<Filter>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    Flate,
    Other,
}

impl Object {
    fn open(&mut self) {
        self.other();
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.other();
        self.depth = self.depth.saturating_sub(1);
        self.ends_dictionary = true;
    }

    /// Something that is not a name.
    fn other(&mut self) {
        self.ends_dictionary = false;
        self.is_odd |= self.expects_filter && self.filters.is_empty();
        self.expects_filter = false;
    }

    fn name(&mut self, name: &[u8]) {
        self.ends_dictionary = false;
        let filter = match name {
            b"FlateDecode" | b"Fl" => Some(Filter::Flate),
            b"LZWDecode" | b"LZW" | b"ASCIIHexDecode" | b"AHx" | b"ASCII85Decode" | b"A85"
            | b"RunLengthDecode" | b"RL" | b"CCITTFaxDecode" | b"CCF" | b"DCTDecode" | b"DCT"
            | b"JBIG2Decode" | b"JPXDecode" | b"Crypt" => Some(Filter::Other),
            _ => None,
        };
        match (name, filter) {
            (b"Filter", _) => {
                self.is_odd |= !self.filters.is_empty() || self.expects_filter;
                self.expects_filter = true;
                return;
            }
            (_, Some(filter)) if self.expects_filter => {
                // More filters than anybody uses count no further.
                if self.filters.len() < 8 {
                    self.filters.push(filter);
                }
                return;
            }
            (b"ObjStm" | b"First", _) => self.is_object_stream = true,
            (b"Type" | b"N" | b"Extends" | b"Length" | b"DL", None) => {}
            _ => self.is_odd = true,
        }
        self.is_odd |= self.expects_filter && self.filters.is_empty();
        self.expects_filter = false;
    }
}

/// What lies where no tokens are read.
#[derive(Default)]
struct Opaque {
    /// An object or a trailer seems to begin here.
    has_object: bool,
    /// The latest bytes.
    latest: u128,
    name: Option<Token>,
}

impl Opaque {
    /// Takes the bytes of a stream up to its end: how many, and whether it ended.
    fn take_stream(&mut self, bytes: &[u8]) -> Result<(usize, bool), PdfFault> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.look(byte)?;
            if self.ends_with(b"endstream") {
                return Ok((at + 1, true));
            }
        }
        Ok((bytes.len(), false))
    }

    fn look(&mut self, byte: u8) -> Result<(), PdfFault> {
        self.latest = self.latest << 8 | u128::from(byte);
        if !self.has_object {
            self.has_object = self.ends_with(b"obj") || self.ends_with(b"trailer");
        } else if let Some(token) = self.name.as_mut().filter(|_| is_regular(byte)) {
            token.push(byte);
        } else {
            let ended = self.name.take();
            if let Some(fault) = ended.and_then(|token| fault_of_long(&token.name())) {
                return Err(fault);
            }
            self.name = (byte == b'/').then(Token::default);
        }
        Ok(())
    }

    fn ends_with(&self, word: &[u8]) -> bool {
        let wanted = word.iter().fold(0_u128, |value, &byte| value << 8 | u128::from(byte));
        self.latest & ((1 << (8 * word.len())) - 1) == wanted
    }
}

/// A stream that is unpacked on the way: an object stream to be read, another to be counted.
struct Inner {
    /// Not there when the stream is not compressed.
    decompress: Option<Decompress>,
    objects: Option<Scan>,
    has_begun: bool,
    has_ended: bool,
    output: Vec<u8>,
    fault: Option<PdfFault>,
}

impl Inner {
    fn of(object: &Object) -> Option<Self> {
        let is_flate = object.filters.first() == Some(&Filter::Flate);
        let is_nested = object.filters.iter().filter(|&&filter| filter == Filter::Flate).count() > 1;
        let is_odd = object.is_object_stream
            && (object.is_odd || object.filters.len() > 1 || (!is_flate && !object.filters.is_empty()));
        let fault = if is_odd { Some(PdfFault::Structure) } else { is_nested.then_some(PdfFault::TooLarge) };
        (is_flate || object.is_object_stream || fault.is_some()).then(|| Self {
            decompress: is_flate.then(|| Decompress::new(true)),
            objects: object.is_object_stream.then(|| Scan::new(true)),
            has_begun: false,
            has_ended: false,
            output: vec![0; PIECE],
            fault,
        })
    }

    fn take(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), PdfFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut rest = bytes;
        // The end of the line of `stream`; no compressed bytes begin so.
        while let (false, Some((b'\r' | b'\n' | b' ', after))) = (self.has_begun, rest.split_first()) {
            rest = after;
        }
        self.has_begun |= !rest.is_empty();
        let (Some(decompress), false) = (&mut self.decompress, self.has_ended) else {
            return match &mut self.objects {
                Some(objects) if self.decompress.is_none() => objects.take(rest, budget),
                _ => Ok(()),
            };
        };
        loop {
            let (before_in, before_out) = (decompress.total_in(), decompress.total_out());
            let Ok(status) = decompress.decompress(rest, &mut self.output, FlushDecompress::None) else {
                self.has_ended = true;
                // Pictures may be damaged; objects that we can't read, somebody else may.
                return if self.objects.is_some() { Err(PdfFault::Structure) } else { Ok(()) };
            };
            let [taken, given] = [decompress.total_in() - before_in, decompress.total_out() - before_out]
                .map(|count| usize::try_from(count).unwrap_or(usize::MAX));
            rest = &rest[taken..];
            budget.spend(given)?;
            if let Some(objects) = &mut self.objects {
                objects.take(&self.output[..given], budget)?;
            }
            if status == Status::StreamEnd {
                self.has_ended = true;
                return Ok(());
            }
            if taken == 0 && given == 0 {
                return Ok(());
            }
        }
    }

    fn end(&mut self, budget: &mut Budget) -> Result<(), PdfFault> {
        match &mut self.objects {
            Some(objects) => objects.take(b"\n", budget),
            None => Ok(()),
        }
    }
}
