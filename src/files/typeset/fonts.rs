//! The fonts that serve: found in the system's directories and in the operator's, chosen by name for each part of a document,
//! read when first needed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use krilla::text::{Font, Tag};
use skrifa::instance::{LocationRef, Size};
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

/// Where systems keep fonts.
const DIRECTORIES: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// The most files that are looked at, and the most bytes of one.
const MOST_FILES: usize = 4_000;
const MOST_BYTES: u64 = 64 << 20;
/// How deep directories are looked through.
const DEEPEST: usize = 8;
/// The most fonts of a collection, and the most that stand in for a character that a chosen font lacks.
const MOST_FACES: u32 = 64;
const MOST_STANDING_IN: usize = 24;
/// From which weight a font is bold.
const BOLD: f32 = 600.0;
/// Characters that a font for Chinese has.
const CHINESE: [char; 3] = ['的', '链', '，'];

/// The parts of a document by the lettering that they are set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// 小标宋: titles and mastheads.
    Title,
    /// 仿宋: the body.
    Body,
    /// 黑体: headings.
    Heading,
    /// 宋体: page numbers and feet.
    Foot,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Title, Self::Body, Self::Heading, Self::Foot];

    /// Fonts that it may be set in, the standard's own first, and whether the bold one is wanted.
    pub fn families(self) -> (&'static [&'static str], bool) {
        match self {
            Self::Title => (
                &[
                    "方正小标宋简体",
                    "方正小标宋_gbk",
                    "fzxiaobiaosong-b05s",
                    "fzxiaobiaosong-b05",
                    "华文中宋",
                    "stzhongsong",
                    "noto serif cjk sc",
                    "noto serif sc",
                    "source han serif sc",
                    "source han serif cn",
                    "思源宋体",
                    "宋体",
                    "simsun",
                    "fandolsong",
                ],
                true,
            ),
            Self::Body => (
                &[
                    "仿宋_gb2312",
                    "fangsong_gb2312",
                    "仿宋",
                    "fangsong",
                    "方正仿宋_gbk",
                    "方正仿宋简体",
                    "华文仿宋",
                    "stfangsong",
                    "fandolfang",
                    "noto serif cjk sc",
                    "noto serif sc",
                    "source han serif sc",
                    "source han serif cn",
                    "思源宋体",
                    "ar pl uming cn",
                    "宋体",
                    "simsun",
                ],
                false,
            ),
            Self::Heading => (
                &[
                    "黑体",
                    "simhei",
                    "方正黑体_gbk",
                    "方正黑体简体",
                    "华文黑体",
                    "stheiti",
                    "fandolhei",
                    "noto sans cjk sc",
                    "noto sans sc",
                    "source han sans sc",
                    "source han sans cn",
                    "思源黑体",
                    "wenquanyi zen hei",
                    "wenquanyi micro hei",
                ],
                true,
            ),
            Self::Foot => (
                &[
                    "宋体",
                    "simsun",
                    "nsimsun",
                    "方正书宋_gbk",
                    "noto serif cjk sc",
                    "noto serif sc",
                    "source han serif sc",
                    "source han serif cn",
                    "思源宋体",
                    "ar pl uming cn",
                    "fandolsong",
                ],
                false,
            ),
        }
    }

    /// What the part is called.
    fn name(self) -> &'static str {
        match self {
            Self::Title => "titles",
            Self::Body => "the body",
            Self::Heading => "headings",
            Self::Foot => "page numbers",
        }
    }
}

/// A font of a file.
struct Face {
    file: PathBuf,
    index: u32,
    /// Its family's names, in small letters.
    families: Vec<String>,
    /// What it is called, for people.
    name: String,
    bold: bool,
    chinese: bool,
    read: OnceLock<Option<Read>>,
}

/// A font that is read.
struct Read {
    font: Font,
    data: Arc<Vec<u8>>,
    index: u32,
}

/// A character as a font has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    /// Which of [`Fonts`].
    pub(super) face: usize,
    pub(super) glyph: u32,
    /// How far the next character stands, in parts of the font's size.
    pub(super) advance: f32,
}

/// The fonts of this machine, as far as documents need them: looked for when first asked for.
#[derive(Default)]
pub struct Fonts {
    /// The operator's directory.
    own: Option<PathBuf>,
    found: OnceLock<Found>,
}

struct Found {
    faces: Vec<Face>,
    /// Of each role the fonts to look in, in order.
    orders: BTreeMap<Role, Vec<usize>>,
}

/// There is no font with Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChineseFont;

impl Fonts {
    /// Those of the operator's directory, if there is one, and of the system's.
    pub fn new(own: Option<PathBuf>) -> Self {
        Self { own, found: OnceLock::new() }
    }

    fn found(&self) -> &Found {
        self.found.get_or_init(|| {
            let mut files = Vec::new();
            for directory in self.own.as_deref().into_iter().chain(DIRECTORIES.iter().map(Path::new)) {
                list(directory, 0, &mut files);
            }
            let faces: Vec<Face> = files.iter().flat_map(|file| faces_of(file)).collect();
            let orders = Role::ALL.into_iter().map(|role| (role, order(role, &faces))).collect();
            Found { faces, orders }
        })
    }

    /// Refuses where nothing can be set in Chinese.
    ///
    /// # Errors
    /// If no font has Chinese.
    pub fn must_have_chinese(&self) -> Result<(), NoChineseFont> {
        if self.found().faces.iter().any(|face| face.chinese) { Ok(()) } else { Err(NoChineseFont) }
    }

    /// Which font each part is set in: the part's name, and the font's, if there is one.
    pub fn chosen(&self) -> Vec<(&'static str, Option<&str>)> {
        let found = self.found();
        let of = |role: &Role| {
            let first = found.orders.get(role).and_then(|order| order.first());
            let first = first.and_then(|face| found.faces.get(*face)).filter(|face| face.chinese);
            first.map(|face| face.name.as_str())
        };
        Role::ALL.iter().map(|role| (role.name(), of(role))).collect()
    }

    /// A character in the first font of a part that has it.
    pub(super) fn drawn(&self, role: Role, character: char) -> Option<Drawn> {
        let order = self.found().orders.get(&role)?;
        order.iter().find_map(|index| {
            let read = self.read(*index)?;
            let font = FontRef::from_index(&read.data, read.index).ok()?;
            let glyph = font.charmap().map(character).filter(|glyph| glyph.to_u32() != 0)?;
            let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            let advance = metrics.advance_width(glyph)? / read.font.units_per_em();
            Some(Drawn { face: *index, glyph: glyph.to_u32(), advance })
        })
    }

    pub(super) fn font(&self, face: usize) -> Option<Font> {
        self.read(face).map(|read| read.font.clone())
    }

    fn read(&self, face: usize) -> Option<&Read> {
        let face = self.found().faces.get(face)?;
        face.read.get_or_init(|| read(face)).as_ref()
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.found.get().into_iter().flat_map(|found| &found.faces).map(|face| &face.name))
            .finish()
    }
}

/// The files of fonts below a directory, in the order of their names.
fn list(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let kind = path.extension().map(|kind| kind.to_string_lossy().to_ascii_lowercase());
        if path.is_dir() && depth < DEEPEST {
            list(&path, depth + 1, files);
        } else if files.len() < MOST_FILES && matches!(kind.as_deref(), Some("ttf" | "ttc" | "otf" | "otc")) {
            files.push(path);
        }
    }
}

fn bytes(file: &Path) -> Option<Vec<u8>> {
    let small = std::fs::metadata(file).ok().filter(|about| about.is_file() && about.len() <= MOST_BYTES);
    small.and_then(|_| std::fs::read(file).ok())
}

/// What a file has. What can't be read has nothing.
fn faces_of(file: &Path) -> Vec<Face> {
    let Some(data) = bytes(file) else { return Vec::new() };
    let found =
        (0..MOST_FACES).map_while(|index| FontRef::from_index(&data, index).ok().map(|font| (index, font)));
    found.filter_map(|(index, font)| face(file, index, &font)).collect()
}

fn face(file: &Path, index: u32, font: &FontRef<'_>) -> Option<Face> {
    let strings = |id| font.localized_strings(id).map(|name| name.to_string()).collect::<Vec<_>>();
    let families = [strings(StringId::FAMILY_NAME), strings(StringId::TYPOGRAPHIC_FAMILY_NAME)].concat();
    let family = families.first()?.clone();
    let bold = font.attributes().weight.value() >= BOLD;
    let charmap = font.charmap();
    Some(Face {
        file: file.to_owned(),
        index,
        name: if bold { format!("{family} Bold") } else { family },
        families: families.iter().map(|family| family.to_lowercase()).collect(),
        bold,
        chinese: CHINESE
            .iter()
            .all(|character| charmap.map(*character).is_some_and(|glyph| glyph.to_u32() != 0)),
        read: OnceLock::new(),
    })
}

/// The fonts of a part: those by name, then what else has Chinese, then anything.
fn order(role: Role, faces: &[Face]) -> Vec<usize> {
    let (families, bold) = role.families();
    let rank = |face: &Face| {
        let named = families.iter().position(|wanted| face.families.iter().any(|family| family == wanted));
        (!face.chinese, named.unwrap_or(usize::MAX), face.bold != bold && named.is_some())
    };
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by_key(|index| faces.get(*index).map(rank));
    order.truncate(MOST_STANDING_IN);
    order
}

fn read(face: &Face) -> Option<Read> {
    let data = Arc::new(bytes(&face.file)?);
    let weight = if face.bold { 700.0 } else { 400.0 };
    let coordinates: Vec<(Tag, f32)> = {
        let font = FontRef::from_index(&data, face.index).ok()?;
        let axes = font.axes();
        let by_weight = axes.iter().any(|axis| axis.tag().to_be_bytes() == *b"wght");
        if by_weight { vec![(Tag::new(b"wght"), weight)] } else { Vec::new() }
    };
    let shared: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::clone(&data) as _;
    let font = Font::new_variable(shared.into(), face.index, &coordinates)?;
    Some(Read { font, data, index: face.index })
}
