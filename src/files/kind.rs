//! What a file really is, by its content: five kinds may be kept, and the name must say the same.
//!
//! Nothing is decoded or rendered. Archives alone are inflated, in small pieces, to count what they hold.

use std::io::{self, Read, Seek, SeekFrom};

use super::error::FilesError;
use super::name::clean_name;
use super::{archive, pdf, photo};

/// The most pixels an image may have.
pub const MOST_PIXELS: u64 = 100_000_000;

/// The kinds of files that may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    Pdf,
    /// A Word document without macros.
    Docx,
    /// An Excel workbook without macros.
    Xlsx,
    Png,
    Jpeg,
}

impl MediaType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Pdf, Self::Docx, Self::Xlsx, Self::Png, Self::Jpeg];

    /// Its name in HTTP.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The kind with this name in HTTP.
    pub fn from_mime(mime: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.mime() == mime)
    }

    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg)
    }

    /// The usual ending of a file's name, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }

    /// The kind that a file's name claims.
    pub fn from_name(name: &str) -> Option<Self> {
        match extension(name).as_str() {
            "jpeg" => Some(Self::Jpeg),
            ending => Self::ALL.into_iter().find(|kind| kind.extension() == ending),
        }
    }
}

/// Why a file's content may not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are no bytes.
    FileEmpty,
    /// Neither the content nor the name is of a kind that may be kept.
    TypeNotAllowed,
    /// A photograph as telephones keep it (HEIC, AVIF), which few programs show.
    PhotoNotShown,
    /// The name claims a kind that the content is not, or not wholly.
    TypeMismatch {
        /// What the name claims.
        declared: MediaType,
    },
    /// The document carries a program.
    MacroRefused,
    /// The image claims more than [`MOST_PIXELS`].
    ImageTooLarge,
    /// The archive inside a document is not one that can be trusted.
    ArchiveRefused(ArchiveFault),
    /// The PDF carries what a document on paper could not.
    PdfRefused(PdfFault),
    /// The Word or Excel document fetches, starts or carries something.
    OfficeRefused(OfficeFault),
}

/// What a PDF has that it may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdfFault {
    /// A program in JavaScript.
    Script,
    /// Something to start.
    Launch,
    Attachment,
    /// Encryption, with or without a password to open it.
    Encrypted,
    /// Films, sounds and the like, which programs drive.
    Media,
    /// A form in XFA, which has programs of its own.
    Form,
    /// Its objects are packed in a way that can't be looked into.
    Structure,
    /// Its streams would be too large when unpacked.
    TooLarge,
}

/// What a Word or Excel document has that it may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficeFault {
    /// It fetches a template, a picture or another part from elsewhere.
    External,
    /// An embedded object or control.
    Embedded,
    /// A field or a link that has other programs send data (DDE).
    Dde,
    /// A part that declares a document type, and could declare entities.
    Doctype,
    /// A part in another encoding than UTF-8.
    Encoding,
    /// A tag longer than is looked at.
    TagTooLong,
}

/// What is wrong with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveFault {
    /// The records contradict each other or the content.
    Damaged,
    /// The parts overlap, or something is hidden between them.
    Layout,
    /// There are more parts than any document has.
    TooManyEntries,
    /// Two parts have the same name.
    DuplicateName,
    /// A name leads out of the archive or has no place in a document.
    UnsafeName,
    /// A part is a link or another special file.
    Link,
    /// A part is encrypted.
    Encrypted,
    /// A part is compressed in a way that documents do not use.
    Method,
    /// A part is not as large as declared.
    SizeMismatch,
    /// Unpacked, the parts would be too large.
    TooLarge,
    /// It is an archive, but not a Word or Excel document.
    NotOffice,
}

impl From<ArchiveFault> for Refusal {
    fn from(fault: ArchiveFault) -> Self {
        Self::ArchiveRefused(fault)
    }
}

impl From<PdfFault> for Refusal {
    fn from(fault: PdfFault) -> Self {
        Self::PdfRefused(fault)
    }
}

impl From<OfficeFault> for Refusal {
    fn from(fault: OfficeFault) -> Self {
        Self::OfficeRefused(fault)
    }
}

impl Refusal {
    /// What is wrong, for programs: stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::FileEmpty => "file_empty",
            Self::TypeNotAllowed | Self::PhotoNotShown => "type_not_allowed",
            Self::TypeMismatch { .. } => "type_mismatch",
            Self::MacroRefused => "macro_refused",
            Self::ImageTooLarge => "image_too_large",
            Self::ArchiveRefused(_) => "archive_refused",
            Self::PdfRefused(_) => "pdf_refused",
            Self::OfficeRefused(_) => "office_refused",
        }
    }

    /// What is wrong and what to do about it, for people: in Chinese and in English.
    pub fn message(self) -> (String, String) {
        let (chinese, english) = match self {
            Self::FileEmpty => {
                ("文件是空的，请检查后重新选择", "The file is empty; check it and choose again")
            }
            Self::TypeNotAllowed => (
                "只接受 PDF、Word（.docx）、Excel（.xlsx）、PNG 和 JPEG 文件；旧版 .doc、.xls 请另存为新格式",
                "Only PDF, Word (.docx), Excel (.xlsx), PNG and JPEG files are accepted; save .doc and .xls anew",
            ),
            Self::PhotoNotShown => (
                "这是手机的 HEIC 照片，请转为 JPEG 后上传：苹果手机可在“设置—相机—格式”中选“兼容性最佳”后重拍，或把照片拷入电脑时选“自动”；安卓手机可在相机设置中关闭“高效图片”，或在相册中另存为 JPG",
                "This is a HEIC photograph: upload it as JPEG. On an iPhone choose “Most Compatible” under Settings, Camera, Formats, and take it again; on others turn off high-efficiency pictures, or save a copy as JPG",
            ),
            Self::TypeMismatch { declared } => {
                let extension = declared.extension();
                return (
                    format!("文件内容不是完整的 .{extension} 文件，也可能设有打开密码；请重新导出后上传"),
                    format!(
                        "The content is not a whole .{extension} file, or needs a password; export it again"
                    ),
                );
            }
            Self::MacroRefused => (
                "文件含有宏，请另存为不含宏的 .docx 或 .xlsx 后上传",
                "The file contains macros; save it as .docx or .xlsx without macros",
            ),
            Self::ImageTooLarge => (
                "图片超过 1 亿像素，请缩小后上传",
                "The image has more than 100 million pixels; make it smaller",
            ),
            Self::ArchiveRefused(fault) => {
                let (chinese, english) = fault.reason();
                return (
                    format!("文件的内部结构不可接受：{chinese}；请用 Word、Excel 或 WPS 重新保存后上传"),
                    format!(
                        "The file is not acceptable inside: {english}; save it again with Word, Excel or WPS"
                    ),
                );
            }
            Self::PdfRefused(fault) => {
                let (chinese, english) = fault.reason();
                return (
                    format!("PDF 文件不可接受：{chinese}；请用“打印为 PDF”重新生成后上传"),
                    format!("The PDF is not acceptable: {english}; print it to PDF anew and upload that"),
                );
            }
            Self::OfficeRefused(fault) => {
                let (chinese, english) = fault.reason();
                return (
                    format!("文件不可接受：{chinese}；请另存为 PDF，或删除该内容后重新上传"),
                    format!(
                        "The file is not acceptable: {english}; save it as PDF, or remove that and upload it again"
                    ),
                );
            }
        };
        (chinese.to_owned(), english.to_owned())
    }
}

impl PdfFault {
    /// What is wrong, in Chinese and in English.
    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Script => ("含有 JavaScript 程序", "it contains JavaScript"),
            Self::Launch => ("含有启动程序的动作", "it contains an action that starts programs"),
            Self::Attachment => {
                ("含有附件，请将附件单独上传", "it contains attachments, which can be uploaded by themselves")
            }
            Self::Encrypted => ("设有密码或限制了权限", "it has a password or is restricted"),
            Self::Media => ("含有多媒体内容", "it contains films, sounds or the like"),
            Self::Form => ("含有 XFA 表单", "it contains an XFA form"),
            Self::Structure => {
                ("内部结构异常，无法检查", "it is packed in a way that can not be looked into")
            }
            Self::TooLarge => ("解压后过大", "it would be too large when unpacked"),
        }
    }
}

impl OfficeFault {
    /// What is wrong, in Chinese and in English.
    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::External => (
                "引用了外部模板、图片或其他外部内容",
                "it fetches a template, a picture or the like from elsewhere",
            ),
            Self::Embedded => (
                "嵌入了对象或控件（图表请粘贴为图片）",
                "it embeds objects or controls (paste charts as pictures)",
            ),
            Self::Dde => ("含有动态数据交换（DDE）", "it exchanges data with other programs (DDE)"),
            Self::Doctype => ("含有文档类型声明", "a part declares a document type"),
            Self::Encoding => ("内部编码不是 UTF-8", "a part is not in UTF-8"),
            Self::TagTooLong => ("含有过长的标记", "a tag is too long"),
        }
    }
}

impl ArchiveFault {
    /// What is wrong, in Chinese and in English.
    fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Damaged => ("已损坏", "it is damaged"),
            Self::Layout => ("各部分相互重叠或夹带内容", "its parts overlap or hide something"),
            Self::TooManyEntries => ("包含的部分过多", "it has too many parts"),
            Self::DuplicateName => ("有重名的部分", "two parts have the same name"),
            Self::UnsafeName => ("含有不安全的名称", "a part has an unsafe name"),
            Self::Link => ("含有链接", "it contains a link"),
            Self::Encrypted => ("含有加密内容", "a part is encrypted"),
            Self::Method => ("使用了不支持的压缩方式", "a part is compressed in an unusual way"),
            Self::SizeMismatch => ("实际大小与声明不符", "a part is not as large as declared"),
            Self::TooLarge => ("解压后过大", "it would be too large when unpacked"),
            Self::NotOffice => ("不是 Word 或 Excel 文档", "it is not a Word or Excel document"),
        }
    }
}

/// Finds out what `content` of `size` bytes really is, and whether a file of this name may be that.
///
/// # Errors
///
/// [`FilesError::Refused`] when it may not be kept, [`FilesError::Io`] when it can't be read.
pub fn sniff(
    content: &mut (impl Read + Seek),
    size: u64,
    declared_name: &str,
) -> Result<MediaType, FilesError> {
    if size == 0 {
        return Err(Refusal::FileEmpty.into());
    }
    if MACRO_EXTENSIONS.contains(&extension(declared_name).as_str()) {
        return Err(Refusal::MacroRefused.into());
    }
    let declared = MediaType::from_name(declared_name);
    let head = read_up_to(content, 0, HEAD)?;
    if is_phone_photo(&head) {
        return Err(Refusal::PhotoNotShown.into());
    }
    let found = match head.as_slice() {
        _ if EXECUTABLE_STARTS.iter().any(|start| head.starts_with(start)) => {
            return Err(Refusal::TypeNotAllowed.into());
        }
        _ if archive::starts_one(&head) => archive::examine(content, size)?,
        // What ends as an archive is one to those who read from the end.
        _ if archive::ends_one(content, size)? => None,
        [b'%', b'P', b'D', b'F', ..] => {
            let is_pdf = is_pdf(content, size, &head)?;
            if is_pdf {
                pdf::examine(content, size)?;
            }
            is_pdf.then_some(MediaType::Pdf)
        }
        [0x89, b'P', b'N', b'G', ..] => is_picture(content, size, MediaType::Png)?.then_some(MediaType::Png),
        [0xff, 0xd8, ..] => is_picture(content, size, MediaType::Jpeg)?.then_some(MediaType::Jpeg),
        _ => None,
    };
    match declared {
        None => Err(Refusal::TypeNotAllowed.into()),
        Some(declared) if found == Some(declared) => Ok(declared),
        Some(declared) => Err(Refusal::TypeMismatch { declared }.into()),
    }
}

/// How much of a file's beginning and end is looked at.
const HEAD: usize = 1024;

/// Whether a file begins as photographs in HEIF do: with a box that says so.
fn is_phone_photo(head: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"];
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

/// The endings of documents that may carry programs.
const MACRO_EXTENSIONS: [&str; 9] = ["docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "ppsm", "potm"];

/// How programs start: of Windows, Linux and macOS, and scripts.
const EXECUTABLE_STARTS: [&[u8]; 8] = [
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
];

/// The ending of a file's name in lower case, without the point; empty when it has none.
fn extension(name: &str) -> String {
    clean_name(name).rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

/// A version of PDF at the very start, nothing there that a browser takes for a page, and an end.
fn is_pdf(content: &mut (impl Read + Seek), size: u64, head: &[u8]) -> io::Result<bool> {
    let end = read_up_to(content, size.saturating_sub(HEAD as u64), HEAD)?;
    let start = head.to_ascii_lowercase();
    let is_page =
        [b"<html".as_slice(), b"<script", b"<!doctype", b"<svg"].iter().any(|tag| contains(&start, tag));
    let has_version = head.starts_with(b"%PDF-1.") || head.starts_with(b"%PDF-2.");
    Ok(has_version && !is_page && contains(&end, b"%%EOF"))
}

/// A picture that can be walked to its end, with any pixels and not too many. Nothing may follow the end of a PNG; cameras append
/// a second picture or a short film to a JPEG.
fn is_picture(content: &mut (impl Read + Seek), size: u64, kind: MediaType) -> Result<bool, FilesError> {
    content.seek(SeekFrom::Start(0))?;
    match photo::walk(content, kind)? {
        Ok(photo) if photo.pixels > MOST_PIXELS => Err(Refusal::ImageTooLarge.into()),
        walked => Ok(walked.is_ok_and(|photo| kind == MediaType::Jpeg || photo.end == size)),
    }
}

/// Up to `length` bytes from `offset` on.
pub(super) fn read_up_to(
    content: &mut (impl Read + Seek),
    offset: u64,
    length: usize,
) -> io::Result<Vec<u8>> {
    content.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(length);
    content.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
